"""The base classes of results: repr, fields as keys, equality, copies."""

from __future__ import annotations

import copy
import pickle
from typing import Any, ClassVar

import pytest

from cohere_aws.response import (
    AnswerRecord,
    CohereObject,
    HasMetadata,
    Part,
    Record,
    Viewable,
    metadata_of,
    with_metadata,
)


class Sample(CohereObject):
    _documented: ClassVar = ("token", "likelihood")

    def __init__(self) -> None:
        self.token = " a"
        self.likelihood = None
        self.id = None
        self.index = 0
        self._hidden = "never shown"


def test_the_repr_shows_documented_fields_and_those_that_are_not_none() -> None:
    assert repr(Sample()) == "cohere.Sample {\n\ttoken:  a\n\tlikelihood: None\n\tindex: 0\n}"


def test_fields_are_keys() -> None:
    sample = Sample()
    assert sample["token"] == sample.token == sample.get("token")
    assert sample["likelihood"] is None
    assert "token" in sample
    assert "likelihood" not in sample  # None counts as absent
    assert sample.get("likelihood", 1.0) == 1.0
    assert sample.get("unknown") is None


@pytest.mark.parametrize("key", ["unknown", "_hidden", "get", 0])
def test_the_error_for_an_unknown_key_lists_the_fields(key: object) -> None:
    with pytest.raises(
        KeyError, match=r"not a field of Sample; it has token, likelihood, id, index"
    ):
        Sample()[key]
    assert key not in Sample()


def test_a_result_can_be_read_like_a_dict() -> None:
    sample = Sample()
    assert dict(sample) == {**sample} == {"token": " a", "index": 0}
    assert sample.keys() == {"token", "index"}
    assert list(sample.values()) == [" a", 0]
    assert list(sample.items()) == [("token", " a"), ("index", 0)]


class Named(Part):
    def __init__(self, **fields: Any) -> None:
        self._set(**fields)


def test_a_part_iterates_over_the_names_of_its_fields() -> None:
    assert list(Named(text="a", id=None, index=0)) == ["text", "index"]
    assert "text" in Named(text="a")


def test_the_repr_indents_results_inside_a_result() -> None:
    inner = Named(text="two\nlines")
    assert repr(Named(inner=inner, several=[inner, "a\nb"])) == (
        "cohere.Named {\n"
        "\tinner: cohere.Named {\n\t\ttext: two\n\tlines\n\t}\n"
        "\tseveral: [cohere.Named {\n\t\ttext: two\n\tlines\n\t}, 'a\\nb']\n"
        "}"
    )
    assert repr(Named(text="two\nlines")) == "cohere.Named {\n\ttext: two\nlines\n}"


class Value(Record):
    def __init__(self, *, name: str, parts: list[Any]) -> None:
        self._set(name=name, parts=parts, _hidden=object())


class Other(Value):
    pass


def test_records_are_equal_by_value_and_by_class() -> None:
    assert Value(name="a", parts=[1]) == Value(name="a", parts=[1])
    assert Value(name="a", parts=[1]) != Value(name="b", parts=[1])
    assert Value(name="a", parts=[1]) != Value(name="a", parts=[2])
    assert Value(name="a", parts=[]) != Other(name="a", parts=[])
    assert Value(name="a", parts=[]) != "a"


def test_records_that_hold_lists_can_be_hashed() -> None:
    assert (
        len({Value(name="a", parts=[1]), Value(name="a", parts=[1]), Value(name="b", parts=[])})
        == 2
    )


def test_records_are_frozen() -> None:
    value = Value(name="a", parts=[])
    with pytest.raises(AttributeError, match=r"Value\.name cannot be set: a result is frozen"):
        value.name = "b"
    with pytest.raises(AttributeError, match=r"Value\.name cannot be deleted: a result is frozen"):
        del value.name


def test_copies_and_pickles_have_the_public_fields_alone() -> None:
    value = Value(name="a", parts=[1])
    for twin in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert twin == value
        assert list(vars(twin)) == ["name", "parts"]


def test_a_view_is_part_of_a_notebook_or_a_page() -> None:
    class Line(Viewable):
        def _view(self) -> str:
            return "<b>text</b>"

    part, page = Line()._repr_html_(), Line().to_html()
    assert part.startswith("<div ")
    assert part.endswith("<b>text</b></div>")
    assert page.startswith("<!doctype html>")
    assert "<title>Line</title>" in page
    assert part in page


METADATA = {"RequestId": "r-1", "HTTPStatusCode": 200, "HTTPHeaders": {"date": "today"}}


class Answer(AnswerRecord):
    def __init__(self, text: str) -> None:
        self._set(text=text)


def test_an_answer_knows_its_response() -> None:
    answer = with_metadata(Answer("a"), METADATA)
    assert (answer.request_id, answer.response_headers) == ("r-1", {"date": "today"})
    answer.response_headers.clear()  # a copy
    for twin in (copy.copy(answer), copy.deepcopy(answer), pickle.loads(pickle.dumps(answer))):
        assert (twin.request_id, twin.response_headers) == ("r-1", {"date": "today"})


def test_the_response_is_not_a_field() -> None:
    answer, alone = with_metadata(Answer("a"), METADATA), Answer("a")
    assert (answer, hash(answer), repr(answer)) == (alone, hash(alone), repr(alone))
    assert dict(answer.items()) == {"text": "a"}


@pytest.mark.parametrize("metadata", [None, {}, {"RequestId": None, "HTTPHeaders": None}])
def test_an_answer_without_a_response(metadata: Any) -> None:
    answer = with_metadata(Answer("a"), metadata)
    assert (answer.request_id, answer.response_headers) == (None, {})
    assert copy.copy(answer) == answer
    assert (HasMetadata().request_id, HasMetadata().response_headers) == (None, {})


def test_no_response_leaves_an_answer_as_it_is() -> None:
    assert vars(with_metadata(Answer("a"), None)) == {"text": "a"}


def test_the_metadata_in_a_response() -> None:
    assert metadata_of({"ResponseMetadata": METADATA}) is METADATA
    for response in ({}, {"ResponseMetadata": "text"}, "text"):
        assert metadata_of(response) is None
