"""Call ``Client`` and ``AsyncClient`` in the same way, so that one test covers both."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from clients import SERVICES, needs_aiobotocore
from cohere_aws import AsyncClient, Client, CohereError, Mode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

both_clients = pytest.mark.parametrize(
    "kind", [Client, pytest.param(AsyncClient, marks=needs_aiobotocore)]
)

# The model or the endpoint, given when a client is created from names, or else in each call.
CLIENT_ARGUMENTS: dict[Mode, dict[str, Any]] = {
    Mode.BEDROCK: {},
    Mode.SAGEMAKER: {"endpoint_name": "target"},
}
CALL_ARGUMENTS: dict[Mode, dict[str, Any]] = {
    Mode.BEDROCK: {"model_id": "target"},
    Mode.SAGEMAKER: {},
}

# The variables that point such a client to another server.
URL_VARIABLES = {
    mode: f"AWS_ENDPOINT_URL_{name.upper().replace('-', '_')}" for mode, name in SERVICES.items()
}


async def maybe_await(answer: Any) -> Any:
    """Return *answer*, awaited if it is awaitable."""
    return await answer if inspect.isawaitable(answer) else answer


async def read_pieces(stream: Any) -> list[Any]:
    """Return all pieces of a stream."""
    if hasattr(stream.stream, "__aiter__"):
        return [piece async for piece in stream]
    return list(stream)


async def results_of(many: Any) -> list[Any]:
    """Return all results of ``generate_many``, with errors in their places."""
    found: list[Any] = []
    while True:
        try:
            found.append(await anext(many) if hasattr(many, "__anext__") else next(many))
        except (StopIteration, StopAsyncIteration):
            return found
        except CohereError as error:
            found.append(error)


async def close(it: Any) -> None:
    """Close a stream, or the results of ``generate_many``."""
    await maybe_await(
        it.aclose() if hasattr(it, "__anext__") or is_async_stream(it) else it.close()
    )


def is_async_stream(it: Any) -> bool:
    """Return whether *it* is a stream for ``async for``."""
    return hasattr(getattr(it, "stream", None), "__aiter__")


def with_client(kind: Any, do: Callable[[Any], Awaitable[Any]], **options: Any) -> Any:
    """Return the result of *do* with a new client, which is closed after it."""

    async def run() -> Any:
        client = kind(**options)
        try:
            return await do(client)
        finally:
            await maybe_await(client.close())

    return asyncio.run(run())


def call(kind: Any, mode: Mode, do: Callable[[Any], Awaitable[Any]], **options: Any) -> Any:
    """Return the result of *do* with a new client that is created from names."""
    return with_client(kind, do, mode=mode, **{**CLIENT_ARGUMENTS[mode], **options})
