"""Cut a byte stream into JSON values, wherever the payload boundaries fall.

The payloads of a stream, joined, are one text: JSON objects or arrays, called items, with
separators or nothing between them (``_separators``). A payload may hold any part of that text: half
an item, or three, or half a character.
``feed(data)`` returns the items that *data* completes, and ``finish()`` the number of bytes of an
incomplete item at the end. Neither does any I/O.

Strategy:

1. Find the end of an item before decoding it. Brackets, quotes and backslashes are ASCII, and UTF-8
   never uses an ASCII byte inside a longer character. So a payload that ends inside a character
   needs no special case.
2. Find the end by walking over brackets and strings, without parsing. The walk keeps its state
   (depth, inside a string, after a backslash) between payloads and never goes back to an earlier
   one, however small the payloads are: n bytes in k payloads take O(n + k) time.
3. Decode and parse a complete item once, by the C scanner of the standard library.
4. Try the fast path first. Most payloads are exactly one small item, perhaps as one line of
   server-sent events. If no item is pending, pass the payload to the scanner, and fall back to the
   walk if that fails. The limits are checked before the scanner runs, so both paths accept the same
   items. Pass the lines of a longer payload to the scanner (``_lines``), until that fails.
5. Collect the bytes of a pending item in one buffer, so that its memory depends on its own size and
   not on the number of payloads.

The result depends on the bytes alone and not on how they were split, errors included: an item that
is too long or too deep is an error at the first byte beyond the limit, and an item that is not JSON
is an error at its end.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from ._field import counted
from ._json import SHORT, decode, is_wide, scan, scan_short
from ._lines import end_of_fields, item_in_line
from ._separators import Separators, kind_of
from .error import InvalidRequestError, MalformedStreamError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Item = dict[str, Any] | list[Any]

__all__ = ["DEFAULT_MAX_DEPTH", "DEFAULT_MAX_ITEM_BYTES", "Framing"]

# The most payload bytes that ``botocore.eventstream`` accepts in one event, so an item in one event
# is never too long. The longest answer of Command, five generations of 4096 tokens with their
# likelihoods, takes about a tenth of this.
DEFAULT_MAX_ITEM_BYTES = 24 * 1024 * 1024

# The deepest item known is a response with token likelihoods, with a depth of 6.
DEFAULT_MAX_DEPTH = 64

# The scanner of the standard library recurses once for each level. Up to Python 3.11, that counts
# towards the recursion limit, by default 1000: this leaves half of it to the calling code, and code
# that is nested deeper gets a RecursionError.
_LARGEST_MAX_DEPTH = 500

_QUOTE, _BACKSLASH, _OPENING = ord('"'), ord("\\"), b"{["
_SPACE, _OPENING_OR_SPACE, _LINE_ENDS = " \t\r\n", b"{[ \t\r\n", (b"\n", b"\r")

# A bracket; a whole string without escapes; or the opening quote of any other string. Compiled when
# the first Framing is created, which keeps the import short.
_STRUCTURE = rb'[][{}]|"[^"\\]*"|"'


class Framing:
    """Cuts a stream of bytes into JSON objects and arrays; holds at most one incomplete item.

    Args:
        max_item_bytes: The length of the longest accepted item, in bytes; 2 to ``sys.maxsize``.
        max_depth: The depth of the deepest accepted item, 1 to 500; ``{}`` has a depth of 1.

    Attributes:
        item_count: The number of complete items so far. ``_envelope`` adds those without bytes.
    """

    __slots__ = (
        "_depth", "_escaped", "_head", "_in_string", "_max_depth", "_max_item_bytes",
        "_offset", "_pending", "_quick_bytes", "_separators", "_start", "_structure", "item_count",
    )  # fmt: skip

    def __init__(
        self,
        *,
        max_item_bytes: int = DEFAULT_MAX_ITEM_BYTES,
        max_depth: int = DEFAULT_MAX_DEPTH,
    ) -> None:
        _check_limit(
            "max_item_bytes", max_item_bytes, len("{}"), sys.maxsize, f"from 2 to {sys.maxsize}"
        )
        _check_limit(
            "max_depth", max_depth, 1, _LARGEST_MAX_DEPTH, f"from 1 to {_LARGEST_MAX_DEPTH}"
        )
        self._max_item_bytes = max_item_bytes
        self._max_depth = max_depth
        # The fast path does not count the brackets of a payload of up to this length. A complete
        # item deeper than max_depth is longer than 2 * max_depth, because each level has two
        # brackets. The last limit is for payloads such as "[[[[", in which the scanner recurses
        # once for each byte before it fails.
        self._quick_bytes = min(max_item_bytes, 2 * max_depth, _LARGEST_MAX_DEPTH)
        self._structure = re.compile(_STRUCTURE)
        self.item_count = 0
        self._offset = 0  # the number of bytes before the current data
        # The pending item: the offset of its first byte, its bytes so far, and where the walk is in
        # it. With a depth of 0, the pending bytes are an incomplete separator.
        self._start = 0
        self._pending = bytearray()
        self._depth = 0
        self._in_string = False
        self._escaped = False  # the last byte is a backslash that escapes the next byte
        self._separators = Separators()
        # Once a line began with a field: the text before an item in its line. Most items of a
        # stream have the same, and then no pattern is needed to recognise it.
        self._head = b""

    @property
    def position(self) -> int:
        """Return the number of bytes in the payloads so far, without one that is still walked."""
        return self._offset

    def feed(self, data: bytes) -> Iterable[Item]:
        """Return the items that *data* completes. Exhaust the result before the next call.

        The walk is lazy, for two reasons: an error is raised after the items before it were
        yielded, so none of them is lost; and this object holds no item that it has yielded.

        Raises:
            MalformedStreamError: While the result is iterated: an item is too long, too deep or not
                JSON, or other text is in its place. Do not use this object after it.
        """
        size, begin = len(data), 0
        if self._head and not self._pending and self._separators.is_line_start():
            if data.startswith(self._head):
                begin = len(self._head)
            elif begin := end_of_fields(data):
                self._head = data[:begin]
        if not self._pending and (size <= self._quick_bytes or self._is_within_limits(data)):
            try:
                text = data.decode()
                item, end = (scan_short if size <= SHORT else scan)(text, begin)
            except (ValueError, StopIteration):
                pass  # incomplete, more than one item, or malformed: the walk decides which
            else:
                # White space may follow the item; anything else is for the walk.
                rest = "" if end == len(text) else text[end:]
                if type(item) is dict and (not rest or not rest.strip(_SPACE)):
                    self._offset += size
                    self.item_count += 1
                    self._separators.space = rest
                    return (item,)
        return self._walk(data)

    def finish(self) -> int:
        """Return the number of bytes of an incomplete item at the end of the stream."""
        return len(self._pending) if self._depth else self._separators.unfinished

    def _is_within_limits(self, data: bytes) -> bool:
        """Return whether *data* is certainly within the limits, and cheap to decode at once."""
        if len(data) <= self._quick_bytes:
            return True
        if len(data) > self._max_item_bytes or is_wide(data):
            # A few characters, such as emoji, make Python store wide text with 4 bytes for each.
            # The walk passes it to decode(), which needs less memory.
            return False
        # Brackets inside strings count, too: at worst, the payload is walked without need.
        return data.count(b"{") + data.count(b"[") <= self._max_depth

    def _walk(self, data: bytes) -> Iterator[Item]:
        position = 0
        if self._pending and not self._depth:
            data = bytes(self._pending) + data
            self._offset -= len(self._pending)
            self._pending.clear()
            self._separators.incomplete = b""
        if self._depth:
            position = self._item_end(data, 0)
            if not self._depth:
                yield self._take()
        # Whole lines, up to the first one that is anything else.
        begins_line = not self._depth and (
            data[position : position + 1] in _LINE_ENDS or self._separators.is_line_start()
        )
        while begins_line and position < len(data):
            if data[position] not in _OPENING_OR_SPACE:
                self._head = self._head or b"data: "
            items, end, begins_line = item_in_line(data, position, self._is_within_limits)
            if end == position:
                break
            position = end
            self._separators.after_item(ends_line=begins_line)
            if items:
                self.item_count += 1
                yield items.pop()  # not kept here while the caller has it
        while position < len(data) and (begin := self._item_start(data, position)) < len(data):
            position = self._item_end(data, begin)
            if not self._depth:
                yield self._take()
        self._offset += len(data)

    def _item_start(self, data: bytes, position: int) -> int:
        """Return the index in *data* where the next item begins; ``len(data)`` if none does."""
        begin = self._separators.skip(data, position)
        if begin == len(data):
            # In the buffer, an incomplete separator makes the next data take the walk.
            self._pending += self._separators.incomplete
            return begin
        self._start = self._offset + begin
        if data[begin] not in _OPENING:
            raise MalformedStreamError(
                f"expected a JSON object or array at byte {self._start}, "
                f"after {counted(self.item_count, 'item')}; "
                f"found {kind_of(data[begin : begin + 1])}"
            )
        return begin

    def _item_end(self, data: bytes, position: int) -> int:
        """Walk the item; return the index in *data* after it, or ``len(data)`` if it goes on."""
        # The walk stops at the longest accepted item, so a byte beyond it is never walked.
        stop = min(len(data), position + self._max_item_bytes - len(self._pending))
        end = self._walk_item(data, position, stop)
        if self._depth and stop < len(data):
            raise self._malformed(f"is longer than {counted(self._max_item_bytes, 'byte')}")
        self._pending += data[position:end]
        if not self._depth:
            self._separators.after_item()
        return end

    def _walk_item(self, data: bytes, position: int, stop: int) -> int:
        """Walk from *position* to the end of the item, or to *stop*; return where it ended."""
        while position < stop:
            if self._in_string:
                position = self._walk_string(data, position, stop)
                continue
            found = self._structure.search(data, position, stop)
            if found is None:
                return stop
            first, position = data[found.start()], found.end()
            if first == _QUOTE:
                # One byte: an opening quote alone. More: a whole string, which is walked now.
                self._in_string = position - found.start() == 1
            elif first in _OPENING:
                self._depth += 1
                if self._depth > self._max_depth:
                    raise self._malformed(f"is nested deeper than {self._max_depth}")
            else:  # of either kind: the walk ends an item at "{]", and the scanner rejects it
                self._depth -= 1
                if not self._depth:
                    return position
        return position

    def _walk_string(self, data: bytes, position: int, stop: int) -> int:
        """Walk from *position*, inside a string, past its closing quote, or to *stop*."""
        if self._escaped:
            self._escaped = False
            position += 1
        while True:
            quote = data.find(b'"', position, stop)
            end = stop if quote < 0 else quote
            escapes = end > position and data[end - 1] == _BACKSLASH
            if escapes:
                # An odd number of backslashes escapes the next byte. The byte before position
                # opened the string, or was walked before.
                run = data[position:end]
                escapes = (len(run) - len(run.rstrip(b"\\"))) % 2 == 1
            if quote < 0:
                self._escaped = escapes
                return stop
            position = quote + 1
            if not escapes:
                self._in_string = False
                return position

    def _take(self) -> Item:
        """Parse the pending item, which is complete."""
        size = len(self._pending)
        try:
            # A dict or a list, by its first byte. decode() empties the buffer, so that bytes and
            # value are not in memory at once.
            item: Item = decode(self._pending)
        except ValueError as error:
            reason = str(error)
        else:
            self.item_count += 1
            return item
        raise self._malformed(f"({counted(size, 'byte')}) is not JSON: {reason}")

    def _malformed(self, reason: str) -> MalformedStreamError:
        return MalformedStreamError(f"item {self.item_count} at byte {self._start} {reason}")


def _check_limit(name: str, value: object, low: int, high: int, expected: str) -> None:
    """Raise an ``InvalidRequestError`` for a limit that is not an int in its range."""
    if type(value) is not int:
        raise InvalidRequestError(f"{name} is a {type(value).__name__}; expected an int {expected}")
    if not low <= value <= high:
        raise InvalidRequestError(f"{name} is {value}; expected an int {expected}")
