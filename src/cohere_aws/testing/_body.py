"""Bodies of replayed answers, as much of an HTTP response as botocore and aiobotocore ask for."""

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
    """Keeps the recorded times, counted from when it was made; or none, if they do not matter."""

    def __init__(self, *, delays: bool) -> None:
        self._delays = delays
        self._start = time.perf_counter()

    def until(self, at: float | None) -> float:
        """The seconds to wait for what comes *at* so many seconds after the request."""
        if at is None or not self._delays:
            return 0.0
        return max(0.0, self._start + at - time.perf_counter())


class Body(io.BytesIO):
    """The body for boto3: a stream gives its parts one by one, anything else is a file."""

    def __init__(self, parts: Sequence[Part], pace: Pace, end: RecordedEnd | None = None) -> None:
        super().__init__(b"".join(part.data for part in parts))
        self._parts = parts
        self._pace = pace
        self._end = end

    def read(self, size: int | None = -1) -> bytes:
        """Read *size* bytes, or all, when the last of the parts is there."""
        if pause := max((self._pace.until(part.at) for part in self._parts), default=0.0):
            time.sleep(pause)
        return super().read(size)

    def stream(self, *_: object) -> Iterator[bytes]:
        """The parts, each at its time, until the body is closed, and then the end."""
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
    """The same for aiobotocore: its own content, which is read and iterated without blocking."""

    url = "replayed"
    raw_headers: Sequence[tuple[bytes, bytes]] = ()

    def __init__(self, parts: Sequence[Part], pace: Pace, end: RecordedEnd | None = None) -> None:
        self._body = Body(parts, pace)
        self._parts = parts
        self._pace = pace
        self._end = end

    @property
    def content(self) -> AsyncBody:
        """What aiohttp reads from."""
        return self

    async def read(self, size: int = -1) -> bytes:
        """Read *size* bytes, or all, when the last of the parts is there."""
        await asyncio.sleep(max((self._pace.until(part.at) for part in self._parts), default=0.0))
        return self._body.read(size)

    async def iter_chunks(self) -> AsyncIterator[tuple[bytes, bool]]:
        """The parts, each at its time, until the body is closed, and then the end."""
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
        return self  # before 3.8, aiobotocore enters what it wraps

    async def __aexit__(self, *_: object) -> None:
        self.close()
