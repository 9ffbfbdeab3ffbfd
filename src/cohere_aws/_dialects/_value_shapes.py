"""Shapes of JSON values, by which an item shows its dialect.

Each function checks one level of a value, or two: an item is recognised before it is read, so a
check must be fast and must not fail. The reader of the dialect checks the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "is_any_of",
    "is_flag",
    "is_list",
    "is_list_of",
    "is_list_with",
    "is_message",
    "is_object",
    "is_object_with",
    "is_string",
]


def is_string(value: object) -> bool:
    """Return whether *value* is a string."""
    return isinstance(value, str)


def is_flag(value: object) -> bool:
    """Return whether *value* is a boolean."""
    return isinstance(value, bool)


def is_object(value: object) -> bool:
    """Return whether *value* is an object."""
    return isinstance(value, Mapping)


def is_list(value: object) -> bool:
    """Return whether *value* is an array."""
    return isinstance(value, list)


def is_list_of(type_: type) -> Callable[[Any], bool]:
    """Return a function that recognises an array whose first value is of *type_*."""
    return lambda value: isinstance(value, list) and bool(value) and isinstance(value[0], type_)


def is_list_with(key: str) -> Callable[[Any], bool]:
    """Return a function that recognises an array whose first value is an object with *key*."""
    return lambda value: (
        isinstance(value, list) and bool(value) and is_object(value[0]) and key in value[0]
    )


def is_object_with(key: str) -> Callable[[Any], bool]:
    """Return a function that recognises an object that has an object as *key*."""
    return lambda value: is_object(value) and is_object(value.get(key))


def is_any_of(*words: str) -> Callable[[Any], bool]:
    """Return a function that recognises one of *words*."""
    return lambda value: isinstance(value, str) and value in words


def is_message(value: object) -> bool:
    """Return whether *value* is a message of Cohere.

    Those of Claude have a type. Those of Converse have content without types.
    """
    if not isinstance(value, Mapping) or "role" not in value or "type" in value:
        return False
    content = value.get("content")
    return not (isinstance(content, list) and content and _has_no_type(content[0]))


def _has_no_type(block: object) -> bool:
    return isinstance(block, Mapping) and "type" not in block
