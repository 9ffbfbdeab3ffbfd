"""Clients that are made here, and what every client is mended for."""

from __future__ import annotations

import asyncio
import http.server
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import aiobotocore.session
import boto3
import botocore.session
import pytest
from aiobotocore.config import AioConfig
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.tokens import FrozenAuthToken

from clients import SERVICES, both_modes, impatient, with_async_client
from cohere_aws import CohereError, Mode
from cohere_aws._aws import is_asynchronous, operation_model, service_of
from cohere_aws._aws_clients import (
    Settings,
    make_async_client,
    make_client,
    one_region,
    prepare,
    secrets_of,
)
from cohere_aws._translations import translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def pool_of(service: str, **names: Any) -> int:
    client = make_client(service, Settings(**names))
    client.close()
    size: int = client.meta.config.max_pool_connections
    return size


def test_a_client_is_made_from_names() -> None:
    url = "http://127.0.0.1:9"
    client = make_client("bedrock-runtime", Settings(region="eu-west-1", endpoint_url=url))
    assert (service_of(client), client.meta.region_name) == ("bedrock-runtime", "eu-west-1")
    assert client.meta.endpoint_url == url
    assert client.meta.config.max_pool_connections == 1000
    client.close()
    config = Config(max_pool_connections=3, read_timeout=7)
    client = make_client("sagemaker-runtime", Settings(config=config))
    assert service_of(client) == "sagemaker-runtime"
    assert (client.meta.config.max_pool_connections, client.meta.config.read_timeout) == (3, 7)
    client.close()


def test_the_pool_is_large_unless_a_configuration_says_otherwise() -> None:
    session = boto3.Session()
    assert pool_of("bedrock-runtime", session=session) == 1000
    assert pool_of("bedrock-runtime", config=Config(read_timeout=7)) == 1000
    session._session.set_default_client_config(Config(max_pool_connections=50))
    assert pool_of("bedrock-runtime", session=session) == 50
    assert pool_of("bedrock-runtime", session=session, config=Config(max_pool_connections=3)) == 3


def test_a_session_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session(region_name="eu-north-1")
    client = make_client("sagemaker-runtime", Settings(session=session))
    assert client.meta.region_name == "eu-north-1"
    client.close()
    for wrong in (aiobotocore.session.get_session(), "us-east-1"):
        with pytest.raises(TypeError, match=r"^session is .*; expected one of boto3$"):
            make_client("sagemaker-runtime", Settings(session=wrong))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    client = make_client("sagemaker-runtime", Settings())
    assert client.meta.region_name == "eu-north-1"
    client.close()


def pool_of_async(**names: Any) -> int:
    async def pool() -> int:
        async with make_async_client("bedrock-runtime", Settings(**names)) as client:
            assert is_asynchronous(client)
            assert service_of(client) == "bedrock-runtime"
            size: int = client.meta.config.max_pool_connections
            return size

    return asyncio.run(pool())


def test_an_asynchronous_client_is_made_from_names() -> None:
    assert pool_of_async() == 1000
    assert pool_of_async(config=Config(read_timeout=7)) == 1000
    assert pool_of_async(config=Config(max_pool_connections=3)) == 3
    assert pool_of_async(config=AioConfig(connector_args={"keepalive_timeout": 3})) == 1000
    assert pool_of_async(config=AioConfig(max_pool_connections=10)) == 10
    session = aiobotocore.session.get_session()
    assert pool_of_async(session=session, config=Config(read_timeout=7)) == 1000
    session.set_default_client_config(AioConfig(max_pool_connections=50))
    assert pool_of_async(session=session) == 50
    assert pool_of_async(session=session, config=Config(max_pool_connections=3)) == 3
    for wrong in (boto3.Session(), "us-east-1"):
        with pytest.raises(TypeError, match=r"^session is .*; expected one of aiobotocore$"):
            pool_of_async(session=wrong)


def test_a_configuration_of_aiobotocore_keeps_all_that_it_says() -> None:
    async def do() -> None:
        arguments = {"keepalive_timeout": 3, "force_close": False}
        config = AioConfig(connector_args=arguments, read_timeout=7)
        async with make_async_client("bedrock-runtime", Settings(config=config)) as client:
            assert client.meta.config.connector_args == arguments
            assert client.meta.config.read_timeout == 7
        assert config.max_pool_connections == 10  # it is the caller's

    asyncio.run(do())


def test_the_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiobotocore.session", None)
    with pytest.raises(ImportError, match=r"aiobotocore.*the extra 'async'"):
        pool_of_async()


# Faults of a configuration: the environment, the names, and a part of the message.
FAULTS: Mapping[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "no scheme": ({"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "user:secret@host"}, {}, "***@host"),
    "port": ({"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://u:secret@h:99999/?secret"}, {}, ""),
    "attempts": ({"AWS_MAX_ATTEMPTS": "abc"}, {}, "'abc'"),
    "no JSON": ({"AWS_PROFILE": "prints"}, {}, "JSONDecodeError"),
    "no program": ({"AWS_PROFILE": "misses"}, {}, "/not/there"),
    "no profile": ({}, {"profile": "nobody"}, "nobody"),
    "no URL": ({}, {"endpoint_url": "nothing"}, "nothing"),
}


@pytest.fixture
def profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Profiles whose credentials come from programs."""
    programs = {"prints": "echo hello", "misses": "/not/there", "works": "/not/there either"}
    profiles = (f"[profile {name}]\ncredential_process={run}\n" for name, run in programs.items())
    (tmp_path / "config").write_text("".join(profiles) + "region=eu-west-3\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize("case", FAULTS)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_fault_of_a_configuration(
    case: str, asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment, names, words = FAULTS[case]
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    if "AWS_PROFILE" not in environment:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CohereError) as caught:
        if asynchronous:
            pool_of_async(**names)
        else:
            make_client("bedrock-runtime", Settings(**names))
    assert type(caught.value) is CohereError
    assert not caught.value.retryable
    assert str(caught.value).startswith("making the client of bedrock-runtime failed: ")
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("profiles")
def test_a_profile_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    config = Config(signature_version=botocore.UNSIGNED)
    client = make_client("bedrock-runtime", Settings(profile="works", config=config))
    assert client.meta.config.region_name == "eu-west-3"
    client.close()


def test_names_that_do_not_go_together() -> None:
    with pytest.raises(CohereError, match="profile_name cannot be combined with session"):
        Settings(profile="a", session=boto3.Session()).check(None)
    for wrong in ({}, "config"):
        with pytest.raises(CohereError, match=r"^config is a (dict|str); expected a Config of bo"):
            Settings(config=wrong).check(None)
    with pytest.raises(CohereError, match="client cannot be combined with"):
        Settings(endpoint_url="http://127.0.0.1").check("client")
    Settings(config=Config(), session=boto3.Session()).check(None)
    Settings().check("client")


def test_one_region() -> None:
    assert one_region(None, None) is None
    assert one_region("a", None) == one_region(None, "a") == one_region("a", "a") == "a"
    with pytest.raises(CohereError, match=r"^aws_region is a and region_name is b$"):
        one_region("a", "b")


def test_what_may_be_shown_of_names() -> None:
    url = "https://user:secret@host/?secret"
    names = Settings("r", "p", url, session=boto3.Session(), config=Config())
    shown = "region_name='r', profile_name='p', endpoint_url='https://***@host/?***', session=Sess"
    assert names.shown(Mode.BEDROCK, "e", "c").startswith(
        f"mode=Mode.BEDROCK, endpoint_name='e', {shown}"
    )
    assert Settings().shown(Mode.SAGEMAKER, None, "c") == "mode=Mode.SAGEMAKER, client=str"


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[tuple[str, list[Any]]]:
    """Give the address of a server that has one answer, and the headers of what it was asked."""
    asked: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked.append(self.headers)
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


CALLS: Mapping[Mode, tuple[str, dict[str, str]]] = {
    Mode.BEDROCK: ("invoke_model", {"modelId": "m", "body": "{}"}),
    Mode.SAGEMAKER: ("invoke_endpoint", {"EndpointName": "e", "Body": "{}"}),
}


def refused(url: str, mode: Mode, asynchronous: bool, **options: Any) -> Any:
    """Give what a prepared client raises, which the caller gave."""
    operation, arguments = CALLS[mode]
    config = Config(retries={"total_max_attempts": options.pop("attempts", 1)}, **options)
    with pytest.raises(ClientError) as caught:
        if asynchronous:

            async def do(client: Any) -> None:
                prepare(client)
                prepare(client)  # once is enough, and twice does no harm
                await getattr(client, operation)(**arguments)

            with_async_client(mode, do, endpoint_url=url, config=config)
        else:
            client = boto3.client(SERVICES[mode], endpoint_url=url, config=config)
            prepare(client)
            try:
                getattr(client, operation)(**arguments)
            finally:
                client.close()
    return caught.value


# Bodies of an error, and the words that are left of each.
BODIES = {
    "<h1>gesperrt: für immer</h1>".encode("latin-1"): "<h1>gesperrt: f\ufffdr immer</h1>",
    b"[1]": "[1]",
    b"null": "",
    b'"oops"': "oops",
    b"5": "5",
    b"[" * 100_000: "",
    b"": "",
    b'{"originalStatusCode":[],"message":"m"}': "m",
    b'{"OriginalStatusCode":"no number","Message":"m"}': "m",
    b'{"originalStatusCode":null,"code":[],"__type":5,"message":"m"}': "m",
    b'{"originalStatusCode":404,"resourceName":{},"message":"m"}': "m",
}


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("status", [403, 503])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: ascii(body[:30]))
def test_each_error_of_the_service_is_one(body: bytes, status: int, asynchronous: bool) -> None:
    for mode in Mode:
        with answering(status, body, x_amzn_errortype="ModelError", x_one="1") as (url, _):
            error = refused(url, mode, asynchronous)
        found = translated(error, "the call")
        assert found.http_status == status
        assert found.headers["x-one"] == "1"
        assert found.retryable is (status == 503)
        # botocore has words of its own for a body of a server that is empty.
        words = "Service Unavailable" if not body and status == 503 else BODIES[body]
        assert (found.message or "").endswith(words)


def test_what_botocore_can_read_stays_as_it_is() -> None:
    body = b'{"message": "m", "more": {"a": [1]}, "originalStatusCode": 404}'
    with answering(424, body, x_amzn_errortype="ModelErrorException") as (url, _):
        error = refused(url, Mode.BEDROCK, asynchronous=False)
    assert error.response["Error"] == {"Message": "m", "Code": "ModelErrorException"}
    assert error.response["originalStatusCode"] == 404


def test_an_answer_stays_as_it_is() -> None:
    with answering(200, b"\xff") as (url, _):
        client = impatient(url, Mode.BEDROCK)
        prepare(client)
        assert client.invoke_model(modelId="m", body="{}")["body"].read() == b"\xff"
        client.close()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_an_error_that_cannot_be_read_is_tried_again(asynchronous: bool) -> None:
    with answering(503, b"\xff") as (url, asked):
        refused(url, Mode.BEDROCK, asynchronous, attempts=2)
    assert len(asked) == 2


@pytest.mark.parametrize("service", SERVICES.values())
def test_each_value_that_botocore_reads_by_its_type_is_known(service: str) -> None:
    operation = {"bedrock-runtime": "InvokeModel", "sagemaker-runtime": "InvokeEndpoint"}[service]
    shapes = operation_model(service, operation).service_model.error_shapes
    typed = {
        member.lower()
        for shape in shapes
        for member, model in shape.members.items()
        if model.type_name != "string"
    }
    assert typed == {"originalstatuscode"}


@both_modes
@pytest.mark.parametrize(
    ("asynchronous", "status"),
    [
        *((True, status) for status in (301, 302, 303, 304, 307, 308)),
        # Not 303: urllib3 stumbles over the headers that botocore gives it, and follows nothing.
        *((False, status) for status in (301, 302, 307, 308)),
    ],
)
def test_no_redirect_is_followed(mode: Mode, asynchronous: bool, status: int) -> None:
    with answering(200, b"{}") as (other, got):
        with answering(status, b"", location=f"{other}/elsewhere") as (url, asked):
            error = refused(url, mode, asynchronous)
    assert (len(asked), got) == (1, [])
    assert translated(error, "the call").http_status == status


EMPTY = """
import asyncio, sys
from cohere_aws import AsyncClient
async def main():
    async with AsyncClient(endpoint_name="target", endpoint_url=sys.argv[1]) as client:
        for _ in range(3):
            try:
                async for _ in await client.generate("hello"):
                    pass
            except Exception as error:
                print(type(error).__name__)
asyncio.run(main())
"""


def test_each_stream_without_a_body_ends() -> None:
    """In a process that can be stopped: an event loop that spins cannot."""
    with answering(204, b"") as (url, asked):
        command = [sys.executable, "-W", "error", "-c", EMPTY, url]
        run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=20)
    assert run.stdout.split() == ["IncompleteStreamError"] * 3
    assert len(asked) == 3


def test_a_client_of_another_make_is_left_alone() -> None:
    class Fake:
        class meta:  # noqa: N801
            pass

    prepare(Fake())
    assert list(secrets_of(Fake())) == ["", "", ""]


def test_the_credentials_of_a_client_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    url = "http://user:pass%20word@127.0.0.1:9/path?query=1"
    client = impatient(url, Mode.BEDROCK)
    found = ["testing", "very-secret", "session-token", "user:pass%20word", "pass word", "query=1"]
    assert list(secrets_of(client)) == found
    client._request_signer._credentials = None
    client._request_signer._auth_token = FrozenAuthToken("bearer-token")
    assert next(iter(secrets_of(client))) == "bearer-token"
    client.close()


def test_the_credentials_of_an_assumed_role_are_found_without_a_call() -> None:
    """They are refreshed by a call, which is not for a message to make."""
    from datetime import datetime, timezone

    from botocore.credentials import RefreshableCredentials
    from botocore.tokens import DeferredRefreshableToken

    def refresh() -> None:
        raise ZeroDivisionError

    client = impatient("http://127.0.0.1:9", Mode.BEDROCK)
    expired = datetime(2020, 1, 1, tzinfo=timezone.utc)
    held = RefreshableCredentials("the-key", "the-secret", "the-token", expired, refresh, "role")
    client._request_signer._credentials = held
    token = DeferredRefreshableToken("sso", refresh)
    token._frozen_token = FrozenAuthToken("bearer-token")
    client._request_signer._auth_token = token
    assert list(secrets_of(client))[:4] == ["the-key", "the-secret", "the-token", "bearer-token"]
    client.close()
