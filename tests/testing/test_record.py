"""Record: calls of real clients and their answers, without credentials and account IDs."""

from __future__ import annotations

import gc
import json
import re
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from contextvars import copy_context
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from botocore.stub import Stubber

import clients
from clients import (
    BODIES,
    PLAIN,
    arguments,
    both_modes,
    client_of,
    events_of,
    local_client,
    read_async,
    stream_of,
    with_async_client,
)
from cohere_aws import (
    CohereError,
    Generations,
    MalformedStreamError,
    Mode,
    StreamingGenerations,
    TransportError,
)
from cohere_aws.testing import (
    Bytes,
    RecordedEnd,
    RecordedEvent,
    RecordedResponse,
    Recording,
    ReplayError,
    record,
    replay,
    serve,
)
from cohere_aws.testing._body import Body, Pace
from cohere_aws.testing._botocore import http_response
from cohere_aws.testing._frames import encode
from cohere_aws.testing._members import answer_headers
from cohere_aws.testing._wire import EVENT_STREAM, Part
from testing.samples import (
    ANSWER,
    CONVERSE,
    CONVERSE_STREAM,
    MESSAGES,
    STREAMS,
    knows_async_invoke,
    plain,
    streamed,
)

if TYPE_CHECKING:
    from pathlib import Path


@both_modes
def test_a_stream(mode: Mode, tmp_path: Path) -> None:
    client, path = client_of(mode), tmp_path / "a.jsonl"
    with replay(client, streamed(mode)), record(client, path) as recorder:
        assert stream_of(client, mode).read()[0].text == " I am"
    assert recorder.paths == [path]
    assert Recording.load(path) == streamed(mode)


@both_modes
def test_a_stream_of_an_asynchronous_client(mode: Mode, tmp_path: Path) -> None:
    async def ask(client: Any) -> None:
        with replay(client, streamed(mode)), record(client, tmp_path / "a.jsonl"):
            operation = {1: "invoke_endpoint", 2: "invoke_model"}[mode.value]
            call = getattr(client, f"{operation}_with_response_stream")
            response = await call(**arguments(mode))
            assert (await StreamingGenerations(response[BODIES[mode]], mode).aread())[0].text

    with_async_client(mode, ask)
    assert Recording.load(tmp_path / "a.jsonl") == streamed(mode)


@both_modes
def test_a_plain_answer(mode: Mode, tmp_path: Path) -> None:
    client = client_of(mode)
    recording = plain(mode, content_type="application/json", x_amzn_requestid="1")
    with replay(client, recording), record(client, tmp_path / "a.jsonl"):
        response = getattr(client, PLAIN[mode])(**arguments(mode))
        assert Generations.from_response(response, mode) == Generations.from_dict(ANSWER)
    assert Recording.load(tmp_path / "a.jsonl") == recording


@both_modes
def test_a_plain_answer_of_an_asynchronous_client(mode: Mode, tmp_path: Path) -> None:
    async def ask(client: Any) -> None:
        with replay(client, plain(mode)), record(client, tmp_path / "a.jsonl"):
            response = await getattr(client, PLAIN[mode])(**arguments(mode))
            assert json.loads(await response[BODIES[mode]].read()) == ANSWER

    with_async_client(mode, ask)
    assert Recording.load(tmp_path / "a.jsonl") == plain(mode)


def test_converse(tmp_path: Path) -> None:
    client = client_of(Mode.BEDROCK)
    with replay(client, [CONVERSE, CONVERSE_STREAM]), record(client, tmp_path) as recorder:
        assert client.converse(modelId="target", messages=MESSAGES)["stopReason"] == "end_turn"
        assert len(list(client.converse_stream(modelId="target", messages=MESSAGES)["stream"])) == 3
    plain_, stream = map(Recording.load, recorder.paths)
    assert (plain_.response, stream.stream) == (CONVERSE.response, CONVERSE_STREAM.stream)
    assert plain_.request == stream.request == {"messages": MESSAGES}


@both_modes
def test_an_error_in_a_stream_is_recorded(mode: Mode, tmp_path: Path) -> None:
    client, error = client_of(mode), STREAMS[mode][2]
    with (
        replay(client, streamed(mode), fail_after=(1, error)),
        record(client, tmp_path / "a.jsonl"),
    ):
        with pytest.raises(EventStreamError):
            list(events_of(client, mode))
    recording = Recording.load(tmp_path / "a.jsonl")
    assert [event.name for event in recording.stream or ()] == [STREAMS[mode][1], error]
    with replay(client, recording), pytest.raises(EventStreamError, match=error):
        list(events_of(client, mode))


@both_modes
def test_a_refusal_is_recorded(mode: Mode, tmp_path: Path) -> None:
    recording = plain(mode, 403, x_amzn_errortype="AccessDeniedException")
    client = client_of(mode)
    with (
        replay(client, recording),
        record(client, tmp_path / "a.jsonl"),
        pytest.raises(ClientError),
    ):
        getattr(client, PLAIN[mode])(**arguments(mode))
    assert Recording.load(tmp_path / "a.jsonl") == recording

    async def ask(client: Any) -> None:
        with replay(client, recording), record(client, tmp_path / "b.jsonl"):
            with pytest.raises(ClientError):
                await getattr(client, PLAIN[mode])(**arguments(mode))

    with_async_client(mode, ask)
    assert Recording.load(tmp_path / "b.jsonl") == recording


def test_the_final_answer_to_a_retried_call_is_recorded(tmp_path: Path) -> None:
    config = Config(retries={"total_max_attempts": 2})
    for throttle, status in ((1, 200), (2, 429)):
        with serve(plain(Mode.BEDROCK), throttle=throttle) as server:
            client = boto3.client("bedrock-runtime", endpoint_url=server.url, config=config)
            with record(client, tmp_path / str(status)) as recorder, suppress(ClientError):
                client.invoke_model(**arguments(Mode.BEDROCK))
            client.close()
        assert len(server.calls) == 1
        (recording,) = map(Recording.load, recorder.paths)
        assert recording.response is not None
        assert recording.response.status == status
        # The recording can also be replayed to a client that retries.
        with replay(client, recording, use_all=True), suppress(ClientError):
            client.invoke_model(**arguments(Mode.BEDROCK))


@both_modes
def test_each_event_is_written_before_it_is_yielded_and_none_is_read_ahead(
    mode: Mode, tmp_path: Path
) -> None:
    client, path = client_of(mode), tmp_path / "a.jsonl"
    with replay(client, streamed(mode)), record(client, path):
        stream = iter(events_of(client, mode))
        assert len(path.read_bytes().splitlines()) == 1
        for count in (1, 2, 3):
            next(stream)
            assert len(path.read_bytes().splitlines()) == 1 + count
        assert list(stream) == []


@both_modes
def test_a_stream_that_is_closed_early_is_recorded_up_to_there(mode: Mode, tmp_path: Path) -> None:
    client, path = client_of(mode), tmp_path / "a.jsonl"
    with replay(client, streamed(mode)), record(client, path), stream_of(client, mode) as stream:
        for _ in stream:
            break
    recording = Recording.load(path)
    assert len(recording.stream or ()) == 1
    assert recording.end == RecordedEnd("closed")
    # The replay is the same up to this place; the rest is unknown.
    with replay(client, recording):
        with stream_of(client, mode) as stream:
            assert next(iter(stream)).text == " I"
    for strict in (False, True):
        with replay(client, recording), pytest.raises(ReplayError, match="its reader closed it"):
            stream_of(client, mode, strict=strict).read()
        with pytest.raises(ReplayError, match="its reader closed it"):
            read_async(mode, lambda client: replay(client, recording), strict=strict)


def test_events_after_the_block_are_not_written(tmp_path: Path) -> None:
    client = client_of(Mode.BEDROCK)
    with replay(client, streamed(Mode.BEDROCK)):
        with pytest.warns(UserWarning, match=r"a\.jsonl: its stream was still open") as caught:
            with record(client, tmp_path / "a.jsonl"):
                stream = stream_of(client, Mode.BEDROCK)
    assert caught[0].filename == __file__
    assert stream.read()[0].text == " I am"
    recording = Recording.load(tmp_path / "a.jsonl")
    assert (recording.stream, recording.end) == ((), RecordedEnd("closed"))


def test_an_error_of_the_block_is_not_hidden_by_an_open_stream(tmp_path: Path) -> None:
    client = client_of(Mode.BEDROCK)
    with pytest.raises(StopError):
        with replay(client, streamed(Mode.BEDROCK)), record(client, tmp_path / "a.jsonl"):
            stream = stream_of(client, Mode.BEDROCK)
            raise StopError
    stream.close()


def test_damaged_bytes_end_the_recording_and_reach_the_caller(tmp_path: Path) -> None:
    client = client_of(Mode.BEDROCK)
    bit = 8 * (len(streamed(Mode.BEDROCK).frames()[0]) + 20)
    with pytest.warns(UserWarning, match=r"a\.jsonl: a frame of its stream was damaged, and"):
        with replay(client, streamed(Mode.BEDROCK), flip=bit), record(client, tmp_path / "a.jsonl"):
            with pytest.raises(TransportError, match="ChecksumMismatch"):
                stream_of(client, Mode.BEDROCK).read()
    assert len(Recording.load(tmp_path / "a.jsonl").stream or ()) == 1


def test_credentials_and_account_ids_are_not_written(tmp_path: Path) -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc"
    words = f"User: {arn} is not authorized"
    headers = {"x-amzn-errortype": "A", "set-cookie": "session=secret"}
    response = RecordedResponse(403, json.dumps({"message": words}).encode(), headers)
    refusal = replace(plain(Mode.BEDROCK), target=None, response=response)
    client = client_of(Mode.BEDROCK)
    with replay(client, [streamed(Mode.BEDROCK, target=None), refusal]):
        with record(client, tmp_path) as recorder:
            client.invoke_model_with_response_stream(modelId=arn, body="{}")["body"].close()
            with pytest.raises(ClientError, match="123456789012"):
                client.invoke_model(modelId=arn, body="{}")
    written = b"".join(path.read_bytes() for path in recorder.paths).decode()
    assert "provisioned-model/abc" in written
    assert not re.search("123456789012|very-secret|AWS4|testing/|cookie|session", written)


def test_the_caller_scrubs_requests_and_payloads(tmp_path: Path) -> None:
    client, path = client_of(Mode.BEDROCK), tmp_path / "a.jsonl"

    def scrub(text: str) -> str:
        return text.replace("Alice", "X").replace(" am", " was")

    with replay(client, streamed(Mode.BEDROCK, request=None)), record(client, path, scrub=scrub):
        body = json.dumps({"prompt": "Who is Alice?"})
        response = client.invoke_model_with_response_stream(modelId="target", body=body)
        # The file is scrubbed, but not the answer that the caller gets.
        assert StreamingGenerations(response["body"], Mode.BEDROCK).read()[0].text == " I am"
    recording = Recording.load(path)
    assert recording.request == {"prompt": "Who is X?"}
    assert StreamingGenerations(recording.events(), Mode.BEDROCK).read()[0].text == " I was"


def test_files_are_named_by_the_caller_or_numbered(tmp_path: Path) -> None:
    client = client_of(Mode.BEDROCK)
    recordings = [streamed(Mode.BEDROCK), plain(Mode.BEDROCK)] * 2
    with replay(client, recordings):
        with record(client, tmp_path / "new" / "named.jsonl") as recorder:
            stream_of(client, Mode.BEDROCK).read()
            client.invoke_model(**arguments(Mode.BEDROCK))
        assert [path.name for path in recorder.paths] == ["named.jsonl", "named-2.jsonl"]
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "other.jsonl").touch()
        with record(client, tmp_path / "folder") as recorder:
            stream_of(client, Mode.BEDROCK).read()
            client.invoke_model(**arguments(Mode.BEDROCK))
        names = ["001-InvokeModelWithResponseStream.jsonl", "002-InvokeModel.jsonl"]
        assert [path.name for path in recorder.paths] == names


def test_two_recorders_in_one_folder_write_files_of_their_own(tmp_path: Path) -> None:
    together = threading.Barrier(4)

    def ask(client: Any) -> list[Path]:
        with replay(client, [plain(Mode.BEDROCK)] * 20), record(client, tmp_path) as recorder:
            together.wait(10)
            for _ in range(20):
                client.invoke_model(**arguments(Mode.BEDROCK))
            together.wait(10)
        return recorder.paths

    clients = [boto3.client("bedrock-runtime") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        paths = [path for paths in pool.map(ask, clients) for path in paths]
    assert len(set(paths)) == 80
    assert all(Recording.load(path) == plain(Mode.BEDROCK) for path in paths)


def test_an_existing_folder_may_have_a_dot_in_its_name(tmp_path: Path) -> None:
    client, folder = client_of(Mode.BEDROCK), tmp_path / "v1.0"
    folder.mkdir()
    with replay(client, plain(Mode.BEDROCK)), record(client, folder) as recorder:
        client.invoke_model(**arguments(Mode.BEDROCK))
    assert recorder.paths == [folder / "001-InvokeModel.jsonl"]


def test_origin_and_source_are_written(tmp_path: Path) -> None:
    client, path = client_of(Mode.BEDROCK), tmp_path / "a.jsonl"
    for origin in ("recorded", "published", "constructed"):
        with replay(client, streamed(Mode.BEDROCK, origin=origin)), record(client, path):
            stream_of(client, Mode.BEDROCK).read()
        recording = Recording.load(path)
        assert recording.origin == origin
        assert recording.source == (
            "bedrock-runtime.us-east-1.amazonaws.com, by cohere_aws.testing.record"
        )
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", recording.recorded_at or "")
        times = [event.at for event in recording.stream or ()]
        assert times == sorted(times)


class StopError(Exception):
    pass


@pytest.mark.parametrize(
    ("host", "origin"),
    [("bedrock-runtime.us-east-1.amazonaws.com", "recorded"), ("localhost:1", "constructed")],
)
def test_only_answers_of_aws_have_the_origin_recorded(
    host: str, origin: str, tmp_path: Path
) -> None:
    client = boto3.client("bedrock-runtime", endpoint_url=f"https://{host}")

    def answer(request: Any, **_: object) -> Any:
        body = Body([Part(None, b"{}")], Pace(delays=False))
        return http_response(client, request.url, 200, {}, body)

    client.meta.events.register("before-send", answer)
    with record(client, tmp_path / "a.jsonl"):
        client.invoke_model(**arguments(Mode.BEDROCK))
    assert Recording.load(tmp_path / "a.jsonl").origin == origin


@both_modes
def test_a_recording_of_a_served_recording_equals_it(mode: Mode, tmp_path: Path) -> None:
    for recording in (
        streamed(mode),
        streamed(mode, origin="recorded"),
        plain(mode, content_type="application/json"),
        plain(mode, 404, x_amzn_errortype="ResourceNotFoundException"),
    ):
        path = tmp_path / "a.jsonl"
        with serve(recording) as server:
            client = local_client(server.url, mode)
            with record(client, path):
                if recording.stream:
                    stream_of(client, mode).read()
                elif recording.response and recording.response.status == 200:
                    getattr(client, PLAIN[mode])(**arguments(mode))
                else:
                    with pytest.raises(ClientError):
                        getattr(client, PLAIN[mode])(**arguments(mode))
            client.close()
        assert Recording.load(path) == recording
        assert Recording.load(path).origin == recording.origin


@pytest.mark.parametrize("place", ["before-call", "request-created"])
def test_a_call_that_began_before_the_block_is_not_recorded(place: str, tmp_path: Path) -> None:
    client, begun, go_on = client_of(Mode.BEDROCK), threading.Event(), threading.Event()

    def wait(**_: object) -> None:
        begun.set()
        go_on.wait()

    def ask() -> Any:
        return client.invoke_model(**arguments(Mode.BEDROCK))

    client.meta.events.register(place, wait)
    with replay(client, plain(Mode.BEDROCK)), ThreadPoolExecutor() as pool:
        call = pool.submit(ask)
        begun.wait()
        with record(client, tmp_path) as recorder:
            go_on.set()
            assert call.result()["body"].read()
    client.meta.events.unregister(place, wait)
    assert recorder.paths == []


def test_a_call_that_a_stubber_answers_is_not_recorded(tmp_path: Path) -> None:
    client = boto3.client("bedrock-runtime")
    with record(client, tmp_path) as recorder, Stubber(client) as stubber:
        stubber.add_response("invoke_model", {"body": b"", "contentType": "text/plain"})
        assert client.invoke_model(**arguments(Mode.BEDROCK))["body"] == b""
    assert recorder.paths == []


def test_the_context_does_not_keep_a_recorder(tmp_path: Path) -> None:
    client, before = client_of(Mode.BEDROCK), len(copy_context())
    for _ in range(9):
        with replay(client, plain(Mode.BEDROCK)), record(client, tmp_path) as recorder:
            client.invoke_model(**arguments(Mode.BEDROCK))
    assert len(list(tmp_path.iterdir())) == 1
    assert len(copy_context()) <= before + 1
    left = weakref.ref(recorder)
    del recorder
    gc.collect()
    assert left() is None


def test_both_blocks_remove_their_handlers(tmp_path: Path) -> None:
    client = client_of(Mode.BEDROCK)
    with pytest.raises(StopError), record(client, tmp_path / "a.jsonl"):
        raise StopError
    with replay(client, streamed(Mode.BEDROCK)):
        stream_of(client, Mode.BEDROCK).read()
    assert not (tmp_path / "a.jsonl").exists()


def test_reading_asynchronously_is_recorded_too(tmp_path: Path) -> None:
    @contextmanager
    def around(client: Any) -> Any:
        with ExitStack() as stack:
            stack.enter_context(replay(client, streamed(Mode.BEDROCK), cut=7))
            stack.enter_context(record(client, tmp_path / "a.jsonl"))
            yield

    assert read_async(Mode.BEDROCK, around)[0].text == " I am"
    payloads = [event.payload for event in Recording.load(tmp_path / "a.jsonl").stream or ()]
    assert {len(payload) for payload in payloads[:-1]} == {7}


@pytest.mark.parametrize("make", [streamed, plain])
def test_a_call_that_ends_after_the_block_is_answered_and_not_recorded(
    make: Any, tmp_path: Path
) -> None:
    client = boto3.client("bedrock-runtime")
    with ExitStack() as block, replay(client, make(Mode.BEDROCK)):
        recorder = block.enter_context(record(client, tmp_path / "a.jsonl"))

        def end(**_: object) -> None:
            block.close()

        client.meta.events.register_first("before-parse.bedrock-runtime", end)
        if make is streamed:
            assert len(list(events_of(client, Mode.BEDROCK))) == 3
        else:
            assert client.invoke_model(**arguments(Mode.BEDROCK))["body"].read()
    assert recorder.paths == []
    assert not (tmp_path / "a.jsonl").exists()


def test_a_block_that_ends_while_an_event_is_written_changes_nothing_for_the_reader(
    tmp_path: Path,
) -> None:
    client = client_of(Mode.BEDROCK)
    with ExitStack() as block, replay(client, streamed(Mode.BEDROCK)):

        def scrub(text: str) -> str:
            if "am" in text:
                with pytest.warns(UserWarning, match="still open"):
                    block.close()
            return text

        block.enter_context(record(client, tmp_path / "a.jsonl", scrub=scrub))
        assert len(list(events_of(client, Mode.BEDROCK))) == 3
    stream = Recording.load(tmp_path / "a.jsonl").stream
    assert stream is not None
    assert len(stream) == 1


def test_credentials_that_a_refusal_quotes_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the-session-token")
    words = json.dumps({"message": "the-session-token is invalid; X-Amz-Signature=0a1b"}).encode()
    refusal = replace(plain(Mode.BEDROCK), response=RecordedResponse(403, words))
    with serve(refusal, match="order") as server:
        client = boto3.Session().client("bedrock-runtime", endpoint_url=server.url)
        with record(client, tmp_path / "a.jsonl"), pytest.raises(ClientError):
            client.invoke_model(modelId="target", body='{"prompt": "the-session-token"}')
        with (
            replay(client, tmp_path / "a.jsonl"),
            pytest.raises(ClientError, match=r"\*\*\* is inv"),
        ):
            client.invoke_model(modelId="target", body='{"prompt": "the-session-token"}')
        client.close()
    written = (tmp_path / "a.jsonl").read_text()
    assert not re.search("the-session-token|0a1b", written)


COMPONENTS = ("one", "two")


def of_components(client: Any) -> list[bytes]:
    """Send the same request to two inference components of one endpoint."""
    answers = []
    for name in COMPONENTS:
        asked = {**arguments(Mode.SAGEMAKER), "InferenceComponentName": name}
        answers.append(client.invoke_endpoint(**asked)["Body"].read())
    return answers


@pytest.mark.parametrize("order", [1, -1])
def test_members_outside_the_body_distinguish_calls(order: int, tmp_path: Path) -> None:
    known = [
        replace(
            plain(Mode.SAGEMAKER),
            members={"ContentType": None, "InferenceComponentName": name},
            response=RecordedResponse(200, name.encode()),
        )
        for name in COMPONENTS
    ]
    client = client_of(Mode.SAGEMAKER)
    with replay(client, known), record(client, tmp_path) as recorder:
        assert of_components(client) == [b"one", b"two"]
    recordings = [Recording.load(path) for path in recorder.paths][::order]
    assert recordings[0].members == {
        "ContentType": "application/json",
        "InferenceComponentName": COMPONENTS[::order][0],
    }
    with replay(client, recordings):
        assert of_components(client) == [b"one", b"two"]
    with serve(recordings) as server:
        served = local_client(server.url, Mode.SAGEMAKER)
        assert of_components(served) == [b"one", b"two"]
        served.close()


@knows_async_invoke
def test_a_call_with_an_idempotency_token_replays(tmp_path: Path) -> None:
    answer = RecordedResponse(200, b'{"invocationArn":"arn"}')
    known = Recording(service="bedrock-runtime", operation="StartAsyncInvoke", response=answer)
    asked: dict[str, Any] = {
        "modelId": "m",
        "modelInput": {"prompt": "a"},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://b"}},
    }
    client, path = client_of(Mode.BEDROCK), tmp_path / "a.jsonl"
    with replay(client, known), record(client, path):
        client.start_async_invoke(**asked)  # botocore generates a token for each call
    assert Recording.load(path).request == asked
    with replay(client, path):
        assert client.start_async_invoke(**asked)["invocationArn"] == "arn"
    with replay(client, path):
        client.start_async_invoke(clientRequestToken="mine", **asked)
    # A file with a token in it is also found.
    token = replace(Recording.load(path), request={**asked, "clientRequestToken": "1"})
    with replay(client, token):
        client.start_async_invoke(**asked)


# Members of answers in headers, by operation: of a stream, and of a plain answer.
ANSWERED: dict[str, tuple[Mode, dict[str, str], dict[str, str]]] = {
    "InvokeModelWithResponseStream": (
        Mode.BEDROCK,
        {
            "x-amzn-bedrock-content-type": "text/x-mine",
            "x-amzn-bedrock-performanceconfig-latency": "optimized",
            "x-amzn-bedrock-service-tier": "flex",
        },
        {"contentType": "text/x-mine", "performanceConfigLatency": "optimized", "serviceTier": "flex"},
    ),
    "InvokeEndpointWithResponseStream": (
        Mode.SAGEMAKER,
        {
            "x-amzn-sagemaker-content-type": "text/x-mine",
            "x-amzn-invoked-production-variant": "blue",
            "x-amzn-sagemaker-custom-attributes": "a=b",
        },
        {"ContentType": "text/x-mine", "InvokedProductionVariant": "blue", "CustomAttributes": "a=b"},
    ),
    "InvokeModel": (
        Mode.BEDROCK,
        {
            "content-type": "text/x-mine",
            "x-amzn-bedrock-performanceconfig-latency": "optimized",
            "x-amzn-bedrock-service-tier": "flex",
        },
        {"contentType": "text/x-mine", "performanceConfigLatency": "optimized", "serviceTier": "flex"},
    ),
    "InvokeEndpoint": (
        Mode.SAGEMAKER,
        {
            "content-type": "text/x-mine",
            "x-amzn-invoked-production-variant": "blue",
            "x-amzn-sagemaker-custom-attributes": "a=b",
            "x-amzn-sagemaker-new-session-id": "1",
            "x-amzn-sagemaker-closed-session-id": "2",
        },
        {
            "ContentType": "text/x-mine", "InvokedProductionVariant": "blue", "CustomAttributes": "a=b",
            "NewSessionId": "1", "ClosedSessionId": "2",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("operation", ANSWERED)
def test_members_of_an_answer_in_headers_are_recorded(operation: str, tmp_path: Path) -> None:
    mode, headers, members = ANSWERED[operation]
    # The lowest supported botocore does not know all of them.
    names = answer_headers(client_of(mode).meta.service_model.operation_model(operation))
    headers = {name: value for name, value in headers.items() if name in names}
    members = {name: value for name, value in members.items() if name in names.values()}
    method = botocore.xform_name(operation)
    known = streamed(mode, headers=headers)
    if "Stream" not in operation:
        known = replace(plain(mode), response=RecordedResponse(200, b"{}", headers))

    def seen(response: Any) -> dict[str, Any]:
        left_out = ("ResponseMetadata", BODIES[mode])
        return {name: value for name, value in response.items() if name not in left_out}

    def asked(client: Any) -> dict[str, Any]:
        response = getattr(client, method)(**arguments(mode))
        response[BODIES[mode]].close()
        return seen(response)

    client = client_of(mode)
    with serve(known) as server:
        served = local_client(server.url, mode)
        with record(served, tmp_path / "a.jsonl"):
            assert asked(served) == members
        served.close()
    recording = Recording.load(tmp_path / "a.jsonl")
    assert (recording.headers or recording.response.headers) == headers  # type: ignore[union-attr]
    with replay(client, recording):
        assert asked(client) == members

    async def ask(client: Any) -> dict[str, Any]:
        with replay(client, recording):
            response = await getattr(client, method)(**arguments(mode))
            response[BODIES[mode]].close()
            return seen(response)

    assert with_async_client(mode, ask) == members


@pytest.mark.parametrize("operation", ANSWERED)
def test_old_recordings_have_the_members_that_aws_always_sends(operation: str) -> None:
    mode, *_ = ANSWERED[operation]
    known = streamed(mode, headers=None)
    if "Stream" not in operation:
        known = replace(plain(mode), response=RecordedResponse(200, b"{}"))
    with replay(client_of(mode), known):
        method = botocore.xform_name(operation)
        response = getattr(client_of(mode), method)(**arguments(mode))
    if mode is Mode.BEDROCK:
        assert response["contentType"] == "application/json"
    else:
        assert response["ContentType"] == "application/json"
        assert response["InvokedProductionVariant"] == "AllTraffic"


def test_members_of_an_answer_are_scrubbed(tmp_path: Path) -> None:
    attributes = "user=Alice,arn:aws:iam::123456789012:role/x"
    headers = {"x-amzn-sagemaker-custom-attributes": attributes}
    client = client_of(Mode.SAGEMAKER)
    known = [
        streamed(Mode.SAGEMAKER, headers=headers),
        replace(plain(Mode.SAGEMAKER), response=RecordedResponse(200, b"{}", headers)),
    ]
    with replay(client, known):
        with record(client, tmp_path, scrub=lambda text: text.replace("Alice", "X")) as recorder:
            response = client.invoke_endpoint_with_response_stream(**arguments(Mode.SAGEMAKER))
            assert response["CustomAttributes"] == attributes  # not scrubbed for the caller
            response["Body"].close()
            client.invoke_endpoint(**arguments(Mode.SAGEMAKER))
    for path in recorder.paths:
        assert b'"user=X,arn:aws:iam::000000000000:role/x"' in path.read_bytes()
        assert b"Alice" not in path.read_bytes()


def test_a_header_that_cannot_be_sent_again_does_not_fail_the_call(tmp_path: Path) -> None:
    client = boto3.client("bedrock-runtime")

    def answer(request: Any, **_: object) -> Any:
        headers = {"content-type": "\u20ac", "retry-after": "1"}
        return http_response(client, request.url, 200, headers, Body([], Pace(delays=False)))

    client.meta.events.register("before-send", answer)
    with record(client, tmp_path / "a.jsonl"):
        client.invoke_model(**arguments(Mode.BEDROCK))
    response = Recording.load(tmp_path / "a.jsonl").response
    assert response is not None
    assert response.headers == {"retry-after": "1"}


class Outcome(NamedTuple):
    """The texts of a stream, the error that ended it, and its cause in the HTTP library."""

    texts: list[str]
    error: type | None
    cause: type | None


def outcome(error: CohereError | None, partial: Generations | None) -> Outcome:
    texts = [generation.text for generation in partial or ()]
    return Outcome(
        texts, error and type(error), error and error.__cause__ and type(error.__cause__)
    )


def read(client: Any, mode: Mode) -> Outcome:
    try:
        return outcome(None, stream_of(client, mode, strict=True).read())
    except CohereError as error:
        return outcome(error, error.partial)


async def aread(client: Any, mode: Mode) -> Outcome:
    response = await getattr(client, clients.STREAMS[mode])(**arguments(mode))
    try:
        stream = StreamingGenerations(response[BODIES[mode]], mode, strict=True)
        return outcome(None, await stream.aread())
    except CohereError as error:
        return outcome(error, error.partial)


BROKEN: list[tuple[dict[str, Any], str | None]] = [
    ({"reset_after": 2}, "reset"),
    ({"reset_after": Bytes(0)}, "reset"),
    ({"reset_after": Bytes(150)}, "reset"),
    ({"stall_after": 1}, "stalled"),
    ({"stall_after": Bytes(150)}, "stalled"),
    ({"truncate_after": Bytes(150)}, "cut"),
    ({"truncate_after": Bytes(5)}, "cut"),
    ({"truncate_after": 2}, None),  # a regular end, although the model had not finished
    ({"flip": 8 * 2}, "checksum"),  # a length of the first frame, so that it never completes
    ({"flip": 8 * 150}, "checksum"),
    ({}, None),
]


@both_modes
@pytest.mark.parametrize(("fault", "kind"), BROKEN, ids=str)
def test_a_broken_stream_breaks_again_in_the_replay(
    mode: Mode, fault: dict[str, Any], kind: str | None, tmp_path: Path
) -> None:
    path, words = tmp_path / "a.jsonl", re.escape(f"{tmp_path / 'a.jsonl'}: ")
    expected = pytest.warns(UserWarning, match=words) if kind else nullcontext()
    timeout = 1 if kind == "stalled" else 30
    with serve(streamed(mode), **fault) as server, expected:
        client = local_client(server.url, mode, read_timeout=timeout)
        with record(client, path):
            recorded = read(client, mode)
        client.close()
    recording = Recording.load(path)
    assert (recording.end and recording.end.kind) == kind
    assert (recorded.error is None) == (not fault)
    with replay(client_of(mode), recording):
        assert read(client_of(mode), mode) == recorded
    with serve(recording) as server:
        client = local_client(server.url, mode, read_timeout=timeout)
        assert read(client, mode) == recorded
        client.close()


@both_modes
@pytest.mark.parametrize(("fault", "kind"), BROKEN, ids=str)
def test_a_broken_stream_breaks_again_for_an_asynchronous_client(
    mode: Mode, fault: dict[str, Any], kind: str | None, tmp_path: Path
) -> None:
    async def ask(client: Any) -> Outcome:
        with record(client, tmp_path / "a.jsonl"):
            return await aread(client, mode)

    async def ask_again(client: Any) -> Outcome:
        with replay(client, tmp_path / "a.jsonl"):
            return await aread(client, mode)

    config = Config(read_timeout=1)
    expected = pytest.warns(UserWarning, match=r"a\.jsonl: ") if kind else nullcontext()
    with serve(streamed(mode), **fault) as server, expected:
        recorded = with_async_client(mode, ask, endpoint_url=server.url, config=config)
    recording = Recording.load(tmp_path / "a.jsonl")
    assert (recording.end and recording.end.kind) == kind
    assert (recorded.error is None) == (not fault)
    assert with_async_client(mode, ask_again) == recorded
    with serve(recording) as server:
        options = {"endpoint_url": server.url, "config": config}
        assert with_async_client(mode, lambda client: aread(client, mode), **options) == recorded


HEADERS = {":event-type": "chunk", ":message-type": "event"}


@pytest.mark.parametrize(
    "payload",
    [
        *(b'{"bytes": "eyJ0ZX', b'{"bytes": "e30=", "p": "a', b"{}", b"null", b"[]"),
        *(b'{"bytes": "a"}', b'{"bytes": null}', b'{"bytes": 3}'),
    ],
)
def test_a_chunk_without_bytes_is_replayed_without_bytes(payload: bytes, tmp_path: Path) -> None:
    frames = [*streamed(Mode.BEDROCK).frames(), encode(HEADERS, payload)]
    client = boto3.client("bedrock-runtime")
    body = Body([Part(None, frame) for frame in frames[:1] + frames[-1:]], Pace(delays=False))

    def answer(request: Any, **_: object) -> Any:
        return http_response(client, request.url, 200, {"content-type": EVENT_STREAM}, body)

    client.meta.events.register("before-send", answer)
    path = tmp_path / "a.jsonl"
    with pytest.warns(UserWarning, match="could not be read"), record(client, path):
        recorded = read(client, Mode.BEDROCK)
    assert recorded.error is MalformedStreamError
    client.meta.events.unregister("before-send", answer)
    recording = Recording.load(path)
    assert recording.stream is not None
    assert recording.stream[1:] == (RecordedEvent("chunk", b"", is_readable=False),)
    with replay(client, recording):  # some versions of botocore cannot parse it, and yield nothing
        assert read(client, Mode.BEDROCK) == recorded._replace(cause=None)


def test_a_chunk_without_bytes_is_warned_about(tmp_path: Path) -> None:
    lost = RecordedEvent("chunk", b"", is_readable=False)
    recording, client = streamed(Mode.BEDROCK, stream=(lost,)), client_of(Mode.BEDROCK)
    with replay(client, recording), pytest.warns(UserWarning, match="could not be read"):
        with record(client, tmp_path / "a.jsonl"):
            assert list(events_of(client, Mode.BEDROCK)) == [{"chunk": {}}]
    assert Recording.load(tmp_path / "a.jsonl").stream == (lost,)


def test_the_replay_of_a_stall_does_not_wait() -> None:
    end = RecordedEnd("stalled", 60.0)
    with replay(client_of(Mode.BEDROCK), streamed(Mode.BEDROCK, end=end)):
        start = time.perf_counter()
        assert read(client_of(Mode.BEDROCK), Mode.BEDROCK).error is TransportError
        assert time.perf_counter() - start < 5


def test_times_can_be_left_out(tmp_path: Path) -> None:
    client = client_of(Mode.BEDROCK)
    with replay(client, [streamed(Mode.BEDROCK), plain(Mode.BEDROCK)]):
        with record(client, tmp_path, times=False) as recorder:
            with stream_of(client, Mode.BEDROCK) as stream:
                next(iter(stream))
            client.invoke_model(**arguments(Mode.BEDROCK))
    for path in recorder.paths:
        assert b'"at"' not in path.read_bytes()
        assert Recording.load(path).recorded_at is None
    assert Recording.load(recorder.paths[0]).end == RecordedEnd("closed")


def test_a_skipped_call_is_not_written(tmp_path: Path) -> None:
    client, seen = boto3.client("bedrock-runtime"), []
    with replay(client, [plain(Mode.BEDROCK)] * 2), record(client, tmp_path) as recorder:

        def skip(**_: object) -> None:
            seen.append(recorder.is_under_way())
            recorder.skip()
            seen.append(recorder.is_under_way())

        client.meta.events.register("before-send", skip)
        client.invoke_model(**arguments(Mode.BEDROCK))
        client.meta.events.unregister("before-send", skip)
        client.invoke_model(**arguments(Mode.BEDROCK))
    assert seen == [True, False]
    assert len(recorder.paths) == 1
