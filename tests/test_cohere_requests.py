"""Requests of Embed, Rerank, classify and summarize: limits and bodies."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from clients import both_modes
from cohere_aws import EmbedRequest, InvalidRequestError, Mode
from cohere_aws._cohere_requests import (
    ClassifyRequest,
    RerankRequest,
    SummarizeRequest,
)

WHOLE = ([1, 10**6], [0, -1, 1.5, True, "1"], "an integer of 1 or more")
TEXT = (["a", ""], [5, ["a"]], "a string")
TEXTS = ([["a"], ("a", "b")], ["a", [5], {"a"}], "a list of strings")
DICT = ([{}, {"a": 1}], ["a", {1: 2}], "a dict with strings for keys")
LONG = ["a"] * 97
INPUT = {"content": [{"type": "text", "text": "a"}]}
MIXED = "a list of strings, or of dicts with strings for keys"
SMALLEST: dict[type[Any], dict[str, Any]] = {
    EmbedRequest: {"texts": ["a"]},
    RerankRequest: {"query": "a", "documents": ["b"]},
    ClassifyRequest: {"input": ["a"], "name": "m"},
    SummarizeRequest: {"text": "a"},
}
# The keys of the body that differ from the parameter.
KEYS: dict[type[Any], dict[str, str]] = {ClassifyRequest: {"input": "texts", "name": "model_id"}}
# For each parameter: values within its limits, values beyond them, and what is expected.
LIMITS: dict[type[Any], dict[str, tuple[list[Any], list[Any], str]]] = {
    EmbedRequest: {
        "texts": ([["a"], ["a"] * 96], ["a", [5], LONG], "a list of at most 96 strings"),
        "images": ([["a"], ["a"] * 96], ["a", [5], LONG], "a list of at most 96 strings"),
        "inputs": ([[INPUT], [INPUT] * 96], ["a", [INPUT] * 97, ["a"]], "a list of "),
        "truncate": TEXT,
        "input_type": (
            ["search_document", "search_query", "classification", "clustering", "image"],
            ["document", "SEARCH_QUERY", 5],
            "one of search_document, search_query, classification, clustering, image",
        ),
        "output_dimension": WHOLE,
        "embedding_types": TEXTS,
        "max_tokens": WHOLE,
        "extra": DICT,
    },
    RerankRequest: {
        "query": TEXT,
        "documents": ([["a"], [{"a": 1}, "b"]], ["a", [5], [{1: 2}], {}], MIXED),
        "top_n": WHOLE,
        "return_documents": ([True, False], ["true", 1], "True or False"),
        "max_chunks_per_doc": WHOLE,
        "rank_fields": TEXTS,
        "max_tokens_per_doc": WHOLE,
        "api_version": ([2, 3], [1, "2"], "an integer of 2 or more"),
        "extra": DICT,
    },
    ClassifyRequest: {"input": TEXTS, "name": TEXT},
    SummarizeRequest: {
        "text": TEXT,
        "length": TEXT,
        "format_": TEXT,
        "extractiveness": TEXT,
        "temperature": ([0, 5], [-0.1, 5.1], "a number from 0 to 5"),
        "additional_command": TEXT,
    },
}
CASES = [(kind, name) for kind, limits in LIMITS.items() for name in limits]


def arguments_with(kind: Any, name: str, value: Any) -> dict[str, Any]:
    base = {} if name in {"images", "inputs"} else SMALLEST[kind]
    return {**base, name: value}


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_each_parameter_has_a_limit(kind: Any, name: str) -> None:
    valid, invalid, expected = LIMITS[kind][name]
    for value in valid:
        found = getattr(kind(**arguments_with(kind, name, value)), name)
        assert found == (type(found)(value) if isinstance(value, (list, tuple)) else value)
    for value in invalid:
        with pytest.raises(InvalidRequestError) as caught:
            kind(**arguments_with(kind, name, value))
        assert str(caught.value).startswith(f"{name} ")
        assert f"; expected {expected}" in str(caught.value)


@pytest.mark.parametrize("kind", LIMITS)
def test_the_table_has_all_parameters(kind: Any) -> None:
    assert [each.name for each in fields(kind)] == list(LIMITS[kind])


@pytest.mark.parametrize("kind", LIMITS)
@both_modes
def test_the_body_has_what_is_set(kind: Any, mode: Mode) -> None:
    given = {**SMALLEST[kind], **({"input_type": "image"} if kind is EmbedRequest else {})}
    arguments = kind(**given)._arguments(mode, "body", stream=False)
    assert list(arguments) == ["body"]
    names = KEYS.get(kind, {})
    expected = {names.get(name, name): value for name, value in given.items()}
    assert json.loads(arguments["body"]) == expected


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (
            RerankRequest,
            {"query": 5, "documents": []},
            (
                "2 problems:\n  query is 5; expected a string\n"
                "  documents is empty; expected at least 1 item"
            ),
        ),
        (
            ClassifyRequest,
            {"input": (), "name": 5},
            (
                "2 problems:\n  input is empty; expected at least 1 item\n"
                "  name is 5; expected a string"
            ),
        ),
    ],
)
def test_nothing_to_rank_or_classify(kind: Any, given: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        kind(**given)
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (EmbedRequest, "texts"),
        (EmbedRequest, "images"),
        (EmbedRequest, "inputs"),
        (EmbedRequest, "embedding_types"),
        (EmbedRequest, "extra"),
        (RerankRequest, "documents"),
        (RerankRequest, "rank_fields"),
        (RerankRequest, "extra"),
        (ClassifyRequest, "input"),
    ],
)
def test_a_request_keeps_copies(kind: Any, name: str) -> None:
    given: Any = {"a": 1} if name == "extra" else ["a"]
    if name == "inputs":
        given = [{"content": []}]
    request = kind(**arguments_with(kind, name, given))
    before = request.body()
    given.clear()
    assert request.body() == before
    assert isinstance(hash(request), int)


def test_documents_that_are_not_json() -> None:
    with pytest.raises(InvalidRequestError, match=r"^documents is not JSON: TypeError$"):
        RerankRequest(query="a", documents=[{"a": {1}}])
