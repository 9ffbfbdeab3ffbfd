"""Reading fields of JSON objects: absence, types, and error messages without content."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import InvalidRequestError, StreamError, _field

if TYPE_CHECKING:
    from collections.abc import Callable

READERS: dict[str, tuple[Callable[..., Any], list[Any], str]] = {
    "string": (_field.string, ["", "a"], "a string"),
    "integer": (_field.integer, [0, 7], "an integer of 0 or more"),
    "number": (_field.number, [0, -1.5], "a number"),
    "array": (_field.array, [[], [1]], "an array"),
    "object": (_field.object_, [{}, {"a": 1}], "an object"),
}
VALUES = {
    "a string": "secret",
    "a number": 1.5,
    "a boolean": True,
    "an array": ["secret"],
    "an object": {"secret": 1},
}


@pytest.mark.parametrize("name", READERS)
def test_a_value_of_the_documented_type_is_returned(name: str) -> None:
    read, values, _ = READERS[name]
    assert [read({"key": value}, "key", "") for value in values] == values
    assert read({"key": None}, "key", "") is None
    assert read({}, "key", "") is None


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("kind", VALUES)
def test_a_value_of_another_type_is_an_error(name: str, kind: str) -> None:
    read, _, expected = READERS[name]
    if kind == expected:
        return
    with pytest.raises(StreamError) as caught:
        read({"key": VALUES[kind]}, "key", "items[2]")
    assert str(caught.value) == f"items[2].key is {kind}; expected {expected}"


def test_an_integer_below_zero_is_an_error() -> None:
    with pytest.raises(StreamError, match=r"^index is below 0; expected an integer of 0 or more$"):
        _field.integer({"index": -1}, "index", "")


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_number_that_json_cannot_write_is_an_error(value: float) -> None:
    with pytest.raises(StreamError, match=r"^likelihood is not finite; expected a number$"):
        _field.number({"likelihood": value}, "likelihood", "")
    assert not _field.is_finite(value)
    assert _field.is_finite(10**400)


def test_a_boolean_is_false_when_it_is_absent() -> None:
    assert _field.boolean({"key": True}, "key", "") is True
    assert _field.boolean({"key": False}, "key", "") is False
    assert _field.boolean({"key": None}, "key", "") is False
    assert _field.boolean({}, "key", "") is False
    with pytest.raises(StreamError, match="key is a number; expected true or false"):
        _field.boolean({"key": 1}, "key", "")


def test_each_json_type_has_a_name() -> None:
    kinds = [_field.kind(value) for value in json.loads('[null,true,"a",1,1.5,[],{}]')]
    assert kinds == [
        "null",
        "a boolean",
        "a string",
        "a number",
        "a number",
        "an array",
        "an object",
    ]
    assert _field.kind(b"") == "a Python bytes"


def test_a_message_shows_few_keys_and_shortens_each() -> None:
    assert _field.quoted({}) == "no keys"
    assert _field.quoted({"a": 1, "b": 2}) == "'a', 'b'"
    assert _field.keys_of({"a": 1, "b": 2}) == "the keys 'a', 'b'"
    assert _field.keys_of({}) == "no keys"
    shown = _field.quoted({"x" * 1000: 0} | dict.fromkeys(range(20), 0))
    assert shown.endswith("10 and 9 more")
    assert len(shown) < 120


def test_a_message_shows_a_short_word_but_no_other_string() -> None:
    assert _field.word("LEFT") == '"LEFT"'
    assert _field.word("likelihood_2") == '"likelihood_2"'
    for text in ("", "a b", "x" * 21, "Grüße", "7", 'a"b'):
        assert _field.word(text) == f"a string of {len(text)} characters"


def test_a_flag_must_be_a_bool() -> None:
    _field.check_flag(first=True, second=False)
    with pytest.raises(
        InvalidRequestError, match=r"^second is of type str; expected True or False$"
    ):
        _field.check_flag(first=True, second="secret")
    with pytest.raises(InvalidRequestError, match=r"^first is None; expected True or False$"):
        _field.check_flag(first=None)


def test_unknown_fields_are_extra() -> None:
    known = frozenset(("text",))
    assert _field.extra_of({"text": "a"}, known) is None
    assert _field.extra_of({"text": "a", "id": None, "extra": 1}, known) == {"id": None, "extra": 1}
    assert _field.extra_of({"text": "a", "extra": {"b": 1}}, known) == {"extra": {"b": 1}}


def test_a_counted_noun_is_singular_for_one_only() -> None:
    assert [_field.counted(count, "item") for count in (0, 1, 2)] == [
        "0 items",
        "1 item",
        "2 items",
    ]
