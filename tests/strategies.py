"""Generated answers of a model: what to stream, and what must come out, told apart from the code.

An ``Answer`` holds the items of a stream and, beside them, the results that they mean. The results
are put together here from what was drawn, never by the code under test.
"""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from cohere_aws import Generation, Generations, Mode, TokenLikelihood, Usage

METRICS = "amazon-bedrock-invocationMetrics"

# Every kind of character there is, with those that JSON, UTF-8 and the walk treat specially drawn
# more often. A lone surrogate is none: it cannot be sent as UTF-8.
texts = st.text(
    st.one_of(st.sampled_from('"\\{}[],:\n\t é€😀\x00\x7f\u2028'), st.characters(codec="utf-8"))
)
reasons = st.sampled_from(["COMPLETE", "MAX_TOKENS", "ERROR", "ERROR_TOXIC", "SOMETHING_NEW"])
names = st.uuids().map(str)
likelihoods = st.floats(max_value=0, allow_nan=False, allow_infinity=False)


@st.composite
def plain_generations(draw: st.DrawFn) -> Generation:
    """A generation as a plain answer may hold it."""
    tokens = st.builds(TokenLikelihood, texts, st.none() | likelihoods)
    return Generation(
        draw(texts),
        draw(st.none() | st.lists(tokens, max_size=4)),
        id=draw(st.none() | names),
        index=draw(st.none() | st.integers(0, 4)),
        likelihood=draw(st.none() | likelihoods),
        finish_reason=draw(st.none() | reasons),
    )


counts = st.none() | st.integers(0, 2**53)
usages = st.builds(Usage, counts, counts, counts, counts)
plain_answers = st.builds(
    Generations,
    st.lists(plain_generations(), max_size=3),
    id=st.none() | names,
    prompt=st.none() | texts,
    usage=st.none() | usages,
)


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
