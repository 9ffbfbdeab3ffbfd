"""Many calls at once, made by tasks; see ``_concurrent``."""

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

    from ._results import Generations

__all__ = ["AsyncAnswers"]

_Result = TypeVar("_Result", covariant=True)  # noqa: PLC0105  # only the checker sees its name


class AsyncAnswers(Generic[_Result]):
    """The results of many calls, made by tasks; an iterator that goes on after an error.

    ``AsyncClient.generate_many`` returns it. Leave it early inside ``async with``, or ``aclose()``
    it, so that no call is left to run. A task that is cancelled while it waits for a result loses
    none: another can go on. Several tasks may read it; each result goes to one of them.
    """

    def __init__(
        self,
        requests: Iterable[Any] | AsyncIterable[Any],
        generate: Callable[[Any], Coroutine[Any, Any, Generations]],
        **options: Any,
    ) -> None:
        check_iterable(requests, (AsyncIterable, Iterable))
        window = Window(requests, **options)
        reading = aiter(requests) if isinstance(requests, AsyncIterable) else iter(requests)
        # The tasks refer to their window and not to this object, so that it can be collected, and
        # they are cancelled, when a loop is left without aclose().
        self._tasks = _Tasks(reading, generate, window)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Result:
        result = await self._tasks.take()
        if result is END:
            await self.aclose()
            raise StopAsyncIteration
        return result  # type: ignore[no-any-return]  # the overloads say which

    async def aclose(self) -> None:
        """Begin no more calls, and cancel those that were begun."""
        # The iterable of requests may call this, within the task that reads it.
        cancelled = self._tasks.cancel(but=asyncio.current_task())
        await asyncio.gather(*cancelled, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if hasattr(self, "_tasks"):  # the arguments may have been refused
            with suppress(RuntimeError):  # the event loop is closed, and they have ended with it
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
        self._changed = asyncio.Event()  # says when to look at the window again
        self._reader: asyncio.Task[None] | None = None
        self._call_tasks: set[asyncio.Task[Any]] = set()

    async def take(self) -> Any:
        """Return the next result as soon as it is there, or ``END``."""
        if self._reader is None and not self._window.ended:
            self._reader = asyncio.create_task(self._read())
        await self._wait_for(self._window.ready)
        try:
            return self._window.take()
        finally:
            self._changed.set()  # there is room

    def cancel(self, *, but: asyncio.Task[Any] | None = None) -> list[asyncio.Task[Any]]:
        """Begin no more calls, and cancel those that were begun; return their tasks."""
        self._window.end()
        self._changed.set()
        tasks = [task for task in (self._reader, *self._call_tasks) if task and task is not but]
        for task in tasks:
            task.cancel()
        return tasks

    async def _wait_for(self, condition: Callable[[], bool]) -> None:
        while not condition():
            # Setting an event wakes all that wait for it, also if one of them clears it at once.
            self._changed.clear()
            await self._changed.wait()

    async def _read(self) -> None:
        window = self._window
        try:
            while True:
                await self._wait_for(window.has_room)
                request = await self._next_request()
                if request is END or window.ended:
                    break
                self._start_call(request)
                del request  # not held while it waits
        except asyncio.CancelledError:
            window.end_of_requests(CohereError("reading the requests was cancelled"))
            raise
        except Exception as error:  # noqa: BLE001  # it is raised in its turn
            window.end_of_requests(error)
        else:
            window.end_of_requests(None)
        finally:
            self._changed.set()

    async def _next_request(self) -> Any:
        if isinstance(self._requests, AsyncIterator):
            return await anext(self._requests, END)
        await asyncio.sleep(0)  # results can be taken between two requests of a plain iterable
        return next(self._requests, END)

    def _start_call(self, request: Any) -> None:
        call, task = Call(), asyncio.create_task(self._call_with_retries(request))
        task.add_done_callback(partial(self._done, call))
        self._window.begin(call)
        self._call_tasks.add(task)

    def _done(self, call: Call, task: asyncio.Task[Any]) -> None:
        self._call_tasks.discard(task)
        if task.cancelled():
            call.error = CohereError("the call was cancelled")
        else:
            call.error = task.exception()  # asyncio logs one that is not looked at
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
