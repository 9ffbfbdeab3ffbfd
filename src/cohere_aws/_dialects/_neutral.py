"""Read the neutral form of an answer, which ``Generations.to_dict`` returns, back into its fields.

It is the same for all dialects, and has the names of the attributes. The key ``dialect``, which no
dialect has itself, distinguishes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from cohere_aws._blobs import decoded
from cohere_aws._field import array, boolean, integer, kind, number, object_, quoted, string
from cohere_aws._results import Generation, TokenLikelihood, ToolUse, Usage
from cohere_aws.error import StreamError

from . import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import DialectName

__all__ = ["checked_fields", "flag_field", "neutral_fields", "usage_field"]


def neutral_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``Generations`` for *body*.

    Raises:
        StreamError: A field is unknown, missing, or has another type than ``to_dict`` writes.
    """
    name = body.get("dialect")
    facts = DIALECTS.get(cast("DialectName", name)) if isinstance(name, str) else None
    has_bytes = facts is not None and facts.has_bytes
    return checked_fields(
        body,
        "",
        {
            "generations": _list_of(_with_bytes if has_bytes else _generation),
            "id": string,
            "prompt": string,
            "usage": usage_field,
            "prompt_tokens": _list_of(_token),
            "dialect": string,
            "extra": _extra,
        },
        required="generations",
    )


def _generation(value: object, path: str) -> Generation:
    fields = checked_fields(
        value,
        path,
        {
            "text": string,
            "token_likelihoods": _list_of(_token),
            "id": string,
            "index": integer,
            "likelihood": number,
            "finish_reason": string,
            "finish": string,
            "content": array,
            "tool_calls": _list_of(_tool_use),
            "extra": _extra,
        },
        required="text",
    )
    return Generation(**fields)


def _with_bytes(value: object, path: str) -> Generation:
    """Return a generation, with base64 in its content as bytes."""
    generation = _generation(value, path)
    content = [
        decoded(block, f"{path}.content[{i}]") if isinstance(block, Mapping) else block
        for i, block in enumerate(generation.content or ())
    ]
    return Generation(**{**vars(generation), "content": content}) if content else generation


def _token(value: object, path: str) -> TokenLikelihood:
    fields = checked_fields(
        value,
        path,
        {
            "token": string,
            "likelihood": number,
            "id": integer,
            "special": flag_field,
            "alternatives": _list_of(_token),
            "extra": _extra,
        },
        required="token",
    )
    return TokenLikelihood(**{"likelihood": None, **fields})


def _tool_use(value: object, path: str) -> ToolUse:
    fields = checked_fields(value, path, {"id": string, "name": string, "input": _any})
    return ToolUse(**{"id": None, "name": None, "input": None, **fields})


def usage_field(source: Mapping[str, Any], key: str, path: str) -> Usage | None:
    """Return the usage ``source[key]``, as ``to_dict`` writes it, or ``None``."""
    value = source.get(key)
    if value is None:
        return None
    return Usage(**checked_fields(value, key if not path else f"{path}.{key}", _COUNTS))


_COUNTS = dict.fromkeys(vars(Usage()), integer)


def checked_fields(
    value: object,
    path: str,
    readers: Mapping[str, Callable[[Mapping[str, Any], str, str], Any]],
    *,
    required: str = "",
) -> dict[str, Any]:
    """Return the fields of *value*, each read by its function, without those that are ``None``."""
    name = path or "the response"
    if not isinstance(value, Mapping):
        raise StreamError(f"{name} is {kind(value)}; expected an object")
    if unknown := {key: None for key in value if key not in readers}:
        raise StreamError(f"{name} has the keys {quoted(unknown)}, which to_dict() does not write")
    found = {key: read(value, key, path) for key, read in readers.items() if key in value}
    if required and found.get(required) is None:
        raise StreamError(f"{name} has no {required!r}; it has {quoted(value)}")
    return {key: each for key, each in found.items() if each is not None}


def _list_of(read: Callable[[object, str], Any]) -> Callable[[Mapping[str, Any], str, str], Any]:
    def read_list(source: Mapping[str, Any], key: str, path: str) -> list[Any] | None:
        values = array(source, key, path)
        if values is None:
            return None
        prefix = f"{path}.{key}" if path else key
        return [read(value, f"{prefix}[{i}]") for i, value in enumerate(values)]

    return read_list


def _extra(source: Mapping[str, Any], key: str, path: str) -> dict[str, Any] | None:
    value = object_(source, key, path)
    return None if value is None else dict(value)


def flag_field(source: Mapping[str, Any], key: str, path: str) -> bool | None:
    """Return the boolean ``source[key]``, or ``None``."""
    return None if source.get(key) is None else boolean(source, key, path)


def _any(source: Mapping[str, Any], key: str, _: str) -> Any:
    return source[key]
