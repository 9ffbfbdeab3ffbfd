"""Events to results: the state of one stream, and the two loops that drive it.

``Stream`` knows all that is to be known about one stream and gives the verdict at its end, but it
never waits. All that waits is in the two loops at the bottom, one for ``for`` and one for
``async for``.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import AsyncIterable, Iterable
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from ._cohere import Reader
from ._envelope import payload_of
from ._field import kind
from ._foreign import foreign_errors, translated
from .error import (
    CohereError,
    IncompleteStreamError,
    IncompleteStreamWarning,
    MalformedStreamError,
    StreamError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
    from types import TracebackType

    from ._envelope import Envelope
    from ._framing import Framing
    from ._result import StreamingText

__all__ = ["Loop", "Stream", "async_results", "results"]


class Stream:
    """The state of one stream of events.

    As a context manager, plain or asynchronous, it surrounds the loop: it closes the source unless
    the loop was only left, translates what was raised, and adds to it what had arrived.
    """

    closed = True  # until there is a source

    def __init__(self, source: Any, envelope: Envelope, framing: Framing, *, strict: bool) -> None:
        if not isinstance(source, (Iterable, AsyncIterable)):
            raise TypeError(f"the stream is {kind(source)}; expected an iterable of events")
        self.closed = False
        self.source = source
        self.envelope = envelope
        self.framing = framing
        self.reader = Reader()
        self.strict = strict
        self.under_way: Iterator[StreamingText] = iter(())  # what is left of an event
        self._async_events: AsyncIterator[Any] | None = None
        self._judged = False
        self._failure: CohereError | None = None

    def events(self) -> Iterator[Any]:
        """The events of a plain source; none when it is closed."""
        if self.closed:
            return iter(())
        try:
            return iter(self.source)  # type: ignore[arg-type]  # the error is the question
        except (TypeError, NotImplementedError) as error:  # the latter is aiobotocore's stream
            if not isinstance(self.source, AsyncIterable):
                raise
            raise TypeError("this stream is asynchronous; use 'async for' or aread()") from error

    def async_events(self) -> AsyncIterator[Any]:
        """The events of an asynchronous source that are left; none when it is closed."""
        if self.closed:
            return _NoEvents()
        if not isinstance(self.source, AsyncIterable):
            raise TypeError("this stream is not asynchronous; use 'for' or read()")
        if self._async_events is None:
            self._async_events = aiter(self.source)
        return self._async_events

    def close(self) -> None:
        """Close the source, once."""
        if self.closed:
            return
        if not hasattr(self.source, "close") and hasattr(self.source, "aclose"):
            raise TypeError("this stream is asynchronous; use 'async with' or aclose()")
        self.closed = True
        self.under_way = iter(())
        if hasattr(self.source, "close"):
            with suppress(*_busy(self.source)):
                self.source.close()

    async def aclose(self) -> None:
        """Close the source, once, and wait for it where there is something to wait for."""
        if self.closed:
            return
        self.closed = True
        self.under_way = iter(())
        close = getattr(self.source, "aclose", None) or getattr(self.source, "close", None)
        closing = close() if close else None
        if inspect.isawaitable(closing):
            with suppress(*_busy(self.source)):
                await closing

    def __del__(self) -> None:
        # The source is whose it was, so it is not closed here.
        if not self.closed and (hasattr(self.source, "close") or hasattr(self.source, "aclose")):
            message = "an open stream was abandoned; use 'with', or close()"
            warnings.warn(message, ResourceWarning, stacklevel=2, source=self)

    def finish(self) -> None:
        """Give the verdict at the end of the events: whole, or cut off. It is given once.

        Raises:
            CohereError: The stream failed before, or it is strict and was cut off.
        """
        if self._failure is not None:
            # Each time from here: the traceback would grow by all that went before.
            raise self._failure.with_traceback(None)
        pending, done = self.framing.finish(), self.reader.complete
        if self._judged or (done and not pending):
            return
        self._judged = True
        place = "inside an item after its last one" if done else "before its last item"
        message = f"the stream ended {place}, after {self.framing.items} items"
        if pending:
            message += f" and {pending} bytes of the next"
        if self.strict:
            raise IncompleteStreamError(message)
        warning = IncompleteStreamWarning(message, self.reader.generations())
        warnings.warn(warning, stacklevel=_frames_of_ours())

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if isinstance(error, GeneratorExit):
            return  # the loop was left, and may be taken up again
        with self._after(error, interrupted=self.closed):
            self.close()

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if isinstance(error, GeneratorExit):
            return
        with self._after(error, interrupted=self.closed):
            await self.aclose()

    @contextmanager
    def _after(self, error: BaseException | None, *, interrupted: bool) -> Iterator[None]:
        """Close the source inside of this. Where that fails, too, *error* is what counts.

        *interrupted* says that it was closed already, from outside of the loop; what the source
        raises then depends on where it was just then.
        """
        closed = False
        try:
            yield
            closed = True
        except foreign_errors() as closing:
            if error is None:
                self._raise(closing)
        finally:
            if error is not None:
                self._raise(error)
                if interrupted and isinstance(error, Exception) and self._failure is not error:
                    message = "the stream was closed while it was read"
                    raise self._fail(TransportError(message)) from error
                if not closed:
                    raise error

    def _raise(self, error: BaseException) -> None:
        """Raise what *error* is in our terms, if it is not in our terms already."""
        if isinstance(error, CohereError):
            self._fail(error)
        if type(error) is StreamError:
            where = f"item {self.framing.items - 1}"
            raise self._fail(MalformedStreamError(f"{where}: {error}")) from None
        if isinstance(error, foreign_errors()):
            doing = f"the stream, after {self.framing.position} bytes of payload,"
            raise self._fail(translated(error, doing)) from error

    def _fail(self, error: CohereError) -> CohereError:
        error.partial = self.reader.generations()
        self._failure = error
        return error


def _busy(source: object) -> tuple[type[Exception], ...]:
    """What closing *source* raises while another thread or task waits inside of it."""
    if inspect.isgenerator(source) and source.gi_running:
        return (ValueError,)
    return (RuntimeError,) if inspect.isasyncgen(source) and source.ag_running else ()


def _frames_of_ours() -> int:
    """How far above the caller of this the loop or the ``read()`` is that is not of this package.

    Python shows a warning once for each line that it is attributed to.
    """
    frame, count = inspect.currentframe(), 0
    while frame and str(frame.f_globals.get("__name__")).partition(".")[0] == __package__:
        frame, count = frame.f_back, count + 1
    return count


class _NoEvents:
    """What is left of an asynchronous source that is closed."""

    def __aiter__(self) -> _NoEvents:
        return self

    async def __anext__(self) -> Any:
        raise StopAsyncIteration


class Loop(chain["StreamingText"]):
    """What a ``for`` over a stream goes through: the results, which it cannot end.

    ``yield from`` closes a generator that it is left in, for good. This takes no time, as no method
    of Python is called for an item.
    """

    def close(self) -> None:
        """Leave the loop, as ``break`` does."""


def results(stream: Stream, events: Iterator[Any]) -> Generator[StreamingText, None, None]:
    """Give the results of *stream* as they arrive."""
    envelope, feed, read = stream.envelope, stream.framing.feed, stream.reader.read
    with stream:
        for event in events:
            for item in feed(payload_of(event, envelope)):
                yield from read(item)
        stream.finish()


async def async_results(
    stream: Stream, events: AsyncIterator[Any]
) -> AsyncGenerator[StreamingText, None]:
    """Give the results of *stream* as they arrive.

    An event loop that ends, and ``aclosing``, close this for good, so the stream holds what is left
    of an event: the next loop begins with it.
    """
    envelope, feed, read = stream.envelope, stream.framing.feed, stream.reader.read
    async with stream:
        for result in stream.under_way:
            yield result
        async for event in events:
            stream.under_way = chain.from_iterable(map(read, feed(payload_of(event, envelope))))
            for result in stream.under_way:
                yield result
        stream.finish()
