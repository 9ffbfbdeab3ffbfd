"""Bytes in the content blocks of Converse: ``bytes`` in Python, base64 in JSON.

boto3 decodes the members that its service model calls blobs: the redacted content of reasoning, and
the bytes of images, documents and other media. A body that was saved as JSON has them as base64.
``decoded`` gives both the same form, and ``encoded`` the form that JSON can write. A service model
that is newer than this package may have further blobs: they are encoded, but not decoded again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ._field import kind
from .error import StreamError

__all__ = ["blob", "decoded", "encoded"]

_MEDIA = frozenset(("image", "document", "video", "audio"))
# Members without blobs. They may be long, or hold any JSON, so they are not searched.
_WITHOUT_BLOBS = frozenset(("text", "toolUse", "citationsContent", "searchResult"))


def blob(value: object, path: str) -> bytes:
    """Return *value*, which is bytes or base64, as bytes; an error calls it *path*.

    Raises:
        StreamError: *value* is neither.
    """
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            raise StreamError(f"{path} is a string; expected base64") from None
    raise StreamError(f"{path} is {kind(value)}; expected base64 in a string")


def encoded(content: list[Any]) -> list[Any]:
    """Return content blocks with all bytes in them as base64, so that JSON can write them."""
    return [
        {key: each if key in _WITHOUT_BLOBS else _base64(each) for key, each in block.items()}
        if isinstance(block, dict)
        else block
        for block in content
    ]


def _base64(value: Any) -> Any:
    # Loops instead of comprehensions, which take a second frame for each level before Python 3.12.
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        members = {}
        for key, each in value.items():
            members[key] = _base64(each)
        return members
    if isinstance(value, list):
        elements = []
        for each in value:
            elements.append(_base64(each))  # noqa: PERF401  # see above
        return elements
    return value


def decoded(block: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return a content block with its known blobs as bytes; an error calls the block *path*.

    Raises:
        StreamError: A blob is neither bytes nor base64.
    """
    found = dict(block)
    for member, value in block.items():
        if not isinstance(value, Mapping):
            continue
        where = f"{path}.{member}"
        if member == "reasoningContent":
            found[member] = _with_blob(value, "redactedContent", where)
        elif member in _MEDIA and isinstance(value.get("source"), Mapping):
            found[member] = {
                **value,
                "source": _with_blob(value["source"], "bytes", f"{where}.source"),
            }
        elif member == "guardContent":
            found[member] = decoded(value, where)
        elif member == "toolResult" and isinstance(value.get("content"), list):
            content = [
                decoded(each, f"{where}.content[{i}]") if isinstance(each, Mapping) else each
                for i, each in enumerate(value["content"])
            ]
            found[member] = {**value, "content": content}
    return found


def _with_blob(source: Mapping[str, Any], key: str, path: str) -> dict[str, Any]:
    found = dict(source)
    if source.get(key) is not None:
        found[key] = blob(source[key], f"{path}.{key}")
    return found
