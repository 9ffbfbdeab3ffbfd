"""Events to payloads: what is opened, what an error event becomes, and what is refused."""

from __future__ import annotations

import io
from typing import Any

import pytest

from cohere_aws import CohereError, MalformedStreamError, Mode, ServiceError
from cohere_aws._envelope import (
    FAULTS,
    body_of,
    envelope_for,
    payload_of,
    service_error,
    usage_headers,
)

EVENTS: dict[Mode, Any] = {
    Mode.SAGEMAKER: lambda payload: {"PayloadPart": {"Bytes": payload}},
    Mode.BEDROCK: lambda payload: {"chunk": {"bytes": payload}},
}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("type_", [bytes, bytearray, memoryview])
def test_the_payload_of_an_event(mode: Mode, type_: type) -> None:
    payload = payload_of(EVENTS[mode](type_(b"{}")), envelope_for(mode))
    assert type(payload) is bytes
    assert payload == b"{}"


def test_a_buffer_is_copied() -> None:
    buffer = bytearray(b"{}")
    payload = payload_of(EVENTS[Mode.BEDROCK](buffer), envelope_for(Mode.BEDROCK))
    buffer[:] = b"xx"
    assert payload == b"{}"


@pytest.mark.parametrize("mode", Mode)
def test_a_chunk_without_bytes_is_empty(mode: Mode) -> None:
    envelope = envelope_for(mode)
    assert payload_of({envelope.outer: {}}, envelope) == b""


@pytest.mark.parametrize("mode", [None, 1, "BEDROCK", 3])
def test_an_unsupported_mode(mode: Any) -> None:
    with pytest.raises(CohereError, match=r"^Unsupported mode$"):
        envelope_for(mode)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("code", FAULTS)
def test_every_modelled_error_event(mode: Mode, code: str) -> None:
    with pytest.raises(ServiceError) as caught:
        payload_of({code: {"message": "words"}}, envelope_for(mode))
    assert caught.value.code == code
    assert caught.value.message == f"{code}: words"
    assert caught.value.http_status == FAULTS[code].http_status
    assert caught.value.retryable == FAULTS[code].retryable


def test_a_modelled_error_event_in_another_case() -> None:
    with pytest.raises(ServiceError) as caught:
        payload_of({"ThrottlingException": {"message": "m"}}, envelope_for(Mode.BEDROCK))
    assert (caught.value.code, caught.value.http_status) == ("ThrottlingException", 429)
    assert caught.value.retryable
    with pytest.raises(ServiceError, match="ThrottlingException"):
        payload_of({"ThrottlingException": None}, envelope_for(Mode.BEDROCK))


def test_what_is_retryable() -> None:
    assert {fault.http_status for fault in FAULTS.values() if fault.retryable} == {
        408, 424, 429, 500, 503, None,
    }  # fmt: skip
    assert [code for code, fault in FAULTS.items() if not fault.retryable] == [
        "validationException"
    ]


def test_the_table_is_that_of_the_service_models() -> None:
    session = pytest.importorskip("botocore.session").get_session()
    modelled = {}
    for service, operation in (
        ("bedrock-runtime", "InvokeModelWithResponseStream"),
        ("sagemaker-runtime", "InvokeEndpointWithResponseStream"),
    ):
        model = session.get_service_model(service).operation_model(operation)
        for name, shape in model.get_event_stream_output().members.items():
            if shape.metadata.get("exception"):
                modelled[name] = shape.metadata.get("error", {}).get("httpStatusCode")
    known = {code: fault.http_status for code, fault in FAULTS.items()}
    assert modelled.items() <= known.items()


def test_what_a_model_says_through_the_service() -> None:
    detail = {"message": "m", "originalStatusCode": 500, "originalMessage": "words of the model"}
    error = service_error("modelStreamErrorException", detail)
    assert (error.original_status, error.original_message) == (500, "words of the model")
    error = service_error("modelStreamErrorException", {"originalStatusCode": "?"})
    assert error.original_status is None


def test_sagemaker_tells_the_kind_of_a_stream_error() -> None:
    error = service_error("ModelStreamError", {"Message": "m", "ErrorCode": "StreamBroken"})
    assert error.message == "ModelStreamError (StreamBroken): m"
    assert error.retryable


@pytest.mark.parametrize(("status", "retryable"), [(429, True), (403, False), (None, False)])
def test_an_error_of_another_name_goes_by_its_status(
    status: int | None, *, retryable: bool
) -> None:
    error = service_error("Other", {}, http_status=status, headers={"x-amzn-requestid": "1"})
    assert (error.message, error.http_status, error.retryable) == ("Other", status, retryable)
    assert error.headers == {"x-amzn-requestid": "1"}


def test_the_status_that_came_counts() -> None:
    error = service_error("ThrottlingException", {}, http_status=400)
    assert (error.http_status, error.retryable) == (400, True)


def test_an_error_without_a_name() -> None:
    error = service_error("", {"message": ""})
    assert (error.code, error.message) == (None, "an error without a code")


def test_an_error_event_that_no_model_knows_yet() -> None:
    with pytest.raises(ServiceError, match="newException: words"):
        payload_of({"newException": {"Message": "words"}}, envelope_for(Mode.BEDROCK))


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (None, ""),
        ("slow down", ": slow down"),
        ({"message": 5}, ": its message is a number"),
        (["slow down"], ": its message is an array"),
    ],
)
def test_an_error_event_of_another_form(detail: Any, words: str) -> None:
    with pytest.raises(ServiceError) as caught:
        payload_of({"throttlingException": detail}, envelope_for(Mode.BEDROCK))
    assert caught.value.message == f"throttlingException{words}"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("chunk", "an event is a string; expected a dict; pass response['body']"),
        (
            b"{}",
            "an event is a Python bytes; expected a dict; this is the body of a plain answer, for Generations.from_response()",
        ),
        ("{}", "expected a dict; pass response['body'], the stream inside of what boto3 returns"),
        (None, "an event is null; expected a dict"),
        ([], "an event is an array; expected a dict"),
        ({}, "an event has the keys none; expected {'chunk': {'bytes': bytes}}"),
        ({"metadata": {}}, "an event has the keys 'metadata'; expected"),
        ({"chunk": {"Bytes": b""}}, "event['chunk'] has the keys 'Bytes'; expected"),
        ({"chunk": None}, "an event has the keys 'chunk'; expected"),
        ({"chunk": {"bytes": "{}"}}, "event['chunk']['bytes'] is a string; expected bytes"),
        ({"chunk": {"bytes": None}}, "event['chunk']['bytes'] is null; expected bytes"),
        ({"PayloadPart": {"Bytes": b""}}, "; is this a stream of Mode.SAGEMAKER?"),
    ],
)
def test_what_is_no_event(event: Any, message: str) -> None:
    with pytest.raises(MalformedStreamError) as caught:
        payload_of(event, envelope_for(Mode.BEDROCK))
    assert message in str(caught.value)


@pytest.mark.parametrize("mode", Mode)
def test_the_body_of_a_response(mode: Mode) -> None:
    envelope, body = envelope_for(mode), io.BytesIO()
    assert body_of({envelope.body: body}, envelope) is body


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ({"Body": 1}, "with the key 'body'; found 'Body'"),
        ("text", "with the key 'body'; found a string"),
        ({"body": b"{}"}, "is a Python bytes; expected a body to read"),
        ({"body": iter([])}, "an event stream is for StreamingGenerations"),
        ({"body": None}, "response['body'] is null; expected a body to read"),
    ],
)
def test_what_is_no_response(response: Any, message: str) -> None:
    with pytest.raises(CohereError) as caught:
        body_of(response, envelope_for(Mode.BEDROCK))
    assert message in str(caught.value)


def test_usage_in_the_headers_of_bedrock() -> None:
    headers = {
        "x-amzn-bedrock-input-token-count": "40",
        "x-amzn-bedrock-output-token-count": "-1",
        "x-amzn-bedrock-invocation-latency": "346",
    }
    response = {"ResponseMetadata": {"HTTPHeaders": headers}}
    found = {"input_tokens": 40, "invocation_latency_ms": 346}
    assert usage_headers(response, envelope_for(Mode.BEDROCK)) == found
    assert usage_headers(response, envelope_for(Mode.SAGEMAKER)) == {}


@pytest.mark.parametrize("response", [{}, {"ResponseMetadata": None}, {"ResponseMetadata": {}}])
def test_no_headers_no_usage(response: dict[str, Any]) -> None:
    assert usage_headers(response, envelope_for(Mode.BEDROCK)) == {}


@pytest.mark.parametrize(
    ("value", "count"), [(40, 40), ("40", 40), (None, None), ("9" * 5000, None)]
)
def test_headers_that_were_made_by_hand(value: Any, count: int | None) -> None:
    headers = {"x-amzn-bedrock-input-token-count": value}
    response = {"ResponseMetadata": {"HTTPHeaders": headers}}
    assert usage_headers(response, envelope_for(Mode.BEDROCK)).get("input_tokens") == count
