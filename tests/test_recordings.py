"""Every recording there is, through real clients of both kinds.

The recordings in ``tests/recordings`` are constructed, one for each shape of the wire, and what they
mean is written down here. With ``--recordings DIR`` those in DIR are read as well, such as real
ones; what they mean is worked out here in the plainest way, without the code under test.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from clients import SERVICES, with_async_client
from cohere_aws import (
    CohereError,
    Generations,
    IncompleteStreamWarning,
    Mode,
    ServiceError,
    StreamingGenerations,
    Usage,
)
from cohere_aws._translations import translated
from cohere_aws.testing import Recording, replay
from strategies import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent / "recordings"
MODES = {service: mode for mode, service in SERVICES.items()}
ONCE = Config(retries={"total_max_attempts": 1})
METHODS = {
    "InvokeModel": "invoke_model",
    "InvokeModelWithResponseStream": "invoke_model_with_response_stream",
    "InvokeEndpoint": "invoke_endpoint",
    "InvokeEndpointWithResponseStream": "invoke_endpoint_with_response_stream",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "path" in metafunc.fixturenames:
        folder = metafunc.config.getoption("--recordings")
        paths = [*sorted(HERE.glob("*.jsonl")), *(sorted(folder.glob("*.jsonl")) if folder else ())]
        metafunc.parametrize("path", paths, ids=lambda path: path.stem)


def arguments(recording: Recording) -> dict[str, Any]:
    body = json.dumps(recording.request or {})
    if MODES[recording.service] is Mode.BEDROCK:
        return {"modelId": recording.target, "body": body}
    return {"EndpointName": "endpoint", "Body": body}


def outcome(recording: Recording, read: Any) -> dict[str, Any]:
    """What a caller learns, whatever it is."""
    found: dict[str, Any] = {"error": None, "warnings": []}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found["answer"] = read(recording, MODES[recording.service])
        except CohereError as error:
            found["error"] = type(error), str(error), error.partial
    found["warnings"] = [w.category for w in caught]
    return found


def plainly(recording: Recording, mode: Mode) -> Generations:
    client = boto3.client(SERVICES[mode], config=ONCE)
    with replay(client, recording, match="order"):
        try:
            response = getattr(client, METHODS[recording.operation])(**arguments(recording))
        except client.exceptions.ClientError as error:
            raise translated(error, "the call") from error
        if recording.response:
            return Generations.from_response(response, mode)
        body = response["body" if mode is Mode.BEDROCK else "Body"]
        return StreamingGenerations(body, mode).read()


def asynchronously(recording: Recording, mode: Mode) -> Generations:
    async def ask(client: Any) -> Generations:
        with replay(client, recording, match="order"):
            try:
                call = getattr(client, METHODS[recording.operation])
                response = await call(**arguments(recording))
            except client.exceptions.ClientError as error:
                raise translated(error, "the call") from error
            body = response["body" if mode is Mode.BEDROCK else "Body"]
            if recording.response:
                data = await body.read()
                headers = response["ResponseMetadata"]
                whole = {"ResponseMetadata": headers, "body": _Read(data), "Body": _Read(data)}
                return Generations.from_response(whole, mode)
            return await StreamingGenerations(body, mode).aread()

    answer: Generations = with_async_client(mode, ask, config=ONCE)
    return answer


class _Read:
    """A body that was read."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self) -> bytes:
        return self._data

    def close(self) -> None:
        pass


def events_alone(recording: Recording, mode: Mode) -> Generations:
    return StreamingGenerations(recording.events(), mode).read()


def test_both_kinds_of_clients_learn_the_same(path: Path) -> None:
    recording = Recording.load(path)
    expected = outcome(recording, plainly)
    assert outcome(recording, asynchronously) == expected
    if recording.stream is not None:
        assert outcome(recording, events_alone) == expected


def test_a_recording_is_kept_as_it_is(path: Path, tmp_path: Path) -> None:
    recording = Recording.load(path)
    recording.save(tmp_path / "again.jsonl")
    assert Recording.load(tmp_path / "again.jsonl") == recording
    assert recording.origin in ("recorded", "published", "constructed")
    assert recording.source


def test_what_the_project_commits_is_constructed() -> None:
    paths = list(HERE.glob("*.jsonl"))
    assert {Recording.load(path).origin for path in paths} == {"constructed"}
    names = {path.stem.partition("-")[2] for path in paths}
    for mode in ("bedrock", "sagemaker"):
        here = {path.stem.partition("-")[2] for path in paths if path.stem.startswith(mode)}
        assert {name for name in names if name[0].isdigit()} <= here
    assert {name.partition("-")[0] for name in names} >= {str(number) for number in range(1, 11)}


def items_of(recording: Recording) -> Iterator[dict[str, Any]]:
    """The items of a stream, in the plainest way: all bytes at once."""
    text = b"".join(e.payload for e in recording.stream or () if e.kind == "event").decode()
    while text := text.lstrip():
        item, end = json.JSONDecoder().raw_decode(text)
        yield item
        text = text[end:]


def test_nothing_of_what_is_in_a_file_is_lost(path: Path) -> None:
    recording = Recording.load(path)
    if "cut-off" in path.stem or "refused" in path.stem or "error" in path.stem:
        return  # these have their own tests
    found = outcome(recording, plainly)
    assert (found["error"], found["warnings"]) == (None, [])
    answer: Generations = found["answer"]
    if recording.response:
        body = json.loads(recording.response.body)
        texts = [generation["text"] for generation in body["generations"]]
    else:
        items = list(items_of(recording))
        pieces: dict[int, str] = {}
        for item in items:
            if item.get("text"):
                index = item.get("index", 0)
                pieces[index] = pieces.get(index, "") + item["text"].replace("<EOS_TOKEN>", "")
        whole = [item.get("response", item).get("generations") for item in items]
        whole = [generations for generations in whole if generations]
        texts = [generation["text"] for generation in whole[0]] if whole else [*pieces.values()]
        metrics = [item[METRICS] for item in items if METRICS in item]
        usage = metrics[-1] if metrics else {}
        assert (answer.usage or Usage()).output_tokens == usage.get("outputTokenCount")
    assert [generation.text for generation in answer] == texts


MEANS: dict[str, list[tuple[str, str | None]]] = {
    "1-text": [(" Café 😀", "COMPLETE")],
    "2-several-generations": [(" a b", "COMPLETE"), (" chain of", "COMPLETE")],
    "3-last-item-with-metrics": [(" Café 😀", "MAX_TOKENS")],
    "4-last-item-with-response": [(" Café 😀", "COMPLETE")],
    "5-finish-item-a-generation": [(" a", "COMPLETE"), (" chain", "MAX_TOKENS")],
    "6-finished-item-with-text": [(" Café 😀", "COMPLETE")],
    "7-whole-answer": [(" Café 😀", "COMPLETE"), (" Bar", "MAX_TOKENS")],
    "8-end-of-sequence": [(" Café", "COMPLETE")],
    "10-other-items": [(" Café", "COMPLETE")],
    "plain-likelihoods": [(" blue", "COMPLETE")],
    "plain-likelihoods-of-the-aws-page": [(" blue", "MAX_TOKENS")],
    "plain-two-generations": [(" blue", "COMPLETE"), (" grey", "MAX_TOKENS")],
    "plain-without-finish-reason": [(" blue", None)],
}


@pytest.mark.parametrize("service", ["bedrock", "sagemaker"])
@pytest.mark.parametrize("name", MEANS)
def test_what_each_shape_means(service: str, name: str) -> None:
    found = outcome(Recording.load(HERE / f"{service}-{name}.jsonl"), plainly)
    assert [(each.text, each.finish_reason) for each in found["answer"]] == MEANS[name]


@pytest.mark.parametrize("service", ["bedrock", "sagemaker"])
@pytest.mark.parametrize("name", ["9-error-message", "9-error-error", "9-error-event"])
def test_errors_inside_of_a_stream(service: str, name: str) -> None:
    recording = Recording.load(HERE / f"{service}-{name}.jsonl")
    kind, message, partial = outcome(recording, plainly)["error"]
    assert (kind, message) == (ServiceError, "an error without a code: The model is overloaded.")
    assert [generation.text for generation in partial] == [" Café"]


@pytest.mark.parametrize("name", [path.stem for path in sorted(HERE.glob("*-error-*[A-Z]*.jsonl"))])
def test_error_events(name: str) -> None:
    code = name.rpartition("-")[2]
    kind, message, partial = outcome(Recording.load(HERE / f"{name}.jsonl"), plainly)["error"]
    assert (kind, message) == (ServiceError, f"{code}: words of the service")
    assert [generation.text for generation in partial] == [" Café"]


@pytest.mark.parametrize("service", ["bedrock", "sagemaker"])
def test_a_stream_that_is_cut_off(service: str) -> None:
    found = outcome(Recording.load(HERE / f"{service}-cut-off.jsonl"), plainly)
    assert found["warnings"] == [IncompleteStreamWarning]
    assert [generation.text for generation in found["answer"]] == [" Café"]


def test_errors_before_any_stream() -> None:
    for service, message in (
        ("bedrock", "ThrottlingException: Too many requests, please wait before trying again."),
        ("sagemaker", "ModelError: Received client error (400) from primary."),
    ):
        recording = Recording.load(HERE / f"{service}-refused.jsonl")
        assert outcome(recording, plainly)["error"] == (ServiceError, message, None)
