"""What all results have in common: one repr, and fields that can be read like keys."""

from __future__ import annotations

from typing import Any, ClassVar

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
