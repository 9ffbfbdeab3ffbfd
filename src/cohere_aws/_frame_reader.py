"""Read the frames of an AWS event stream, with botocore for everything that is unusual.

botocore takes 10 µs and more for a frame, most of it for headers that are the same in each. A
``FrameReader`` has botocore parse the first frame with new headers, and keeps the result with the
bytes of these headers. ``add(data)`` takes bytes, however they are cut; ``take()`` returns the next
frame. Neither does any I/O.

Strategy:

1. Take a frame without botocore only if its lengths are consistent, both checksums fit, and the
   bytes of its headers are known. Then botocore would parse the same headers again.
2. If botocore's event for such headers had a known form (``_event_forms``), and the payload has
   the same form, return the event: a dict. Otherwise return a message, the object that botocore
   parses to an event.
3. Pass every other frame to botocore as it is. So botocore raises each error, and this module need
   not know the types of headers, the limits, or the meaning of damaged lengths.
4. Look at each byte once. The chunks of a frame that is not complete are collected, and joined
   when enough bytes are there.

Nothing is read ahead: each frame is returned after the same chunk as by botocore. The
position is kept in the reader and not in a loop, so that two loops can read one stream in turns.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any
from zlib import crc32

from botocore.eventstream import EventStreamBuffer, EventStreamMessage, MessagePrelude

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._event_forms import Form

__all__ = ["FrameReader"]

# The lengths of the frame and of its headers, and the checksum of both; ``testing._frames`` has the
# whole format.
_prelude_at = Struct("!III").unpack_from
_checksum_at = Struct("!I").unpack_from
_LENGTHS, _PRELUDE, _CHECKSUM = 8, 12, 4
_AROUND = _PRELUDE + _CHECKSUM

# Longer frames are left to botocore, whose own limits differ between its versions.
_LONGEST = 64 * 1024

# The services send about ten different headers. A stream whose frames all differ, for example by a
# date, must not fill the memory.
_MOST_HEADERS = 64


class FrameReader:
    """Reader of frames, which makes events of the frames that are like earlier ones.

    Args:
        forms: The forms that events may have.

    Attributes:
        has_failed: ``True`` after botocore has raised an error for a frame. It reads no further.
    """

    __slots__ = ("_at", "_data", "_forms", "_headers", "_known", "_later", "_latest", "_missing",
                 "has_failed")  # fmt: skip

    def __init__(self, forms: Sequence[Form]) -> None:
        self.has_failed = False
        self._forms = forms
        self._headers: dict[bytes, dict[str, Any]] = {}  # by their bytes, as botocore parsed them
        self._known: dict[bytes, Form] = {}  # by the bytes of the headers
        self._latest: tuple[Any, bytes] = (None, b"")  # a message, and the bytes of its headers
        self._data, self._at = b"", 0  # the next frame begins at this position
        self._later: list[bytes] = []  # chunks after _data, while the next frame is incomplete
        self._missing = 0  # how many bytes to collect in _later before looking at the frame again

    def add(self, data: bytes) -> None:
        """Add the next bytes of the stream; call ``take`` until it returns ``None``."""
        if type(data) is not bytes:
            data = b"" + data  # as botocore; a copy, because the source may reuse a buffer
        if self._at == len(self._data):
            self._data, self._at = data, 0
        else:
            self._later.append(data)
            self._missing -= len(data)

    def take(self, *, as_message: bool = False) -> Any:
        """Return the next frame as an event, which is a dict, or as a message of botocore.

        The caller has botocore parse a message, and calls ``learn`` with the event. ``None`` means
        that the next frame is not complete.

        Args:
            as_message: Return a message in any case, for a loop of botocore.

        Raises:
            Exception: botocore's, for a damaged frame.
        """
        if self._later:
            if self._missing > 0:
                return None
            self._data, self._at = b"".join((self._data[self._at :], *self._later)), 0
            self._later = []
        data, start = self._data, self._at
        if len(data) - start < _PRELUDE:
            self._missing = start + _PRELUDE - len(data)
            return None
        total, length, check = _prelude_at(data, start)
        if length + _AROUND <= total <= _LONGEST and crc32(data[start : start + _LENGTHS]) == check:
            end = start + total
            if end > len(data):
                self._missing = end - len(data)
                return None
            middle, stop = start + _PRELUDE + length, end - _CHECKSUM
            checksum = _checksum_at(data, stop)[0]
            if checksum == crc32(data[start + _LENGTHS : stop], check):
                headers, payload = data[start + _PRELUDE : middle], data[middle:stop]
                form = self._known.get(headers)
                if form is not None and not as_message:
                    event = form(payload)
                    if event is not None:
                        self._at = end
                        return event
                parsed = self._headers.get(headers)
                if parsed is not None:
                    self._at = end
                    prelude = MessagePrelude(total, length, check)
                    # A copy of the headers, because each message belongs to its caller.
                    message = EventStreamMessage(prelude, parsed.copy(), payload, checksum)
                    self._latest = message, headers
                    return message
        return self._parsed(total, length)

    def learn(self, message: Any, event: Any) -> None:
        """Learn from *event*, which botocore made of *message*, the latest from ``take``."""
        latest, headers = self._latest
        # Another task may have taken a message in the meantime. Nothing is learned twice, because
        # most messages of some streams are odd, and a comparison takes time.
        if message is not latest or headers in self._known:
            return
        for form in self._forms:
            found = form(message.payload)
            # As text, because equal values may have other types, or members in another order.
            if found is not None and repr(found) == repr(event):
                self._known[headers] = form

    def _parsed(self, total: int, length: int) -> Any:
        """Return the next frame as botocore parses it, or ``None`` if it is not complete."""
        data, start = self._data, self._at
        # botocore looks at bytes after the frame only if the lengths contradict each other.
        end = start + total if length + _AROUND <= total else len(data)
        buffer = EventStreamBuffer()
        buffer.add_data(data[start:end])
        try:
            message = next(buffer, None)
        except BaseException:
            self.has_failed = True
            self._data, self._at = b"", 0
            raise
        if message is None:
            self._missing = start + total - len(data)
            return None
        self._at = start + total
        if total <= _LONGEST and len(self._headers) < _MOST_HEADERS:
            headers = data[start + _PRELUDE : start + _PRELUDE + length]
            self._headers[headers] = message.headers.copy()
            self._latest = message, headers
        return message
