"""Join the fields of an object that a stream sends in parts, as it does with a tool call.

A part has some of the fields. Strings and arrays continue those of earlier parts, and objects are
joined field by field. Elements of an array that have the same ``index``, in different parts, are
parts of one object. Names, such as an ID, come whole; servers send them once or in each part.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Deltas"]

_NAMES = frozenset(("id", "index", "name", "role", "type"))


class Deltas:
    """An object while its parts arrive. Joining n bytes in k parts takes O(n + k) time."""

    def __init__(self) -> None:
        # Names and numbers are values; a string, array or object is one of the classes below.
        self._fields: dict[str, Any] = {}

    def add(self, part: object) -> bool:
        """Add *part*; return whether it agrees with the earlier ones.

        A value that disagrees is not added: another name or number, or a value of another type.
        """
        if not isinstance(part, dict):
            return part is None
        agrees = True
        for key, value in part.items():
            earlier = self._fields.get(key)
            if earlier is None or earlier == "":  # servers send an empty name first
                self._fields[key] = value if key in _NAMES else _opened(value)
            elif isinstance(earlier, (_Text, _Array, Deltas)):
                agrees &= earlier.add(value)
            else:
                agrees &= value is None or value in ("", earlier)
        return agrees

    def has_other_id(self, id_: object) -> bool:
        """Return whether *id_* is the ID of another object."""
        known = self._fields.get("id")
        return bool(id_ and known) and id_ != known

    def value(self) -> dict[str, Any]:
        """Return the object so far."""
        # A copy, because another thread may add a field.
        return {key: _value(each) for key, each in self._fields.copy().items()}


class _Text:
    def __init__(self) -> None:
        self._pieces: list[str] = []

    def add(self, part: object) -> bool:
        if isinstance(part, str):
            self._pieces.append(part)
        return part is None or isinstance(part, str)

    def value(self) -> str:
        return "".join(self._pieces)


class _Array:
    def __init__(self) -> None:
        self._elements: list[Any] = []
        self._by_index: dict[int, Deltas] = {}

    def add(self, part: object) -> bool:
        if not isinstance(part, list):
            return part is None
        agrees, seen = True, set[int]()
        for element in part:
            index = element.get("index") if isinstance(element, dict) else None
            if type(index) is not int:
                self._elements.append(element)
                continue
            joined = self._by_index.get(index)
            # Elements of one part are objects of their own, as they are in a plain body. Some
            # servers send the index 0 for each object; another ID then begins another one.
            if joined is None or index in seen or joined.has_other_id(element.get("id")):
                joined = self._by_index[index] = Deltas()
                self._elements.append(joined)
            seen.add(index)
            agrees &= joined.add(element)
        return agrees

    def value(self) -> list[Any]:
        return [_value(each) for each in self._elements.copy()]


def _opened(value: Any) -> Any:
    """Return *value* as an object that takes further parts, if it is of a type that has parts."""
    for type_, joined in ((str, _Text), (list, _Array), (dict, Deltas)):
        if isinstance(value, type_):
            found: Any = joined()
            found.add(value)
            return found
    return value


def _value(joined: Any) -> Any:
    return joined.value() if isinstance(joined, (_Text, _Array, Deltas)) else joined
