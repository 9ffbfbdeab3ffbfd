"""Answers: one event of a stream, or one plain response, as a recording holds them.

An event becomes a frame (``RecordedEvent.frame``), and the headers of a frame say which event it is
(``head_of``). All that HTTP or a frame cannot carry is refused when the object is created, so that
each object can be written, replayed and read back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cohere_aws._services import SERVICES

from ._frames import MAX_PAYLOAD, MAX_SEALED, MAX_VALUE, block_of, encode, frame_of, seal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cohere_aws._services import Service

__all__ = [
    "Head",
    "Kind",
    "RecordedEvent",
    "RecordedResponse",
    "check_headers",
    "check_time",
    "head_of",
    "is_header",
    "is_opaque",
    "misfit",
]

Kind = Literal["event", "exception", "error"]

# The events that hold bytes of the model, by service and name. All others are JSON of the service.
_BYTES_EVENTS = {(service.name, service.payload_key): service for service in SERVICES.values()}

# A final status of HTTP, and a header of HTTP: its name is a token, its value one line of Latin-1.
_FIRST_STATUS, _LAST_STATUS = 200, 599
_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
# Bytes of an event's name, which is a header of the frame. With the longest message of an error,
# both still fit into the headers of one frame.
_MAX_NAME = 1024
# Characters of a header's name or value. aiohttp reads this many; http.client reads more.
_MAX_HEADER = 8190
# Seconds that every platform can wait. Windows has the lowest limit, 2**32 milliseconds.
_LAST_TIME = 4_000_000


@dataclass(frozen=True)
class RecordedEvent:
    """One event of a stream.

    Attributes:
        name: The type of the event, such as ``chunk``, or the code of the error.
        payload: The bytes; for an ``error`` its message.
        at: Seconds since the request, or ``None`` if unknown. Ignored when events are compared.
        kind: ``event``, ``exception`` (an error of the service model) or ``error`` (any other).
        is_readable: False if the frame has no payload that can be read: Bedrock may send a chunk
            without its bytes, or with damaged JSON. The payload is empty then, and botocore yields
            ``{"chunk": {}}``.

    Raises:
        ValueError: The time is out of range, or a frame cannot hold the name or the payload.
    """

    name: str
    payload: bytes
    at: float | None = field(default=None, compare=False)
    kind: Kind = "event"
    is_readable: bool = True

    def __post_init__(self) -> None:
        check_time(self.at)
        try:
            name = self.name.encode()
            if self.kind == "error":
                self.payload.decode()  # it becomes a header of the frame, which is text
        except UnicodeEncodeError:
            raise ValueError("the name contains a lone surrogate") from None
        limit = MAX_VALUE if self.kind == "error" else MAX_PAYLOAD
        for what, data, most in (("name", name, _MAX_NAME), ("payload", self.payload, limit)):
            if len(data) > most:
                raise ValueError(f"the {what} has {len(data)} bytes; a frame holds at most {most}")

    def frame(self, service: str) -> bytes:
        """Return the event as a frame of *service*, with both checksums."""
        if self.kind == "error":
            headers = {
                ":error-code": self.name,
                ":error-message": self.payload.decode(),
                ":message-type": "error",
            }
            return encode(headers, b"")
        block = _block(service, self.kind, self.name)
        if not self.is_readable:
            return frame_of(block, b"{}")
        is_sealed = _is_sealed(service, self.kind, self.name)
        return frame_of(block, seal(self.payload) if is_sealed else self.payload)


@dataclass(frozen=True)
class RecordedResponse:
    """The one response of a plain call, or of a streaming call that was refused.

    Attributes:
        status: The HTTP status.
        headers: The HTTP headers that are kept, names in lower case.
        body: The bytes of the body.
        at: Seconds since the request, or ``None`` if unknown. Ignored when responses are compared.

    Raises:
        ValueError: The time is out of range, or HTTP cannot carry the status or a header.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    at: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        check_time(self.at)
        if not _FIRST_STATUS <= self.status <= _LAST_STATUS:
            raise ValueError(f"the status is {self.status}; expected 200 to 599")
        check_headers(self.headers)


def misfit(event: RecordedEvent, service: str) -> str | None:
    """Return the reason why a stream of *service* cannot contain *event*, or ``None``."""
    is_sealed, size = _is_sealed(service, event.kind, event.name), len(event.payload)
    if is_sealed and size > MAX_SEALED:
        return f"the chunk has {size} bytes; a frame holds at most {MAX_SEALED}"
    if not event.is_readable and (size or not is_sealed):
        return f"the payload of {event.name!r} is missing"
    return None


def check_headers(headers: Mapping[str, Any]) -> None:
    """Check that HTTP can carry *headers*.

    Raises:
        ValueError: HTTP cannot carry one of them. The message names it.
    """
    for name, value in headers.items():
        if not is_header(name, value):
            raise ValueError(f"HTTP cannot carry the header {name[:99]!r}")


def is_header(name: str, value: object) -> bool:
    """Return whether HTTP can carry a header."""
    fits = isinstance(value, str) and max(len(name), len(value)) <= _MAX_HEADER
    return bool(fits and _NAME.fullmatch(name) and _VALUE.fullmatch(str(value)))


def check_time(at: float | None) -> None:
    """Check that *at* is a possible time of an event.

    Raises:
        ValueError: It is negative, too large or not a number.
    """
    if at is not None and not 0 <= at <= _LAST_TIME:
        raise ValueError(f"'at' is {at!r:.20}; expected seconds from 0 to {_LAST_TIME}")


class Head(NamedTuple):
    """The content of the headers of a frame."""

    kind: Kind
    name: str
    message: bytes  # of an unmodelled error; it is the payload of the event
    is_sealed: bool


def head_of(service: str, headers: Mapping[str, Any]) -> Head:
    """Return the content of *headers* of a frame of *service*, as ``RecordedEvent.frame`` set them.

    Unknown message types are events, as botocore treats them.
    """
    kind = headers.get(":message-type")
    if kind == "error":
        message = str(headers.get(":error-message", "")).encode()
        return Head(kind, str(headers.get(":error-code", "")), message, is_sealed=False)
    known: Kind = "exception" if kind == "exception" else "event"
    name = str(headers.get(f":{known}-type", ""))
    return Head(known, name, b"", _is_sealed(service, known, name))


def is_opaque(service: str, kind: Kind, name: str) -> bool:
    """Return whether such an event holds bytes of the model, which a service may cut anywhere."""
    return _bytes_event(service, kind, name) is not None


def _is_sealed(service: str, kind: Kind, name: str) -> bool:
    row = _bytes_event(service, kind, name)
    return row is not None and row.is_sealed


@lru_cache
def _block(service: str, kind: Kind, name: str) -> bytes:
    """Return the headers of an event or an exception as bytes.

    They are kept, because a stream has thousands of events with the same headers. Those of an error
    are not kept: they hold its message, so that each error has other ones.
    """
    row = _bytes_event(service, kind, name)
    headers = {
        f":{kind}-type": name,
        ":content-type": row.event_content_type if row else "application/json",
        ":message-type": kind,
    }
    return block_of(headers)


def _bytes_event(service: str, kind: Kind, name: str) -> Service | None:
    """Return the row of *service* if such an event holds bytes of the model."""
    return _BYTES_EVENTS.get((service, name)) if kind == "event" else None
