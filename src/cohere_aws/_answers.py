"""Read the fields that the plain answers of Cohere's other models have in common.

They are answers of Embed, Rerank, classify and summarize. Each is a JSON object with the result
under a key of its own, and with ``id`` and ``meta``, or without; classify may answer a bare array.
``to_dict()`` writes the names of the attributes, among them ``usage`` and ``extra``. The key
``dialect``, which no service sends, distinguishes such a dict from a body.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from ._dialects._neutral import usage_field
from ._faults import error_in
from ._field import extra_of, kind, object_, python_type, quoted, string, word
from ._results import Usage, without_none
from .error import StreamError
from .response import Record

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

__all__ = [
    "Listed",
    "check_error",
    "check_keys",
    "check_list",
    "common_fields",
    "extra_in",
    "is_written",
    "object_of",
    "required",
    "written",
]

_T = TypeVar("_T")

# The keys that all these answers share, and those that only to_dict() writes.
_COMMON_KEYS = frozenset(("id", "meta"))
_WRITTEN_KEYS = frozenset(("dialect", "usage", "extra"))

# The members of ``meta`` that count tokens, the more exact first, and the fields of Usage in them.
_COUNTS = ("tokens", "billed_units")
_COUNTED = ("input_tokens", "output_tokens")


class Listed(Record, Generic[_T]):
    """Base class of records that read like the list in one of their fields."""

    _list: ClassVar[str]  # the name of that field

    def _items(self) -> list[_T]:
        items: list[_T] = vars(self)[self._list]
        return items

    def __iter__(self) -> Iterator[_T]:
        return iter(self._items())

    def __len__(self) -> int:
        return len(self._items())

    @overload
    def __getitem__(self, key: int) -> _T: ...
    @overload
    def __getitem__(self, key: slice) -> list[_T]: ...
    @overload
    def __getitem__(self, key: str) -> Any: ...
    def __getitem__(self, key: int | slice | str) -> Any:
        return super().__getitem__(key) if isinstance(key, str) else self._items()[key]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) if isinstance(key, str) else key in self._items()


def object_of(response: object, *keys: str) -> Mapping[str, Any]:
    """Return *response* if it is an object that is not an error.

    Raises:
        ServiceError: It reports an error, and has no value for one of *keys*, those of the result.
        StreamError: It is not an object, or is a response of boto3 that holds one.
    """
    if not isinstance(response, Mapping):
        raise StreamError(f"the response is {kind(response)}; expected an object")
    check_error(response, *keys)
    if "ResponseMetadata" in response:
        found = f"expected a body; found a response of boto3 with the keys {quoted(response)}"
        raise StreamError(f"{found}; from_response() reads it")
    return response


def check_error(item: Mapping[str, Any], *keys: str) -> None:
    """Raise a ``ServiceError`` if *item* is an error, and has no value for one of *keys*."""
    if error := error_in(item, keys):
        raise error


def is_written(body: Mapping[str, Any], dialect: str) -> bool:
    """Return whether *body* is a dict that ``to_dict()`` wrote, and not one of the service.

    Raises:
        StreamError: ``to_dict()`` wrote it for another kind of answer than *dialect*.
    """
    if "dialect" not in body:
        return False
    value = body["dialect"]
    if value != dialect:
        found = word(value) if isinstance(value, str) else kind(value)
        raise StreamError(f"dialect is {found}; expected {word(dialect)}")
    return True


def check_list(value: object, name: str, expected: str) -> None:
    """Raise a ``TypeError`` if an argument of a constructor is not a list, or like a list."""
    if isinstance(value, list):  # faster than the checks below, and nearly always so
        return
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Collection):
        raise TypeError(f"{name} is {python_type(value)}; expected {expected}")


def common_fields(
    body: Mapping[str, Any], dialect: str, own_keys: AbstractSet[str], usage: Usage | None
) -> dict[str, Any]:
    """Return the fields that all answers have, by name.

    Args:
        body: The body, or a dict of ``to_dict()``.
        dialect: The value of ``dialect`` in such a dict.
        own_keys: The keys of *body* that the caller reads.
        usage: The usage in the headers, which takes precedence over that in the body.

    Raises:
        StreamError: A field has another type than documented.
    """
    meta = object_(body, "meta")
    keys = own_keys | _COMMON_KEYS
    if is_written(body, dialect):
        keys |= _WRITTEN_KEYS
        earlier = usage_field(body, "usage", "")
        counts = {} if earlier is None else earlier.to_dict()
    else:
        counts = _counts_in(meta or {})
    counts |= {} if usage is None else usage.to_dict()
    return {
        "id": string(body, "id"),
        "meta": None if meta is None else dict(meta),
        "usage": Usage(**counts) if counts else None,
        "extra": extra_in(body, keys, "", from_to_dict="dialect" in body),
    }


def extra_in(
    source: Mapping[str, Any], keys: AbstractSet[str], where: str, *, from_to_dict: bool
) -> Mapping[str, Any] | None:
    """Return the unread fields of *source*; in a dict of ``to_dict()``, they have a key.

    Raises:
        StreamError: A dict of ``to_dict()`` has other keys.
    """
    if not from_to_dict:
        return extra_of(source, keys)
    check_keys(source, keys | {"extra"}, where)
    return object_(source, "extra", where)


def check_keys(source: Mapping[str, Any], keys: AbstractSet[str], where: str) -> None:
    """Raise a ``StreamError`` if *source*, of ``to_dict()``, has keys that it does not write."""
    if unknown := extra_of(source, keys):
        name = where or "the response"
        raise StreamError(f"{name} has the keys {quoted(unknown)}, which to_dict() does not write")


def written(answer: Any, dialect: str, **fields: Any) -> dict[str, Any]:
    """Return the dict of ``to_dict()``: *fields* and those that all answers have."""
    return without_none(
        **fields,
        id=answer.id,
        meta=answer.meta,
        usage=None if answer.usage is None else answer.usage.to_dict(),
        extra=answer.extra,
        dialect=dialect,
    )


def required(source: Mapping[str, Any], key: str, value: Any, where: str = "") -> Any:
    """Return *value*, the field *key* of *source*; raise a ``StreamError`` if it is ``None``."""
    if value is None:
        name = where or "the response"
        raise StreamError(f"{name} has no {key!r}; it has {quoted(source)}")
    return value


def _counts_in(meta: Mapping[str, Any]) -> dict[str, int]:
    """Return the tokens that *meta* counts, which is an object of the service.

    A count that cannot be read is left out: an answer is not lost because of it. It is in ``meta``.
    """
    for member in _COUNTS:
        counts = meta.get(member)
        if isinstance(counts, Mapping):
            found = {name: counts[name] for name in _COUNTED if _is_count(counts.get(name))}
            if found:
                return {name: int(count) for name, count in found.items()}
    return {}


def _is_count(value: object) -> bool:
    # Some samples have floats, such as 18.0.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return value >= 0 and value == value // 1
