"""Requests for Cohere's chat, versions 1 and 2: limits and bodies."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from dataclasses import FrozenInstanceError, fields
from typing import Any, get_type_hints

import pytest

from clients import both_modes
from cohere_aws import InvalidRequestError, Mode, ToolCall
from cohere_aws.chat import ChatRequest, ChatV2Request

MESSAGES = [{"role": "user", "content": "Hello"}]
TOOL = {"name": "weather", "description": "a description"}
OBJECTS = "a list of dicts with strings for keys"
OBJECT = "a dict with strings for keys"
WHOLE = "an integer of 1 or more"
TEXT = (["a", ""], [5, ["a"]], "a string")
FLAG = ([True, False], [1, "true"], "True or False")
PENALTY = ([0, 1], [-0.1, 1.1], "a number from 0 to 1")
LIST = ([[], [TOOL]], [TOOL, "a", ["a"]], OBJECTS)
DICT = ([{}, {"type": "a"}], ["a", {1: 2}], OBJECT)
STRINGS = ([(), ("a",) * 5], ["a", [5], ["a"] * 6], "a list of at most 5 strings")
SEED = ([-1, 2**64 - 1], [2**64, 1.5], "an integer from ")
P = ([0.01, 0.99], [0, 1], "a number from 0.01 to 0.99")
CLASSES: dict[type[Any], dict[str, Any]] = {
    ChatRequest: {"message": "Hello"},
    ChatV2Request: {"messages": MESSAGES},
}
# For each parameter: values within its limits, values beyond them, and what is expected.
LIMITS: dict[type[Any], dict[str, tuple[list[Any], list[Any], str]]] = {
    ChatRequest: {
        "message": TEXT,
        "model": TEXT,
        "chat_history": LIST,
        "preamble": TEXT,
        "temperature": ([0, 1], [-0.1, 1.1], "a number from 0 to 1"),
        "max_tokens": ([1, 10**6], [0, 1.0], WHOLE),
        "p": P,
        "k": ([0, 2.5, 500], [-1, 501], "a number from 0 to 500"),
        "tools": LIST,
        "tool_results": LIST,
        "search_queries_only": FLAG,
        "documents": LIST,
        "raw_prompting": FLAG,
        "return_prompt": FLAG,
        "prompt_truncation": (
            ["OFF", "AUTO_PRESERVE_ORDER", "AUTO"],
            ["off", 5],
            "one of OFF, AUTO_PRESERVE_ORDER, AUTO",
        ),
        "frequency_penalty": PENALTY,
        "presence_penalty": PENALTY,
        "seed": SEED,
        "stop_sequences": STRINGS,
        "extra": DICT,
    },
    ChatV2Request: {
        "messages": ([[TOOL]], LIST[1], OBJECTS),
        "model": TEXT,
        "tools": LIST,
        "strict_tools": FLAG,
        "tool_choice": (["REQUIRED", "NONE"], ["AUTO", 5], "one of REQUIRED, NONE"),
        "documents": (
            [[], ["a"], ["a", {"id": "1"}]],
            ["a", [5], ["a", {1: 2}], {}],
            "a list of strings, or of dicts with strings for keys",
        ),
        "citation_options": DICT,
        "response_format": DICT,
        "safety_mode": TEXT,
        "max_tokens": ([1, 10**6], [0, 1.0], WHOLE),
        "stop_sequences": STRINGS,
        "temperature": ([0, 2], [-0.1], "a number of 0 or more"),
        "seed": SEED,
        "frequency_penalty": PENALTY,
        "presence_penalty": PENALTY,
        "k": ([0, 500], [2.5, -1, 501], "an integer from 0 to 500"),
        "p": P,
        "logprobs": FLAG,
        "thinking": DICT,
        "priority": ([0, 999], [-1, 0.5], "an integer of 0 or more"),
        "extra": DICT,
    },
}
CASES = [(kind, name) for kind, limits in LIMITS.items() for name in limits]
both_versions = pytest.mark.parametrize("kind", CLASSES)


def problem(kind: Any, **given: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        kind(**{**CLASSES[kind], **given})
    return str(caught.value)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_each_parameter_has_a_limit(kind: Any, name: str) -> None:
    valid, invalid, expected = LIMITS[kind][name]
    for value in valid:
        assert getattr(kind(**{**CLASSES[kind], name: value}), name) == value
    for value in invalid:
        message = problem(kind, **{name: value})
        assert message.startswith(f"{name} ")
        assert f"; expected {expected}" in message


@both_versions
def test_the_table_has_all_parameters(kind: Any) -> None:
    assert [each.name for each in fields(kind)] == list(LIMITS[kind])
    for name in LIMITS[kind]:
        assert f"\n    {name}: " in inspect.getdoc(kind)
    assert set(LIMITS[kind]) <= set(get_type_hints(kind))


def test_one_error_names_all_problems_and_no_text() -> None:
    secret = "a secret text"
    assert problem(ChatRequest, message=5, k=501, tools=[secret], documents=[{"a": {secret}}]) == (
        "4 problems:\n"
        "  message is 5; expected a string\n"
        '  k is 501; expected a number from 0 to 500; to send it anyway: extra={"k": 501}\n'
        f"  tools holds a str of 13 characters; expected {OBJECTS}\n"
        "  documents is not JSON: TypeError"
    )
    assert problem(ChatV2Request, messages=None, documents=[{"a": {secret}}], stream=True) == (
        "3 problems:\n"
        "  messages is missing\n"
        "  documents is not JSON: TypeError\n"
        "  stream is not a parameter; pass other parameters of the model in extra"
    )


@both_versions
@pytest.mark.parametrize("stream", [True, False])
@both_modes
def test_the_body_has_the_keys_of_the_service(kind: Any, mode: Mode, stream: bool) -> None:
    required = CLASSES[kind]
    for request in (kind(**required, seed=1), kind(**required, seed=1, model="m")):
        arguments = request._arguments(mode, "body", stream=stream)
        assert list(arguments) == ["body"]
        expected = {**required, "seed": 1}
        if mode is Mode.SAGEMAKER:
            expected |= {"stream": stream} | ({} if request.model is None else {"model": "m"})
        assert json.loads(arguments["body"]) == expected


@both_versions
def test_extra_is_sent_to_every_service(kind: Any) -> None:
    request = kind(**CLASSES[kind], model="m", extra={"model": "x", "k": 501})
    for mode in Mode:
        sent = json.loads(request._arguments(mode, "body", stream=False)["body"])
        assert (sent["model"], sent["k"]) == ("x", 501)


@both_versions
def test_a_request_is_frozen_and_keeps_no_object_of_the_caller(kind: Any) -> None:
    documents = [{"id": "1", "data": {"a": "b"}}]
    request = kind(**CLASSES[kind], documents=documents)
    documents[0]["data"]["a"] = "changed"  # type: ignore[index]
    assert request.documents == [{"id": "1", "data": {"a": "b"}}]
    with pytest.raises(FrozenInstanceError):
        request.seed = 1
    for same in (copy.copy(request), copy.deepcopy(request), pickle.loads(pickle.dumps(request))):
        assert (same, hash(same)) == (request, hash(request))
    assert kind.from_dict(json.loads(request.body())) == request


def test_the_dialects_of_the_answers() -> None:
    assert (ChatRequest.dialect, ChatV2Request.dialect) == ("command", "chat")


def test_calls_of_tools_are_sent_as_they_came() -> None:
    call = ToolCall(name="weather", parameters={"city": "Paris"}, generation_id=None)
    results = [{"call": call, "outputs": [{"ok": True}]}]
    body = json.loads(ChatRequest(message="", tool_results=results).body())
    assert body == {"message": "", "tool_results": json.loads(json.dumps(results))}


@pytest.mark.parametrize("messages", [[], ()])
def test_messages_cannot_be_empty(messages: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        ChatV2Request(messages=messages, temperature=-1)
    name = type(messages).__name__
    assert str(caught.value).startswith(
        f"2 problems:\n  messages is a {name} of 0 items; expected at least 1 message\n  temperature"
    )
