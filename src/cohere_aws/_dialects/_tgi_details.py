"""Details of TGI and LMI: of a plain body, and of the last item of a stream.

The details are those of the first generation. They may have those of other ones, which the model
also tried (``best_of_sequences``), and facts that all of them share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cohere_aws._faults import service_error
from cohere_aws._field import array, extra_of, integer, kind, object_, quoted, string
from cohere_aws._results import Generation, TokenLikelihood, dicts_of, without_none
from cohere_aws.error import StreamError

from ._tgi_tokens import Texts, read_alternatives, read_token, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cohere_aws._finish import Finish
    from cohere_aws.error import ServiceError

__all__ = ["Details", "failure_in", "read_details", "total"]

# The keys of a sequence, and those of the details, which have the keys of the first sequence too.
_SEQUENCE_KEYS = frozenset(
    ("generated_text", "finish_reason", "generated_tokens", "seed", "tokens", "top_tokens")
)
_OTHERS = ("best_of_sequences", "beam_sequences")  # beam_sequences: LMI
_FACTS_KEYS = frozenset(("inputs", "input_length", "prefill", *_OTHERS))
_DETAILS_KEYS = _SEQUENCE_KEYS - {"generated_text"} | _FACTS_KEYS

_REASONS = frozenset(("length", "eos_token", "stop_sequence", "stop", "abort", "error"))
_MODEL_FAILED = 424  # the status that LMI reports for it since 0.29


class Details(NamedTuple):
    """Generations of one object, and the facts that they share."""

    generations: list[Generation]
    prompt: str | None = None
    prompt_tokens: list[TokenLikelihood] | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    def with_extra(self, extra: Mapping[str, Any] | None) -> Details:
        """Return a copy whose first generation has also *extra* in its ``extra``."""
        if not extra:
            return self
        first, *others = self.generations
        both = {**extra, **(first.extra or {})}
        return self._replace(generations=[Generation(**{**vars(first), "extra": both}), *others])

    def with_prompt_in_extra(self) -> Details:
        """Return a copy that has its prompt in the ``extra`` of its first generation."""
        tokens = dicts_of(self.prompt_tokens)
        return self._replace(prompt=None, prompt_tokens=None).with_extra(
            without_none(prompt=self.prompt, prompt_tokens=tokens)
        )


def total(counts: Iterable[int | None]) -> int | None:
    """Return the sum of the *counts* that are known; ``None`` if there are none."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def failure_in(item: Mapping[str, Any]) -> ServiceError | None:
    """Return the error of an answer whose ``finish_reason`` is ``error``, which LMI sends."""
    details, token = item.get("details"), item.get("token")
    if not isinstance(details, Mapping) or details.get("finish_reason") != "error":
        return None
    words = token.get("error_msg") if isinstance(token, Mapping) else None
    found = {"message": words or "the answer ended with the finish_reason error"}
    return service_error(None, found, http_status=_MODEL_FAILED)


def read_details(
    item: Mapping[str, Any],
    path: str = "",
    *,
    index: int = 0,
    streamed: Texts | None = None,
) -> Details:
    """Return the generation in *item*, the other sequences in its details, and their facts.

    Args:
        item: An object with a ``generated_text``, and perhaps ``details``.
        path: Its place, for an error.
        index: The index of the generation.
        streamed: The texts of its tokens that came before it in a stream.
    """
    details = object_(item, "details", path) or {}
    text = _text(item, path)
    path = f"{path}.details" if path else "details"
    main, proven = _sequence(
        text, details, path, index=index, known=_DETAILS_KEYS, streamed=streamed
    )
    generations, counts = [main], [integer(details, "generated_tokens", path)]
    if counts[0] and streamed and streamed.are_unmarked:
        counts[0] -= 1  # in a stream, LMI adds 1 to the count of vLLM, which is complete
    for key in _OTHERS:
        for i, each in enumerate(array(details, key, path) or ()):
            place = f"{path}.{key}[{i}]"
            if not isinstance(each, Mapping):
                raise StreamError(f"{place} is {kind(each)}; expected an object")
            # Each sequence repeats the tokens of the prompt.
            known = _SEQUENCE_KEYS | {"prefill"}
            if each.get("prefill") != details.get("prefill"):
                known = _SEQUENCE_KEYS
            count = integer(each, "generated_tokens", place)
            other, _ = _sequence(_text(each, place), each, place, index=index + i + 1, known=known)
            generations.append(other)
            counts.append(count)
    return Details(
        generations,
        string(details, "inputs", path) or proven,
        _tokens(details, "prefill", path, first_missing=None) or None,
        integer(details, "input_length", path),
        total(counts),
    )


def _text(source: Mapping[str, Any], path: str) -> str:
    text = string(source, "generated_text", path)
    if text is None:
        raise StreamError(
            f"no 'generated_text' in {path or 'the response'}; it has {quoted(source)}"
        )
    return text


def _sequence(
    text: str,
    source: Mapping[str, Any],
    path: str,
    *,
    index: int,
    known: frozenset[str],
    streamed: Texts | None = None,
) -> tuple[Generation, str | None]:
    """Return the generation with *text* and the details *source*, and the prompt if it is proven.

    Fields of *source* that are not *known* are in its ``extra``, and so is the seed.
    """
    tokens = _tokens(source, "tokens", path)
    extra = extra_of(source, known) or {}
    if source.get("seed") is not None:
        extra["seed"] = source["seed"]
    if top := array(source, "top_tokens", path):
        if tokens and len(top) <= len(tokens):
            tokens = _with_alternatives(tokens, top, f"{path}.top_tokens")
        else:
            extra["top_tokens"] = top  # of unknown positions
    texts = texts_of(tokens or ()) or streamed
    reason = source.get("finish_reason")
    finish: Finish | None = None
    if isinstance(reason, int) and not isinstance(reason, bool):
        # vLLM: the ID of the token that stopped it, most often one that ends each answer.
        extra["finish_reason"] = reason
        reason, finish = None, "complete"
    elif isinstance(reason, str) and reason not in _REASONS and texts and texts.are_unmarked:
        finish = "stop_sequence"  # vLLM: the string that stopped it
    else:
        reason = string(source, "finish_reason", path)
    generated, prompt = _without_prompt(text, texts)
    generation = Generation(
        generated, tokens, index=index, finish_reason=reason, finish=finish, extra=extra
    )
    return generation, prompt


def _tokens(
    source: Mapping[str, Any], key: str, path: str, *, first_missing: float | None = 0.0
) -> list[TokenLikelihood] | None:
    values = array(source, key, path)
    if values is None:
        return None
    unmarked = False if "inputs" in source else None  # LMI, which marks each special token
    return [
        read_token(
            each,
            f"{path}.{key}[{i}]",
            unmarked=unmarked,
            missing=0.0 if i else first_missing,
        )
        for i, each in enumerate(values)
    ]


def _with_alternatives(
    tokens: list[TokenLikelihood], top: list[Any], path: str
) -> list[TokenLikelihood]:
    """Return *tokens* with the alternatives in *top*, which has those of the first tokens."""
    found = [read_alternatives(each, f"{path}[{i}]") for i, each in enumerate(top)]
    return [
        TokenLikelihood(**{**vars(token), "alternatives": found[i] if i < len(found) else None})
        for i, token in enumerate(tokens)
    ]


def _without_prompt(text: str, tokens: Texts | None) -> tuple[str, str | None]:
    """Return *text* without the prompt at its beginning, and the prompt, if *tokens* prove it.

    A server puts the prompt in front of the generated text if the request asks for the full text.
    That is proven if the text of all tokens is the end of *text*, and more than white space comes
    before it. TGI leaves special tokens out of the text, and LMI does not. TGI may also remove the
    first space, and the last token may be a part of a character. Without a proof, *text* stays as
    it is.
    """
    if tokens is None or text in (tokens.joined, tokens.plain):
        return text, None
    for generated in (tokens.joined, tokens.plain):
        # Without any text, only special tokens prove that nothing was generated.
        if text.endswith(generated) and (generated or tokens.are_special):
            prompt = text[: len(text) - len(generated)]
            return (generated, prompt) if prompt.strip() else (text, None)
    return text, None
