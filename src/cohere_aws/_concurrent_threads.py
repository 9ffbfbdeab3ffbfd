"""Many calls at once, made by threads; see ``_concurrent``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._concurrent import END, Call, Window, check_iterable
from .error import CohereError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

    from ._results import Generations

__all__ = ["Answers"]

_Result = TypeVar("_Result", covariant=True)  # noqa: PLC0105  # only the checker sees its name

# How many seconds ``close`` waits for an iterable that is making a request. It may wait for a
# result that is never taken, and nothing can interrupt it.
_GRACE = 1


class Answers(Generic[_Result]):
    """The results of many calls, made by threads; an iterator that goes on after an error.

    ``Client.generate_many`` returns it. Leave it early inside ``with``, or ``close()`` it, so that
    no call is left to run. Several threads may read it; each result goes to one of them.
    """

    def __init__(
        self, requests: Iterable[Any], generate: Callable[[Any], Generations], **options: Any
    ) -> None:
        check_iterable(requests, Iterable)
        window = Window(requests, **options)
        # The threads refer to their window and not to this object, so that it can be collected, and
        # they end, when a loop is left without close().
        self._threads = _Threads(iter(requests), generate, window)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _Result:
        result = self._threads.take()
        if result is END:
            self.close()
            raise StopIteration
        return result  # type: ignore[no-any-return]  # the overloads say which

    def close(self) -> None:
        """Begin no more calls, and wait for those that were begun.

        A ``KeyboardInterrupt`` or ``SystemExit`` that passes does not wait: the calls end by
        themselves or with the interpreter. An iterable that is waiting is left to its thread.
        """
        self._threads.end()
        if not isinstance(sys.exc_info()[1], (KeyboardInterrupt, SystemExit)):
            self._threads.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_threads"):  # the arguments may have been refused
            self._threads.abandon()


class _Threads:
    """One thread that reads requests, and one for each call in flight.

    All are daemons: a call cannot be interrupted, and the interpreter must not wait for it when it
    exits, as it does for the threads of ``concurrent.futures``.
    """

    def __init__(
        self, requests: Iterator[Any], generate: Callable[[Any], Any], window: Window
    ) -> None:
        self._requests = requests
        self._generate = generate
        self._window = window
        self._changed = threading.Condition()  # guards the window, and says when to look again
        self._reader: threading.Thread | None = None
        self._call_threads: list[threading.Thread] = []

    def take(self) -> Any:
        """Return the next result as soon as it is there, or ``END``."""
        with self._changed:
            if self._reader is None and not self._window.ended:
                self._reader = _start_thread(self._read)
            # An interrupt while it waits takes nothing, so the next call goes on here.
            self._changed.wait_for(self._window.ready)
            try:
                return self._window.take()
            finally:
                self._changed.notify_all()  # there is room

    def end(self) -> None:
        """Begin no more calls."""
        with self._changed:
            self._window.end()
            self._changed.notify_all()

    def abandon(self) -> None:
        """Begin no more calls, because the results are not read any more; for ``__del__``."""
        self._window.ended = True
        # A daemon that the exiting interpreter has stopped may hold the lock for ever.
        if self._changed.acquire(timeout=_GRACE):
            self._changed.notify_all()
            self._changed.release()

    def join(self) -> None:
        """Wait for the calls in flight, and a while for the iterable of requests."""
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join(_GRACE)
        for thread in self._call_threads:
            thread.join()

    def _read(self) -> None:
        try:
            while self._wait_for_room() and (request := next(self._requests, END)) is not END:
                self._start_call(request)
                del request  # not held while it waits
        except BaseException as error:  # noqa: BLE001  # it is raised in its turn
            self._end_of_requests(error)
        else:
            self._end_of_requests(None)
        self._requests = iter(())  # a generator is closed by the thread that ran it

    def _end_of_requests(self, failure: BaseException | None) -> None:
        with self._changed:
            self._window.end_of_requests(failure)
            self._changed.notify_all()

    def _wait_for_room(self) -> bool:
        window = self._window
        with self._changed:
            self._changed.wait_for(lambda: window.ended or window.has_room())
            return not window.ended

    def _start_call(self, request: Any) -> None:
        with self._changed:
            if not self._window.ended:
                call = Call()
                thread = _start_thread(
                    self._run_call, call, request
                )  # or fails, and then there is no call
                self._window.begin(call)
                self._call_threads = [
                    *filter(threading.Thread.is_alive, self._call_threads),
                    thread,
                ]

    def _run_call(self, call: Call, request: Any) -> None:
        try:
            call.result = self._call_with_retries(request)
        except BaseException as error:  # noqa: BLE001  # likewise
            call.error = error
        with self._changed:
            call.done = True
            self._changed.notify_all()

    def _call_with_retries(self, request: Any) -> Any:
        delays = self._window.delays()
        while True:
            try:
                return self._generate(request)
            except CohereError as error:  # noqa: PERF203  # which attempt fails is to be known
                seconds = next(delays, None) if error.retryable else None
                if seconds is None or self._ended_within(seconds):
                    raise

    def _ended_within(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._window.ended, seconds)


def _start_thread(do: Callable[..., None], *args: Any) -> threading.Thread:
    """Run *do* in a thread of its own, which sees the context variables of this one."""
    run = copy_context().run
    thread = threading.Thread(target=run, args=(do, *args), name="generate_many", daemon=True)
    thread.start()
    return thread
