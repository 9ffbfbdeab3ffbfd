"""The client of ``client``, for asyncio: the same surface over aiobotocore.

It needs aiobotocore, which the extra ``async`` installs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Coroutine, Iterable
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from ._aws_clients import open_async_client, secrets_of
from ._base_client import BaseClient
from ._concurrent_tasks import AsyncAnswers
from ._connections import closed_in_flight
from ._services import SERVICES
from ._translations import translating
from .error import CohereError
from .generation import Generations, StreamingGenerations
from .request import GenerateRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from ._aws_clients import Settings
    from ._operations import Operation
    from .mode import Mode

__all__ = ["AsyncAnswers", "AsyncClient"]

AsyncAnswers.__module__ = __name__  # where it is public

_Result = TypeVar("_Result")


class AsyncClient(
    BaseClient[
        Coroutine[Any, Any, Generations],
        Coroutine[Any, Any, StreamingGenerations],
        AsyncAnswers[Generations],
        AsyncAnswers[Generations | CohereError],
        Iterable[str | GenerateRequest] | AsyncIterable[str | GenerateRequest],
    ]
):
    """``Client`` for asyncio: await its calls, and read its streams with ``async for``.

    A task that is cancelled while it waits for a stream closes the connection; a task that may be
    cancelled between two pieces should read it inside ``async with``. One ``AsyncClient`` may be
    used in several event loops: each gets its own aiobotocore client, which ``asyncio.run`` closes
    at its end.

    Args:
        aws_region: The AWS region; by default the one that boto3 is configured for.
        mode: The service.
        region_name: Another name for *aws_region*.
        profile_name: The profile of the AWS configuration to use.
        endpoint_url: The address of the service, in place of the one of the region.
        endpoint_name: The SageMaker endpoint; see ``connect_to_endpoint``.
        session: A session of aiobotocore to make the client from.
        client: A ready client of aiobotocore, for the event loop that it is first used in; it stays
            open. It is changed in two ways: an error of the service that botocore cannot parse
            becomes a ``ClientError``, too, and it follows no redirect.
        config: A ``botocore.config.Config``, for timeouts, retries, the size of the pool, which is
            1000 connections by default; or an ``AioConfig`` of aiobotocore.

    Raises:
        CohereError: ``Unsupported mode``; two regions that differ; or *client* is for the other
            service, or is combined with a region, session or other settings.
        TypeError: *client* is from boto3.
    """

    _asynchronous = True
    _answers_class = AsyncAnswers

    def _init_runtime_state(self) -> None:
        self._client_loop: asyncio.AbstractEventLoop | None = None  # of a client that was given
        # By event loop. A loop that is closed has closed what is here, see open_async_client().
        self._loop_states: dict[asyncio.AbstractEventLoop, _LoopState] = {}

    @property
    def _client(self) -> Any:
        """The client of aiobotocore: that of this event loop, where it is made; may be assigned."""
        ready = self._client_assigned or self._client_given
        if ready is None:
            state = self._loop_states.get(asyncio.get_running_loop())
            ready = state and state.client
        if ready is None:
            raise CohereError("the aiobotocore client is created by the first call that is awaited")
        return ready

    @_client.setter
    def _client(self, client: Any) -> None:
        self._client_assigned = client

    @_client.deleter
    def _client(self) -> None:
        self._client_assigned = None

    def _state_of_this_loop(self) -> _LoopState:
        """Return what is state in the event loop that runs.

        Raises:
            CohereError: The client was given, and used in another event loop.
        """
        loop = asyncio.get_running_loop()
        if self._client_given is not None:
            self._client_loop = self._client_loop or loop
            if self._client_loop is not loop:
                message = "client belongs to another event loop"
                raise CohereError(f"{message}; create one in this loop, or omit client=")
        for other in [other for other in self._loop_states if other.is_closed()]:
            del self._loop_states[other]
        return self._loop_states.setdefault(loop, _LoopState())

    async def _call(self, create_operation: Callable[[], Operation]) -> Any:
        operation = create_operation()
        state = self._state_of_this_loop()
        client = (
            self._client_assigned
            or self._client_given
            or await state.get_client(self.mode, self._settings)
        )
        response, data = await state.run(_send(client, operation), operation.method)
        if operation.stream:
            stream = StreamingGenerations(response[operation.body_key], self.mode, strict=True)
            state.streams.add(stream)
            return stream
        return Generations._from_body(data, response, self.mode)  # noqa: SLF001  # of this package

    async def close(self) -> None:
        """Close the client that was made in this event loop; the next call makes another.

        A call in flight ends with a ``TransportError`` that is not retryable. Streams are closed
        before, for aiohttp lets a task wait for ever that reads one.
        """
        state = self._loop_states.pop(asyncio.get_running_loop(), None)
        if state is not None:
            await state.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _send(client: Any, operation: Operation) -> tuple[Any, bytes]:
    """Return the response, and its body where it is plain."""
    with translating(operation.method, secrets=partial(secrets_of, client)):
        response = await getattr(client, operation.method)(**operation.arguments)
    body = response[operation.body_key]
    if operation.stream:
        return response, b""
    with translating("reading the body", secrets=partial(secrets_of, client)):
        async with body:
            return response, await body.read()


class _LoopState:
    """The client, streams and calls that are open in one event loop."""

    def __init__(self) -> None:
        self.client: Any = None
        self.streams: WeakSet[StreamingGenerations] = WeakSet()
        self._waiting_tasks: set[asyncio.Task[Any]] = set()
        self._cancelled_by_close: set[asyncio.Task[Any]] = set()  # of those, what close() has ended
        self._exit_stack = AsyncExitStack()
        self._lock = asyncio.Lock()

    async def get_client(self, mode: Mode, settings: Settings) -> Any:
        """Return the client of aiobotocore; it is made when it is first asked for."""
        async with self._lock:
            if self.client is None:
                making = open_async_client(SERVICES[mode].name, settings)
                self.client = await self._exit_stack.enter_async_context(making)
            return self.client

    async def run(self, call: Coroutine[Any, Any, _Result], operation: str) -> _Result:
        """Wait for *call*; ``close()`` ends it.

        It does so by cancelling the task that waits. A task for the call alone would give its
        answer some turns of the event loop later, and lose what a connection that is reset had
        brought.
        """
        task: Any = asyncio.current_task()
        self._waiting_tasks.add(task)
        try:
            return await call
        except asyncio.CancelledError:
            # Since Python 3.11, a task counts who cancels it; it may not have been close() alone.
            if task not in self._cancelled_by_close or getattr(task, "uncancel", int)():
                raise
            raise closed_in_flight(operation) from None
        finally:
            self._waiting_tasks.discard(task)
            self._cancelled_by_close.discard(task)

    async def close(self) -> None:
        """End what is in flight, and close the streams, and then the client."""
        async with self._lock, self._exit_stack:  # which is closed in any case
            self._cancelled_by_close |= self._waiting_tasks
            for task in self._waiting_tasks:
                task.cancel()
            for stream in list(self.streams):
                await stream.aclose()
