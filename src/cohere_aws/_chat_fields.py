"""Read the fields of a chat, of version 1 or 2 of Cohere's API, plain or streamed.

The dialects read the body: ``command`` version 1, and ``chat`` version 2. They return the same
``Generations`` as for any model, and ``chat_fields`` gives their parts the names of ``Chat``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ._dialects._neutral import checked_fields, flag_field, usage_field
from ._field import array, extra_of, kind, object_, string
from ._results import Generation, ToolUse, without_none
from ._tools import ToolCall
from .error import InvalidRequestError, StreamError

if TYPE_CHECKING:
    from ._dialects import DialectName
    from ._generations import Generations

__all__ = [
    "CHAT_DIALECTS",
    "calls_in",
    "chat_fields",
    "check_chat_dialect",
    "neutral_fields",
    "not_a_chat",
]

CHAT_DIALECTS: tuple[DialectName, ...] = ("command", "chat")


def check_chat_dialect(name: object) -> None:
    """Raise an ``InvalidRequestError`` unless *name* is ``None`` or the dialect of a chat."""
    if name is not None and name not in CHAT_DIALECTS:
        found = f"{name!r:.40}" if isinstance(name, str) else f"a {type(name).__name__}"
        raise InvalidRequestError(f"dialect is {found}; expected one of {', '.join(CHAT_DIALECTS)}")


def not_a_chat(dialect: DialectName | None) -> StreamError:
    """Return the error for an answer of another dialect."""
    expected = f"expected a chat, of the dialect {' or '.join(CHAT_DIALECTS)}"
    return StreamError(f"the response is of the dialect {dialect}; {expected}")


def chat_fields(answer: Generations, earlier: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the arguments of ``Chat`` for *answer*.

    Args:
        answer: The answer, which was read as one of ``CHAT_DIALECTS``.
        earlier: Fields of the chat that *answer* may lack, if it is a part of a stream.

    Raises:
        StreamError: *answer* is of another dialect, or a field has the wrong type.
    """
    if answer.dialect not in {*CHAT_DIALECTS, None}:
        raise not_a_chat(answer.dialect)
    generation = answer.generations[0] if answer.generations else Generation("")
    if answer.dialect != "chat" and (
        len(answer.generations) > 1 or not _KEYS_OF_TEXT.issuperset(generation.keys())
    ):
        # A chat has no place for it.
        raise StreamError("the response is a text generation of Command; expected a chat")
    fields = _from_message if answer.dialect == "chat" else _from_body
    return {
        "text": generation.text,
        "response_id": answer.id,
        "generation_id": None,
        **(earlier or {}),
        **without_none(generation_id=generation.id),
        **fields(answer, generation),
        "prompt": answer.prompt,
        "finish_reason": generation.finish_reason,
        "finish": generation.finish,
        "usage": answer.usage,
        "dialect": answer.dialect,
    }


def _from_body(answer: Generations, _: Generation) -> dict[str, Any]:
    """Return fields of version 1, which are in ``extra`` by their names."""
    found = answer.extra or {}
    fields = {name: read(found, name, "") for name, read in _FIELDS.items() if name in found}
    return {**without_none(**fields), "extra": extra_of(found, _FIELDS.keys())}


def _from_message(answer: Generations, generation: Generation) -> dict[str, Any]:
    """Return fields of version 2."""
    extra = {**(answer.extra or {}), **(generation.extra or {})}
    message, uses = {**extra.pop("message", {})}, generation.tool_calls
    fields = without_none(
        generation_id=answer.id,
        tool_calls=None if uses is None else [_tool_call(use) for use in uses],
        citations=message.pop("citations", None),
        meta=extra.pop("usage", None),
        tool_plan=message.pop("tool_plan", None),
        content=generation.content,
    )
    return {**fields, "extra": {**extra, "message": message} if message else extra}


def _tool_call(use: ToolUse) -> ToolCall:
    return ToolCall.from_dict(without_none(id=use.id, name=use.name, parameters=use.input))


def neutral_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``Chat`` for *body*, which ``to_dict`` returned.

    Raises:
        StreamError: A field is unknown, or has another type than ``to_dict`` writes.
    """
    fields = checked_fields(body, "", _NEUTRAL_FIELDS)
    return {"response_id": None, "generation_id": None, "text": "", **fields}


def calls_in(
    source: Mapping[str, Any], key: str = "tool_calls", path: str = ""
) -> list[ToolCall] | None:
    """Return the array ``source[key]`` of calls of tools, or ``None``."""
    calls = array(source, key, path)
    for i, call in enumerate(calls or ()):
        if not isinstance(call, Mapping):
            raise StreamError(f"{key}[{i}] is {kind(call)}; expected an object")
    return ToolCall.from_list(calls)


# The keys of a generation of version 1.
_KEYS_OF_TEXT = frozenset(("text", "id", "index", "finish_reason", "finish", "tool_calls"))

# The fields of version 1 that ``command`` does not read, and the functions that check their types.
_FIELDS: Mapping[str, Callable[[Mapping[str, Any], str, str], Any]] = {
    "text": string,  # of the response at the end of a stream, if it is not the joined pieces
    "chat_history": array,
    "preamble": string,
    "token_count": object_,
    "tool_calls": calls_in,
    "citations": array,
    "documents": array,
    "search_results": array,
    "search_queries": array,
    "is_search_required": flag_field,
    "conversation_id": string,
    "meta": object_,
}
_NEUTRAL_FIELDS = {
    **_FIELDS,
    "response_id": string,
    "generation_id": string,
    "prompt": string,
    "finish_reason": string,
    "finish": string,
    "content": array,
    "tool_plan": string,
    "usage": usage_field,
    "dialect": string,
    "extra": object_,
}
