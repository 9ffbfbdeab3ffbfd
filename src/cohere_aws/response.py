"""Base classes of the results.

``CohereObject``, the base of all of them, has the documented repr, and fields that are also keys.
``Record`` adds value semantics: frozen, equal by value, hashable. ``Part`` iterates like a dict.
``Viewable`` adds a view in HTML.
``AnswerRecord`` is for whole answers: it has the ID and the headers of the HTTP response.

These are not dataclasses: ``dataclass`` generates code at import, which would take two thirds of
the import time of this package.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, KeysView, ValuesView

    Metadata = Mapping[str, Any]

__all__ = ["CohereObject"]

_Answer = TypeVar("_Answer")


class CohereObject:
    """Base class of all results.

    A result can be read like a dict, because the documented client returns dicts for answers that
    are not streamed: ``result["text"]`` is ``result.text``, and ``"text" in result``, ``get()``,
    ``keys()``, ``values()``, ``items()`` and ``{**result}`` work as well. A field that is ``None``
    counts as absent, as in those dicts.
    """

    # The repr always shows these fields, as that of the documented module does. It shows all others
    # only if they are not None, so that an answer without them has the documented repr.
    _documented: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        lines = [
            f"\t{name}: {_indented(value)}\n"
            for name in self._fields()
            if (value := getattr(self, name)) is not None or name in self._documented
        ]
        return f"cohere.{type(self).__name__} {{\n{''.join(lines)}}}"

    def __getitem__(self, key: Any) -> Any:
        """Return the field *key*, also if it is ``None``; raise a ``KeyError`` if there is none."""
        fields = self._fields()
        if key not in fields:
            kind = type(self).__name__
            raise KeyError(f"{key!r} is not a field of {kind}; it has {', '.join(fields)}")
        return getattr(self, key)

    def __contains__(self, key: object) -> bool:
        return key in self._fields() and self[key] is not None

    def get(self, key: str, default: Any = None) -> Any:
        """Return the field *key*, or *default* if it is unknown or ``None``."""
        return self[key] if key in self._fields() and self[key] is not None else default

    def keys(self) -> KeysView[str]:
        """Return the names of the fields that are not ``None``."""
        return self._with_values().keys()

    def values(self) -> ValuesView[Any]:
        """Return the values of the fields that are not ``None``."""
        return self._with_values().values()

    def items(self) -> ItemsView[str, Any]:
        """Return the names and values of the fields that are not ``None``."""
        return self._with_values().items()

    def _with_values(self) -> dict[str, Any]:
        return {name: self[name] for name in self._fields() if self[name] is not None}

    def _fields(self) -> list[str]:
        """Return the names of the public fields, in the order in which they were set."""
        return [name for name in vars(self) if not name.startswith("_")]


def _indented(value: object) -> str:
    """Return *value* as text; results and lists of results are indented by one more tab."""
    if isinstance(value, (CohereObject, list)):
        return str(value).replace("\n", "\n\t")
    return str(value)  # without more tabs, so that text of several lines is shown as it is


class Record(CohereObject):
    """Base class of the results that are values: frozen, equal by value, and hashable."""

    def _set(self, **fields: Any) -> None:
        """Set *fields*; for constructors, since attributes cannot be assigned."""
        vars(self).update(fields)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be set: a result is frozen")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted: a result is frozen")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        # Lists and dicts cannot be hashed. Without them, equal records still have equal hashes.
        values = self._values().values()
        return hash(
            (type(self), *(value for value in values if not isinstance(value, (list, dict))))
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return the public fields alone: copies and pickles leave out private state."""
        return self._values()

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._fields()}


class Part(Record):
    """A record that iterates over the names of its fields, like the dict that it replaces."""

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())


class Viewable:
    """Base class of the results that a notebook shows as HTML.

    The modules that write HTML are imported at the first view, because most programs need none.
    """

    @abstractmethod
    def _view(self) -> str:
        """Return the elements of the view, by a function of ``_html``."""

    def _repr_html_(self) -> str:
        """Return the view for a notebook, such as Jupyter, which calls this method."""
        from ._html_page import fragment  # noqa: PLC0415

        return fragment(self._view())

    def to_html(self) -> str:
        """Return a page of HTML with the view of a notebook.

        The page has no scripts, and a browser loads nothing for it. All text is escaped. A long
        result is cut, and a note says how much is not shown.
        """
        from ._html_page import page  # noqa: PLC0415

        return page(type(self).__name__, self._view())


class HasMetadata:
    """Base class of answers, plain and streamed, that know the HTTP response that they came in.

    boto3 has these facts in ``response["ResponseMetadata"]``. Only code that has this response can
    add them: a client of this package, and ``from_response``. They describe the transport, so they
    are not fields: they do not count for equality, and the repr and ``to_dict()`` leave them out.
    """

    _metadata: ClassVar[Metadata | None] = None  # hidden by an attribute of the instance

    @property
    def request_id(self) -> str | None:
        """Return the ID that AWS gave to the call; AWS Support asks for it.

        It is ``None`` if the answer was not read from a response of boto3, but from a body or a
        stream alone.
        """
        found: str | None = (self._metadata or {}).get("RequestId")
        return found

    @property
    def response_headers(self) -> dict[str, str]:
        """Return the HTTP headers of the response, with names in lower case.

        It is empty if the answer was not read from a response of boto3.
        """
        return dict((self._metadata or {}).get("HTTPHeaders") or {})


class AnswerRecord(HasMetadata, Record):
    """Base class of whole answers, which keep these facts when they are copied or pickled."""

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return state if self._metadata is None else {**state, "_metadata": self._metadata}


def metadata_of(response: object) -> Metadata | None:
    """Return the metadata in a *response* of boto3; ``None`` if it has none."""
    found = response.get("ResponseMetadata") if isinstance(response, Mapping) else None
    return found if isinstance(found, Mapping) else None


def with_metadata(answer: _Answer, metadata: Metadata | None) -> _Answer:
    """Return *answer*, a new one, after adding *metadata* to it."""
    if metadata is not None:
        vars(answer)["_metadata"] = metadata  # a record cannot be assigned to
    return answer
