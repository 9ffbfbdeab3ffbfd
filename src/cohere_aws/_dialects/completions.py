"""Chat completions and text completions, as TGI, LMI, vLLM and Jamba write them.

A plain body is ``{"choices": […], "usage": {…}, …}``. A choice has ``index``, ``logprobs`` and
``finish_reason``, and its answer in one of three places:

* ``message``: ``{"role": …, "content": …, "tool_calls": […], …}``, in a plain body;
* ``delta``: a part of a message, in an item of a stream;
* ``text``: of a text completion, in both.

So one class reads plain bodies and streams. The first part of each choice, and each item with
anything besides text, takes the longer way; most items of a stream take a short one.

Several choices may arrive mixed. The answer is whole when each choice that has begun has its
``finish_reason``. More text of it may follow: if LMI generates several tokens at once, each of
their items has the reason. ``usage`` and the metrics of Bedrock may come later, with ``choices``
empty or absent. Nothing else marks the end: ``[DONE]``, which some servers send, is skipped by the
framing.

* ``content`` of a generation is ``None`` if the message is text alone. Otherwise it has the parts
  of the message as they came, with the text as a part of type ``text``, and then the tool calls.
* ``extra`` of a generation has the other fields of its choice, and under ``message`` those of the
  message, such as ``reasoning_content``. Parts of a stream are joined.
* ``input_tokens`` of the usage includes ``cache_read_tokens``.

https://huggingface.co/docs/text-generation-inference/messages_api and
https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html describe the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cohere_aws._faults import error_in, service_error
from cohere_aws._field import array, extra_of, integer, kind, object_, quoted, string
from cohere_aws._generations import Generations
from cohere_aws._results import StreamingText, Usage, token_text, without_none
from cohere_aws.error import StreamError

from ._choice import Choice
from ._logprobs import tokens_of
from ._pieces import Pieces
from ._usage import METRICS, usage_of

if TYPE_CHECKING:
    from cohere_aws._framing import Item
    from cohere_aws._results import TokenLikelihood

__all__ = ["Reader", "read_body"]

_ITEM_KEYS = frozenset(("choices", "usage", METRICS))
_CHOICE_KEYS = frozenset(("index", "message", "delta", "text", "logprobs", "finish_reason"))
_COUNTS = {"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens"}
_COUNT_KEYS = frozenset(_COUNTS.values())
_DETAILS = "prompt_tokens_details"

# Fields that each item of a stream repeats. Only their first value is kept; some servers send the
# current time as "created".
_REPEATED = frozenset(("object", "created", "model", "system_fingerprint", "service_tier"))
# The keys of an item and of a choice with text alone.
_SHORT_KEYS = _REPEATED | {"id", "choices", "usage"}
_SHORT_CHOICE_KEYS = frozenset(("index", "delta", "logprobs", "finish_reason"))

_ANSWER_KEYS = ("choices", METRICS)
_ERROR = "error"  # a finish_reason of LMI

_new = tuple.__new__  # twice as fast as calling a NamedTuple


def read_body(body: Item | Mapping[str, Any]) -> Generations:
    """Return the answer in a plain body."""
    if not isinstance(body, Mapping):
        raise StreamError(f"the response is {kind(body)}; expected an object")
    reader = Reader()
    reader.read(dict(body))
    if body.get("choices") is None:
        raise StreamError(f"no 'choices' in the response; it has {quoted(body)}")
    return reader.generations()


class Reader:
    """Reads the items of one stream, or a plain body as its only item."""

    end_of_sequence = ""
    prompt: str | None = None

    def __init__(self) -> None:
        self.id: str | None = None
        self.other_items: list[Item] = []
        self._extra: dict[str, Any] = {}
        self._counts: dict[str, int] = {}  # of the model, and of Bedrock, which come in any order
        self._metrics: dict[str, int] = {}
        self._pieces = Pieces(self.end_of_sequence)
        self._texts, self._ended = self._pieces.texts, self._pieces.finish_reasons
        self._choices: dict[int, Choice] = {}

    def read(self, item: Item) -> tuple[StreamingText, ...]:
        """Return the results in *item*, most often one."""
        if isinstance(item, list):
            raise StreamError(f"the item is {kind(item)}; expected an object")
        choices = item.get("choices")
        if type(choices) is list and len(choices) == 1 and _SHORT_KEYS.issuperset(item):
            choice = choices[0]
            if _is_short(choice) and not item.get("usage") and item.get("id") == self.id:
                index, text = choice.get("index"), choice["delta"]["content"]
                if index in self._choices and index not in self._ended:
                    self._texts[index].append(text)
                    return (_new(StreamingText, (index, text, False)),) if text else ()
        return self._read_other(item)

    @property
    def last_item_read(self) -> bool:
        """Return whether each choice has ended."""
        return self._pieces.all_ended()

    @property
    def may_end(self) -> bool:
        """Return whether the answer is whole if the stream ends here."""
        return self._pieces.all_ended()

    @property
    def finish_reason(self) -> str | None:
        """Return the reason of the first choice; ``None`` before the end."""
        return self._ended[min(self._ended)] if self.may_end else None

    @property
    def usage(self) -> Usage | None:
        """Return the usage so far: the counts of Bedrock, or else of the model."""
        counts = self._counts | self._metrics
        return Usage(**counts) if counts else None

    def generations(self) -> Generations:
        """Return the answer so far."""
        return Generations(
            [
                self._choices[each.index].generation(each.text, each.index, each.finish_reason)
                for each in self._pieces.generations()
                if each.index is not None  # for type checkers: it is always known
            ],
            id=self.id,
            usage=self.usage,
            dialect="completions",
            extra=self._extra,
        )

    def text(self) -> str:
        """Return the text of the first choice so far."""
        return self._pieces.first_text()

    def _read_other(self, item: dict[str, Any]) -> tuple[StreamingText, ...]:
        """Read any item, whatever it has."""
        if error := error_in(item, _ANSWER_KEYS):
            self.other_items.append(item)  # it may hold more than the error has fields for
            raise error
        if _ITEM_KEYS.isdisjoint(item):
            self.other_items.append(item)
            return ()
        choices = array(item, "choices", "")
        agrees = self._read_fields(item)
        results: list[StreamingText] = []
        for position, choice in enumerate(choices or ()):
            agrees &= self._read_choice(choice, position, results)
        if not agrees:
            self.other_items.append(item)
        # At the end, so that an error, or counts of a wrong type, do not lose the rest of the item.
        if _ERROR in self._ended.values():
            error = service_error(
                _ERROR, {"message": "the model ended the answer with this reason"}
            )
            error.partial = self.generations()
            raise error
        self._read_usage(item)
        return tuple(results)

    def _read_fields(self, item: Mapping[str, Any]) -> bool:
        """Read the fields of an item besides its choices; return whether they agree."""
        agrees, id_ = True, string(item, "id", "")
        if self.id is None:
            self.id = id_
        else:
            agrees = id_ is None or id_ == self.id
        for key, value in item.items():
            if key == "id" or key in _ITEM_KEYS:
                continue
            if self._extra.get(key) is None:
                self._extra[key] = value
            elif value is not None and key not in _REPEATED:
                agrees &= value == self._extra[key]
        return agrees

    def _read_choice(self, value: Any, position: int, results: list[StreamingText]) -> bool:
        """Add a choice, and its piece to *results*; return whether its fields agree."""
        path = f"choices[{position}]"
        if not isinstance(value, Mapping):
            raise StreamError(f"{path} is {kind(value)}; expected an object")
        index = integer(value, "index", path)
        index = position if index is None else index
        is_whole = value.get("message") is not None
        name = "message" if is_whole else "delta"
        message, text = _message_of(object_(value, name, path) or {}, f"{path}.{name}")
        text = (string(value, "text", path) or "") + text
        tokens, unread = tokens_of(value.get("logprobs"))
        reason = string(value, "finish_reason", path) or None  # some servers send "" until the end
        if is_whole and index in self._choices:
            raise StreamError(f"choice {index} came before, and {path}.message is a whole one")
        choice = self._choices.setdefault(index, Choice())
        fields = extra_of(value, _CHOICE_KEYS) or {}
        agrees = choice.fields.add(fields if unread is None else {**fields, "logprobs": unread})
        agrees &= choice.message.add(message)
        choice.tokens += tokens
        self._pieces.append(index, text)
        if reason or is_whole:
            agrees &= self._ended.setdefault(index, reason) == reason
        if text or tokens:
            results.append(_piece(index, text, tokens, is_finished=bool(reason) or is_whole))
        return agrees

    def _read_usage(self, item: Mapping[str, Any]) -> None:
        """Read the counts of the model, of which the latest are right, and of Bedrock."""
        counts = object_(item, "usage", "")
        if counts:
            found = {name: integer(counts, key, "usage") for name, key in _COUNTS.items()}
            details = object_(counts, _DETAILS, "usage") or {}
            found["cache_read_tokens"] = integer(details, "cached_tokens", f"usage.{_DETAILS}")
            self._counts |= without_none(**found)
            if unread := extra_of(counts, _COUNT_KEYS):  # with the details, as they came
                self._extra["usage"] = unread
        metrics, unread_metrics = usage_of(item)
        if metrics is not None:
            self._metrics |= metrics.to_dict()
        if unread_metrics:
            self._extra[METRICS] = {**self._extra.get(METRICS, {}), **unread_metrics}


def _is_short(choice: Any) -> bool:
    """Return whether *choice* is an unfinished one with text alone."""
    if type(choice) is not dict or not _SHORT_CHOICE_KEYS.issuperset(choice):
        return False
    delta = choice.get("delta")
    return (
        type(delta) is dict
        and type(delta.get("content")) is str
        and (len(delta) == 1 or (len(delta) == 2 and delta.get("role") == "assistant"))  # noqa: PLR2004
        and type(choice.get("index")) is int
        and not choice.get("finish_reason")
        and choice.get("logprobs") is None
    )


def _message_of(message: Mapping[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """Return a message, or a part of one, without its text; and the text."""
    others, content = dict(message), message.get("content")
    if isinstance(message.get("tool_calls"), Mapping):
        others["tool_calls"] = [message["tool_calls"]]  # TGI 2 streams the parts without an array
    _check_objects(others, "tool_calls", path)
    if not isinstance(content, list):
        others.pop("content", None)
        return others, string(message, "content", path) or ""
    _check_objects(others, "content", path)
    texts = (part.get("text") for part in content)
    return others, "".join(text for text in texts if isinstance(text, str))


def _check_objects(source: Mapping[str, Any], key: str, path: str) -> None:
    """Check that the array ``source[key]``, if there is one, holds objects."""
    for i, each in enumerate(array(source, key, path) or ()):
        if not isinstance(each, Mapping):
            raise StreamError(f"{path}.{key}[{i}] is {kind(each)}; expected an object")


def _piece(
    index: int, text: str, tokens: list[TokenLikelihood], *, is_finished: bool
) -> StreamingText:
    if len(tokens) == 1:
        return token_text(index, text, is_finished, tokens[0])
    return StreamingText(index, text, is_finished)
