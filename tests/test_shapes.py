"""Rules for nested values: the path of each problem, and what is not checked."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws._rules import OverLimit, between, flag, problems_with, string
from cohere_aws._shapes import (
    any_blob,
    blob,
    document,
    list_of,
    map_of,
    plain,
    structure,
    text,
    union,
)

if TYPE_CHECKING:
    from cohere_aws._rules import PartsRule

SECRET = "a secret text"
DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


def problems(rule: PartsRule, value: Any) -> list[str]:
    return problems_with("it", rule(value))


@pytest.mark.parametrize(
    ("rule", "valid", "invalid", "expected"),
    [
        (text(), ["", "a"], [5, None], "a string"),
        (text(1), ["a"], [""], "a string of at least 1 character"),
        (text(1, 3), ["a", "abc"], ["", "abcd"], "a string of 1 to 3 characters"),
        (text(0, 1), ["", "a"], ["ab"], "a string of 0 to 1 character"),
        (text(pattern="[ab]+"), ["ab"], ["", "abc", "ab\n"], "a string that matches [ab]+"),
        (text(1, 3, "[ab]+", "a or b"), ["ab"], ["c"], "a string of 1 to 3 characters: a or b"),
    ],
)
def test_text(rule: Any, valid: list[Any], invalid: list[Any], expected: str) -> None:
    assert [rule(value) for value in valid] == [None] * len(valid)
    for value in invalid:
        [problem] = problems(rule, value)
        assert problem.endswith(f"; expected {expected}")


def test_a_string_of_the_right_type_may_be_over_a_limit() -> None:
    assert isinstance(text(1)(""), OverLimit)
    assert isinstance(text()(5), str)


def test_messages_show_no_content() -> None:
    values = [{"a": SECRET}, {"a": [SECRET]}, {"a": {SECRET: SECRET}}, SECRET, [SECRET]]
    rules = [text(0, 3), blob, flag, list_of(flag), map_of(flag, flag), union(b=flag)]
    for rule in rules:
        for value in values:
            assert SECRET not in "".join(problems(structure(a=rule), value))


def test_blobs() -> None:
    for value in (b"a", bytearray(b"a")):
        assert blob(value) is any_blob(value) is None
    assert any_blob(b"") is None
    expected = "expected bytes, at least 1 (boto3 encodes them as base64)"
    assert blob(b"") == f"is 0 bytes; {expected}"
    assert blob("YQ==") == any_blob("YQ==") == f"is a str of 4 characters; {expected}"


@pytest.mark.parametrize("value", [None, 1, "a", [1, None], (1,), {"a": [0.5]}, {}])
def test_documents(value: Any) -> None:
    assert document(value) is None
    assert document(MappingProxyType({"a": value})) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (b"a", "is not JSON: TypeError"),
        ([math.nan], "is not JSON: ValueError"),
        (DEEP, "is nested too deeply"),
    ],
    ids=["bytes", "nan", "deep"],
)
def test_documents_that_are_not_json(value: Any, problem: str) -> None:
    assert document(value) == problem


def test_structures() -> None:
    rule = structure("a", "b", a=flag, b=string, c=list_of(string))
    assert problems(rule, {"a": True, "b": ""}) == []
    assert problems(rule, MappingProxyType({"a": True, "b": ""})) == []
    assert problems(rule, {"a": 1, "c": ["", None]}) == [
        "it.b is missing",
        "it.a is 1; expected True or False",
        "it.c[1] is None; expected a string",
    ]
    assert problems(rule, [1]) == ["it is a list of 1 item; expected a dict with strings for keys"]
    assert problems(rule, {1: 1}) == [
        "it is a dict of 1 item; expected a dict with strings for keys"
    ]


def test_unions() -> None:
    rule = union(a=flag, b=string)
    assert problems(rule, {"a": True}) == problems(rule, {"b": ""}) == []
    expected = "expected exactly one of a, b"
    assert problems(rule, {}) == [f"it has 0 members; {expected}"]
    assert problems(rule, {"a": 1, "c": 2}) == [
        f"it has 2 members; {expected}",
        "it.a is 1; expected True or False",
    ]
    assert problems(rule, 5) == ["it is 5; expected a dict with strings for keys"]
    assert problems(union(a=flag), {"b": 1, "c": 2}) == ["it has 2 members; expected a alone"]


@pytest.mark.parametrize("rule", [structure(a=flag), union(a=flag)])
def test_the_value_of_an_unknown_member_is_not_checked_but_can_be_copied(rule: PartsRule) -> None:
    assert problems(rule, {"new": {"b": [b"", {5}]}}) == []
    assert problems(rule, {"new": DEEP}) == ["it.new is nested too deeply"]
    assert problems(rule, {"new" * 99: DEEP}) == [f"it.{('new' * 99)[:40]} is nested too deeply"]


def test_lists() -> None:
    assert problems(list_of(flag), []) == problems(list_of(flag), (True, False)) == []
    assert problems(list_of(flag), {1}) == ["it is a set; expected a list"]
    assert problems(list_of(flag), "ab") == ["it is a str of 2 characters; expected a list"]
    at_least = list_of(flag, least=1)
    assert problems(at_least, []) == ["it is a list of 0 items; expected a list of 1 or more items"]
    at_most = list_of(list_of(flag), most=2)
    assert problems(at_most, [[], []]) == []
    assert problems(at_most, [[1], [], [True, 2]]) == [
        "it is a list of 3 items; expected a list of 0 to 2 items",
        "it[0][0] is 1; expected True or False",
        "it[2][1] is 2; expected True or False",
    ]


def test_maps() -> None:
    rule = map_of(text(0, 9), between(0, 5), least=1, most=2)
    assert problems(rule, {"a": 1, "b": 2}) == []
    assert problems(rule, {}) == ["it is a dict of 0 items; expected a dict of 1 to 2 items"]
    assert problems(rule, {"a": 6, SECRET: 7, "c": 1}) == [
        "it is a dict of 3 items; expected a dict of 1 to 2 items",
        'it["a"] is 6; expected a number from 0 to 5',
        "it key 1 is a str of 13 characters; expected a string of 0 to 9 characters",
        "it[key 1] is 7; expected a number from 0 to 5",
    ]
    assert problems(map_of(string, flag), {}) == []
    assert problems(map_of(string, flag), [1])[0].startswith("it is a list of 1 item; expected a d")


def test_a_copy_has_the_types_of_boto3() -> None:
    given = MappingProxyType({"a": (b"b", bytearray(b"c")), "d": [{"e": None}]})
    copy = plain(given)
    assert copy == {"a": [b"b", b"c"], "d": [{"e": None}]}
    assert [type(copy), type(copy["a"]), type(copy["a"][1])] == [dict, list, bytes]
    assert copy["d"][0] is not given["d"][0]
