"""Read one field of a JSON object, strict about its type and silent about its content.

Services add fields, leave fields out and send ``null`` for them, so an absent field and ``null``
both read as ``None``. A field that is there must have the type that is documented: guessing what
another type means would hide that the service, or the fixture, is not what the caller takes it for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .error import InvalidRequestError, StreamError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from typing import TypeGuard

__all__ = [
    "array",
    "boolean",
    "check_flag",
    "counted",
    "extra_of",
    "integer",
    "is_finite",
    "is_word",
    "kind",
    "number",
    "object_",
    "quoted",
    "string",
    "word",
]

_INFINITY = float("inf")  # to import math for it takes a tenth of the time of importing all this
_SHOWN_KEYS = 12
_SHOWN_CHARACTERS = 40
_LONGEST_WORD = 20


def string(source: Mapping[str, Any], key: str, where: str) -> str | None:
    """The string ``source[key]``, or ``None``; *where* names *source* in an error."""
    value = source.get(key)
    if value is None or isinstance(value, str):
        return value
    raise _wrong(value, key, where, "a string")


def integer(source: Mapping[str, Any], key: str, where: str) -> int | None:
    """The integer ``source[key]``, 0 or more, or ``None``."""
    value = source.get(key)
    if value is None:
        return None
    # In Python True is an int; in JSON it is no number.
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(value, key, where, "an integer of 0 or more")
    if value < 0:
        raise StreamError(f"{_path(key, where)} is below 0; expected an integer of 0 or more")
    return int(value)


def number(source: Mapping[str, Any], key: str, where: str) -> float | None:
    """The number ``source[key]``, or ``None``."""
    value = source.get(key)
    if value is None or is_finite(value):
        return value
    if isinstance(value, float):
        raise StreamError(f"{_path(key, where)} is not finite; expected a number")
    raise _wrong(value, key, where, "a number")


def boolean(source: Mapping[str, Any], key: str, where: str) -> bool:
    """The boolean ``source[key]``; absent is ``False``."""
    value = source.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise _wrong(value, key, where, "true or false")


def array(source: Mapping[str, Any], key: str, where: str) -> list[Any] | None:
    """The array ``source[key]``, or ``None``."""
    value = source.get(key)
    if value is None or isinstance(value, list):
        return value
    raise _wrong(value, key, where, "an array")


def object_(source: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any] | None:
    """The object ``source[key]``, or ``None``."""
    value = source.get(key)
    if value is None or isinstance(value, Mapping):
        return value
    raise _wrong(value, key, where, "an object")


def is_finite(value: object) -> TypeGuard[float]:
    """Whether *value* is a number that JSON can write; it reads -1e999 as an infinite one."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return -_INFINITY < value < _INFINITY


def check_flag(**given: object) -> None:
    """Raise an ``InvalidRequestError`` if an argument is not a bool: any string would be true."""
    for name, value in given.items():
        if not isinstance(value, bool):
            found = "None" if value is None else f"of type {type(value).__name__}"
            raise InvalidRequestError(f"{name} is {found}; expected True or False")


def quoted(keys: Mapping[Any, Any]) -> str:
    """The keys of an object, for an error message: a few, and each cut short."""
    shown = [repr(key)[:_SHOWN_CHARACTERS] for key in list(keys)[:_SHOWN_KEYS]]
    more = len(keys) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more else "")


def extra_of(source: Mapping[str, Any], known: AbstractSet[str]) -> dict[str, Any] | None:
    """Return the fields of *source* whose keys are not *known*, unchanged; ``None`` if all are.

    If ``extra`` is the only unknown key, ``to_dict()`` wrote it, and its value is returned.
    """
    unread = {key: source[key] for key in source if key not in known}
    if len(unread) == 1 and isinstance(unread.get("extra"), Mapping):
        return dict(unread["extra"])
    return unread or None


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, which has an s unless the number is 1."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def is_word(value: str) -> bool:
    """Return whether a string is short and plain, as names and members of enumerations are.

    A message may show it; what is longer, or has a space, may be content.
    """
    return len(value) <= _LONGEST_WORD and value.isascii() and value.isidentifier()


def word(value: str) -> str:
    """Return a word in quotes, and of any other string its length."""
    return f'"{value}"' if is_word(value) else f"a string of {len(value)} characters"


def kind(value: object) -> str:
    """What *value* is, in the terms of JSON, without showing it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return f"a Python {type(value).__name__}"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "a string"),
    ((int, float), "a number"),
    (list, "an array"),
    (Mapping, "an object"),
)


def _path(key: str, where: str) -> str:
    return f"{where}.{key}" if where else key


def _wrong(value: object, key: str, where: str, expected: str) -> StreamError:
    return StreamError(f"{_path(key, where)} is {kind(value)}; expected {expected}")
