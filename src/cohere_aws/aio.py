"""The client of ``client``, for asyncio: the same surface over aiobotocore.

It needs the extra ``async``: ``pip install cohere-aws[async]``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._asking import Asking
from ._aws import foreign_errors, make_async_client, translated
from ._many import Window
from ._plan import SERVICES
from .error import CohereError
from .generation import Generations, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from typing_extensions import Self

    from ._plan import Plan

__all__ = ["AsyncClient"]

_Result = TypeVar("_Result")


class AsyncMany(Generic[_Result]):
    """The results of many calls, made by tasks; an iterator that goes on after an error.

    Leave it early inside of ``async with``, or ``aclose()`` it, so that no call is left behind. A
    task that is cancelled while it waits for a result cancels the calls.
    """

    def __init__(
        self, requests: Iterable[Any], ask: Callable[[Any], Awaitable[Generations]], **options: Any
    ) -> None:
        async def answer(request: Any) -> Generations:
            return await ask(request)  # so that a request that is refused at once is told in turn

        self._window: Window[asyncio.Task[Generations]] = Window(
            requests, lambda request: asyncio.create_task(answer(request)), **options
        )

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Result:
        call = self._window.next_call()
        if call is None:
            await self.aclose()
            raise StopAsyncIteration
        result: Any
        try:
            result, error = await call, None
        except CohereError as caught:
            result = error = caught
        except asyncio.CancelledError:
            await self.aclose()
            raise
        self._window.settle(error)
        return result  # type: ignore[no-any-return]  # the overloads of generate_many tell which

    async def aclose(self) -> None:
        """Begin no more calls, and cancel those that were begun."""
        calls = self._window.end()
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class AsyncClient(
    Asking[
        Coroutine[Any, Any, Generations],
        Coroutine[Any, Any, StreamingGenerations],
        AsyncMany[Generations],
        AsyncMany[Generations | CohereError],
    ]
):
    """``Client`` for asyncio: what it gives is awaited, and streams are read by ``async for``.

    A task that is cancelled while it reads a stream closes the connection. One ``AsyncClient``
    serves one event loop.

    Args:
        aws_region: The AWS region; by default the one that boto3 is configured for.
        mode: The service.
        region_name: Another name for *aws_region*.
        endpoint_name: The SageMaker endpoint; see ``connect_to_endpoint``.
        session: A session of aiobotocore to make the client from.
        client: A ready client of aiobotocore, to be used as it is; it stays open.
        config: A ``botocore.config.Config``, for timeouts, retries, the size of the pool.

    Raises:
        CohereError: ``Unsupported mode``; two regions that differ; or *client* is one of the other
            service, or has names beside it.
        TypeError: *client* is one of boto3.
    """

    _asynchronous = True
    _ask_many = AsyncMany

    def _start(self) -> None:
        self._made: Any = None
        self._open = AsyncExitStack()
        self._lock = asyncio.Lock()

    async def _client(self, pool: int) -> Any:
        """The client of aiobotocore; one that is made now keeps *pool* connections."""
        if self._given is not None:
            return self._given
        async with self._lock:
            if self._made is None:
                making = make_async_client(SERVICES[self.mode].name, **self._names(pool))
                self._made = await self._open.enter_async_context(making)
            return self._made

    async def _ask(self, plan: Plan, pool: int = 1) -> Any:
        try:
            client = await self._client(pool)
            response = await getattr(client, plan.operation)(**plan.arguments)
            body = response[plan.body]
            if plan.stream:
                return StreamingGenerations(body, self.mode, strict=True)
            async with body:
                data = await body.read()
        except foreign_errors() as error:
            raise translated(error, plan.operation) from error
        return Generations._from_body(data, response, self.mode)  # noqa: SLF001  # of this package

    async def close(self) -> None:
        """Close the client of aiobotocore, if it was made here; the next call makes another."""
        async with self._lock:
            self._made = None
            await self._open.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
