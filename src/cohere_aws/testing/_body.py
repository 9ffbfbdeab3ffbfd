"""Bodies of replayed answers: the part of an HTTP response that botocore and aiobotocore use."""

from __future__ import annotations

import asyncio
import io
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from typing_extensions import Self

    from ._ending import RecordedEnd
    from ._wire import Part

__all__ = ["AsyncBody", "Body", "Pace"]


class Pace:
    """The recorded times, counted from the creation of this object.

    Args:
        delays: Keep to the times. If false, nothing waits.
    """

    def __init__(self, *, delays: bool) -> None:
        self._delays = delays
        self._start = time.perf_counter()

    def until(self, at: float | None) -> float:
        """Return the seconds that are left until *at*, which is in seconds since the request."""
        if at is None or not self._delays:
            return 0.0
        return max(0.0, self._start + at - time.perf_counter())


class Body(io.BytesIO):
    """The body of a response for boto3: read as a file, or part by part as a stream."""

    def __init__(self, parts: Sequence[Part], pace: Pace, end: RecordedEnd | None = None) -> None:
        super().__init__(b"".join(part.data for part in parts))
        self._parts = parts
        self._pace = pace
        self._end = end

    def read(self, size: int | None = -1) -> bytes:
        """Return *size* bytes, or all; wait until the last part has its time."""
        if pause := max((self._pace.until(part.at) for part in self._parts), default=0.0):
            time.sleep(pause)
        return super().read(size)

    def stream(self, *_: object) -> Iterator[bytes]:
        """Yield the parts, each at its time, until the body is closed; then raise how it ended."""
        for part in self._parts:
            if pause := self._pace.until(part.at):
                time.sleep(pause)
            if self.closed:
                return
            yield part.data
        if self._end is not None and not self.closed:
            if pause := self._pace.until(self._end.at):
                time.sleep(pause)
            if error := self._end.error():
                raise error


class AsyncBody:
    """The body of a response for aiobotocore, which waits without blocking the event loop.

    aiobotocore reads ``response.content`` of aiohttp; here both are one object.
    """

    url = "replayed"
    raw_headers: Sequence[tuple[bytes, bytes]] = ()

    def __init__(self, parts: Sequence[Part], pace: Pace, end: RecordedEnd | None = None) -> None:
        self._body = Body(parts, pace)
        self._parts = parts
        self._pace = pace
        self._end = end

    @property
    def content(self) -> AsyncBody:
        """Return the object that aiobotocore reads."""
        return self

    async def read(self, size: int = -1) -> bytes:
        """Return *size* bytes, or all; wait until the last part has its time."""
        await asyncio.sleep(max((self._pace.until(part.at) for part in self._parts), default=0.0))
        return self._body.read(size)

    async def iter_chunks(self) -> AsyncIterator[tuple[bytes, bool]]:
        """Yield the parts as ``Body.stream`` does, in the form of aiohttp."""
        for part in self._parts:
            await asyncio.sleep(self._pace.until(part.at))
            if self._body.closed:
                return
            yield part.data, True
        if self._end is not None and not self._body.closed:
            await asyncio.sleep(self._pace.until(self._end.at))
            if error := self._end.error(asynchronous=True):
                raise error

    def close(self) -> None:
        """Close the body."""
        self._body.close()

    async def __aenter__(self) -> Self:
        return self  # aiobotocore before 3.8 enters the response that it wraps

    async def __aexit__(self, *_: object) -> None:
        self.close()
