"""Which call a question becomes: the documented client's own expectations, row by row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clients import both_modes, client_of
from cohere_aws import CohereError, GenerateRequest, InvalidRequestError, Mode
from cohere_aws._operations import DOCUMENTED, Sampling, Target, check_client, operation_for

NOBODY = Target(None, None, None, None)
TARGETS = {
    Mode.SAGEMAKER: NOBODY._replace(endpoint_name="endpoint"),
    Mode.BEDROCK: NOBODY._replace(model_id="model"),
}
# The body that the documented client sends for generate(prompt="hello"), without "stream".
BODIES: dict[Mode, dict[str, Any]] = {
    Mode.SAGEMAKER: {
        "prompt": "hello",
        "max_tokens": 400,
        "temperature": 1.0,
        "k": 0,
        "p": 0.75,
        "num_generations": 1,
    },
    Mode.BEDROCK: {"prompt": "hello", "max_tokens": 400, "temperature": 1.0, "k": 0, "p": 0.75},
}


def body_of(mode: Mode, prompt: Any = "hello", *, stream: bool = True, **given: Any) -> Any:
    made = operation_for(mode, TARGETS[mode], prompt, {**DOCUMENTED, **given}, stream=stream)
    body = made.arguments["body" if mode is Mode.BEDROCK else "Body"]
    assert isinstance(body, str)
    return json.loads(body)


@both_modes
@pytest.mark.parametrize("stream", [True, False])
def test_the_body_is_that_of_the_documented_client(mode: Mode, stream: bool) -> None:
    assert body_of(mode, stream=stream) == {**BODIES[mode], "stream": stream}


@both_modes
def test_what_is_set_is_sent_under_its_own_name(mode: Mode) -> None:
    given: dict[str, Any] = {
        "model": "variant",
        "num_generations": 2,
        "max_tokens": 7,
        "temperature": 0.5,
        "k": 3,
        "p": 0.25,
        "stop_sequences": ["."],
        "return_likelihoods": "ALL",
        "truncate": "END",
        "logit_bias": {"11": 2},
    }
    expected = {"prompt": "hello", **given, "stream": True}
    assert body_of(mode, **{**given, "logit_bias": {11: 2}}) == expected


@both_modes
def test_what_only_equals_a_default_is_looked_at(mode: Mode) -> None:
    for number in (True, 1.0):
        with pytest.raises(InvalidRequestError, match=f"num_generations is {number}"):
            body_of(mode, num_generations=number)


@both_modes
def test_none_leaves_the_default_to_the_service(mode: Mode) -> None:
    assert body_of(mode, **dict.fromkeys(DOCUMENTED)) == {"prompt": "hello", "stream": True}


@both_modes
def test_a_request_is_sent_as_it_is(mode: Mode) -> None:
    request = GenerateRequest(prompt="hi", num_generations=1, extra={"seed": 7})
    expected = {"prompt": "hi", "num_generations": 1, "seed": 7, "stream": False}
    assert body_of(mode, request, stream=False) == expected


@both_modes
def test_parameters_beside_a_request_are_refused(mode: Mode) -> None:
    with pytest.raises(InvalidRequestError, match=r"^max_tokens, k given beside a request; they"):
        body_of(mode, GenerateRequest(prompt="hi"), max_tokens=7, k=1)


@both_modes
def test_limits_are_checked(mode: Mode) -> None:
    with pytest.raises(InvalidRequestError, match="temperature is 7"):
        body_of(mode, temperature=7)


def test_sagemaker_is_told_the_endpoint_and_what_is_behind_it() -> None:
    target = Target("endpoint", "not used", "blue", "component")
    made = operation_for(Mode.SAGEMAKER, target, "hello", DOCUMENTED, stream=True)
    assert made.method == "invoke_endpoint_with_response_stream"
    assert (made.body, made.stream) == ("Body", True)
    assert {**made.arguments, "Body": ...} == {
        "EndpointName": "endpoint",
        "ContentType": "application/json",
        "TargetVariant": "blue",
        "InferenceComponentName": "component",
        "Body": ...,
    }
    made = operation_for(Mode.SAGEMAKER, TARGETS[Mode.SAGEMAKER], "hello", DOCUMENTED, stream=False)
    assert (made.method, made.stream) == ("invoke_endpoint", False)
    assert set(made.arguments) == {"EndpointName", "ContentType", "Body"}


def test_bedrock_is_told_the_model() -> None:
    target = Target("not used", "model", "not used", None)
    for stream, operation in ((True, "invoke_model_with_response_stream"), (False, "invoke_model")):
        made = operation_for(Mode.BEDROCK, target, "hello", DOCUMENTED, stream=stream)
        assert (made.method, made.body, made.stream) == (operation, "body", stream)
        assert {**made.arguments, "body": ...} == {"modelId": "model", "body": ...}


def test_without_somebody_to_ask_there_is_no_call() -> None:
    expected = r"^No endpoint connected\. Run connect_to_endpoint\(\) first\.$"
    for name in (None, ""):
        with pytest.raises(CohereError, match=expected):
            nobody = NOBODY._replace(endpoint_name=name)
            operation_for(Mode.SAGEMAKER, nobody, "hello", DOCUMENTED, stream=True)
    for model_id in (None, ""):
        with pytest.raises(CohereError, match=r"^must supply model_id arg when calling bedrock$"):
            operation_for(
                Mode.BEDROCK, NOBODY._replace(model_id=model_id), "a", DOCUMENTED, stream=True
            )


def test_a_component_of_an_endpoint_is_refused_by_bedrock() -> None:
    target = TARGETS[Mode.BEDROCK]._replace(inference_component="component")
    with pytest.raises(
        InvalidRequestError, match=r"^inference_component cannot be used in Mode\.B"
    ):
        operation_for(Mode.BEDROCK, target, "hello", DOCUMENTED, stream=True)


@both_modes
@pytest.mark.parametrize("stream", ["false", "", 0, 1, None])
def test_whether_to_stream_is_a_bool(mode: Mode, stream: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^stream is .*; expected True or False$"):
        operation_for(mode, TARGETS[mode], "hello", DOCUMENTED, stream=stream)


def test_the_types_of_the_parameters_are_those_of_a_request() -> None:
    assert list(Sampling.__annotations__) == list(DOCUMENTED)
    fields = {**GenerateRequest.__annotations__}
    assert fields.pop("prompt") == "str"
    assert {name: str(type_) for name, type_ in fields.items()} == {
        name: type_.__forward_arg__ for name, type_ in Sampling.__annotations__.items()
    }


def test_a_client_must_be_one_that_can_be_asked() -> None:
    client = client_of(Mode.SAGEMAKER)
    check_client(client, Mode.SAGEMAKER, asynchronous=False)
    with pytest.raises(
        CohereError, match=r"^client is for sagemaker-runtime; expected one for bed"
    ):
        check_client(client, Mode.BEDROCK, asynchronous=False)
    with pytest.raises(
        TypeError, match=r"^client is not from aiobotocore; expected one that is, or use Cl"
    ):
        check_client(client, Mode.SAGEMAKER, asynchronous=True)
