"""Many calls at once, with their results in the order that was asked.

There is a window of calls that were begun and whose results were not taken yet. It is filled before
a result is waited for, so at most so many calls are in flight, and nothing more is read, asked or
held in memory than what fits into it. A failure is told at its position, and iterating goes on
behind it, so it loses no other result.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from ._field import kind
from ._progress import progress_bar
from .error import CohereError, InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

    from ._generations import Generations

__all__ = ["Many", "OnError", "Window"]

OnError = Literal["raise", "return"]

_Call = TypeVar("_Call", bound=Any)  # a future or a task
_Result = TypeVar("_Result")


class Window(Generic[_Call]):
    """The calls that were begun, and the position of the next result.

    Raises:
        InvalidRequestError: An argument is not what ``generate_many`` says.
    """

    def __init__(
        self,
        requests: Iterable[Any],
        begin: Callable[[Any], _Call],
        *,
        max_concurrency: int,
        on_error: OnError,
        progress: bool,
    ) -> None:
        # A string is an iterable of strings, but nobody means to ask for each of its characters.
        if isinstance(requests, (str, bytes)) or not isinstance(requests, Iterable):
            raise InvalidRequestError(f"requests is {kind(requests)}; expected an iterable of them")
        if type(max_concurrency) is not int or max_concurrency < 1:
            shown = f"{max_concurrency!r:.40}"
            expected = "expected an integer of 1 or more"
            raise InvalidRequestError(f"max_concurrency is {shown}; {expected}")
        if on_error not in ("raise", "return"):
            raise InvalidRequestError(f"on_error is {on_error!r}; expected 'raise' or 'return'")
        self._requests: Iterator[Any] = iter(requests)
        self._begin = begin
        self._size = max_concurrency
        self._returns_errors = on_error == "return"
        self._calls: deque[_Call] = deque()
        self._position = 0
        self._failure: Exception | None = None
        self._ended = False
        self._bar = progress_bar(requests, wanted=progress)

    def first(self) -> _Call | None:
        """Fill the window; give the call whose result is next, or ``None`` at the end.

        What the iterable of requests raises itself is raised in its turn, too.
        """
        while len(self._calls) < self._size and not self._ended:
            try:
                request = next(self._requests)
            except StopIteration:  # noqa: PERF203  # which request fails is to be known
                break
            except Exception as error:  # noqa: BLE001  # it is only put off
                self._requests, self._failure = iter(()), error
            else:
                self._calls.append(self._begin(request))
        if self._calls:
            return self._calls[0]
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        return None

    def settle(self, error: BaseException | None) -> bool:
        """Take out the first call, which ended with *error*, if with one.

        It is raised, named by its position, unless errors are returned. Gives whether there is a
        result; there is none if all calls were given up meanwhile.
        """
        if self._ended:
            return False
        self._calls.popleft()
        position, self._position = self._position, self._position + 1
        self._bar.update()
        if error is None:
            return True
        if not isinstance(error, CohereError):
            raise error
        error.position = position
        error.message = f"request {position}: {error.message}"
        if not self._returns_errors:
            raise error
        _drop_frames(error)
        return True

    def end(self) -> list[_Call]:
        """Read no more requests, and give up the calls that were begun."""
        self._ended = True
        self._bar.close()
        calls = list(self._calls)
        self._calls.clear()
        return calls

    def __del__(self) -> None:
        for call in getattr(self, "_calls", ()):
            call.cancel()  # nobody waits for it any more


def _drop_frames(error: BaseException | None) -> None:
    """Let go of what the frames hold that an error went through, such as the request."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


class Many(Generic[_Result]):
    """The results of many calls, made by threads; an iterator that goes on after an error.

    Leave it early inside of ``with``, or ``close()`` it, so that no call is left behind.
    """

    def __init__(
        self, requests: Iterable[Any], ask: Callable[[Any], Generations], **options: Any
    ) -> None:
        self._window: Window[Future[Generations]] = Window(
            requests, lambda request: threads.submit(ask, request), **options
        )
        # The window knows these, and not this object, so nothing goes round in a circle.
        self._threads = threads = ThreadPoolExecutor(options["max_concurrency"], "generate")
        self._turn = threading.Lock()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _Result:
        with self._turn:
            call = self._window.first()
            if call is None:
                self.close()
                raise StopIteration
            error: BaseException | None
            try:
                error = call.exception()  # whoever interrupts this, finds the call in its place
            except CancelledError:
                error = CohereError("the call was cancelled")
            if not self._window.settle(error):
                raise StopIteration  # another thread has closed it
            result: Any = error or call.result()
            return result  # type: ignore[no-any-return]  # the overloads tell which

    def close(self) -> None:
        """Begin no more calls, and wait for those that were begun."""
        self._window.end()
        self._threads.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
