"""Messages of models on Amazon Bedrock, as the Converse API and Amazon Nova write them.

A plain body is ``{"output": {"message": {"role": …, "content": […]}}, "stopReason": …, "usage": …,
"metrics": …}``. In a stream, an item is one event as boto3 yields it, an object with one key:

=====================  ===========================================================================
``messageStart``       ``{"role": "assistant"}``
``contentBlockStart``  ``{"contentBlockIndex": …, "start": {…}}``: before a tool call, the result of
                       a tool, or an image
``contentBlockDelta``  ``{"contentBlockIndex": …, "delta": {…}}``: a part of a block
``contentBlockStop``   ``{"contentBlockIndex": …}``
``messageStop``        ``{"stopReason": …, "additionalModelResponseFields": …}``: the last item; the
                       answer is whole
``metadata``           ``{"usage": …, "metrics": …, "trace": …, …}``: after the last item, or before
=====================  ===========================================================================

The same message gives the same ``Generations``, plain or streamed:

* ``content`` has each block of the message, ordered by ``contentBlockIndex``, under its name in the
  service model. ``_converse_blocks`` joins the parts of a stream. The input of a tool is parsed; it
  is ``{}`` where none came, and stays a string if it is not JSON. Blobs are bytes, which
  ``to_dict()`` writes as base64.
* ``text`` joins the text blocks, and the text inside ``citationsContent``.
* ``tool_calls`` leaves out calls of tools that the service runs itself; they and their results are
  in ``content``.
* ``input_tokens`` excludes ``cache_read_tokens`` and ``cache_write_tokens``. The latency is that of
  the service. Other counts, such as ``totalTokens``, are in ``extra["usage"]``.
* ``trace``, ``performanceConfig``, ``serviceTier``, ``additionalModelResponseFields`` and unknown
  fields are in ``extra`` of the answer. Unknown fields of the message are in ``extra`` of the
  generation.
* ``id`` is the request ID in the ``ResponseMetadata`` of boto3. The rest of that is left out. A
  stream has it if a client of this package made the call.

``other_items`` has each event with an unknown field, without a field that the service always sends,
or with a second value for a field. boto3 replaces a member that it does not know by
``SDK_UNKNOWN_MEMBER``, which counts as an unknown field. A ``contentBlockDelta`` without its delta
is an error, and so is a ``messageStop`` without its reason. The role ``assistant``, the numbers of
blocks, and ``p``, which is padding of random length, are not kept.

boto3 itself drops, without a trace, events of unknown types and unknown fields of known objects. In
the usage, these are ``serverToolUsage``, ``cacheReadInputTokenCount`` and
``cacheWriteInputTokenCount``.

``InvokeModel`` answers in the same format for Amazon Nova, and its streams have these events as
JSON, the last one with the metrics of Bedrock.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html describe the
fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cohere_aws._faults import error_in
from cohere_aws._field import integer, kind, object_, quoted, string
from cohere_aws._results import StreamingText
from cohere_aws.error import StreamError

from ._converse_blocks import Blocks
from ._converse_body import answer_of, generation_of, parts_of, read_body, rest_of_message
from ._converse_facts import Facts
from ._usage import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cohere_aws._framing import Item
    from cohere_aws._generations import Generations
    from cohere_aws._results import Generation, Usage

__all__ = ["Reader", "read_body"]

_DELTA = "contentBlockDelta"
_INDEX = "contentBlockIndex"
_PADDING = "p"
_PARTS = {"contentBlockStart": "start", _DELTA: "delta"}  # which may have a piece of text

_new = tuple.__new__  # twice as fast as calling a NamedTuple


class Reader:
    """Reads the events of one stream."""

    end_of_sequence = ""
    prompt: str | None = None

    def __init__(self) -> None:
        self.last_item_read = False
        self.finish_reason: str | None = None
        self.id: str | None = None  # a plain body may have it, or a client sets it
        self.other_items: list[Item] = []
        self._facts = Facts()
        self._blocks = Blocks()
        self._open_texts = self._blocks.open_texts
        self._message: dict[str, Any] | None = None  # its fields besides the content
        self._index = 0  # of the latest block
        self._whole: Generation | None = None  # of a plain body

    def read(self, item: Item) -> tuple[StreamingText, ...]:
        """Return the results in *item*: one or none."""
        # Most items are another piece of a text: no call is made for them.
        if type(item) is dict and len(item) == 1 and _DELTA in item:
            detail = item[_DELTA]
            if type(detail) is dict and len(detail) == 2:  # noqa: PLR2004
                delta, index = detail.get("delta"), detail.get(_INDEX)
                if type(delta) is dict and len(delta) == 1 and type(index) is int:
                    text, pieces = delta.get("text"), self._open_texts.get(index)
                    if type(text) is str and pieces is not None:
                        pieces.append(text)
                        return (_new(StreamingText, (0, text, False)),) if text else ()
        return self._read_other(item)

    @property
    def may_end(self) -> bool:
        """Return whether the answer is whole if the stream ends here."""
        return self.last_item_read

    @property
    def usage(self) -> Usage | None:
        """Return the usage so far."""
        return self._facts.usage

    def generations(self) -> Generations:
        """Return the answer so far."""
        found = [] if self._whole is None else [self._whole]
        if self._message is not None or self._blocks or (self.last_item_read and not found):
            content = self._blocks.content()
            found = [generation_of(content, self.finish_reason, self._message or {})]
        return answer_of(found, self._facts, self.id)

    def text(self) -> str:
        """Return the text so far."""
        return self._blocks.text() if self._whole is None else self._whole.text

    def _read_other(self, item: Item) -> tuple[StreamingText, ...]:
        """Read any item, whatever it has."""
        if isinstance(item, list):
            raise StreamError(f"the item is {kind(item)}; expected an object")
        names = [name for name in self._events if item.get(name) is not None]
        has_others = len(item) > len(names)
        if has_others:
            if error := error_in(item, self._item_keys):
                self.other_items.append(item)  # it may hold more than the error has fields for
                raise error
            if item.get("output") is not None:
                return self._read_whole_body(item)
        agrees, text = bool(item) and self._item_keys >= item.keys(), ""
        for name in names:
            if self.last_item_read and name != "metadata":
                raise _after_the_end(item)
            detail = object_(item, name) or {}
            detail = {key: each for key, each in detail.items() if not _is_padding(key, each)}
            agrees &= self._events[name](self, detail, name)
            if part := _PARTS.get(name):
                text += (detail.get(part) or {}).get("text") or ""
        if has_others:
            agrees &= self._facts.add({METRICS: item.get(METRICS)}, "")
        if not agrees:
            self.other_items.append(item)
        return (StreamingText(0, text, is_finished=False),) if text else ()

    # Each of the next methods reads one event, and returns whether nothing is unknown or missing.

    def _read_start(self, detail: Mapping[str, Any], _: str) -> bool:
        if self._message is not None:
            return False
        self._message = rest_of_message(detail)
        # The content comes in blocks; none is expected here.
        return detail.get("role") is not None and "content" not in detail

    def _read_block_start(self, detail: Mapping[str, Any], name: str) -> bool:
        start = object_(detail, "start", name)
        all_read = self._blocks.start(self._index_in(detail, name), start or {}, f"{name}.start")
        return all_read and start is not None and _has_only(detail, _INDEX, "start")

    def _read_delta(self, detail: Mapping[str, Any], name: str) -> bool:
        delta = object_(detail, "delta", name)
        if delta is None:
            raise _without("delta", detail, name)
        all_read = self._blocks.add(self._index_in(detail, name), delta, f"{name}.delta")
        return all_read and _has_only(detail, _INDEX, "delta")

    def _read_block_stop(self, detail: Mapping[str, Any], name: str) -> bool:
        self._blocks.stop(self._index_in(detail, name))
        return _has_only(detail, _INDEX)

    def _read_stop(self, detail: Mapping[str, Any], name: str) -> bool:
        reason = string(detail, "stopReason", name)
        if not reason:
            raise _without("stopReason", detail, name)
        self.finish_reason, self.last_item_read = reason, True
        self._blocks.stop_all()  # so that a text that follows is an error
        return self._facts.add({key: detail[key] for key in detail if key != "stopReason"}, name)

    def _read_metadata(self, detail: Mapping[str, Any], name: str) -> bool:
        return self._facts.add(detail, name) and "usage" in detail

    def _index_in(self, detail: Mapping[str, Any], name: str) -> int:
        """Return the index of the block; that of the latest one if it is missing."""
        index = integer(detail, _INDEX, name)
        self._index = self._index if index is None else index
        return self._index

    def _read_whole_body(self, item: dict[str, Any]) -> tuple[StreamingText, ...]:
        """Read an item that is a plain body, and return its text."""
        if self.last_item_read:
            raise _after_the_end(item)
        if self._message is not None or self._blocks or self._facts:
            raise StreamError(f"a part of the answer came before, and this item has {quoted(item)}")
        self._whole, self._facts, self.id = parts_of(item)
        self.finish_reason, self.last_item_read = self._whole.finish_reason, True
        text = self._whole.text
        return (StreamingText(0, text, is_finished=True),) if text else ()

    # In the order in which they come; an item of another SDK may have the keys of all.
    _events: ClassVar[Mapping[str, Callable[[Reader, Mapping[str, Any], str], bool]]] = {
        "messageStart": _read_start,
        "contentBlockStart": _read_block_start,
        _DELTA: _read_delta,
        "contentBlockStop": _read_block_stop,
        "messageStop": _read_stop,
        "metadata": _read_metadata,
    }
    _item_keys: ClassVar = frozenset((*_events, METRICS))


def _is_padding(key: str, value: object) -> bool:
    return key == _PADDING and isinstance(value, str)


def _has_only(detail: Mapping[str, Any], *keys: str) -> bool:
    """Return whether *detail* has each of *keys*, and no other one."""
    return detail.keys() == set(keys) and None not in map(detail.get, keys)


def _without(key: str, detail: Mapping[str, Any], name: str) -> StreamError:
    return StreamError(f"{name} has no {key!r}; it has {quoted(detail)}")


def _after_the_end(item: Mapping[str, Any]) -> StreamError:
    return StreamError(f"the last item came before, and this one has {quoted(item)}")
