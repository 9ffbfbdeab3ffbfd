"""Tests of ``Client`` alone: threads, forks, connections, and creating it without boto3."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from unittest import mock

import boto3
import pytest
from botocore.stub import Stubber

from clients import both_modes, client_of
from cohere_aws import (
    Client,
    CohereError,
    ConverseRequest,
    Generations,
    Mode,
    ServiceError,
    StreamingGenerations,
)
from cohere_aws.client import _after_fork
from cohere_aws.testing import RecordedResponse, replay, serve
from maybe_async import CALL_ARGUMENTS
from testing.samples import CONVERSE, CONVERSE_STREAM, plain, streamed


def client_for(mode: Mode) -> Client:
    """Return a client of ours for a boto3 client that a replay answers."""
    client = Client(mode=mode, client=client_of(mode))
    if mode is Mode.SAGEMAKER:
        client.connect_to_endpoint("target")
    return client


@both_modes
def test_plain_and_streamed(mode: Mode) -> None:
    with replay(client_of(mode), [plain(mode), streamed(mode)], match="order"):
        found = client_for(mode).generate("hello", stream=False, **CALL_ARGUMENTS[mode])
        assert isinstance(found, Generations)
        assert found[0].text == " I am"
        stream = client_for(mode).generate("hello", **CALL_ARGUMENTS[mode])
        assert isinstance(stream, StreamingGenerations)
        with stream:
            assert [piece.text for piece in stream] == [" I", " am"]
        assert (stream.text, stream.finish_reason) == (" I am", "COMPLETE")


def test_converse() -> None:
    client, request = client_for(Mode.BEDROCK), ConverseRequest(messages="hello")
    with replay(client_of(Mode.BEDROCK), [CONVERSE, CONVERSE_STREAM], match="order"):
        found = client.generate(request, stream=False, model_id="target")
        assert isinstance(found, Generations)
        stream = client.generate(request, model_id="target")
        assert isinstance(stream, StreamingGenerations)
        with stream:
            assert [piece.text for piece in stream] == ["hi"]
    assert (found.text, found.dialect, stream.dialect) == ("hi", "converse", "converse")


@both_modes
def test_an_error_of_the_service(mode: Mode) -> None:
    with replay(client_of(mode), plain(mode, 403), match="order"), pytest.raises(ServiceError):
        client_for(mode).generate("hello", stream=False, **CALL_ARGUMENTS[mode])


@both_modes
def test_generate_many(mode: Mode) -> None:
    with replay(client_of(mode), [plain(mode)] * 5, match="order"):
        found = list(
            client_for(mode).generate_many(list("abcde"), max_concurrency=2, **CALL_ARGUMENTS[mode])
        )
    assert [answer[0].text for answer in found] == [" I am"] * 5


def test_a_given_client_stays_open() -> None:
    with replay(client_of(Mode.SAGEMAKER), [plain(Mode.SAGEMAKER)] * 2, match="order"):
        for _ in range(2):
            with client_for(Mode.SAGEMAKER) as client:
                client.generate("hello", stream=False)


def test_a_created_client_is_closed_and_created_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(endpoint_name="target")
    made = client._client
    assert client._client is made
    closed = []
    monkeypatch.setattr(made, "close", lambda: closed.append(made))
    client.close()
    client.close()
    assert closed == [made]
    monkeypatch.undo()
    made.close()
    assert client._client is not made
    client.close()


def test_threads_create_one_client() -> None:
    client = Client()
    start = threading.Barrier(8)
    made = []

    def make() -> None:
        start.wait()
        made.append(client._client)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, made))) == 1
    client.close()


def test_creating_a_client_does_not_load_boto3() -> None:
    code = (
        "import sys, pickle, cohere_aws\n"
        "client = cohere_aws.Client('us-east-1', endpoint_name='endpoint')\n"
        "pickle.loads(pickle.dumps(client)).connect_to_endpoint('another')\n"
        "cohere_aws.GenerateRequest(prompt='hello').body()\n"
        "with client: pass\n"
        "print(*{'boto3', 'botocore', 'urllib3', 'asyncio', 'tqdm'} & set(sys.modules))\n"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert run.stdout.split() == []


def test_the_default_session_of_boto3_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session(region_name="eu-north-1"))
    with Client() as client:
        assert client._client.meta.region_name == "eu-north-1"


def test_an_abandoned_stream_is_a_warning() -> None:
    with replay(client_of(Mode.SAGEMAKER), streamed(Mode.SAGEMAKER), match="order"):
        stream = client_for(Mode.SAGEMAKER).generate("hello")
        next(iter(stream))
        with pytest.warns(ResourceWarning, match="an open stream was abandoned"):
            del stream
            gc.collect()  # for interpreters that do not count references


def test_the_boto3_client_can_be_stubbed() -> None:
    client = Client("us-east-1", endpoint_name="target")
    with Stubber(client._client) as stubber:
        response = {"Body": b"", "ContentType": "application/json"}
        stubber.add_response("invoke_endpoint", response, {"EndpointName": "another", "Body": "{}"})
        with pytest.raises(AssertionError, match="Expected parameters"):
            client.generate("hello", stream=False)
    client.close()


def test_the_boto3_client_can_be_assigned_and_patched() -> None:
    client = Client(client=client_of(Mode.SAGEMAKER), endpoint_name="target")
    with mock.patch.object(client, "_client") as fake:
        fake.invoke_endpoint.side_effect = ZeroDivisionError
        with pytest.raises(CohereError, match=r"^invoke_endpoint failed: builtins.ZeroDivisionErr"):
            client.generate("hello", stream=False)
    assert client._client is client_of(Mode.SAGEMAKER)
    client._client = fake
    assert client._client is fake
    with pytest.raises(TypeError, match="created with client= cannot be pickled"):
        client.__getstate__()
    del client._client
    assert client._client is client_of(Mode.SAGEMAKER)


def test_an_error_does_not_show_credentials_that_the_service_quotes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the-session-token")
    body = {"message": "The security token is invalid: the-session-token, signed very-secret"}
    refusal = replace(plain(Mode.SAGEMAKER, 403), response=RecordedResponse(403, json.dumps(body).encode(), {}))  # fmt: skip
    with serve(refusal, match="order") as server:
        with Client(endpoint_name="e", endpoint_url=server.url, session=boto3.Session()) as client:
            with pytest.raises(ServiceError) as caught:
                client.generate("hello", stream=False)
    assert str(caught.value) == "403: The security token is invalid: ***, signed ***"


FORK = """
import os, sys, boto3
from cohere_aws import Client, GenerateRequest
url, kind = sys.argv[1:]
given = boto3.client("sagemaker-runtime", endpoint_url=url)
of = {"made": Client(endpoint_url=url), "given": Client(client=given)}[kind]
of.connect_to_endpoint("target")
ask = lambda name: of.generate(GenerateRequest(prompt=name), stream=False)[0].text
assert ask("parent") == "parent"
before = of._client
child = os.fork()
name = "parent" if child else "child"
wrong = sum(ask(name) != name for _ in range(50))
assert (of._client is before) is (bool(child) or kind == "given")
if not child:
    os._exit(wrong)
_, status = os.waitpid(child, 0)
print(wrong, os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork()")
@pytest.mark.parametrize("kind", ["made", "given"])
def test_a_forked_process_opens_its_own_connections(kind: str) -> None:
    recordings = [
        replace(
            plain(Mode.SAGEMAKER),
            request={"prompt": name, "stream": False},
            response=RecordedResponse(200, json.dumps({"generations": [{"text": name}]}).encode()),
        )
        for name in ("parent", "child")
    ]
    with serve(recordings) as server:
        command = [sys.executable, "-W", "error", "-c", FORK, server.url, kind]
        run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert run.stdout.split() == ["0", "0"]


def test_the_handler_of_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call it here, because coverage is not measured in a forked process."""
    made, given = Client(), Client(client=client_of(Mode.SAGEMAKER))
    before, lock = made._client, made._lock
    closed = []
    monkeypatch.setattr(client_of(Mode.SAGEMAKER), "close", lambda: closed.append(1))
    _after_fork()
    assert made._lock is not lock
    assert made._client is not before
    assert [given._client, given._client] == [client_of(Mode.SAGEMAKER)] * 2
    assert closed == [1]
    before.close()
    made.close()
