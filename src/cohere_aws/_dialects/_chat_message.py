"""Messages of Cohere's chat v2, which arrive whole or in parts.

A message has three arrays of objects: ``content``, which are blocks of text and of other types,
``tool_calls`` and ``citations``. In a stream, each item has one object in place of an array, or a
part of an object, and an ``index`` that says which one. Where there is no ``index``, as in an
example of https://docs.cohere.com/reference/chat-stream, an item of a type like ``content-start``
begins an object, and any other continues the latest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cohere_aws._field import extra_of, kind, string
from cohere_aws._results import Generation, ToolUse
from cohere_aws.error import StreamError

from ._choice import parsed
from ._deltas import Deltas
from ._pieces import Pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Message"]

_ARRAYS = ("content", "tool_calls", "citations")


class Message:
    """A message so far.

    Attributes:
        open_texts: The pieces of each block of text, by its index in a stream. A reader may append
            to them directly, which is faster.
    """

    def __init__(self) -> None:
        self.open_texts: dict[int, list[str]] = {}
        self._texts = Pieces("")  # by the number of the block, of those with text
        self._not_texts: set[int] = set()  # the numbers of the other blocks
        self._arrays = {key: _Objects() for key in _ARRAYS}
        self._fields = Deltas()

    def add(
        self, part: Mapping[str, Any], path: str, index: int | None = None, *, begins: bool
    ) -> tuple[str, bool]:
        """Add a whole message, or a part of one.

        Args:
            part: The message, which an error calls *path*.
            path: Its place in the item.
            index: The index in the item.
            begins: Whether *part* begins its objects; otherwise it may continue earlier ones.

        Returns:
            The text in *part*; and whether all its fields agree with those of earlier parts.

        Raises:
            StreamError: A field has the wrong type. Nothing was added.
        """
        # Checked before the first object is added, so that an error leaves the message unchanged.
        for key in ("role", "tool_plan"):
            string(part, key, path)
        found = [
            (key, value) for key in _ARRAYS for value in _objects_in(part, key, f"{path}.{key}")
        ]
        agrees, text = self._fields.add(extra_of(part, {*_ARRAYS})), ""
        for key, value in found:
            number = self._arrays[key].number_of(index, begins=begins)
            others: Mapping[str, Any] | None = value
            if key == "content" and begins and index is not None:
                self.open_texts.pop(index, None)  # of an earlier block with this index
            if key == "content" and (piece := self._text_in(value, number)) is not None:
                self._texts.append(number, piece)
                if index is not None:
                    self.open_texts[index] = self._texts.texts[number]
                text += piece
                others = extra_of(value, {"text"})
            agrees &= self._arrays[key].objects[number].add(others)
        return text, agrees

    def _text_in(self, block: Mapping[str, Any], number: int) -> str | None:
        """Return the text in a part of block *number*; ``None`` if it is not a block of text."""
        # A tuple and not a set, because the type may be a list or an object, which have no hash.
        if block.get("type") not in ("text", None):
            self._not_texts.add(number)
        return None if number in self._not_texts else block.get("text")

    def text(self) -> str:
        """Return the text so far, of all blocks."""
        # Most messages have one block of text, and then no text is copied.
        return "".join(self._texts.text_of(number) for number in sorted(self._texts.texts))

    def generation(self, finish_reason: str | None, extra: Mapping[str, Any]) -> Generation:
        """Return the message as a generation, whose ``extra`` begins with *extra*."""
        texts = {number: self._texts.text_of(number) for number in sorted(self._texts.texts)}
        blocks = self._arrays["content"].values()
        for number, block in enumerate(blocks):
            if number in texts:
                block["text"] = texts[number]
        calls, citations = self._arrays["tool_calls"].values(), self._arrays["citations"].values()
        others = self._fields.value()
        if not others.get("tool_plan"):
            others.pop("tool_plan", None)  # a stream begins with an empty one
        if citations:
            others["citations"] = citations
        return Generation(
            "".join(texts.values()),
            index=0,
            finish_reason=finish_reason,
            content=[*blocks, *calls] or None,
            tool_calls=[_tool_use(call) for call in calls] or None,
            extra={**extra, "message": others} if others else extra,
        )


class _Objects:
    """Objects of one array, in the order in which they began."""

    def __init__(self) -> None:
        self.objects: list[Deltas] = []
        self._numbers: dict[int, int] = {}  # by the index in the stream

    def number_of(self, index: int | None, *, begins: bool) -> int:
        """Return the number of the object that a part belongs to, which may begin with it."""
        latest = len(self.objects) - 1
        number = latest if index is None else self._numbers.get(index, -1)
        if begins or number < 0:
            self.objects.append(Deltas())
            number = latest + 1
        if index is not None:
            self._numbers[index] = number
        return number

    def values(self) -> list[dict[str, Any]]:
        return [each.value() for each in self.objects.copy()]  # another thread may append


def _objects_in(part: Mapping[str, Any], key: str, path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in ``part[key]``, an array in a plain body and one object in a stream."""
    value = part.get(key)
    if key == "content" and isinstance(value, str):
        value = {"type": "text", "text": value}  # as the messages of a request may have it
    places = [(path, value)]
    if isinstance(value, list):
        places = [(f"{path}[{i}]", each) for i, each in enumerate(value)]
    elif value is None:
        places = []
    for place, each in places:
        if not isinstance(each, Mapping):
            expected = "an object" if isinstance(value, list) else "an object or array"
            raise StreamError(f"{place} is {kind(each)}; expected {expected}")
        if key == "content":
            string(each, "text", place)
        yield each


def _tool_use(call: Mapping[str, Any]) -> ToolUse:
    # Read leniently: the call is in the content as well, as it came.
    id_, function = call.get("id"), call.get("function")
    if not isinstance(function, Mapping):
        function = {}
    name, arguments = function.get("name"), parsed(function.get("arguments"))
    return ToolUse(
        id_ if isinstance(id_, str) else None,
        name if isinstance(name, str) else None,
        # For a tool without parameters, the arguments are "" in a stream and "null" in a body.
        {} if arguments is None or arguments == "" else arguments,
    )
