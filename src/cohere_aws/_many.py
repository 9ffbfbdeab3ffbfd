"""Many calls at once, with their results in the order that was asked.

There is a window of calls that were begun and whose results were not taken yet. It is filled before
a result is waited for, so at most so many calls are in flight, and nothing more is read, asked or
held in memory than what fits into it. A failure is told at its position, and iterating goes on
behind it, so it loses no other result.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from ._progress import progress_bar
from .error import CohereError, InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from typing_extensions import Self

    from ._generations import Generations

__all__ = ["Many", "OnError", "Window"]

OnError = Literal["raise", "return"]

_Call = TypeVar("_Call")
_Result = TypeVar("_Result")


class Window(Generic[_Call]):
    """The calls that were begun, and the position of the one that was taken last."""

    def __init__(
        self,
        requests: Iterable[Any],
        begin: Callable[[Any], _Call],
        *,
        max_concurrency: int,
        on_error: OnError,
        progress: bool,
    ) -> None:
        if max_concurrency < 1:
            raise InvalidRequestError(f"max_concurrency is {max_concurrency}; expected 1 or more")
        if on_error not in ("raise", "return"):
            raise InvalidRequestError(f"on_error is {on_error!r}; expected 'raise' or 'return'")
        self._requests: Iterator[Any] = iter(requests)
        self._begin = begin
        self._size = max_concurrency
        self._returns_errors = on_error == "return"
        self._calls: deque[_Call] = deque()
        self._position = -1
        self._bar = progress_bar(requests, wanted=progress)

    def next_call(self) -> _Call | None:
        """Fill the window, and take the first call out of it; ``None`` at the end.

        An error of the iterable of requests itself comes out of here; going on gives the results
        of what was read before it.
        """
        while len(self._calls) < self._size:
            try:
                request = next(self._requests)
            except StopIteration:
                break
            self._calls.append(self._begin(request))
        if not self._calls:
            return None
        self._position += 1
        return self._calls.popleft()

    def settle(self, error: CohereError | None) -> None:
        """Show a result; raise its *error*, named by its position, unless errors are returned."""
        self._bar.update()
        if error is not None:
            error.position = self._position
            error.message = f"request {self._position}: {error.message}"
            if not self._returns_errors:
                raise error

    def end(self) -> list[_Call]:
        """Read no more requests, and give up the calls that were begun."""
        self._requests = iter(())
        self._bar.close()
        calls = list(self._calls)
        self._calls.clear()
        return calls


class Many(Generic[_Result]):
    """The results of many calls, made by threads; an iterator that goes on after an error.

    Leave it early inside of ``with``, or ``close()`` it, so that no call is left behind.
    """

    def __init__(
        self, requests: Iterable[Any], ask: Callable[[Any], Generations], **options: Any
    ) -> None:
        self._window: Window[Future[Generations]] = Window(
            requests, lambda request: self._threads.submit(ask, request), **options
        )
        self._threads = ThreadPoolExecutor(options["max_concurrency"], "generate")

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _Result:
        call = self._window.next_call()
        if call is None:
            self.close()
            raise StopIteration
        result: Any
        try:
            result, error = call.result(), None
        except CohereError as caught:
            result = error = caught
        self._window.settle(error)
        return result  # type: ignore[no-any-return]  # the overloads of generate_many tell which

    def close(self) -> None:
        """Begin no more calls, and wait for those that were begun."""
        self._window.end()
        self._threads.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
