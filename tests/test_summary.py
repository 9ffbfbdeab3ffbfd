"""The summary of a text."""

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
    CohereError,
    CohereObject,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamError,
    Usage,
)
from cohere_aws.summary import Summary
from strategies import extras, names, texts, usages

PLATFORM = {
    "id": "r",
    "summary": "Ice cream is cold.",
    "meta": {
        "api_version": {"version": "1"},
        "billed_units": {"input_tokens": 321, "output_tokens": 55},
    },
}
SAGEMAKER = {"result": "Ice cream is cold."}


@pytest.mark.parametrize("body", [PLATFORM, SAGEMAKER, {"summary": "Ice cream is cold."}])
def test_the_text(body: dict[str, Any]) -> None:
    answer = Summary(body)
    assert answer.result == answer.summary == str(answer) == "Ice cream is cold."
    assert Summary.from_dict(body) == answer
    assert isinstance(answer, CohereObject)


def test_the_other_fields() -> None:
    answer = Summary(PLATFORM | {"new": 1})
    assert (answer.id, answer.meta, answer.usage) == ("r", PLATFORM["meta"], Usage(321, 55))
    assert answer.extra == {"new": 1}
    answer = Summary(SAGEMAKER)
    assert answer.id is answer.meta is answer.usage is answer.extra is None


def test_the_documented_key_takes_precedence() -> None:
    answer = Summary({"summary": "one", "result": "two"})
    assert (answer.result, answer.extra) == ("one", {"result": "two"})
    answer = Summary({"summary": "", "result": "two"})
    assert (answer.result, answer.extra) == ("two", {"summary": ""})


def test_the_documented_repr() -> None:
    assert repr(Summary(SAGEMAKER)) == "cohere.Summary {\n\tresult: Ice cream is cold.\n}"


@pytest.mark.parametrize(
    "body",
    [{}, {"summary": ""}, {"summary": None}, {"result": ""}, {"summary": "", "result": None}],
)
def test_an_answer_without_a_summary(body: dict[str, Any]) -> None:
    with pytest.raises(CohereError, match=r"^Response lacks a summary; it has ") as caught:
        Summary(body)
    assert isinstance(caught.value, StreamError)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "the response is null; expected an object"),
        (["secret"], "the response is an array; expected an object"),
        ({"summary": ["secret"]}, "summary is an array; expected a string"),
        ({"result": 5}, "result is a number; expected a string"),
        ({"summary": "a", "meta": 5}, "meta is a number; expected an object"),
        (
            {"summary": "a", "dialect": "x"},
            'dialect is "x"; expected "summarize"',
        ),
    ],
)
def test_a_malformed_body(body: Any, message: str) -> None:
    with pytest.raises(StreamError, match=f"^{re.escape(message)}$"):
        Summary(body)


def test_a_body_is_required() -> None:
    with pytest.raises(StreamError, match=r"^the response is null; expected an object$"):
        Summary()


def test_an_error_in_place_of_an_answer() -> None:
    with pytest.raises(ServiceError, match="text is too short"):
        Summary({"message": "text is too short"})
    assert Summary({"message": "words", "summary": "a"}).extra == {"message": "words"}


def test_an_answer_is_a_value() -> None:
    answer = Summary(PLATFORM)
    for twin in (pickle.loads(pickle.dumps(answer)), copy.copy(answer), copy.deepcopy(answer)):
        assert twin == answer
        assert hash(twin) == hash(answer)
    assert Summary(SAGEMAKER) != answer
    assert Summary.__module__ == "cohere_aws.summary"
    with pytest.raises(AttributeError, match=r"Summary\.result cannot be set: a result is frozen"):
        answer.result = "other"  # type: ignore[misc]


bodies = st.fixed_dictionaries(
    {},
    optional={
        "summary": st.none() | texts,
        "result": texts,
        "id": names,
        "meta": extras,
        "extra": st.integers(),
        "usage": st.integers(),
    },
)


@given(bodies.filter(lambda body: body.get("summary") or body.get("result")), usages)
def test_any_answer_goes_to_a_dict_and_back(body: dict[str, Any], usage: Usage) -> None:
    answer = Summary(body, usage=usage)
    assert answer.result in {body.get("summary"), body.get("result")}
    written = json.loads(json.dumps(answer.to_dict()))
    assert Summary.from_dict(written) == answer
    assert written["dialect"] == "summarize"


def respond(body: dict[str, Any], mode: Mode) -> dict[str, Any]:
    data = io.BytesIO(json.dumps(body).encode())
    headers = {"x-amzn-bedrock-input-token-count": "4"}
    return {
        "body" if mode is Mode.BEDROCK else "Body": data,
        "ResponseMetadata": {"HTTPHeaders": headers},
    }


def test_a_response_of_boto3() -> None:
    response = respond(PLATFORM, Mode.SAGEMAKER)
    assert Summary.from_response(response, Mode.SAGEMAKER) == Summary(PLATFORM)
    assert response["Body"].closed
    answer = Summary.from_response(respond(PLATFORM, Mode.BEDROCK), Mode.BEDROCK)
    assert answer.usage == Usage(4, 55)


def test_a_response_whose_body_is_not_json() -> None:
    with pytest.raises(MalformedStreamError):
        Summary.from_response({"Body": io.BytesIO(b"<html>")}, Mode.SAGEMAKER)
