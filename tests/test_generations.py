"""Whole answers as records, and how they are read from bodies and responses."""

from __future__ import annotations

import copy
import io
import json
import pickle
from typing import Any

import pytest
from hypothesis import given

import smithy_models
from cohere_aws import (
    CohereError,
    CohereObject,
    Generation,
    Generations,
    InvalidRequestError,
    Mode,
    ServiceError,
    StreamError,
    Usage,
)
from strategies import METRICS, PLAIN, plain_answers


def test_the_text_of_an_answer_is_that_of_its_first_generation() -> None:
    assert Generations([Generation("a"), Generation("b")]).text == "a"
    assert Generations([]).text == ""


def test_an_output_of_the_smithy_sdk_is_read() -> None:
    output: Any = smithy_models.output(json.dumps(PLAIN).encode())
    assert Generations.from_dict(output) == Generations.from_dict(PLAIN)
    assert Generations.from_response(output, Mode.BEDROCK) == Generations.from_dict(PLAIN)
    with pytest.raises(CohereError, match="Unsupported mode"):
        Generations.from_response(output, "bedrock")  # type: ignore[arg-type]
    with pytest.raises(StreamError, match="it is read as tgi"):
        Generations.from_response(output, Mode.BEDROCK, dialect="tgi")
    with pytest.raises(ServiceError, match="overloaded"):
        Generations.from_dict(smithy_models.output(b'{"message": "overloaded"}'))  # type: ignore[arg-type]


def test_an_answer_is_a_value() -> None:
    answer = Generations.from_dict(PLAIN)
    for twin in (pickle.loads(pickle.dumps(answer)), copy.copy(answer), copy.deepcopy(answer)):
        assert twin == answer
        assert hash(twin) == hash(answer)
    assert Generations([]) != Generations([], id="a")
    assert Generations([]) != []
    assert Generations.__module__ == "cohere_aws.generation"
    with pytest.raises(AttributeError, match=r"Generations\.id cannot be set: a result is frozen"):
        answer.id = "other"  # type: ignore[misc]


def test_the_documented_repr() -> None:
    assert repr(Generations([])) == "cohere.Generations {\n\tgenerations: []\n}"
    assert "\tid: g\n" in repr(Generations.from_dict(PLAIN))


def test_generations_read_like_the_dicts_of_the_documented_client() -> None:
    answer = Generations.from_dict(PLAIN)
    assert answer[0]["text"] == " time"
    assert answer[0]["token_likelihoods"][0]["token"] == " time"
    assert answer["generations"] is answer.generations
    assert isinstance(answer, CohereObject)


def test_generations_can_be_iterated_again_and_again() -> None:
    first, second = Generation("a"), Generation("b")
    answer = Generations([first, second])
    assert list(answer) == list(answer) == [first, second]
    assert (len(answer), answer[0], answer[-1], answer[:1]) == (2, first, second, [first])
    assert first in answer
    assert Generation("c") not in answer
    assert "generations" in answer
    assert "id" not in answer


def test_next_goes_on_from_the_latest_start() -> None:
    first, second = Generation("a"), Generation("b")
    answer = Generations([first, second])
    assert next(answer) == first  # without a start, from the beginning
    assert next(answer) == second
    with pytest.raises(StopIteration):
        next(answer)
    for generation in answer:
        assert generation == first
        break
    assert next(answer) == second


def test_a_copy_starts_over() -> None:
    answer = Generations([Generation("a"), Generation("b")])
    next(answer)
    for twin in (copy.copy(answer), pickle.loads(pickle.dumps(answer))):
        assert next(twin).text == "a"
    assert next(answer).text == "b"


def respond(body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """Return a response of Bedrock with a body and usage headers."""
    named = {f"x-amzn-bedrock-{key.replace('_', '-')}": value for key, value in headers.items()}
    body_ = io.BytesIO(json.dumps(body).encode())
    return {"body": body_, "ResponseMetadata": {"HTTPHeaders": named}}


@given(plain_answers)
def test_an_answer_goes_to_a_dict_and_back(answer: Generations) -> None:
    written = json.loads(json.dumps(answer.to_dict()))
    assert Generations.from_dict(written) == answer
    assert written.pop("dialect") == answer.dialect
    assert None not in written.values()


@pytest.mark.parametrize(("body", "kind"), [(None, "null"), ("a", "a string"), (5, "a number")])
def test_a_response_that_is_not_an_object_or_array(body: Any, kind: str) -> None:
    message = f"^the response is {kind}; expected an object or array$"
    with pytest.raises(StreamError, match=message):
        Generations.from_dict(body)


def test_a_response_that_is_an_error() -> None:
    for options in ({}, {"dialect": "command"}):
        with pytest.raises(ServiceError, match="overloaded") as caught:
            Generations.from_dict({"error": {"message": "overloaded", "code": 503}}, **options)
        assert caught.value.retryable
    with pytest.raises(ServiceError, match="overloaded"):
        Generations.from_response(respond({"message": "overloaded"}), Mode.BEDROCK)


def test_the_dialect_of_an_answer_does_not_count_for_equality() -> None:
    answer = Generations.from_dict(PLAIN)
    assert answer.dialect == "command"
    other = Generations(answer.generations, id="r", prompt="Tell me")
    assert other.dialect is None
    assert other == answer
    assert hash(other) == hash(answer)
    assert "dialect" not in answer
    for twin in (pickle.loads(pickle.dumps(answer)), copy.copy(answer), copy.deepcopy(answer)):
        assert twin.dialect == "command"
    assert Generations.from_dict(answer.to_dict()).dialect == "command"


def test_a_given_dialect_is_used() -> None:
    assert Generations.from_dict(PLAIN, dialect="command").dialect == "command"
    answer = Generations.from_response(respond(PLAIN), Mode.BEDROCK, dialect="command")
    assert answer == Generations.from_dict(PLAIN)
    for body in (PLAIN, answer.to_dict()):
        with pytest.raises(InvalidRequestError, match=r"^dialect is 'other'; expected one of "):
            Generations.from_dict(body, dialect="other")  # type: ignore[arg-type]


def test_usage_comes_from_the_headers_on_bedrock() -> None:
    headers = {"input_token_count": "40", "output_token_count": "20", "invocation_latency": "346"}
    answer = Generations.from_response(respond(PLAIN, **headers), Mode.BEDROCK)
    assert answer.usage == Usage(40, 20, 346, None)
    assert Generations.from_response(respond(PLAIN), Mode.BEDROCK).usage is None


def test_the_headers_add_to_the_usage_in_the_body() -> None:
    metrics = {METRICS: {"firstByteLatency": 5, "inputTokenCount": 39}}
    response = respond(PLAIN | metrics, input_token_count="40")
    assert Generations.from_response(response, Mode.BEDROCK).usage == Usage(40, None, None, 5)
    response = respond(PLAIN | {METRICS: None}, input_token_count="40")
    assert Generations.from_response(response, Mode.BEDROCK).usage == Usage(40)
    response = respond(PLAIN | metrics)
    assert Generations.from_response(response, Mode.BEDROCK).usage == Usage(39, None, None, 5)


def test_the_response_of_converse() -> None:
    response = {
        "ResponseMetadata": {"RequestId": "r", "HTTPHeaders": {}},
        "output": {"message": {"role": "assistant", "content": [{"text": "a"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7},
    }
    answer = Generations.from_response(response, Mode.BEDROCK)
    assert (answer.id, answer.text, answer.usage) == ("r", "a", Usage(5, 2))
    assert answer == Generations.from_dict(response)
    with pytest.raises(StreamError, match=r"^the response is of the dialect converse, by its keys"):
        Generations.from_response(response, Mode.BEDROCK, dialect="command")
    with pytest.raises(CohereError, match=r"^Unsupported mode"):
        Generations.from_response(response, "bedrock")  # type: ignore[arg-type]


def test_a_view_of_an_answer() -> None:
    assert ">a river</div>" in Generations([Generation("a river")]).to_html()
