"""Usage in bodies and items: the metrics of Bedrock."""

from __future__ import annotations

import pytest
from hypothesis import given

from cohere_aws import StreamError, Usage
from cohere_aws._dialects._usage import METRICS, usage_of
from strategies import metrics_of, usages


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
    metrics = {"inputTokenCount": 9, "cacheReadInputTokenCount": 4, "newCount": 5}
    assert usage_of({METRICS: metrics}) == (Usage(9, cache_read_tokens=4), {"newCount": 5})
