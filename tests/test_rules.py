"""Rules for the values of request fields, and their messages."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cohere_aws._rules import (
    OverLimit,
    Rule,
    between,
    flag,
    json_object,
    json_objects,
    mapping,
    message_for,
    near,
    one_of,
    problem_in_json,
    problems_with,
    shown,
    string,
    strings,
    strings_or_objects,
    token_biases,
    unknown_parameter,
)

SECRET = "a secret text"
HUGE = 10**5000


def broken(rule: Rule, value: Any) -> str:
    """Return the problem with a value of the wrong type."""
    problem = rule(value)
    assert isinstance(problem, str)
    return problem


def over(rule: Rule, value: Any) -> tuple[str, str]:
    """Return the problem with a value that is beyond a limit, and the value in its workaround."""
    problem = rule(value)
    assert isinstance(problem, OverLimit)
    return problem


def test_string() -> None:
    assert string("") is None
    assert broken(string, b"hello") == "is a bytes; expected a string"
    assert broken(string, ["hello"]) == "is a list of 1 item; expected a string"


@pytest.mark.parametrize(
    ("rule", "expected", "valid", "beyond"),
    [
        (between(0, 5), "a number from 0 to 5", [0, 0.5, 5, 5.0], [-1, -0.1, 6]),
        (between(1, 5, whole=True), "an integer from 1 to 5", [1, 5], [0, 6]),
        (between(1, math.inf, whole=True), "an integer of 1 or more", [1, HUGE], [0]),
        (between(0, 1, strict=True), "a number above 0 and below 1", [0.1, 0.9], [0, 1, 1.0]),
        (between(0, math.inf, strict=True), "a number above 0", [0.1, HUGE], [0, -1]),
    ],
)
def test_between(rule: Rule, expected: str, valid: list[Any], beyond: list[Any]) -> None:
    for value in valid:
        assert rule(value) is None
    for value in beyond:
        assert over(rule, value) == (f"is {value!r}; expected {expected}", repr(value))
    for value in (math.nan, math.inf, -math.inf, True):
        assert broken(rule, value) == f"is {value!r}; expected {expected}"
    assert broken(rule, "1") == f"is a str of 1 character; expected {expected}"
    assert broken(rule, [1, 2]) == f"is a list of 2 items; expected {expected}"
    assert broken(rule, None) == f"is None; expected {expected}"


def test_an_integer_is_not_a_float() -> None:
    rule = between(1, 5, whole=True)
    assert broken(rule, 2.0) == "is 2.0; expected an integer from 1 to 5"


def test_a_huge_integer_is_not_shown() -> None:
    problem = "is an int of 16610 bits; expected a number from 0 to 5"
    assert over(between(0, 5), HUGE) == (problem, "…")


def test_one_of() -> None:
    rule = one_of("NONE", "START", "END")
    expected = "expected one of NONE, START, END"
    assert rule("START") is None
    assert broken(rule, "start") == f'is "start"; {expected}; did you mean "START"?'
    assert broken(one_of("png", "jpeg"), "JPG").endswith('; did you mean "jpeg"?')
    assert over(rule, "LEFT") == (f'is "LEFT"; {expected}', '"LEFT"')
    assert over(rule, SECRET) == (f"is a str of 13 characters; {expected}", "…")
    assert broken(rule, ["NONE"]) == f"is a list of 1 item; {expected}"


def test_strings() -> None:
    rule, expected = strings(4), "expected a list of at most 4 strings"
    assert rule(["", "b"]) is rule(("a",)) is None
    assert broken(rule, SECRET) == f"is a str of 13 characters; {expected}"
    assert broken(rule, {"a"}) == f"is a set; {expected}"
    assert broken(rule, ["a", 7]) == f"holds 7; {expected}"
    assert over(rule, list("abcde")) == (f"has 5 strings; {expected}", "…")


def test_strings_of_a_length() -> None:
    rule, expected = strings(1, shortest=1), "expected a list of at most 1 string of at least 1 ch"
    assert rule(["a"]) is None
    assert broken(rule, [""]).startswith(f"holds a str of 0 characters; {expected}")


def test_token_biases() -> None:
    expected = "expected token IDs (integers of 0 or more) with numbers from -10 to 10"
    assert token_biases({"7": 10, 8: -10}) is None
    assert broken(token_biases, [7]) == f"is a list of 1 item; {expected}"
    assert broken(token_biases, {7: "x"}) == f"holds a str of 1 character for token 7; {expected}"
    assert over(token_biases, {7: 11}) == (f"holds 11 for token 7; {expected}", "…")
    tokens: list[tuple[Any, str]] = [
        (-1, "-1"),
        (True, "True"),
        (1.0, "1.0"),
        ("word", "a str of 4 characters"),
        ("\u0661", "a str of 1 character"),
        ("1" * 5000, "a str of 5000 characters"),
        (HUGE, "an int of 16610 bits"),
    ]
    for token, found in tokens:
        assert broken(token_biases, {token: 1}) == f"has the token {found}; {expected}"


def test_mapping() -> None:
    expected = "expected a dict with strings for keys"
    assert mapping({"a": 1}) is None
    assert broken(mapping, [1]) == f"is a list of 1 item; {expected}"
    assert broken(mapping, {1: 1}) == f"is a dict of 1 item; {expected}"


def test_the_messages_for_a_field() -> None:
    assert problems_with("k", None) == []
    assert problems_with("k", "is True; expected a number") == ["k is True; expected a number"]
    parts = [" has 2 items", "[0].text is 7; expected a string"]
    assert problems_with("k", parts) == ["k has 2 items", "k[0].text is 7; expected a string"]


def test_a_workaround_for_a_limit_needs_extra() -> None:
    beyond = OverLimit("is 7; expected 6", "7")
    assert problems_with("k", beyond) == ["k is 7; expected 6"]
    assert problems_with("k", beyond, has_extra=True) == [
        'k is 7; expected 6; to send it anyway: extra={"k": 7}'
    ]


def test_the_message_for_an_unknown_parameter() -> None:
    hint = "did you mean temperature?"
    assert unknown_parameter("temprature", ["p", "temperature"]) == (
        f"temprature is not a parameter; {hint}"
    )
    hint = "pass other parameters of the model in extra"
    assert unknown_parameter("zzz", ["p"]) == f"zzz is not a parameter; {hint}"
    assert unknown_parameter(SECRET * 9, []) == f"{(SECRET * 9)[:40]} is not a parameter; {hint}"
    assert unknown_parameter("zzz", ["p", "k"], has_extra=False) == (
        "zzz is not a parameter; expected one of p, k"
    )


def test_one_message_for_all_problems() -> None:
    assert message_for(["a is 1"]) == "a is 1"
    assert message_for(["a is 1", "b is 2"]) == "2 problems:\n  a is 1\n  b is 2"


def test_strings_without_a_limit() -> None:
    assert strings()(["a"] * 100) is None
    assert broken(strings(), "a") == "is a str of 1 character; expected a list of strings"


def test_a_similar_name() -> None:
    assert near("temprature", ["p", "temperature"]) == "temperature"
    assert near("zzz", ["p"]) is None


def test_a_value_is_shown_without_content() -> None:
    values = [None, 1.5, HUGE, "ab", [1], object()]
    assert [shown(value) for value in values] == [
        "None", "1.5", "an int of 16610 bits", "a str of 2 characters", "a list of 1 item",
        "an object",
    ]  # fmt: skip


def test_flag() -> None:
    assert [flag(value) for value in (True, False)] == [None, None]
    assert broken(flag, 0) == "is 0; expected True or False"
    assert broken(flag, "false") == "is a str of 5 characters; expected True or False"


@pytest.mark.parametrize("value", [{}, {"a": [1, None, {"b": 0.5}]}])
def test_json_object(value: Any) -> None:
    assert json_object(value) is None
    assert json_objects([value]) is None
    assert json_objects((value, value)) is None
    assert json_objects([]) is None


CYCLE: dict[str, Any] = {}
CYCLE["a"] = CYCLE


@pytest.mark.parametrize(
    ("value", "error"),
    [({"a": b""}, "TypeError"), ({"a": [math.nan]}, "ValueError"), (CYCLE, "ValueError")],
)
def test_values_that_json_cannot_write(value: Any, error: str) -> None:
    assert broken(json_object, value) == problem_in_json(value) == f"is not JSON: {error}"
    assert broken(json_objects, [{}, value]) == f"is not JSON: {error}"


def test_json_of_another_shape() -> None:
    expected = "expected a list of dicts with strings for keys"
    assert broken(json_object, [SECRET]) == (
        "is a list of 1 item; expected a dict with strings for keys"
    )
    assert broken(json_objects, SECRET) == f"is a str of 13 characters; {expected}"
    assert broken(json_objects, {}) == f"is a dict of 0 items; {expected}"
    assert broken(json_objects, [{}, SECRET]) == f"holds a str of 13 characters; {expected}"
    assert broken(json_objects, [{1: SECRET}]) == f"holds a dict of 1 item; {expected}"


@pytest.mark.parametrize("value", [[], ["a"], ("a", {"b": [1]}), [{}]])
def test_a_list_of_strings_and_dicts(value: Any) -> None:
    assert strings_or_objects(value) is None


def test_other_values_than_strings_and_dicts() -> None:
    expected = "expected a list of strings, or of dicts with strings for keys"
    for value, found in (
        (SECRET, "is a str of 13 characters"),
        ({}, "is a dict of 0 items"),
        (["a", 5], "holds 5"),
        ([{}, {1: SECRET}], "holds a dict of 1 item"),
    ):
        assert broken(strings_or_objects, value) == f"{found}; {expected}"
    assert broken(strings_or_objects, ["a", {"b": b""}]) == "is not JSON: TypeError"
