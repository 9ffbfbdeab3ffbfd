"""Content blocks of a message of Converse that a stream sends in parts.

Each event names its block by ``contentBlockIndex``. Blocks come one after the other today; the
index allows them to be mixed, in any order, and numbered with gaps. Only a tool call, the result of
a tool and an image begin with ``contentBlockStart``. Any other block begins with its first delta.

An index has one part for each kind of delta that came under it. There is one kind, unless indexes
are missing or wrong; then each part becomes a block, and nothing is mixed up.

Fragments are collected in lists and joined once, when the content is asked for. The text is joined
earlier, if the caller asks for it while it arrives: see ``Pieces``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cohere_aws._blobs import blob, decoded
from cohere_aws._field import array, object_, string

from ._choice import parsed
from ._deltas import Deltas
from ._pieces import Pieces

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class _Part(Protocol):
        """A content block of one kind."""

        def add(self, member: str, delta: Mapping[str, Any], path: str) -> bool:
            """Add ``delta[member]``; return whether each field of it was read."""

        def value(self) -> dict[str, Any]:
            """Return the block so far, as it is in a plain answer."""


__all__ = ["Blocks"]


class Blocks:
    """Blocks of one message so far.

    Attributes:
        open_texts: The pieces of the text block that is open at an index. A reader may append to
            them directly, which is faster.
    """

    def __init__(self) -> None:
        self.open_texts: dict[int, list[str]] = {}
        self._pieces = Pieces("")  # the texts, by the order in which they began
        self._blocks: list[tuple[int, dict[str, _Part]]] = []
        self._open: dict[int, dict[str, _Part]] = {}

    def __bool__(self) -> bool:
        """Return whether a block has begun."""
        return bool(self._blocks)

    def start(self, index: int, start: Mapping[str, Any], path: str) -> bool:
        """Begin a block; return whether each field of *start* was read."""
        if self._open.get(index):
            self.stop(index)  # the block before it under the same index did not stop
        parts, all_read = self._parts(index), True
        for member, value in start.items():
            if member in _STARTED and value is not None:
                fields = object_(start, member, path) or {}
                parts[member] = _STARTED[member](fields, f"{path}.{member}")
            elif value is not None:
                all_read &= self._add(index, member, start, path)
        return all_read

    def add(self, index: int, delta: Mapping[str, Any], path: str) -> bool:
        """Add *delta* to a block, which may begin with it; return whether each field was read."""
        all_read = False  # an empty delta is not expected
        for place, member in enumerate(key for key, value in delta.items() if value is not None):
            found = self._add(index, member, delta, path)
            all_read = found and (all_read or place == 0)
        return all_read

    def stop(self, index: int) -> None:
        """End the block that is open at *index*, if there is one."""
        self._open.pop(index, None)
        self.open_texts.pop(index, None)

    def stop_all(self) -> None:
        """End all blocks."""
        self._open.clear()
        self.open_texts.clear()

    def content(self) -> list[dict[str, Any]]:
        """Return the blocks so far, ordered by index."""
        # Copies, because another thread may add a block.
        blocks = sorted(self._blocks.copy(), key=lambda block: block[0])
        return [part.value() for _, parts in blocks for part in parts.copy().values()]

    def text(self) -> str:
        """Return the text so far, ordered by index."""
        texts = [
            part.text()
            for _, parts in sorted(self._blocks.copy(), key=lambda block: block[0])
            if isinstance(part := parts.get("text"), _Text)
        ]
        # The text of a single block is not copied.
        return "".join(filter(None, texts))

    def _add(self, index: int, member: str, delta: Mapping[str, Any], path: str) -> bool:
        parts = self._parts(index)
        # The text and the citations of a block belong together.
        kind = "text" if member == "citation" else member
        part = parts.get(kind)
        if part is not None:
            return part.add(member, delta, path)
        part = _Text(self._pieces) if kind == "text" else _KINDS.get(kind, _Other)({}, path)
        # The part counts after its first value, so that a wrong type leaves no empty block.
        all_read = part.add(member, delta, path)
        parts[kind] = part
        if isinstance(part, _Text):
            self.open_texts[index] = part.pieces
        return all_read

    def _parts(self, index: int) -> dict[str, _Part]:
        """Return the parts of the block that is open at *index*, or of a new one."""
        parts = self._open.get(index)
        if parts is None:
            parts = self._open[index] = {}
            self._blocks.append((index, parts))
        return parts


class _Text:
    def __init__(self, pieces: Pieces) -> None:
        self._number, self._all = len(pieces.texts), pieces
        self.pieces = pieces.texts[self._number] = []
        self._citations: list[Mapping[str, Any]] = []

    def add(self, member: str, delta: Mapping[str, Any], path: str) -> bool:
        if member == "text":
            self.pieces.append(string(delta, member, path) or "")
        else:
            self._citations.append(object_(delta, member, path) or {})
        return True

    def text(self) -> str:
        return self._all.text_of(self._number)

    def value(self) -> dict[str, Any]:
        part = {"text": self.text()}
        if not self._citations:
            return part
        content = [part] if self.pieces else []
        return {"citationsContent": {"content": content, "citations": self._citations.copy()}}


class _Reasoning:
    def __init__(self, _: Mapping[str, Any], __: str) -> None:
        self._texts: list[str] = []
        self._signatures: list[str] = []
        self._redacted: list[bytes] = []

    def add(self, member: str, delta: Mapping[str, Any], path: str) -> bool:
        value, path = object_(delta, member, path) or {}, f"{path}.{member}"
        for key, found in (("text", self._texts), ("signature", self._signatures)):
            if (text := string(value, key, path)) is not None:
                found.append(text)
        if value.get("redactedContent") is not None:
            self._redacted.append(blob(value["redactedContent"], f"{path}.redactedContent"))
        return bool(value) and value.keys() <= {"text", "signature", "redactedContent"}

    def value(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self._texts or self._signatures or not self._redacted:
            found["reasoningText"] = {"text": "".join(self._texts)}
        if self._signatures:
            found["reasoningText"]["signature"] = "".join(self._signatures)
        if self._redacted:
            found["redactedContent"] = b"".join(self._redacted)
        return {"reasoningContent": found}


class _ToolUse:
    def __init__(self, fields: Mapping[str, Any], _: str) -> None:
        self._fields = fields
        self._inputs: list[str] = []

    def add(self, member: str, delta: Mapping[str, Any], path: str) -> bool:
        value = object_(delta, member, path) or {}
        if (text := string(value, "input", f"{path}.{member}")) is not None:
            self._inputs.append(text)
        return value.keys() == {"input"} and "input" not in self._fields

    def value(self) -> dict[str, Any]:
        # Without arguments, a model sends no delta, or an empty one.
        text = "".join(self._inputs)
        return {"toolUse": {"input": parsed(text) if text.strip() else {}, **self._fields}}


class _ToolResult:
    def __init__(self, fields: Mapping[str, Any], path: str) -> None:
        self._fields = fields
        self._content: list[Any] = []
        self.add("content", fields, path)

    def add(self, member: str, delta: Mapping[str, Any], path: str) -> bool:
        for i, each in enumerate(array(delta, member, path) or ()):
            is_object = isinstance(each, Mapping)
            self._content.append(decoded(each, f"{path}.{member}[{i}]") if is_object else each)
        return True

    def value(self) -> dict[str, Any]:
        return {"toolResult": {**self._fields, "content": self._content.copy()}}


class _Image:
    def __init__(self, fields: Mapping[str, Any], path: str) -> None:
        self._fields: dict[str, Any] = {}
        self._source: dict[str, Any] = {}
        self._data: list[bytes] = []
        self._read(fields, path)

    def add(self, member: str, delta: Mapping[str, Any], path: str) -> bool:
        return self._read(object_(delta, member, path) or {}, f"{path}.{member}")

    def _read(self, value: Mapping[str, Any], path: str) -> bool:
        source = dict(object_(value, "source", path) or {})
        data = source.pop("bytes", None)
        if data is not None:
            self._data.append(blob(data, f"{path}.source.bytes"))
        others = {key: each for key, each in value.items() if key != "source"}
        # A later value replaces an earlier one; its item is kept.
        agrees = self._fields.keys().isdisjoint(others) and self._source.keys().isdisjoint(source)
        self._fields.update(others)
        self._source.update(source)
        return agrees

    def value(self) -> dict[str, Any]:
        source = {**self._source, "bytes": b"".join(self._data)} if self._data else self._source
        return {"image": {**self._fields, "source": source} if source else self._fields.copy()}


class _Other:
    """A block of a kind that this module does not know.

    Its parts are joined as those of other blocks are. That is a guess, so their items are kept.
    """

    def __init__(self, _: Mapping[str, Any], __: str) -> None:
        self._fields = Deltas()

    def add(self, member: str, delta: Mapping[str, Any], _: str) -> bool:
        self._fields.add({member: delta[member]})
        return False

    def value(self) -> dict[str, Any]:
        return self._fields.value()


# The kinds that begin with contentBlockStart, which has their first fields.
_STARTED: Mapping[str, Callable[[Mapping[str, Any], str], _Part]] = {
    "toolUse": _ToolUse,
    "toolResult": _ToolResult,
    "image": _Image,
}
_KINDS = {**_STARTED, "reasoningContent": _Reasoning}
