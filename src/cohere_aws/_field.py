"""Read one field of a JSON object; check its type, and never show its content.

Services add fields, leave fields out and send ``null`` for them, so an absent field and ``null``
both read as ``None``. Every other value must have the documented type. A value of another type is
an error and is not converted: a conversion would hide that the body comes from another model.
Messages say where the field is, the type that was found and the type that was expected.
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
    "keys_of",
    "kind",
    "number",
    "object_",
    "python_type",
    "quoted",
    "string",
    "word",
]

_INFINITY = float("inf")  # importing math for it would add a tenth to the import of this package

# An error message shows at most 12 keys of an object, each up to 40 characters. Keys are names from
# an API, but an object that came in place of an answer may have text of a user as its keys.
_SHOWN_KEYS = 12
_SHOWN_CHARACTERS = 40
_LONGEST_WORD = 20  # the longest string value that a message shows


def string(source: Mapping[str, Any], key: str, where: str = "") -> str | None:
    """Return the string ``source[key]``, or ``None``; an error calls *source* *where*."""
    value = source.get(key)
    if value is None or isinstance(value, str):
        return value
    raise _wrong(value, key, where, "a string")


def integer(source: Mapping[str, Any], key: str, where: str = "") -> int | None:
    """Return the integer ``source[key]``, 0 or more, or ``None``."""
    value = source.get(key)
    if value is None:
        return None
    # True is an int in Python, and is not a number in JSON.
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(value, key, where, "an integer of 0 or more")
    if value < 0:
        raise StreamError(f"{_path(key, where)} is below 0; expected an integer of 0 or more")
    return int(value)  # an int, where *value* is of a subclass such as IntEnum


def number(source: Mapping[str, Any], key: str, where: str = "") -> float | None:
    """Return the number ``source[key]``, or ``None``."""
    value = source.get(key)
    if value is None or is_finite(value):
        return value
    if isinstance(value, float):  # infinite, or not a number
        raise StreamError(f"{_path(key, where)} is not finite; expected a number")
    raise _wrong(value, key, where, "a number")


def boolean(source: Mapping[str, Any], key: str, where: str = "") -> bool:
    """Return the boolean ``source[key]``, or ``False`` if it is absent or ``null``."""
    value = source.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise _wrong(value, key, where, "true or false")


def array(source: Mapping[str, Any], key: str, where: str = "") -> list[Any] | None:
    """Return the array ``source[key]``, or ``None``."""
    value = source.get(key)
    if value is None or isinstance(value, list):
        return value
    raise _wrong(value, key, where, "an array")


def object_(source: Mapping[str, Any], key: str, where: str = "") -> Mapping[str, Any] | None:
    """Return the object ``source[key]``, or ``None``."""
    value = source.get(key)
    if value is None or isinstance(value, Mapping):
        return value
    raise _wrong(value, key, where, "an object")


def is_finite(value: object) -> TypeGuard[float]:
    """Return whether *value* is a number that JSON can write: not infinite, and not NaN.

    ``json.loads`` returns infinite floats, too: -1e999 is valid JSON and exceeds a float.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    # Both comparisons are false for NaN. An int is compared exactly, however large it is.
    return -_INFINITY < value < _INFINITY


def check_flag(**given: object) -> None:
    """Raise an ``InvalidRequestError`` if an argument is not a bool.

    Without this check, the string ``"false"`` would count as true.
    """
    for name, value in given.items():
        if not isinstance(value, bool):
            raise InvalidRequestError(f"{name} is {python_type(value)}; expected True or False")


def quoted(keys: Mapping[Any, Any]) -> str:
    """Return the keys of an object for an error message: at most 12, each of them shortened.

    It follows the word "has".
    """
    shown = [repr(key)[:_SHOWN_CHARACTERS] for key in list(keys)[:_SHOWN_KEYS]]
    more = len(keys) - len(shown)
    return (", ".join(shown) or "no keys") + (f" and {more} more" if more else "")


def keys_of(source: Mapping[Any, Any]) -> str:
    """Return "the keys" with those of an object, or "no keys"."""
    return f"the keys {quoted(source)}" if source else "no keys"


def extra_of(source: Mapping[str, Any], known: AbstractSet[str]) -> dict[str, Any] | None:
    """Return the fields of *source* whose keys are not *known*, unchanged; ``None`` if all are."""
    return {key: source[key] for key in source if key not in known} or None


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, which has an s unless the number is 1."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def is_word(value: str) -> bool:
    """Return whether *value* looks like a name or a member of an enumeration.

    An error message may show such a string. A longer one, or one with a space, may be a prompt.
    """
    return len(value) <= _LONGEST_WORD and value.isascii() and value.isidentifier()


def word(value: str) -> str:
    """Return *value* in quotes if it is a word; otherwise a phrase that gives its length alone."""
    return f'"{value}"' if is_word(value) else f"a string of {len(value)} characters"


def python_type(value: object) -> str:
    """Return the type of a Python argument, as "of type int" or "None"."""
    return "None" if value is None else f"of type {type(value).__name__}"


def kind(value: object) -> str:
    """Return the JSON type of *value* as a phrase, for example ``"an array"``."""
    if value is None:
        return "null"
    if isinstance(value, bool):  # before the numbers: a bool is an int
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
    return f"{where}.{key}" if where else key  # without *where*, *source* is the body itself


def _wrong(value: object, key: str, where: str, expected: str) -> StreamError:
    return StreamError(f"{_path(key, where)} is {kind(value)}; expected {expected}")
