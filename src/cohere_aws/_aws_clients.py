"""Create clients of boto3 and aiobotocore, and read the credentials of a client.

Credentials, retries and timeouts are those of the libraries' own configuration. Only the default
size of the connection pool differs, and ``_client_patches`` corrects how responses are read.
"""

from __future__ import annotations

import copy
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from ._client_patches import patch_client
from ._field import python_type
from ._redact import redact_addresses
from ._translations import translating
from .error import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .mode import Mode

__all__ = [
    "Settings",
    "create_client",
    "open_async_client",
    "resolve_region",
    "secrets_of",
]

# The number of connections that a client keeps. The default of botocore is 10: boto3 then opens
# further connections and does not keep them, and aiobotocore lets the 11th stream wait for another
# to end.
_POOL_SIZE = 1000


class Settings(NamedTuple):
    """Arguments of ``Client`` from which an AWS client is created."""

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    session: Any = None
    config: Any = None

    def check(self, client: Any) -> None:
        """Check that the settings can be combined, with each other and with *client*.

        Raises:
            InvalidRequestError: They cannot; or *config* is not a ``Config``.
        """
        if client is not None and any(value is not None for value in self):
            message = "pass either client, or region, profile, endpoint_url, session and config"
            raise InvalidRequestError(message)
        if self.session is not None and self.profile is not None:
            message = "pass either session or profile_name; a session has its own profile"
            raise InvalidRequestError(message)
        # botocore is not imported here: creating a client of ours must stay fast.
        if self.config is not None and not hasattr(self.config, "merge"):
            found = f"config is {python_type(self.config)}"
            raise InvalidRequestError(f"{found}; expected botocore.config.Config")

    def describe(self, mode: Mode, endpoint_name: str | None, client: Any) -> str:
        """Return the arguments for a ``repr``, without credentials in the address."""
        values = {
            "endpoint_name": endpoint_name,
            "region_name": self.region,
            "profile_name": self.profile,
            "endpoint_url": self.endpoint_url and redact_addresses(self.endpoint_url),
        }
        objects = {"session": self.session, "client": client}
        parts = [f"mode={mode}"]
        parts += [f"{name}={value!r}" for name, value in values.items() if value is not None]
        # By type alone: their own repr may show more.
        parts += [f"{name}={type(it).__name__}" for name, it in objects.items() if it is not None]
        return ", ".join(parts)


def resolve_region(aws_region: str | None, region_name: str | None) -> str | None:
    """Return the region, which has two names: the documented one, and that of boto3.

    Raises:
        InvalidRequestError: They differ.
    """
    if aws_region and region_name and aws_region != region_name:
        found = f"aws_region is {aws_region!r:.40} and region_name is {region_name!r:.40}"
        raise InvalidRequestError(f"{found}; pass one of them")
    return aws_region or region_name


def create_client(service: str, settings: Settings) -> Any:
    """Return a new client of boto3, from the session of *settings* or the default session.

    Sessions are not thread-safe, and all threads share the default session, so the caller must
    hold a lock.

    Raises:
        TypeError: The session is not from boto3.
        CohereError: The configuration is invalid.
    """
    import boto3
    from botocore.config import Config

    session = settings.session
    if session is not None and not hasattr(session, "client"):
        raise TypeError(f"session is of type {_type_name(session)}; expected boto3.Session")
    with translating(_creating(service), configures=True):
        if settings.profile:
            session = boto3.Session(profile_name=settings.profile)
        session = session or boto3.DEFAULT_SESSION or boto3
        client = session.client(
            service,
            region_name=settings.region,
            endpoint_url=settings.endpoint_url,
            config=_with_pool_size(Config, getattr(session, "_session", None), settings.config),
        )
        _check_port(client)
    patch_client(client)
    return client


@asynccontextmanager
async def open_async_client(service: str, settings: Settings) -> AsyncIterator[Any]:
    """Open a new client of aiobotocore, and close it on exit.

    If nothing closes it before, asyncio does at the end of its event loop: ``asyncio.run`` closes
    every asynchronous generator that was started in it, and this function is one.

    Raises:
        ImportError: aiobotocore is not installed.
        TypeError: The session is not from aiobotocore.
        CohereError: The configuration is invalid.
    """
    try:
        import aiobotocore.session
        from aiobotocore.config import AioConfig
    except ImportError as error:
        hint = "AsyncClient needs aiobotocore: install it, or the extra 'async'"
        raise ImportError(hint) from error
    session = settings.session
    if session is not None and not isinstance(session, aiobotocore.session.AioSession):
        found = f"session is of type {_type_name(session)}"
        raise TypeError(f"{found}; expected aiobotocore.session.AioSession")
    with translating(_creating(service), configures=True):
        session = session or aiobotocore.session.AioSession(profile=settings.profile)
        opening = session.create_client(
            service,
            region_name=settings.region,
            endpoint_url=settings.endpoint_url,
            config=_with_pool_size(AioConfig, session, settings.config),
        )
        client = await opening.__aenter__()
    try:
        with translating(_creating(service), configures=True):
            _check_port(client)
        patch_client(client)
        yield client
    finally:
        # Not an "async with": translating() is to see the errors of creating, but not those of the
        # calls that are made while the client is open.
        await opening.__aexit__(None, None, None)


def _creating(service: str) -> str:
    return f"creating the client for {service}"


def _type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__name__}".removeprefix("builtins.")


def _check_port(client: Any) -> None:
    """Check that the port of the address is valid; botocore checks the host name only.

    Without this check, each call would fail.

    Raises:
        ValueError: The port is invalid.
    """
    _ = urlsplit(client.meta.endpoint_url).port


def _with_pool_size(type_: Any, session: Any, config: Any) -> Any:
    """Return *config* with a large pool, unless it or the configuration of *session* sets one."""
    default = session.get_default_client_config() if session else None
    merged = type_(max_pool_connections=_POOL_SIZE)
    for given in (default, config):
        if given is not None:
            merged = merged.merge(given)
    if isinstance(config, type_):
        # merge() of aiobotocore before 2.23 loses the options that only an AioConfig has.
        size = merged.max_pool_connections
        merged = copy.copy(config)
        merged.max_pool_connections = size
        # merge(), which botocore calls again, reads the options from here.
        options = {**config._user_provided_options, "max_pool_connections": size}  # noqa: SLF001
        merged._user_provided_options = options  # noqa: SLF001
    return merged


def secrets_of(client: Any) -> Iterator[str]:
    """Yield the credentials of *client*: its keys and tokens, and those in its endpoint URL.

    They are read from its attributes: botocore's methods might refresh them by a call.
    """
    signer = getattr(client, "_request_signer", None)
    for name in ("_credentials", "_auth_token"):
        yield from _keys_in(getattr(signer, name, None))
    address = str(getattr(getattr(client, "meta", None), "endpoint_url", ""))
    authority, _, query = address.partition("://")[2].partition("?")
    user, _, _ = authority.partition("/")[0].rpartition("@")
    # User and password together, then the password decoded, as a server may quote it.
    yield from (user, unquote(user.partition(":")[2]), query)


def _keys_in(credentials: Any) -> Iterator[str]:
    """Yield the keys and tokens in *credentials* of botocore."""
    # Frozen credentials are named tuples. The others have attributes, with or without a leading
    # underscore, and some hold a frozen token.
    fields = getattr(credentials, "_asdict", lambda: getattr(credentials, "__dict__", {}))()
    for name, value in fields.items():
        if name.strip("_") in ("access_key", "secret_key", "token") and isinstance(value, str):
            yield value
        elif name == "_frozen_token":
            yield from _keys_in(value)
