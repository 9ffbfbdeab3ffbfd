"""The call that ``generate`` makes, compared with the calls of the documented client."""

from __future__ import annotations

import json
from typing import Any

import botocore
import pytest

from clients import both_modes, client_of
from cohere_aws import (
    CohereError,
    CompletionsRequest,
    ConverseRequest,
    EmbedRequest,
    GenerateRequest,
    InvalidRequestError,
    JurassicRequest,
    Mode,
    TgiRequest,
)
from cohere_aws._operations import (
    DOCUMENTED_DEFAULTS,
    Sampling,
    Target,
    check_client,
    check_members,
    check_names,
    operation_for,
    request_for,
    target_of,
    warn_of_ignored,
)

NO_TARGET = Target(None, None, None, None)
TARGETS = {
    Mode.SAGEMAKER: NO_TARGET._replace(endpoint_name="endpoint"),
    Mode.BEDROCK: NO_TARGET._replace(model_id="model"),
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
    operation = operation_for(
        mode, TARGETS[mode], prompt, {**DOCUMENTED_DEFAULTS, **given}, stream=stream
    )
    body = operation.arguments["body" if mode is Mode.BEDROCK else "Body"]
    assert isinstance(body, str)
    return json.loads(body)


@both_modes
@pytest.mark.parametrize("stream", [True, False])
def test_the_body_is_that_of_the_documented_client(mode: Mode, stream: bool) -> None:
    assert body_of(mode, stream=stream) == {**BODIES[mode], "stream": stream}


@both_modes
def test_parameters_are_sent_under_their_own_names(mode: Mode) -> None:
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
def test_a_value_of_another_type_that_equals_a_default_is_checked(mode: Mode) -> None:
    for number in (True, 1.0):
        with pytest.raises(InvalidRequestError, match=f"num_generations is {number}"):
            body_of(mode, num_generations=number)


@both_modes
def test_none_leaves_the_default_to_the_service(mode: Mode) -> None:
    assert body_of(mode, **dict.fromkeys(DOCUMENTED_DEFAULTS)) == {
        "prompt": "hello",
        "stream": True,
    }


@both_modes
def test_a_request_is_sent_as_it_is(mode: Mode) -> None:
    request = GenerateRequest(prompt="hi", num_generations=1, extra={"seed": 7})
    expected = {"prompt": "hi", "num_generations": 1, "seed": 7, "stream": False}
    assert body_of(mode, request, stream=False) == expected


@both_modes
def test_parameters_beside_a_request_are_refused(mode: Mode) -> None:
    with pytest.raises(InvalidRequestError, match=r"^pass max_tokens, k in the request: req"):
        body_of(mode, GenerateRequest(prompt="hi"), max_tokens=7, k=1)


@both_modes
def test_limits_are_checked(mode: Mode) -> None:
    with pytest.raises(InvalidRequestError, match="temperature is 7"):
        body_of(mode, temperature=7)


def test_sagemaker_gets_the_endpoint_variant_and_component() -> None:
    target = Target("endpoint", "not used", "blue", "component")
    operation = operation_for(Mode.SAGEMAKER, target, "hello", DOCUMENTED_DEFAULTS, stream=True)
    assert operation.method == "invoke_endpoint_with_response_stream"
    assert (operation.member, operation.stream) == ("Body", True)
    assert target_of(Mode.SAGEMAKER, operation) == operation.arguments["EndpointName"]
    assert {**operation.arguments, "Body": ...} == {
        "EndpointName": "endpoint",
        "ContentType": "application/json",
        "TargetVariant": "blue",
        "InferenceComponentName": "component",
        "Body": ...,
    }
    operation = operation_for(
        Mode.SAGEMAKER, TARGETS[Mode.SAGEMAKER], "hello", DOCUMENTED_DEFAULTS, stream=False
    )
    assert (operation.method, operation.stream) == ("invoke_endpoint", False)
    assert set(operation.arguments) == {"EndpointName", "ContentType", "Body"}


def test_bedrock_gets_the_model_id() -> None:
    target = Target("not used", "model", "not used", None)
    methods = {True: "invoke_model_with_response_stream", False: "invoke_model"}
    for stream, method in methods.items():
        operation = operation_for(Mode.BEDROCK, target, "hello", DOCUMENTED_DEFAULTS, stream=stream)
        assert (operation.method, operation.member) == (method, "body")
        assert operation.stream is stream
        assert target_of(Mode.BEDROCK, operation) == "model"
        assert {**operation.arguments, "body": ...} == {"modelId": "model", "body": ...}


def test_an_endpoint_or_model_id_is_required() -> None:
    expected = r"^No endpoint connected\. Run connect_to_endpoint\(\) first\.$"
    for name in (None, ""):
        with pytest.raises(CohereError, match=expected):
            target = NO_TARGET._replace(endpoint_name=name)
            operation_for(Mode.SAGEMAKER, target, "hello", DOCUMENTED_DEFAULTS, stream=True)
    for model_id in (None, ""):
        with pytest.raises(CohereError, match=r"^must supply model_id arg when calling bedrock$"):
            operation_for(
                Mode.BEDROCK,
                NO_TARGET._replace(model_id=model_id),
                "a",
                DOCUMENTED_DEFAULTS,
                stream=True,
            )


def test_bedrock_refuses_an_inference_component() -> None:
    target = TARGETS[Mode.BEDROCK]._replace(inference_component="component")
    with pytest.raises(
        InvalidRequestError, match=r"^inference_component cannot be used in Mode\.B"
    ):
        operation_for(Mode.BEDROCK, target, "hello", DOCUMENTED_DEFAULTS, stream=True)


@both_modes
@pytest.mark.parametrize("stream", ["false", "", 0, 1, None])
def test_stream_must_be_a_bool(mode: Mode, stream: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^stream is .*; expected True or False$"):
        operation_for(mode, TARGETS[mode], "hello", DOCUMENTED_DEFAULTS, stream=stream)


HELLO = [{"role": "user", "content": "hello"}]
REQUESTS = [
    (GenerateRequest(prompt="hello"), "command", {"prompt": "hello", "stream": False}),
    (
        CompletionsRequest(messages=HELLO),
        "completions",
        {"messages": HELLO, "stream": False},
    ),
    (JurassicRequest(prompt="hello"), "jurassic", {"prompt": "hello"}),
]


@both_modes
@pytest.mark.parametrize(("request_", "dialect", "body"), REQUESTS)
def test_a_request_of_any_dialect_is_sent_as_it_is(
    mode: Mode, request_: Any, dialect: str, body: dict[str, Any]
) -> None:
    operation = operation_for(mode, TARGETS[mode], request_, DOCUMENTED_DEFAULTS, stream=False)
    assert json.loads(operation.arguments[operation.member]) == body
    assert operation.dialect == dialect


@both_modes
def test_chat_completions_stream_by_a_key_on_sagemaker_alone(mode: Mode) -> None:
    request = CompletionsRequest(messages=HELLO)
    body = body_of(mode, request, stream=True)
    assert body == ({"messages": HELLO} | ({"stream": True} if mode is Mode.SAGEMAKER else {}))


def test_tgi_is_for_sagemaker() -> None:
    request = TgiRequest(inputs="hello")
    assert body_of(Mode.SAGEMAKER, request)["inputs"] == "hello"
    expected = r"^TgiRequest is for Mode\.SAGEMAKER; this is Mode\.BEDROCK$"
    with pytest.raises(InvalidRequestError, match=expected):
        body_of(Mode.BEDROCK, request)


@both_modes
def test_jurassic_does_not_stream(mode: Mode) -> None:
    with pytest.raises(InvalidRequestError, match=r"do not stream; pass stream=False$"):
        body_of(mode, JurassicRequest(prompt="hello"), stream=True)


def converse(request: ConverseRequest, *, stream: bool = False, **options: Any) -> Any:
    mode = options.pop("mode", Mode.BEDROCK)
    return operation_for(
        mode, TARGETS[mode], request, DOCUMENTED_DEFAULTS, stream=stream, **options
    )


def test_members_of_a_converse_request_are_arguments() -> None:
    request = ConverseRequest(messages="hello", system="Be brief.")
    arguments = {"modelId": "model", **request.to_dict()}
    plain, streamed = converse(request), converse(request, stream=True)
    members = request.to_dict()
    assert plain == ("converse", arguments, members, None, False, "converse", True)
    assert streamed == ("converse_stream", arguments, members, "stream", True, "converse", True)


def test_converse_is_for_bedrock() -> None:
    expected = r"^ConverseRequest is for Mode\.BEDROCK; this is Mode\.SAGEMAKER$"
    with pytest.raises(InvalidRequestError, match=expected):
        converse(ConverseRequest(), mode=Mode.SAGEMAKER)


def test_a_member_of_converse_may_be_for_streams_only() -> None:
    request = ConverseRequest(guardrail_config={"streamProcessingMode": "sync"})
    assert "guardrailConfig" in converse(request, stream=True).arguments
    with pytest.raises(InvalidRequestError, match=r"^guardrail_config.streamProcessingMode is set"):
        converse(request)


def test_further_arguments_may_not_repeat_members_of_a_request() -> None:
    request = ConverseRequest(messages="hello")
    found = converse(request, aws={"requestMetadata": {"a": "b"}}).arguments
    assert found["requestMetadata"] == {"a": "b"}
    for name in ("messages", "modelId"):
        with pytest.raises(InvalidRequestError, match=f"^aws has {name}, which the request sets$"):
            converse(request, aws={name: []})


def test_messages_are_not_a_prompt() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        request_for(Mode.BEDROCK, [{"role": "user"}], DOCUMENTED_DEFAULTS)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "prompt is a list of 1 item; expected a string or a request, such as ConverseRequest"
    )


@both_modes
def test_a_request_whose_answer_is_not_text(mode: Mode) -> None:
    request = EmbedRequest(texts=["a"], input_type="image")
    with pytest.raises(InvalidRequestError) as caught:
        request_for(mode, request, DOCUMENTED_DEFAULTS)
    assert str(caught.value) == "EmbedRequest is not for generated text; call embed()"


def test_members_that_botocore_does_not_know_are_named_with_its_version() -> None:
    client = client_of(Mode.BEDROCK)
    check_members(client, converse(ConverseRequest(messages="hello"), stream=True))
    content = [{"text": "hello"}, {"hologram": {}}, {"txt": "hello"}]
    request = ConverseRequest(messages=[{"role": "user", "content": content}])
    operation = converse(request, aws={"quality": "best"})  # boto3 checks these
    with pytest.raises(InvalidRequestError) as caught:
        check_members(client, operation)
    assert str(caught.value) == (
        f"converse was not sent: botocore {botocore.__version__} does not know "
        "messages[0].content[1].hologram, messages[0].content[2].txt (did you mean text?)"
    )


@both_modes
def test_further_arguments_of_the_call(mode: Mode) -> None:
    def operation(aws: Any) -> Any:
        target, defaults = TARGETS[mode], DOCUMENTED_DEFAULTS
        return operation_for(mode, target, "hello", defaults, stream=False, aws=aws)

    named = {"trace": "ENABLED"} if mode is Mode.BEDROCK else {"InferenceId": "5"}
    assert operation(named).arguments == {**operation(None).arguments, **named}
    repeated = next(iter(operation(None).arguments))
    with pytest.raises(InvalidRequestError, match=f"^aws has {repeated}, which the request sets$"):
        operation({repeated: "other"})
    with pytest.raises(
        InvalidRequestError, match=r"^aws is a str of 5 characters; expected a dict"
    ):
        operation("trace")


def test_the_types_of_the_parameters_are_those_of_a_request() -> None:
    assert list(Sampling.__annotations__) == list(DOCUMENTED_DEFAULTS)
    fields = {**GenerateRequest.__annotations__}
    assert fields.pop("prompt") == "str"
    assert {name: str(type_) for name, type_ in fields.items()} == {
        name: type_.__forward_arg__ for name, type_ in Sampling.__annotations__.items()
    }


def test_a_client_must_be_for_the_service_and_from_the_library() -> None:
    client = client_of(Mode.SAGEMAKER)
    check_client(client, Mode.SAGEMAKER, asynchronous=False)
    with pytest.raises(
        InvalidRequestError, match=r"^client is for sagemaker-runtime; expected a client for bed"
    ):
        check_client(client, Mode.BEDROCK, asynchronous=False)
    with pytest.raises(
        TypeError, match=r"^client is not from aiobotocore; pass one that is, or use Cl"
    ):
        check_client(client, Mode.SAGEMAKER, asynchronous=True)


def test_an_unknown_name_is_an_error_with_a_similar_name() -> None:
    def method(prompt: str, **parameters: Any) -> None: ...

    check_names(method, {"max_tokens": 7})
    with pytest.raises(InvalidRequestError, match=r"^promt is not a parameter; did you mean prom"):
        check_names(method, {"promt": 7})


def test_ignored_names_are_a_warning() -> None:
    target = NO_TARGET._replace(model_id="model")
    with pytest.warns(UserWarning, match=r"^model_id is not used in Mode\.SAGEMAKER$"):
        warn_of_ignored(Mode.SAGEMAKER, target)
    warn_of_ignored(Mode.BEDROCK, target)
