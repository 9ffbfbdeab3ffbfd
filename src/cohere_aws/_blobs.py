"""Bytes in answers of Converse: ``bytes`` in Python, base64 in JSON.

boto3 decodes the members that its service model calls blobs: the redacted content of reasoning, and
the bytes of images, documents and other media. A body that was saved as JSON has them as base64.
``decoded`` gives both the same form, and ``encoded`` the form that JSON can write. A service model
that is newer than this package may have further blobs, at any place of an answer: they are encoded,
but not decoded again.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from typing import Any

from ._field import kind
from .error import StreamError

__all__ = ["blob", "decoded", "encoded"]

_MEDIA = frozenset(("image", "document", "video", "audio"))


def blob(value: object, path: str) -> bytes:
    """Return *value*, which is bytes or base64, as bytes; an error calls it *path*.

    Raises:
        StreamError: *value* is neither.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, str):
        from base64 import b64decode  # noqa: PLC0415  # needed for answers saved as JSON only

        try:
            return b64decode(value, validate=True)
        except ValueError:
            raise StreamError(f"{path} is a string; expected base64") from None
    raise StreamError(f"{path} is {kind(value)}; expected base64 in a string")


def encoded(value: Any) -> Any:
    """Return a copy of *value*, in which all bytes are base64, so that JSON can write it."""
    found = [value]
    # A stack and no recursion: the input of a tool is any JSON, and may be nested deeply.
    unread: list[Any] = [found]
    while unread:
        container = unread.pop()
        for key, each in container.items() if isinstance(container, dict) else enumerate(container):
            if isinstance(each, (bytes, bytearray, memoryview)):
                container[key] = binascii.b2a_base64(each, newline=False).decode()
            elif isinstance(each, (Mapping, list)):
                copy = list(each) if isinstance(each, list) else dict(each)
                container[key] = copy
                unread.append(copy)
    return found[0]


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
