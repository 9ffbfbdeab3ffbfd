"""The results that are records: values, with the documented reprs."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given

from cohere_aws import Generation, StreamError, StreamingText, TokenLikelihood, Usage
from cohere_aws._result import METRICS, usage_of, without_none
from strategies import metrics_of, plain_generations, usages

SAMPLES = [
    StreamingText(0, " a", is_finished=False),
    TokenLikelihood(" a", -0.5),
    Generation(" a", [TokenLikelihood(" a", -0.5)], id="g", index=1, finish_reason="COMPLETE"),
    Usage(1, 2, 3, 4),
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample).__name__)
def test_records_are_values(sample: Any) -> None:
    for twin in (pickle.loads(pickle.dumps(sample)), copy.copy(sample), copy.deepcopy(sample)):
        assert twin == sample
        assert type(twin) is type(sample)
        assert hash(twin) == hash(sample)
    with pytest.raises(AttributeError):
        sample.text = sample.token = sample.input_tokens = "other"


def test_records_of_other_values_differ() -> None:
    assert Generation("a") != Generation("b")
    assert Generation("a") != Generation("a", [])
    assert TokenLikelihood("a", -1) != TokenLikelihood("a", -2)
    assert Usage(1) != Usage(None, 1)
    assert StreamingText(0, "a", is_finished=True) != StreamingText(0, "a", is_finished=False)


def test_records_are_public_where_they_are_documented() -> None:
    assert {type(sample).__module__ for sample in SAMPLES} == {"cohere_aws.generation"}


def test_the_documented_reprs() -> None:
    assert repr(TokenLikelihood(" a", -0.5)) == (
        "cohere.TokenLikelihood {\n\ttoken:  a\n\tlikelihood: -0.5\n}"
    )
    assert repr(Generation("a")) == "cohere.Generation {\n\ttext: a\n\ttoken_likelihoods: None\n}"
    assert repr(Usage(output_tokens=3)) == "cohere.Usage {\n\toutput_tokens: 3\n}"


@given(plain_generations())
def test_a_generation_as_a_dict(generation: Generation) -> None:
    written = json.loads(json.dumps(generation.to_dict()))
    assert None not in written.values()
    for name, value in written.items():
        if name != "token_likelihoods":
            assert value == generation[name]
    tokens = generation.token_likelihoods
    assert written.get("token_likelihoods") == (
        None if tokens is None else [without_none(**token.__getstate__()) for token in tokens]
    )


@given(usages)
def test_usage_is_read_from_the_metrics(usage: Usage) -> None:
    assert usage_of({METRICS: metrics_of(usage)}) == (usage, {})


def test_usage_is_unknown_where_the_service_sends_none() -> None:
    assert usage_of({}) == (None, {})
    assert usage_of({METRICS: None}) == (None, {})
    assert usage_of({METRICS: {}}) == (Usage(), {})
    with pytest.raises(
        StreamError, match=f"{METRICS}.inputTokenCount is a string; expected an int"
    ):
        usage_of({METRICS: {"inputTokenCount": "9"}})


def test_metrics_that_no_field_holds_are_returned_beside_the_usage() -> None:
    metrics = {"inputTokenCount": 9, "cacheReadInputTokenCount": 4}
    assert usage_of({METRICS: metrics}) == (Usage(9), {"cacheReadInputTokenCount": 4})


def test_an_empty_extra_is_none_and_a_copy_is_kept() -> None:
    extra = {"a": 1}
    generation = Generation("a", extra=extra)
    extra.clear()
    assert generation.extra == {"a": 1}
    assert Generation("a", extra={}).extra is None
    assert hash(generation) == hash(Generation("a", extra={"b": 2}))
    assert generation != Generation("a", extra={"b": 2})


def test_usage_as_a_dict() -> None:
    assert Usage(1, None, 3).to_dict() == {"input_tokens": 1, "invocation_latency_ms": 3}
