"""Text to values: parse JSON strictly, and large items in bounded memory.

The scanner is the C code of the standard library. It accepts more than JSON allows, and an integer
of any length takes quadratic time, so both are refused here. Nothing here knows about streams.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["decode", "is_wide", "parse", "scan"]

# The lowest limit that a process can set for itself (``sys.int_info.str_digits_check_threshold``),
# so that no setting of the process changes what is refused here. A 64-bit integer has 20 digits.
_MAX_INTEGER_DIGITS = 640

# Items of up to this size, in bytes, are decoded without a look at how wide their text becomes.
_LARGE = 64 * 1024

# The first byte of most characters above U+FFFF in UTF-8, emoji among them, and such a character.
# One that follows a backslash is left alone: the escape made of it would be escaped itself. The
# pattern is compiled when it is first needed, as that takes long for an import.
_WIDE = b"\xf0"
_WIDE_CHARACTER = rb"(?<!\\)[\xf0-\xf4][\x80-\xbf]{3}"

# Narrowing turns 4 bytes into 12, so it pays only where such characters are fewer than 1 in 12.
_NARROWED_BYTES = len(rb"\ud83d\ude00")


def is_wide(data: bytes | bytearray) -> bool:
    """Return whether *data* is large, and wide characters among narrow ones make it larger."""
    return len(data) > _LARGE and 0 < data.count(_WIDE) * _NARROWED_BYTES < len(data)


def decode(data: bytearray) -> Any:
    """Parse the one JSON value that *data* holds, and empty *data*.

    Each form of a large item is freed as soon as the next one is there.

    Raises:
        ValueError: It is not UTF-8, or not JSON. The message shows nothing of the content, and the
            error holds nothing of it.
    """
    narrow = _narrowed(data) if is_wide(data) else data
    # An escape is longer than its character, so what follows it has another position.
    is_moved = narrow is not data
    try:
        text = narrow.decode()
        data.clear()
        narrow.clear()
        return parse(text)[0]
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 at its byte {error.start}"
    except json.JSONDecodeError as error:
        reason = error.msg if is_moved else f"{error.msg} at its character {error.pos}"
    except ValueError as error:
        reason = str(error)
    finally:
        data.clear()
    # Outside the handlers, because the errors of the codec and the scanner hold the text.
    raise ValueError(reason)


def _narrowed(data: bytearray) -> bytearray:
    """Return *data* with characters above U+FFFF as JSON escapes; as it is if it is not UTF-8.

    One such character makes Python keep 4 bytes for every character of the string: a large item of
    ASCII text with one emoji would take 8 times its size, once for the text and once for the value.
    Written as an escape, it leaves the text as narrow as it was. The peak is then 5.4 times the
    size where such characters come early or often. Where the only one stands at the end, it is 7.3:
    the scanner widens what it has, and allocates a quarter more than it needs. Less would take a
    scanner of our own, and the one in Python of the standard library saves only a fifth of that.
    """
    narrow, end = bytearray(), 0
    try:
        for found in re.finditer(_WIDE_CHARACTER, data):
            units = found[0].decode().encode("utf-16-be")
            narrow += data[end : found.start()].decode().encode()
            narrow += b"\\u%b\\u%b" % (units[:2].hex().encode(), units[2:].hex().encode())
            end = found.end()
        narrow += data[end:].decode().encode()
    except UnicodeDecodeError:
        return data  # so that the error names the position in what came
    return narrow


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _integer(digits: str) -> int:
    if len(digits) > _MAX_INTEGER_DIGITS:
        raise ValueError(f"an integer of {len(digits)} characters, above {_MAX_INTEGER_DIGITS}")
    return int(digits)


_decoder: Any = json.JSONDecoder(parse_constant=_constant, parse_int=_integer)

# parse(text) returns the value at the start of *text* and the index where it ends.
parse: Callable[[str], tuple[Any, int]] = _decoder.raw_decode

# scan(text, 0) does the same in C alone; where there is not a value, it raises StopIteration.
scan: Callable[[str, int], tuple[Any, int]] = _decoder.scan_once
