"""Concurrent calls in threads: one thread for each call, and one that reads the requests.

One ``Condition`` guards the window (``_concurrent``). It is notified at each change: when a call
ends, a result is taken, the requests end, or the iterator is closed.
"""

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

    from ._generations import Generations

__all__ = ["Answers"]

_Result = TypeVar("_Result", covariant=True)  # noqa: PLC0105  # PEP 8 wants _co in the name, which help() shows

# Seconds that close() waits for the thread that reads the requests. Nothing can interrupt an
# iterable, and it may wait for a result that is never taken.
_GRACE = 1


class Answers(Generic[_Result]):
    """Answers of many calls, in the order of the requests.

    ``Client.generate_many`` returns it. An error does not end the iterator: the next answer follows
    it. To leave a loop early, use ``with`` or ``close()``, so that no calls continue. Several
    threads may share the iterator; each answer goes to one of them.
    """

    def __init__(
        self, requests: Iterable[Any], generate: Callable[[Any], Generations], **options: Any
    ) -> None:
        check_iterable(requests, Iterable)
        window = Window(requests, **options)
        # The threads refer to the window and not to this object. So if a loop is left without
        # close(), this object is collected, and __del__ ends the threads.
        self._threads = _Threads(iter(requests), generate, window)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _Result:
        result = self._threads.take()
        if result is END:
            self.close()
            raise StopIteration
        return result  # type: ignore[no-any-return]  # the overloads of generate_many say which

    def close(self) -> None:
        """Start no more calls, and wait for the calls in flight.

        While a ``KeyboardInterrupt`` or ``SystemExit`` propagates, do not wait: the calls end by
        themselves, or with the interpreter. A blocked iterable of requests is left to its thread.
        """
        self._threads.end()
        if not isinstance(sys.exc_info()[1], (KeyboardInterrupt, SystemExit)):
            self._threads.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_threads"):  # it is missing if __init__ raised
            self._threads.abandon()


class _Threads:
    """One thread that reads requests, and one for each call in flight.

    They are daemons, and not threads of ``concurrent.futures``, for which the interpreter waits at
    exit: a call cannot be interrupted, so Ctrl-C would wait for the longest timeout.
    """

    def __init__(
        self, requests: Iterator[Any], generate: Callable[[Any], Any], window: Window
    ) -> None:
        self._requests = requests
        self._generate = generate
        self._window = window
        self._changed = threading.Condition()  # guards the window and both attributes below
        self._reader: threading.Thread | None = None
        self._call_threads: list[threading.Thread] = []

    def take(self) -> Any:
        """Wait for the next result, and return it, or ``END``."""
        with self._changed:
            # Started here and not at creation: an iterator that is never read calls nothing.
            if self._reader is None and not self._window.ended:
                self._reader = _start_thread(self._read)
            # A KeyboardInterrupt raised here takes no result, so a later call can take it.
            self._changed.wait_for(self._window.ready)
            try:
                return self._window.take()
            finally:
                self._changed.notify_all()  # the window has room

    def end(self) -> None:
        """Start no more calls."""
        with self._changed:
            self._window.end()
            self._changed.notify_all()

    def abandon(self) -> None:
        """Start no more calls, because the results are no longer read; for ``__del__``."""
        self._window.ended = True  # without the lock, in case it cannot be acquired
        # At exit the interpreter stops daemons, and a stopped one may hold the lock forever.
        if self._changed.acquire(timeout=_GRACE):
            self._changed.notify_all()
            self._changed.release()

    def join(self) -> None:
        """Wait for the calls in flight, and at most ``_GRACE`` seconds for the reader."""
        # The iterable of requests may call close(), in the thread of the reader.
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join(_GRACE)
        for thread in self._call_threads:
            thread.join()

    def _read(self) -> None:
        try:
            while self._wait_for_room() and (request := next(self._requests, END)) is not END:
                self._start_call(request)
                del request  # frees its memory while this thread waits
        except BaseException as error:  # noqa: BLE001  # take() raises it after the last result
            self._end_of_requests(error)
        else:
            self._end_of_requests(None)
        # Frees the iterable here, so that a generator is closed in the thread that ran it.
        self._requests = iter(())

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
            # The iterator may have been closed while the request was read.
            if not self._window.ended:
                call = Call()
                # Before add(): if the thread cannot be started, no result must be waited for.
                thread = _start_thread(self._run_call, call, request)
                self._window.add(call)
                alive = filter(threading.Thread.is_alive, self._call_threads)
                self._call_threads = [*alive, thread]

    def _run_call(self, call: Call, request: Any) -> None:
        try:
            call.result = self._call_with_retries(request)
        except BaseException as error:  # noqa: BLE001  # take() raises it at its position
            call.error = error
        with self._changed:
            call.done = True
            self._changed.notify_all()

    def _call_with_retries(self, request: Any) -> Any:
        delays = self._window.delays()
        while True:
            try:
                return self._generate(request)
            except CohereError as error:  # noqa: PERF203  # each attempt has its own error
                seconds = next(delays, None) if error.retryable else None
                if seconds is None or self._ended_within(seconds):
                    raise

    def _ended_within(self, seconds: float) -> bool:
        """Wait *seconds*, or until the window is ended; return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._window.ended, seconds)


def _start_thread(run: Callable[..., None], *arguments: Any) -> threading.Thread:
    """Start a daemon thread with a copy of the context variables of this thread."""
    in_context = copy_context().run
    thread = threading.Thread(
        target=in_context, args=(run, *arguments), name="generate_many", daemon=True
    )
    thread.start()
    return thread
