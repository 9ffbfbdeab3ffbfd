"""Lines of the log, and the objects that collect their values; see ``_call_log``.

It is imported when the first call is logged, because most programs log none.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from .error import CohereError, ServiceError
from .response import metadata_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from ._stream import Stream

__all__ = ["CallLog", "StreamLog"]

# The names of errors of AWS end like this. Others may be words of the model, and are not logged.
_ENDINGS = ("Exception", "Error", "Failure")


class CallLog:
    """Facts about one call, and the line with them, which is written at the end of the call.

    Args:
        logger: The logger.
        names: The names of the service, the operation and the target, as far as they are known.

    Attributes:
        size: The number of bytes of the answer, if it has any.
        event_count: The number of events of a stream.
        is_handed_on: Whether a stream will write the line, after the call.
    """

    def __init__(self, logger: Any, names: dict[str, str | None]) -> None:
        self.size: int | None = None
        self.event_count: int | None = None
        self.is_handed_on = False
        self._logger = logger
        self._names = names
        self._metadata: Any = None
        self._started = perf_counter()
        self._first: float | None = None
        self._is_written = False

    def answered(self, response: object, data: object) -> None:
        """Note the *response* of boto3, and the size of *data*, its body, if it has one."""
        self._metadata = metadata_of(response)
        # A fake of a test may not return bytes.
        self.size = len(data) if isinstance(data, bytes) and data else None

    def piece_arrived(self) -> None:
        """Note the time of the first piece of a stream."""
        if self._first is None:
            self._first = self._seconds()

    def write(self, outcome: str | BaseException) -> None:
        """Write the line, unless it is written."""
        if self._is_written:
            return
        self._is_written = True
        metadata = self._metadata or {}
        error = outcome if isinstance(outcome, CohereError) else None
        status, request_id = metadata.get("HTTPStatusCode"), metadata.get("RequestId")
        if error is not None and self._metadata is None:
            # boto3 raised the error in place of a response.
            status, request_id = error.http_status, error.request_id
        values = {
            **self._names,
            "status": status,
            "bytes": self.size,
            "events": self.event_count,
            "first": self._first,
            "seconds": self._seconds(),
            "outcome": type(outcome).__name__ if isinstance(outcome, BaseException) else outcome,
            "code": _shown_code(error),
            "request_id": request_id,
            "retries": metadata.get("RetryAttempts"),
        }
        known = {name: value for name, value in values.items() if value is not None}
        self._logger.debug(" ".join(f"{name}=%({name})s" for name in known), known)

    def _seconds(self) -> float:
        return round(perf_counter() - self._started, 3)


def _shown_code(error: CohereError | None) -> str | None:
    code = error.code if isinstance(error, ServiceError) else None
    return code if code and code.isalnum() and code.endswith(_ENDINGS) else None


class StreamLog:
    """Log of one stream: counts its events, times its first piece, and notes its end.

    Its objects stand between the source, the loop over it, and the program.
    """

    def __init__(self, stream: Stream, log: CallLog) -> None:
        self._stream = stream
        self._log = log
        log.event_count = 0

    def events(self, events: Iterator[Any]) -> Iterator[Any]:
        """Return *events*, which are then counted."""
        # Not a generator, because one that raised an error, such as KeyboardInterrupt, has ended.
        return map(self.count, events)

    def async_events(self, events: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Return *events*, which are then counted."""
        return _AsyncEvents(self, events)

    def pieces(self, pieces: Iterator[Any]) -> Iterator[Any]:
        """Return *pieces*, the results of the stream, whose first one and end are then noted."""
        return _Pieces(self, pieces)

    def async_pieces(self, pieces: AsyncGenerator[Any, None]) -> AsyncIterator[Any]:
        """Return *pieces*, as ``pieces`` does."""
        return _AsyncPieces(self, pieces)

    def count(self, event: Any) -> Any:
        """Count *event*, and return it."""
        self._log.event_count = (self._log.event_count or 0) + 1
        return event

    def piece_arrived(self) -> None:
        """Note the time of the first piece."""
        self._log.piece_arrived()

    def end(self, outcome: str | BaseException) -> None:
        """Write the line, unless it is written; after the last piece, *outcome* says so."""
        if isinstance(outcome, (StopIteration, StopAsyncIteration)):
            is_whole = self._stream.reader.may_end and not self._stream.framing.finish()
            outcome = "complete" if is_whole else "incomplete"
        # The events of Converse have no bytes.
        self._log.size = self._stream.framing.position or None
        self._log.write(outcome)


class _Pieces:
    # Like an iterator of chain(), it has no close(); see StreamingAnswer.__iter__().

    def __init__(self, log: StreamLog, pieces: Iterator[Any]) -> None:
        self._log = log
        self._pieces = pieces

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            piece = next(self._pieces)
        except BaseException as error:
            self._log.end(error)
            raise
        self._log.piece_arrived()
        return piece


class _AsyncPieces:
    def __init__(self, log: StreamLog, pieces: AsyncGenerator[Any, None]) -> None:
        self._log = log
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            piece = await anext(self._pieces)
        except BaseException as error:
            self._log.end(error)
            raise
        self._log.piece_arrived()
        return piece

    async def aclose(self) -> None:
        # For aclosing(aiter(stream)).
        await self._pieces.aclose()


class _AsyncEvents:
    def __init__(self, log: StreamLog, events: AsyncIterator[Any]) -> None:
        self._log = log
        self._events = events

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        return self._log.count(await anext(self._events))
