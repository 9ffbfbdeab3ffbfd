"""The wire form of a recording: its frames and their times, with faults put into them.

A fault imitates the service or the network, and is put in where it really happens. The service cuts
its payloads and reports errors, so ``cut`` and ``fail_after`` change events before they become
frames. The network loses and damages bytes, so ``truncate_after`` and ``flip`` change the frames.
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

# Marks a reply as replayed and holds the origin of its recording, so that recording a replay keeps
# the origin.
ORIGIN_HEADER = "x-recording-origin"

# The request ID of a reply whose recording has none, because programs expect one.
REQUEST_ID = "00000000-0000-0000-0000-000000000000"

EVENT_STREAM = "application/vnd.amazon.eventstream"

# Headers about the transfer of the recorded body. The transfer of a reply is another one.
_OF_THE_CONNECTION = frozenset(("connection", "content-length", "transfer-encoding"))

_LARGEST_RANDOM_PART = 32


@dataclass(frozen=True, slots=True)
class Bytes:
    """A number of bytes, where an ``int`` is a number of events.

    It does not support arithmetic, because the result could be taken for a number of events: write
    ``Bytes(10 + 1)``, not ``Bytes(10) + 1``.

    Attributes:
        count: The number.

    Raises:
        TypeError: The number is not an ``int``.
    """

    count: int

    def __post_init__(self) -> None:
        if not isinstance(self.count, int) or isinstance(self.count, bool):
            name = type(self.count).__name__
            raise TypeError(f"the count of Bytes is of type {name}; expected an int")


class Part(NamedTuple):
    """Bytes that are sent at once, and their time: seconds since the request, or ``None``."""

    at: float | None
    data: bytes


@dataclass(frozen=True)
class Reply:
    """The HTTP response to a call."""

    status: int
    headers: Mapping[str, str]
    parts: Sequence[Part]
    is_stream: bool = False
    end: RecordedEnd | None = None  # of a stream; None is a regular end


@dataclass(frozen=True, kw_only=True)
class Faults:
    """The faults of a replay; ``replay`` documents them under the same names."""

    cut: int | Sequence[int] | random.Random | None = None
    truncate_after: int | Bytes | None = None
    fail_after: tuple[int, str] | tuple[int, str, Mapping[str, Any]] | None = None
    flip: int | Iterable[int] | random.Random | None = None

    def __post_init__(self) -> None:
        if self.flip is not None and not isinstance(self.flip, (int, random.Random)):
            # An iterator would be used up by the first stream.
            object.__setattr__(self, "flip", tuple(self.flip))
        match self.fail_after:
            case None | (int(), str()) | (int(), str(), Mapping()):
                pass
            case wrong:
                raise ValueError(
                    f"fail_after is of type {type(wrong).__name__}; "
                    "expected (int, str) or (int, str, Mapping)"
                )

    @property
    def is_random(self) -> bool:
        """Return whether each stream gets other faults."""
        return isinstance(self.cut, random.Random) or isinstance(self.flip, random.Random)

    def parts(self, recording: Recording) -> list[Part]:
        """Return the frames of the stream of *recording*, with their times and the faults.

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
    """Return the response that AWS would send for *recording* if *faults* happened."""
    # Both services answer in JSON, also with a refusal, unless the recording says otherwise.
    headers = {
        "content-type": "application/json",
        "x-amzn-requestid": REQUEST_ID,
        ORIGIN_HEADER: recording.origin,
    }
    response = recording.response
    # A refusal has no members, so the headers that hold them are only in other answers.
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
        end = None  # the fault ends the stream earlier, and regularly
    if end is not None and (tail := end.tail()):
        parts.append(Part(end.at, tail))
    return Reply(200, headers, parts, is_stream=True, end=end)


def beginning(name: str, parts: Sequence[Part], count: int | Bytes) -> list[Part]:
    """Return the first *count* of *parts*, which are one for each event, or ``Bytes`` of them.

    Args:
        name: The argument of ``replay`` or ``serve`` that an error names.
        parts: The frames of a stream.
        count: A number of events or bytes.

    Raises:
        ValueError: The stream has fewer.
    """
    if not isinstance(count, Bytes):
        _check(name, count, len(parts), "event")
        return list(parts[:count])
    left = count.count
    _check(name, left, sum(len(part.data) for part in parts), "byte")
    found = []
    for part in parts:
        found.append(part._replace(data=part.data[: max(0, left)]))
        left -= len(part.data)
    return [part for part in found if part.data]


def _recut(
    service: str, events: list[RecordedEvent], cut: int | Sequence[int] | random.Random
) -> list[RecordedEvent]:
    """Return *events* with the opaque payloads cut in other places.

    Runs of opaque events are joined and cut; an event between them stays in its place. Each new
    event has the time of the recorded event that brought its last byte, as no byte may arrive
    before it did.
    """

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
    """Yield the offsets inside *size* bytes at which to cut."""
    if isinstance(cut, int):
        if cut < 1:
            raise ValueError(f"cut: events of {cut} bytes; expected 1 or more")
        yield from range(cut, size, cut)
    elif isinstance(cut, random.Random):
        place = cut.randint(1, _LARGEST_RANDOM_PART)
        while place < size:
            yield place
            place += cut.randint(1, _LARGEST_RANDOM_PART)
    else:
        for place in sorted(cut):
            _check("cut", place, size, "byte")
            yield place


def _fail(
    recording: Recording,
    events: list[RecordedEvent],
    count: int,
    name: str,
    more: Mapping[str, Any] | None = None,
) -> list[RecordedEvent]:
    """Return the first *count* events, and then an error event of the service model."""
    errors = stream_errors(recording.service, recording.operation)
    if name not in errors:
        known = ", ".join(sorted(errors))
        raise ValueError(f"fail_after: {recording.operation} has no {name!r}; it has {known}")
    _check("fail_after", count, len(events), "event")
    words = f"{name} after {count} event{'s' * (count != 1)}, as the test asked for"
    detail = {errors[name]: words, **(more or {})}
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
            raise ValueError(f"flip: {bit}; the stream has {size} bits, counted from 0")
        data[bit // 8] ^= 0x80 >> bit % 8
    ends = itertools.accumulate(len(part.data) for part in parts)
    return [
        part._replace(data=bytes(data[end - len(part.data) : end]))
        for part, end in zip(parts, ends, strict=True)
    ]


def _check(name: str, value: int, limit: int, unit: str) -> None:
    if not 0 <= value <= limit:
        raise ValueError(f"{name}: {value}; the stream has {limit} {unit}{'s' * (limit != 1)}")
