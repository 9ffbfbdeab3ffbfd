"""Encode the frames of an AWS event stream, and cut them out of passing bytes.

A frame is what carries one event over HTTP, as the AWS specification of the format draws it
(https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html; all services share it)::

    total length (4) │ headers length (4) │ CRC-32 of these 8 bytes (4)
    headers          │ payload            │ CRC-32 of everything before it (4)

Numbers are big-endian. A header is the length of its name (1), the name, its type (1), and for the
one type that errors and events use, a string (7), the length of the value (2) and the value.

Streams are decoded by botocore, whose parser is the one that counts. ``FrameCutter`` is for bytes
that only pass by, on their way to that parser: parsing them a second time in the same way would
make it twice as slow to record a stream.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["MAX_PAYLOAD", "MAX_SEALED", "MAX_VALUE", "FrameCutter", "encode", "seal", "unseal"]

_LENGTHS = struct.Struct("!II")
_CHECKSUM = struct.Struct("!I")
_HEADERS_START = _LENGTHS.size + _CHECKSUM.size
_AROUND = _HEADERS_START + _CHECKSUM.size
_STRING = 7

# The limits of botocore's parser (``botocore.eventstream``).
_MAX_NAME, MAX_VALUE = 255, 65_535
_MAX_HEADERS, MAX_PAYLOAD = 128 * 1024, 24 * 1024 * 1024
# Bytes that fit into a payload when they are sealed: as base64, in at most 100 characters of JSON.
MAX_SEALED = (MAX_PAYLOAD - 100) // 4 * 3

# What a whole chunk of Bedrock looks like; base64 holds nothing that JSON would escape. One whose
# end is missing is not JSON, though its bytes may be there.
_BYTES_FIRST = re.compile(rb'\{"bytes": ?"([A-Za-z0-9+/=]*)"(?:, ?"p": ?"[A-Za-z0-9]*")?\}')

# Bedrock pads each chunk with the beginning of this, of random length, so that the size of a frame
# does not tell the length of a token.
_PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Make one frame of string headers and a payload.

    Raises:
        ValueError: A header or the payload is longer than a frame can hold.
    """
    block = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    _check("the headers", len(block), _MAX_HEADERS)
    _check("the payload", len(payload), MAX_PAYLOAD)
    lengths = _LENGTHS.pack(_AROUND + len(block) + len(payload), len(block))
    frame = lengths + _CHECKSUM.pack(zlib.crc32(lengths)) + block + payload
    return frame + _CHECKSUM.pack(zlib.crc32(frame))


class FrameCutter:
    """Cuts frames out of bytes, in whatever parts they come."""

    def __init__(self) -> None:
        self._rest = bytearray()  # the beginning of a frame that is not whole yet

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give the block of headers and the payload of each frame that *data* completes.

        Raises:
            ValueError: The bytes are no frames; a checksum does not fit.
        """
        source: bytes | bytearray = data  # most often whole frames, which need no copy
        if self._rest:
            self._rest += data
            source = self._rest
        start = 0
        while len(source) - start >= _AROUND:
            total, headers = _LENGTHS.unpack_from(source, start)
            end = start + total
            if len(source) < end:
                self._check_lengths(source, start)
                break
            checksum = end - _CHECKSUM.size
            if total < _AROUND or _CHECKSUM.unpack_from(source, checksum)[0] != zlib.crc32(
                source[start:checksum]
            ):
                raise ValueError("a checksum does not fit")
            middle = start + _HEADERS_START + headers
            yield bytes(source[start + _HEADERS_START : middle]), bytes(source[middle:checksum])
            start = end
        self._rest = bytearray(source[start:]) if start or source is data else self._rest

    @property
    def is_inside(self) -> bool:
        """Whether the bytes so far end inside a frame."""
        return bool(self._rest)

    @staticmethod
    def _check_lengths(source: bytes | bytearray, start: int) -> None:
        # The rest of a frame whose length is damaged would be waited for until the stream ends.
        lengths = source[start : start + _LENGTHS.size]
        if _CHECKSUM.unpack_from(source, start + _LENGTHS.size)[0] != zlib.crc32(lengths):
            raise ValueError("a checksum does not fit")


def seal(payload: bytes) -> bytes:
    """Wrap the bytes of a Bedrock chunk as they travel: base64 in JSON, and padding beside it."""
    # The length of the padding is any that differs from chunk to chunk, and the same every time.
    padding = _PADDING[: zlib.crc32(payload) % len(_PADDING) + 1]
    return json.dumps({"bytes": base64.b64encode(payload).decode(), "p": padding}).encode()


def unseal(sealed: bytes) -> bytes:
    """Undo ``seal``.

    Raises:
        ValueError: It is not what ``seal`` makes.
    """
    if found := _BYTES_FIRST.fullmatch(sealed):
        return binascii.a2b_base64(found[1])
    try:
        return binascii.a2b_base64(json.loads(sealed)["bytes"])
    except (LookupError, TypeError, RecursionError):
        raise ValueError("the bytes of a chunk are missing") from None


def _header(name: bytes, value: bytes) -> bytes:
    _check("the name of a header", len(name), _MAX_NAME)
    _check("the value of a header", len(value), MAX_VALUE)
    return b"%c%b%c%b%b" % (len(name), name, _STRING, struct.pack("!H", len(value)), value)


def _check(what: str, length: int, limit: int) -> None:
    if length > limit:
        raise ValueError(f"{what} has {length} bytes; a frame holds at most {limit}")
