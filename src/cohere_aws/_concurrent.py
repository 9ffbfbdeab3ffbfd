"""Concurrent calls whose results come in the order of their requests.

``Window`` holds the calls that were started and whose results were not taken yet. It never waits;
``_concurrent_threads`` and ``_concurrent_tasks`` do, for the two clients.

* One worker reads a request whenever the window has room, and starts its call. So an iterable of
  requests may wait for the results of earlier requests.
* A result can be taken as soon as it and all before it are there. Until then, its call keeps its
  place in the window, so at most *max_concurrency* requests are read ahead of the results that were
  taken: memory is bounded, and the iterable may be endless.
* An error takes the place of its result and carries its position. The next result can still be
  taken, so an error loses no other result.
"""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal

from ._field import check_flag, python_type
from ._progress import progress_bar
from .error import CohereError, InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["END", "Call", "OnError", "Window", "backoff", "check_iterable"]

OnError = Literal["raise", "return"]

END: Final = object()  # returned in place of a request or a result when there are no more

# Seconds; the same limit as in botocore's retry mode "standard" (botocore.retries.standard).
_MAX_DELAY = 20


def backoff(retries: int) -> Iterator[float]:
    """Yield the seconds to wait before each retry.

    The method is exponential backoff with "full jitter":
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
    """
    for attempt in range(retries):
        yield random.random() * min(2**attempt, _MAX_DELAY)  # noqa: S311  # not cryptographic


class Call:
    """State of one call; ``result`` or ``error`` is set before ``done``."""

    __slots__ = ("done", "error", "result")

    def __init__(self) -> None:
        self.done = False
        self.error: BaseException | None = None
        self.result: Any = None


class Window:
    """Calls that were started and whose results were not taken, in the order of their requests.

    Raises:
        InvalidRequestError: An argument is not as ``generate_many`` documents it.
    """

    def __init__(
        self,
        requests: object,
        *,
        max_concurrency: int,
        on_error: OnError,
        retries: int,
        progress: bool,
    ) -> None:
        _check_count("max_concurrency", max_concurrency, least=1)
        _check_count("retries", retries, least=0)
        check_flag(progress=progress)
        if on_error not in ("raise", "return"):
            raise InvalidRequestError(f"on_error is {on_error!r:.40}; expected 'raise' or 'return'")
        self._size = max_concurrency
        self._retries = retries
        self._returns_errors = on_error == "return"
        self._calls: deque[Call] = deque()
        self._position = 0  # of the next result to take
        # Set together: no more requests will come, and the exception that reading them raised.
        self._requests_ended = False
        self._failure: BaseException | None = None
        self._bar = progress_bar(requests, wanted=progress)
        self.ended = False  # all results were taken, or the iterator was closed

    def has_room(self) -> bool:
        """Return whether one more request may be read."""
        return len(self._calls) < self._size

    def add(self, call: Call) -> None:
        """Add *call*, whose result comes after all others."""
        self._calls.append(call)

    def end_of_requests(self, failure: BaseException | None) -> None:
        """Note that there are no more requests, or that reading them raised *failure*."""
        self._requests_ended = True
        self._failure = None if self.ended else failure  # after the end, it is not raised

    def ready(self) -> bool:
        """Return whether ``take`` can return: the first result is there, or there are no more."""
        return self.ended or (self._calls[0].done if self._calls else self._requests_ended)

    def take(self) -> Any:
        """Return the next result, or ``END``; call it only when ``ready``.

        Raise the error of a call; with ``on_error="return"``, return it. After the last result,
        raise the exception that reading the requests raised.
        """
        if not self._calls:
            failure = self._failure
            self.end()
            if failure is not None:
                raise failure
            return END
        call = self._calls.popleft()
        position, self._position = self._position, self._position + 1
        self._bar.update()
        # The frames of the error refer to the call: without the reference cycle, both are freed
        # at once.
        error, call.error = call.error, None
        if error is None:
            return call.result
        if not isinstance(error, CohereError):
            raise error  # an exception of foreign code, such as KeyboardInterrupt, is unchanged
        error.position = position
        error.message = f"request {position}: {error.message}"
        if not self._returns_errors:
            raise error
        _drop_frames(error)
        return error

    def delays(self) -> Iterator[float]:
        """Return an iterator over the seconds to wait before each retry of a call."""
        return backoff(self._retries)

    def end(self) -> None:
        """Discard all calls; ``take`` returns ``END`` from now on."""
        self.ended = True
        self._failure = None
        self._calls.clear()
        self._bar.close()


def check_iterable(
    values: object, kinds: type | tuple[type, ...], name: str = "requests", noun: str = "prompts"
) -> None:
    """Check that *values*, the argument *name*, is an iterable of one of these *kinds*.

    A string is refused: each of its characters would be a prompt.

    Raises:
        InvalidRequestError: It is not.
    """
    if isinstance(values, (str, bytes)) or not isinstance(values, kinds):
        hint = "; AsyncClient accepts it" if hasattr(values, "__aiter__") else ""
        found = f"{python_type(values)}; expected an iterable of {noun}"
        raise InvalidRequestError(f"{name} is {found}{hint}")


def _check_count(name: str, value: object, *, least: int) -> None:
    if type(value) is not int or value < least:  # a bool is an int, but not a count
        expected = f"expected an integer of {least} or more"
        raise InvalidRequestError(f"{name} is {value!r:.40}; {expected}")


def _drop_frames(error: BaseException | None) -> None:
    """Remove the tracebacks of *error* and its causes, whose frames keep the request in memory."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
