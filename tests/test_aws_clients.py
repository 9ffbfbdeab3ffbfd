"""Creating clients of boto3 and aiobotocore, and reading their credentials."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.tokens import FrozenAuthToken

from clients import async_config, async_session, local_client, needs_aiobotocore
from cohere_aws import CohereError, InvalidRequestError, Mode
from cohere_aws._aws import is_asynchronous, service_of
from cohere_aws._aws_clients import (
    Settings,
    create_client,
    open_async_client,
    resolve_region,
    secrets_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def pool_of(service: str, **names: Any) -> int:
    client = create_client(service, Settings(**names))
    client.close()
    size: int = client.meta.config.max_pool_connections
    return size


def test_a_client_is_created_from_a_region_and_an_address() -> None:
    url = "http://127.0.0.1:9"
    client = create_client("bedrock-runtime", Settings(region="eu-west-1", endpoint_url=url))
    assert (service_of(client), client.meta.region_name) == ("bedrock-runtime", "eu-west-1")
    assert client.meta.endpoint_url == url
    assert client.meta.config.max_pool_connections == 1000
    client.close()
    config = Config(max_pool_connections=3, read_timeout=7)
    client = create_client("sagemaker-runtime", Settings(config=config))
    assert service_of(client) == "sagemaker-runtime"
    assert (client.meta.config.max_pool_connections, client.meta.config.read_timeout) == (3, 7)
    client.close()


def test_the_pool_is_large_unless_a_configuration_sets_its_size() -> None:
    session = boto3.Session()
    assert pool_of("bedrock-runtime", session=session) == 1000
    assert pool_of("bedrock-runtime", config=Config(read_timeout=7)) == 1000
    session._session.set_default_client_config(Config(max_pool_connections=50))
    assert pool_of("bedrock-runtime", session=session) == 50
    assert pool_of("bedrock-runtime", session=session, config=Config(max_pool_connections=3)) == 3


def test_a_session_creates_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session(region_name="eu-north-1")
    client = create_client("sagemaker-runtime", Settings(session=session))
    assert client.meta.region_name == "eu-north-1"
    client.close()
    for wrong, name in (
        (async_session(), "aiobotocore.session.AioSession"),
        ("us-east-1", "str"),
    ):
        with pytest.raises(TypeError, match=f"^session is of type {name}; expected boto3.Session$"):
            create_client("sagemaker-runtime", Settings(session=wrong))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    client = create_client("sagemaker-runtime", Settings())
    assert client.meta.region_name == "eu-north-1"
    client.close()


def pool_of_async(**names: Any) -> int:
    async def pool() -> int:
        async with open_async_client("bedrock-runtime", Settings(**names)) as client:
            assert is_asynchronous(client)
            assert service_of(client) == "bedrock-runtime"
            size: int = client.meta.config.max_pool_connections
            return size

    return asyncio.run(pool())


@needs_aiobotocore
def test_an_asynchronous_client_is_created() -> None:
    assert pool_of_async() == 1000
    assert pool_of_async(config=Config(read_timeout=7)) == 1000
    assert pool_of_async(config=Config(max_pool_connections=3)) == 3
    assert pool_of_async(config=async_config(connector_args={"keepalive_timeout": 3})) == 1000
    assert pool_of_async(config=async_config(max_pool_connections=10)) == 10
    session = async_session()
    assert pool_of_async(session=session, config=Config(read_timeout=7)) == 1000
    session.set_default_client_config(async_config(max_pool_connections=50))
    assert pool_of_async(session=session) == 50
    assert pool_of_async(session=session, config=Config(max_pool_connections=3)) == 3
    for wrong in (boto3.Session(), "us-east-1"):
        with pytest.raises(
            TypeError, match=r"^session is of type .*; expected aiobotocore\.session\.AioSession$"
        ):
            pool_of_async(session=wrong)


def test_a_configuration_of_aiobotocore_keeps_its_options() -> None:
    async def do() -> None:
        arguments = {"keepalive_timeout": 3, "force_close": False}
        config = async_config(connector_args=arguments, read_timeout=7)
        async with open_async_client("bedrock-runtime", Settings(config=config)) as client:
            assert client.meta.config.connector_args == arguments
            assert client.meta.config.read_timeout == 7
        assert config.max_pool_connections == 10  # unchanged: it belongs to the caller

    asyncio.run(do())


def test_without_aiobotocore_the_error_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiobotocore.session", None)
    with pytest.raises(ImportError, match=r"aiobotocore.*the extra 'async'"):
        pool_of_async()


# Faults of a configuration: the environment, the settings, and a part of the message.
FAULTS: Mapping[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "no scheme": ({"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "user:secret@host"}, {}, "***@host"),
    "port": ({"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://u:secret@h:99999/?secret"}, {}, ""),
    "attempts": ({"AWS_MAX_ATTEMPTS": "abc"}, {}, "'abc'"),
    "no JSON": ({"AWS_PROFILE": "prints"}, {}, "JSONDecodeError"),
    "no program": ({"AWS_PROFILE": "misses"}, {}, "/not/there"),
    "no profile": ({}, {"profile": "missing"}, "missing"),
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
@pytest.mark.parametrize("asynchronous", [False, pytest.param(True, marks=needs_aiobotocore)])
def test_a_faulty_configuration_is_an_error(
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
            create_client("bedrock-runtime", Settings(**names))
    assert type(caught.value) is CohereError
    assert not caught.value.retryable
    assert str(caught.value).startswith("creating the client for bedrock-runtime failed: ")
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("profiles")
def test_a_profile_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    config = Config(signature_version=botocore.UNSIGNED)
    client = create_client("bedrock-runtime", Settings(profile="works", config=config))
    assert client.meta.config.region_name == "eu-west-3"
    client.close()


def test_settings_that_cannot_be_combined() -> None:
    with pytest.raises(InvalidRequestError, match=r"^pass either session or profile_name; "):
        Settings(profile="a", session=boto3.Session()).check(None)
    for wrong in ({}, "config"):
        with pytest.raises(
            InvalidRequestError, match=r"^config is of type (dict|str); expected bo"
        ):
            Settings(config=wrong).check(None)
    with pytest.raises(InvalidRequestError, match=r"^pass either client, or region, profile, "):
        Settings(endpoint_url="http://127.0.0.1").check("client")
    Settings(config=Config(), session=boto3.Session()).check(None)
    Settings().check("client")


def test_the_region_has_two_names() -> None:
    assert resolve_region(None, None) is None
    assert resolve_region("a", None) == resolve_region(None, "a") == resolve_region("a", "a") == "a"
    message = r"^aws_region is 'a' and region_name is 'b'; pass one of them$"
    with pytest.raises(InvalidRequestError, match=message):
        resolve_region("a", "b")


def test_the_description_of_settings_shows_no_credentials() -> None:
    url = "https://user:secret@host/?secret"
    settings = Settings("r", "p", url, session=boto3.Session(), config=Config())
    shown = "region_name='r', profile_name='p', endpoint_url='https://***@host/?***', session=Sess"
    assert settings.describe(Mode.BEDROCK, "e", "c").startswith(
        f"mode=Mode.BEDROCK, endpoint_name='e', {shown}"
    )
    assert Settings().describe(Mode.SAGEMAKER, None, "c") == "mode=Mode.SAGEMAKER, client=str"


def test_a_client_of_another_library_has_no_credentials() -> None:
    class Fake:
        class meta:  # noqa: N801
            pass

    assert list(secrets_of(Fake())) == ["", "", ""]


def test_the_credentials_of_a_client_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    url = "http://user:pass%20word@127.0.0.1:9/path?query=1"
    client = local_client(url, Mode.BEDROCK)
    found = ["testing", "very-secret", "session-token", "user:pass%20word", "pass word", "query=1"]
    assert list(secrets_of(client)) == found
    client._request_signer._credentials = None
    client._request_signer._auth_token = FrozenAuthToken("bearer-token")
    assert next(iter(secrets_of(client))) == "bearer-token"
    client.close()


def test_the_credentials_of_an_assumed_role_are_found_without_a_call() -> None:
    """Refreshing them takes a call, and an error message must not make calls."""
    from datetime import datetime, timezone

    from botocore.credentials import RefreshableCredentials
    from botocore.tokens import DeferredRefreshableToken

    def refresh() -> None:
        raise ZeroDivisionError

    client = local_client("http://127.0.0.1:9", Mode.BEDROCK)
    expired = datetime(2020, 1, 1, tzinfo=timezone.utc)
    held = RefreshableCredentials("the-key", "the-secret", "the-token", expired, refresh, "role")
    client._request_signer._credentials = held
    token = DeferredRefreshableToken("sso", refresh)
    token._frozen_token = FrozenAuthToken("bearer-token")
    client._request_signer._auth_token = token
    assert list(secrets_of(client))[:4] == ["the-key", "the-secret", "the-token", "bearer-token"]
    client.close()
