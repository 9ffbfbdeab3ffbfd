"""Taps: write a recording line by line, from the bytes that pass by on their way to botocore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cohere_aws._aws import parse_headers

from ._answer import Seen, seen
from ._frames import FrameCutter, unseal
from ._lines import beginning_of, line_from, line_of

if TYPE_CHECKING:
    import io
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from ._answer import RecordedResponse
    from ._call import Scrubber

__all__ = ["AsyncTap", "Tap", "Writer"]


class Writer:
    """Writes one recording, line by line, as it happens."""

    def __init__(
        self,
        path: Path,
        header: bytes,
        *,
        service: str,
        elapsed: Callable[[], float],
        scrubber: Scrubber,
    ) -> None:
        self._service = service
        self._elapsed = elapsed
        self._scrubber = scrubber
        self._frames = FrameCutter()
        # By the bytes of the headers, which are the same in most frames of a stream.
        self._known: dict[bytes, tuple[Seen, str]] = {}
        self._file: io.FileIO = path.open("wb", buffering=0)
        self._file.write(header)

    def feed(self, data: bytes) -> None:
        """Write the events that *data*, bytes of frames, completes."""
        if self._file.closed:
            return
        at = self._elapsed()
        try:
            for headers, payload in self._frames.feed(data):
                self._write_event(headers, payload, at)
        except ValueError:
            self.close()  # the bytes are damaged, which botocore's own parser tells the caller

    def _write_event(self, headers: bytes, payload: bytes, at: float) -> None:
        known = self._known.get(headers)
        if known is None:
            event = seen(self._service, parse_headers(headers))
            known = self._known[headers] = event, beginning_of(event.kind, event.name)
        event, beginning = known
        if event.payload is not None:
            payload = event.payload
        elif event.is_sealed:
            payload = unseal(payload)
        self._file.write(line_from(beginning, at, self._scrubber.data(payload)))

    def write(self, response: RecordedResponse) -> None:
        """Write the line of a response, which is scrubbed already."""
        self._file.write(line_of(response))

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()


class Tap:
    """The body of a stream, for boto3, that writes down what is read from it."""

    def __init__(self, raw: Any, writer: Writer) -> None:
        self._raw = raw
        self._writer = writer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, *options: Any) -> Iterator[bytes]:
        """What botocore's event stream reads."""
        for data in self._raw.stream(*options):
            self._writer.feed(data)
            yield data
        self._writer.close()

    def close(self) -> None:
        """Close the body and the recording."""
        self._writer.close()
        self._raw.close()


class AsyncTap(Tap):
    """The same for aiobotocore: its own content."""

    @property
    def content(self) -> AsyncTap:
        """What aiobotocore's event stream reads from."""
        return self

    async def iter_chunks(self) -> AsyncIterator[tuple[bytes, bool]]:
        """What aiobotocore's event stream reads."""
        async for data, is_end in self._raw.content.iter_chunks():
            self._writer.feed(data)
            yield data, is_end
        self._writer.close()
