"""What goes over the wire for a recording: its frames and their times, and faults put into them.

A fault is what the service or the network may do to a stream, so the faults are put in where they
happen: the service cuts its payloads, and fails, before the frames are made; the network loses and
damages bytes after that.
"""

from __future__ import annotations

import itertools
import json
import random
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from cohere_aws._field import kind

from ._answer import RecordedEvent, is_opaque
from ._botocore import stream_errors
from ._members import usual_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ._ending import RecordedEnd
    from ._recording import Recording

__all__ = [
    "EVENT_STREAM",
    "ORIGIN_HEADER",
    "REQUEST_ID",
    "Bytes",
    "Faults",
    "Part",
    "Reply",
    "beginning",
    "reply_of",
]

# Says in a reply that it is replayed, and from what; recording a replay keeps it.
ORIGIN_HEADER = "x-recording-origin"

# The request id of a reply whose recording has none: programs rely on there being one.
REQUEST_ID = "00000000-0000-0000-0000-000000000000"

EVENT_STREAM = "application/vnd.amazon.eventstream"

# Headers that say how the body of a recorded response travelled, and not how that of a reply will.
_OF_THE_CONNECTION = frozenset(("connection", "content-length", "transfer-encoding"))

_LARGEST_RANDOM_PART = 32


@dataclass(frozen=True, slots=True)
class Bytes:
    """A number of bytes, where a plain number means events.

    It is not an ``int``: ``Bytes(10) + 1`` would be one, and mean 11 events. Write
    ``Bytes(10 + 1)``.

    Attributes:
        count: The number.

    Raises:
        TypeError: The number is not an ``int``.
    """

    count: int

    def __post_init__(self) -> None:
        if not isinstance(self.count, int) or isinstance(self.count, bool):
            raise TypeError(f"the number of Bytes is {kind(self.count)}; expected an int")


class Part(NamedTuple):
    """Bytes that are sent at once, and when: seconds since the request, or ``None``."""

    at: float | None
    data: bytes


@dataclass(frozen=True)
class Reply:
    """What answers a call, in terms of HTTP."""

    status: int
    headers: Mapping[str, str]
    parts: Sequence[Part]
    is_stream: bool = False
    end: RecordedEnd | None = None  # of a stream, if not in good order


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What happens to the streams of a replay; nothing by default.

    ``replay`` documents them.
    """

    cut: int | Sequence[int] | random.Random | None = None
    truncate_after: int | Bytes | None = None
    fail_after: tuple[int, str] | tuple[int, str, Mapping[str, Any]] | None = None
    flip: int | Iterable[int] | random.Random | None = None

    def __post_init__(self) -> None:
        if self.flip is not None and not isinstance(self.flip, (int, random.Random)):
            object.__setattr__(self, "flip", tuple(self.flip))  # it is for every stream
        match self.fail_after:
            case None | (int(), str()) | (int(), str(), Mapping()):
                pass
            case _:
                raise ValueError(f"fail_after is {kind(self.fail_after)}; expected (count, name)")

    def parts(self, recording: Recording) -> list[Part]:
        """The frames of the stream of *recording*, each with its time, with the faults in them.

        Raises:
            ValueError: A fault does not fit the recording.
        """
        events = list(recording.stream or ())
        if self.cut is not None:
            events = _recut(recording.service, events, self.cut)
        if self.fail_after is not None:
            events = _fail(recording, events, *self.fail_after)
        parts = [Part(event.at, event.frame(recording.service)) for event in events]
        if self.truncate_after is not None:
            parts = beginning("truncate_after", parts, self.truncate_after)
        return parts if self.flip is None else _flip(parts, self.flip)


def reply_of(recording: Recording, faults: Faults) -> Reply:
    """What AWS would send for *recording*, if *faults* happened."""
    # Every answer of the two services is JSON, refusals too, unless the recording says otherwise.
    headers = {
        "content-type": "application/json",
        "x-amzn-requestid": REQUEST_ID,
        ORIGIN_HEADER: recording.origin,
    }
    response = recording.response
    if response is None or response.status < HTTPStatus.MULTIPLE_CHOICES:
        headers |= usual_headers(recording.service, recording.operation)
    kept = (recording.headers if response is None else response.headers) or {}
    lower = {name.lower(): value for name, value in kept.items()}
    headers |= {name: lower[name] for name in lower if name not in _OF_THE_CONNECTION}
    if response is not None:
        return Reply(response.status, headers, [Part(response.at, response.body)])
    headers["content-type"] = EVENT_STREAM
    parts, end = faults.parts(recording), recording.end
    if faults.truncate_after is not None or faults.fail_after is not None:
        end = None  # the stream ends before, and in another way
    if end is not None and (tail := end.tail()):
        parts.append(Part(end.at, tail))
    return Reply(200, headers, parts, is_stream=True, end=end)


def beginning(name: str, parts: Sequence[Part], count: int | Bytes) -> list[Part]:
    """The first so many *parts*, which are events, or ``Bytes`` of them; *name* is for an error."""
    if not isinstance(count, Bytes):
        _check(name, count, len(parts), "events")
        return list(parts[:count])
    left = count.count
    _check(name, left, sum(len(part.data) for part in parts), "bytes")
    found = []
    for part in parts:
        found.append(part._replace(data=part.data[: max(0, left)]))
        left -= len(part.data)
    return [part for part in found if part.data]


def _recut(
    service: str, events: list[RecordedEvent], cut: int | Sequence[int] | random.Random
) -> list[RecordedEvent]:
    """Cut the opaque payloads again; each part comes when its last byte came."""

    def may_be_cut(event: RecordedEvent) -> bool:
        return event.is_readable and is_opaque(service, event.kind, event.name)

    if not any(map(may_be_cut, events)):
        raise ValueError("cut: no event has a payload that the service may cut")
    found: list[RecordedEvent] = []
    for is_cut, run in itertools.groupby(events, may_be_cut):
        whole = list(run)
        if not is_cut:
            found += whole
            continue
        data = b"".join(event.payload for event in whole)
        ends = list(itertools.accumulate(len(event.payload) for event in whole))
        for begin, end in itertools.pairwise([0, *_cuts(cut, len(data)), len(data)]):
            last = bisect_left(ends, end)  # the event that brought the last byte of the part
            found.append(replace(whole[last], payload=data[begin:end]))
    return found


def _cuts(cut: int | Sequence[int] | random.Random, size: int) -> Iterator[int]:
    """The places inside of *size* bytes at which to cut."""
    if isinstance(cut, int):
        if cut < 1:
            raise ValueError(f"cut: parts of {cut} bytes; expected 1 or more")
        yield from range(cut, size, cut)
    elif isinstance(cut, random.Random):
        place = cut.randint(1, _LARGEST_RANDOM_PART)
        while place < size:
            yield place
            place += cut.randint(1, _LARGEST_RANDOM_PART)
    else:
        for place in sorted(cut):
            _check("cut", place, size, "bytes")
            yield place


def _fail(
    recording: Recording,
    events: list[RecordedEvent],
    count: int,
    name: str,
    more: Mapping[str, Any] | None = None,
) -> list[RecordedEvent]:
    """The first events, and an error event of the service model behind them."""
    errors = stream_errors(recording.service, recording.operation)
    if name not in errors:
        known = ", ".join(sorted(errors))
        raise ValueError(f"fail_after: {recording.operation} has no {name!r}; it has {known}")
    _check("fail_after", count, len(events), "events")
    # The services spell the member differently: message, or Message.
    detail = {errors[name]: f"{name} after {count} events, as the test asked for"} | dict(
        more or {}
    )
    at = events[count - 1].at if count else None
    return [
        *events[:count],
        RecordedEvent(name, json.dumps(detail).encode(), at, kind="exception"),
    ]


def _flip(parts: list[Part], flip: int | Iterable[int] | random.Random) -> list[Part]:
    size = 8 * sum(len(part.data) for part in parts)
    if isinstance(flip, random.Random):
        flip = flip.randrange(size) if size else 0
    data = bytearray(b"".join(part.data for part in parts))
    for bit in (flip,) if isinstance(flip, int) else flip:
        if not 0 <= bit < size:
            raise ValueError(f"flip: {bit}; the stream has {size} bits")
        data[bit // 8] ^= 0x80 >> bit % 8
    ends = itertools.accumulate(len(part.data) for part in parts)
    return [
        part._replace(data=bytes(data[end - len(part.data) : end]))
        for part, end in zip(parts, ends, strict=True)
    ]


def _check(name: str, value: int, limit: int, unit: str) -> None:
    if not 0 <= value <= limit:
        raise ValueError(f"{name}: {value}; the stream has {limit} {unit}")
