"""Requests to Jurassic-2: limits, names in the body, and penalties."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import FrozenInstanceError, fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import InvalidRequestError
from cohere_aws.jurassic import JurassicPenalty, JurassicRequest

texts = st.text(max_size=20)
penalties = st.builds(
    JurassicPenalty,
    scale=st.floats(0, 1),
    apply_to_numbers=st.none() | st.booleans(),
    extra=st.none() | st.just({"applyToAll": True}),
)
requests = st.builds(
    JurassicRequest,
    prompt=texts,
    max_tokens=st.none() | st.integers(0, 8191),
    top_p=st.none() | st.floats(0, 1),
    stop_sequences=st.none() | st.lists(texts, max_size=3),
    logit_bias=st.none() | st.dictionaries(texts, st.floats(-100, 100), max_size=2),
    count_penalty=st.none() | penalties,
    frequency_penalty=st.none() | penalties,
    extra=st.none() | st.just({"new": 1}),
)
# For each parameter: values within its limits, values beyond them, and what is expected.
LIMITS: dict[str, tuple[list[Any], list[Any], str]] = {
    "prompt": (["", "hello"], [7], "a string"),
    "num_results": ([1, 16], [0, 1.0], "an integer of 1 or more"),
    "max_tokens": ([0, 8191], [-1, 8192], "an integer from 0 to 8191"),
    "min_tokens": ([0, 10], [-1], "an integer of 0 or more"),
    "temperature": ([0, 1], [-0.1, 1.1], "a number from 0 to 1"),
    "top_p": ([0, 1], [-0.1, 1.1], "a number from 0 to 1"),
    "top_k_return": ([0, 64], [-1], "an integer of 0 or more"),
    "stop_sequences": ([(), ("",) * 100], ["a"], "a list of strings"),
    "logit_bias": ([{}, {"a": -1.5}], [{"a": "b"}, {"a": True}], "numbers by token"),
    "count_penalty": ([JurassicPenalty(scale=1)], [1, {"scale": 1}], "a JurassicPenalty"),
    "presence_penalty": ([JurassicPenalty(scale=5)], [{"scale": 1}], "a JurassicPenalty"),
    "frequency_penalty": ([JurassicPenalty(scale=500)], [{"scale": 1}], "a JurassicPenalty"),
    "extra": ([{}, {"seed": 7}], [{1: 1}], "a dict with strings for keys"),
}


def problem(**given: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        JurassicRequest(**{"prompt": "hello", **given})
    return str(caught.value)


@pytest.mark.parametrize("name", LIMITS)
def test_each_parameter_has_a_limit(name: str) -> None:
    valid, invalid, expected = LIMITS[name]
    for value in valid:
        assert getattr(JurassicRequest(**{"prompt": "", name: value}), name) == value
    for value in invalid:
        message = problem(**{name: value})
        assert message.startswith(f"{name} ")
        assert f"; expected {expected}" in message


@pytest.mark.parametrize(("name", "high"), [("count", 1), ("presence", 5), ("frequency", 500)])
def test_each_penalty_has_a_limit(name: str, high: int) -> None:
    assert problem(**{f"{name}_penalty": JurassicPenalty(scale=high + 1)}) == (
        f"{name}_penalty has a scale that is {high + 1}; expected a number from 0 to {high}; "
        f'to send it anyway: extra={{"{name}_penalty": {{"scale": {high + 1}}}}}'
    )


def test_one_error_names_all_problems() -> None:
    assert problem(temperature=2, topP=1, logit_bias=5) == (
        "3 problems:\n"
        "  temperature is 2; expected a number from 0 to 1; "
        'to send it anyway: extra={"temperature": 2}\n'
        "  topP is not a parameter; did you mean top_p?\n"
        "  logit_bias is 5; expected a dict with strings for keys"
    )
    with pytest.raises(InvalidRequestError) as caught:
        JurassicPenalty(scale=-1, apply_to_numbers=1)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "2 problems:\n"
        '  scale is -1; expected a number of 0 or more; to send it anyway: extra={"scale": -1}\n'
        "  apply_to_numbers is 1; expected True or False"
    )


def test_the_names_in_the_body() -> None:
    request = JurassicRequest(
        prompt="Say hi",
        num_results=1,
        max_tokens=2,
        min_tokens=3,
        temperature=0.5,
        top_p=0.25,
        top_k_return=4,
        stop_sequences=["."],
        logit_bias={"<|endoftext|>": -5},
        count_penalty=JurassicPenalty(
            scale=1,
            apply_to_whitespaces=True,
            apply_to_punctuations=False,
            apply_to_numbers=True,
            apply_to_stopwords=False,
            apply_to_emojis=True,
        ),
        presence_penalty=JurassicPenalty(scale=5),
        frequency_penalty=JurassicPenalty(scale=500, extra={"applyToPunctuation": True}),
        extra={"new_name": 1},
    )
    body = {
        "prompt": "Say hi",
        "numResults": 1,
        "maxTokens": 2,
        "minTokens": 3,
        "temperature": 0.5,
        "topP": 0.25,
        "topKReturn": 4,
        "stopSequences": ["."],
        "logitBias": {"<|endoftext|>": -5},
        "countPenalty": {
            "scale": 1,
            "applyToWhitespaces": True,
            "applyToPunctuations": False,
            "applyToNumbers": True,
            "applyToStopwords": False,
            "applyToEmojis": True,
        },
        "presencePenalty": {"scale": 5},
        "frequencyPenalty": {"scale": 500, "applyToPunctuation": True},
        "new_name": 1,
    }
    assert json.loads(request.body()) == json.loads(request.body(stream=False)) == body
    assert JurassicRequest.from_dict(body) == request


def test_extra_may_be_beyond_the_limits() -> None:
    extra = {"max_tokens": 9000, "count_penalty": {"scale": 7}}
    request = JurassicRequest(prompt="", max_tokens=1, extra=extra)
    expected = {"prompt": "", "maxTokens": 9000, "countPenalty": {"scale": 7}}
    assert json.loads(request.body()) == expected


def test_it_does_not_stream() -> None:
    request = JurassicRequest(prompt="")
    with pytest.raises(InvalidRequestError, match=r"do not stream; pass stream=False$"):
        request.body(stream=True)
    with pytest.raises(InvalidRequestError, match="stream is of type str"):
        request.body(stream="false")  # type: ignore[arg-type]


@given(requests)
def test_a_request_is_a_value(request: JurassicRequest) -> None:
    for twin in (pickle.loads(pickle.dumps(request)), copy.copy(request), request.replace()):
        assert twin == request
        assert hash(twin) == hash(request)
    assert JurassicRequest.from_dict(json.loads(request.body())) == request
    with pytest.raises(FrozenInstanceError):
        request.prompt = ""  # type: ignore[misc]


def test_a_body_of_another_shape() -> None:
    with pytest.raises(InvalidRequestError, match="count_penalty is of type int"):
        JurassicRequest.from_dict({"prompt": "", "countPenalty": 5})
    with pytest.raises(InvalidRequestError, match="scale is missing"):
        JurassicRequest.from_dict({"prompt": "", "countPenalty": {}})


def test_later_changes_do_not_reach_the_request() -> None:
    stop, biases = ["."], {"a": 1.0}
    request = JurassicRequest(prompt="", stop_sequences=stop, logit_bias=biases)
    stop.append("!")
    biases["b"] = 2
    assert (request.stop_sequences, request.logit_bias) == ((".",), {"a": 1})


@pytest.mark.parametrize("class_", [JurassicRequest, JurassicPenalty])
def test_every_parameter_has_a_rule_and_is_documented(class_: Any) -> None:
    hints = get_type_hints(class_)
    for each in fields(class_):
        assert callable(each.metadata["rule"])
        assert f"    {each.name}: " in (class_.__doc__ or "")
        assert each.name in hints
