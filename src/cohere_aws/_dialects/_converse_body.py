"""A plain body of Converse, and the generation of a message, plain or streamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cohere_aws._blobs import decoded
from cohere_aws._faults import error_in
from cohere_aws._field import array, kind, object_, quoted, string
from cohere_aws._generations import Generations
from cohere_aws._results import Generation, ToolUse
from cohere_aws.error import StreamError

from ._converse_facts import Facts

if TYPE_CHECKING:
    from cohere_aws._framing import Item

__all__ = ["answer_of", "generation_of", "parts_of", "read_body", "rest_of_message"]

_MESSAGE = "output.message"
# The metadata is of boto3, and not of the service.
_BODY_KEYS = frozenset(("output", "stopReason", "ResponseMetadata"))
_OBJECTS = ("image", "toolUse", "toolResult", "reasoningContent", "citationsContent")


def read_body(body: Item | Mapping[str, Any]) -> Generations:
    """Return the answer in a plain body, or in the response of boto3's ``converse``."""
    generation, facts, id_ = parts_of(body)
    return answer_of([generation], facts, id_)


def parts_of(body: Item | Mapping[str, Any]) -> tuple[Generation, Facts, str | None]:
    """Return the generation in a plain body, its other fields, and the request ID."""
    if not isinstance(body, Mapping):
        raise StreamError(f"the response is {kind(body)}; expected an object")
    if error := error_in(body, ("output",)):
        raise error
    output = object_(body, "output") or {}
    message = object_(output, "message", "output")
    if message is None:
        raise StreamError(f"no {_MESSAGE!r} in the response; it has {quoted(body)}")
    blocks = array(message, "content", _MESSAGE)
    if blocks is None:
        found = "null; expected an array" if "content" in message else "missing"
        raise StreamError(f"{_MESSAGE}.content is {found}; the message has {quoted(message)}")
    content = [_block(each, f"{_MESSAGE}.content[{i}]") for i, each in enumerate(blocks)]
    facts = Facts()
    facts.add({key: body[key] for key in body if key not in _BODY_KEYS}, "")
    if rest := {key: output[key] for key in output if key != "message"}:
        facts.extra["output"] = rest
    generation = generation_of(content, string(body, "stopReason"), rest_of_message(message))
    metadata = object_(body, "ResponseMetadata") or {}
    return generation, facts, string(metadata, "RequestId", "ResponseMetadata")


def _block(value: object, path: str) -> dict[str, Any]:
    """Return a content block, whose known members have the types that are read later."""
    if not isinstance(value, Mapping):
        raise StreamError(f"{path} is {kind(value)}; expected an object")
    string(value, "text", path)
    for member in _OBJECTS:
        object_(value, member, path)
    cited, where = value.get("citationsContent") or {}, f"{path}.citationsContent"
    for i, part in enumerate(array(cited, "content", where) or ()):
        if not isinstance(part, Mapping):
            raise StreamError(f"{where}.content[{i}] is {kind(part)}; expected an object")
        string(part, "text", f"{where}.content[{i}]")
    return decoded(value, path)


def rest_of_message(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of *message* besides its content, without the role that it always has."""
    is_usual = message.get("role") in (None, "assistant")  # a tuple: any JSON may be there
    known = {"content", "role"} if is_usual else {"content"}
    return {key: message[key] for key in message if key not in known}


def generation_of(
    content: list[dict[str, Any]], reason: str | None, rest: Mapping[str, Any]
) -> Generation:
    """Return the generation of a message.

    Args:
        content: Its blocks.
        reason: The ``stopReason`` of the answer.
        rest: Its other fields.
    """
    uses = [each["toolUse"] for each in content if each.get("toolUse") is not None]
    calls = [_tool_use(use) for use in uses if use.get("type") != _SERVICE_RUNS_IT]
    return Generation(
        "".join(text for block in content for text in _texts(block)),
        index=0,
        finish_reason=reason,
        content=content,
        tool_calls=calls or None,
        extra={"message": rest} if rest else None,
    )


def _texts(block: Mapping[str, Any]) -> list[str]:
    # Read leniently: a stream may begin a block with members that this package does not expect.
    cited = block.get("citationsContent")
    parts = cited.get("content") if isinstance(cited, Mapping) else None
    found = [block, *parts] if isinstance(parts, list) else [block]
    texts = [part.get("text") for part in found if isinstance(part, Mapping)]
    return [text for text in texts if isinstance(text, str)]


_SERVICE_RUNS_IT = "server_tool_use"


def _tool_use(use: Mapping[str, Any]) -> ToolUse:
    # Read leniently: the call is in the content as well, as it came.
    id_, name = use.get("toolUseId"), use.get("name")
    return ToolUse(
        id_ if isinstance(id_, str) else None,
        name if isinstance(name, str) else None,
        use.get("input", {}),
    )


def answer_of(generations: list[Generation], facts: Facts, id_: str | None) -> Generations:
    """Return the answer with these parts."""
    return Generations(
        generations, id=id_, usage=facts.usage, dialect="converse", extra=facts.extra
    )
