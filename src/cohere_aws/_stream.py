"""Events to results: the two loops, and the state of one stream that they share.

Only the loops wait: ``results`` for ``for``, ``async_results`` for ``async for``. They ask the
source for an event, open it to its payload, cut the payload into items and read the items::

    source → event → payload_of() → feed() → read() → results

``Stream`` never waits. It knows what was read, whether the end was reached in good order, and what
an exception means. Whatever the source raises is turned into an error of this package, because the
source is the code of others: boto3, aiobotocore, or a generator of the caller. An exception from
anywhere else is a fault of this package, and passes as it is.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import AsyncIterable, Iterable
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from ._dialects import dialect_of
from ._envelope import payload_of, raise_for_error
from ._field import kind
from ._translations import translated_in_stream
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

    from ._dialects import Reader
    from ._framing import Framing
    from ._results import StreamingText
    from ._services import Service

__all__ = ["Stream", "async_results", "is_running", "results"]


def results(stream: Stream, events: Iterator[Any]) -> Generator[StreamingText, None, None]:
    """Yield the results of *stream* as they arrive."""
    service, feed, read = stream.service, stream.framing.feed, stream.reader.read
    in_source = True  # while the source is at work, so that what is raised is the source's
    try:
        for event in events:
            in_source = False
            for item in feed(payload_of(event, service)):
                yield from read(item)
            if len(event) > 1:
                raise_for_error(event, service)
            in_source = True
        in_source = False
        stream.finish()
        in_source = True
        stream.close()
    except GeneratorExit:
        raise  # the loop was left, and may be taken up again, so the source stays open
    except BaseException as error:
        failure = stream.failure(error, in_source=in_source)
        with suppress(Exception):  # the first error counts
            stream.close()
        if failure is error:
            raise
        raise failure from failure.__cause__


async def async_results(
    stream: Stream, events: AsyncIterator[Any]
) -> AsyncGenerator[StreamingText, None]:
    """Yield the results of *stream* as they arrive.

    An event loop that ends, and ``aclosing``, close this for good, so the stream holds what is left
    of an event: the next loop begins with it.
    """
    service, feed, read = stream.service, stream.framing.feed, stream.reader.read
    in_source = False
    try:
        for result in stream.rest_of_event:
            yield result
        in_source = True
        async for event in events:
            in_source = False
            stream.rest_of_event = chain.from_iterable(map(read, feed(payload_of(event, service))))
            for result in stream.rest_of_event:
                yield result
            if len(event) > 1:
                raise_for_error(event, service)
            in_source = True
        in_source = False
        stream.finish()
        in_source = True
        await stream.aclose()
    except GeneratorExit:
        raise
    except BaseException as error:
        failure = stream.failure(error, in_source=in_source)
        with suppress(Exception):
            await stream.aclose()
        if failure is error:
            raise
        raise failure from failure.__cause__


class Stream:
    """The state of one stream of events."""

    closed = True  # until there is a source

    def __init__(self, source: Any, service: Service, framing: Framing, *, strict: bool) -> None:
        if not isinstance(source, (Iterable, AsyncIterable)):
            raise TypeError(f"the stream is {kind(source)}; expected an iterable of events")
        self.closed = False
        self.source = source
        self.service = service
        self.framing = framing
        self.reader: Reader = dialect_of("command").Reader()
        self.strict = strict
        self.rest_of_event: Iterator[StreamingText] = iter(())
        self._async_events: AsyncIterator[Any] | None = None
        self._ended = False  # the source has no more events
        self._end_is_reported = False
        self._failure: CohereError | None = None

    def events(self) -> Iterator[Any]:
        """Return the events of a plain source; none when it is closed."""
        if self.closed:
            return iter(())
        try:
            return iter(self.source)  # type: ignore[arg-type]  # the TypeError answers that
        except (TypeError, NotImplementedError) as error:  # the latter is aiobotocore's stream
            if not isinstance(self.source, AsyncIterable):
                raise
            raise TypeError("this stream is asynchronous; use 'async for' or aread()") from error
        except Exception as error:
            failure = self.failure(error, in_source=True)
            raise failure from failure.__cause__

    def async_events(self) -> AsyncIterator[Any]:
        """Return the events of an asynchronous source that are left; none when it is closed."""
        if self.closed:
            return _NoEvents()
        if not isinstance(self.source, AsyncIterable):
            raise TypeError("this stream is not asynchronous; use 'for' or read()")
        if self._async_events is None:
            try:
                self._async_events = aiter(self.source)
            except TypeError:  # it is not an iterable, whatever it says
                raise
            except Exception as error:
                failure = self.failure(error, in_source=True)
                raise failure from failure.__cause__
        return self._async_events

    def close(self) -> None:
        """Close the source, once."""
        if self.closed:
            return
        if not hasattr(self.source, "close") and hasattr(self.source, "aclose"):
            raise TypeError("this stream is asynchronous; use 'async with' or aclose()")
        self.closed = True
        self.rest_of_event = iter(())
        if hasattr(self.source, "close") and not is_running(self.source):
            self.source.close()

    async def aclose(self) -> None:
        """Close the source, once, and wait for it where there is something to wait for."""
        if self.closed:
            return
        self.closed = True
        self.rest_of_event = iter(())
        close = getattr(self.source, "aclose", None) or getattr(self.source, "close", None)
        closing = close() if close and not is_running(self.source) else None
        if inspect.isawaitable(closing):
            await closing

    def __del__(self) -> None:
        # The code that created the source closes it, so it is not closed here.
        if not self.closed and (hasattr(self.source, "close") or hasattr(self.source, "aclose")):
            message = "an open stream was abandoned; use 'with', or close()"
            warnings.warn(message, ResourceWarning, stacklevel=2, source=self)

    def finish(self) -> None:
        """Note the end of the events, and report a stream that was cut off, once.

        Raises:
            CohereError: The stream failed before, or it is strict and was cut off.
        """
        self._ended = True
        if self._failure is not None:
            # Without the traceback of the last time, or it would grow each time.
            raise self._failure.with_traceback(None)
        pending, complete = self.framing.finish(), self.reader.may_end
        if self._end_is_reported or (complete and not pending):
            return
        self._end_is_reported = True
        place = "inside an item after its last one" if complete else "before its last item"
        message = f"the stream ended {place}, after {counted(self.framing.items, 'item')}"
        if pending:
            message += f" and {counted(pending, 'byte')} of the next"
        if self.strict:
            raise IncompleteStreamError(message)
        warning = IncompleteStreamWarning(message, self.reader.generations())
        warnings.warn(warning, stacklevel=_stacklevel())

    def failure(self, error: BaseException, *, in_source: bool) -> BaseException:
        """Return what to raise for *error*: an error of this package, or *error* itself.

        An error of this package carries what had arrived, and is raised again by the next loop.
        """
        found = self._in_our_terms(error, in_source=in_source)
        if isinstance(found, CohereError):
            found.partial = self.reader.generations()
            self._failure = found
        return found

    def _in_our_terms(self, error: BaseException, *, in_source: bool) -> BaseException:
        found: CohereError
        if type(error) is StreamError:
            found = MalformedStreamError(f"item {self.framing.items - 1}: {error}")
            return found
        # An AssertionError is for the test that caused it, and what is not an Exception, such as
        # KeyboardInterrupt or the cancellation of a task, is for the code that waits for it.
        if isinstance(error, (CohereError, AssertionError)) or not isinstance(error, Exception):
            return error
        if not in_source:
            return error
        if self.closed and not self._ended:
            found = TransportError("the stream was closed while it was read")
        else:
            place = f"after {counted(self.framing.position, 'byte')} of payload"
            found = translated_in_stream(error, f"the stream, {place},")
        found.__cause__ = error
        return found


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, which has an s unless the number is 1."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def is_running(source: object) -> bool:
    """Return whether *source* is a generator that another thread or task waits inside.

    It cannot be closed, and trying is not safe: ``close()`` of CPython 3.12 looks at the frame
    before it finds that it is running (``_PyGen_yf``), and may crash.
    """
    if inspect.isgenerator(source):
        return source.gi_running
    return inspect.isasyncgen(source) and source.ag_running


def _stacklevel() -> int:
    """Return the stacklevel of the nearest frame outside this package.

    Python shows a warning once for each line that it is attributed to.
    """
    frame, count = inspect.currentframe(), 0
    while frame and str(frame.f_globals.get("__name__")).partition(".")[0] == __package__:
        frame, count = frame.f_back, count + 1
    return count


class _NoEvents:
    """The rest of an asynchronous source that is closed: nothing."""

    def __aiter__(self) -> _NoEvents:
        return self

    async def __anext__(self) -> Any:
        raise StopAsyncIteration
