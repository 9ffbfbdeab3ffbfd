"""Requests for chat completions: limits and bodies."""

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
from cohere_aws.completions import CompletionsRequest

MESSAGES = [{"role": "user", "content": "Hello"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}

texts = st.text(max_size=20)
messages = st.lists(st.fixed_dictionaries({"role": texts, "content": texts}), max_size=3)
requests = st.builds(
    CompletionsRequest,
    messages=messages,
    max_tokens=st.none() | st.integers(1),
    temperature=st.none() | st.floats(0, 2),
    stop=st.none() | st.lists(texts, max_size=3),
    seed=st.none() | st.integers(-(2**63), 2**64 - 1),
    logprobs=st.none() | st.booleans(),
    tools=st.none() | st.just([TOOL]),
    tool_choice=st.none() | st.just("auto") | st.just(TOOL),
    extra=st.none() | st.just({"model": "m"}),
)
# For each parameter: values within its limits, values beyond them, and what is expected.
OBJECTS = "a list of dicts with strings for keys"
OBJECT = "a dict with strings for keys"
LIMITS: dict[str, tuple[list[Any], list[Any], str]] = {
    "messages": ([MESSAGES, []], ["hello", ["hello"], {}], OBJECTS),
    "max_tokens": ([1, 10**6], [0, 1.0], "an integer of 1 or more"),
    "temperature": ([0, 2], [-0.1, 2.1], "a number from 0 to 2"),
    "top_p": ([0, 1], [-0.1, 1.1], "a number from 0 to 1"),
    "stop": ([(), ("a",) * 5], ["a", [5]], "a list of strings"),
    "n": ([1, 100], [0], "an integer of 1 or more"),
    "seed": ([-1, 2**64 - 1], [2**64, 1.5], "an integer from "),
    "logprobs": ([True, False], [1, "true"], "True or False"),
    "top_logprobs": ([0, 20], [-1, 21], "an integer from 0 to 20"),
    "tools": ([[], [TOOL]], [TOOL, "f"], OBJECTS),
    "tool_choice": (["auto", TOOL], [["f"], 5], "a string"),
    "response_format": ([{"type": "json_object"}], ["json_object"], OBJECT),
    "stream_options": ([{"include_usage": True}], [True], OBJECT),
    "extra": ([{}, {"model": "m"}], [{1: 1}], OBJECT),
}


def problem(**given: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        CompletionsRequest(**{"messages": MESSAGES, **given})
    return str(caught.value)


@pytest.mark.parametrize("name", LIMITS)
def test_each_parameter_has_a_limit(name: str) -> None:
    valid, invalid, expected = LIMITS[name]
    for value in valid:
        assert getattr(CompletionsRequest(**{"messages": [], name: value}), name) == value
    for value in invalid:
        message = problem(**{name: value})
        assert message.startswith(f"{name} ")
        assert f"; expected {expected}" in message


def test_one_error_names_all_problems_and_no_text() -> None:
    secret = "a secret text"
    message = problem(messages=[secret], tools=[{"type": {secret}}], tool_choice={1: secret}, n=0)
    assert message == (
        "4 problems:\n"
        "  messages holds a str of 13 characters; expected a list of dicts with strings for keys\n"
        "  tools is not JSON: TypeError\n"
        "  tool_choice is a dict of 1 item; expected a dict with strings for keys\n"
        '  n is 0; expected an integer of 1 or more; to send it anyway: extra={"n": 0}'
    )


def test_messages_are_required() -> None:
    assert problem(messages=None) == "messages is missing"


@pytest.mark.parametrize("stream", [None, True, False])
def test_only_the_set_parameters_are_sent(stream: bool | None) -> None:
    request = CompletionsRequest(messages=MESSAGES, n=1, extra={"model": "m", "n": 2})
    body = {"messages": MESSAGES, "n": 2, "model": "m"}
    sent = json.loads(request.body(stream=stream))
    assert sent == (body if stream is None else {**body, "stream": stream})


@given(requests)
def test_a_request_is_a_value(request: CompletionsRequest) -> None:
    for twin in (pickle.loads(pickle.dumps(request)), copy.copy(request), request.replace()):
        assert twin == request
        assert hash(twin) == hash(request)
    assert CompletionsRequest.from_dict(json.loads(request.body(stream=True))) == request
    with pytest.raises(FrozenInstanceError):
        request.n = 2  # type: ignore[misc]


def test_later_changes_do_not_reach_the_request() -> None:
    given: dict[str, Any] = {
        "messages": copy.deepcopy(MESSAGES),
        "tools": [copy.deepcopy(TOOL)],
        "tool_choice": copy.deepcopy(TOOL),
        "response_format": {"type": "json_schema", "json_schema": {}},
    }
    request = CompletionsRequest(**given)
    body = request.body()
    given["messages"][0]["content"] = "Bye"
    given["messages"].append({})
    given["tools"][0]["function"]["name"] = "g"
    given["tool_choice"]["function"]["name"] = "g"
    given["response_format"]["json_schema"]["a"] = 1
    assert request.body() == body


def test_every_parameter_has_a_rule_and_is_documented() -> None:
    hints = get_type_hints(CompletionsRequest)
    for each in fields(CompletionsRequest):
        assert callable(each.metadata["rule"])
        assert f"    {each.name}: " in (CompletionsRequest.__doc__ or "")
        assert each.name in hints
