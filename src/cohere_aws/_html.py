"""Views of results in HTML: one function for each kind of result.

A function returns the elements of its view; ``_html_page`` has their style, and escapes text. Each
view is bounded, so that a notebook with an answer of 100,000 tokens stays usable. A note says how
much is not shown.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

from ._field import counted, is_finite
from ._html_page import joined, note, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ._generations import Generations
    from ._results import Generation, TokenLikelihood, ToolUse, Usage
    from .embeddings import Embeddings, EmbeddingsByType
    from .rerank import Reranking, RerankResult

__all__ = ["answer_view", "embeddings_view", "generation_view", "reranking_view"]

# The least probability of each shade. Tokens below the last one have one more shade.
_BOUNDS = (0.9, 0.7, 0.5, 0.3, 0.1, 0.03, 0.01, 0.001)

# The limits of one view, for all its texts together.
_MOST_TOKENS = 2_000
_MOST_CHARACTERS = 50_000

_MOST_GENERATIONS = 12
_MOST_CALLS = 20
_MOST_ALTERNATIVES = 5
_MOST_ROWS = 50
_MOST_NUMBERS = 6  # of a vector
_LONG = 300  # characters of a document or a call of a tool
_SHORT = 80  # characters of a token; a longer one is not a token of any known model


def generation_view(generation: Generation) -> str:
    """Return one generation, with each token shaded by its likelihood."""
    return _card(generation, "", 1) + _scale(generation.token_likelihoods or ())


def answer_view(answer: Generations, state: str = "") -> str:
    """Return the generations of *answer* side by side; *state* describes a stream."""
    generations = answer.generations[:_MOST_GENERATIONS]
    prompt_tokens = answer.prompt_tokens or ()
    texts = len(generations) + 1  # with the prompt
    prompt = ""
    if answer.prompt or prompt_tokens:
        prompt = f'<div class="head">Prompt</div>{_text(answer.prompt or "", prompt_tokens, texts)}'
    is_alone = len(answer.generations) == 1
    cards = [
        _card(each, "" if is_alone else f"Generation {_number(each, place)}", texts)
        for place, each in enumerate(generations)
    ]
    more = note(len(answer.generations) - len(generations), "generation")
    scale = _scale(prompt_tokens, *(each.token_likelihoods or () for each in generations))
    facts = joined([state, *_usage(answer.usage), answer.dialect or "", answer.id or ""])
    return f'{prompt}<div class="cards">{"".join(cards)}</div>{more}{scale}{facts}'


def _number(generation: Generation, place: int) -> int:
    return place if generation.index is None else generation.index


def _usage(usage: Usage | None) -> list[str]:
    if usage is None:
        return []
    units = {
        "input_tokens": "tokens in",
        "output_tokens": "tokens out",
        "cache_read_tokens": "read from a cache",
        "cache_write_tokens": "written to a cache",
        "first_byte_latency_ms": "ms to the first piece",
        "invocation_latency_ms": "ms",
    }
    counts = usage.to_dict()
    return [f"{counts[name]:,} {unit}" for name, unit in units.items() if name in counts]


def _card(generation: Generation, title: str, texts: int) -> str:
    """Return *generation* with its *title*; *texts* is the number of texts in the view."""
    reason, finish = generation.finish_reason or "", generation.finish or ""
    # The word of the service, and the neutral one if it is another.
    words = [reason, finish if finish != reason.lower() else ""]
    head = f'<span class="title">{title}</span>' if title else ""
    head += "".join(f'<span class="word">{shown(word, _SHORT)}</span>' for word in words if word)
    likelihood = generation.likelihood
    mean = f"mean likelihood {_rounded(likelihood)}" if is_finite(likelihood) else ""
    return (
        f'<div class="card"><div class="head">{head}</div>'
        f"{_text(generation.text, generation.token_likelihoods or (), texts)}"
        f"{_calls(generation.tool_calls or [])}{joined([mean])}</div>"
    )


def _calls(calls: Sequence[ToolUse]) -> str:
    lines = [
        f'<div class="call">{shown(f"{call.name} {call.input!r}", _LONG)}</div>'
        for call in calls[:_MOST_CALLS]
    ]
    return "".join(lines) + note(len(calls) - _MOST_CALLS, "tool call")


def _text(text: str, tokens: Sequence[TokenLikelihood], texts: int) -> str:
    """Return *tokens*, or else *text*, cut to a share of the limit; the view has *texts*."""
    if tokens:
        most = _MOST_TOKENS // texts
        inner = "".join(_token(token) for token in tokens[:most])
        more = note(len(tokens) - most, "token")
    else:
        most = _MOST_CHARACTERS // texts
        inner = shown(text, most)
        more = note(len(text) - most, "character")
    return f'<div class="text" dir="auto">{inner}</div>{more}'


def _token(token: TokenLikelihood) -> str:
    classes = ["t"]
    if is_finite(token.likelihood):
        classes.append(f"p{_shade(token.likelihood)}")
    if token.special:
        classes.append("s")
    if "\n" in token.token:
        classes.append("n")
    return (
        f'<span class="{" ".join(classes)}" tabindex="0" data-tip="{_tip(token)}">'
        f"{shown(token.token, _SHORT)}</span>"
    )


def _tip(token: TokenLikelihood) -> str:
    """Return the text of the tooltip of *token*."""
    first = [_quoted(token.token)]
    if token.id is not None:
        first.append(f"id {token.id}")
    if token.special:
        first.append("special")
    others = token.alternatives or []
    lines = [", ".join(first), _odds(token)]
    lines += [f"or {_quoted(each.token)}: {_odds(each)}" for each in others[:_MOST_ALTERNATIVES]]
    if len(others) > _MOST_ALTERNATIVES:
        lines.append(f"and {len(others) - _MOST_ALTERNATIVES} more")
    return shown("\n".join(lines))


def _quoted(text: str) -> str:
    """Return *text* in quotes, which show the spaces at its ends."""
    return repr(text[:_SHORT]) + ("\u2026" if len(text) > _SHORT else "")


def _odds(token: TokenLikelihood) -> str:
    if not is_finite(token.likelihood):  # None, or a NaN of a caller
        return "likelihood unknown"
    percent = 100 * _probability(token.likelihood)
    shown_percent = f"{percent:.2f} %" if percent >= 0.01 else "below 0.01 %"  # noqa: PLR2004  # two decimals
    return f"likelihood {_rounded(token.likelihood)}, {shown_percent}"


def _scale(*texts: Iterable[TokenLikelihood]) -> str:
    """Return a legend of the shades; an empty string if no token in *texts* has a likelihood."""
    if not any(is_finite(token.likelihood) for tokens in texts for token in tokens):
        return ""
    words = [*(f"\u2265 {100 * bound:g} %" for bound in _BOUNDS), f"< {100 * _BOUNDS[-1]:g} %"]
    steps = "".join(f'<span class="p{i}">{shown(word)}</span>' for i, word in enumerate(words))
    return f'<div class="scale">Probability {steps}</div>'


def _shade(likelihood: float) -> int:
    probability = _probability(likelihood)
    return sum(probability < bound for bound in _BOUNDS)


def _probability(likelihood: float) -> float:
    # A server may round to a number above 0. An integer of JSON may be too large for exp().
    return exp(max(-1000.0, min(0.0, likelihood)))


def _rounded(number: float) -> str:
    return f"{max(-1e9, min(1e9, number)):.5g}"  # a larger integer is not a float


def reranking_view(reranking: Reranking) -> str:
    """Return the results of *reranking* as bars, the most relevant first."""
    results = reranking.results
    rows = "".join(_bar(result) for result in results[:_MOST_ROWS])
    head = '<tr><th>Index</th><th colspan="2">Relevance</th><th>Document</th></tr>'
    facts = joined([counted(len(results), "result"), *_usage(reranking.usage), reranking.id or ""])
    more = note(len(results) - _MOST_ROWS, "result")
    return f'<table class="table">{head}{rows}</table>{more}{facts}'


def _bar(result: RerankResult) -> str:
    score = result.relevance_score
    width = 100 * max(0.0, min(1.0, score))
    document = result.document or {}
    text = str(document.get("text", document or ""))
    return (
        f'<tr><td class="number">{result.index}</td><td class="number">{_rounded(score)}</td>'
        f'<td class="bars"><span class="bar" style="width:{width:.1f}%"></span></td>'
        f'<td dir="auto">{shown(text, _LONG)}</td></tr>'
    )


def embeddings_view(embeddings: Embeddings | EmbeddingsByType) -> str:
    """Return the vectors of *embeddings* as a table of their texts and first numbers."""
    vectors: Sequence[Any] = embeddings.embeddings
    texts = embeddings.texts or []
    rows = "".join(
        f'<tr><td class="number">{place}</td>'
        f'<td dir="auto">{shown(texts[place] if place < len(texts) else "", _LONG)}</td>'
        f'<td class="vector">{_numbers(vector)}</td></tr>'
        for place, vector in enumerate(vectors[:_MOST_ROWS])
    )
    head = "<tr><th>Index</th><th>Text</th><th>Vector</th></tr>"
    types = ", ".join(embeddings) if isinstance(embeddings, dict) else ""
    facts = [counted(len(vectors), "vector"), types, *_usage(embeddings.usage)]
    more = note(len(vectors) - _MOST_ROWS, "vector")
    return f'<table class="table">{head}{rows}</table>{more}{joined([*facts, embeddings.id or ""])}'


def _numbers(vector: Any) -> str:
    """Return the first numbers of *vector*, and their count."""
    if not isinstance(vector, (list, tuple)):  # of a type that is not documented
        return shown(repr(vector), _SHORT)
    first = ", ".join(
        _rounded(each) if is_finite(each) else shown(repr(each), _SHORT)
        for each in vector[:_MOST_NUMBERS]
    )
    ellipsis = ", \u2026" if len(vector) > _MOST_NUMBERS else ""
    return f"{first}{ellipsis} ({counted(len(vector), 'number')})"
