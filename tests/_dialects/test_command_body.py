"""Plain bodies of Cohere's Command models."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import (
    CohereError,
    Generation,
    Generations,
    ServiceError,
    StreamError,
    TokenLikelihood,
    Usage,
)
from cohere_aws._dialects._command_body import read_body
from strategies import METRICS, PLAIN, command_body, extras, plain_answers


def test_the_documented_shape() -> None:
    answer = read_body(PLAIN)
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
    assert read_body(body) == Generations([Generation("a"), Generation("b")])


def test_what_no_attribute_holds_is_in_extra() -> None:
    meta = {"api_version": {"version": "1"}, "warnings": ["deprecated"]}
    token = {"token": "a", "likelihood": -1.0, "id": 5}
    body = {
        "generations": [{"text": "a", "safety": None, "token_likelihoods": [token]}],
        "meta": meta,
        "extra": "of the service",
        "usage": {"total": 5},
        METRICS: {"inputTokenCount": 1, "newCount": 2},
    }
    answer = read_body(body)
    assert answer.usage == Usage(1)
    assert answer.extra == {
        "meta": meta,
        "extra": "of the service",
        "usage": {"total": 5},
        METRICS: {"newCount": 2},
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
    body = command_body(answer)
    body.pop(METRICS, None)  # its keys have other names in Usage
    for part in (body, *body["generations"]):
        part.update(data.draw(extras) or {})
    written = read_body(body).to_dict()
    missing = Counter(map(repr, leaves(body))) - Counter(map(repr, leaves(written)))
    assert set(missing) <= {"None"}  # null in a known field reads as missing


@pytest.mark.parametrize(
    ("token", "read"),
    [
        ({"token": "a", "likelihood": -1}, TokenLikelihood("a", -1)),
        ({"token": "a"}, TokenLikelihood("a", None)),
        ({"token": "a", "likelihood": None}, TokenLikelihood("a", None)),
        ({" a": -1.5}, TokenLikelihood(" a", -1.5)),
        ({"token": -1.5}, TokenLikelihood("token", -1.5)),
        ({"likelihood": -1.5}, TokenLikelihood("likelihood", -1.5)),
    ],
)
def test_both_ways_to_write_a_token(token: dict[str, Any], read: TokenLikelihood) -> None:
    answer = read_body({"generations": [{"text": "a", "token_likelihoods": [token]}]})
    assert answer[0].token_likelihoods == [read]


def test_usage_beside_the_generations() -> None:
    metrics = {"inputTokenCount": 9, "outputTokenCount": 91, "invocationLatency": 2972}
    answer = read_body({"generations": [], METRICS: metrics})
    assert answer.usage == Usage(9, 91, 2972, None)
    assert Generations.from_dict(answer.to_dict()) == answer


def tokens(token: Any) -> dict[str, Any]:
    return {"generations": [{"text": "a", "token_likelihoods": [token]}]}


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ([], "the response is an array; expected an object"),
        (None, "the response is null; expected an object"),
        ({}, "no 'generations' in the response; it has no keys"),
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
def test_a_body_of_another_shape_is_an_error(response: Any, message: str) -> None:
    with pytest.raises(CohereError) as caught:
        read_body(response)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)
    assert type(caught.value) is StreamError


@given(plain_answers)
def test_every_field_of_a_body_is_read(answer: Generations) -> None:
    found = read_body(command_body(answer))
    assert found == answer
    assert found.dialect == "command"


def test_a_body_of_the_chat() -> None:
    assert read_body({"text": "a", "response_id": "r"}) == Generations(
        [Generation("a", index=0)], id="r"
    )
    assert read_body({"response_id": "r"}) == Generations([Generation("", index=0)], id="r")
    with pytest.raises(StreamError, match=r"^no 'generations' in the response; it has 'text'$"):
        read_body({"text": "a"})
    with pytest.raises(StreamError, match=r"^text is a number; expected a string$"):
        read_body({"text": 5, "response_id": "r"})


def test_a_message_beside_the_keys_of_the_chat() -> None:
    for rest in ({"text": ""}, {"finish_reason": "COMPLETE"}):
        answer = read_body({"response_id": "r", "message": "m", **rest})
        assert answer.extra == {"message": "m"}
    with pytest.raises(ServiceError, match="too many tokens"):
        read_body({"response_id": "r", "message": "too many tokens"})
