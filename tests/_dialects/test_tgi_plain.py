"""Plain bodies of TGI and LMI. All data is constructed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cohere_aws import Generation, Generations, ServiceError, StreamError, TokenLikelihood, Usage
from cohere_aws._dialects._tgi_plain import read_body, strings

DETAILS = {
    "finish_reason": "length",
    "generated_tokens": 1,
    "seed": None,
    "prefill": [],
    "tokens": [{"id": 305, "text": " 5", "logprob": -6.5, "special": False}],
}
READ = Generation(
    "5",
    [TokenLikelihood(" 5", -6.5, id=305, special=False)],
    index=0,
    finish_reason="length",
)


@pytest.mark.parametrize("is_list", [False, True])
def test_a_list_of_one_and_an_object_are_the_same(*, is_list: bool) -> None:
    body: Any = {"generated_text": "5", "details": DETAILS}
    answer = Generations.from_dict([body] if is_list else body)
    assert answer == Generations([READ], usage=Usage(None, 1))
    assert answer.dialect == "tgi"
    assert answer[0].finish == "max_tokens"
    assert Generations.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_an_answer_without_details() -> None:
    answer = Generations.from_dict({"generated_text": "Is it? a"})
    assert answer == Generations([Generation("Is it? a", index=0)])


def test_several_prompts() -> None:
    second = {**DETAILS, "inputs": "Is it?", "input_length": 3, "best_of_sequences": []}
    body = [
        {"generated_text": "a"},
        {"generated_text": "5", "details": second, "new": 1},
        {"generated_text": "5", "details": DETAILS},
    ]
    answer = Generations.from_dict(body)
    assert [(each.text, each.index) for each in answer] == [("a", 0), ("5", 1), ("5", 2)]
    assert answer[1].extra == {"new": 1, "prompt": "Is it?"}
    assert (answer.prompt, answer.usage) == (None, Usage(3, 2))


def test_one_prompt() -> None:
    answer = Generations.from_dict([{"generated_text": "5", "details": {"inputs": "Is it?"}}])
    assert answer.prompt == "Is it?"


def test_outputs_of_lmi() -> None:
    answer = Generations.from_dict({"outputs": ["a", "b"], "new": 5})
    assert answer == Generations(
        [Generation("a", index=0, extra={"new": 5}), Generation("b", index=1)]
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "the response is an empty array; expected an object in it"),
        ([{"generated_text": "a"}, 5], "[1] is a number; expected an object"),
        ({"generated_text": 5}, "generated_text is a number; expected a string"),
        ([{"generated_text": 5}], "[0].generated_text is a number; expected a string"),
        ({"outputs": []}, "outputs is an empty array; expected a string in it"),
        ([{"outputs": ["a", 5]}], "[0].outputs[1] is a number; expected a string"),
    ],
)
def test_bodies_of_the_wrong_types(body: Any, message: str) -> None:
    with pytest.raises(StreamError) as caught:
        Generations.from_dict(body, dialect="tgi")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("body", "message", "code", "status", "retryable", "partial"),
    [
        (
            {"error": "too long", "error_type": "validation"},
            "validation: too long",
            "validation",
            422,
            False,
            None,
        ),
        (
            {"generated_text": "a", "details": {"finish_reason": "error"}},  # LMI 0.28
            "an error without a code: the answer ended with the finish_reason error",
            None,
            424,
            True,
            Generations([Generation("a", index=0)]),
        ),
        (
            {
                "generated_text": None,
                "error": "too long",
                "code": 400,
                "details": {"finish_reason": "error"},
            },  # LMI 0.29
            "an error without a code: too long",
            None,
            400,
            False,
            None,
        ),
        (
            [{"generated_text": "a", "error": "out of memory", "code": 424}],
            "an error without a code: out of memory",
            None,
            424,
            True,
            Generations([Generation("a", index=0)]),
        ),
    ],
)
def test_errors_with_status_200(
    body: Any,
    message: str,
    code: str | None,
    status: int,
    partial: Generations | None,
    *,
    retryable: bool,
) -> None:
    for dialect in (None, "tgi"):
        with pytest.raises(ServiceError) as caught:
            Generations.from_dict(body, dialect=dialect)  # type: ignore[arg-type]
        error = caught.value
        assert (error.message, error.code, error.http_status) == (message, code, status)
        assert (error.retryable, error.partial) == (retryable, partial)


def test_a_message_beside_a_text_is_not_an_error() -> None:
    answer = Generations.from_dict({"generated_text": "a", "message": "m"})
    assert answer[0].extra == {"message": "m"}


def test_strings() -> None:
    assert strings(["a", ""], "outputs") == ["a", ""]


def test_an_error_without_a_text_has_no_partial_answer() -> None:
    with pytest.raises(ServiceError, match="out of memory") as caught:
        read_body({"error": "out of memory", "error_type": "generation", "generated_text": None})
    assert caught.value.partial is None
