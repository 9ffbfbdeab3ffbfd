"""Requests to TGI and LMI: limits, pairs that exclude each other, and bodies."""

from __future__ import annotations

import copy
import json
import math
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import InvalidRequestError
from cohere_aws.tgi import TgiRequest

GRAMMAR = {"type": "json", "value": {"properties": {}}}
DEFAULTS = {"return_full_text": False, "details": True}

texts = st.text(min_size=1, max_size=20)
requests = st.builds(
    TgiRequest,
    inputs=texts,
    best_of=st.none() | st.just(1),
    temperature=st.none() | st.floats(0, 9, exclude_min=True),
    top_p=st.none() | st.floats(0, 1, exclude_min=True, exclude_max=True),
    max_new_tokens=st.none() | st.integers(1),
    return_full_text=st.none() | st.booleans(),
    stop=st.none() | st.lists(texts, max_size=3),
    details=st.none() | st.booleans(),
    seed=st.none() | st.integers(0, 2**64 - 1),
    grammar=st.none() | st.just(GRAMMAR),
    extra=st.none() | st.just({"ignore_eos_token": True}),
)
# For each parameter: values within its limits, values beyond them, and what is expected.
ABOVE, SHARE = "a number above 0", "a number above 0 and below 1"
COUNT, FLAG = "an integer of 1 or more", "True or False"
LIMITS: dict[str, tuple[list[Any], list[Any], str]] = {
    "inputs": (["hello", " "], ["", 7, ["hello"]], "a string"),
    "best_of": ([1, 9], [0, 1.0], COUNT),
    "temperature": ([0.1, 9], [0, 0.0, -1, math.nan], ABOVE),
    "repetition_penalty": ([0.1, 9], [0, -1], ABOVE),
    "frequency_penalty": ([-2, 0, 2], [-2.1, 2.1], "a number from -2 to 2"),
    "top_k": ([1, 999], [0, -1, 1.5], COUNT),
    "top_p": ([0.1, 0.9], [0, 1, 1.0], SHARE),
    "typical_p": ([0.1, 0.9], [0, 1, 1.0], SHARE),
    "do_sample": ([True, False], [1, "true"], FLAG),
    "max_new_tokens": ([1, 99999], [0, 1.0], COUNT),
    "return_full_text": ([True, False], [1], FLAG),
    "stop": ([(), ("a",) * 9], ["a", [5]], "a list of strings"),
    "truncate": ([1, 9], [0], COUNT),
    "watermark": ([True, False], [1], FLAG),
    "details": ([True, False], [1], FLAG),
    "decoder_input_details": ([True, False], [1], FLAG),
    "seed": ([0, 2**64 - 1], [-1, 2**64], "an integer from 0 to 18446744073709551615"),
    "top_n_tokens": ([0, 9], [-1], "an integer of 0 or more"),
    "grammar": (
        [GRAMMAR, {"type": "regex", "value": "a*"}],
        ["a*", {"type": "yaml", "value": "a"}, {"type": "regex"}, {"value": "a"}, {1: 2}],
        "a dict with ",
    ),
    "adapter_id": (["a"], [5], "a string"),
    "extra": ([{}, {"seed": 7}], [{1: 1}], "a dict with strings for keys"),
}


def problem(**given: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        TgiRequest(**{"inputs": "hello", **given})
    return str(caught.value)


@pytest.mark.parametrize("name", LIMITS)
def test_each_parameter_has_a_limit(name: str) -> None:
    valid, invalid, expected = LIMITS[name]
    for value in valid:
        assert getattr(TgiRequest(**{"inputs": "a", name: value}), name) == value
    for value in invalid:
        message = problem(**{name: value})
        assert message.startswith(f"{name} ")
        assert f"; expected {expected}" in message


def test_the_workaround_for_a_limit_works() -> None:
    _, _, extra = problem(top_p=1.0).partition("to send it anyway: extra=")
    sent = json.loads(TgiRequest(inputs="a", extra=json.loads(extra)).body())
    assert sent == {"inputs": "a", "parameters": {**DEFAULTS, "top_p": 1.0}}


def test_one_error_names_all_problems_and_no_text() -> None:
    secret = "a secret text"
    assert problem(inputs="", best_of=2, seed=7, grammar={"type": secret}, max_tokens=5) == (
        "4 problems:\n"
        "  inputs is empty; expected a string with text\n"
        "  grammar has another type, or no value; "
        "expected a dict with a type (json, regex or json_schema) and a value\n"
        "  max_tokens is not a parameter; did you mean max_new_tokens?\n"
        "  best_of is 2; expected 1 with a seed"
    )


@pytest.mark.parametrize("given", [{"best_of": 1, "seed": 7}, {"best_of": 2}, {"seed": 7}])
def test_values_that_do_not_exclude_each_other(given: dict[str, Any]) -> None:
    assert TgiRequest(inputs="a", **given).replace() == TgiRequest(inputs="a", **given)


def test_a_conflict_is_reported_only_for_numbers() -> None:
    assert problem(best_of="2", seed=7) == (
        "best_of is a str of 1 character; expected an integer of 1 or more"
    )


def test_parameters_that_exclude_streams() -> None:
    request = TgiRequest(inputs="a", best_of=2, decoder_input_details=True)
    with pytest.raises(InvalidRequestError) as caught:
        request.body(stream=True)
    assert str(caught.value) == (
        "2 problems:\n"
        "  best_of is 2; expected 1 with stream=True\n"
        "  decoder_input_details is True; expected False with stream=True"
    )
    assert "stream" not in json.loads(request.body())
    assert json.loads(request.body(stream=False))["stream"] is False
    allowed = request.replace(best_of=1, decoder_input_details=False)
    assert json.loads(allowed.body(stream=True))["stream"] is True
    with pytest.raises(InvalidRequestError, match=r"^stream is of type int; expected True or F"):
        request.body(stream=1)  # type: ignore[arg-type]


def test_inputs_are_required() -> None:
    assert problem(inputs=None) == "inputs is missing"


@pytest.mark.parametrize("stream", [None, True, False])
def test_parameters_are_nested(stream: bool | None) -> None:
    request = TgiRequest(inputs="a", seed=7, extra={"seed": 8, "ignore_eos_token": True})
    sent = json.loads(request.body(stream=stream))
    body = {"inputs": "a", "parameters": {**DEFAULTS, "seed": 8, "ignore_eos_token": True}}
    assert sent == (body if stream is None else {**body, "stream": stream})


def test_details_are_sent_by_default_and_the_prompt_is_not_asked_for() -> None:
    assert json.loads(TgiRequest(inputs="a").body())["parameters"] == DEFAULTS
    neither = TgiRequest(inputs="a", details=None, return_full_text=None)
    assert json.loads(neither.body()) == {"inputs": "a", "parameters": {}}
    other = neither.replace(details=False, return_full_text=True)
    assert json.loads(other.body())["parameters"] == {"details": False, "return_full_text": True}


@given(requests)
def test_a_request_is_a_value(request: TgiRequest) -> None:
    for twin in (pickle.loads(pickle.dumps(request)), copy.copy(request), request.replace()):
        assert twin == request
        assert hash(twin) == hash(request)
    assert TgiRequest.from_dict(json.loads(request.body(stream=True))) == request
    with pytest.raises(FrozenInstanceError):
        request.seed = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    "body", [{"inputs": "a"}, {"inputs": "a", "parameters": None}, {"inputs": "a", "stream": True}]
)
def test_a_body_of_another_client(body: dict[str, Any]) -> None:
    assert json.loads(TgiRequest.from_dict(body).body()) == {"inputs": "a", "parameters": {}}


def test_bodies_of_another_shape() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        TgiRequest.from_dict({"inputs": "a", "parameters": ["secret"], "adapters": ["secret"]})
    assert str(caught.value) == (
        "2 problems:\n"
        "  parameters is a list of 1 item; expected a dict with strings for keys\n"
        "  adapters is not a key of the body; expected inputs, parameters or stream"
    )


def test_later_changes_do_not_reach_the_request() -> None:
    stop, grammar = ["."], copy.deepcopy(GRAMMAR)
    request = TgiRequest(inputs="a", stop=stop, grammar=grammar)
    body = request.body()
    stop.append("!")
    grammar["value"] = {}
    assert request.body() == body


def test_every_parameter_has_a_rule_and_is_documented() -> None:
    hints = get_type_hints(TgiRequest)
    assert hints["grammar"] == Mapping[str, Any] | None
    for each in fields(TgiRequest):
        assert callable(each.metadata["rule"])
        assert f"    {each.name}: " in (TgiRequest.__doc__ or "")
