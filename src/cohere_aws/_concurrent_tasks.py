"""Concurrent calls in tasks: one task for each call, and one that reads the requests.

All run in one event loop, so the window (``_concurrent``) needs no lock. An ``Event`` is set at
each change: when a call ends, a result is taken, the requests end, or the iterator is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._concurrent import END, Call, Window, check_iterable
from .error import CohereError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from typing_extensions import Self

    from ._generations import Generations

__all__ = ["AsyncAnswers"]

_Result = TypeVar("_Result", covariant=True)  # noqa: PLC0105  # PEP 8 wants _co in the name, which help() shows


class AsyncAnswers(Generic[_Result]):
    """Answers of many calls, in the order of the requests.

    ``AsyncClient.generate_many`` returns it. An error does not end the iterator: the next answer
    follows it. To leave a loop early, use ``async with`` or ``aclose()``, so that no calls
    continue. If a task is cancelled while it waits for an answer, another can take that answer.
    Several tasks may share the iterator; each answer goes to one of them.
    """

    def __init__(
        self,
        requests: Iterable[Any] | AsyncIterable[Any],
        generate: Callable[[Any], Coroutine[Any, Any, Generations]],
        **options: Any,
    ) -> None:
        check_iterable(requests, (AsyncIterable, Iterable))
        window = Window(requests, **options)
        reader = aiter(requests) if isinstance(requests, AsyncIterable) else iter(requests)
        # The tasks refer to the window and not to this object. So if a loop is left without
        # aclose(), this object is collected, and __del__ cancels the tasks.
        self._tasks = _Tasks(reader, generate, window)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Result:
        result = await self._tasks.take()
        if result is END:
            await self.aclose()
            raise StopAsyncIteration
        return result  # type: ignore[no-any-return]  # the overloads of generate_many say which

    async def aclose(self) -> None:
        """Start no more calls, and cancel the calls in flight."""
        # The iterable of requests may call this in the task that reads it, which must not cancel
        # and await itself.
        cancelled = self._tasks.cancel(besides=asyncio.current_task())
        await asyncio.gather(*cancelled, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if hasattr(self, "_tasks"):  # it is missing if __init__ raised
            with suppress(RuntimeError):  # the event loop is closed, and ended the tasks
                self._tasks.cancel()


class _Tasks:
    """One task that reads requests, and one for each call in flight."""

    def __init__(
        self,
        requests: Iterator[Any] | AsyncIterator[Any],
        generate: Callable[[Any], Coroutine[Any, Any, Any]],
        window: Window,
    ) -> None:
        self._requests = requests
        self._generate = generate
        self._window = window
        self._changed = asyncio.Event()  # wakes all tasks that wait for the window
        self._reader: asyncio.Task[None] | None = None
        # The event loop refers to tasks weakly; without these references, they could be collected.
        self._call_tasks: set[asyncio.Task[Any]] = set()

    async def take(self) -> Any:
        """Wait for the next result, and return it, or ``END``."""
        # Started here and not at creation: an iterator that is never read calls nothing.
        if self._reader is None and not self._window.ended:
            self._reader = asyncio.create_task(self._read())
        # A task that is cancelled here has taken no result.
        await self._wait_for(self._window.ready)
        try:
            return self._window.take()
        finally:
            self._changed.set()  # the window has room

    def cancel(self, *, besides: asyncio.Task[Any] | None = None) -> list[asyncio.Task[Any]]:
        """Start no more calls; cancel all tasks but one, and return them."""
        self._window.end()
        self._changed.set()
        tasks = [task for task in (self._reader, *self._call_tasks) if task and task is not besides]
        for task in tasks:
            task.cancel()
        return tasks

    async def _wait_for(self, condition: Callable[[], bool]) -> None:
        while not condition():
            # Clearing the event here is safe: set() has already scheduled every task that waited,
            # even if one of them clears the event before the others run.
            self._changed.clear()
            await self._changed.wait()

    async def _read(self) -> None:
        window = self._window
        try:
            while True:
                await self._wait_for(window.has_room)
                request = await self._next_request()
                # An iterable may catch its cancellation and still return a request.
                if request is END or window.ended:
                    break
                self._start_call(request)
                del request  # frees its memory while this task waits
        except asyncio.CancelledError:
            # After cancel(), the window discards this error. Otherwise the iterable itself was
            # cancelled; without an error, its other requests would be lost in silence.
            window.end_of_requests(CohereError("reading the requests was cancelled"))
            raise
        except Exception as error:  # noqa: BLE001  # take() raises it after the last result
            window.end_of_requests(error)
        else:
            window.end_of_requests(None)
        finally:
            self._changed.set()

    async def _next_request(self) -> Any:
        if isinstance(self._requests, AsyncIterator):
            return await anext(self._requests, END)
        # Other tasks run between two requests of a plain iterable, so results can be taken.
        await asyncio.sleep(0)
        return next(self._requests, END)

    def _start_call(self, request: Any) -> None:
        call, task = Call(), asyncio.create_task(self._call_with_retries(request))
        task.add_done_callback(partial(self._finish_call, call))
        self._window.add(call)
        self._call_tasks.add(task)

    def _finish_call(self, call: Call, task: asyncio.Task[Any]) -> None:
        self._call_tasks.discard(task)
        if task.cancelled():
            # An error like any other: a CancelledError would cancel the task that takes it.
            call.error = CohereError("the call was cancelled")
        else:
            # asyncio logs exceptions that are never retrieved; this retrieves it.
            call.error = task.exception()
            call.result = None if call.error else task.result()
        call.done = True
        self._changed.set()

    async def _call_with_retries(self, request: Any) -> Any:
        delays = self._window.delays()
        while True:
            try:
                return await self._generate(request)
            except CohereError as error:
                seconds = next(delays, None) if error.retryable else None
                if seconds is None:
                    raise
            await asyncio.sleep(seconds)
