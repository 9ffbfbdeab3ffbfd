"""The results that are records: values, with the documented reprs."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given

from cohere_aws import (
    Generation,
    StreamingText,
    TokenLikelihood,
    ToolUse,
    Usage,
)
from cohere_aws._results import token_text, without_none
from strategies import plain_generations

SAMPLES = [
    StreamingText(0, " a", is_finished=False),
    TokenLikelihood(" a", -0.5),
    Generation(" a", [TokenLikelihood(" a", -0.5)], id="g", index=1, finish_reason="COMPLETE"),
    ToolUse("t", "weather", {"city": "Oslo"}),
    Usage(1, 2, 3, 4),
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample).__name__)
def test_records_are_values(sample: Any) -> None:
    for twin in (pickle.loads(pickle.dumps(sample)), copy.copy(sample), copy.deepcopy(sample)):
        assert twin == sample
        assert type(twin) is type(sample)
        assert hash(twin) == hash(sample)
    with pytest.raises(AttributeError):
        sample.text = sample.token = sample.input_tokens = "other"


def test_records_of_other_values_differ() -> None:
    assert Generation("a") != Generation("b")
    assert Generation("a") != Generation("a", [])
    assert TokenLikelihood("a", -1) != TokenLikelihood("a", -2)
    assert Usage(1) != Usage(None, 1)
    assert StreamingText(0, "a", is_finished=True) != StreamingText(0, "a", is_finished=False)


def test_records_are_public_where_they_are_documented() -> None:
    assert {type(sample).__module__ for sample in SAMPLES} == {"cohere_aws.generation"}


def test_the_documented_reprs() -> None:
    assert repr(TokenLikelihood(" a", -0.5)) == (
        "cohere.TokenLikelihood {\n\ttoken:  a\n\tlikelihood: -0.5\n}"
    )
    assert repr(Generation("a")) == "cohere.Generation {\n\ttext: a\n\ttoken_likelihoods: None\n}"
    assert repr(Usage(output_tokens=3)) == "cohere.Usage {\n\toutput_tokens: 3\n}"


@given(plain_generations())
def test_a_generation_as_a_dict(generation: Generation) -> None:
    written = json.loads(json.dumps(generation.to_dict()))
    assert None not in written.values()
    for name, value in written.items():
        if name != "token_likelihoods":
            assert value == generation[name]
    tokens = generation.token_likelihoods
    assert written.get("token_likelihoods") == (
        None if tokens is None else [without_none(**token.__getstate__()) for token in tokens]
    )


def test_an_empty_extra_is_none_and_a_copy_is_kept() -> None:
    extra = {"a": 1}
    generation = Generation("a", extra=extra)
    extra.clear()
    assert generation.extra == {"a": 1}
    assert Generation("a", extra={}).extra is None
    assert hash(generation) == hash(Generation("a", extra={"b": 2}))
    assert generation != Generation("a", extra={"b": 2})


def test_usage_as_a_dict() -> None:
    assert Usage(1, None, 3).to_dict() == {"input_tokens": 1, "invocation_latency_ms": 3}


def test_a_piece_with_its_token_is_a_tuple_of_three() -> None:
    token = TokenLikelihood("</s>", -0.5, id=2, special=True)
    piece = token_text(0, "", is_finished=False, token=token)
    assert piece == (0, "", False)
    assert piece == StreamingText(0, "", is_finished=False)
    assert isinstance(piece, StreamingText)
    index, text, is_finished = piece
    assert (index, text, is_finished) == (0, "", False)
    assert piece.token is token
    assert repr(piece) == "StreamingText(index=0, text='', is_finished=False)"
    for twin in (pickle.loads(pickle.dumps(piece)), copy.copy(piece), copy.deepcopy(piece)):
        assert (twin, twin.token) == (piece, token)
    assert piece._replace(text="a").token is None
    assert StreamingText(0, "a", is_finished=False).token is None


def test_a_token_as_a_dict() -> None:
    token = TokenLikelihood("a", None, alternatives=[TokenLikelihood("b", -1.0, special=False)])
    assert token.to_dict() == {
        "token": "a",
        "alternatives": [{"token": "b", "likelihood": -1.0, "special": False}],
    }


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
    assert Generations.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_a_response_that_is_not_an_object() -> None:
    with pytest.raises(StreamError, match=r"^the response is an array; expected an object$"):
        Generations.from_dict([])  # type: ignore[arg-type]


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
