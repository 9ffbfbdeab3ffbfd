"""Shapes of values, by which an item shows its dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws._dialects import _value_shapes as shapes

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT_BLOCK = {"type": "text", "text": "a"}


@pytest.mark.parametrize(
    ("is_shape", "values", "others"),
    [
        (shapes.is_string, ["", "a"], [None, 5, []]),
        (shapes.is_flag, [True, False], [None, 1, "true"]),
        (shapes.is_object, [{}, {"a": 1}], [None, [], "a"]),
        (shapes.is_list, [[], [1]], [None, {}, "a"]),
        (shapes.is_list_of(str), [["a"], ["a", 5]], [[], [5, "a"], "a", None]),
        (shapes.is_list_with("a"), [[{"a": None}]], [[], [{}], ["a"], {"a": 1}, None]),
        (shapes.is_object_with("a"), [{"a": {}}], [{}, {"a": None}, {"a": []}, [], None]),
        (shapes.is_any_of("a", "b"), ["a", "b"], ["c", "", None, ["a"]]),
        (
            shapes.is_message,
            [{"role": "assistant"}, {"role": 5, "content": []}]
            + [{"role": "", "content": each} for each in ("a", [TEXT_BLOCK], ["a"], None)],
            [None, "a", {}, {"role": "", "type": "message"}, {"role": "", "content": [{}]}],
        ),
    ],
)
def test_shapes(is_shape: Callable[[Any], bool], values: list[Any], others: list[Any]) -> None:
    assert all(is_shape(value) is True for value in values)
    assert not any(is_shape(value) for value in others)
