"""Rerank: results in their order, with the documents of the request."""

from __future__ import annotations

import copy
import io
import json
import pickle
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import (
    CohereObject,
    InvalidRequestError,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamError,
    Usage,
)
from cohere_aws.rerank import RerankDocument, Reranking, RerankResult
from strategies import extras, names, texts

# The forms of a body.
BEDROCK = {
    "results": [{"index": 2, "relevance_score": 0.75}, {"index": 0, "relevance_score": 0.25}]
}
SAGEMAKER = {
    "id": "r",
    "results": [{"document": {"Title": "A", "Content": "B"}, "index": 0, "relevance_score": 0.5}],
}
SINCE_3_5 = {
    "id": "r",
    "results": [{"index": 1, "relevance_score": 1}],
    "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
}
PLATFORM = {
    "results": [{"index": 0, "relevance_score": 0.5, "relevant_spans": [[0, 4]]}],
    "warnings": ["new"],
}
BODIES = [BEDROCK, SAGEMAKER, SINCE_3_5, PLATFORM, {"results": []}]
DOCUMENTS = ["first", {"text": "second", "page": 2}, {"Title": "third"}]


def test_the_results_of_a_body() -> None:
    answer = Reranking(BEDROCK)
    assert [(each.index, each.relevance_score) for each in answer] == [(2, 0.75), (0, 0.25)]
    assert [each.document for each in answer.results] == [None, None]
    assert answer.id is answer.meta is answer.usage is answer.extra is None
    assert isinstance(answer, CohereObject)


def test_all_fields_are_read_or_kept() -> None:
    answer = Reranking(SINCE_3_5)
    assert (answer.id, answer.meta, answer.usage) == ("r", SINCE_3_5["meta"], None)
    assert Reranking(SAGEMAKER)[0].document == {"Title": "A", "Content": "B"}
    answer = Reranking(PLATFORM)
    assert answer.extra == {"warnings": ["new"]}
    assert answer[0].extra == {"relevant_spans": [[0, 4]]}


def test_it_reads_like_a_list() -> None:
    answer = Reranking(BEDROCK)
    first, second = answer.results
    assert list(answer) == list(answer) == [first, second]
    assert (len(answer), answer[0], answer[-1], answer[:1]) == (2, first, second, [first])
    assert second in answer
    assert answer["results"] is answer.results


def test_documents_of_the_request_are_filled_in() -> None:
    answer = Reranking.from_dict(BEDROCK, documents=DOCUMENTS)
    assert [each.document for each in answer] == [{"Title": "third"}, {"text": "first"}]
    (result,) = Reranking(SINCE_3_5, documents=tuple(DOCUMENTS))
    assert result.document == {"text": "second", "page": 2}
    assert result.document is not DOCUMENTS[1]


def test_a_document_of_the_answer_is_kept() -> None:
    (result,) = Reranking(SAGEMAKER, documents=DOCUMENTS)
    assert result.document == {"Title": "A", "Content": "B"}


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (["a", "b"], "results[0].index is 2; the request has 2 documents"),
        (["a"], "results[0].index is 2; the request has 1 document"),
        ([], "results[0].index is 2; the request has 0 documents"),
    ],
)
@pytest.mark.parametrize("body", [BEDROCK, {"results": [SAGEMAKER["results"][0] | {"index": 2}]}])  # type: ignore[index, operator]
def test_a_result_without_its_document(
    documents: list[str], message: str, body: dict[str, Any]
) -> None:
    with pytest.raises(StreamError, match=f"^{re.escape(message)}$") as caught:
        Reranking(body, documents=documents)
    arrived = caught.value.answer
    assert isinstance(arrived, Reranking)
    assert [each.index for each in arrived] == [each["index"] for each in body["results"]]
    assert arrived[0].document == body["results"][0].get("document")


@pytest.mark.parametrize(
    ("indexes", "message"),
    [
        ([0, 0], "results[1].index is 0; results[0] has the same"),
        ([2, 0, 1, 2], "results[3].index is 2; results[0] has the same"),
        ([2, 0, 0], "results[2].index is 0; results[1] has the same"),
        ([1, 3, 1], "results[1].index is 3; the request has 3 documents"),
    ],
)
def test_each_result_has_its_own_document(indexes: list[int], message: str) -> None:
    body = {"results": [{"index": index, "relevance_score": 0.5} for index in indexes]}
    with pytest.raises(StreamError, match=f"^{re.escape(message)}$") as caught:
        Reranking(body, documents=DOCUMENTS)
    arrived = caught.value.answer
    assert isinstance(arrived, Reranking)
    assert [each.index for each in arrived] == indexes
    assert pickle.loads(pickle.dumps(caught.value)).answer == arrived
    # Without the documents, it is not known what the request was: results may be joined from two.
    assert [each.index for each in Reranking(body)] == indexes


def test_fewer_results_than_documents() -> None:
    assert len(Reranking(BEDROCK, documents=DOCUMENTS)) == 2  # as with top_n


@pytest.mark.parametrize(("document", "kind"), [(5, "of type int"), (None, "None")])
def test_a_document_of_another_type(document: Any, kind: str) -> None:
    message = rf"^documents\[2\] is {kind}; expected a string or a dict$"
    with pytest.raises(InvalidRequestError, match=message):
        Reranking(BEDROCK, documents=["a", "b", document])


def test_the_documented_reprs() -> None:
    answer = Reranking(BEDROCK, documents=DOCUMENTS)
    expected = (
        "[RerankResult<document: {'Title': 'third'}, index: 2, relevance_score: 0.75>, "
        "RerankResult<text: first, index: 0, relevance_score: 0.25>]"
    )
    assert repr(answer) == str(answer) == expected
    assert repr(RerankResult()) == "RerankResult<index: None, relevance_score: None>"
    assert repr(RerankDocument("first")) == "Document(text='first')"


def test_a_document_is_a_tuple_of_its_text() -> None:
    document = RerankDocument("first")
    assert document == ("first",)
    assert document.text == "first"
    assert pickle.loads(pickle.dumps(document)) == document


def test_a_result_reads_like_a_dict() -> None:
    result = Reranking(BEDROCK)[0]
    assert (result["index"], dict(result)) == (2, {"index": 2, "relevance_score": 0.75})
    assert list(result) == ["index", "relevance_score"]


@pytest.mark.parametrize("body", BODIES)
def test_an_answer_is_a_value(body: dict[str, Any]) -> None:
    answer = Reranking(body)
    for twin in (pickle.loads(pickle.dumps(answer)), copy.copy(answer), copy.deepcopy(answer)):
        assert twin == answer
        assert vars(twin) == vars(answer)
        assert hash(twin) == hash(answer)
    assert Reranking(body | {"id": "other"}) != answer
    with pytest.raises(AttributeError, match=r"Reranking\.id cannot be set: a result is frozen"):
        answer.id = "other"  # type: ignore[misc]


def test_results_are_values() -> None:
    assert RerankResult(None, 1, 0.5) == RerankResult(index=1, relevance_score=0.5)
    assert RerankResult(None, 1, 0.5) != RerankResult({"text": "a"}, 1, 0.5)
    assert RerankResult(None, 1, 0.5, extra={"a": 1}).extra == {"a": 1}


def test_the_public_home() -> None:
    classes = (RerankDocument, RerankResult, Reranking)
    assert {found.__module__ for found in classes} == {"cohere_aws.rerank"}


@pytest.mark.parametrize("body", BODIES)
def test_an_answer_goes_to_a_dict_and_back(body: dict[str, Any]) -> None:
    answer = Reranking(body, usage=Usage(4))
    written = json.loads(json.dumps(answer.to_dict()))
    assert Reranking(written) == Reranking.from_dict(written) == answer
    assert (written["dialect"], written["usage"]) == ("rerank", {"input_tokens": 4})


results = st.fixed_dictionaries(
    {"index": st.integers(0, 9), "relevance_score": st.floats(0, 1)},
    optional={
        "document": st.none() | st.dictionaries(texts, texts, max_size=2),
        "relevant_spans": st.integers(),
        "extra": st.integers(),
    },
)
bodies = st.fixed_dictionaries(
    {"results": st.lists(results, max_size=3)},
    optional={"id": names, "meta": extras, "usage": st.integers(), "extra": st.integers()},
)


@given(bodies)
def test_any_answer_goes_to_a_dict_and_back(body: dict[str, Any]) -> None:
    answer = Reranking(body)
    assert Reranking.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer
    found = [
        {"index": each.index, "relevance_score": each.relevance_score, **(each.extra or {})}
        for each in answer
    ]
    for result, raw in zip(found, body["results"], strict=True):
        assert result == {key: value for key, value in raw.items() if key != "document"}
    assert [each.document for each in answer] == [raw.get("document") for raw in body["results"]]


ONE = {"index": 0, "relevance_score": 0.5}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "the response is null; expected an object"),
        ([], "the response is an array; expected an object"),
        ({}, "the response has no 'results'; it has no keys"),
        ({"results": {}}, "results is an object; expected an array"),
        ({"results": [5]}, "results[0] is a number; expected an object"),
        ({"results": [{}]}, "results[0] has no 'index'; it has no keys"),
        ({"results": [ONE, {"index": 0}]}, "results[1] has no 'relevance_score'; it has 'index'"),
        (
            {"results": [ONE | {"index": -1}]},
            "results[0].index is below 0; expected an integer of 0 or more",
        ),
        (
            {"results": [ONE | {"index": "0"}]},
            "results[0].index is a string; expected an integer of 0 or more",
        ),
        (
            {"results": [ONE | {"relevance_score": True}]},
            "results[0].relevance_score is a boolean; expected a number",
        ),
        (
            {"results": [ONE | {"document": "secret"}]},
            "results[0].document is a string; expected an object",
        ),
        ({"results": [], "id": 5}, "id is a number; expected a string"),
        (
            {"results": [], "dialect": "embed"},
            'dialect is "embed"; expected "rerank"',
        ),
        (
            {"results": [ONE | {"extra": 5}], "dialect": "rerank"},
            "results[0].extra is a number; expected an object",
        ),
        (
            {"results": [ONE | {"relevant_spans": []}], "dialect": "rerank"},
            "results[0] has the keys 'relevant_spans', which to_dict() does not write",
        ),
    ],
)
def test_a_malformed_body(body: Any, message: str) -> None:
    with pytest.raises(StreamError, match=f"^{re.escape(message)}$"):
        Reranking(body)


def test_a_body_is_required() -> None:
    with pytest.raises(StreamError, match=r"^the response is null; expected an object$"):
        Reranking()


def test_an_error_in_place_of_an_answer() -> None:
    with pytest.raises(ServiceError, match="too many documents"):
        Reranking({"message": "too many documents"})


def respond(body: Any, mode: Mode) -> dict[str, Any]:
    headers = {"x-amzn-bedrock-invocation-latency": "79"}
    data = io.BytesIO(json.dumps(body).encode())
    return {
        "body" if mode is Mode.BEDROCK else "Body": data,
        "ResponseMetadata": {"HTTPHeaders": headers},
    }


@pytest.mark.parametrize("body", [BEDROCK, SINCE_3_5])
def test_a_response_of_boto3(body: dict[str, Any]) -> None:
    response = respond(body, Mode.BEDROCK)
    answer = Reranking.from_response(response, Mode.BEDROCK, documents=DOCUMENTS)
    assert answer == Reranking(body, documents=DOCUMENTS, usage=Usage(None, None, 79))
    assert response["body"].closed
    answer = Reranking.from_response(respond(body, Mode.SAGEMAKER), Mode.SAGEMAKER)
    assert answer == Reranking(body)


def test_a_response_whose_body_is_not_json() -> None:
    with pytest.raises(MalformedStreamError):
        Reranking.from_response({"body": io.BytesIO(b"<html>")}, Mode.BEDROCK)


def test_a_view_of_a_reranking() -> None:
    assert ">a river</td>" in Reranking(BEDROCK, documents=["a river"] * 9).to_html()
