"""Both clients asked in one way, so that one test holds for both: what is awaited, is awaited."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from clients import SERVICES
from cohere_aws import AsyncClient, Client, CohereError, Mode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

both_clients = pytest.mark.parametrize("kind", [Client, AsyncClient])

# What a call needs besides a prompt, and who is asked when the client is made of names.
NAMES: dict[Mode, dict[str, Any]] = {
    Mode.BEDROCK: {},
    Mode.SAGEMAKER: {"endpoint_name": "target"},
}
TARGETS: dict[Mode, dict[str, Any]] = {
    Mode.BEDROCK: {"model_id": "target"},
    Mode.SAGEMAKER: {},
}

# What points a client that is made of names at another server.
VARIABLES = {
    mode: f"AWS_ENDPOINT_URL_{name.upper().replace('-', '_')}" for mode, name in SERVICES.items()
}


async def got(answer: Any) -> Any:
    """An answer, waited for if need be."""
    return await answer if inspect.isawaitable(answer) else answer


async def pieces(stream: Any) -> list[Any]:
    """All that a stream yields."""
    if hasattr(stream.stream, "__aiter__"):
        return [piece async for piece in stream]
    return list(stream)


async def each(many: Any) -> list[Any]:
    """All that comes out of ``generate_many``, errors in their places."""
    found: list[Any] = []
    while True:
        try:
            found.append(await anext(many) if hasattr(many, "__anext__") else next(many))
        except (StopIteration, StopAsyncIteration):
            return found
        except CohereError as error:
            found.append(error)


async def left(it: Any) -> None:
    """Close a stream, or what ``generate_many`` gave."""
    await got(it.aclose() if hasattr(it, "__anext__") or is_async_stream(it) else it.close())


def is_async_stream(it: Any) -> bool:
    """Whether *it* is a stream that is read by ``async for``."""
    return hasattr(getattr(it, "stream", None), "__aiter__")


def ask(kind: Any, do: Callable[[Any], Awaitable[Any]], **names: Any) -> Any:
    """What *do* gives for a client that is made of *names*, and closed behind it."""

    async def run() -> Any:
        client = kind(**names)
        try:
            return await do(client)
        finally:
            await got(client.close())

    return asyncio.run(run())
