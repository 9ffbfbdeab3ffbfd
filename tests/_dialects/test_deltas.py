"""Joining the fields of an object that arrives in parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws._dialects._deltas import Deltas
from strategies import texts


def joined(*parts: Any) -> tuple[dict[str, Any], bool]:
    """Return the object that *parts* join to, and whether all agree."""
    deltas = Deltas()
    agree = [deltas.add(part) for part in parts]
    return deltas.value(), all(agree)


@given(st.lists(texts))
def test_strings_are_joined(pieces: list[str]) -> None:
    found, agree = joined(*({"arguments": piece} for piece in pieces))
    assert found.get("arguments", "") == "".join(pieces)
    assert agree


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([{"id": "a"}, {"id": "a", "b": 1}, {"id": None}, {"id": ""}], {"id": "a", "b": 1}),
        ([{"id": ""}, {"id": "a"}], {"id": "a"}),
        ([{"a": None}, {"a": None}], {"a": None}),
        ([{"a": None}, {"a": "b"}, {"a": None}, {"a": "c"}], {"a": "bc"}),
        ([{"a": {"b": "c"}}, {"a": {"b": "d", "e": 1}}, {"a": None}], {"a": {"b": "cd", "e": 1}}),
        ([{"a": [1]}, {"a": []}, {"a": [2, {"b": 1}]}, {"a": None}], {"a": [1, 2, {"b": 1}]}),
        ([None, {"a": True}, {"a": True}], {"a": True}),
    ],
)
def test_parts_that_agree(parts: list[Any], whole: dict[str, Any]) -> None:
    assert joined(*parts) == (whole, True)


def test_elements_with_one_index_are_parts_of_one_object() -> None:
    parts = [
        {"calls": [{"index": 1, "id": "b", "arguments": ""}]},
        {"calls": [{"index": 0, "id": "a", "arguments": "{"}, {"index": 1, "arguments": "["}]},
        {"calls": [{"index": 0, "arguments": "}"}, {"id": "c"}]},
    ]
    calls = [
        {"index": 1, "id": "b", "arguments": "["},
        {"index": 0, "id": "a", "arguments": "{}"},
        {"id": "c"},
    ]
    assert joined(*parts) == ({"calls": calls}, True)


def test_elements_of_one_part_are_not_joined() -> None:
    calls = [{"index": 0, "id": "a", "b": "c"}, {"index": 0, "id": "a", "b": "d"}]
    assert joined({"calls": calls}) == ({"calls": calls}, True)


def test_another_id_begins_another_element() -> None:
    first, second, rest = ({"index": 0, **each} for each in ({"id": "a"}, {"id": "b"}, {"c": "d"}))
    found, agree = joined(*({"calls": [each]} for each in (first, rest, second, rest)))
    assert found == {
        "calls": [{"index": 0, "id": "a", "c": "d"}, {"index": 0, "id": "b", "c": "d"}]
    }
    assert agree


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"id": "a"}, {"id": "b"}),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": "1"}),
        ({"a": "b"}, {"a": 1}),
        ({"a": ["b"]}, {"a": "c"}),
        ({"a": {"b": 1}}, {"a": "c"}),
        ({"a": {"b": 1}}, {"a": {"b": 2}}),
        ({"a": [{"index": 0, "name": "b"}]}, {"a": [{"index": 0, "name": "c"}]}),
    ],
)
def test_a_part_that_disagrees_is_not_added(first: Any, second: Any) -> None:
    assert joined(first, second) == (first, False)


def test_the_other_fields_of_a_part_that_disagrees_are_added() -> None:
    assert joined({"id": "a", "b": "c"}, {"id": "b", "b": "d"}) == ({"id": "a", "b": "cd"}, False)
