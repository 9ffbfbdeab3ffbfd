"""Skip the text between the items of a stream, wherever the payload boundaries fall.

A separator is white space, such as the newlines of JSON Lines; ``[DONE]``, which ends a stream of
OpenAI's API; or, at the start of a line, a field of server-sent events. ``data:`` alone is a
separator, because an item follows it in its line. The lines of other fields are skipped whole, and
a comment is a field without a name.

https://html.spec.whatwg.org/multipage/server-sent-events.html describes server-sent events. An
event there may split its data into several lines; no server of these services does.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = ["Separators", "kind_of"]

_DATA = b"data:"

_SPACE = rb"(?:[ \t\r\n]|\[DONE\])*"
_FIELD = rb"data:|(?:event|id|retry)?:[^\r\n]*(?P<end>[\r\n])?"
_COMMENT, _DONE = b":", b"[DONE]"
_FIELDS = (_DATA, b"event:", b"id:", b"retry:")
_LONGEST = len(b"event:")


@cache
def _patterns() -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    # Compiled at the first use, because that takes a tenth of the time of the import. A stream with
    # one item in each payload never needs them.
    return re.compile(_SPACE), re.compile(_FIELD)


class Separators:
    """Skips separators; it remembers whether a line begins, and a separator that is incomplete.

    Attributes:
        space: The white space after the latest item, if nothing else follows; else ``None``. It
            says whether a line begins. ``Framing`` sets it directly, which is faster.
        incomplete: The first bytes of a separator that ``skip`` found at the end of the data. The
            caller puts them in front of the next data.
    """

    __slots__ = ("_is_line_start", "incomplete", "space")

    def __init__(self) -> None:
        self.incomplete = b""
        self._is_line_start = True
        self.space: str | None = None

    @property
    def unfinished(self) -> int:
        """Return the number of bytes that may be the beginning of an item or of a separator."""
        return 0 if self.incomplete == _COMMENT else len(self.incomplete)

    def after_item(self, *, ends_line: bool = False) -> None:
        """Record that an item ended inside the data, and whether the end of its line follows."""
        self._is_line_start = ends_line
        self.space = None  # of an earlier item

    def is_line_start(self) -> bool:
        """Return whether a field may begin here."""
        if self.space is not None:
            self._is_line_start = "\n" in self.space or "\r" in self.space
            self.space = None
        return self._is_line_start

    def skip(self, data: bytes, position: int) -> int:
        """Return the index in *data* of the first byte from *position* on that separates nothing.

        It is ``len(data)`` if there is none. ``incomplete`` then has the bytes at the end that may
        be the beginning of a separator.
        """
        spaces, fields = _patterns()
        while True:
            begin = spaces.match(data, position).end()  # type: ignore[union-attr]  # it always matches
            space = data[position:begin]
            at_line_start = self.is_line_start() or b"\n" in space or b"\r" in space
            self._is_line_start = at_line_start
            found = fields.match(data, begin) if at_line_start else None
            if found is None:
                break
            position = found.end()
            if found[0] == _DATA:
                self._is_line_start = False
            elif found["end"] is None:
                # The line goes on in the next data. A comment in its place is skipped as well.
                self.incomplete = _COMMENT
                return position
        # A whole name was skipped above, so a name can only begin with *rest* at the end of *data*.
        rest = data[begin : begin + _LONGEST]
        names = (_DONE, *_FIELDS) if self._is_line_start else (_DONE,)
        if any(name.startswith(rest) for name in names):
            self.incomplete = rest
            return len(data)
        return begin


def kind_of(byte: bytes) -> str:
    """Return, for an error, the kind of text that begins with *byte* in place of an item."""
    return _KINDS.get(byte, "no JSON value")


_KINDS = {
    b'"': "a string",
    b",": "a comma",
    b"}": "a closing brace",
    b"]": "a closing bracket",
    b"<": "markup, such as an HTML page",
    b"t": "a bare word, such as true or plain text",
    b"f": "a bare word, such as true or plain text",
    b"n": "a bare word, such as true or plain text",
} | dict.fromkeys((bytes([byte]) for byte in b"-0123456789"), "a number")
