"""Life cycle of a streamed answer: opened, iterated, left and continued, read to its end, closed.

It is the same for a generation and a chat, so ``StreamingGenerations`` and ``StreamingChat`` share
this base class. They add the names of their results. ``Stream`` has the state of the stream, and
``_stream`` the two loops over it.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._field import check_flag
from ._framing import Framing
from ._services import service_for
from ._sources import closes_asynchronously, is_running
from ._stream import Stream, async_results, results
from .response import CohereObject, HasMetadata, with_metadata

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator

    from typing_extensions import Self

    from ._dialects import DialectName
    from ._dialects._first import FirstItems
    from ._log_lines import CallLog, StreamLog
    from ._results import Usage
    from .mode import Mode
    from .response import Metadata

__all__ = ["StreamingAnswer"]

_Result = TypeVar("_Result")
_Answer = TypeVar("_Answer")


class StreamingAnswer(HasMetadata, CohereObject, Generic[_Result, _Answer]):
    """A streamed answer of type *_Answer*, whose iteration yields results of type *_Result*.

    Args:
        stream: The source of events.
        mode: The service that they come from.
        first_items: Decides which dialect the stream is, and has its reader.
        strict: Whether a stream that was cut off is an error instead of a warning.
        max_item_bytes: The length of the longest accepted item.
        max_depth: The depth of the deepest accepted item.
    """

    def __init__(
        self,
        stream: Any,
        mode: Mode,
        first_items: FirstItems,
        *,
        strict: bool,
        max_item_bytes: int,
        max_depth: int,
    ) -> None:
        from ._call_log import call_log  # noqa: PLC0415  # a plain answer does not need it

        check_flag(strict=strict)
        service = service_for(mode)
        framing = Framing(max_item_bytes=max_item_bytes, max_depth=max_depth)
        self._stream = Stream(stream, service, framing, first_items, strict=strict)
        self._log: StreamLog | None = None
        self._log_to(call_log(service=service.name))
        self._results: Generator[_Result, None, None] | None = None
        self._async_results: AsyncGenerator[_Result, None] | None = None
        self._answer: _Answer | None = None
        self.payload_key: str = service.payload_key
        self.bytes_key: str = service.bytes_key

    def __iter__(self) -> Iterator[_Result]:
        # The generator refers to the state and not to this object, so there is no reference cycle.
        if self._results is None or self._stream.closed:
            events = self._stream.events()
            self._results = results(self._stream, self._log.events(events) if self._log else events)
        if self._log is not None:
            return self._log.pieces(self._results)
        # Not the generator itself: a caller that leaves a "yield from" over it would close it, and
        # the stream could not be continued. An iterator of chain() has no close().
        return chain(self._results)

    def __aiter__(self) -> AsyncIterator[_Result]:
        loop = self._async_results
        # A generator that was closed has no frame.
        if loop is None or getattr(loop, "ag_frame", None) is None or self._stream.closed:
            events = self._stream.async_events()
            loop = async_results(
                self._stream, self._log.async_events(events) if self._log else events
            )
            self._async_results = loop
        return self._log.async_pieces(loop) if self._log else loop

    def read(self) -> _Answer:
        """Read the rest of the stream, and return the whole answer; raise as iterating does."""
        for _ in self:
            pass
        return self._so_far()

    async def aread(self) -> _Answer:
        """Read the rest of an asynchronous stream; see ``read``."""
        async for _ in self:
            pass
        return self._so_far()

    def close(self) -> None:
        """Close the source, if it has a ``close()``; the attributes can still be read.

        A second call does nothing. If another thread is waiting for the next event, a stream of
        boto3 is closed when that wait ends, after ``read_timeout`` at the latest; a source that is
        a running generator cannot be closed, and the loop over it continues.

        Raises:
            TypeError: The source can only be closed asynchronously, by ``aclose()``.
        """
        if not self._stream.closed and closes_asynchronously(self._stream.source):
            raise TypeError("this stream is asynchronous; use 'async with' or aclose()")
        self._stream.close()
        if self._log is not None:
            self._log.end("closed")
        if self._results is not None and not is_running(self._results):
            with suppress(ValueError):  # it runs now, in another thread
                self._results.close()

    async def aclose(self) -> None:
        """Close an asynchronous source; see ``close``."""
        await self._stream.aclose()
        if self._log is not None:
            self._log.end("closed")
        if self._async_results is not None:
            with suppress(RuntimeError):  # it is running, in another task
                await self._async_results.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def dialect(self) -> DialectName | None:
        """Return the dialect that the stream is read as; ``None`` before an item says it."""
        return self._stream.first_items.dialect

    @property
    def usage(self) -> Usage | None:
        """Return the tokens and time that the call took, if an item has them (Bedrock)."""
        return self._stream.reader.usage

    @property
    def finish_reason(self) -> str | None:
        """Return why the answer ended; ``None`` while it goes on, and where it was cut off."""
        return self._stream.reader.finish_reason

    @property
    def text(self) -> str:
        """Return the text of the first generation so far."""
        return self._stream.reader.text()

    @property
    def other_items(self) -> list[Any]:
        """Return the items so far that are not text, or have fields that no attribute holds.

        They are unchanged, for example the tool calls and citations of a Cohere chat.
        """
        return self._stream.reader.other_items

    def _belongs_to(self, metadata: Metadata | None, log: CallLog | None) -> None:
        """Add what the client that made the call knows of it."""
        self._stream.first_items.metadata = metadata  # for the whole answer, and for partial ones
        with_metadata(self, metadata)
        self._log_to(log)

    def _log_to(self, log: CallLog | None) -> None:
        if log is not None:
            from ._log_lines import StreamLog  # noqa: PLC0415  # as in call_log()

            log.is_handed_on = True
            self._log = StreamLog(self._stream, log)

    def _so_far(self) -> _Answer:
        answer: _Answer = self._stream.first_items.answer()
        return answer

    def _at_end(self) -> _Answer | None:
        """Return the answer if the stream has ended; otherwise ``None``."""
        if not self._stream.closed and not self._stream.reader.last_item_read:
            return None
        # The same object while nothing arrives, so that next(stream.generations) advances. More may
        # arrive after the last item (metrics), or in another thread after close().
        answer = self._so_far()
        if answer != self._answer:
            self._answer = answer
        return self._answer
