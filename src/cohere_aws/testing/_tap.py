"""Taps: write a recording line by line, from the bytes that pass by on their way to botocore."""

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
    """Writes one recording, line by line, as it happens."""

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
        # By the bytes of the headers, which are the same in most frames of a stream.
        self._known: dict[bytes, tuple[Head, str]] = {}
        self._lock = threading.Lock()
        self._file = file
        self._file.write(header)
        self.ending: Ending | None = None  # when it is closed: how, if not in good order
        self.is_whole = True  # whether the bytes of every event could be read

    @property
    def is_open(self) -> bool:
        """Whether there may be more to write."""
        return not self._file.closed

    def feed(self, data: bytes) -> None:
        """Write the events that *data*, bytes of frames, completes."""
        if self._file.closed:
            return
        at = self._elapsed()
        for beginning, payload in self._events(data):
            clean = None if payload is None else self._scrubber.data(payload)
            line = line_from(beginning, at, clean)
            with self._lock:  # the block may end while another thread reads
                if self.is_open:
                    self._file.write(line)

    def _events(self, data: bytes) -> Iterator[tuple[str, bytes | None]]:
        """How the line of each event begins, and the payload, if it could be read."""
        try:
            for headers, payload in self._frames.feed(data):
                event, beginning = self._known.get(headers) or self._look(headers)
                if event.kind == "error":
                    yield beginning, event.message
                else:
                    yield beginning, self._unsealed(payload) if event.is_sealed else payload
                if event.kind != "event":
                    self.close()
                    return  # botocore raises it, and reads no further
        except ValueError:  # a checksum does not match
            self.close("checksum")
        except translatable_errors():  # the headers are damaged; botocore's parser raises, too
            self.close("checksum")

    def _unsealed(self, payload: bytes) -> bytes | None:
        # botocore hands out a chunk whose JSON is damaged as one without bytes, and reads on. What
        # is left of it is not written, as nobody could scrub it.
        try:
            return unseal(payload)
        except ValueError:
            self.is_whole = False
            return None

    def _look(self, headers: bytes) -> tuple[Head, str]:
        event = head_of(self._service, parse_headers(headers))
        self._known[headers] = event, beginning_of(event.kind, event.name)
        return self._known[headers]

    def write(self, response: RecordedResponse) -> None:
        """Write the line of a response, which is scrubbed already."""
        self._file.write(line_of(response))

    def finish(self) -> None:
        """Close the file of a stream that has ended by itself, though it may be inside a frame."""
        self.close("cut" if self._frames.is_inside else None)

    def close(self, ending: Ending | None = None) -> None:
        """Write how the stream ended, and close the file; a second call does nothing."""
        with self._lock:
            if ending is not None and self.is_open:
                self.ending = ending
                self._file.write(line_of(RecordedEnd(ending, self._elapsed())))
            self._file.close()


@contextmanager
def _watched(writer: Writer) -> Iterator[None]:
    """Close *writer* when the stream is over, and say how it ended.

    If the block is left in another way, for example by closing the generator or by an error of the
    *scrub* function, the stream may have had more.
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
        writer.close("closed")


class Tap:
    """The body of a stream, for boto3, that writes down what is read from it."""

    def __init__(self, raw: Any, writer: Writer) -> None:
        self._raw = raw
        self._writer = writer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, *options: Any) -> Iterator[bytes]:
        """What botocore's event stream reads."""
        with _watched(self._writer):
            for data in self._raw.stream(*options):
                self._writer.feed(data)
                yield data

    def close(self) -> None:
        """Close the body and the recording."""
        self._writer.close("closed")
        self._raw.close()


class AsyncTap(Tap):
    """The same for aiobotocore: its own content."""

    @property
    def content(self) -> AsyncTap:
        """What aiobotocore's event stream reads from."""
        return self

    async def iter_chunks(self) -> AsyncIterator[tuple[bytes, bool]]:
        """What aiobotocore's event stream reads."""
        with _watched(self._writer):
            async for data, is_end in self._raw.content.iter_chunks():
                self._writer.feed(data)
                yield data, is_end
