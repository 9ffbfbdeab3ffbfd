"""Cohere's chat, version 2.

A plain body is ``{"id": …, "message": {"role": …, …}, "finish_reason": …, "usage": {…}}``. In a
stream, an item has a part of the message, and a ``type``::

    message-start                           the id; an empty message
    tool-plan-delta                         a piece of the plan
    content-start, -delta, -end             a block of text or of thinking
    tool-call-start, -delta, -end           a call of a tool, with pieces of its arguments
    citation-start, citation-end            a citation, whole
    message-end                             the last item: finish reason and usage
    debug                                   not read

``_chat_message`` joins the parts by their places in the message, whatever the type is. So one class
reads plain bodies and streams. The type says only whether an object begins, and which item is the
last. After it, only metrics, errors and items of other types may come.

* ``text`` is the blocks of text, joined. Thinking and the plan are not text.
* ``content`` of the generation has all blocks, and then the calls of tools, as they came.
* ``extra`` of the generation has the other fields of the message under ``message``, such as
  ``tool_plan`` and ``citations``, and ``logprobs``.
* ``extra`` of the answer has ``usage`` as it came, with ``billed_units``.
* ``input_tokens`` of the usage includes ``cache_read_tokens``.
* Any other item with an unread field is in ``other_items``, whole.

https://docs.cohere.com/reference/chat and https://docs.cohere.com/reference/chat-stream describe
the fields. Cohere's first version of the chat is read by ``command``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cohere_aws._faults import error_in
from cohere_aws._field import array, extra_of, integer, kind, object_, quoted, string
from cohere_aws._generations import Generations
from cohere_aws._results import StreamingText, Usage
from cohere_aws.error import StreamError

from . import CHAT_TYPES
from ._chat_message import Message
from ._cohere_usage import counts_of
from ._usage import METRICS, usage_of

if TYPE_CHECKING:
    from cohere_aws._framing import Item

__all__ = ["Reader", "read_body"]

_LAST = "message-end"
_BODY_KEYS = frozenset(("id", "message", "finish_reason", "usage", "logprobs", METRICS))
_ITEM_KEYS = frozenset(("type", "id", "index", "delta", "logprobs", METRICS))
_LAST_DELTA_KEYS = frozenset(("message", "finish_reason", "usage"))
# In an item with one of these keys, a "message" is not an error; "error" and "err" are.
_ANSWER_KEYS = ("delta", "finish_reason", METRICS)

_new = tuple.__new__  # twice as fast as calling a NamedTuple


def read_body(body: Item | Mapping[str, Any]) -> Generations:
    """Return the answer in a plain body."""
    if not isinstance(body, Mapping):
        raise StreamError(f"the response is {kind(body)}; expected an object")
    reader = Reader()
    reader.read(dict(body))
    if not reader.last_item_read:
        raise StreamError(f"no 'message' in the response; it has {quoted(body)}")
    return reader.generations()


class Reader:
    """Reads the items of one stream, or a plain body as its only item."""

    end_of_sequence = ""
    prompt: str | None = None

    def __init__(self) -> None:
        self.last_item_read = False
        self.id: str | None = None
        self.finish_reason: str | None = None
        self.other_items: list[Item] = []
        self._message: Message | None = None
        self._open_texts: dict[int, list[str]] = {}  # of the message
        self._logprobs: list[Any] = []
        self._extra: dict[str, Any] = {}
        self._counts: dict[str, int] = {}  # of the model, and of Bedrock, which come in any order
        self._metrics: dict[str, int] = {}

    def read(self, item: Item) -> tuple[StreamingText, ...]:
        """Return the results in *item*: one or none."""
        # The short way, for an item with one more piece of a block of text.
        if type(item) is dict and len(item) == 3 and item.get("type") == "content-delta":  # noqa: PLR2004
            index, text = item.get("index"), _only_text(item.get("delta"))
            if type(index) is int and type(text) is str and not self.last_item_read:
                pieces = self._open_texts.get(index)
                if pieces is not None:
                    pieces.append(text)
                    return (_new(StreamingText, (0, text, False)),) if text else ()
        return self._read_other(item)

    @property
    def may_end(self) -> bool:
        """Return whether the answer is whole if the stream ends here."""
        return self.last_item_read

    @property
    def usage(self) -> Usage | None:
        """Return the usage so far: the counts of Bedrock, or else of the model."""
        counts = self._counts | self._metrics
        return Usage(**counts) if counts else None

    def generations(self) -> Generations:
        """Return the answer so far."""
        generations = []
        if self._message is not None:
            extra = {"logprobs": self._logprobs.copy()} if self._logprobs else {}
            generations = [self._message.generation(self.finish_reason, extra)]
        return Generations(
            generations, id=self.id, usage=self.usage, dialect="chat", extra=self._extra
        )

    def text(self) -> str:
        """Return the text so far."""
        return self._message.text() if self._message is not None else ""

    def _read_other(self, item: Item) -> tuple[StreamingText, ...]:
        """Read an item that the short way does not take."""
        if isinstance(item, list):
            raise StreamError(f"the item is {kind(item)}; expected an object")
        if error := error_in(item, _ANSWER_KEYS):
            self.other_items.append(item)  # it may hold more than the error has fields for
            raise error
        is_body = isinstance(item.get("message"), Mapping)
        type_ = item.get("type")
        if not is_body and (not isinstance(type_, str) or type_ not in CHAT_TYPES):
            self._read_metrics(item)
            if item.keys() != {METRICS}:
                self.other_items.append(item)
            return ()
        if self.last_item_read:
            raise StreamError(f"the last item came before, and this one has {quoted(item)}")
        text = self._read_body(item) if is_body else self._read_part(item, str(type_))
        # At the end: if a count has the wrong type, the rest of the item is in the answer already.
        if is_body:
            self._read_usage(item, "")
        else:
            self._read_usage(object_(item, "delta") or {}, "delta")
        self._read_metrics(item)
        return (StreamingText(0, text, is_finished=is_body),) if text else ()

    def _read_body(self, body: dict[str, Any]) -> str:
        """Read a plain body without its usage; return its text."""
        if self._message is not None:
            raise StreamError("a part of the message came before, and this item has a whole one")
        reason, logprobs = string(body, "finish_reason"), array(body, "logprobs")
        self.id = string(body, "id") or self.id
        text, _ = self._add(object_(body, "message") or {}, "message", None, begins=True)
        self.finish_reason, self._logprobs = reason, [*(logprobs or ())]
        self._extra.update(extra_of(body, _BODY_KEYS) or {})
        self.last_item_read = True
        return text

    def _read_part(self, item: dict[str, Any], type_: str) -> str:
        """Read an item of a stream without its usage; return the text in it."""
        delta, index, id_ = object_(item, "delta") or {}, integer(item, "index"), string(item, "id")
        message = object_(delta, "message", "delta") or {}
        reason = string(delta, "finish_reason", "delta")
        text, agrees = self._add(message, "delta.message", index, begins=type_.endswith("-start"))
        agrees &= _ITEM_KEYS.issuperset(item) and id_ in {None, self.id or id_}
        self.id = self.id or id_
        if item.get("logprobs") is not None:
            self._logprobs.append(item["logprobs"])
        if type_ == _LAST:
            self.last_item_read, self.finish_reason = True, reason
            self._extra.update(extra_of(delta, _LAST_DELTA_KEYS) or {})
        else:
            agrees &= delta.keys() <= {"message"}
        if not agrees:
            self.other_items.append(item)
        return text

    def _add(
        self, message: Mapping[str, Any], path: str, index: int | None, *, begins: bool
    ) -> tuple[str, bool]:
        """Add *message*, or a part of one; see ``Message.add``."""
        joined = Message() if self._message is None else self._message
        found = joined.add(message, path, index, begins=begins)
        # After it, so that a first part with a wrong type does not begin an answer.
        self._message, self._open_texts = joined, joined.open_texts
        return found

    def _read_usage(self, source: Mapping[str, Any], path: str) -> None:
        """Read the counts of the model."""
        usage = object_(source, "usage", path)
        if usage:
            self._extra["usage"] = usage
            self._counts |= counts_of(usage, f"{path}.usage".removeprefix("."))

    def _read_metrics(self, item: Mapping[str, Any]) -> None:
        """Read the counts of Bedrock."""
        metrics, unread = usage_of(item)
        if metrics is not None:
            self._metrics |= metrics.to_dict()
        if unread:
            self._extra[METRICS] = {**self._extra.get(METRICS, {}), **unread}


def _only_text(delta: object) -> object:
    """Return the text in ``{"message": {"content": {"text": …}}}``; ``None`` if there is more."""
    for key in ("message", "content", "text"):
        if type(delta) is not dict or len(delta) != 1:
            return None
        delta = delta.get(key)
    return delta
