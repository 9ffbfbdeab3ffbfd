"""Generated answers of a model, and the results that reading them must give.

An ``Answer`` holds the items of a stream and the expected results. The results are built here from
the drawn values, never by the code under test.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from cohere_aws import Generation, Generations, Mode, StreamingText, TokenLikelihood, Usage

# A plain body of Command, with all documented fields.
PLAIN: dict[str, Any] = {
    "generations": [
        {
            "finish_reason": "MAX_TOKENS",
            "id": "g",
            "text": " time",
            "likelihood": -2.5,
            "token_likelihoods": [{"token": " time", "likelihood": -0.98}],
        }
    ],
    "id": "r",
    "prompt": "Tell me",
}

METRICS = "amazon-bedrock-invocationMetrics"

# All characters; those that JSON, UTF-8 and the framing treat specially are drawn more often. Lone
# surrogates are left out, because UTF-8 cannot encode them.
texts = st.text(
    st.one_of(st.sampled_from('"\\{}[],:\n\t é€😀\x00\x7f\u2028'), st.characters(codec="utf-8"))
)
# A piece with the end-of-sequence token would not be part of the answer.
pieces = texts.filter(lambda text: "<EOS_TOKEN>" not in text)
reasons = st.sampled_from(["COMPLETE", "MAX_TOKENS", "ERROR", "ERROR_TOXIC", "SOMETHING_NEW"])
names = st.uuids().map(str)
likelihoods = st.floats(max_value=0, allow_nan=False, allow_infinity=False)

# Fields that a service may add: any value, under a key that is unknown or that to_dict() uses.
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
unknown_keys = st.sampled_from(["meta", "extra", "usage", "", "new field"])
extras = st.none() | st.dictionaries(unknown_keys, values, min_size=1, max_size=3)


@dataclass
class Answer:
    """The items of one stream, and the results that reading them must give."""

    items: list[dict[str, Any]] = field(default_factory=list)
    pieces: list[StreamingText] = field(default_factory=list)
    generations: Generations = field(default_factory=lambda: Generations([]))
    finish_reason: str | None = None


@st.composite
def plain_generations(draw: st.DrawFn) -> Generation:
    """Draw a generation of a plain answer."""
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
usages = st.builds(
    Usage, counts, counts, counts, counts, cache_read_tokens=counts, cache_write_tokens=counts
)
plain_answers = st.builds(
    Generations,
    st.lists(plain_generations(), max_size=3),
    id=st.none() | names,
    prompt=st.none() | texts,
    usage=st.none() | usages,
    extra=extras,
)


def metrics_of(usage: Usage) -> dict[str, int]:
    """Return *usage* as the metrics of Bedrock's last item."""
    keys = (
        "inputTokenCount",
        "outputTokenCount",
        "invocationLatency",
        "firstByteLatency",
        "cacheReadInputTokenCount",
        "cacheWriteInputTokenCount",
    )
    pairs = zip(keys, usage.__getstate__().values(), strict=True)
    return {key: count for key, count in pairs if count is not None}


def command_body(answer: Generations) -> dict[str, Any]:
    """Return *answer* as a plain body of Cohere's Command models."""
    fields = answer.to_dict()
    del fields["dialect"]
    if fields.pop("usage", None) is not None:
        fields[METRICS] = metrics_of(answer.usage or Usage())
    body = _flat(fields)
    body["generations"] = [_flat(each) for each in body["generations"]]
    for each in body["generations"]:
        each.pop("finish", None)
        if "token_likelihoods" in each:
            each["token_likelihoods"] = [_flat(token) for token in each["token_likelihoods"]]
    return body


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """Return *record* with the fields of its extra beside its own."""
    fields = {key: value for key, value in record.items() if key != "extra"}
    return record.get("extra", {}) | fields


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Draw a streamed answer of one to three generations, with any of the known endings."""
    answer = Answer()
    count = draw(st.integers(1, 3))
    order = draw(st.lists(st.integers(0, count - 1), max_size=6))
    if draw(st.booleans()):
        order.sort()  # services send generations one after the other, or mixed
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
    """Add the last item, and the results of the whole stream."""
    answer.finish_reason = reason = draw(reasons)
    last: dict[str, Any] = {"is_finished": True, "finish_reason": reason}
    ending = draw(st.sampled_from(["response", "metrics", "text"]))
    if ending == "response":
        generations = st.lists(plain_generations(), min_size=1, max_size=3)
        response = draw(
            st.builds(Generations, generations, id=names, prompt=st.none() | texts, extra=extras)
        )
        answer.generations = response
        answer.items.append({**last, "response": command_body(response)})
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
    """Draw a way to write *items* as bytes: escapes, white space inside and between."""
    data = b""
    for item in items:
        text = json.dumps(
            item, ensure_ascii=draw(st.booleans()), indent=draw(st.none() | st.just(1))
        )
        data += text.encode() + draw(st.sampled_from([b"", b"\n", b"\r\n", b" \t"]))
    return data


@st.composite
def cuttings(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """Draw a way to cut *data*, also twice at one position."""
    positions = draw(st.lists(st.integers(0, len(data)), max_size=12))
    step = draw(st.none() | st.integers(1, 40))
    return cut(data, sorted([*positions, *range(0, len(data), step or len(data) + 1)]))


def cut(data: bytes, positions: list[int]) -> list[bytes]:
    """Return *data*, cut at *positions*."""
    edges = [0, *positions, len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def events(payloads: list[bytes], mode: Mode = Mode.SAGEMAKER) -> list[dict[str, Any]]:
    """Return *payloads* as events of boto3."""
    outer, inner = {Mode.SAGEMAKER: ("PayloadPart", "Bytes"), Mode.BEDROCK: ("chunk", "bytes")}[
        mode
    ]
    return [{outer: {inner: payload}} for payload in payloads]
