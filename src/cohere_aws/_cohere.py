"""Items to results: read the JSON objects of a Cohere text-generation stream.

Each item says by its keys what it is, and all of these occur:

=====================================================  ============================================
``{"text": …, "index": …}``                            a piece of a generation
``{"is_finished": true, "index": …}``                  a generation ended, others may go on
``{"is_finished": true, "response": {…}}``             the last item, with the whole answer
``{"is_finished": true, …metrics…}``                   the last item of Bedrock, without the answer
``{"generations": […], …}``                            a whole plain answer, as a stream of one item
``{"amazon-bedrock-invocationMetrics": {…}}``          metrics, alone
``{"message": …}``, ``{"error": …}``, ``{"err": …}``   an error of the model
anything else                                          not text: kept in ``other_items``
=====================================================  ============================================

The last item ends the answer: after it only metrics or an error may come. A finish item with an
``index`` and neither a response nor metrics speaks for that generation alone, so the last item is
still to come, or metrics alone.

Every field is read or kept. Fields of the last item and of its response that nothing here reads are
``extra`` of the answer, as in a plain one. Any other item with such a field is kept whole, in
``other_items``.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html and
https://docs.cohere.com/v1/reference/generate describe the fields.
"""

from __future__ import annotations

from _thread import allocate_lock  # threading takes a while to import
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ._faults import ERROR_EVENT, error_in
from ._field import boolean, integer, object_, quoted, string
from ._generations import Generations, extra_of
from ._result import METRICS, Generation, StreamingText, Usage, usage_of
from .error import StreamError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._framing import Item

__all__ = ["END_OF_SEQUENCE", "Reader"]

# A stream that ends by itself sends this as its last text.
END_OF_SEQUENCE = "<EOS_TOKEN>"

# An item in which one of these has a value is about the answer. A ``message`` beside it is not an
# error; an ``error`` is one all the same.
_ANSWER_KEYS = ("text", "finish_reason", "response", "generations", METRICS)
# All that a piece has.
_PIECE_KEYS = frozenset(("text", "index", "is_finished", "event_type"))
# These are read of an item that ends something, and of no other.
_LAST_KEYS = ("finish_reason", "response")
# All that is read of any item, and of the response that the last item brings.
_ITEM_KEYS = _PIECE_KEYS | {*_LAST_KEYS, METRICS}
_RESPONSE_KEYS = frozenset(("id", "prompt", "generations", METRICS))
# All that an item has which brings metrics alone.
_METRICS_KEYS = frozenset((METRICS, "event_type"))

_new = tuple.__new__  # the constructor of a NamedTuple takes twice as long


class Reader:
    """A reader for the items of one stream; it holds the state so far.

    Attributes:
        done: True once the last item was read.
        id: The service's name for the call; likewise *prompt* and *usage*, as in ``Generations``.
        other_items: The items that are not text, or have fields that nothing here reads.
    """

    def __init__(self) -> None:
        self.done = False
        self.id: str | None = None
        self.prompt: str | None = None
        self.usage: Usage | None = None
        self.other_items: list[Item] = []
        self._extra: dict[str, Any] = {}
        self._finish_reason: str | None = None  # by the latest item that has one
        self._pieces: dict[int, list[str]] = {}
        self._joining = allocate_lock()  # held while pieces are joined
        self._finish_reasons: dict[int, str | None] = {}
        self._response: list[Generation] | None = None

    def read(self, item: Item) -> tuple[StreamingText, ...]:
        """Return the results in *item*: at most one, but for a whole plain answer.

        Raises:
            ServiceError: The item reports an error.
            StreamError: A field does not have its documented type, or an item other than metrics
                follows the last item.
        """
        if item.get("is_finished") is False and not self.done:
            text = item.get("text")
            # Most items are a piece and have these two keys only; to look for others takes a while.
            if type(text) is str and (len(item) == 2 or _is_piece(item)):  # noqa: PLR2004
                index = item.get("index", 0)
                try:  # _piece(), written out, for it is called for most events of most streams
                    self._pieces[index].append(text)
                except KeyError:
                    self._pieces[index] = [text]
                return (_new(StreamingText, (index, text, False)),)
        return self._read_unusual(item)

    @property
    def complete(self) -> bool:
        """Return whether the stream may end here.

        It may after the last item, or where every generation has ended and the metrics have come,
        which Bedrock sends at the end.
        """
        ended = self._pieces and self._pieces.keys() <= self._finish_reasons.keys()
        return self.done or (bool(ended) and self.usage is not None)

    @property
    def finish_reason(self) -> str | None:
        """Return why the answer ended; ``None`` before its end, so also where it was cut off."""
        return self._finish_reason if self.complete else None

    def generations(self) -> Generations:
        """Return everything so far: the response of the last item, or else the joined pieces."""
        answers = self._response
        if answers is None:
            answers = [
                Generation(
                    self._text(index), index=index, finish_reason=self._finish_reasons.get(index)
                )
                for index in sorted(self._pieces)
            ]
        return Generations(
            answers, id=self.id, prompt=self.prompt, usage=self.usage, extra=self._extra
        )

    def text(self) -> str:
        """Return the text of the first generation so far."""
        if self._response:
            return self._response[0].text
        return self._text(min(self._pieces)) if self._pieces else ""

    def _text(self, index: int) -> str:
        pieces = self._pieces[index]
        with self._joining:
            count = len(pieces)  # the thread that reads may append more at any time
            if count > 1:
                # Joined once, so that asking after every piece is linear: CPython lengthens a text
                # in place that nobody else holds. Calls, which may be interrupted, come before.
                rest = "".join(pieces[1:count])
                text, pieces[0] = pieces[0], ""
                text += rest
                pieces[:count] = [text]
            return pieces[0].removesuffix(END_OF_SEQUENCE) if pieces else ""

    def _piece(self, index: int, text: str, *, is_finished: bool) -> tuple[StreamingText, ...]:
        pieces = self._pieces.get(index)
        if pieces is None:
            pieces = self._pieces[index] = []
        pieces.append(text)
        return (_new(StreamingText, (index, text, is_finished)),)

    def _read_unusual(self, item: Item) -> tuple[StreamingText, ...]:
        if error := error_in(item, _ANSWER_KEYS):
            with suppress(StreamError):  # the error of the model counts
                text, index = string(item, "text", ""), integer(item, "index", "")
                if text:  # which ``partial`` of the error has, like all before it
                    self._piece(index or 0, text, is_finished=False)
            self.other_items.append(item)  # it may say more than fits into an error
            raise error
        if self.done:
            return self._read_after_the_last(item)
        results = self._read_answer(item)
        # Last, because metrics that cannot be read are no reason to lose an answer.
        self._read_metrics(item)
        return results

    def _read_metrics(self, item: Mapping[str, Any]) -> None:
        usage, unread = usage_of(item)
        if usage is not None:  # what came before stays, unless it comes again
            earlier = {} if self.usage is None else self.usage.to_dict()
            self.usage = Usage(**earlier | usage.to_dict())
        if unread:
            self._extra[METRICS] = {**self._extra.get(METRICS, {}), **unread}

    def _read_answer(self, item: Item) -> tuple[StreamingText, ...]:
        text, index = string(item, "text", ""), integer(item, "index", "")
        answer = item.get("generations")
        # Beside a text, a list without answers says nothing.
        is_whole = answer is not None and not (text and answer == [])
        is_finished = boolean(item, "is_finished", "") or is_whole
        self._finish_reason = string(item, "finish_reason", "") or self._finish_reason
        results: tuple[StreamingText, ...] = ()
        # The last item has an empty text when it brings none; a piece may really be empty.
        if text or (text is not None and not is_finished):
            results = self._piece(index or 0, text, is_finished=is_finished)
        if is_whole:
            return results + self._read_whole_answer(item)
        if is_finished and self._read_finish(item, index):
            self._keep(item, extra_of(item, _ITEM_KEYS))
        elif not (results or is_finished or item.get(METRICS) is not None) or _is_unread(
            item, is_finished=is_finished
        ):
            self.other_items.append(item)
        return results

    def _read_finish(self, item: Item, index: int | None) -> bool:
        """Read an item that ends one generation, or all; return whether it is the last item."""
        reason = string(item, "finish_reason", "")
        response = object_(item, "response", "")
        if index is not None and response is None and item.get(METRICS) is None:
            self._pieces.setdefault(index, [])
            self._finish_reasons[index] = reason
            return False
        if response is not None:
            self._read_response(response)
        self.done = True
        if not self._pieces:
            self._pieces[0] = []  # the model had nothing to say, which is an answer, too
        for generation in self._pieces:
            self._finish_reasons.setdefault(generation, reason)
        return True

    def _read_response(self, response: Mapping[str, Any]) -> None:
        self.id = string(response, "id", "response")
        self.prompt = string(response, "prompt", "response")
        self._extra.update(extra_of(response, _RESPONSE_KEYS) or {})
        if response.get("generations"):
            self._response = Generations.from_dict(response).generations
            self._finish_reason = self._finish_reason or self._response[0].finish_reason
        self._read_metrics(response)

    def _read_whole_answer(self, item: Item) -> tuple[StreamingText, ...]:
        answer = Generations.from_dict(item | {METRICS: None})
        self.id, self.prompt, self._response = answer.id, answer.prompt, answer.generations
        self._finish_reason = (answer[0].finish_reason if answer else None) or self._finish_reason
        known = _PIECE_KEYS | _RESPONSE_KEYS
        # As in a plain answer, what is not read is extra; so is a reason that another one replaces.
        known |= {key for key in _LAST_KEYS if item.get(key) in (None, self._finish_reason)}
        self._keep(item, extra_of(item, known))
        self.done = True
        if self._pieces:
            return ()  # it repeats what came in pieces
        return tuple(
            StreamingText(
                index if answer.index is None else answer.index, answer.text, is_finished=True
            )
            for index, answer in enumerate(answer)
        )

    def _keep(self, item: Item, unread: Mapping[str, Any] | None) -> None:
        """Keep the *unread* fields of the last item as those of the answer.

        A field that its response has, too, stays the response's; the item is then kept whole.
        """
        if unread and not self._extra.keys().isdisjoint(unread):
            self.other_items.append(item)
        self._extra = {**(unread or {}), **self._extra}

    def _read_after_the_last(self, item: Item) -> tuple[StreamingText, ...]:
        if METRICS not in item or not _METRICS_KEYS.issuperset(item):
            raise StreamError(f"the last item came before, and this one has {quoted(item)}")
        self._read_metrics(item)
        return ()


def _is_unread(item: Item, *, is_finished: bool) -> bool:
    """Return whether *item*, which is not the last one, has a field that nothing reads."""
    ends_nothing = not is_finished and any(map(item.get, _LAST_KEYS))
    return ends_nothing or not _ITEM_KEYS.issuperset(item)


def _is_piece(item: Item) -> bool:
    """Return whether *item*, an unfinished one with a text, is a piece and nothing else."""
    index = item.get("index", 0)
    if type(index) is not int or index < 0 or item.get("event_type") == ERROR_EVENT:
        return False
    return _PIECE_KEYS.issuperset(item)
