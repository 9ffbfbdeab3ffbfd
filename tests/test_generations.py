"""A plain answer as a record, and how it is read."""

from __future__ import annotations

import copy
import io
import json
import pickle
from collections import Counter
from typing import Any

import pytest
import urllib3.exceptions
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import (
    CohereError,
    CohereObject,
    Generation,
    Generations,
    MalformedStreamError,
    Mode,
    StreamError,
    TokenLikelihood,
    TransportError,
    Usage,
)
from strategies import METRICS, extras, plain_answers

PLAIN: dict[str, Any] = {
    "generations": [
        {
            "finish_reason": "MAX_TOKENS",
            "id": "g",
            "text": " time",
            "likelihood": -2.5,
            "token_likelihoods": [{"token": " time", "likelihood": -0.98}],
        }
    ],
    "id": "r",
    "prompt": "Tell me",
}


@given(plain_answers)
def test_a_plain_answer_goes_to_a_dict_and_back(answer: Generations) -> None:
    written = answer.to_dict()
    assert Generations.from_dict(written) == answer
    assert Generations.from_dict(json.loads(json.dumps(written))) == answer


def test_the_documented_shape() -> None:
    answer = Generations.from_dict(PLAIN)
    assert (answer.id, answer.prompt, answer.usage) == ("r", "Tell me", None)
    assert answer.generations == [
        Generation(
            " time",
            [TokenLikelihood(" time", -0.98)],
            id="g",
            likelihood=-2.5,
            finish_reason="MAX_TOKENS",
        )
    ]


def test_missing_and_null_fields() -> None:
    nulls = dict.fromkeys(["id", "index", "likelihood", "finish_reason", "token_likelihoods"])
    body = {"generations": [{"text": "a", **nulls}, {"text": "b"}], "id": None, METRICS: None}
    assert Generations.from_dict(body) == Generations([Generation("a"), Generation("b")])


def test_what_no_attribute_holds_is_in_extra() -> None:
    meta = {"api_version": {"version": "1"}, "warnings": ["deprecated"]}
    token = {"token": "a", "likelihood": -1.0, "id": 5}
    body = {
        "generations": [{"text": "a", "safety": None, "token_likelihoods": [token]}],
        "meta": meta,
        "extra": "of the service",
        "usage": {"total": 5},
        METRICS: {"inputTokenCount": 1, "cacheReadInputTokenCount": 2},
    }
    answer = Generations.from_dict(body)
    assert answer.usage == Usage(1)
    assert answer.extra == {
        "meta": meta,
        "extra": "of the service",
        "usage": {"total": 5},
        METRICS: {"cacheReadInputTokenCount": 2},
    }
    assert answer[0].extra == {"safety": None}
    assert answer[0].token_likelihoods == [TokenLikelihood("a", -1.0, extra={"id": 5})]
    assert Generations.from_dict(answer.to_dict()) == answer


def leaves(value: Any) -> list[Any]:
    """Return everything in a JSON value that is not an array or an object."""
    if isinstance(value, (list, dict)):
        inner = value if isinstance(value, list) else [*value, *value.values()]
        return [leaf for each in inner for leaf in leaves(each)]
    return [value]


@given(plain_answers, st.data())
def test_nothing_of_a_body_is_lost(answer: Generations, data: st.DataObject) -> None:
    body = answer.to_dict()
    for part in (body, *body["generations"]):
        part.pop("extra", None)
        part.update(data.draw(extras) or {})
    written = Generations.from_dict(body).to_dict()
    missing = Counter(map(repr, leaves(body))) - Counter(map(repr, leaves(written)))
    assert set(missing) <= {"None", "'extra'"}  # null in a known field reads as missing


def test_the_text_of_an_answer_is_that_of_its_first_generation() -> None:
    assert Generations([Generation("a"), Generation("b")]).text == "a"
    assert Generations([]).text == ""


@pytest.mark.parametrize(
    ("token", "read"),
    [
        ({"token": "a", "likelihood": -1}, TokenLikelihood("a", -1)),
        ({"token": "a"}, TokenLikelihood("a", None)),
        ({"token": "a", "likelihood": None}, TokenLikelihood("a", None)),
        ({" a": -1.5}, TokenLikelihood(" a", -1.5)),
        ({"token": -1.5}, TokenLikelihood("token", -1.5)),
    ],
)
def test_both_ways_to_write_a_token(token: dict[str, Any], read: TokenLikelihood) -> None:
    answer = Generations.from_dict({"generations": [{"text": "a", "token_likelihoods": [token]}]})
    assert answer[0].token_likelihoods == [read]


def test_usage_beside_the_generations() -> None:
    metrics = {"inputTokenCount": 9, "outputTokenCount": 91, "invocationLatency": 2972}
    answer = Generations.from_dict({"generations": [], METRICS: metrics})
    assert answer.usage == Usage(9, 91, 2972, None)
    assert Generations.from_dict(answer.to_dict()) == answer


def tokens(token: Any) -> dict[str, Any]:
    return {"generations": [{"text": "a", "token_likelihoods": [token]}]}


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ([], "the response is an array; expected an object"),
        ({}, "no 'generations' in the response; it has none"),
        ({"message": "secret", "a": 1}, "no 'generations' in the response; it has 'message', 'a'"),
        ({"generations": None}, "no 'generations' in the response; it has 'generations'"),
        ({"generations": "secret"}, "generations is a string; expected an array"),
        ({"generations": ["secret"]}, "generations[0] is a string; expected an object"),
        ({"generations": [{"id": "secret"}]}, "generations[0].text is missing; it has 'id'"),
        ({"generations": [{"text": 5}]}, "generations[0].text is a number; expected a string"),
        ({"generations": [{"text": "", "index": True}]}, "generations[0].index is a boolean"),
        ({"generations": [{"text": "", "likelihood": "secret"}]}, "generations[0].likelihood is a"),
        (
            {"generations": [{"text": "", "token_likelihoods": {}}]},
            "token_likelihoods is an object",
        ),
        (tokens("secret"), "generations[0].token_likelihoods[0] is a string; expected an object"),
        (tokens({}), "token_likelihoods[0].token is missing"),
        (tokens({"likelihood": -1.0}), "token_likelihoods[0].token is missing"),
        (tokens({"secret": "secret"}), "token_likelihoods[0].token is missing"),
        (tokens({"secret": True}), "token_likelihoods[0].token is missing"),
        (tokens({"token": "a", "likelihood": "secret"}), "[0].likelihood is a string"),
        (tokens({"token": "a", "likelihood": -1e999}), "[0].likelihood is not finite"),
        (tokens({"secret": -1e999}), "token_likelihoods[0].token is missing"),
        ({"generations": [], "id": 5}, "id is a number; expected a string"),
        ({"generations": [], "prompt": 5}, "prompt is a number; expected a string"),
        ({"generations": [], METRICS: 5}, f"{METRICS} is a number; expected an object"),
        ({"generations": [], METRICS: {"inputTokenCount": "9"}}, f"{METRICS}.inputTokenCount is"),
    ],
)
def test_what_is_no_plain_answer(response: Any, message: str) -> None:
    with pytest.raises(CohereError) as caught:
        Generations.from_dict(response)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)
    assert type(caught.value) is StreamError


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


class Body(io.BytesIO):
    """The body of an answer, without a network below it."""


def respond(data: bytes, mode: Mode, **headers: str) -> tuple[dict[str, Any], Body]:
    body = Body(data)
    metadata = {
        "HTTPHeaders": {f"x-amzn-bedrock-{k.replace('_', '-')}": v for k, v in headers.items()}
    }
    return {{1: "Body", 2: "body"}[mode.value]: body, "ResponseMetadata": metadata}, body


@pytest.mark.parametrize("mode", Mode)
def test_a_response_is_read_and_closed(mode: Mode) -> None:
    response, body = respond(json.dumps(PLAIN).encode(), mode)
    assert Generations.from_response(response, mode) == Generations.from_dict(PLAIN)
    assert body.closed


def test_usage_comes_from_the_headers_on_bedrock() -> None:
    headers = {"input_token_count": "40", "output_token_count": "20", "invocation_latency": "346"}
    response, _ = respond(json.dumps(PLAIN).encode(), Mode.BEDROCK, **headers)
    assert Generations.from_response(response, Mode.BEDROCK).usage == Usage(40, 20, 346, None)
    response, _ = respond(json.dumps(PLAIN).encode(), Mode.BEDROCK)
    assert Generations.from_response(response, Mode.BEDROCK).usage is None


def test_metrics_in_the_body_come_before_the_headers() -> None:
    data = json.dumps(PLAIN | {METRICS: {"firstByteLatency": 5}}).encode()
    response, _ = respond(data, Mode.BEDROCK, input_token_count="40")
    assert Generations.from_response(response, Mode.BEDROCK).usage == Usage(None, None, None, 5)
    response, _ = respond(
        json.dumps(PLAIN | {METRICS: None}).encode(), Mode.BEDROCK, input_token_count="40"
    )
    assert Generations.from_response(response, Mode.BEDROCK).usage == Usage(40)


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b'{"generations"', b"{}{}"])
def test_a_body_that_is_no_object(data: bytes) -> None:
    response, body = respond(data, Mode.BEDROCK)
    with pytest.raises(MalformedStreamError):
        Generations.from_response(response, Mode.BEDROCK)
    assert body.closed


def test_a_body_that_breaks_off() -> None:
    response, body = respond(b"", Mode.BEDROCK)
    cause = urllib3.exceptions.ProtocolError()

    def read() -> bytes:
        raise cause

    body.read = read  # type: ignore[method-assign]
    with pytest.raises(TransportError, match="reading the body broke off") as caught:
        Generations.from_response(response, Mode.BEDROCK)
    assert caught.value.__cause__ is cause
    assert body.closed


def test_a_body_of_another_kind() -> None:
    with pytest.raises(TypeError, match="the body holds a string; expected bytes"):
        Generations.from_response({"body": io.StringIO("{}")}, Mode.BEDROCK)

    class Asynchronous(Body):
        async def read(self) -> bytes:  # type: ignore[override]
            raise NotImplementedError

    with pytest.raises(TypeError, match="the body is asynchronous: await its read"):
        Generations.from_response({"body": Asynchronous()}, Mode.BEDROCK)
