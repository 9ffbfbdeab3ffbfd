"""What is the plain client's own: threads, its connections, and that it is light to make."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading

import boto3
import pytest

from asking import TARGETS
from clients import both_modes, client_of
from cohere_aws import Client, Generations, Mode, ServiceError, StreamingGenerations
from cohere_aws.testing import replay
from testing.samples import plain, streamed


def of(mode: Mode) -> Client:
    """A client around one of boto3 that a replay answers."""
    client = Client(mode=mode, client=client_of(mode))
    if mode is Mode.SAGEMAKER:
        client.connect_to_endpoint("target")
    return client


@both_modes
def test_plain_and_streamed(mode: Mode) -> None:
    with replay(client_of(mode), [plain(mode), streamed(mode)], match="order"):
        found = of(mode).generate("hello", stream=False, **TARGETS[mode])
        assert isinstance(found, Generations)
        assert found[0].text == " I am"
        stream = of(mode).generate("hello", **TARGETS[mode])
        assert isinstance(stream, StreamingGenerations)
        with stream:
            assert [piece.text for piece in stream] == [" I", " am"]
        assert (stream.text, stream.finish_reason) == (" I am", "COMPLETE")


@both_modes
def test_a_refusal(mode: Mode) -> None:
    with replay(client_of(mode), plain(mode, 403), match="order"), pytest.raises(ServiceError):
        of(mode).generate("hello", stream=False, **TARGETS[mode])


@both_modes
def test_many(mode: Mode) -> None:
    with replay(client_of(mode), [plain(mode)] * 5, match="order"):
        found = list(of(mode).generate_many(list("abcde"), max_concurrency=2, **TARGETS[mode]))
    assert [answer[0].text for answer in found] == [" I am"] * 5


def test_a_client_that_was_given_stays_open() -> None:
    with replay(client_of(Mode.SAGEMAKER), [plain(Mode.SAGEMAKER)] * 2, match="order"):
        for _ in range(2):
            with of(Mode.SAGEMAKER) as client:
                client.generate("hello", stream=False)


def test_a_client_that_was_made_is_closed_and_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(endpoint_name="target")
    made = client._client()
    assert client._client() is made
    closed = []
    monkeypatch.setattr(made, "close", lambda: closed.append(made))
    client.close()
    client.close()
    assert closed == [made]
    monkeypatch.undo()
    made.close()
    assert client._client() is not made
    client.close()


def test_threads_make_one_client() -> None:
    client = Client()
    start = threading.Barrier(8)
    made = []

    def make() -> None:
        start.wait()
        made.append(client._client())

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, made))) == 1
    client.close()


def test_making_one_loads_no_boto3() -> None:
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


def test_credentials_are_those_of_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever set boto3 up, set this up."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session(region_name="eu-north-1"))
    with Client() as client:
        assert client._client().meta.region_name == "eu-north-1"


def test_an_abandoned_stream_is_told() -> None:
    with replay(client_of(Mode.SAGEMAKER), streamed(Mode.SAGEMAKER), match="order"):
        stream = of(Mode.SAGEMAKER).generate("hello")
        next(iter(stream))
        with pytest.warns(ResourceWarning, match="an open stream was abandoned"):
            del stream
            gc.collect()  # for interpreters that do not count references
