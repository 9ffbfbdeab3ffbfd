"""Many calls at once, with their results in the order of their requests.

``Window`` holds the calls that were begun and whose results were not taken yet; it never waits. One
worker takes a request whenever the window has room and begins its call, so that reading, asking and
handing over go on beside each other: a result can be taken as soon as it and all before it are
there, and an iterable of requests may wait for results of earlier ones. At most *max_concurrency*
requests are read, asked or held in memory ahead of the results that were taken. A failure has the
position of its request, and iterating goes on after it, so it loses no other result.

``_concurrent_threads`` does this for a plain client, ``_concurrent_tasks`` for an asynchronous one.
"""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal

from ._field import check_flag
from ._progress import progress_bar
from .error import CohereError, InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["END", "Call", "OnError", "Window", "check_iterable"]

OnError = Literal["raise", "return"]

END: Final = object()  # in place of a request or a result: there are no more

# Seconds. The longest is that of botocore's mode "standard" (botocore.retries.standard).
_LONGEST_DELAY = 20


class Call:
    """A call that was begun: its result or its error, once it is done."""

    __slots__ = ("done", "error", "result")

    def __init__(self) -> None:
        self.done = False
        self.error: BaseException | None = None
        self.result: Any = None


class Window:
    """The calls that were begun and whose results were not taken, in order.

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
            raise InvalidRequestError(f"on_error is {on_error!r}; expected 'raise' or 'return'")
        self._size = max_concurrency
        self._retries = retries
        self._returns_errors = on_error == "return"
        self._calls: deque[Call] = deque()
        self._position = 0
        self._requests_ended = False
        self._failure: BaseException | None = None
        self._bar = progress_bar(requests, wanted=progress)
        self.ended = False

    def has_room(self) -> bool:
        """Return whether one more request may be read."""
        return len(self._calls) < self._size

    def begin(self, call: Call) -> None:
        """Put *call* into its place."""
        self._calls.append(call)

    def end_of_requests(self, failure: BaseException | None) -> None:
        """Note that there are no more requests; *failure* is what reading them raised."""
        self._requests_ended = True
        self._failure = None if self.ended else failure

    def ready(self) -> bool:
        """Return whether ``take`` has something to give."""
        return self.ended or (self._calls[0].done if self._calls else self._requests_ended)

    def take(self) -> Any:
        """Return the first result, or ``END``.

        Raise an error of reading the requests, and the error of a call, at its position in the
        order. With ``on_error="return"``, return the error of a call instead.
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
        error, call.error = call.error, None  # its frames know the call: break the circle
        if error is None:
            return call.result
        if not isinstance(error, CohereError):
            raise error
        error.position = position
        error.message = f"request {position}: {error.message}"
        if not self._returns_errors:
            raise error
        _drop_frames(error)
        return error

    def delays(self) -> Iterator[float]:
        """Yield the seconds to wait before each retry of a call: exponential, and random from 0.

        https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/: "full jitter".
        """
        for tried in range(self._retries):
            yield random.random() * min(2**tried, _LONGEST_DELAY)  # noqa: S311  # hides nothing

    def end(self) -> None:
        """Give up the calls that were begun."""
        self.ended = True
        self._failure = None
        self._calls.clear()
        self._bar.close()


def check_iterable(requests: object, kinds: type | tuple[type, ...]) -> None:
    """Raise an ``InvalidRequestError`` if *requests* is not an iterable of one of these *kinds*.

    A string is refused, too: each of its characters would be a prompt.
    """
    if isinstance(requests, (str, bytes)) or not isinstance(requests, kinds):
        hint = "; AsyncClient accepts it" if hasattr(requests, "__aiter__") else ""
        found = f"of type {type(requests).__name__}; expected an iterable of prompts"
        raise InvalidRequestError(f"requests is {found}{hint}")


def _check_count(name: str, value: object, *, least: int) -> None:
    if type(value) is not int or value < least:
        expected = f"expected an integer of {least} or more"
        raise InvalidRequestError(f"{name} is {value!r:.40}; {expected}")


def _drop_frames(error: BaseException | None) -> None:
    """Let go of what the frames hold that an error went through, such as the request."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
