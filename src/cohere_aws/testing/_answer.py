"""Answers: one event of a stream, or one plain response, as a recording holds them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ._frames import encode, seal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Kind", "RecordedEvent", "RecordedResponse", "Seen", "seen"]

Kind = Literal["event", "exception", "error"]

# Where the payload of an event travels wrapped in base64 and JSON: the blob members that the
# service models do not mark as the payload itself.
_SEALED = {("bedrock-runtime", "chunk")}
# A final answer of HTTP, and a header as HTTP writes it: a token, and Latin-1 within one line.
_FIRST_STATUS, _LAST_STATUS = 200, 599
_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
_CONTENT_TYPES = {"PayloadPart": "application/octet-stream"}


@dataclass(frozen=True)
class RecordedEvent:
    """One event of a stream.

    Attributes:
        name: The type of the event, such as ``chunk``, or the code of the error.
        payload: Its bytes; for an ``error`` its message.
        at: Seconds since the request; ``None`` is unknown. It does not count for equality.
        kind: ``event``, ``exception`` (an error that the service model names) or ``error``.

    Raises:
        ValueError: The time is no time; the message of an ``error`` is no UTF-8.
    """

    name: str
    payload: bytes
    at: float | None = field(default=None, compare=False)
    kind: Kind = "event"

    def __post_init__(self) -> None:
        _check_time(self.at)
        if self.kind == "error":
            self.payload.decode()  # it travels as a header, which is text

    def frame(self, service: str) -> bytes:
        """The event as a frame of *service*, with both checksums."""
        if self.kind == "error":
            words = self.payload.decode()
            headers = {":error-code": self.name, ":error-message": words, ":message-type": "error"}
            return encode(headers, b"")
        headers = {
            f":{self.kind}-type": self.name,
            ":content-type": _CONTENT_TYPES.get(self.name, "application/json"),
            ":message-type": self.kind,
        }
        sealed = (service, self.name) in _SEALED
        return encode(headers, seal(self.payload) if sealed else self.payload)


@dataclass(frozen=True)
class RecordedResponse:
    """The one response of a plain call, or of a streaming call that was refused.

    Attributes:
        status: The HTTP status.
        headers: The HTTP headers that are kept, names in lower case.
        body: The bytes of the body.
        at: Seconds since the request; ``None`` is unknown. It does not count for equality.

    Raises:
        ValueError: The time is no time, or HTTP cannot carry the status or a header.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    at: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        _check_time(self.at)
        if not _FIRST_STATUS <= self.status <= _LAST_STATUS:
            raise ValueError(f"the status is {self.status}; expected 200 to 599")
        for name, value in self.headers.items():
            fits = isinstance(value, str) and _NAME.fullmatch(name) and _VALUE.fullmatch(value)
            if not fits:
                raise ValueError(f"HTTP cannot carry the header {name!r}")


def _check_time(at: float | None) -> None:
    if at is not None and not 0 <= at < math.inf:
        raise ValueError(f"'at' is {at}; expected seconds of 0 or more")


class Seen(NamedTuple):
    """What the headers of a frame tell."""

    kind: Kind
    name: str
    words: bytes  # the payload of an unmodelled error, whose message is a header
    is_sealed: bool


def seen(service: str, headers: Mapping[str, Any]) -> Seen:
    """What *headers* tell of a frame of *service*: the inverse of ``RecordedEvent.frame``."""
    kind = headers.get(":message-type")
    if kind == "error":
        words = str(headers.get(":error-message", "")).encode()
        return Seen(kind, str(headers.get(":error-code", "")), words, is_sealed=False)
    # What is of neither kind of error, or does not say, botocore takes for an event.
    known: Kind = "exception" if kind == "exception" else "event"
    name = str(headers.get(f":{known}-type", ""))
    return Seen(known, name, b"", (service, name) in _SEALED)
