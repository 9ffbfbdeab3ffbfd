"""Events to results: the two loops over a source of events, and the state that they share.

``results`` reads a synchronous source, and ``async_results`` an asynchronous one. Each takes the
next event from the source, gets the items that it completes, and reads each item as results::

    source → event → items_of() → read() → results

The loops wait for events; ``Stream`` waits only when it closes the source. It holds the state of
one stream: what was read, how the stream ended, and which error to raise.

The source is code that this package does not control: boto3, aiobotocore, or a generator of the
caller. If it raises an ``Exception``, the loop raises an error of this package with that exception
as its cause; ``_translated`` says which ones are raised unchanged. An exception from our own code
is not translated, so that a bug of this package looks like one.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ._envelope import item_first, items_of, raise_for_error
from ._field import counted
from ._sources import NoEvents, async_events_in, boto3_event, events_in, is_running, iterable_in
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
    from ._dialects._first import FirstItems
    from ._framing import Framing
    from ._services import Service

__all__ = ["Stream", "async_results", "results"]


def results(stream: Stream, events: Iterator[Any]) -> Generator[Any, None, None]:
    """Yield the results of *stream*, whose source yields *events*.

    Create it once for each stream. Closing it inside an event loses the rest of the event, and
    perhaps the beginning of an item.
    """
    service, framing, read = stream.service, stream.framing, stream.reader.read
    is_decided, find = stream.first_items.is_decided, items_of
    # True while code of the source runs, so that fail() knows where an exception comes from.
    in_source = True
    try:
        for found in events:
            in_source = False
            event = found if type(found) is dict else boto3_event(found)
            for item in find(event, service, framing):
                yield from read(item)
            if not is_decided:  # until an item says which dialect it is, the reader changes
                is_decided, read = stream.first_items.is_decided, stream.reader.read
                find = items_of if service.payload_key in event else item_first  # the faster one
            if len(event) > 1:  # most events have no other member that could report an error
                raise_for_error(event, service)
            in_source = True
        in_source = False
        stream.finish()
        in_source = True
        stream.close()
    except GeneratorExit:
        raise  # closed before its end; the source is left to its owner
    except BaseException as error:
        failure = stream.fail(error, in_source=in_source)
        with suppress(Exception):  # an error of close() must not replace the first one
            stream.close()
        if failure is error:
            raise
        # "from" hides the context, or the traceback would show the same exception twice.
        raise failure from failure.__cause__


async def async_results(stream: Stream, events: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    """Yield the results of *stream*, whose source yields *events*.

    ``aclosing``, and an event loop that shuts down, may close this generator before it has yielded
    all results of an event. So the rest of the event is kept in ``stream.rest_of_event``, and the
    next generator begins with it.
    """
    in_source = False  # at first, because the rest of the last event is read before the source
    try:
        for result in stream.rest_of_event:
            yield result
        in_source = True
        async for event in events:
            in_source = False
            stream.rest_of_event = _results_of_event(stream, event)
            for result in stream.rest_of_event:
                yield result
            in_source = True
        in_source = False
        stream.finish()
        in_source = True
        await stream.aclose()
    except GeneratorExit:
        raise
    except BaseException as error:
        failure = stream.fail(error, in_source=in_source)
        with suppress(Exception):
            await stream.aclose()
        if failure is error:
            raise
        raise failure from failure.__cause__


def _results_of_event(stream: Stream, found: Any) -> Iterator[Any]:
    event = found if type(found) is dict else boto3_event(found)
    read = stream.reader.read
    for item in items_of(event, stream.service, stream.framing):
        yield from read(item)
    if len(event) > 1:  # as in results()
        raise_for_error(event, stream.service)


class Stream:
    """State that the loops over one stream share.

    Attributes:
        source: The iterable of events that the caller passed.
        service: The service that the events come from.
        framing: Cuts payloads into items, and has the number of all items.
        first_items: Decides, by the first items, which dialect the stream is.
        strict: ``True`` if a stream that was cut off is an error instead of a warning.
        closed: ``True`` after ``close()`` or ``aclose()``, even if a running generator stays open.
        rest_of_event: The results of the latest event that ``async_results`` has not yielded.
    """

    closed = True  # for __del__, which also runs if __init__ raises

    def __init__(
        self,
        source: Any,
        service: Service,
        framing: Framing,
        first_items: FirstItems,
        *,
        strict: bool,
    ) -> None:
        self._iterable = iterable_in(source, service)
        self.closed = False
        self.source = source
        self.service = service
        self.framing = framing
        self.first_items = first_items
        self.strict = strict
        self.rest_of_event: Iterator[Any] = iter(())
        self._async_events: AsyncIterator[Any] | None = None
        self._ended = False  # no more events will be read
        self._end_is_reported = False  # so that the warning is issued once
        self._failure: CohereError | None = None  # raised again by each later loop

    @property
    def reader(self) -> Reader:
        """Return the reader of the next item; it holds the answer so far."""
        return self.first_items.reader

    def events(self) -> Iterator[Any]:
        """Return an iterator over the events of a synchronous source; an empty one if closed."""
        if self.closed:
            return iter(())
        try:
            return events_in(self._iterable, self.service)
        except (TypeError, NotImplementedError) as error:  # the latter from aiobotocore's stream
            if not isinstance(self._iterable, AsyncIterable):
                raise
            raise TypeError("this stream is asynchronous; use 'async for' or aread()") from error
        except Exception as error:
            failure = self.fail(error, in_source=True)
            raise failure from failure.__cause__

    def async_events(self) -> AsyncIterator[Any]:
        """Return an iterator over the events left in an asynchronous source; empty if closed.

        It is the same iterator each time, because another one might start over, or skip events that
        the first has buffered.
        """
        if self.closed:
            return NoEvents()
        if not isinstance(self._iterable, AsyncIterable):
            raise TypeError("this stream is not asynchronous; use 'for' or read()")
        if self._async_events is None:
            try:
                self._async_events = async_events_in(self._iterable, self.service)
            except TypeError:  # its __aiter__ does not return an asynchronous iterator
                raise
            except Exception as error:
                failure = self.fail(error, in_source=True)
                raise failure from failure.__cause__
        return self._async_events

    def close(self) -> None:
        """Close the source by its ``close()``, unless it is closed or has none."""
        if self.closed:
            return
        self.closed = True
        self.rest_of_event = iter(())
        if hasattr(self.source, "close") and not is_running(self.source):
            self.source.close()

    async def aclose(self) -> None:
        """Close the source by its ``aclose()`` or ``close()``, which may return an awaitable."""
        if self.closed:
            return
        self.closed = True
        self.rest_of_event = iter(())
        close = getattr(self.source, "aclose", None) or getattr(self.source, "close", None)
        closing = close() if close and not is_running(self.source) else None
        if inspect.isawaitable(closing):
            await closing

    def __del__(self) -> None:
        # It is not closed here: close() may block, and aclose() cannot be awaited.
        if not self.closed and (hasattr(self.source, "close") or hasattr(self.source, "aclose")):
            message = "an open stream was abandoned; use 'with', or close()"
            warnings.warn(message, ResourceWarning, stacklevel=2, source=self)

    def finish(self) -> None:
        """Record that the source has no more events, and report a stream that was cut off, once.

        Raises:
            CohereError: The stream has failed before, or is strict and was cut off.
        """
        self._ended = True
        if self._failure is not None:
            raise self._failure.with_traceback(None)  # each raise would lengthen it
        self.first_items.check_end()
        pending, is_whole = self.framing.finish(), self.reader.may_end
        if self._end_is_reported or (is_whole and not pending):
            return
        self._end_is_reported = True
        place = "inside an item after its last one" if is_whole else "before its last item"
        message = f"the stream ended {place}, after {counted(self.framing.item_count, 'item')}"
        if pending:
            message += f" and {counted(pending, 'byte')} of the next"
        if self.strict:
            raise IncompleteStreamError(message)
        warning = IncompleteStreamWarning(message, self.first_items.answer())
        warnings.warn(warning, stacklevel=_stacklevel())

    def fail(self, error: BaseException, *, in_source: bool) -> BaseException:
        """Record that the stream failed with *error*, and return the exception to raise for it.

        An error of this package gets the answer so far as ``partial``; later loops raise it, too.

        Args:
            error: The exception that a loop caught.
            in_source: ``True`` if the source raised it.
        """
        found = self._translated(error, in_source=in_source)
        if isinstance(found, CohereError):
            found.partial = self.first_items.answer()
            self._failure = found
        return found

    def _translated(self, error: BaseException, *, in_source: bool) -> BaseException:
        if type(error) is StreamError and not in_source:
            # Of a field, without the number of its item; a reader raises no other plain one.
            # Items are counted one by one, as they are read: this is the latest. The first is 0.
            return MalformedStreamError(f"item {self.framing.item_count - 1}: {error}")
        # An AssertionError belongs to a test, such as one with botocore's Stubber. What is not an
        # Exception, such as KeyboardInterrupt or CancelledError, is not an error of the source.
        is_ours = isinstance(error, (CohereError, AssertionError))
        if is_ours or not in_source or not isinstance(error, Exception):
            return error
        from ._translations import translated_in_stream  # noqa: PLC0415  # needed for an error only

        if self.closed and not self._ended:  # by another thread or task
            found: CohereError = TransportError("the stream was closed while it was read")
        else:
            place = f"{counted(self.framing.position, 'byte')} of payload"
            if self.framing.item_count and not self.framing.position:
                place = counted(self.framing.item_count, "item")  # of events without bytes
            found = translated_in_stream(error, f"the stream, after {place},")
        found.__cause__ = error
        return found


def _stacklevel() -> int:
    """Return the stacklevel of the nearest frame outside this package, for its caller."""
    frame, count = inspect.currentframe(), 0
    while frame and str(frame.f_globals.get("__name__")).partition(".")[0] == __package__:
        frame, count = frame.f_back, count + 1
    return count
