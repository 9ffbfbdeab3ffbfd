"""Ends of streams that did not end regularly, and the bytes and exceptions that repeat them."""

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

# Stands for the frame that did not arrive whole. Its content is never read, because its checksum
# fails first.
_FRAME = encode({":message-type": "event", ":event-type": "damaged"}, b"")


class ReplayError(AssertionError):
    """A difference between the recordings and the code under test.

    No recording answers a call, the code reads more of a stream than was recorded, or a recording
    has not answered a call.

    It is an ``AssertionError``, so that code that handles errors of AWS does not catch it.
    """


@dataclass(frozen=True)
class RecordedEnd:
    """The end of a stream that did not end regularly.

    Attributes:
        kind: ``reset``: the connection was reset. ``stalled``: nothing arrived in time. ``cut``:
            the body ended inside a frame. ``checksum``: a frame was damaged. ``closed``: the code
            that read the stream closed it before its end.
        at: Seconds since the request, or ``None`` if unknown. Ignored when ends are compared.

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
        """Return the exception that the HTTP library raises when it reads on, or ``None``.

        The rest of a stream that was ``closed`` is unknown. Reading on is a ``ReplayError``, like a
        call that was not recorded, so that the code under test does not take it for the end.
        """
        if self.kind == "closed":
            return ReplayError(
                "the recording of this stream ends here, because its reader closed it; "
                "record it again to read on"
            )
        if self.kind in ("reset", "stalled"):
            return _broken_off(stalled=self.kind == "stalled", asynchronous=asynchronous)
        return None


def stalls(error: Exception) -> bool | None:
    """Return whether *error*, raised while a stream was read, is a timeout.

    Return ``None`` if it is not an error of the connection.
    """
    found = translated_in_stream(error, "the stream")
    # Errors of a connection are subclasses of OSError. OSError itself comes from writing the file,
    # for example on a full disk.
    if not isinstance(found, TransportError) or not found.retryable or type(error) is OSError:
        return None
    timeouts = [("urllib3.exceptions", "TimeoutError"), ("asyncio", "TimeoutError")]
    # Not imported: if the module is not loaded, the error is not one of its own.
    loaded = [getattr(sys.modules.get(module), name, None) for module, name in timeouts]
    return isinstance(error, (TimeoutError, *filter(None, loaded)))


def _broken_off(*, stalled: bool, asynchronous: bool) -> Exception:
    """Return the exception of urllib3, or of aiohttp, when a connection stalls or is reset.

    boto3 reads the body with urllib3, aiobotocore with aiohttp.
    """
    reset = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    if asynchronous:
        import aiohttp

        if stalled:  # aiohttp before 3.10 raises the base class of this one
            late = getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError)
            return late("Timeout on reading data from socket")
        return aiohttp.ClientPayloadError(f"Response payload is not completed: {reset!r}")
    import urllib3.exceptions

    if stalled:
        pool: Any = "replayed"  # urllib3 only shows it in the message
        return urllib3.exceptions.ReadTimeoutError(pool, "", "Read timed out.")
    return urllib3.exceptions.ProtocolError(f"Connection broken: {reset!r}", reset)
