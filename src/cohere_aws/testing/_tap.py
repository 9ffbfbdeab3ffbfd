"""Taps: write a recording line by line, from the bytes on their way to botocore.

A ``Tap`` replaces the body of a streamed response. botocore reads it as before; each part of the
body goes to a ``Writer`` first, which cuts out the frames and writes a line for each. Nothing is
read ahead, and each line is written before the caller gets its event.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cohere_aws._translations import translatable_errors

from ._answer import Head, head_of
from ._botocore import parse_headers
from ._ending import RecordedEnd, stalls
from ._frames import FrameCutter, unseal
from ._lines import beginning_of, line_from, line_of

if TYPE_CHECKING:
    import io
    from collections.abc import AsyncIterator, Callable, Iterator

    from ._answer import RecordedResponse
    from ._ending import Ending
    from ._scrub import Scrubber

__all__ = ["AsyncTap", "Tap", "Writer"]


class Writer:
    """One file that is being recorded, line by line, as the events arrive."""

    def __init__(
        self,
        file: io.FileIO,
        header: bytes,
        *,
        service: str,
        elapsed: Callable[[], float | None],
        scrubber: Scrubber,
    ) -> None:
        self._service = service
        self._elapsed = elapsed
        self._scrubber = scrubber
        self._frames = FrameCutter()
        # By the bytes of the headers, so that they are parsed once: most frames have the same ones.
        self._known: dict[bytes, tuple[Head, str]] = {}
        self._lock = threading.Lock()
        self._file = file
        self._file.write(header)
        self.ending: Ending | None = None  # once closed; None is a regular end
        self.is_whole = True  # false after an event whose bytes could not be read

    @property
    def is_open(self) -> bool:
        """Return whether the file is open for more events."""
        return not self._file.closed

    def feed(self, data: bytes) -> None:
        """Write the events that *data*, a part of the body, completes."""
        if self._file.closed:
            return
        at = self._elapsed()
        for headers, payload in self._frames.feed(data):
            known = self._known.get(headers) or self._parsed(headers)
            if known is None:  # the checksum matches damaged headers
                self.close("checksum")
                return
            event, beginning = known
            self._write_event(beginning, at, self._bytes_of(event, payload))
            if event.kind != "event":
                self.close()
                return  # botocore raises the error, and does not read on
        if self._frames.is_damaged:
            self.close("checksum")

    def _write_event(self, beginning: str, at: float | None, data: bytes | None) -> None:
        line = line_from(beginning, at, None if data is None else self._scrubber.data(data))
        with self._lock:  # the record() block may end while another thread reads
            if not self._file.closed:
                self._file.write(line)

    def _bytes_of(self, event: Head, payload: bytes) -> bytes | None:
        if event.kind == "error":
            return event.message
        if not event.is_sealed:
            return payload
        # botocore yields a chunk with damaged JSON as one without bytes, and reads on. Its remains
        # are not written, because they could not be scrubbed.
        try:
            return unseal(payload)
        except ValueError:
            self.is_whole = False
            return None

    def _parsed(self, headers: bytes) -> tuple[Head, str] | None:
        try:
            event = head_of(self._service, parse_headers(headers))
        except ValueError:
            return None
        except translatable_errors():
            return None
        self._known[headers] = event, beginning_of(event.kind, event.name)
        return self._known[headers]

    def write(self, response: RecordedResponse) -> None:
        """Write the line of a response that is already scrubbed."""
        self._file.write(line_of(response))

    def finish(self) -> None:
        """Close the file after the last byte of the body, which may be inside a frame."""
        self.close("cut" if self._frames.is_inside else None)

    def close(self, ending: Ending | None = None) -> None:
        """Write the end of the stream, and close the file; a second call does nothing."""
        with self._lock:
            if ending is not None and self.is_open:
                self.ending = ending
                self._file.write(line_of(RecordedEnd(ending, self._elapsed())))
            self._file.close()


@contextmanager
def _watched(writer: Writer) -> Iterator[None]:
    """Close *writer* at the end of the block, with the way in which the stream ended.

    If the generator is closed or the *scrub* function raises, the stream was not read to its end,
    and its end is ``closed``.
    """
    try:
        yield
        writer.finish()
    except Exception as error:
        is_stalled = stalls(error)
        if is_stalled is not None:
            writer.close("stalled" if is_stalled else "reset")
        raise
    finally:
        writer.close("closed")  # nothing happens if it was closed above


class Tap:
    """A body for boto3 that records each part that is read from it."""

    def __init__(self, raw: Any, writer: Writer) -> None:
        self._raw = raw
        self._writer = writer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, *options: Any) -> Iterator[bytes]:
        """Yield the parts of the body, after recording each."""
        with _watched(self._writer):
            for data in self._raw.stream(*options):
                self._writer.feed(data)
                yield data

    def close(self) -> None:
        """Close the body and the recording."""
        self._writer.close("closed")
        self._raw.close()


class AsyncTap(Tap):
    """A body for aiobotocore that records each part that is read from it."""

    @property
    def content(self) -> AsyncTap:
        """Return the object that aiobotocore's event stream iterates."""
        return self

    async def iter_chunks(self) -> AsyncIterator[tuple[bytes, bool]]:
        """Yield the parts of the body, after recording each."""
        with _watched(self._writer):
            async for data, is_end in self._raw.content.iter_chunks():
                self._writer.feed(data)
                yield data, is_end
