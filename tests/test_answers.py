"""What the answers of Embed, Rerank, classify and summarize have in common."""

from __future__ import annotations

import math
import re
from typing import Any, ClassVar

import pytest

from cohere_aws import CohereError, ServiceError, StreamError, Usage
from cohere_aws._answers import (
    Listed,
    check_list,
    common_fields,
    extra_in,
    is_written,
    object_of,
    required,
    written,
)


class Names(Listed[str]):
    _list: ClassVar = "names"

    def __init__(self, names: list[str], *, id: str | None = None) -> None:  # noqa: A002  # as the service calls it
        self._set(names=names, id=id)


def test_a_record_reads_like_its_list() -> None:
    names = Names(["a", "b"], id="i")
    assert list(names) == list(names) == ["a", "b"]
    assert (len(names), names[0], names[-1], names[:1]) == (2, "a", "b", ["a"])
    assert not Names([])
    assert names["names"] is names.names  # type: ignore[attr-defined]
    assert (names["id"], names.get("id"), "id" in names, "id" in Names([])) == (
        "i",
        "i",
        True,
        False,
    )
    assert 5 not in names
    with pytest.raises(KeyError, match="not a field of Names; it has names, id"):
        names["a"]
    with pytest.raises(IndexError):
        names[2]


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, "null"), ("secret", "a string"), (5, "a number"), ([], "an array")],
)
def test_a_body_that_is_not_an_object(value: Any, kind: str) -> None:
    with pytest.raises(StreamError, match=f"^the response is {kind}; expected an object$"):
        object_of(value, "results")


@pytest.mark.parametrize(
    "body",
    [
        {"message": "too many texts"},
        {"id": "i", "message": "too many texts"},
        {"error": {"message": "too many texts"}},
        {"message": "too many texts", "results": None},
        {"message": "too many texts", "results": []},
    ],
)
def test_a_body_that_is_an_error(body: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="too many texts"):
        object_of(body, "results")


def test_a_body_with_a_result_is_not_an_error() -> None:
    body = {"message": "words", "results": [1]}
    assert object_of(body, "results") is body
    response = {"ResponseMetadata": {}, "body": object()}
    with pytest.raises(StreamError) as caught:
        object_of(response, "results")
    assert str(caught.value) == (
        "expected a body; found a response of boto3 with the keys 'ResponseMetadata', 'body'; "
        "from_response() reads it"
    )
    assert object_of(body, "others", "results") is body


def test_a_field_that_is_required() -> None:
    assert required({}, "results", []) == []
    with pytest.raises(StreamError, match=r"^the response has no 'results'; it has 'id'$"):
        required({"id": "i"}, "results", None)
    with pytest.raises(StreamError, match=r"^results\[0\] has no 'index'; it has no keys$"):
        required({}, "index", None, "results[0]")


@pytest.mark.parametrize("value", [[], (), {1}, Names([])])
def test_an_argument_like_a_list(value: object) -> None:
    check_list(value, "name", "a list")


@pytest.mark.parametrize(
    ("value", "found"),
    [("a", "of type str"), (b"", "of type bytes"), ({}, "of type dict"), (None, "None")],
)
def test_an_argument_that_is_not_a_list(value: Any, found: str) -> None:
    with pytest.raises(TypeError, match=f"^name is {found}; expected a list$"):
        check_list(value, "name", "a list")


def fields(body: dict[str, Any], usage: Usage | None = None) -> dict[str, Any]:
    return common_fields(body, "rerank", frozenset(("results",)), usage)


def test_the_fields_of_a_body() -> None:
    meta = {"api_version": {"version": "1"}}
    body = {"results": [], "id": "i", "meta": meta, "new": 1, "extra": 2}
    found = fields(body)
    assert found == {"id": "i", "meta": meta, "usage": None, "extra": {"new": 1, "extra": 2}}
    assert found["meta"] is not meta
    assert fields({"results": []}) == dict.fromkeys(("id", "meta", "usage", "extra"))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"id": 5}, "id is a number; expected a string"),
        ({"meta": []}, "meta is an array; expected an object"),
        ({"dialect": "embed"}, 'dialect is "embed"; expected "rerank"'),
        ({"dialect": None}, 'dialect is null; expected "rerank"'),
        ({"dialect": "rerank", "extra": 5}, "extra is a number; expected an object"),
        ({"dialect": "rerank", "usage": 5}, "usage is a number; expected an object"),
        (
            {"dialect": "rerank", "usage": {"input_tokens": -1}},
            "usage.input_tokens is below 0; expected an integer of 0 or more",
        ),
        (
            {"dialect": "rerank", "usage": {"new": 1}},
            "usage has the keys 'new', which to_dict() does not write",
        ),
        (
            {"dialect": "rerank", "new": 1},
            "the response has the keys 'new', which to_dict() does not write",
        ),
    ],
)
def test_fields_of_another_type(body: dict[str, Any], message: str) -> None:
    with pytest.raises(StreamError, match=f"^{re.escape(message)}$"):
        fields(body)


@pytest.mark.parametrize(
    ("meta", "usage"),
    [
        ({}, None),
        ({"billed_units": None}, None),
        ({"billed_units": {"search_units": 1}}, None),
        ({"billed_units": {"input_tokens": 4}}, Usage(4)),
        ({"billed_units": {"input_tokens": 4.0, "output_tokens": 5}}, Usage(4, 5)),
        ({"billed_units": {"input_tokens": 4}, "tokens": {"input_tokens": 70}}, Usage(70)),
        ({"billed_units": {"input_tokens": 4}, "tokens": {}}, Usage(4)),
    ],
)
def test_usage_in_meta(meta: dict[str, Any], usage: Usage | None) -> None:
    found = fields({"meta": meta})["usage"]
    assert found == usage
    assert found is None or type(found.input_tokens) is int


@pytest.mark.parametrize("count", [None, "4", True, -1, 4.5, math.inf, math.nan, [], {}])
def test_a_count_that_cannot_be_read_is_left_out(count: Any) -> None:
    assert fields({"meta": {"billed_units": {"input_tokens": count}}})["usage"] is None


def test_usage_in_headers_takes_precedence() -> None:
    meta = {"billed_units": {"input_tokens": 4, "output_tokens": 5}}
    assert fields({"meta": meta}, Usage(6, None, 79))["usage"] == Usage(6, 5, 79)
    assert fields({}, Usage())["usage"] is None
    assert fields({"dialect": "rerank", "usage": {"input_tokens": 4}}, Usage(6))["usage"] == Usage(
        6
    )


class Answer:
    def __init__(self, **found: Any) -> None:
        vars(self).update(found)


@pytest.mark.parametrize(
    "found",
    [
        dict.fromkeys(("id", "meta", "usage", "extra")),
        {"id": "i", "meta": {"a": 1}, "usage": Usage(4), "extra": {"usage": 1, "dialect": 2}},
        # Without the dict of the usage, the tokens in meta would count.
        {"id": None, "meta": {"tokens": {"input_tokens": 1}}, "usage": None, "extra": None},
    ],
)
def test_what_to_dict_writes_is_read_back(found: dict[str, Any]) -> None:
    body = written(Answer(**found), "rerank", results=[], other=None)
    assert next(iter(body)) == "results"
    assert None not in body.values()
    assert is_written(body, "rerank")
    assert fields(body) == found


def test_a_body_of_the_service_was_not_written_by_to_dict() -> None:
    assert not is_written({"results": []}, "rerank")
    with pytest.raises(CohereError, match=r"^dialect is an array; expected"):
        is_written({"dialect": ["secret"]}, "rerank")


def test_the_extra_of_a_part() -> None:
    source = {"index": 1, "extra": {"a": 1}}
    keys = frozenset(("index",))
    assert extra_in(source, keys, "", from_to_dict=False) == {"extra": {"a": 1}}
    assert extra_in(source, keys, "", from_to_dict=True) == {"a": 1}
    with pytest.raises(StreamError, match=r"^results\[0\]\.extra is a number"):
        extra_in({"extra": 1}, keys, "results[0]", from_to_dict=True)
    with pytest.raises(StreamError, match=r"^results\[0\] has the keys 'new', which to_dict\(\) d"):
        extra_in({"new": 1} | source, keys, "results[0]", from_to_dict=True)
