"""Generated answers of a model: what to stream, and what must come out, told apart from the code.

An ``Answer`` holds the items of a stream and, beside them, the results that they mean. The results
are put together here from what was drawn, never by the code under test.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from cohere_aws import Generation, Generations, Mode, StreamingText, TokenLikelihood, Usage

METRICS = "amazon-bedrock-invocationMetrics"

# Every kind of character there is, with those that JSON, UTF-8 and the walk treat specially drawn
# more often. A lone surrogate is none: it cannot be sent as UTF-8.
texts = st.text(
    st.one_of(st.sampled_from('"\\{}[],:\n\t é€😀\x00\x7f\u2028'), st.characters(codec="utf-8"))
)
# A piece that happens to end as a stream does would not be part of the answer.
pieces = texts.filter(lambda text: "<EOS_TOKEN>" not in text)
reasons = st.sampled_from(["COMPLETE", "MAX_TOKENS", "ERROR", "ERROR_TOXIC", "SOMETHING_NEW"])
names = st.uuids().map(str)
likelihoods = st.floats(max_value=0, allow_nan=False, allow_infinity=False)

# What a service may add: a value of any type under a key that nothing reads, or that to_dict() uses.
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
unknown_keys = st.sampled_from(["meta", "extra", "usage", "", "new field"])
extras = st.none() | st.dictionaries(unknown_keys, values, min_size=1, max_size=3)


@dataclass
class Answer:
    """The items of one stream, and what they mean."""

    items: list[dict[str, Any]] = field(default_factory=list)
    pieces: list[StreamingText] = field(default_factory=list)
    generations: Generations = field(default_factory=lambda: Generations([]))
    finish_reason: str | None = None


@st.composite
def plain_generations(draw: st.DrawFn) -> Generation:
    """A generation as a plain answer may hold it."""
    tokens = st.builds(TokenLikelihood, texts, st.none() | likelihoods, extra=extras)
    return Generation(
        draw(texts),
        draw(st.none() | st.lists(tokens, max_size=4)),
        id=draw(st.none() | names),
        index=draw(st.none() | st.integers(0, 4)),
        likelihood=draw(st.none() | likelihoods),
        finish_reason=draw(st.none() | reasons),
        extra=draw(extras),
    )


counts = st.none() | st.integers(0, 2**53)
usages = st.builds(Usage, counts, counts, counts, counts)
plain_answers = st.builds(
    Generations,
    st.lists(plain_generations(), max_size=3),
    id=st.none() | names,
    prompt=st.none() | texts,
    usage=st.none() | usages,
    extra=extras,
)


def metrics_of(usage: Usage) -> dict[str, int]:
    """Return *usage* as Bedrock writes it."""
    keys = ("inputTokenCount", "outputTokenCount", "invocationLatency", "firstByteLatency")
    pairs = zip(keys, usage.__getstate__().values(), strict=True)
    return {key: count for key, count in pairs if count is not None}


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """A streamed answer of one to three generations, with any of the endings that occur."""
    answer = Answer()
    count = draw(st.integers(1, 3))
    order = draw(st.lists(st.integers(0, count - 1), max_size=6))
    if draw(st.booleans()):
        order.sort()  # the services send one generation after the other, or all at once
    parts: dict[int, list[str]] = {}
    for index in order:
        text = draw(pieces)
        parts.setdefault(index, []).append(text)
        answer.pieces.append(StreamingText(index, text, is_finished=False))
        item = {"is_finished": False, "text": text, "index": index}
        if index == 0 and draw(st.booleans()):
            del item["index"]
        if draw(st.booleans()):
            item["event_type"] = "text-generation"
        answer.items.append(item)
    own = {index: draw(reasons) for index in range(count) if draw(st.booleans())}
    for index, reason in own.items():
        parts.setdefault(index, [])
        answer.items.append({"is_finished": True, "index": index, "finish_reason": reason})
    _finish(draw, answer, parts or {0: []}, own)
    return answer


def _finish(
    draw: st.DrawFn, answer: Answer, parts: dict[int, list[str]], own: dict[int, str]
) -> None:
    """Add the last item, and what it makes of everything before."""
    answer.finish_reason = reason = draw(reasons)
    last: dict[str, Any] = {"is_finished": True, "finish_reason": reason}
    ending = draw(st.sampled_from(["response", "metrics", "text"]))
    if ending == "response":
        generations = st.lists(plain_generations(), min_size=1, max_size=3)
        response = draw(
            st.builds(Generations, generations, id=names, prompt=st.none() | texts, extra=extras)
        )
        answer.generations = response
        answer.items.append({**last, "response": response.to_dict()})
        return
    if ending == "text":
        text = draw(pieces.filter(len))
        last["text"] = text
        parts.setdefault(0, []).append(text)
        answer.pieces.append(StreamingText(0, text, is_finished=True))
    ended = draw(st.sets(st.sampled_from(sorted(parts)))) if ending == "metrics" else set()
    for index in sorted(ended):
        answer.pieces.append(StreamingText(index, "<EOS_TOKEN>", is_finished=False))
        answer.items.append({"text": "<EOS_TOKEN>", "index": index})
    usage = draw(st.none() | usages)
    if usage:
        last[METRICS] = metrics_of(usage)
    answer.items.append(last)
    whole = [
        Generation("".join(parts[index]), index=index, finish_reason=own.get(index, reason))
        for index in sorted(parts)
    ]  # fmt: skip
    answer.generations = Generations(whole, usage=usage)


@st.composite
def wires(draw: st.DrawFn, items: list[dict[str, Any]]) -> bytes:
    """The items as bytes: with or without escapes, white space inside and between."""
    data = b""
    for item in items:
        text = json.dumps(
            item, ensure_ascii=draw(st.booleans()), indent=draw(st.none() | st.just(1))
        )
        data += text.encode() + draw(st.sampled_from([b"", b"\n", b"\r\n", b" \t"]))
    return data


@st.composite
def cuttings(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The bytes, cut anywhere, also twice at one place."""
    positions = draw(st.lists(st.integers(0, len(data)), max_size=12))
    step = draw(st.none() | st.integers(1, 40))
    return cut(data, sorted([*positions, *range(0, len(data), step or len(data) + 1)]))


def cut(data: bytes, positions: list[int]) -> list[bytes]:
    """*data*, cut at *positions*."""
    edges = [0, *positions, len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def events(payloads: list[bytes], mode: Mode = Mode.SAGEMAKER) -> list[dict[str, Any]]:
    """The payloads, as boto3 hands them out."""
    outer, inner = {Mode.SAGEMAKER: ("PayloadPart", "Bytes"), Mode.BEDROCK: ("chunk", "bytes")}[
        mode
    ]
    return [{outer: {inner: payload}} for payload in payloads]
