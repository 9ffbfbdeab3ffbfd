"""``AsyncClient``: the methods of ``Client`` for asyncio, based on aiobotocore.

aiobotocore is optional; the extra ``async`` installs it. Its clients belong to one event loop, so
an ``AsyncClient`` keeps a client, its streams and its calls for each loop that it is used in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Coroutine, Iterable
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from ._answer_methods import AnswerMethods
from ._aws_clients import open_async_client, secrets_of
from ._base_client import BaseClient
from ._call_log import logging_to
from ._caller import GENERATIONS
from ._chat_method import ChatMethod
from ._concurrent_tasks import AsyncAnswers
from ._connections import closed_in_flight
from ._embed_methods import EmbedMethods
from ._operations import check_members
from ._plain import reading
from ._request import Request
from ._services import SERVICES
from ._translations import translating
from .error import CohereError, InvalidRequestError
from .generation import Generations, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from ._aws_clients import Settings
    from ._caller import AnswerForm
    from ._operations import Operation
    from ._streaming import StreamingAnswer
    from .chat import Chat, StreamingChat
    from .classification import Classifications
    from .embeddings import Embeddings, EmbeddingsByType
    from .mode import Mode
    from .rerank import Reranking
    from .summary import Summary

__all__ = ["AsyncAnswers", "AsyncClient"]

AsyncAnswers.__module__ = __name__  # where it is public

_Result = TypeVar("_Result")


class AsyncClient(
    BaseClient[
        Coroutine[Any, Any, Generations],
        Coroutine[Any, Any, StreamingGenerations],
        AsyncAnswers[Generations],
        AsyncAnswers[Generations | CohereError],
        Iterable[str | Request] | AsyncIterable[str | Request],
    ],
    # In quotes, because the methods import these classes when they are first called.
    ChatMethod[Coroutine[Any, Any, "Chat"], Coroutine[Any, Any, "StreamingChat"]],
    EmbedMethods[
        Coroutine[Any, Any, "Embeddings | EmbeddingsByType"],
        AsyncAnswers["Embeddings | EmbeddingsByType"],
        AsyncAnswers["Embeddings | EmbeddingsByType | CohereError"],
        Iterable[str] | AsyncIterable[str],
    ],
    AnswerMethods[
        Coroutine[Any, Any, "Reranking"],
        Coroutine[Any, Any, "Classifications"],
        Coroutine[Any, Any, "Summary"],
    ],
):
    """``Client`` for asyncio: await its calls, and read its streams with ``async for``.

    A task that is cancelled while it waits for a stream closes the connection. A task that may be
    cancelled between two pieces should read the stream inside ``async with``. One ``AsyncClient``
    may be used in several event loops: it creates an aiobotocore client for each, which
    ``asyncio.run`` closes at the end of the loop.

    Args:
        aws_region: AWS region; by default the one that boto3 is configured for.
        mode: Service.
        region_name: Another name for *aws_region*, whose form is not checked.
        profile_name: Profile of the AWS configuration.
        endpoint_url: URL of the service, in place of the default one of the region.
        endpoint_name: SageMaker endpoint; see ``connect_to_endpoint``.
        session: A session of aiobotocore to create the client from.
        client: A client of aiobotocore, for the event loop of its first call; it stays open. It is
            patched to raise a ``ClientError`` also for an error of the service that botocore cannot
            parse, and not to follow redirects.
        config: A ``botocore.config.Config``, for example for timeouts, retries, or the size of the
            connection pool, which is 1000 by default; or an ``AioConfig`` of aiobotocore.

    Raises:
        CohereError: ``Unsupported mode``.
        InvalidRequestError: *aws_region* is not a region; two regions differ; *client* is for
            another service, or is combined with a region, session or config; or *config* is not a
            ``Config``.
        TypeError: *client* is from boto3, or is not a client.
    """

    _asynchronous = True
    _answers_class = AsyncAnswers

    def _init_runtime_state(self) -> None:
        # The event loop of a client that was given: that of its first call.
        self._given_client_loop: asyncio.AbstractEventLoop | None = None
        # By event loop. At its end, a loop closes the client in its state; see open_async_client().
        self._loop_states: dict[asyncio.AbstractEventLoop, _LoopState] = {}

    @property
    def _client(self) -> Any:
        """Return the aiobotocore client of the running event loop; it may be assigned.

        Raises:
            InvalidRequestError: It does not exist yet: creating it takes an ``await``.
        """
        client = self._client_assigned or self._client_given
        if client is None:
            state = self._loop_states.get(asyncio.get_running_loop())
            client = state and state.client
        if client is None:
            message = "the aiobotocore client does not exist yet; the first awaited call creates it"
            raise InvalidRequestError(message)
        return client

    @_client.setter
    def _client(self, client: Any) -> None:
        self._client_assigned = client

    @_client.deleter
    def _client(self) -> None:
        self._client_assigned = None

    def _state_of_running_loop(self) -> _LoopState:
        """Return the state of the running event loop.

        Raises:
            InvalidRequestError: The client was given, and its first call was in another event loop.
        """
        loop = asyncio.get_running_loop()
        if self._client_given is not None:
            self._given_client_loop = self._given_client_loop or loop
            if self._given_client_loop is not loop:
                message = "client belongs to another event loop"
                raise InvalidRequestError(f"{message}; create one in this loop, or omit client=")
        # A program may run many loops one after the other.
        for closed in [other for other in self._loop_states if other.is_closed()]:
            del self._loop_states[closed]
        return self._loop_states.setdefault(loop, _LoopState())

    async def _call(
        self, create_operation: Callable[[], Operation], form: AnswerForm = GENERATIONS
    ) -> Any:
        operation = create_operation()
        state = self._state_of_running_loop()
        client = self._client_assigned or self._client_given
        if client is None:
            client = await state.get_client(self.mode, self._settings)
        with logging_to(self._log_of(operation)) as log:
            response, data = await state.run(_send(client, operation), operation.method)
            answer = self._answer_in(response, data, operation, form, log)
        if operation.stream:
            state.streams.add(answer)
        return answer

    async def close(self) -> None:
        """Close the client that was created in this event loop; the next call creates another.

        Calls in flight end with a ``TransportError`` that is not retryable. Streams are closed.
        """
        state = self._loop_states.pop(asyncio.get_running_loop(), None)
        if state is not None:
            await state.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _send(client: Any, operation: Operation) -> tuple[Any, bytes]:
    """Make a call; return the response, and the bytes of its body if it has one."""
    check_members(client, operation)
    with translating(operation.method, secrets=partial(secrets_of, client)):
        response = await getattr(client, operation.method)(**operation.arguments)
    if operation.stream or operation.member is None:
        return response, b""
    body = response[operation.member]
    with reading(response), translating("reading the body", secrets=partial(secrets_of, client)):
        async with body:
            return response, await body.read()


class _LoopState:
    """The client, streams and calls that are open in one event loop."""

    def __init__(self) -> None:
        self.client: Any = None
        self.streams: WeakSet[StreamingAnswer[Any, Any]] = WeakSet()  # a stream may be abandoned
        self._waiting_tasks: set[asyncio.Task[Any]] = set()
        self._cancelled_tasks: set[asyncio.Task[Any]] = set()  # cancelled by close(), not by others
        self._exit_stack = AsyncExitStack()
        # Several tasks may make the first call; also, close() waits until a client is created.
        self._lock = asyncio.Lock()

    async def get_client(self, mode: Mode, settings: Settings) -> Any:
        """Return the aiobotocore client, which the first call of this method creates."""
        async with self._lock:
            if self.client is None:
                opening = open_async_client(SERVICES[mode].name, settings)
                self.client = await self._exit_stack.enter_async_context(opening)
            return self.client

    async def run(self, call: Coroutine[Any, Any, _Result], operation: str) -> _Result:
        """Await *call*; if ``close()`` ends it, raise a ``TransportError``.

        ``close()`` cancels the task that awaits. A separate task for the call would be easier to
        cancel, but it would return some turns of the event loop later. In that time a reset of the
        connection would discard the data that had arrived.
        """
        task: Any = asyncio.current_task()
        self._waiting_tasks.add(task)
        try:
            return await call
        except asyncio.CancelledError:
            # If close() alone cancelled the task, this is an error of the call. If others did, too,
            # the task must end. Since Python 3.11 a task counts the requests to cancel it, and
            # uncancel() returns the number of the others; before, it is taken for 0.
            if task not in self._cancelled_tasks or getattr(task, "uncancel", int)():
                raise
            raise closed_in_flight(operation) from None
        finally:
            self._waiting_tasks.discard(task)
            self._cancelled_tasks.discard(task)

    async def close(self) -> None:
        """Cancel the calls in flight, close the streams, and then close the client.

        Streams come before the client: aiohttp would let a task that reads one wait forever.
        """
        async with self._lock, self._exit_stack:  # closes the client even if a stream fails to
            self._cancelled_tasks |= self._waiting_tasks
            for task in self._waiting_tasks:
                task.cancel()
            for stream in list(self.streams):
                await stream.aclose()
