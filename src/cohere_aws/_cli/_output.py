"""Text on standard output and standard error, for any terminal.

Models and services choose their text. On a terminal, its control characters could change the
colours, the title or the clipboard, so they are written as escape sequences of Python. Files and
pipes get the text unchanged.
"""

from __future__ import annotations

import io
import os
import re
import sys
from typing import TYPE_CHECKING

from cohere_aws.testing._command import discard_output

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["COLOURS", "is_terminal", "note", "painted", "prepare", "visible", "write"]

# The control characters of Unicode without tab and newline, and those that change the direction
# of the text after them.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

# The parameters of the sequence "select graphic rendition", ECMA-48.
COLOURS = {"red": 31, "green": 32, "yellow": 33, "faint": 2}


def prepare() -> None:
    """Make both standard streams escape the characters that their encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a stream is None if it is closed
            stream.reconfigure(errors="backslashreplace")


def visible(text: str) -> str:
    """Return *text* with its control characters as escape sequences."""
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


def write(text: str, *, end: str = "") -> None:
    """Write *text* to standard output at once; on a terminal, without control characters."""
    # print() does nothing if standard output is closed (sys.stdout is None); write() would fail.
    print(visible(text) if is_terminal(sys.stdout) else text, end=end, flush=True)


def note(text: str, colour: str) -> None:
    """Write a line to standard error, unless that is closed, or its reader has exited."""
    if sys.stderr is None:  # print() would write to standard output
        return
    try:
        print(painted(text, colour, sys.stderr), file=sys.stderr, flush=True)
    except OSError:
        # The status and standard output are still right. Nothing else could report this error.
        discard_output(sys.stderr)


def painted(text: str, colour: str, stream: TextIO | None) -> str:
    """Return *text* in *colour* if *stream* is a terminal and ``NO_COLOR`` is not set."""
    # An empty variable counts as not set: https://no-color.org.
    if not is_terminal(stream) or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether *stream*, which is ``None`` if it is closed, is a terminal."""
    return stream is not None and stream.isatty()
