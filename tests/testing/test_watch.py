"""Watching botocore: clients and requests of both libraries, also if they are loaded later."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boto3
import botocore.client
import botocore.endpoint
import pytest
from botocore.stub import Stubber

from clients import (
    BODIES,
    PLAIN,
    STREAMS,
    arguments,
    async_session,
    both_modes,
    local_client,
    stream_of,
    with_async_client,
)
from cohere_aws import Mode, StreamingGenerations
from cohere_aws.testing import ReplayError, replay, serve
from cohere_aws.testing._watch import _replaced, clients_seen, is_loopback, requests_seen
from testing.samples import plain, streamed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def test_every_created_client_is_seen() -> None:
    init = botocore.client.BaseClient.__init__
    seen: list[Any] = []
    with clients_seen(seen.append):
        one = boto3.client("bedrock-runtime")
        two = boto3.Session().client("sts")

        async def look(client: Any) -> None:
            assert client is seen[2]

        with_async_client(Mode.SAGEMAKER, look)
    boto3.client("bedrock-runtime")
    assert seen[:2] == [one, two]
    names = [client.meta.service_model.service_name for client in seen]
    assert names == ["bedrock-runtime", "sts", "sagemaker-runtime"]
    assert botocore.client.BaseClient.__init__ is init


class Seen:
    """A list of requests, which can refuse them."""

    def __init__(self, *, refuse: bool = False) -> None:
        self.requests: list[tuple[str, str]] = []
        self._refuse = refuse

    def __call__(self, operation: Any, url: str, context: Mapping[Any, Any]) -> None:
        assert context["client_region"]
        self.requests.append((operation.name, url))
        if self._refuse:
            raise ReplayError("refused")


@both_modes
def test_requests_are_seen_and_sent(mode: Mode) -> None:
    make_request = botocore.endpoint.Endpoint.make_request
    seen = Seen()

    async def read(client: Any) -> None:
        response = await getattr(client, STREAMS[mode])(**arguments(mode))
        stream = StreamingGenerations(response[BODIES[mode]], mode, strict=True)
        assert (await stream.aread())[0].text == " I am"

    with serve(streamed(mode)) as server:
        client = local_client(server.url, mode)
        with requests_seen(seen):
            assert stream_of(client, mode, strict=True).read()[0].text == " I am"
            with_async_client(mode, read, endpoint_url=server.url)
        assert stream_of(client, mode, strict=True).read()[0].text == " I am"
        client.close()
    (name, url), again = seen.requests
    assert (name, url) == again
    assert name == streamed(mode).operation
    assert url.startswith(server.url)
    assert len(server.calls) == 3
    assert botocore.endpoint.Endpoint.make_request is make_request


@both_modes
def test_requests_that_are_refused_are_not_sent(mode: Mode) -> None:
    seen = Seen(refuse=True)

    async def ask(client: Any) -> None:
        with pytest.raises(ReplayError, match="refused"):
            await getattr(client, PLAIN[mode])(**arguments(mode))

    with serve(plain(mode)) as server, requests_seen(seen):
        with pytest.raises(ReplayError, match="refused"):
            getattr(local_client(server.url, mode), PLAIN[mode])(**arguments(mode))
        with_async_client(mode, ask, endpoint_url=server.url)
        assert server.calls == []
    assert len(seen.requests) == 2


def test_answered_requests_are_not_seen() -> None:
    client = boto3.client("bedrock-runtime")

    async def ask(client: Any) -> None:
        with replay(client, plain(Mode.BEDROCK)):
            await client.invoke_model(**arguments(Mode.BEDROCK))

    with requests_seen(Seen(refuse=True)):
        with replay(client, plain(Mode.BEDROCK)):
            client.invoke_model(**arguments(Mode.BEDROCK))
        with Stubber(client) as stubber:
            stubber.add_response("invoke_model", {"body": b"", "contentType": "text/plain"})
            client.invoke_model(**arguments(Mode.BEDROCK))
        with_async_client(Mode.BEDROCK, ask)


def test_a_library_that_is_loaded_later_is_watched() -> None:
    code = (
        "import sys\n"
        "from cohere_aws.testing._watch import clients_seen, requests_seen\n"
        "def refuse(operation, url, context):\n"
        "    raise AssertionError(f'{operation.name} {url}')\n"
        "with requests_seen(refuse), clients_seen(lambda client: print(client.meta.region_name)):\n"
        "    assert 'botocore' not in sys.modules\n"
        "    import boto3, botocore.endpoint\n"
        "    assert type(botocore.endpoint.__spec__.loader) is type(boto3.__spec__.loader)\n"
        "    try:\n"
        "        boto3.client('sts').get_caller_identity()\n"
        "    except AssertionError as error:\n"
        "        print(error)\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, check=True, capture_output=True, text=True
    )
    region, words = printed.stdout.splitlines()
    assert region == "us-east-1"
    assert words.startswith("GetCallerIdentity https://sts.")


def test_a_module_is_loaded_as_without_the_hook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "import json\nclass Late:\n    def method(self):\n        return 1\n"
    (tmp_path / "watched_module.py").write_text(source)
    (tmp_path / "another_module.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    with _replaced("watched_module", "Late", "method", lambda method: lambda self: -method(self)):
        loaded = importlib.import_module("watched_module")
        assert loaded.Late().method() == -1
        assert importlib.import_module("another_module").Late().method() == 1
        assert loaded.__loader__ is loaded.__spec__.loader
        assert loaded.__loader__.get_source("watched_module") == source
    assert loaded.Late().method() == 1
    assert sys.meta_path == finders
    monkeypatch.delitem(sys.modules, "watched_module")
    (tmp_path / "watched_module.py").unlink()
    with _replaced("watched_module", "Late", "method", lambda method: method):
        with pytest.raises(ModuleNotFoundError, match="watched_module"):
            importlib.import_module("watched_module")


def test_aiobotocore_inherits_the_replaced_methods() -> None:
    # aiobotocore does not override the methods that are replaced.
    async_session()
    base = importlib.import_module("aiobotocore.client").AioBaseClient
    endpoint = importlib.import_module("aiobotocore.endpoint").AioEndpoint
    assert base.__init__ is botocore.client.BaseClient.__init__
    assert endpoint.make_request is botocore.endpoint.Endpoint.make_request


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080/model", True),
        ("http://127.1.2.3", True),
        ("http://[::1]:80", True),
        ("https://localhost", True),
        ("https://localhost.example.com", False),
        ("https://10.0.0.1", False),
        ("https://bedrock-runtime.us-east-1.amazonaws.com", False),
        ("nonsense", False),
    ],
)
def test_urls_of_this_machine_are_recognised(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected
