"""Text generation of Cohere's Command models.

``_command_body`` reads a plain body, ``{"generations": [{"text": …}, …], …}``. In a stream, the
keys of an item say what it is:

=====================================================  ============================================
``{"text": …, "index": …}``                            a piece of a generation
``{"is_finished": true, "index": …}``                  the end of one generation
``{"is_finished": true, "response": {…}}``             the last item, with the whole answer
any other item with ``"is_finished": true``            the last item, without the answer
``{"generations": […], …}``                            a plain body: the only item, or the last one
``{"amazon-bedrock-invocationMetrics": {…}}``          metrics alone
``{"message": …}``, ``{"error": …}``, ``{"err": …}``   an error of the model
anything else                                          kept in ``other_items``
=====================================================  ============================================

The last item is the one that ends the answer: only metrics or an error may follow it. An item with
``is_finished`` and an ``index``, and with neither a response nor metrics, ends that generation
only. Even if there is no other generation, the last item or metrics must follow.

Every field is read or kept, except ``index`` in a last item without text. An ``event_type`` is read
if it is ``text-generation`` or ``stream-end``. Unread fields of the last item and of its response
are in ``extra`` of the answer, as those of a plain body are. Any other item with an unread field is
in ``other_items``, whole.

``input_tokens`` of the usage is Bedrock's ``inputTokenCount``. Where Bedrock reports cached tokens
as well, it counts them separately: ``input_tokens`` does not include them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cohere_aws._faults import error_in
from cohere_aws._field import boolean, extra_of, integer, kind, object_, quoted, string
from cohere_aws._generations import Generations
from cohere_aws._results import Generation, StreamingText, Usage
from cohere_aws.error import StreamError

from ._command_body import BODY_KEYS, read_body
from ._command_chat import CHAT_KEYS, is_chat, is_plain_chat, read_chat
from ._pieces import Pieces
from ._usage import METRICS, usage_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cohere_aws._framing import Item

    _Object = dict[str, Any]

__all__ = ["Reader", "read_body"]

# The keys of a piece; those allowed only in an item that ends a generation or the answer; and those
# of an item with metrics alone. The response in the last item has the keys of a plain body.
_PIECE_KEYS = frozenset(("text", "index", "is_finished", "event_type"))
_END_KEYS = ("finish_reason", "response")
_ITEM_KEYS = _PIECE_KEYS | {*_END_KEYS, METRICS}
_STREAM_KEYS = frozenset(("index", "is_finished", "event_type"))
_METRICS_KEYS = frozenset((METRICS, "event_type"))
# In an item with a value for one of these keys, "message" is not an error; "error" and "err" are.
_ANSWER_KEYS = ("text", "finish_reason", "response", "generations", METRICS)

# The event_type of an item with text, which older models leave out; and of the last item. Any other
# word is kept with the unread fields of its item.
_END_EVENT = "stream-end"
_TEXT_EVENTS = ("text-generation", None)

_new = tuple.__new__  # twice as fast as calling a NamedTuple


class Reader:
    """Reads the items of one stream."""

    end_of_sequence = "<EOS_TOKEN>"  # unless max_tokens or a stop sequence ended the generation

    def __init__(self) -> None:
        self.last_item_read = False
        self.id: str | None = None
        self.prompt: str | None = None
        self.usage: Usage | None = None
        self.other_items: list[Item] = []
        self._extra: dict[str, Any] = {}
        self._finish_reason: str | None = None  # the latest one; see finish_reason
        self._pieces = Pieces(self.end_of_sequence)
        self._texts = self._pieces.texts
        self._response: list[Generation] | None = None  # of the last item
        self._chat: Generation | None = None  # likewise, of a chat; its text are the pieces

    def read(self, item: Item) -> tuple[StreamingText, ...]:
        """Return the results in *item*: one or none, unless the item is a whole plain body."""
        # Most items are unfinished pieces with no keys but these two: no call is made for them.
        if type(item) is dict and item.get("is_finished") is False and not self.last_item_read:
            text = item.get("text")
            if type(text) is str and (len(item) == 2 or _is_piece(item)):  # noqa: PLR2004
                index = item.get("index", 0)
                try:
                    self._texts[index].append(text)
                except KeyError:
                    self._texts[index] = [text]
                return (_new(StreamingText, (index, text, False)),)
        return self._read_other(item)

    @property
    def may_end(self) -> bool:
        """Return whether the answer is whole if the stream ends here."""
        # Bedrock sends metrics at the end.
        return self.last_item_read or (self.usage is not None and self._pieces.all_ended())

    @property
    def finish_reason(self) -> str | None:
        """Return why the answer ended; ``None`` before the end."""
        # It is the latest one that an item gave. One in the generations of a plain body takes
        # precedence over it; one in a response is used only if no item gave one.
        return self._finish_reason if self.may_end else None

    def generations(self) -> Generations:
        """Return the answer so far: the response of the last item, or else the joined pieces."""
        generations = self._pieces.generations() if self._response is None else self._response
        if self._chat is not None:
            fields = {name: self._chat[name] for name in self._chat if name != "text"}
            generations[0] = Generation(generations[0].text, **fields)
        return Generations(
            generations,
            id=self.id,
            prompt=self.prompt,
            usage=self.usage,
            dialect="command",
            extra=self._extra,
        )

    def text(self) -> str:
        """Return the text of the first generation so far."""
        return self._response[0].text if self._response else self._pieces.first_text()

    def _read_other(self, item: Item) -> tuple[StreamingText, ...]:
        """Read an item that the fast path of ``read`` does not take."""
        if isinstance(item, list):
            raise StreamError(f"the item is {kind(item)}; expected an object")
        if error := error_in(item, _ANSWER_KEYS):
            with suppress(StreamError):  # raised for a wrong type; the model's error matters more
                # A text beside the error is kept, so that ``error.partial`` has it.
                if text := string(item, "text"):
                    self._pieces.append(integer(item, "index") or 0, text)
            self.other_items.append(item)  # it may hold more than the error has fields for
            raise error
        if self.last_item_read:
            if not (METRICS in item and _METRICS_KEYS.issuperset(item)):
                raise StreamError(f"the last item came before, and this one has {quoted(item)}")
            results: tuple[StreamingText, ...] = ()
            if _known_in(item, _METRICS_KEYS) is not _METRICS_KEYS:
                self.other_items.append(item)
        else:
            results = self._read_answer(item)
        # At the end: if a metric has the wrong type, the rest of the item is in the answer already.
        self._read_metrics(item)
        return results

    def _read_answer(self, item: _Object) -> tuple[StreamingText, ...]:
        """Read an item of the answer: a piece, the end of something, a whole body, or another."""
        text, index = string(item, "text"), integer(item, "index")
        body, event = item.get("generations"), item.get("event_type")
        # An empty list beside a text does not make the item a plain body.
        is_body = body is not None and not (text and body == [])
        if body is None and _STREAM_KEYS.isdisjoint(item):
            is_body = is_plain_chat(item)
        is_finished = boolean(item, "is_finished") or is_body or event == _END_EVENT
        if event not in _TEXT_EVENTS and not is_finished:
            text = None  # it is about calls of tools
        self._finish_reason = string(item, "finish_reason") or self._finish_reason
        results: tuple[StreamingText, ...] = ()
        # An empty text in the last item means no text; a piece may be empty.
        if text or (text is not None and not is_finished):
            self._pieces.append(index or 0, text)
            results = (StreamingText(index or 0, text, is_finished),)
        if is_body:
            return results + self._read_whole_body(item)
        all_read = item.keys() <= _known_in(item, _ITEM_KEYS)
        if is_finished:
            self._read_end(item, index)
        elif any(map(item.get, _END_KEYS)) or not (results or item.get(METRICS)):
            all_read = False  # it has fields of an end and ends nothing; or it has nothing to read
        # Unread fields of the last item are in extra instead.
        if not all_read and not self.last_item_read:
            self.other_items.append(item)
        return results

    def _read_end(self, item: _Object, index: int | None) -> None:
        """Read an item that ends one generation, or the answer."""
        reason, response = string(item, "finish_reason"), object_(item, "response")
        if index is not None and response is None and item.get(METRICS) is None:
            self._texts.setdefault(index, [])
            self._pieces.finish_reasons[index] = reason
            return
        self.last_item_read = True
        if response is not None and is_chat(response):
            reason = self._read_chat_response(response, reason)
        elif response is not None:
            self.id = string(response, "id", "response")
            self.prompt = string(response, "prompt", "response")
            self._extra.update(extra_of(response, BODY_KEYS) or {})
            if response.get("generations"):
                self._response = read_body({**response, METRICS: None}).generations
                self._finish_reason = self._finish_reason or self._response[0].finish_reason
        if not self._texts:
            self._texts[0] = []  # an answer without text is one generation
        for each in self._texts:
            self._pieces.finish_reasons.setdefault(each, reason)
        self._keep_unread(item, extra_of(item, _known_in(item, _ITEM_KEYS)))
        if response is not None:
            self._read_metrics(response)  # at the end, as in _read_other()

    def _read_chat_response(self, response: Mapping[str, Any], reason: str | None) -> str | None:
        """Read the response of a chat; return its reason, which is *reason* if that is given."""
        own = string(response, "finish_reason", "response")
        reason = reason or own
        answer = read_chat({**response, "finish_reason": reason, METRICS: None}, "response")
        self._chat, text = answer[0], self._pieces.first_text()
        self.id, self.prompt = answer.id, answer.prompt
        self._add_usage(answer.usage)
        self._finish_reason = reason or self._finish_reason
        self._extra.update(answer.extra or {})
        if not text:
            self._pieces.append(0, self._chat.text)
        elif self._chat.text not in {"", text}:
            self._extra["text"] = self._chat.text
        if own not in {None, reason}:
            self._extra["finish_reason"] = own
        return reason

    def _read_whole_body(self, item: _Object) -> tuple[StreamingText, ...]:
        """Read an item that is a plain body; return its texts, unless pieces came before."""
        answer = read_body(item | {METRICS: None})  # _read_other() reads the metrics at the end
        self.id, self.prompt = answer.id, answer.prompt
        if answer or not self._texts:
            self._response = answer.generations
        # The reason of the first generation takes precedence. One beside it that differs is unread,
        # and so is any response.
        self._finish_reason = (answer[0].finish_reason if answer else None) or self._finish_reason
        self._add_usage(answer.usage)
        known = _PIECE_KEYS | BODY_KEYS | {key for key in _END_KEYS if item.get(key) is None}
        if item.get("generations") is None:
            known |= CHAT_KEYS
        if answer and item.get("finish_reason") == self._finish_reason:
            known |= {"finish_reason"}
        self._keep_unread(item, extra_of(item, _known_in(item, known)))
        self.last_item_read = True
        if self._texts:
            return ()
        return tuple(
            StreamingText(place if each.index is None else each.index, each.text, is_finished=True)
            for place, each in enumerate(answer)
        )

    def _read_metrics(self, source: Mapping[str, Any]) -> None:
        """Read the metrics of an item or response; a later value replaces an earlier one."""
        usage, unread = usage_of(source)
        self._add_usage(usage)
        if unread:
            self._extra[METRICS] = {**self._extra.get(METRICS, {}), **unread}

    def _add_usage(self, usage: Usage | None) -> None:
        if usage is not None:
            earlier = {} if self.usage is None else self.usage.to_dict()
            self.usage = Usage(**earlier | usage.to_dict())

    def _keep_unread(self, item: _Object, unread: Mapping[str, Any] | None) -> None:
        """Add *unread* fields of the last item to ``extra``; if it has one of them, keep both."""
        if unread and not self._extra.keys().isdisjoint(unread):
            self.other_items.append(item)
        self._extra = {**(unread or {}), **self._extra}


def _is_piece(item: _Object) -> bool:
    """Return whether *item* has only keys of a piece, and a valid index."""
    index = item.get("index", 0)
    if type(index) is not int or index < 0 or item.get("event_type") not in _TEXT_EVENTS:
        return False
    return _PIECE_KEYS.issuperset(item)


def _known_in(item: _Object, keys: frozenset[str]) -> frozenset[str]:
    """Return *keys*, without ``event_type`` if *item* has a word for it that is not read."""
    event = item.get("event_type")
    return keys if event in _TEXT_EVENTS or event == _END_EVENT else keys - {"event_type"}
