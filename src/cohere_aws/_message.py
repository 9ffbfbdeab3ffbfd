"""Message of a generation, as Converse accepts it in the next request.

Converse answers with members that it refuses in a request, and it refuses a whole request because
of one block. So each block is read by a table of the members that requests and answers share. Left
out are:

* text that is empty or blank, and citations without any text;
* unknown members and blocks, which botocore calls ``SDK_UNKNOWN_MEMBER``;
* blocks without a required member, such as the call of a tool without its name;
* the type of a tool call, unless the service ran the tool;
* the empty signature of reasoning;
* a last block that was cut off: reasoning without a signature, or a call whose input is not an
  object.

The input of any other call that is not an object becomes ``{}``, so that the result of the tool
refers to a call that is there.

The table is not that of ``_converse_shapes``, which checks: this one selects. It has no lengths and
patterns, because the service sent the values, and no blocks that only requests have.

The members are those of the service model ``bedrock-runtime``. The rest is known from errors of the
service: "text content blocks must contain non-whitespace text", "thinking.signature: Field
required", "Provide a json object for the field".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .error import InvalidRequestError

if TYPE_CHECKING:
    from ._results import Generation

__all__ = ["message_of"]

# A function that returns the part of a value that Converse accepts, or None.
_Shape = Callable[[Any], Any]


def message_of(generation: Generation) -> dict[str, Any]:
    """Return *generation* as a message of the assistant.

    Raises:
        InvalidRequestError: Nothing is left that Converse accepts.
    """
    blocks = generation.content or []
    if not blocks or any(map(_is_of_other_dialect, blocks)):
        blocks = [{"text": generation.text}]
        blocks += [
            {"toolUse": {"toolUseId": call.id, "name": call.name, "input": call.input}}
            for call in generation.tool_calls or ()
        ]
    elif generation.finish in {None, "max_tokens"} and _is_cut_off(blocks[-1]):
        blocks = blocks[:-1]
    content = [found for block in blocks if (found := _BLOCK(block)) is not None]
    if not content:
        raise InvalidRequestError(
            "the generation has no content that Converse accepts in a message"
        )
    return {"role": "assistant", "content": content}


def _is_of_other_dialect(block: Mapping[str, Any]) -> bool:
    # In chat completions and chats of Cohere, a block says its type, or is the call of a function.
    return "type" in block or "function" in block


def _is_cut_off(block: Mapping[str, Any]) -> bool:
    # Claude requires the signature, which comes last. Other models send none.
    reasoning = _object_or_empty(block.get("reasoningContent")).get("reasoningText")
    if reasoning is not None:
        return not _object_or_empty(reasoning).get("signature")
    call = block.get("toolUse")
    return call is not None and _object(_object_or_empty(call).get("input")) is None


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _bytes(value: Any) -> bytes | None:
    return value if isinstance(value, bytes) and value else None


def _object(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


def _object_or_empty(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _one_of(*words: str) -> _Shape:
    return lambda value: value if value in words else None


def _list_of(shape: _Shape) -> _Shape:
    def read(value: Any) -> list[Any] | None:
        if not isinstance(value, list):
            return None
        return [found for each in value if (found := shape(each)) is not None]

    return read


def _structure(*required: str, **members: _Shape) -> _Shape:
    """Return the shape of an object that needs the *required* ones of its members."""

    def read(value: Any) -> dict[str, Any] | None:
        if not isinstance(value, Mapping):
            return None
        found = {name: shape(value.get(name)) for name, shape in members.items()}
        found = {name: each for name, each in found.items() if each is not None}
        return found if found and found.keys() >= set(required) else None

    return read


def _union(**members: _Shape) -> _Shape:
    """Return the shape of an object with exactly one of *members*."""
    any_of_them = _structure(**members)

    def read(value: Any) -> dict[str, Any] | None:
        found = any_of_them(value)
        return found if found is not None and len(found) == 1 else None

    return read


def _reasoning_text(value: Any) -> dict[str, Any] | None:
    found: dict[str, Any] | None = _structure("text", text=_string, signature=_text)(value)
    # Signed reasoning goes back unchanged, even without text.
    return found if found and ("signature" in found or found["text"].strip()) else None


def _cited(value: Any) -> dict[str, Any] | None:
    found: dict[str, Any] | None = _CITATIONS(value)
    return found if found and found["content"] else None


_S3_LOCATION = _structure("uri", uri=_text, bucketOwner=_text)
_SOURCE = _union(bytes=_bytes, s3Location=_S3_LOCATION)
_ERROR = _structure(message=_string)
_IMAGE = _structure("format", "source", format=_text, source=_SOURCE, error=_ERROR)
_AUDIO = _IMAGE
_VIDEO = _structure("format", "source", format=_text, source=_SOURCE)

_PARTS = _list_of(_structure("text", text=_text))
_ENABLED = _structure("enabled", enabled=_flag)
_DOCUMENT = _structure(
    "name",
    "source",
    format=_text,
    name=_text,
    source=_union(bytes=_bytes, s3Location=_S3_LOCATION, text=_text, content=_PARTS),
    context=_text,
    citations=_ENABLED,
)
_SEARCH_RESULT = _structure(
    "source", "title", "content", source=_text, title=_text, content=_PARTS, citations=_ENABLED
)

_PLACE = {"start": _integer, "end": _integer}
_IN_DOCUMENT = _structure(documentIndex=_integer, **_PLACE)
_LOCATION = _union(
    web=_structure(url=_text, domain=_text),
    documentChar=_IN_DOCUMENT,
    documentPage=_IN_DOCUMENT,
    documentChunk=_IN_DOCUMENT,
    searchResultLocation=_structure(searchResultIndex=_integer, **_PLACE),
)
_CITATION = _structure(title=_text, source=_text, sourceContent=_PARTS, location=_LOCATION)
_CITATIONS = _structure("content", content=_PARTS, citations=_list_of(_CITATION))

_BLOCK = _union(
    text=_text,
    image=_IMAGE,
    document=_DOCUMENT,
    video=_VIDEO,
    audio=_AUDIO,
    toolUse=_structure(
        "toolUseId",
        "name",
        toolUseId=_text,
        name=_text,
        input=_object_or_empty,
        type=_one_of("server_tool_use"),
    ),
    toolResult=_structure(
        "toolUseId",
        "content",
        toolUseId=_text,
        content=_list_of(
            _union(
                json=_object,
                text=_text,
                image=_IMAGE,
                document=_DOCUMENT,
                video=_VIDEO,
                searchResult=_SEARCH_RESULT,
            )
        ),
        status=_one_of("success", "error"),
        type=_text,
    ),
    reasoningContent=_union(reasoningText=_reasoning_text, redactedContent=_bytes),
    citationsContent=_cited,
    searchResult=_SEARCH_RESULT,
)
