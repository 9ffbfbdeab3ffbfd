"""The client of ``client``, for asyncio: the same surface over aiobotocore.

It needs aiobotocore, which the extra ``async`` installs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakSet

from ._asking import Asking
from ._aws import make_async_client
from ._foreign import foreign_errors, translated
from ._many import Window
from ._plan import SERVICES
from .error import CohereError
from .generation import Generations, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typing_extensions import Self

    from ._plan import Plan

__all__ = ["AsyncClient"]

_Result = TypeVar("_Result")


class AsyncMany(Generic[_Result]):
    """The results of many calls, made by tasks; an iterator that goes on after an error.

    Leave it early inside of ``async with``, or ``aclose()`` it, so that no call is left behind. A
    task that is cancelled while it waits for a result loses none: another can go on.
    """

    def __init__(
        self,
        requests: Iterable[Any],
        ask: Callable[[Any], Coroutine[Any, Any, Generations]],
        **options: Any,
    ) -> None:
        def begin(request: Any) -> asyncio.Task[Generations]:
            call = asyncio.create_task(ask(request))
            call.add_done_callback(_look_at)
            return call

        self._window: Window[asyncio.Task[Generations]] = Window(requests, begin, **options)
        self._turn = asyncio.Lock()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Result:
        async with self._turn:
            call = self._window.first()
            if call is None:
                await self.aclose()
                raise StopAsyncIteration
            await asyncio.wait([call])  # which does not cancel the call when it is cancelled
            cancelled = CohereError("the call was cancelled")
            error = cancelled if call.cancelled() else call.exception()
            if not self._window.settle(error):
                raise StopAsyncIteration  # another task has closed it
            result: Any = error or call.result()
            return result  # type: ignore[no-any-return]  # the overloads tell which

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


def _look_at(call: asyncio.Task[Generations]) -> None:
    """See the error of a call that nobody waits for any more; asyncio would log it."""
    if not call.cancelled():
        call.exception()


class AsyncClient(
    Asking[
        Coroutine[Any, Any, Generations],
        Coroutine[Any, Any, StreamingGenerations],
        AsyncMany[Generations],
        AsyncMany[Generations | CohereError],
    ]
):
    """``Client`` for asyncio: what it gives is awaited, and streams are read by ``async for``.

    A task that is cancelled while it waits for a stream closes the connection; one that may be
    cancelled between two pieces reads it inside of ``async with``. One ``AsyncClient`` serves one
    event loop.

    Args:
        aws_region: The AWS region; by default the one that boto3 is configured for.
        mode: The service.
        region_name: Another name for *aws_region*.
        endpoint_name: The SageMaker endpoint; see ``connect_to_endpoint``.
        session: A session of aiobotocore to make the client from.
        client: A ready client of aiobotocore, to be used as it is; it stays open.
        config: A ``botocore.config.Config``, for timeouts, retries, the size of the pool; or an
            ``AioConfig`` of aiobotocore, which is used as it is.

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
        self._streams: WeakSet[StreamingGenerations] = WeakSet()
        self._lock = asyncio.Lock()

    async def _client(self) -> Any:
        """The client of aiobotocore."""
        if self._given is not None:
            return self._given
        async with self._lock:
            if self._made is None:
                making = make_async_client(SERVICES[self.mode].name, **self._names())
                self._made = await self._open.enter_async_context(making)
            return self._made

    async def _ask(self, planned: Callable[[], Plan]) -> Any:
        plan = planned()
        try:
            client = await self._client()
            response = await getattr(client, plan.operation)(**plan.arguments)
            body = response[plan.body]
            if plan.stream:
                stream = StreamingGenerations(body, self.mode, strict=True)
                self._streams.add(stream)
                return stream
            async with body:
                data = await body.read()
        except foreign_errors() as error:
            raise translated(error, plan.operation) from error
        return Generations._from_body(data, response, self.mode)  # noqa: SLF001  # of this package

    async def close(self) -> None:
        """Close the client of aiobotocore, if it was made here; the next call makes another.

        Its streams are closed before, for aiohttp lets a task wait for ever that reads one.
        """
        async with self._lock, self._open:  # which is closed in any case
            made, self._made = self._made, None
            if made is not None:
                for stream in list(self._streams):
                    await stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
