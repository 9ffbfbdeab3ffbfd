"""Bytes to items: cut payload bytes into JSON objects, however they arrive.

The bytes of all payloads are one long text, a sequence of JSON objects with white space or nothing
between them. Where the service cut that text into payloads means nothing. Two verbs put it back
together without any I/O: ``feed(data)`` gives the items that *data* completed, and ``finish()``
says that the end was reached.

Strategy:

1. All structural bytes of JSON are ASCII, which UTF-8 never reuses inside a longer character, so an
   item can be cut out before it is decoded. A cut inside a character needs no care at all.
2. To find the end of an item takes a walk over its brackets and quotes, and no parsing. The walk
   remembers where it was (depth, inside a string, after a backslash), so each byte is walked once
   however small the payloads are: n bytes in k payloads cost O(n + k).
3. A complete item is decoded and parsed once, by the C scanner of the standard library.
4. Most payloads are one whole small item. While nothing is pending, a payload is handed to the
   scanner first, once, and walked only if that fails. The limits are checked before, so both ways
   give the same result.
5. The bytes of an incomplete item are collected in one buffer, whatever the size of the payloads,
   so the memory that it takes depends on its own size alone.

What is refused, and where, depends on the bytes alone and not on the cut: an item that is too
long or too deep is refused at the byte that exceeds the limit, anything else when the item ends.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from ._json import decode, is_wide, scan
from .error import InvalidRequestError, MalformedStreamError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Item = dict[str, Any]

__all__ = ["DEFAULT_MAX_DEPTH", "DEFAULT_MAX_ITEM_BYTES", "Framing", "parse_object"]

# The longest payload that botocore's parser takes in one frame (``botocore.eventstream``): what
# fits in a frame is never too long an item. The longest answer of Command, five generations of
# 4096 tokens with their likelihoods, needs about a tenth of it.
DEFAULT_MAX_ITEM_BYTES = 24 * 1024 * 1024

# The deepest item known, a response with token likelihoods, has a depth of 6.
DEFAULT_MAX_DEPTH = 64

# The scanner of the standard library recurses. 500 leaves half of Python's default recursion limit
# to the program that iterates.
_LARGEST_MAX_DEPTH = 500

_QUOTE, _BACKSLASH, _OPENING = b'"'[0], b"\\"[0], b"{["
_SPACE = re.compile(rb"[ \t\r\n]*")

# A bracket, a whole string without escapes, or the quote at which any other string begins.
_STRUCTURE = re.compile(rb'[][{}]|"[^"\\]*"|"')


class Framing:
    """Cuts a stream of bytes into JSON objects; holds at most one item that is not complete.

    Args:
        max_item_bytes: The longest item that is accepted, in bytes; 2 or more.
        max_depth: The deepest nesting that is accepted, 1 to 500; the outermost object is at 1.
    """

    __slots__ = (
        "_depth", "_escaped", "_in_string", "_max_depth", "_max_item_bytes", "_offset", "_pending",
        "_quick_bytes", "_start", "items",
    )  # fmt: skip

    def __init__(
        self,
        *,
        max_item_bytes: int = DEFAULT_MAX_ITEM_BYTES,
        max_depth: int = DEFAULT_MAX_DEPTH,
    ) -> None:
        _check_limit("max_item_bytes", max_item_bytes, len("{}"), sys.maxsize, "of 2 or more")
        _check_limit(
            "max_depth", max_depth, 1, _LARGEST_MAX_DEPTH, f"from 1 to {_LARGEST_MAX_DEPTH}"
        )
        self._max_item_bytes = max_item_bytes
        self._max_depth = max_depth
        # Nesting deeper than max_depth takes more than 2 * max_depth brackets, so a whole item that
        # is no longer than that is within both limits without a look at its bytes. The last term
        # is for the scanner, which recurses into an item that is cut off, too.
        self._quick_bytes = min(max_item_bytes, 2 * max_depth, _LARGEST_MAX_DEPTH)
        self.items = 0  # complete items so far
        self._offset = 0  # bytes before the data that is fed
        self._start = 0  # where the pending item began
        self._pending = bytearray()  # the bytes of the pending item so far
        self._depth = 0
        self._in_string = False
        self._escaped = False  # the last byte was a backslash that escapes the next one

    @property
    def position(self) -> int:
        """The bytes fed so far."""
        return self._offset

    def feed(self, data: bytes) -> Iterable[Item]:
        """Give the items that *data* completes, as soon as each is found.

        What is returned must be exhausted before the next call.

        Raises:
            MalformedStreamError: While the result is iterated, after all items before the fault.
        """
        if not self._pending and (len(data) <= self._quick_bytes or self._within_limits(data)):
            try:
                text = data.decode()
                item, end = scan(text, 0)
            except (ValueError, StopIteration):
                pass  # cut, glued or wrong: the walk tells which
            else:
                if type(item) is dict and (end == len(text) or not text[end:].strip(" \t\r\n")):
                    self._offset += len(data)
                    self.items += 1
                    return (item,)
        return self._walk(data)

    def finish(self) -> int:
        """Say that the end was reached; return how many bytes of an incomplete item it leaves."""
        return len(self._pending)

    def _within_limits(self, data: bytes) -> bool:
        if len(data) > self._max_item_bytes or is_wide(data):
            return False  # the latter is not too long, but decode() needs less memory for it
        return data.count(b"{") + data.count(b"[") <= self._max_depth

    def _walk(self, data: bytes) -> Iterator[Item]:
        position = 0
        while (begin := self._item_start(data, position)) < len(data):
            position = self._item_end(data, begin)
            self._pending += data[begin:position]
            if not self._depth:
                yield self._take()
        self._offset += len(data)

    def _item_start(self, data: bytes, position: int) -> int:
        """Where the next bytes of an item are; the end of *data* if there are none."""
        if self._depth:
            return position
        begin = _SPACE.match(data, position).end()  # type: ignore[union-attr]  # it matches nothing, too
        self._start = self._offset + begin
        if begin < len(data) and data[begin] != _OPENING[0]:
            raise MalformedStreamError(
                f"expected an object at byte {self._start}, after {self.items} items; "
                f"found {_KINDS.get(data[begin : begin + 1], 'no JSON value')}"
            )
        return begin

    def _item_end(self, data: bytes, position: int) -> int:
        """The end of the item in *data*, or of *data* if the item goes on behind it."""
        stop = min(len(data), position + self._max_item_bytes - len(self._pending))
        end = self._skim(data, position, stop)
        if self._depth and stop < len(data):
            raise self._malformed(f"is longer than {self._max_item_bytes} bytes")
        return end

    def _skim(self, data: bytes, position: int, stop: int) -> int:
        """Walk from *position* to the end of the item, or to *stop*."""
        while position < stop:
            if self._in_string:
                position = self._skim_string(data, position, stop)
                continue
            found = _STRUCTURE.search(data, position, stop)
            if found is None:
                return stop
            first, position = data[found.start()], found.end()
            if first == _QUOTE:
                self._in_string = position - found.start() == 1
            elif first in _OPENING:
                self._depth += 1
                if self._depth > self._max_depth:
                    raise self._malformed(f"is nested deeper than {self._max_depth}")
            else:
                self._depth -= 1
                if not self._depth:
                    return position
        return position

    def _skim_string(self, data: bytes, position: int, stop: int) -> int:
        """Walk from *position*, inside a string, to behind its closing quote, or to *stop*."""
        if self._escaped:
            self._escaped = False
            position += 1
        while True:
            quote = data.find(b'"', position, stop)
            end = stop if quote < 0 else quote
            escapes = end > position and data[end - 1] == _BACKSLASH
            if escapes:
                # An odd run of backslashes escapes what follows. No run reaches back behind
                # position, so no byte is counted twice.
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
        """Parse the item that is complete now."""
        size = len(self._pending)
        try:
            item: Item = decode(self._pending)  # it began with a brace, so it is a dict
        except ValueError as error:
            reason = str(error)
        else:
            self.items += 1
            return item
        raise self._malformed(f"({size} bytes) is not JSON: {reason}")

    def _malformed(self, reason: str) -> MalformedStreamError:
        return MalformedStreamError(f"item {self.items} at byte {self._start} {reason}")


def parse_object(data: bytes) -> Item:
    """Parse *data* as exactly one JSON object, as strictly as the items of a stream.

    Raises:
        MalformedStreamError: *data* is anything else.
    """
    framing = Framing(max_item_bytes=max(len(data), len("{}")))
    items = list(framing.feed(data))
    if len(items) == 1 and not framing.finish():
        return items[0]
    found = f"{len(items)} and {framing.finish()} bytes of an incomplete one"
    raise MalformedStreamError(f"expected one JSON object in {len(data)} bytes; found {found}")


def _check_limit(name: str, value: object, low: int, high: int, expected: str) -> None:
    """Refuse a limit that is not an int within its range; 1e3 and nan are not ints."""
    if type(value) is not int:
        raise InvalidRequestError(f"{name} is a {type(value).__name__}; expected an int {expected}")
    if not low <= value <= high:
        raise InvalidRequestError(f"{name} is {value}; expected an int {expected}")


# What stands where an item should begin, told by its first byte.
_KINDS = {
    b"[": "an array",
    b'"': "a string",
    b",": "a comma",
    b"}": "a closing brace",
    b"]": "a closing bracket",
    b"<": "markup, such as an HTML page",
    b"t": "a literal or text",
    b"f": "a literal or text",
    b"n": "a literal or text",
} | dict.fromkeys((bytes([byte]) for byte in b"-0123456789"), "a number")
