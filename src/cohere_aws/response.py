"""What all results have in common: one repr, fields that read like keys, and value semantics.

The records are written by hand instead of by ``dataclass``, which would take two thirds of the time
that it takes to import this package.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

__all__ = ["CohereObject"]


class CohereObject:
    """The base of all results.

    ``result["text"]`` reads like ``result.text``, because the documented client hands out plain
    dicts for answers that are not streamed. In the same spirit ``"text" in result`` says whether
    the field has a value, and ``result.get("text")`` never raises.
    """

    # The fields that the documented module shows, always and first. All others stay out of the
    # repr while they are None, so that a repr reads as it does there.
    _documented: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        lines = [
            f"\t{name}: {value}\n"
            for name in self._fields()
            if (value := getattr(self, name)) is not None or name in self._documented
        ]
        return f"cohere.{type(self).__name__} {{\n{''.join(lines)}}}"

    def __getitem__(self, key: Any) -> Any:
        """Read the field *key*; a ``KeyError`` names the fields that there are."""
        fields = self._fields()
        if key not in fields:
            kind = type(self).__name__
            raise KeyError(f"{key!r} is no field of {kind}; it has {', '.join(fields)}")
        return getattr(self, key)

    def __contains__(self, key: object) -> bool:
        return key in self._fields() and self[key] is not None

    def get(self, key: str, default: Any = None) -> Any:
        """Read the field *key*, or *default* where it is unknown or ``None``."""
        return self[key] if key in self._fields() and self[key] is not None else default

    def _fields(self) -> list[str]:
        """The names of the fields, in order of definition."""
        return [name for name in vars(self) if not name.startswith("_")]


class Record(CohereObject):
    """The base of the results that are values: frozen, equal by value, and hashable."""

    def _set(self, **fields: Any) -> None:
        """Give the fields their values, once, in order."""
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
        # Lists are left out: they cannot be hashed, and equal objects have equal hashes without.
        values = self.__getstate__().values()
        return hash((type(self), *(value for value in values if not isinstance(value, list))))

    def __getstate__(self) -> dict[str, Any]:
        """The fields, which are all that a copy or a pickle takes over."""
        return {name: getattr(self, name) for name in self._fields()}
