"""Read the whole lines of a payload with one short JSON object each, without a walk over them.

Such a line is one of JSON Lines; or a ``data:`` of server-sent events, which may have lines of
other fields before it::

    event: content-delta
    data: {"type": "content-delta", …}

The pattern matches the text before the object, and the scanner parses the object once. ``Framing``
decides where a line begins, and which objects are within the limits. It walks over anything else,
and over an object that the scanner refuses, so that both ways give the same items and errors.

The pattern takes linear time: each of its parts begins with characters that the part before it
cannot end with, so going back in the text never finds another way to match.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from ._json import SHORT, scan, scan_short

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["end_of_fields", "item_in_line"]

# White space, and lines of other fields and comments. As for ``Separators``, white space may
# precede a field. In ASCII, so that an index of the bytes is one of the text.
_FIELDS = rb"[ \t\r\n]*(?:(?:event|id|retry)?:[^\r\n\x80-\xff]*[\r\n][ \t\r\n]*)*"


@cache
def _patterns() -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    # Compiled at the first use, which keeps the import short.
    return re.compile(_FIELDS + rb"data:[ \t]*"), re.compile(_FIELDS + rb"(?:data:[ \t]*)?")


def end_of_fields(data: bytes) -> int:
    """Return the index in *data* after ``data:``, and lines of other fields before it; or 0.

    A line begins at the start of *data*. All bytes up to the index are ASCII.
    """
    found = _patterns()[0].match(data)
    return found.end() if found else 0


def item_in_line(
    data: bytes, position: int, suits: Callable[[bytes], bool]
) -> tuple[list[dict[str, Any]], int, bool]:
    """Read the object that is the only item of the next line with an item.

    Args:
        data: The payload.
        position: The index in *data* where a line begins, or the end of one.
        suits: Returns whether an object may be parsed here.

    Returns:
        A list of the object, from which the caller can take it; the index in *data* after what was
        read; and whether a line begins there. The list is empty if only white space and other
        fields are left, which are read; or if the line has anything else, and then nothing is.
    """
    begin: int = _patterns()[1].match(data, position).end()  # type: ignore[union-attr]  # it always matches
    if begin == len(data) and data[-1] in b"\r\n":
        return [], begin, True
    newline = data.find(b"\n", begin)
    end = len(data) if newline < 0 else newline
    line = data[begin:end]
    if line[:1] != b"{" or not suits(line):
        return [], position, False
    try:
        text = line.decode()
        item, size = (scan_short if len(line) <= SHORT else scan)(text, 0)
    except (ValueError, StopIteration):
        return [], position, False
    rest = text[size:]
    if rest and rest.strip(" \t\r"):
        return [], position, False
    return [item], end, newline >= 0 or "\r" in rest
