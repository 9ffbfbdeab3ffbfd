"""Serve: answers over TCP, for real clients of this and of other processes."""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from clients import (
    BODIES,
    PLAIN,
    STREAMS,
    arguments,
    both_modes,
    local_client,
    stream_of,
    with_async_client,
)
from cohere_aws import (
    Generations,
    IncompleteStreamError,
    Mode,
    ServiceError,
    StreamingGenerations,
    TransportError,
)
from cohere_aws.testing import Bytes, Call, RecordedEnd, replay, serve
from cohere_aws.testing._serve import environment
from testing.samples import CONVERSE_STREAM, MEMBERS, MESSAGES, plain, streamed

if TYPE_CHECKING:
    from pathlib import Path

    from cohere_aws.testing import Server
    from cohere_aws.testing._wire import Reply


def ask(url: str, mode: Mode, read_timeout: int = 30) -> Generations:
    client = local_client(url, mode, read_timeout=read_timeout)
    try:
        return stream_of(client, mode, strict=True).read()
    finally:
        client.close()


@both_modes
def test_a_stream(mode: Mode) -> None:
    with serve(streamed(mode)) as server:
        assert ask(server.url, mode)[0].text == " I am"
        assert ask(server.url, mode)[0].text == " I am"
    recording = streamed(mode)
    assert server.calls == 2 * [
        Call(recording.service, recording.operation, "target", {}, MEMBERS[mode])
    ]


@both_modes
def test_an_asynchronous_client(mode: Mode) -> None:
    async def read(client: Any) -> Generations:
        response = await getattr(client, STREAMS[mode])(**arguments(mode))
        return await StreamingGenerations(response[BODIES[mode]], mode, strict=True).aread()

    with serve(streamed(mode)) as server:
        assert with_async_client(mode, read, endpoint_url=server.url)[0].text == " I am"


@both_modes
def test_a_plain_answer_on_a_connection_that_is_kept(mode: Mode) -> None:
    with serve(plain(mode, x_amzn_bedrock_input_token_count="4")) as server:
        client = local_client(server.url, mode)
        for _ in range(2):
            response = getattr(client, PLAIN[mode])(**arguments(mode))
            answer = Generations.from_response(response, mode)
            assert answer[0].text == " I am"
        assert (answer.usage is None) == (mode is Mode.SAGEMAKER)
        client.close()


def test_converse() -> None:
    with serve(CONVERSE_STREAM) as server:
        client = local_client(server.url, Mode.BEDROCK)
        stream = client.converse_stream(modelId="target", messages=MESSAGES)["stream"]
        assert len(list(stream)) == 3
        client.close()


def test_the_environment_points_a_whole_process_to_the_server() -> None:
    code = (
        "import boto3\n"
        "for service, call, key, arguments in (\n"
        "    ('bedrock-runtime', 'invoke_model_with_response_stream', 'body',\n"
        "     {'modelId': 'target', 'body': '{}'}),\n"
        "    ('sagemaker-runtime', 'invoke_endpoint_with_response_stream', 'Body',\n"
        "     {'EndpointName': 'target', 'Body': '{}'}),\n"
        "):\n"
        "    print(len(list(getattr(boto3.client(service), call)(**arguments)[key])))\n"
    )
    with serve([streamed(mode, members=None) for mode in Mode]) as server:
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.url,
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": server.url,
        }
        command = [sys.executable, "-c", code]
        printed = subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        )
    assert printed.stdout.split() == ["3", "3"]


@both_modes
@pytest.mark.parametrize(
    ("fault", "kind", "partial"),
    [
        ({"truncate_after": 1}, IncompleteStreamError, [" I"]),
        ({"truncate_after": Bytes(150)}, IncompleteStreamError, [" I"]),
        ({"flip": 99}, TransportError, []),
        ({"stall_after": 2}, TransportError, [" I am"]),
        ({"stall_after": Bytes(150)}, TransportError, [" I"]),
        ({"reset_after": 1}, TransportError, [" I"]),
        ({"reset_after": Bytes(0)}, TransportError, []),
    ],
)
def test_faults(
    mode: Mode, fault: dict[str, Any], kind: type[TransportError], partial: list[str]
) -> None:
    with serve(streamed(mode), **fault) as server, pytest.raises(kind) as caught:
        ask(server.url, mode, read_timeout=1 if "stall_after" in fault else 30)
    assert [generation.text for generation in caught.value.partial or ()] == partial


def test_errors_and_cuts() -> None:
    faults: dict[str, Any] = {"cut": 5, "fail_after": (4, "modelTimeoutException")}
    with serve(streamed(Mode.BEDROCK), **faults) as server, pytest.raises(ServiceError) as caught:
        ask(server.url, Mode.BEDROCK)
    assert caught.value.http_status == 408


@both_modes
@pytest.mark.parametrize("fault", [{"stall_after": 2}, {"reset_after": 2}])
def test_stalls_and_resets_of_an_asynchronous_client(mode: Mode, fault: dict[str, int]) -> None:
    async def read(client: Any) -> None:
        response = await getattr(client, STREAMS[mode])(**arguments(mode))
        with pytest.raises(TransportError) as caught:
            await StreamingGenerations(response[BODIES[mode]], mode).aread()
        assert [generation.text for generation in caught.value.partial or ()] == [" I am"]
        assert caught.value.__cause__ is not None

    config = Config(read_timeout=1)
    with serve(streamed(mode), **fault) as server:  # type: ignore[arg-type]
        with_async_client(mode, read, endpoint_url=server.url, config=config)


def test_the_first_requests_can_be_refused() -> None:
    config = Config(retries={"mode": "standard", "total_max_attempts": 3})
    with serve(plain(Mode.BEDROCK), throttle=1) as server:
        client = boto3.client("bedrock-runtime", endpoint_url=server.url, config=config)
        response = client.invoke_model(**arguments(Mode.BEDROCK))
        assert response["ResponseMetadata"]["RetryAttempts"] == 1
        assert len(server.calls) == 1
        assert Generations.from_response(response, Mode.BEDROCK)[0].text == " I am"
        client.close()
    with serve(plain(Mode.BEDROCK), throttle=1) as server:
        client = local_client(server.url, Mode.BEDROCK)
        with pytest.raises(ClientError, match="ThrottlingException") as caught:
            client.invoke_model(**arguments(Mode.BEDROCK))
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        assert [call.target for call in server.calls] == ["target"]
        client.close()


def test_a_recording_that_answers_once_answers_every_attempt_of_the_call() -> None:
    busy = plain(Mode.BEDROCK, 503, x_amzn_errortype="ServiceUnavailableException")
    config = Config(retries={"total_max_attempts": 2})
    with serve([busy, plain(Mode.BEDROCK)], reuse=False) as server:
        client = boto3.client("bedrock-runtime", endpoint_url=server.url, config=config)
        with pytest.raises(ClientError, match="ServiceUnavailableException"):
            client.invoke_model(**arguments(Mode.BEDROCK))
        client.invoke_model(**arguments(Mode.BEDROCK))
        client.close()
    assert len(server.calls) == 2
    assert server.unused() == []


@pytest.mark.parametrize(
    ("settings", "arguments_", "message"),
    [
        ({}, {"modelId": "other", "body": "{}"}, "target is 'other', recorded 'target'"),
        ({"stall_after": 9}, arguments(Mode.BEDROCK), "stall_after: 9; the stream has 3 events"),
        ({"fail_after": (9, "throttlingException")}, arguments(Mode.BEDROCK), "fail_after: 9"),
    ],
)
def test_unanswered_calls_are_reported(
    settings: dict[str, Any], arguments_: dict[str, Any], message: str
) -> None:
    with serve(streamed(Mode.BEDROCK), **settings) as server:
        client = local_client(server.url, Mode.BEDROCK)
        with pytest.raises(ClientError, match=r"\(ReplayError\)") as caught:
            client.invoke_model_with_response_stream(**arguments_)
        assert message in str(caught.value)
        with pytest.raises(ClientError, match="no recorded operation has the path"):
            client.converse(modelId="target", messages=MESSAGES)
        client.close()
    assert len(server.unanswered) == 2
    assert message in server.unanswered[0]


def test_an_unknown_error_event_is_refused_at_once() -> None:
    both = [plain(Mode.BEDROCK), *map(streamed, Mode)]
    for recordings, listed in (
        (both, "; InvokeEndpointWithResponseStream can send InternalStreamFailure, "),
        (plain(Mode.BEDROCK), ""),
    ):
        with pytest.raises(
            ValueError, match=f"^fail_after: no recorded stream can send 'Nonsense'{listed}"
        ):
            with serve(recordings, fail_after=(3, "Nonsense")):
                pass
    with serve(both, fail_after=(1, "ModelStreamError")) as server:
        with pytest.raises(ServiceError, match="ModelStreamError after 1 event"):
            ask(server.url, Mode.SAGEMAKER)


def test_calls_are_logged_without_their_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cohere_aws.testing")
    streamed(Mode.BEDROCK, request={"prompt": "secret"}).save(tmp_path / "a.jsonl")
    with serve([tmp_path, plain(Mode.BEDROCK, 403)], throttle=1) as server:
        client = local_client(server.url, Mode.BEDROCK)
        for prompt in ("secret", "secret", "secret too"):
            body = json.dumps({"prompt": prompt})
            with contextlib.suppress(ClientError):
                client.invoke_model_with_response_stream(modelId="target", body=body)[
                    "body"
                ].close()
        for target in ("target", "ta\nrget"):
            with pytest.raises(ClientError):
                client.invoke_model(modelId=target, body="{}")
        client.close()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{server.url}/other?secret", data=b"secret")
    stream = "InvokeModelWithResponseStream of 'target'"
    throttled, answered, unanswered, plain_, refused, elsewhere = caplog.messages
    assert throttled == f"{stream}: HTTP 429, throttle"
    assert answered == f"{stream}: HTTP 200, a.jsonl"
    assert unanswered.startswith(f"no recording answers {stream}; the nearest one is {tmp_path}")
    assert "request.prompt is a string of 10 characters, recorded a string of 6" in unanswered
    assert plain_ == "InvokeModel of 'target': HTTP 403, a recording without a file"
    assert r"of 'ta\nrget'" in refused
    assert elsewhere == "no recorded operation has the path '/other'"
    assert "secret" not in " ".join(caplog.messages)


@pytest.mark.parametrize(
    ("given", "direct"),
    [
        ({}, "127.0.0.1"),
        ({"no_proxy": "a.example", "NO_PROXY": "b.example"}, "a.example,127.0.0.1"),
        ({"NO_PROXY": "b.example"}, "b.example,127.0.0.1"),
        ({"NO_PROXY": "*"}, "*"),
    ],
)
def test_proxies_are_bypassed(
    given: dict[str, str], direct: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**given, "HTTP_PROXY": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    with serve(streamed(Mode.BEDROCK)) as server:
        found = environment(server.url)
        assert found["no_proxy"] == found["NO_PROXY"] == direct
        for name, value in found.items():
            monkeypatch.setenv(name, value)
        client = boto3.client("bedrock-runtime")
        assert stream_of(client, Mode.BEDROCK, strict=True).read()[0].text == " I am"
        client.close()


def test_each_recording_can_answer_once() -> None:
    with serve(streamed(Mode.BEDROCK), reuse=False) as server:
        ask(server.url, Mode.BEDROCK)
        with pytest.raises(ClientError, match=r"each recording \(1\) has already answered a call"):
            ask(server.url, Mode.BEDROCK)


def test_recordings_of_a_folder_on_a_given_port(tmp_path: Path) -> None:
    streamed(Mode.BEDROCK).save(tmp_path / "a.jsonl")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serve(tmp_path, port=port) as server:
        assert server.url == f"http://127.0.0.1:{port}"
        assert ask(server.url, Mode.BEDROCK)[0].text == " I am"


def test_many_streams_at_the_same_time() -> None:
    options = {"read_timeout": 30, "max_pool_connections": 50}
    with serve([streamed(mode) for mode in Mode]) as server, ThreadPoolExecutor(50) as pool:
        clients = {mode: local_client(server.url, mode, **options) for mode in Mode}

        def read(number: int) -> str:
            mode = Mode(1 + number % 2)
            return stream_of(clients[mode], mode, strict=True).read()[0].text

        answers = list(pool.map(read, range(100)))
        for client in clients.values():
            client.close()
    assert answers == [" I am"] * 100
    assert len(server.calls) == 100


def test_the_connection_is_reset_at_the_end_of_a_closed_stream() -> None:
    # A server cannot raise a ReplayError, and a regular end would look like one of AWS.
    recording = streamed(Mode.BEDROCK, end=RecordedEnd("closed", 0.1))
    with serve(recording, delays=True) as server:
        start = time.perf_counter()
        with pytest.raises(TransportError, match="ProtocolError") as caught:
            ask(server.url, Mode.BEDROCK)
        assert time.perf_counter() - start >= 0.1
    assert [generation.text for generation in caught.value.partial or ()] == [" I am"]


@both_modes
@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_without_headers_is_json_served_and_replayed(mode: Mode, status: int) -> None:
    recording = plain(mode, status)
    assert recording.response is not None
    bare = replace(recording, response=replace(recording.response, headers={}))

    def content_type(client: Any) -> Any:
        try:
            answer = getattr(client, PLAIN[mode])(**arguments(mode))
        except ClientError as error:
            answer = error.response
        return answer["ResponseMetadata"]["HTTPHeaders"]["content-type"]

    with serve(bare) as server:
        client = local_client(server.url, mode)
        assert content_type(client) == "application/json"
        with replay(client, bare):
            assert content_type(client) == "application/json"
        client.close()
        assert len(server.calls) == 1


PATHS = {
    Mode.BEDROCK: "/model/target/invoke-with-response-stream",
    Mode.SAGEMAKER: "/endpoints/target/invocations-response-stream",
}


def replies(server: Server, mode: Mode, count: int) -> list[Reply]:
    return [server.answer(PATHS[mode], {}, b"{}") for _ in range(count)]


@both_modes
@pytest.mark.parametrize("faults", [{}, {"cut": 3, "flip": [5]}, {"reset_after": 1}])
def test_the_frames_of_a_recording_are_made_once(mode: Mode, faults: dict[str, Any]) -> None:
    recording = streamed(mode, members=None)
    later = tuple(replace(event, at=9) for event in recording.stream or ())
    # The two are equal, because times are not compared; still each is sent at its own times.
    with serve([recording, replace(recording, stream=later)], match="order", **faults) as server:
        first, second, third, fourth = replies(server, mode, 4)
    assert first is third
    assert second is fourth
    assert [part.data for part in first.parts] == [part.data for part in second.parts]
    assert {part.at for part in second.parts} == {9}
    with serve(recording, **faults) as fresh:
        assert replies(fresh, mode, 1) == [first]


@both_modes
@pytest.mark.parametrize("fault", ["cut", "flip"])
def test_random_faults_are_drawn_for_each_request(mode: Mode, fault: str) -> None:
    recording = streamed(mode, members=None)

    def served() -> list[list[bytes]]:
        faults: Any = {fault: random.Random(1)}
        with serve(recording, **faults) as server:
            return [[part.data for part in reply.parts] for reply in replies(server, mode, 3)]

    first, second, third = served()
    assert first not in (second, third)
    assert second != third
    assert served() == [first, second, third]


@pytest.mark.parametrize("option", ["match", "scrub"])
def test_a_function_that_raises_leaves_the_call_unanswered(option: str) -> None:
    def fail(*_: object) -> Any:
        raise KeyError("words")

    options: dict[str, Any] = {option: fail}
    with serve(plain(Mode.BEDROCK), **options) as server:
        client = local_client(server.url, Mode.BEDROCK)
        with pytest.raises(ClientError, match="match or scrub raised KeyError"):
            client.invoke_model(**arguments(Mode.BEDROCK))
        client.close()
    (reason,) = server.unanswered
    assert reason.startswith("match or scrub raised KeyError in fail, line ")
    assert "words" not in reason
