"""Parse JSON strictly, in linear time, and large values in bounded memory.

The scanner is the C code of the standard library. By itself it accepts NaN and infinities, which
are not JSON, and takes quadratic time for long integers. Both are refused here, by the functions
that the scanner calls for constants and integers. This module does not know streams.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SHORT", "decode", "is_wide", "parse", "scan", "scan_short"]

# Python's own limit for integers can be configured, but not below this value
# (``sys.int_info.str_digits_check_threshold``). The same integers are therefore refused in every
# process. A 64-bit integer has at most 20 digits.
_MAX_INTEGER_DIGITS = 640

# No integer in text of up to this length, in characters, is too long.
SHORT = _MAX_INTEGER_DIGITS

# Data of up to this size, in bytes, is decoded as it is: its memory is small in any case.
_LARGE = 64 * 1024

# In UTF-8, most characters above U+FFFF begin with the byte F0; emoji are among them. The pattern
# matches such a character, but not after a backslash: the backslash of the escape would join it.
# ``re`` compiles the pattern at its first use, which keeps the import short.
_WIDE = b"\xf0"
_WIDE_CHARACTER = rb"(?<!\\)[\xf0-\xf4][\x80-\xbf]{3}"

# An escape turns a character of 4 bytes into 12. If such characters are more than 1 in 12 bytes,
# the escapes are longer than the memory they save.
_NARROWED_BYTES = len(rb"\ud83d\ude00")


def is_wide(data: bytes | bytearray) -> bool:
    """Return whether *data* is large, and a few wide characters would multiply its memory."""
    return len(data) > _LARGE and 0 < data.count(_WIDE) * _NARROWED_BYTES < len(data)


def decode(data: bytearray) -> Any:
    """Parse the single JSON value that *data* holds, and empty *data*.

    *data* is emptied so that its memory is free before the value is built: each form of a large
    value (bytes, text, objects) is released as soon as the next one exists.

    Raises:
        ValueError: *data* is not UTF-8 or not JSON. Neither the message nor the error, with its
            cause and context, holds any of the content.
    """
    narrow = _narrowed(data) if is_wide(data) else data
    # An escape is longer than its character, so the scanner's positions are not those of *data*.
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
    # Raised outside the handlers, so that the errors of the codec and the scanner, which hold the
    # whole text, do not become its context.
    raise ValueError(reason)


def _narrowed(data: bytearray) -> bytearray:
    """Return *data* with its characters above U+FFFF as JSON escapes.

    Python stores a string with 4 bytes for each character as soon as one character is above U+FFFF.
    ASCII text of n bytes with one emoji would take 8 n: once as text, and once as the parsed value.
    With the emoji as an escape, the text takes n, and only the value is wide.

    The measured peak is 5.4 n where such characters come early or often, and 7.3 n where the only
    one is at the end: the scanner then widens the whole value, and allocates a quarter more than it
    needs. The pure-Python scanner of the standard library would save only a fifth of that.

    Data that is not UTF-8 is returned as it is, so that the position in the error is one of *data*.
    """
    narrow, end = bytearray(), 0
    try:
        for found in re.finditer(_WIDE_CHARACTER, data):
            units = found[0].decode().encode("utf-16-be")  # the two halves of a surrogate pair
            # Decoded and encoded again only to check that it is UTF-8.
            narrow += data[end : found.start()].decode().encode()
            narrow += b"\\u%b\\u%b" % (units[:2].hex().encode(), units[2:].hex().encode())
            end = found.end()
        narrow += data[end:].decode().encode()
    except UnicodeDecodeError:
        return data
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

# scan(text, 0) does the same without a Python frame, so it is faster. Where no value begins, it
# raises StopIteration instead of a JSONDecodeError.
scan: Callable[[str, int], tuple[Any, int]] = _decoder.scan_once

# The same for text of up to SHORT characters. Without the call of a Python function for each
# integer, it takes a fifth less time for an item of TGI.
_short_decoder: Any = json.JSONDecoder(parse_constant=_constant)
scan_short: Callable[[str, int], tuple[Any, int]] = _short_decoder.scan_once
