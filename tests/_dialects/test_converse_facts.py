"""Usage, latency and other fields of an answer of Converse."""

from __future__ import annotations

from typing import Any

import pytest

from cohere_aws import StreamError, Usage
from cohere_aws._dialects._converse_facts import Facts
from strategies import METRICS


def facts_of(*sources: dict[str, Any]) -> Facts:
    facts = Facts()
    for source in sources:
        assert facts.add(source, "")
    return facts


def test_without_any_field() -> None:
    assert (facts_of({}).usage, facts_of({}).extra) == (None, {})
    nothing = facts_of({"usage": None, "metrics": {}, "trace": None, METRICS: None})
    assert (nothing.usage, nothing.extra) == (None, {})
    assert not nothing
    for source in ({"trace": {}}, {"usage": {"inputTokens": 0}}, {METRICS: {"inputTokenCount": 0}}):
        assert facts_of(source)


def test_counts_and_latency() -> None:
    details = [{"ttl": "5m", "inputTokens": 297}]
    usage = {
        "inputTokens": 3,
        "outputTokens": 61,
        "totalTokens": 2435,
        "cacheReadInputTokens": 2074,
        "cacheWriteInputTokens": 297,
        "cacheDetails": details,
    }
    found = facts_of({"usage": usage, "metrics": {"latencyMs": 900, "new": 1}})
    assert found.usage == Usage(3, 61, 900, cache_read_tokens=2074, cache_write_tokens=297)
    assert found.extra == {
        "usage": {"totalTokens": 2435, "cacheDetails": details},
        "metrics": {"new": 1},
    }


def test_the_other_names_of_the_counts_of_a_cache() -> None:
    both = {"cacheReadInputTokens": 5, "cacheReadInputTokenCount": 5}
    assert facts_of({"usage": both}).usage == Usage(cache_read_tokens=5)
    assert facts_of({"usage": both}).extra == {}
    native = {"cacheReadInputTokenCount": 5, "cacheWriteInputTokenCount": 0}
    assert facts_of({"usage": native}).usage == Usage(cache_read_tokens=5, cache_write_tokens=0)
    differs = {"cacheWriteInputTokens": 5, "cacheWriteInputTokenCount": 6}
    assert facts_of({"usage": differs}).usage == Usage(cache_write_tokens=5)
    assert facts_of({"usage": differs}).extra == {"usage": {"cacheWriteInputTokenCount": 6}}


def test_the_metrics_of_bedrock_have_precedence_whenever_they_come() -> None:
    metrics = {METRICS: {"inputTokenCount": 5, "firstByteLatency": 7, "new": 1}}
    usage = {"usage": {"inputTokens": 6, "outputTokens": 2}}
    for sources in ((metrics, usage), (usage, metrics)):
        found = facts_of(*sources)
        assert found.usage == Usage(5, 2, None, 7)
        assert found.extra == {METRICS: {"new": 1}}


def test_the_latest_counts_are_right_and_other_fields_are_joined() -> None:
    found = facts_of(
        {"usage": {"outputTokens": 1, "a": 1}, "trace": {"a": 1}},
        {"usage": {"outputTokens": 1, "b": 2}, "trace": {"a": 1}, "serviceTier": {}},
    )
    assert found.extra == {"usage": {"a": 1, "b": 2}, "trace": {"a": 1}, "serviceTier": {}}
    earlier = found.extra["usage"]
    for later in (
        {"usage": {"outputTokens": 2}},
        {"usage": {"a": 3}},
        {"metrics": {"latencyMs": 5}, "trace": {"a": 2}},
        {"metrics": {"latencyMs": 6}},
        {METRICS: {"firstByteLatency": 7, "new": 1}},
    ):
        assert found.add(later, "") is (METRICS in later)
    assert not found.add({METRICS: {"firstByteLatency": 8}}, "")
    assert not found.add({METRICS: {"new": 2}}, "")
    assert found.usage == Usage(None, 2, 6, 8)
    assert found.extra == {
        "usage": {"a": 3, "b": 2}, "trace": {"a": 1}, "serviceTier": {}, METRICS: {"new": 2}
    }  # fmt: skip
    assert earlier == {"a": 1, "b": 2}  # an answer may hold it


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"usage": "secret"}, "usage is a string; expected an object"),
        ({"usage": {"inputTokens": -1}}, "usage.inputTokens is below 0; expected an integer"),
        ({"usage": {"cacheReadInputTokenCount": "5"}}, "usage.cacheReadInputTokenCount is a string"),
        ({"metrics": ["secret"]}, "metrics is an array; expected an object"),
        ({"metrics": {"latencyMs": 1.5}}, "metrics.latencyMs is a number; expected an integer"),
    ],
)  # fmt: skip
def test_a_field_of_another_type(source: dict[str, Any], message: str) -> None:
    for path in ("", "metadata"):
        with pytest.raises(StreamError) as caught:
            Facts().add(source, path)
        assert str(caught.value).startswith(f"{path}.{message}" if path else message)
