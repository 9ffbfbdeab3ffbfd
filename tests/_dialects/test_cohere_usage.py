"""Token counts as Cohere's chat writes them."""

from __future__ import annotations

from typing import Any

import pytest

from cohere_aws import StreamError
from cohere_aws._dialects._cohere_usage import count, counts_of


def test_counts_by_the_fields_of_usage() -> None:
    usage = {
        "billed_units": {"input_tokens": 18.0, "output_tokens": 6.0},
        "tokens": {"input_tokens": 1661.0, "output_tokens": 19, "new": 5},
        "cached_tokens": 0,
    }
    assert counts_of(usage, "usage") == {
        "input_tokens": 1661,
        "output_tokens": 19,
        "cache_read_tokens": 0,
    }
    assert counts_of({"billed_units": {}, "tokens": None}, "usage") == {}


@pytest.mark.parametrize("value", [18, 18.0])
def test_a_count_is_an_integer(value: float) -> None:
    found = count({"a": value}, "a", "b")
    assert (found, type(found)) == (18, int)
    assert count({}, "a", "b") is count({"a": None}, "a", "b") is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (18.5, "is a number"),
        (float("inf"), "is a number"),
        (float("nan"), "is a number"),
        (-1.0, "is below 0"),
        (-1, "is below 0"),
        (True, "is a boolean"),
        ("18", "is a string"),
    ],
)
def test_a_count_that_is_none(value: Any, found: str) -> None:
    for source in ({"tokens": {"output_tokens": value}}, {"cached_tokens": value}):
        with pytest.raises(StreamError) as caught:
            counts_of(source, "usage")
        path = "usage.cached_tokens" if "cached_tokens" in source else "usage.tokens.output_tokens"
        assert str(caught.value) == f"{path} {found}; expected an integer of 0 or more"
    with pytest.raises(StreamError, match=r"^usage.tokens is a number; expected an object$"):
        counts_of({"tokens": 5}, "usage")
