"""Every recording there is, through real clients of both kinds.

The recordings in ``tests/recordings`` and its folders are constructed, one for each shape of the
wire, and their meaning is written down here. With ``--recordings DIR`` those in DIR and its folders
are read as well, such as real ones. ``raw_answers`` reads each of them without the code under test.
"""

from __future__ import annotations

import json
import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ParamValidationError

from clients import SERVICES, with_async_client
from cohere_aws import (
    CohereError,
    Generations,
    IncompleteStreamWarning,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamingGenerations,
    Usage,
)
from cohere_aws._translations import translated
from cohere_aws.testing import RecordedEvent, RecordedResponse, Recording, record, replay
from cohere_aws.testing._botocore import stream_errors
from raw_answers import payload_of, raw_answer
from service_models import members_that_botocore_lacks
from strategies import events
from testing.samples import MESSAGES

HERE = Path(__file__).parent / "recordings"
MODES = {service: mode for mode, service in SERVICES.items()}
ONCE = Config(retries={"total_max_attempts": 1})
METHODS = {
    "InvokeModel": "invoke_model",
    "InvokeModelWithResponseStream": "invoke_model_with_response_stream",
    "InvokeEndpoint": "invoke_endpoint",
    "InvokeEndpointWithResponseStream": "invoke_endpoint_with_response_stream",
    "Converse": "converse",
    "ConverseStream": "converse_stream",
}
CONVERSE = ("Converse", "ConverseStream")
# The member of a response that holds the body or the stream. The response of Converse is the body.
MEMBERS = {
    "InvokeModel": "body",
    "InvokeModelWithResponseStream": "body",
    "InvokeEndpoint": "Body",
    "InvokeEndpointWithResponseStream": "Body",
    "ConverseStream": "stream",
}


# Folders of recordings in formats that are not read yet. Their files are loaded only.
NOT_READ = ("embed-rerank",)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give ``file`` the path of each recording, and ``path`` of those that are read.

    ``converse_file`` gets those of Converse.
    """
    for name in {"file", "path", "converse_file"}.intersection(metafunc.fixturenames):
        folder = metafunc.config.getoption("--recordings")
        paths = [
            *sorted(HERE.rglob("*.jsonl")),
            *(sorted(folder.rglob("*.jsonl")) if folder else ()),
        ]
        if name == "path":
            paths = [path for path in paths if path.parent.name not in NOT_READ]
        elif name == "converse_file":
            # botocore stops reading at a damaged delta.
            paths = [
                p for p in paths if p.parent.name == "converse" and p.stem != "stream-damaged-delta"
            ]
        metafunc.parametrize(name, paths, ids=lambda path: f"{path.parent.name}/{path.stem}")


def check_botocore(recording: Recording) -> None:
    """Skip the test if the installed botocore drops a documented member of *recording*."""
    if recording.operation in CONVERSE and (lacking := members_that_botocore_lacks(recording)):
        pytest.skip(f"this botocore does not know {', '.join(sorted(lacking))}")


def arguments(recording: Recording) -> dict[str, Any]:
    if recording.operation in CONVERSE:
        # An older botocore refuses some of the recorded requests.
        return {"modelId": "model", "messages": MESSAGES}
    body = json.dumps(recording.request or {})
    if MODES[recording.service] is Mode.BEDROCK:
        return {"modelId": recording.target, "body": body}
    return {"EndpointName": "endpoint", "Body": body}


def outcome(recording: Recording, read: Any = None) -> dict[str, Any]:
    """Return all that a caller learns from *recording*."""
    has_client = recording.service in MODES
    mode = MODES[recording.service] if has_client else Mode.SAGEMAKER
    read = read or (plainly if has_client else by_payload)
    found: dict[str, Any] = {"error": None, "warnings": []}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found["answer"] = read(recording, mode)
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
        if recording.operation == "Converse":
            return Generations.from_dict(response)
        if recording.response:
            return Generations.from_response(response, mode)
        return StreamingGenerations(response[MEMBERS[recording.operation]], mode).read()


def asynchronously(recording: Recording, mode: Mode) -> Generations:
    async def ask(client: Any) -> Generations:
        with replay(client, recording, match="order"):
            try:
                call = getattr(client, METHODS[recording.operation])
                response = await call(**arguments(recording))
            except client.exceptions.ClientError as error:
                raise translated(error, "the call") from error
            if recording.operation == "Converse":
                return Generations.from_dict(response)
            body = response[MEMBERS[recording.operation]]
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


def by_payload(recording: Recording, mode: Mode) -> Generations:
    """Read *recording* without boto3, which does not know Cohere's own platform."""
    if recording.response:
        return Generations.from_dict(json.loads(recording.response.body))
    payloads = [event.payload for event in recording.stream or ()]
    return StreamingGenerations(events(payloads, mode), mode).read()


def test_both_kinds_of_clients_learn_the_same(path: Path) -> None:
    recording = Recording.load(path)
    if recording.service not in MODES:
        pytest.skip("boto3 has no client for this service")
    check_botocore(recording)
    expected = outcome(recording, plainly)
    assert outcome(recording, asynchronously) == expected
    if recording.stream is not None:
        assert outcome(recording, events_alone) == expected


def test_a_recording_is_kept_as_it_is(file: Path, tmp_path: Path) -> None:
    recording = Recording.load(file)
    recording.save(tmp_path / "again.jsonl")
    assert Recording.load(tmp_path / "again.jsonl") == recording
    assert recording.origin in ("recorded", "published", "constructed")
    assert recording.source


def test_a_recorded_call_of_converse_is_answered_and_recorded(
    converse_file: Path, tmp_path: Path
) -> None:
    recording = Recording.load(converse_file)
    request = recording.request or {"messages": MESSAGES}
    client = boto3.client("bedrock-runtime", config=ONCE)
    with (
        replay(client, recording),
        record(client, tmp_path, times=False) as recorder,
        suppress(client.exceptions.ClientError),  # a refusal, or an error event
    ):
        try:
            response = getattr(client, METHODS[recording.operation])(
                modelId=recording.target or "model", **request
            )
        except ParamValidationError:
            pytest.skip("this botocore does not know a member of the request")
        list(response.get("stream", ()))
    again = Recording.load(recorder.paths[0])
    assert again.origin == recording.origin
    assert again == replace(
        recording,
        target=recording.target or "model",
        request=again.request,  # without what is scrubbed
        members={},
        headers=again.headers,
    )


@pytest.mark.parametrize("size", [1, 3, 64])
def test_cuts_do_not_change_the_outcome(path: Path, size: int) -> None:
    # Of plain answers, too: an endpoint may answer a call for a stream with one body.
    payload = payload_of(path)
    if path.parent.name == "converse" and (stream := Recording.load(path).stream):
        # boto3 does not pass the bytes of these events on; this is their JSON.
        parts = [(each.name.encode(), each.payload) for each in stream if each.kind == "event"]
        payload = b"".join(b'{"%b":%b}' % part for part in parts)

    def read(*payloads: bytes) -> dict[str, Any]:
        found: list[Any] = []

        def all_of_it(_: Recording, mode: Mode) -> Any:
            stream = StreamingGenerations(events([*payloads], mode), mode)
            try:
                for piece in stream:
                    found.append((piece, piece.token))  # noqa: PERF401  # keeps those before an error
            finally:
                found.append((stream.dialect, stream.other_items, stream.finish_reason))
            return stream.generations

        return {**outcome(Recording.load(path), all_of_it), "found": found}

    cut = [payload[start : start + size] for start in range(0, len(payload), size)]
    assert read(*cut) == read(payload)


def test_what_the_project_commits_is_constructed() -> None:
    assert {Recording.load(path).origin for path in HERE.rglob("*.jsonl")} == {"constructed"}
    paths = list(HERE.glob("*.jsonl"))
    names = {path.stem.partition("-")[2] for path in paths}
    for mode in ("bedrock", "sagemaker"):
        here = {path.stem.partition("-")[2] for path in paths if path.stem.startswith(mode)}
        assert {name for name in names if name[0].isdigit()} <= here
    assert {name.partition("-")[0] for name in names} >= {str(number) for number in range(1, 11)}


def test_the_answer_is_that_of_the_raw_json(path: Path) -> None:
    recording = Recording.load(path)
    has_error_event = any(event.kind != "event" for event in recording.stream or ())
    if has_error_event or path.stem.endswith("cut-off") or "damaged" in path.stem:
        return  # these have their own tests
    check_botocore(recording)
    found, raw = outcome(recording), raw_answer(path)
    assert found["warnings"] == []
    if raw.error is not None:
        kind, message, answer = found["error"]
        assert kind is ServiceError
        assert raw.error in message
    else:
        assert found["error"] is None
        answer = found["answer"]
    if answer is None:  # the call was refused
        assert not raw.generations
        return
    assert answer.dialect == raw.dialect
    usage = answer.usage or Usage()
    assert (usage.input_tokens, usage.output_tokens) == raw.usage
    assert [each.text for each in answer] == [each.text for each in raw.generations]
    for each, expected in zip(answer, raw.generations, strict=True):
        assert each.finish_reason == expected.finish_reason
        tokens = each.token_likelihoods
        pairs = None if tokens is None else [(token.token, token.likelihood) for token in tokens]
        assert pairs == expected.tokens
    assert Generations.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_a_recording_of_another_service_is_read_by_its_payload() -> None:
    header = {"service": "cohere-platform", "operation": "generate"}
    answer = RecordedResponse(200, b'{"generations":[{"text":"a"}]}')
    assert outcome(Recording(**header, response=answer))["answer"].text == "a"
    piece = RecordedEvent("chunk", b'{"generated_text":"a"}')
    assert outcome(Recording(**header, stream=[piece]))["answer"].text == "a"


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
def test_errors_inside_a_stream(service: str, name: str) -> None:
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


# The text, the reason, and the kinds of the blocks of each message of Converse. Most of them are
# there plain and streamed.
CONVERSE_MEANS: dict[str, tuple[str, str, str]] = {
    "text": (" Café 😀", "end_turn", "text"),
    "several-texts": (" Café Bar", "stop_sequence", "text text text"),
    "reasoning": (" Café", "end_turn", "reasoningContent reasoningContent text"),
    "reasoning-without-text": ("", "end_turn", "reasoningContent"),
    "tools": ("I look.", "tool_use", "text toolUse toolUse toolUse"),
    "tool-cut-by-max-tokens": ("", "max_tokens", "toolUse"),
    "server-tool": ("It is 42.", "end_turn", "toolUse toolResult text"),
    "citations": ("It is open.", "end_turn", "citationsContent"),
    "image": ("Here:", "end_turn", "text image"),
    "guardrail": ("It is at {ADDRESS}.", "guardrail_intervened", "text"),
    "all-fields": (" Café", "end_turn", "text"),
    "empty": ("", "end_turn", ""),
    "new-block": (" Café", "new_reason", "text SDK_UNKNOWN_MEMBER"),
    "metadata-first": (" Café", "end_turn", "text"),
    "without-metadata": (" Café", "end_turn", "text"),
    "mixed-blocks": ("I look.", "tool_use", "text toolUse"),
}


def converse(name: str) -> Recording:
    """Return a constructed recording of Converse; skip the test if botocore is too old for it."""
    recording = Recording.load(HERE / "converse" / f"{name}.jsonl")
    check_botocore(recording)
    return recording


CONVERSE_NAMES = sorted(path.stem for path in (HERE / "converse").glob("*.jsonl"))


@pytest.mark.parametrize(
    "name", [name for name in CONVERSE_NAMES if name.partition("-")[2] in CONVERSE_MEANS]
)
def test_what_each_message_of_converse_means(name: str) -> None:
    answer = outcome(converse(name))["answer"]
    text, reason, kinds = CONVERSE_MEANS[name.partition("-")[2]]
    assert (answer.text, answer.dialect) == (text, "converse")
    assert [each.finish_reason for each in answer] == [reason]
    found = [kind for each in answer for block in each.content or () for kind in block]
    assert " ".join(found or ["text"] * bool(text)) == kinds


PAIRS = [
    name for name in CONVERSE_MEANS if {f"plain-{name}", f"stream-{name}"} <= {*CONVERSE_NAMES}
]


@pytest.mark.parametrize("name", PAIRS)
def test_a_message_of_converse_is_the_same_plain_and_streamed(name: str) -> None:
    plain, streamed = (
        outcome(converse(f"{form}-{name}"))["answer"] for form in ("plain", "stream")
    )
    assert list(plain) == list(streamed)
    assert (plain.usage, plain.extra) == (streamed.usage, streamed.extra)


def test_there_is_a_pair_for_most_messages_of_converse() -> None:
    assert len(PAIRS) > len(CONVERSE_MEANS) / 2
    names = {name.partition("-")[2] for name in CONVERSE_NAMES}
    tested_elsewhere = ("error-", "damaged-", "new-members", "cut-off", "refused")
    assert {name for name in names if not name.startswith(tested_elsewhere)} == {*CONVERSE_MEANS}


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("error-unmodelled", ServiceError, "an error without a code: botocore does not know this"),
        ("error-frame", ServiceError, "InternalFailure: words of the service"),
        ("damaged-json", MalformedStreamError, "item 2: contentBlockDelta has no 'delta'; "),
        (
            "damaged-delta",
            MalformedStreamError,
            "the stream, after 2 items, gave bytes that cannot",
        ),
        *(
            (f"error-{code}", ServiceError, f"{code}: words of the service")
            for code in stream_errors("bedrock-runtime", "ConverseStream")
        ),
    ],
)
def test_errors_in_a_stream_of_converse(name: str, kind: type[CohereError], message: str) -> None:
    for read in (plainly, asynchronously):
        found, words, partial = outcome(converse(f"stream-{name}"), read)["error"]
        assert found is kind
        assert words.startswith(message)
        assert [generation.text for generation in partial] == [" Café"]


def test_a_stream_of_converse_that_is_cut_off() -> None:
    found = outcome(converse("stream-cut-off"))
    assert found["warnings"] == [IncompleteStreamWarning]
    assert [(each.text, each.finish_reason) for each in found["answer"]] == [(" Café", None)]


def test_members_of_converse_that_no_service_model_has() -> None:
    # botocore drops the event and the field; it shows that there was a delta, and a start.
    recording = converse("stream-new-members")
    stream = StreamingGenerations(recording.events(), Mode.BEDROCK)
    assert stream.read().text == " Café"
    lost = (
        {"SDK_UNKNOWN_MEMBER": {"name": "newDelta"}},
        {"SDK_UNKNOWN_MEMBER": {"name": "newStart"}},
    )
    assert stream.other_items == [
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": lost[0]}},
        {"contentBlockStart": {"contentBlockIndex": 1, "start": lost[1]}},
    ]


def test_a_call_of_converse_that_is_refused() -> None:
    message = "ThrottlingException: Too many requests, please wait before trying again."
    assert outcome(converse("plain-refused"))["error"] == (ServiceError, message, None)
