"""Requests of Converse and their inference parameters: limits, names, copies, and the SDK."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import math
import pickle
import sys
from dataclasses import FrozenInstanceError, dataclass, field, fields
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import Any, get_type_hints

import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import ConverseRequest, InferenceConfiguration, InvalidRequestError, Mode
from converse_shapes import (
    edges,
    faults,
    input_of,
    members_of,
    needs_newest,
    smallest,
    values_of,
)

SECRET = "a secret text"
SET: dict[str, Any] = {
    "max_tokens": 5,
    "temperature": 0.5,
    "top_p": 1,
    "stop_sequences": ["a"],
}
NAMES = {"maxTokens": 5, "temperature": 0.5, "topP": 1, "stopSequences": ["a"]}
MODEL = input_of("ConverseStream")
requests = st.fixed_dictionaries(
    {},
    optional={
        name: values_of(shape).filter(lambda value: value is not None)  # None is not sent
        for name, shape in members_of(MODEL).items()
    },
)


def problem(class_: Any = ConverseRequest, **given: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        class_(**given)
    assert "to send it anyway" not in str(caught.value)
    return str(caught.value)


LIMITS: dict[str, tuple[list[Any], list[Any], str]] = {
    "max_tokens": ([1, 10**6], [0, 1.5, True, "1"], "an integer of 1 or more"),
    "temperature": ([0, 0.5, 1], [-0.1, 1.1, "hot", math.nan], "a number from 0 to 1"),
    "top_p": ([0, 0.5, 1], [-0.1, 1.1, None.__class__], "a number from 0 to 1"),
    "stop_sequences": (
        [[], ["a"] * 2500],
        ["abc", ["a"] * 2501, [""], [5]],
        "a list of at most 2500 strings of at least 1 character",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_each_inference_parameter_has_a_limit(name: str) -> None:
    valid, invalid, expected = LIMITS[name]
    for value in valid:
        found = getattr(InferenceConfiguration(**{name: value}), name)
        assert found == (tuple(value) if isinstance(value, list) else value)
    for value in invalid:
        message = problem(InferenceConfiguration, **{name: value})
        assert message.startswith(f"{name} ")
        assert message.endswith(f"; expected {expected}")


@needs_newest
def test_the_limits_are_those_of_the_service_model() -> None:
    shape = MODEL.members["inferenceConfig"]
    for path, value in faults(shape):
        with pytest.raises(InvalidRequestError) as caught:
            InferenceConfiguration.from_dict(value)
        field_ = {
            f".{each.metadata['member']}": each.name for each in fields(InferenceConfiguration)
        }
        assert str(caught.value).startswith(field_.get(path.partition("[")[0], "members"))
    for value in edges(shape):
        assert InferenceConfiguration.from_dict(value).to_dict() == value


def test_one_error_names_all_problems_with_inference_parameters() -> None:
    message = problem(
        InferenceConfiguration, max_tokens=0, temperature=SECRET, stop_sequences=[""], maxTokens=5
    )
    assert message == (
        "4 problems:\n"
        "  max_tokens is 0; expected an integer of 1 or more\n"
        "  temperature is a str of 13 characters; expected a number from 0 to 1\n"
        "  stop_sequences holds a str of 0 characters; expected a list of at most 2500 strings of at least 1 character\n"
        "  maxTokens is not a parameter; did you mean max_tokens?"
    )


def test_inference_parameters_have_the_names_of_the_service() -> None:
    inference = InferenceConfiguration(**SET)
    assert inference.to_dict() == NAMES
    assert InferenceConfiguration.from_dict(NAMES) == inference
    assert InferenceConfiguration().to_dict() == {}
    message = problem(InferenceConfiguration.from_dict, members={"max_tokens": 5, "topK": 3})
    assert message == (
        "2 problems:\n"
        "  max_tokens is not a parameter; did you mean maxTokens?\n"
        "  topK is not a parameter; did you mean topP?"
    )


def test_inference_parameters_are_values() -> None:
    inference = InferenceConfiguration(**SET)
    for twin in (pickle.loads(pickle.dumps(inference)), copy.deepcopy(inference)):
        assert (twin, hash(twin), type(twin)) == (inference, hash(inference), type(inference))
    assert inference.replace(top_p=None).to_dict() == {k: NAMES[k] for k in NAMES if k != "topP"}
    assert repr(InferenceConfiguration(max_tokens=5)) == (
        "InferenceConfiguration(max_tokens=5, temperature=None, top_p=None, stop_sequences=None)"
    )
    with pytest.raises(FrozenInstanceError):
        inference.top_p = 0.5  # type: ignore[misc]


@dataclass(kw_only=True)
class SdkConfiguration:
    """The class of the package ``aws_sdk_bedrock_runtime``, which checks nothing."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: list[str] | None = None


@dataclass(kw_only=True)
class NewerConfiguration(SdkConfiguration):
    top_k: int | None = field(default=None)


class SlottedConfiguration:
    """An object without ``__dict__``."""

    __slots__ = ("max_tokens", "stop_sequences", "temperature", "top_p")


def test_an_object_of_the_sdk_is_read_by_its_attributes() -> None:
    assert InferenceConfiguration.from_sdk(SdkConfiguration(**SET)) == InferenceConfiguration(**SET)
    assert InferenceConfiguration.from_sdk(NewerConfiguration()) == InferenceConfiguration()
    slotted = SlottedConfiguration()
    for name in SlottedConfiguration.__slots__:
        setattr(slotted, name, SET[name])
    assert InferenceConfiguration.from_sdk(slotted) == InferenceConfiguration(**SET)
    assert InferenceConfiguration.from_sdk(InferenceConfiguration(**SET)).to_dict() == NAMES


def test_an_object_of_the_sdk_is_checked() -> None:
    from_sdk = InferenceConfiguration.from_sdk
    wrong = NewerConfiguration(max_tokens=-5, temperature="hot", top_k=3)  # type: ignore[arg-type]
    assert problem(from_sdk, configuration=wrong) == (
        "3 problems:\n"
        "  max_tokens is -5; expected an integer of 1 or more\n"
        "  temperature is a str of 3 characters; expected a number from 0 to 1\n"
        "  top_k is not a parameter; did you mean top_p?"
    )
    expected = "expected an object with max_tokens, temperature, top_p, stop_sequences"
    assert problem(from_sdk, configuration=NAMES) == (
        "configuration is of type dict without max_tokens, temperature, top_p, stop_sequences; "
        f"{expected}"
    )
    partly = SimpleNamespace(max_tokens=5, temperature=1, top_p=1)
    assert problem(from_sdk, configuration=partly).endswith(f"without stop_sequences; {expected}")


def test_an_object_of_the_sdk_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    package, models = ModuleType("sdk"), ModuleType("models")
    models.InferenceConfiguration = SdkConfiguration  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "aws_sdk_bedrock_runtime", package)
    monkeypatch.setitem(sys.modules, "aws_sdk_bedrock_runtime.models", models)
    inference = InferenceConfiguration(**SET)
    assert inference.to_sdk() == SdkConfiguration(**SET)
    assert InferenceConfiguration.from_sdk(inference.to_sdk()) == inference


def test_strings_are_a_message_of_the_user_and_a_block() -> None:
    request = ConverseRequest(messages="Hello", system="Be brief.")
    assert request.to_dict() == {
        "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
        "system": [{"text": "Be brief."}],
    }
    assert ConverseRequest(**request.to_dict()) == request
    assert ConverseRequest().to_dict() == {}


def test_each_field_has_a_name_in_the_service() -> None:
    for shape in (MODEL, input_of("Converse")):
        names = {each.metadata["member"] for each in fields(ConverseRequest)}
        assert members_of(shape).keys() <= names
    hints = get_type_hints(ConverseRequest)
    for class_ in (ConverseRequest, InferenceConfiguration):
        for each in fields(class_):
            assert callable(each.metadata["rule"])
            assert f"    {each.name}: " in (class_.__doc__ or "")
            assert each.name in hints or class_ is InferenceConfiguration


def test_one_error_names_all_problems_of_a_request() -> None:
    image = {"format": "tiff", "source": {"bytes": SECRET}}
    message = problem(
        messages=[{"role": "usr", "content": [{"text": 5}, {"image": image}]}],
        system="",
        inference={"maxTokens": 5},
        tool_config={"tools": []},
        additional_model_request_fields={"k": {5}},
        additional_model_response_field_paths=["/a"] * 11,
        request_metadata={},
        service_tier={"type": "fast"},
        model_id="m",
    )
    assert message.startswith(
        "12 problems:\n"
        '  messages[0].role is "usr"; expected one of user, assistant, system; did you mean "user"?\n'
        "  messages[0].content[0].text is 5; expected a string\n"
        '  messages[0].content[1].image.format is "tiff"; expected one of png, jpeg, gif, webp\n'
        "  messages[0].content[1].image.source.bytes is a str of 13 characters; expected bytes, at least 1 (boto3 encodes them as base64)\n"
        "  system[0].text is a str of 0 characters; expected a string of at least 1 character\n"
        "  inference is of type dict; expected an InferenceConfiguration of cohere_aws; from_dict() and from_sdk() make one\n"
        "  tool_config.tools is a list of 0 items; expected a list of 1 or more items\n"
        "  additional_model_request_fields is not JSON: TypeError\n"
        "  additional_model_response_field_paths is a list of 11 items; expected a list of 0 to 10 items\n"
        "  request_metadata is a dict of 0 items; expected a dict of 1 to 16 items\n"
        '  service_tier.type is "fast"; expected one of priority, default, flex, reserved\n'
        "  model_id is not a parameter; expected one of messages, system, inference, "
    )


@pytest.mark.parametrize("name", ["messages", "system"])
def test_a_single_dict_is_not_a_list(name: str) -> None:
    expected = "is a dict of 1 item; expected a string or a list of dicts"
    assert problem(**{name: {"text": "Hi"}}) == f"{name} {expected}"
    assert problem(**{name: ["Hi"]}).startswith(f"{name}[0] is a str of 2 characters; ")


def test_a_dict_may_have_problems_in_all_its_parts() -> None:
    members = {"inferenceConfig": {"maxTokens": 0, "topK": 1}, "modelId": "m", "system": 5}
    message = problem(ConverseRequest.from_dict, members=members)
    assert message.startswith(
        "4 problems:\n"
        "  inference.topK is not a parameter; did you mean topP?\n"
        "  inference.max_tokens is 0; expected an integer of 1 or more\n"
        "  modelId is not a parameter; expected one of messages, system, inferenceConfig, toolCon"
    )
    assert message.endswith("\n  system is 5; expected a string or a list of dicts")
    wrong = problem(ConverseRequest.from_dict, members={"inferenceConfig": [1]})
    assert wrong.startswith("inference is of type list; expected an InferenceConfiguration of coh")


@given(requests)
def test_all_that_is_accepted_passes_the_validation_of_botocore(members: dict[str, Any]) -> None:
    request = ConverseRequest.from_dict(members)
    sent = request._arguments(Mode.BEDROCK, "body", stream=True)
    sent = {"messages": [], **sent}  # an older botocore requires them
    report = ParamValidator().validate({"modelId": "m", **sent}, MODEL)
    assert not report.has_errors(), report.generate_report()


@given(requests)
def test_a_request_is_a_value(members: dict[str, Any]) -> None:
    request = ConverseRequest.from_dict(members)
    for twin in (
        ConverseRequest.from_dict(request.to_dict()),
        pickle.loads(pickle.dumps(request)),
        copy.deepcopy(request),
        request.replace(),
    ):
        assert (twin, hash(twin), type(twin)) == (request, hash(request), ConverseRequest)
    assert request.to_dict() == members
    with pytest.raises(FrozenInstanceError):
        request.system = "b"  # type: ignore[misc]


@given(requests)
def test_the_body_is_json(members: dict[str, Any]) -> None:
    body = json.loads(ConverseRequest.from_dict(members).body(stream=True))
    assert body == json.loads(json.dumps(members, default=lambda it: base64.b64encode(it).decode()))


def test_bytes_stay_bytes() -> None:
    image = {"format": "png", "source": {"bytes": bytearray(b"\x89PNG")}}
    request = ConverseRequest(messages=[{"role": "user", "content": ({"image": image},)}])
    image["source"]["bytes"] += b"more"  # type: ignore[index]
    [message] = request.to_dict()["messages"]
    found = message["content"][0]["image"]["source"]["bytes"]
    assert (type(found), found) == (bytes, b"\x89PNG")
    assert json.loads(request.body())["messages"][0]["content"][0]["image"]["source"] == {
        "bytes": "iVBORw=="
    }


def test_later_changes_do_not_reach_the_request() -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": [{"text": "Hello"}]}]
    tools = {"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {}}}}]}
    request = ConverseRequest(messages=messages, tool_config=MappingProxyType(tools))
    sent = request.to_dict()
    messages.append({"role": "user", "content": []})
    messages[0]["content"][0]["text"] = "Bye"
    tools["tools"][0]["toolSpec"]["inputSchema"]["json"]["a"] = 1  # type: ignore[index]
    assert request.to_dict() == sent
    sent["messages"].clear()
    sent["toolConfig"]["tools"].clear()
    assert len(request.to_dict()["messages"]) == len(request.to_dict()["toolConfig"]["tools"]) == 1


def test_a_member_for_streams_only() -> None:
    guardrail = {"guardrailIdentifier": "g", "streamProcessingMode": "async"}
    request = ConverseRequest(messages="Hello", guardrail_config=guardrail)
    sent = request._arguments(Mode.BEDROCK, "body", stream=True)
    assert sent == request.to_dict()
    assert sent["guardrailConfig"] == json.loads(request.body(stream=True))["guardrailConfig"]
    expected = r"^guardrail_config\.streamProcessingMode is set; expected only with stream=True$"
    with pytest.raises(InvalidRequestError, match=expected):
        request._arguments(Mode.BEDROCK, "body", stream=False)
    for stream in (None, False):
        with pytest.raises(InvalidRequestError, match=expected):
            request.body(stream=stream)
    with pytest.raises(InvalidRequestError, match=r"^stream is of type str; expected True or Fa"):
        request.body(stream="false")  # type: ignore[arg-type]
    plain = ConverseRequest(guardrail_config={"guardrailIdentifier": "g"})
    assert plain._arguments(Mode.BEDROCK, "body", stream=False) == plain.to_dict()


def test_it_is_for_bedrock() -> None:
    assert (ConverseRequest.dialect, ConverseRequest.call) == ("converse", "converse")
    assert ConverseRequest.modes == (Mode.BEDROCK,)


def test_the_smallest_values_are_accepted() -> None:
    for name, shape in members_of(MODEL).items():
        value = smallest(shape)
        assert ConverseRequest.from_dict({name: value}).to_dict() == {name: value}


def test_a_body_with_base64_reads_to_an_equal_request() -> None:
    image = {"image": {"format": "png", "source": {"bytes": b"\xff\x00"}}}
    result = {"toolResult": {"toolUseId": "t", "content": [image]}}
    guarded = {"guardContent": image}
    messages = [
        {"role": "user", "content": [{"text": "/wA="}]},
        {"role": "user", "content": [image, result, {"text": "/wA="}]},
    ]
    request = ConverseRequest(messages=messages, system=[guarded])
    parsed = json.loads(request.body())
    assert ConverseRequest.from_dict(parsed) == request
    assert ConverseRequest.from_dict({**parsed, "messages": (*parsed["messages"],)}) == request
    assert ConverseRequest.from_dict(request.to_dict()) == request
    body = json.loads(request.body().replace('"bytes": "/wA="', '"bytes": "secret!"'))
    with pytest.raises(InvalidRequestError) as caught:
        ConverseRequest.from_dict({**body, "serviceTier": 5})
    message = str(caught.value)
    paths = "messages[1].content[0]", "messages[1].content[1].toolResult.content[0]"
    for path in (*paths, "system[0].guardContent"):
        assert f"{path}.image.source.bytes is a string; expected base64" in message
    assert "service_tier is 5" in message
    assert message.startswith("4 problems:")
    assert "secret" not in message


@pytest.mark.parametrize("value", ["a", 5, None, [5], [{"role": "user"}], [{"content": 5}]])
def test_members_that_have_no_blocks(value: Any) -> None:
    for name in ("messages", "system"):
        with contextlib.suppress(InvalidRequestError):
            ConverseRequest.from_dict({name: value})
