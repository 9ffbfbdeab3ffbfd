"""Requests of each dialect."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from cohere_aws import InvalidRequestError
from cohere_aws._cli._requests import FORMS, create_request
from cohere_aws._dialects import DialectName

MESSAGES = [("user", "a"), ("assistant", "b"), ("user", "c")]
PARAMETERS = {"max_tokens": 5, "temperature": 0.5, "top_p": 0.25, "stop": ["."]}
IN_DICTS = [{"role": role, "content": text} for role, text in MESSAGES]


def body(dialect: Any, **options: Any) -> Any:
    return json.loads(create_request(dialect, MESSAGES, PARAMETERS, **options).body())


def test_every_dialect_has_a_row() -> None:
    assert sorted(FORMS) == sorted(get_args(DialectName))


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            "command",
            {"prompt": "c", "max_tokens": 5, "temperature": 0.5, "p": 0.25, "stop_sequences": ["."],
             "return_likelihoods": "GENERATION", "k": 7},
        ),
        (
            "tgi",
            {"inputs": "c", "parameters": {
                "max_new_tokens": 5, "temperature": 0.5, "top_p": 0.25, "stop": ["."],
                "details": True, "return_full_text": False, "k": 7}},
        ),
        (
            "completions",
            {"messages": IN_DICTS, "max_tokens": 5, "temperature": 0.5, "top_p": 0.25,
             "stop": ["."], "logprobs": True, "k": 7},
        ),
        (
            "jurassic",
            {"prompt": "c", "maxTokens": 5, "temperature": 0.5, "topP": 0.25,
             "stopSequences": ["."], "k": 7},
        ),
        (
            "chat",
            {"messages": IN_DICTS, "max_tokens": 5, "temperature": 0.5, "p": 0.25,
             "stop_sequences": ["."], "logprobs": True, "k": 7},
        ),
    ],
)  # fmt: skip
def test_each_option_has_its_field(dialect: str, expected: dict[str, Any]) -> None:
    assert body(dialect, likelihoods=True, extra={"k": 7}) == expected


def test_a_request_to_converse() -> None:
    blocks = [{"role": role, "content": [{"text": text}]} for role, text in MESSAGES]
    inference = {"maxTokens": 5, "temperature": 0.5, "topP": 0.25, "stopSequences": ["."]}
    assert body("converse", system="s", extra={"k": 7}) == {
        "messages": blocks,
        "system": [{"text": "s"}],
        "inferenceConfig": inference,
        "additionalModelRequestFields": {"k": 7},
    }
    unset = create_request("converse", MESSAGES, dict.fromkeys(PARAMETERS))
    assert json.loads(unset.body()) == {"messages": blocks}


def test_a_system_prompt_is_the_first_message() -> None:
    first = {"role": "system", "content": "s"}
    assert body("chat", system="s")["messages"] == [first, *IN_DICTS]


def test_a_stream_of_completions_counts_tokens() -> None:
    asked = body("completions", counts_tokens=True)
    assert asked["stream_options"] == {"include_usage": True}


def test_options_that_a_dialect_does_not_have() -> None:
    with pytest.raises(InvalidRequestError, match="converse does not return likelihoods"):
        body("converse", likelihoods=True)
    with pytest.raises(InvalidRequestError, match="tgi does not have a system prompt"):
        body("tgi", system="s")
