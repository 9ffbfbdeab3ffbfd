"""Create the clients of boto3 and aiobotocore, and correct how they handle an answer.

The configuration decides everything about them, except for the default size of the pool.
"""

from __future__ import annotations

import copy
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from ._field import kind
from ._redact import redact_addresses
from ._translations import translating
from .error import CohereError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from .mode import Mode

__all__ = ["Settings", "make_async_client", "make_client", "one_region", "prepare", "secrets_of"]

# How many connections a client keeps. botocore keeps 10: boto3 opens others beside them and throws
# them away, while aiobotocore lets the 11th stream wait for one to end.
_POOL = 1000


class Settings(NamedTuple):
    """The settings that a client is created from; see ``Client``."""

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    session: Any = None
    config: Any = None

    def check(self, client: Any) -> None:
        """Check that the settings can be combined, with each other and with *client*.

        Raises:
            CohereError: They cannot.
        """
        if client is not None and any(name is not None for name in self):
            raise CohereError("client cannot be combined with a region, session or other settings")
        if self.session is not None and self.profile is not None:
            raise CohereError("profile_name cannot be combined with session; set it on the session")
        if self.config is not None and not hasattr(self.config, "merge"):
            found = f"config is a {type(self.config).__name__}"
            raise CohereError(f"{found}; expected a Config of botocore.config")

    def shown(self, mode: Mode, endpoint_name: str | None, client: Any) -> str:
        """Return the arguments of a client, as far as they may be shown."""
        named = {
            "endpoint_name": endpoint_name,
            "region_name": self.region,
            "profile_name": self.profile,
            "endpoint_url": self.endpoint_url and redact_addresses(self.endpoint_url),
        }
        live = {"session": self.session, "client": client}
        parts = [f"mode={mode}"]
        parts += [f"{name}={value!r}" for name, value in named.items() if value is not None]
        parts += [f"{name}={type(one).__name__}" for name, one in live.items() if one is not None]
        return ", ".join(parts)


def one_region(aws_region: str | None, region_name: str | None) -> str | None:
    """Return the region that two arguments name.

    Raises:
        CohereError: They differ.
    """
    if aws_region and region_name and aws_region != region_name:
        raise CohereError(f"aws_region is {aws_region} and region_name is {region_name}")
    return aws_region or region_name


def make_client(service: str, settings: Settings) -> Any:
    """Return a client of boto3, made from a session as it is, or from the default one.

    Two threads must not use one session at once, and all threads share the default one.

    Raises:
        TypeError: The session is not one of boto3.
        CohereError: The configuration is not valid.
    """
    import boto3
    from botocore.config import Config

    session = settings.session
    if session is not None and not hasattr(session, "client"):
        raise TypeError(f"session is {kind(session)}; expected one of boto3")
    with translating(_making(service), configures=True):
        if settings.profile:
            session = boto3.Session(profile_name=settings.profile)
        session = session or boto3.DEFAULT_SESSION or boto3
        client = session.client(
            service,
            region_name=settings.region,
            endpoint_url=settings.endpoint_url,
            config=_pooled(Config, getattr(session, "_session", None), settings.config),
        )
        _check_address(client)
    prepare(client)
    return client


@asynccontextmanager
async def make_async_client(service: str, settings: Settings) -> AsyncIterator[Any]:
    """Hold a client of aiobotocore open.

    asyncio closes it at the end of its event loop, if nothing did before: ``asyncio.run`` finishes
    every asynchronous generator that was begun in it, and this is one.

    Raises:
        ImportError: aiobotocore is not installed.
        TypeError: The session is not one of aiobotocore.
        CohereError: The configuration is not valid.
    """
    try:
        import aiobotocore.session
        from aiobotocore.config import AioConfig
    except ImportError as error:
        hint = "AsyncClient needs aiobotocore: install it, or the extra 'async'"
        raise ImportError(hint) from error
    session = settings.session
    if session is not None and not isinstance(session, aiobotocore.session.AioSession):
        raise TypeError(f"session is {kind(session)}; expected one of aiobotocore")
    with translating(_making(service), configures=True):
        session = session or aiobotocore.session.AioSession(profile=settings.profile)
        making = session.create_client(
            service,
            region_name=settings.region,
            endpoint_url=settings.endpoint_url,
            config=_pooled(AioConfig, session, settings.config),
        )
        client = await making.__aenter__()
    try:
        with translating(_making(service), configures=True):
            _check_address(client)
        prepare(client)
        yield client
    finally:
        await making.__aexit__(None, None, None)


def _making(service: str) -> str:
    return f"making the client of {service}"


def _check_address(client: Any) -> None:
    """Check that the port of the address is valid; botocore checks the host name only.

    Without this, each call would fail because of it.

    Raises:
        ValueError: The port is not valid.
    """
    _ = urlsplit(client.meta.endpoint_url).port


def _pooled(type_: Any, session: Any, config: Any) -> Any:
    """Return *config* with a large pool, unless it says otherwise, or the one of *session* does."""
    default = session.get_default_client_config() if session else None
    pooled = type_(max_pool_connections=_POOL)
    for given in (default, config):
        if given is not None:
            pooled = pooled.merge(given)
    if isinstance(config, type_):
        # merge() of aiobotocore before 2.23 forgets what an AioConfig has beyond a Config.
        size = pooled.max_pool_connections
        pooled = copy.copy(config)
        pooled.max_pool_connections = size
        options = {**config._user_provided_options, "max_pool_connections": size}  # noqa: SLF001
        pooled._user_provided_options = options  # noqa: SLF001  # likewise read by merge()
    return pooled


def prepare(client: Any) -> None:
    """Change *client* to parse every error, follow no redirect, and end streams without a body.

    Applying it to the same client again changes nothing.
    """
    events = getattr(client.meta, "events", None)
    if events is not None:
        name = client.meta.service_model.service_id.hyphenize()
        # The last: a recorder is to see the body as it came.
        events.register_last(f"before-parse.{name}", _make_readable, unique_id=_make_readable)
    http: Any = getattr(getattr(client, "_endpoint", None), "http_session", None)
    get_session = getattr(http, "_get_session", None)  # aiohttp's alone
    if get_session is not None and not isinstance(get_session, _Staying):
        http._get_session = _Staying(get_session)  # noqa: SLF001


class _Staying:
    """``AIOHTTPSession._get_session`` of aiobotocore, for sessions that follow no redirect.

    aiohttp follows them by itself, and sends the body, which is a prompt, and the session token to
    any host. boto3 does not, and neither does the session that aiobotocore has for httpx. There
    is no setting for it. The AWS runtimes do not redirect, so a redirect is a ``ServiceError``.
    """

    def __init__(self, get_session: Any) -> None:
        self._get_session = get_session

    async def __call__(self, proxy_url: str | None) -> _StayingSession:
        return _StayingSession(await self._get_session(proxy_url))


class _StayingSession:
    def __init__(self, session: Any) -> None:
        self._session = session

    async def request(self, *arguments: Any, **options: Any) -> Any:
        from aiohttp import EMPTY_PAYLOAD

        response = await self._session.request(*arguments, **options, allow_redirects=False)
        if response.content is EMPTY_PAYLOAD:
            # All responses that have no body by their status (204, 304) share this reader, which
            # ends for one loop over its chunks. The next goes on for ever, and never waits.
            response.content = type(EMPTY_PAYLOAD)()
        return response


# The keys of an error whose values botocore reads by a type. Another type makes it raise a bare
# exception, in place of the error and its status.
_READ_AS: Mapping[str, type] = {"__type": str, "code": str, "originalstatuscode": int}


_FIRST_REFUSAL = 300  # of the statuses of HTTP


def _make_readable(*, response_dict: dict[str, Any], **_: object) -> None:
    """Rewrite the body of an error that the parser of botocore could not read.

    A readable body stays as it is; the text of any other becomes the message.
    """
    if response_dict["status_code"] >= _FIRST_REFUSAL:
        response_dict["body"] = _readable(response_dict["body"])


def _readable(body: bytes) -> bytes:
    text = body.decode(errors="replace")
    try:
        found = json.loads(text)
    except ValueError:
        return text.encode()  # which botocore takes for the message
    except RecursionError:
        return b"{}"
    if not isinstance(found, dict):
        found = {"message": found if isinstance(found, str) else text} if found else {}
    elif all(_is_readable(*member) for member in found.items()):
        return body
    return json.dumps(dict(filter(lambda member: _is_readable(*member), found.items()))).encode()


def _is_readable(key: str, value: Any) -> bool:
    return value is None or isinstance(value, _READ_AS.get(key.lower(), object))


def secrets_of(client: Any) -> Iterator[str]:
    """Yield the credentials that *client* holds: its keys, and those in the address it asks.

    They are read where they are; asking botocore for them might refresh them, which takes a call.
    """
    signer = getattr(client, "_request_signer", None)
    for name in ("_credentials", "_auth_token"):
        yield from _held(getattr(signer, name, None))
    address = str(getattr(getattr(client, "meta", None), "endpoint_url", ""))
    authority, _, query = address.partition("://")[2].partition("?")
    user, _, _ = authority.partition("/")[0].rpartition("@")
    yield from (user, unquote(user.partition(":")[2]), query)


def _held(credentials: Any) -> Iterator[str]:
    """Yield the keys and tokens that *credentials* of botocore have."""
    fields = getattr(credentials, "_asdict", lambda: getattr(credentials, "__dict__", {}))()
    for name, value in fields.items():
        if name.strip("_") in ("access_key", "secret_key", "token") and isinstance(value, str):
            yield value
        elif name == "_frozen_token":
            yield from _held(value)
