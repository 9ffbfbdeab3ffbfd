"""Endings: how a stream that did not end in good order ended, and how that happens again."""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from cohere_aws._translations import translated_in_stream
from cohere_aws.error import TransportError

from ._answer import check_time
from ._frames import encode

__all__ = ["Ending", "RecordedEnd", "ReplayError", "stalls"]

Ending = Literal["reset", "stalled", "cut", "checksum", "closed"]

# Stands for the frame that did not arrive whole; readers of it get no further than its checksums.
_FRAME = encode({":message-type": "event", ":event-type": "damaged"}, b"")


class ReplayError(AssertionError):
    """A call that no recording answers, more of a stream than was recorded, or a recording unused.

    It is an ``AssertionError``, so that no ``except`` for errors of AWS takes it for one of them.
    """


@dataclass(frozen=True)
class RecordedEnd:
    """How a stream ended, if not in good order.

    Attributes:
        kind: ``reset`` or ``stalled``: the connection was; ``cut``: the body ended inside a
            frame; ``checksum`` is a frame that arrived damaged; ``closed`` is a stream
            that its reader closed before the end.
        at: Seconds since the request; ``None`` is unknown. It does not count for equality.

    Raises:
        ValueError: The kind is not one of these, or the time is out of range.
    """

    kind: Ending
    at: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in get_args(Ending):
            raise ValueError(f"the end is {self.kind!r}; expected {', '.join(get_args(Ending))}")
        check_time(self.at)

    def tail(self) -> bytes:
        """Return the bytes that come after the last whole frame."""
        if self.kind == "cut":
            return _FRAME[: len(_FRAME) // 2]
        return _FRAME[:-1] + bytes([_FRAME[-1] ^ 1]) if self.kind == "checksum" else b""

    def error(self, *, asynchronous: bool = False) -> Exception | None:
        """Return the exception that reading on raises, as the HTTP library would.

        Nobody knows what AWS would have sent after a stream was ``closed``. So, as for a call that
        was not recorded, it is a ``ReplayError``, and not an end that the code under test could
        take for one of AWS.
        """
        if self.kind == "closed":
            return ReplayError(
                "the recording of this stream ends here, because its reader closed it; "
                "to read further, record it again"
            )
        if self.kind in ("reset", "stalled"):
            return _broken_off(stalled=self.kind == "stalled", asynchronous=asynchronous)
        return None


def stalls(error: Exception) -> bool | None:
    """Return whether *error*, out of the body of a stream, says that nothing came in time.

    ``None`` if it does not say that the connection broke off at all.
    """
    found = translated_in_stream(error, "the stream")
    # A plain OSError is one of the file, such as a full disk: those of connections are subclasses.
    if not isinstance(found, TransportError) or not found.retryable or type(error) is OSError:
        return None
    timeouts = [("urllib3.exceptions", "TimeoutError"), ("asyncio", "TimeoutError")]
    loaded = [getattr(sys.modules.get(module), name, None) for module, name in timeouts]
    return isinstance(error, (TimeoutError, *filter(None, loaded)))


def _broken_off(*, stalled: bool, asynchronous: bool) -> Exception:
    """Return what reading a stream raises when the connection stalls, or else is reset.

    The body of boto3 is one of urllib3, and that of aiobotocore one of aiohttp.
    """
    reset = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    if asynchronous:
        import aiohttp

        if stalled:  # before 3.10, aiohttp raises the class that is the base of this one
            late = getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError)
            return late("Timeout on reading data from socket")
        return aiohttp.ClientPayloadError(f"Response payload is not completed: {reset!r}")
    import urllib3.exceptions

    if stalled:
        pool: Any = "replayed"  # urllib3 shows it, and asks nothing else of it
        return urllib3.exceptions.ReadTimeoutError(pool, "", "Read timed out.")
    return urllib3.exceptions.ProtocolError(f"Connection broken: {reset!r}", reset)
