"""Replay: real clients, answered from recordings, with everything real but the network."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError, ParamValidationError

from clients import (
    BODIES,
    PLAIN,
    arguments,
    async_config,
    both_modes,
    client_of,
    local_client,
    read_async,
    stream_of,
    with_async_client,
)
from cohere_aws import (
    Generations,
    IncompleteStreamError,
    Mode,
    ServiceError,
    TransportError,
)
from cohere_aws.testing import Bytes, Call, RecordingError, ReplayError, replay, serve
from cohere_aws.testing._matching import Matcher
from cohere_aws.testing._replay import Replay, answering, load_all
from cohere_aws.testing._scrub import Scrubber
from testing.samples import ANSWER, CONVERSE, CONVERSE_STREAM, MEMBERS, MESSAGES, plain, streamed

if TYPE_CHECKING:
    from pathlib import Path


@both_modes
def test_a_stream(mode: Mode) -> None:
    with replay(client_of(mode), streamed(mode), use_all=True) as state:
        assert stream_of(client_of(mode), mode, strict=True).read()[0].text == " I am"
    recording = streamed(mode)
    assert state.calls == [
        Call(recording.service, recording.operation, "target", {}, MEMBERS[mode])
    ]


@both_modes
def test_a_stream_for_an_asynchronous_client(mode: Mode) -> None:
    answer = read_async(mode, lambda client: replay(client, streamed(mode)), strict=True)
    assert answer[0].text == " I am"


@both_modes
def test_a_plain_answer(mode: Mode) -> None:
    with replay(client_of(mode), plain(mode, content_type="application/json")):
        response = getattr(client_of(mode), PLAIN[mode])(**arguments(mode))
        assert response["ResponseMetadata"]["RequestId"]
        assert Generations.from_response(response, mode) == Generations.from_dict(ANSWER)


@both_modes
def test_a_plain_answer_for_an_asynchronous_client(mode: Mode) -> None:
    async def ask(client: Any) -> bytes:
        with replay(client, plain(mode)):
            response = await getattr(client, PLAIN[mode])(**arguments(mode))
            async with response[BODIES[mode]] as body:
                data: bytes = await body.read()
                return data

    response = plain(mode).response
    assert response is not None
    assert with_async_client(mode, ask) == response.body


@both_modes
def test_a_refusal_is_raised_as_boto3_raises_it(mode: Mode) -> None:
    recording = plain(mode, 403, x_amzn_errortype="AccessDeniedException:http://internal/")
    with replay(client_of(mode), recording), pytest.raises(ClientError) as caught:
        getattr(client_of(mode), PLAIN[mode])(**arguments(mode))
    assert caught.value.response["Error"] == {"Code": "AccessDeniedException", "Message": "no"}
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403

    async def ask(client: Any) -> None:
        with replay(client, recording), pytest.raises(ClientError, match="AccessDenied"):
            await getattr(client, PLAIN[mode])(**arguments(mode))

    with_async_client(mode, ask)


def test_converse() -> None:
    client = client_of(Mode.BEDROCK)
    with replay(client, [CONVERSE, CONVERSE_STREAM], use_all=True):
        answer = client.converse(modelId="target", messages=MESSAGES)
        assert answer["output"]["message"]["content"] == [{"text": "hi"}]
        stream = client.converse_stream(modelId="target", messages=MESSAGES)["stream"]
        assert [next(iter(event)) for event in stream] == [
            "messageStart", "contentBlockDelta", "messageStop",
        ]  # fmt: skip


def test_parameters_are_validated_and_requests_are_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(Mode.BEDROCK)
    seen: list[Any] = []

    def look(request: Any, **_: object) -> None:
        seen.append(request.headers["Authorization"])

    client.meta.events.register("before-send.bedrock-runtime", look)
    with replay(client, streamed(Mode.BEDROCK)):
        with pytest.raises(ParamValidationError):
            client.invoke_model_with_response_stream(model="target")
        stream_of(client, Mode.BEDROCK).read()
    client.meta.events.unregister("before-send.bedrock-runtime", look)
    assert b"AWS4-HMAC-SHA256 Credential=testing/" in seen[0]

    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    fresh = boto3.Session().client("bedrock-runtime")
    with replay(fresh, streamed(Mode.BEDROCK)), pytest.raises(NoCredentialsError):
        stream_of(fresh, Mode.BEDROCK)


def test_all_attempts_of_a_call_get_the_same_answer() -> None:
    busy = plain(Mode.BEDROCK, 429, x_amzn_errortype="ThrottlingException")
    config = Config(retries={"total_max_attempts": 2})
    client = boto3.client("bedrock-runtime", config=config)
    with replay(client, [busy, plain(Mode.BEDROCK)], use_all=True) as state:
        with pytest.raises(ClientError, match="ThrottlingException") as caught:
            client.invoke_model(**arguments(Mode.BEDROCK))
        assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 1
        assert client.invoke_model(**arguments(Mode.BEDROCK))
    assert len(state.calls) == 2

    async def ask(client: Any) -> None:
        with replay(client, busy, use_all=True) as state:
            with pytest.raises(ClientError, match="ThrottlingException"):
                await client.invoke_model(**arguments(Mode.BEDROCK))
        assert len(state.calls) == 1

    with_async_client(Mode.BEDROCK, ask, config=async_config(retries={"total_max_attempts": 2}))


def test_requests_without_an_invocation_id_are_calls_of_their_own() -> None:
    client = boto3.client("bedrock-runtime")

    def forget(request: Any, **_: object) -> None:
        del request.headers["amz-sdk-invocation-id"]

    client.meta.events.register_first("before-send.bedrock-runtime", forget)
    with replay(client, [plain(Mode.BEDROCK)] * 2, use_all=True) as state:
        for _ in range(2):
            client.invoke_model(**arguments(Mode.BEDROCK))
    assert len(state.calls) == 2


def test_a_call_that_no_recording_answers() -> None:
    client = client_of(Mode.BEDROCK)
    with replay(client, streamed(Mode.BEDROCK)):
        with pytest.raises(ReplayError, match="target is 'target', recorded 'other'"):
            with replay(client, streamed(Mode.BEDROCK, target="other")):
                stream_of(client, Mode.BEDROCK)
        # The inner block has ended, and the outer one answers again.
        assert stream_of(client, Mode.BEDROCK).read()[0].text == " I am"


def test_in_order_the_request_is_not_compared() -> None:
    recordings = [streamed(Mode.BEDROCK, target=name, request={"prompt": name}) for name in "ab"]
    client = client_of(Mode.BEDROCK)
    with replay(client, recordings, match="order", use_all=True):
        assert [stream_of(client, Mode.BEDROCK).read()[0].text for _ in "ab"] == [" I am"] * 2


def test_unused_recordings_fail_the_block_if_asked() -> None:
    client = client_of(Mode.BEDROCK)
    message = "1 recording did not answer any call: InvokeModelWithResponseStream"
    with (
        pytest.raises(ReplayError, match=message),
        replay(client, streamed(Mode.BEDROCK), use_all=True),
    ):
        pass
    with replay(client, streamed(Mode.BEDROCK)) as state:
        assert state.unused() == [streamed(Mode.BEDROCK)]
    # An error of the block is not hidden by unused recordings.
    with pytest.raises(KeyError), replay(client, streamed(Mode.BEDROCK), use_all=True):
        raise KeyError


def test_a_scrubbed_recording_is_found_with_the_same_scrub_function() -> None:
    client = client_of(Mode.BEDROCK)
    recording = streamed(Mode.BEDROCK, target=None, request={"prompt": "X"})
    call = {"modelId": "m", "body": '{"prompt":"Alice"}'}
    with replay(client, recording, scrub=lambda text: text.replace("Alice", "X")) as state:
        client.invoke_model_with_response_stream(**call)
    assert state.calls[0].request == {"prompt": "X"}


@both_modes
def test_the_times_of_the_recording(mode: Mode) -> None:
    with replay(client_of(mode), streamed(mode), delays=True):
        start = time.perf_counter()
        stream_of(client_of(mode), mode).read()
        assert time.perf_counter() - start >= 0.02


@both_modes
def test_the_time_of_a_plain_answer(mode: Mode) -> None:
    answer = plain(mode)
    assert answer.response is not None
    late = replace(answer, response=replace(answer.response, at=0.05))

    async def ask(client: Any) -> float:
        with replay(client, late, delays=True):
            start = time.perf_counter()
            response = await getattr(client, PLAIN[mode])(**arguments(mode))
            await response[BODIES[mode]].read()
            return time.perf_counter() - start

    assert with_async_client(mode, ask) >= 0.05
    with replay(client_of(mode), late, delays=True):
        start = time.perf_counter()
        getattr(client_of(mode), PLAIN[mode])(**arguments(mode))[BODIES[mode]].read()
        assert time.perf_counter() - start >= 0.05


FAULTS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"truncate_after": 1}, IncompleteStreamError, " I"),
    ({"truncate_after": Bytes(150)}, IncompleteStreamError, " I"),
    ({"fail_after": (2, None)}, ServiceError, " I am"),
    ({"flip": 99}, TransportError, ""),
]


@both_modes
@pytest.mark.parametrize(("fault", "kind", "partial"), FAULTS)
def test_faults(mode: Mode, fault: dict[str, Any], kind: type[Exception], partial: str) -> None:
    if "fail_after" in fault:
        names = {Mode.BEDROCK: "throttlingException", Mode.SAGEMAKER: "ModelStreamError"}
        fault = {"fail_after": (fault["fail_after"][0], names[mode])}
    client = client_of(mode)
    with replay(client, streamed(mode), **fault), pytest.raises(kind) as caught:
        stream_of(client, mode, strict=True).read()
    assert "".join(generation.text for generation in caught.value.partial) == partial  # type: ignore[attr-defined]
    with pytest.raises(kind):
        read_async(mode, lambda client: replay(client, streamed(mode), **fault), strict=True)


@both_modes
@pytest.mark.parametrize("cut", [1, [3, 5]])
def test_cuts_change_nothing(mode: Mode, cut: Any) -> None:
    with replay(client_of(mode), streamed(mode), cut=cut):
        assert stream_of(client_of(mode), mode, strict=True).read()[0].text == " I am"


def test_a_fault_that_does_not_fit_is_raised_by_the_call() -> None:
    client = client_of(Mode.BEDROCK)
    with replay(client, streamed(Mode.BEDROCK), truncate_after=9):
        with pytest.raises(ValueError, match="truncate_after: 9; the stream has 3 events"):
            stream_of(client, Mode.BEDROCK)


def test_recordings_files_folders_and_iterables_are_accepted(tmp_path: Path) -> None:
    one, two = streamed(Mode.BEDROCK), plain(Mode.SAGEMAKER)
    one.save(tmp_path / "1.jsonl")
    two.save(tmp_path / "2.jsonl")
    assert load_all(one) == [one]
    assert load_all(tmp_path / "1.jsonl") == load_all(str(tmp_path / "1.jsonl")) == [one]
    assert load_all(tmp_path) == [one, two]
    assert load_all([two, tmp_path]) == [two, one, two]
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordingError, match="does not contain recordings"):
        load_all(tmp_path / "empty")


@pytest.mark.parametrize("body", [b"{}", "{}", bytearray(b"{}")])
def test_bodies_of_all_types(body: Any) -> None:
    client = client_of(Mode.BEDROCK)
    with replay(client, streamed(Mode.BEDROCK)):
        client.invoke_model_with_response_stream(modelId="target", body=body)


def test_match_and_ignore_are_passed_on() -> None:
    client, recording = client_of(Mode.BEDROCK), plain(Mode.BEDROCK)
    recording = replace(recording, request={"prompt": "a", "k": 1})
    asked = {"modelId": "target", "body": '{"prompt": "a", "k": 1, "temperature": 0.5}'}
    options: list[dict[str, Any]] = [
        {"match": "partial"},
        {"ignore": ["request.temperature"]},
        {"match": lambda call, known: call.request["prompt"] == known.request["prompt"]},
    ]
    for option in options:
        with replay(client, recording, **option):
            client.invoke_model(**asked)
        with serve(recording, **option) as server:
            served = local_client(server.url, Mode.BEDROCK)
            served.invoke_model(**asked)
            served.close()
    with replay(client, recording), pytest.raises(ReplayError, match=r"request\.temperature is 0"):
        client.invoke_model(**asked)


def test_unanswered_calls_are_sent_if_on_answer_is_given() -> None:
    state, answered = Replay(Matcher([streamed(Mode.BEDROCK)])), []
    with serve(plain(Mode.BEDROCK)) as server:
        client = local_client(server.url, Mode.BEDROCK)
        block = answering(client, state, Scrubber(), on_answer=lambda: answered.append(1))
        with block:
            assert stream_of(client, Mode.BEDROCK).read()[0].text == " I am"
            assert client.invoke_model(**arguments(Mode.BEDROCK))["contentType"]
        client.close()
    assert answered == [1]
    assert [call.operation for call in server.calls] == ["InvokeModel"]
