"""The base of all results: one repr, fields that read like keys, and value semantics.

The records are written by hand instead of by ``dataclass``, which would take two thirds of the time
that it takes to import this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, KeysView, ValuesView

__all__ = ["CohereObject"]


class CohereObject:
    """The base of all results.

    ``result["text"]`` reads like ``result.text``, because the documented client returns plain dicts
    for answers that are not streamed. So ``"text" in result``, ``keys()``, ``items()`` and
    ``{**result}`` work, too; a field that is ``None`` counts as absent, as it is in such a dict.
    """

    # The fields that the documented module shows, always and first. All others stay out of the
    # repr while they are None, so that a repr reads as it does there.
    _documented: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        lines = [
            f"\t{name}: {_indented(value)}\n"
            for name in self._fields()
            if (value := getattr(self, name)) is not None or name in self._documented
        ]
        return f"cohere.{type(self).__name__} {{\n{''.join(lines)}}}"

    def __getitem__(self, key: Any) -> Any:
        """Return the field *key*; a ``KeyError`` names the fields."""
        fields = self._fields()
        if key not in fields:
            kind = type(self).__name__
            raise KeyError(f"{key!r} is not a field of {kind}; it has {', '.join(fields)}")
        return getattr(self, key)

    def __contains__(self, key: object) -> bool:
        return key in self._fields() and self[key] is not None

    def get(self, key: str, default: Any = None) -> Any:
        """Return the field *key*, or *default* where it is unknown or ``None``."""
        return self[key] if key in self._fields() and self[key] is not None else default

    def keys(self) -> KeysView[str]:
        """Return the names of the fields that have a value, as a dict of the service has them."""
        return self._with_values().keys()

    def values(self) -> ValuesView[Any]:
        """Return the values of the fields that have one."""
        return self._with_values().values()

    def items(self) -> ItemsView[str, Any]:
        """Return the names and values of the fields that have a value."""
        return self._with_values().items()

    def _with_values(self) -> dict[str, Any]:
        return {name: self[name] for name in self._fields() if self[name] is not None}

    def _fields(self) -> list[str]:
        """Return the names of the fields, in order of definition."""
        return [name for name in vars(self) if not name.startswith("_")]


def _indented(value: object) -> str:
    """Return *value* as text; results in it go one tab further in."""
    if isinstance(value, (CohereObject, list)):  # the repr of any other element has one line
        return str(value).replace("\n", "\n\t")
    return str(value)


class Record(CohereObject):
    """The base of the results that are values: frozen, equal by value, and hashable."""

    def _set(self, **fields: Any) -> None:
        """Set the fields, once, in order."""
        vars(self).update(fields)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be set: a result is frozen")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted: a result is frozen")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        # Lists and dicts cannot be hashed, and equal objects have equal hashes without them.
        values = self.__getstate__().values()
        return hash(
            (type(self), *(value for value in values if not isinstance(value, (list, dict))))
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields, which are all that a copy or a pickle takes over."""
        return {name: getattr(self, name) for name in self._fields()}


class Part(Record):
    """A record that iterates over the names of its fields, as the dict did that it replaces."""

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())
