"""Text generation of AI21's Jurassic-2 models, which do not stream.

A plain body is ``{"id": …, "prompt": {"text": …, "tokens": […]}, "completions": […]}``. A
completion is ``{"data": {"text": …, "tokens": […]}, "finishReason": {"reason": …}}``, and a token
is ``{"generatedToken": {"token": …, "logprob": …, "raw_logprob": …}, "topTokens": …, "textRange":
{"start": …, "end": …}}``. An item of a stream is read as a whole plain body, for endpoints that
answer a streaming call in one piece.

* The likelihood of a token is ``raw_logprob``, the probability that the model gives. ``logprob``
  depends on temperature and topP, and is 0 throughout if topP is small.
* The text of a token is the part of the text in its ``textRange``. The tokens then join to the
  text. ``▁``, which stands for a space, is not always one: at the start it is often dropped. Where
  the ranges do not fit the text, the token itself is written with spaces and newlines.
* ``extra`` of a token has the token as it came, its ``textRange``, and ``logprob``.
* ``input_tokens`` of the usage counts the whole prompt. The service does not cache prompts.
* ``id`` is a number on Bedrock, the same for all answers, and a string on SageMaker.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-jurassic2.html describes the
fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cohere_aws._faults import error_in
from cohere_aws._field import array, extra_of, integer, kind, number, object_, quoted, string
from cohere_aws._generations import Generations
from cohere_aws._results import Generation, StreamingText, TokenLikelihood, Usage
from cohere_aws.error import StreamError

if TYPE_CHECKING:
    from cohere_aws._finish import Finish
    from cohere_aws._framing import Item

__all__ = ["Reader", "read_body"]

_BODY_KEYS = frozenset(("id", "prompt", "completions"))
_TEXT_KEYS = frozenset(("text", "tokens"))
_COMPLETION_KEYS = frozenset(("data", "finishReason"))
_CANDIDATE_KEYS = frozenset(("token", "logprob", "raw_logprob"))
_TOKEN_KEYS = frozenset(("generatedToken", "topTokens"))

_END_OF_TEXT = "<|endoftext|>"
_NO_TOKENS = "None"  # a printed Python object in place of null, as in samples of AI21


def read_body(body: Item | Mapping[str, Any]) -> Generations:
    """Return the answer in a plain body; its usage counts the tokens that the body lists."""
    if not isinstance(body, Mapping):
        raise StreamError(f"the response is {kind(body)}; expected an object")
    if error := error_in(body, ("completions",)):
        raise error
    completions = array(body, "completions", "")
    if completions is None:
        raise StreamError(f"no 'completions' in the response; it has {quoted(body)}")
    prompt = object_(body, "prompt", "") or {}
    prompt_text, prompt_tokens = string(prompt, "text", "prompt"), _tokens(prompt, "prompt")
    generations = [_generation(each, i) for i, each in enumerate(completions)]
    return Generations(
        generations,
        id=_id(body),
        prompt=prompt_text,
        usage=_usage(prompt_tokens, generations),
        prompt_tokens=prompt_tokens,
        dialect="jurassic",
        extra=_extra(extra_of(body, _BODY_KEYS), prompt=extra_of(prompt, _TEXT_KEYS)),
    )


def _id(body: Mapping[str, Any]) -> str | None:
    value = body.get("id")
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise StreamError(f"id is {kind(value)}; expected a string or an integer")


def _usage(prompt: list[TokenLikelihood] | None, generations: list[Generation]) -> Usage | None:
    lists = [each.token_likelihoods for each in generations]
    output = None if None in lists else sum(len(tokens or ()) for tokens in lists)
    if prompt is None and not output:
        return None
    return Usage(None if prompt is None else len(prompt), output)


def _generation(value: object, index: int) -> Generation:
    path = f"completions[{index}]"
    value = _object(value, path)
    data = object_(value, "data", path)
    text = None if data is None else string(data, "text", f"{path}.data")
    if data is None or text is None:
        raise StreamError(f"{path}.data.text is missing; it has {quoted(value)}")
    reason = object_(value, "finishReason", path) or {}
    finish: Finish | None = None
    # The sequence is missing in some answers; "stop" alone then has its meaning elsewhere.
    if reason.get("reason") == "stop" and reason.get("sequence"):
        finish = "stop_sequence"
    return Generation(
        text,
        _tokens(data, f"{path}.data"),
        index=index,
        finish_reason=string(reason, "reason", f"{path}.finishReason"),
        finish=finish,
        extra=_extra(
            extra_of(value, _COMPLETION_KEYS),
            data=extra_of(data, _TEXT_KEYS),
            finishReason=extra_of(reason, frozenset(("reason",))),
        ),
    )


def _tokens(source: Mapping[str, Any], path: str) -> list[TokenLikelihood] | None:
    """Return the tokens of *source*, which is the prompt or the data of a completion."""
    values = array(source, "tokens", path)
    if values is None:
        return None
    path = f"{path}.tokens"
    found = [_object(value, f"{path}[{i}]") for i, value in enumerate(values)]
    texts = _texts_by_range(found, string(source, "text", path) or "", path)
    return [
        _token(token, f"{path}[{i}]", texts[i] if texts else None) for i, token in enumerate(found)
    ]


def _texts_by_range(tokens: list[Mapping[str, Any]], text: str, path: str) -> list[str] | None:
    """Return the part of *text* for each token; ``None`` if the ranges do not fit it."""
    found, position = [], 0
    for i, token in enumerate(tokens):
        where = f"{path}[{i}].textRange"
        range_ = object_(token, "textRange", f"{path}[{i}]") or {}
        start, end = integer(range_, "start", where), integer(range_, "end", where)
        if start != position or end is None or not position <= end <= len(text):
            return None
        found.append(text[position:end])
        position = end
    return found


def _token(value: Mapping[str, Any], path: str, text: str | None) -> TokenLikelihood:
    """Return a token with its alternatives; *text* is ``None`` if its range does not fit."""
    generated = object_(value, "generatedToken", path) or {}
    top = None if value.get("topTokens") == _NO_TOKENS else array(value, "topTokens", path)
    if top is not None:
        where = f"{path}.topTokens"
        top = [_candidate(_object(each, f"{where}[{i}]"), where) for i, each in enumerate(top)]
    return _candidate(
        generated,
        f"{path}.generatedToken",
        text,
        alternatives=top,
        beside=extra_of(value, _TOKEN_KEYS),
    )


def _candidate(
    value: Mapping[str, Any],
    path: str,
    text: str | None = None,
    *,
    alternatives: list[TokenLikelihood] | None = None,
    beside: Mapping[str, Any] | None = None,
) -> TokenLikelihood:
    """Return a ``generatedToken``, with the fields *beside* it; or one of the ``topTokens``."""
    token = string(value, "token", path)
    if token is None:
        raise StreamError(f"{path}.token is missing; it has {quoted(value)}")
    is_special = token == _END_OF_TEXT
    if text is None or is_special:  # a special token has an empty range: it is not in the text
        text = token.replace("▁", " ").replace("<|newline|>", "\n")
    logprob, raw = number(value, "logprob", path), number(value, "raw_logprob", path)
    extra = {"token": token, **(beside or {})}
    if raw is not None and logprob is not None:
        extra["logprob"] = logprob
    if unread := extra_of(value, _CANDIDATE_KEYS):
        extra["generatedToken"] = unread
    return TokenLikelihood(
        text,
        logprob if raw is None else raw,
        special=is_special,
        alternatives=alternatives,
        extra=extra,
    )


def _object(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise StreamError(f"{path} is {kind(value)}; expected an object")
    return value


def _extra(unread: dict[str, Any] | None, **inner: dict[str, Any] | None) -> dict[str, Any]:
    """Return the *unread* fields of an object, and those of the objects in it."""
    return {**(unread or {}), **{key: fields for key, fields in inner.items() if fields}}


class Reader:
    """Reads a plain body that comes in place of a stream."""

    end_of_sequence = ""
    finish_reason: str | None = None
    last_item_read = False

    def __init__(self) -> None:
        self.other_items: list[Item] = []
        self._answer = Generations([], dialect="jurassic")

    def read(self, item: Item) -> tuple[StreamingText, ...]:
        """Return the text of each completion in *item*, a plain body."""
        if self.last_item_read:
            if isinstance(item, Mapping) and (error := error_in(item, ("completions",))):
                self.other_items.append(item)
                raise error
            raise StreamError("the last item came before; Jurassic answers with one body")
        self._answer = answer = read_body(item)
        self.last_item_read = True
        self.finish_reason = answer[0].finish_reason if answer else None
        return tuple(
            StreamingText(index, each.text, is_finished=True) for index, each in enumerate(answer)
        )

    @property
    def may_end(self) -> bool:
        """Return whether the answer is whole if the stream ends here."""
        return self.last_item_read

    @property
    def id(self) -> str | None:
        """Return the id of the answer."""
        return self._answer.id

    @property
    def prompt(self) -> str | None:
        """Return the prompt, which the body repeats."""
        return self._answer.prompt

    @property
    def usage(self) -> Usage | None:
        """Return the number of tokens."""
        return self._answer.usage

    def generations(self) -> Generations:
        """Return the answer; it is empty before the body was read."""
        return self._answer

    def text(self) -> str:
        """Return the text of the first completion."""
        return self._answer.text
