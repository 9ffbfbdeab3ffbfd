"""Encode the frames of an AWS event stream, and cut frames out of bytes.

A frame carries one event over HTTP. AWS specifies its format, which all services share, in
https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html::

    total length (4) │ headers length (4) │ CRC-32 of these 8 bytes (4)
    headers          │ payload            │ CRC-32 of everything before it (4)

Numbers are big-endian. A header is the length of its name (1), the name, its type (1) and its
value. Errors and events use one type only, the string (7): the length of the value (2), the value.

botocore decodes the streams that tests read. ``FrameCutter`` is for recording, where bytes are
observed on their way to botocore's parser. It finds the frames and checks them, and leaves the
headers as bytes: decoding everything twice would make recording twice as slow.
"""

from __future__ import annotations

import binascii
import json
import re
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MAX_PAYLOAD",
    "MAX_SEALED",
    "MAX_VALUE",
    "FrameCutter",
    "begins_frame",
    "block_of",
    "encode",
    "frame_of",
    "seal",
    "unseal",
]

_LENGTHS = struct.Struct("!II")
_CHECKSUM = struct.Struct("!I")
_HEADERS_START = _LENGTHS.size + _CHECKSUM.size
_AROUND = _HEADERS_START + _CHECKSUM.size
_STRING = 7

# The limits of botocore's parser (``botocore.eventstream``).
_MAX_NAME, MAX_VALUE = 255, 65_535
_MAX_HEADERS, MAX_PAYLOAD = 128 * 1024, 24 * 1024 * 1024
# Bytes that fit into a payload when they are sealed: as base64, inside at most 100 bytes of JSON.
MAX_SEALED = (MAX_PAYLOAD - 100) // 4 * 3

# A whole chunk of Bedrock, as a fast way past the JSON parser. Base64 has no characters that JSON
# escapes. The pattern goes to the end of the chunk: one that is cut short is not JSON, even if all
# of its bytes arrived.
_BYTES_FIRST = re.compile(rb'\{"bytes": ?"([A-Za-z0-9+/=]*)"(?:, ?"p": ?"[A-Za-z0-9]*")?\}')

# Bedrock pads each chunk with a prefix of this, of random length, so that the size of a frame does
# not reveal the length of a token.
_PADDING = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return a frame with these string headers and this payload.

    Raises:
        ValueError: A header or the payload is too long for a frame.
    """
    return frame_of(block_of(headers), payload)


def block_of(headers: Mapping[str, str]) -> bytes:
    """Return string headers as the bytes that a frame holds.

    Raises:
        ValueError: A header, or all of them together, are too long for a frame.
    """
    block = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    _check("the headers", len(block), _MAX_HEADERS)
    return block


def frame_of(block: bytes, payload: bytes) -> bytes:
    """Return a frame with a *block* of headers, from ``block_of``, and this payload.

    Most events of a stream have the same headers: one block serves all of their frames.

    Raises:
        ValueError: The payload is too long for a frame.
    """
    _check("the payload", len(payload), MAX_PAYLOAD)
    lengths = _LENGTHS.pack(_AROUND + len(block) + len(payload), len(block))
    frame = lengths + _CHECKSUM.pack(zlib.crc32(lengths)) + block + payload
    return frame + _CHECKSUM.pack(zlib.crc32(frame))


def begins_frame(source: bytes | bytearray, start: int = 0) -> bool:
    """Return whether the two lengths of a frame, with their checksum, are at *start*."""
    if len(source) - start < _HEADERS_START:
        return False
    lengths = source[start : start + _LENGTHS.size]
    checksum: int = _CHECKSUM.unpack_from(source, start + _LENGTHS.size)[0]
    return checksum == zlib.crc32(lengths)


class FrameCutter:
    """Incremental reader of frames, for bytes in parts of any size.

    Attributes:
        is_damaged: A checksum did not match, so the bytes after the frames so far are not frames.
    """

    def __init__(self) -> None:
        self.is_damaged = False
        self._rest = bytearray()  # the beginning of a frame that is not complete yet

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Return the headers and the payload of each frame that *data* completes, as bytes."""
        source: bytes | bytearray = data  # usually whole frames, which need not be copied
        if self._rest:
            self._rest += data
            source = self._rest
        # A list, not a generator: AWS sends one frame at a time, and a generator takes longer.
        found, start = [], 0
        while len(source) - start >= _AROUND:
            total, headers = _LENGTHS.unpack_from(source, start)
            end = start + total
            if len(source) < end:
                # The lengths are checked as soon as they are there. If they were damaged, the frame
                # might seem to be so long that the end of the stream would come first.
                self.is_damaged = not begins_frame(source, start)
                break
            checksum = end - _CHECKSUM.size
            if total < _AROUND or _CHECKSUM.unpack_from(source, checksum)[0] != zlib.crc32(
                source[start:checksum]
            ):
                self.is_damaged = True
                break
            begin = start + _HEADERS_START
            middle = begin + headers
            found.append((bytes(source[begin:middle]), bytes(source[middle:checksum])))
            start = end
        # No copy if nothing was cut off: a long frame in many parts would take quadratic time.
        if start or source is data:
            rest = source[start:]
            if rest or self._rest:  # usually there is none, before or after
                self._rest = bytearray(rest)
        return found

    @property
    def is_inside(self) -> bool:
        """Return whether the bytes so far end inside a frame."""
        return bool(self._rest)


def seal(payload: bytes) -> bytes:
    """Return *payload* in the wrapping of a Bedrock chunk: base64 in JSON, next to padding."""
    # The length of the padding varies from chunk to chunk, but is the same in each run.
    padding = _PADDING[: zlib.crc32(payload) % len(_PADDING) + 1]
    # Not json.dumps(), for speed: JSON does not escape any character of base64 or of the padding.
    return b'{"bytes": "%b", "p": "%b"}' % (binascii.b2a_base64(payload, newline=False), padding)


def unseal(sealed: bytes) -> bytes:
    """Return the payload in the wrapping of a Bedrock chunk.

    Raises:
        ValueError: *sealed* is not such a wrapping.
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
