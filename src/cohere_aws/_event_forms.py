"""Forms of events: how the payload of a frame becomes an event of boto3, for the usual frames.

botocore parses each frame by the model of its service: it looks up the type of the event and walks
over the members of its shape. Nearly all frames of a stream have one of a few forms, for which one
step suffices::

    SageMaker            bytes                                → {"PayloadPart": {"Bytes": bytes}}
    Bedrock              {"bytes": "base64", "p": "padding"}  → {"chunk": {"bytes": bytes}}
    Bedrock, Converse    {"contentBlockIndex": 0,
                          "delta": {"text": " a"}, "p": "…"}  → {"contentBlockDelta": {…}}

A form is a function. It returns the event that botocore makes of the payload, or ``None`` if the
payload is in any way unusual: another member, an escape or white space around the base64, a number
that is not an integer. It never guesses: botocore parses every payload that a form leaves.
"""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Container
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._services import Service

__all__ = ["Form", "forms_of"]

Form = Callable[[bytes], "dict[str, Any] | None"]

_BLOCK_DELTA, _DELTA, _INDEX = "contentBlockDelta", "delta", "contentBlockIndex"
# The members of such an event in the order of the model, which botocore keeps, and their types.
_DELTA_TYPES = [(_DELTA, "structure"), (_INDEX, "integer")]
# Where the text of a delta may be: that of an answer, of a tool's input, of reasoning.
_TEXTS = (("text",), ("toolUse", "input"), ("reasoningContent", "text"))


def forms_of(shape: Any, service: Service) -> list[Form]:
    """Return the forms that events of *shape*, botocore's model of a stream, may have.

    The list is empty for an unknown model, because a new member would be lost.
    """
    events = shape.members
    if service.payload_key in events:
        name, key = service.payload_key, service.bytes_key
        if _types(events[name]) == [(key, "blob")]:
            # AWS writes JSON without spaces, and Python's json module with them.
            return [_plain(name, key), _sealed(name, key, b""), _sealed(name, key, b" ")]
    elif _BLOCK_DELTA in service.item_events & events.keys():
        shapes = events[_BLOCK_DELTA].members
        if _types(events[_BLOCK_DELTA]) == _DELTA_TYPES:
            paths = {path for path in _TEXTS if _is_text(shapes[_DELTA], path)}
            return [_text_delta(paths)] if paths else []
    return []


def _types(shape: Any) -> list[tuple[str, str]]:
    return [(name, member.type_name) for name, member in shape.members.items()]


def _is_text(shape: Any, path: tuple[str, ...]) -> bool:
    """Return whether *shape* has a string at *path*, below structures."""
    for name in path:
        if shape.type_name != "structure" or name not in shape.members:
            return False
        shape = shape.members[name]
        if shape.serialization:  # for example, another name in JSON
            return False
    return bool(shape.type_name == "string")


def _plain(name: str, key: str) -> Form:
    """Return the form of events whose bytes are the whole payload."""
    return lambda payload: {name: {key: payload}}


def _sealed(name: str, key: str, space: bytes) -> Form:
    """Return the form of events whose bytes are base64 in a JSON object, perhaps with padding."""
    prefix = b'{"%b":%b"' % (key.encode(), space)
    between = b'",%b"p":%b"' % (space, space)
    start, width = len(prefix), len(between)

    def event_of(payload: bytes) -> dict[str, Any] | None:
        quote = payload.find(b'"', start)
        tail = payload[quote:]
        if payload.startswith(prefix) and (
            tail == b'"}'
            or (tail.startswith(between) and tail.endswith(b'"}') and tail[width:-2].isalnum())
        ):
            sealed = payload[start:quote]
            try:
                found = a2b_base64(sealed)
            except ValueError:
                return None
            # a2b_base64() skips characters that are not base64, which JSON may escape or refuse.
            if b2a_base64(found, newline=False) == sealed:
                return {name: {key: found}}
        return None

    return event_of


def _text_delta(paths: Container[tuple[str, ...]]) -> Form:
    """Return the form of events of Converse with a piece of text at one of *paths*, and no more."""

    def event_of(payload: bytes) -> dict[str, Any] | None:
        try:
            found = json.loads(payload.decode())
            delta, index = found[_DELTA], found[_INDEX]
        except (LookupError, TypeError, ValueError, RecursionError):
            return None
        text: Any = delta
        path: tuple[str, ...] = ()
        while type(text) is dict and len(text) == 1:
            ((name, text),) = text.items()
            path += (name,)
        is_usual = path in paths and type(text) is str and type(index) is int
        if is_usual and len(found) == (3 if "p" in found else 2):  # the third is padding
            return {_BLOCK_DELTA: {_DELTA: delta, _INDEX: index}}
        return None

    return event_of
