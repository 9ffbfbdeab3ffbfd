"""Events to payloads: what is opened, what an error event becomes, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from cohere_aws import MalformedStreamError, Mode, ServiceError
from cohere_aws._envelope import (
    payload_of,
    raise_for_error,
)
from cohere_aws._services import SERVICES, service_for

ERROR_EVENTS = {
    name: status for service in SERVICES.values() for name, status in service.error_events.items()
}
EVENTS: dict[Mode, Any] = {
    Mode.SAGEMAKER: lambda payload: {"PayloadPart": {"Bytes": payload}},
    Mode.BEDROCK: lambda payload: {"chunk": {"bytes": payload}},
}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("type_", [bytes, bytearray, memoryview])
def test_the_payload_of_an_event(mode: Mode, type_: type) -> None:
    payload = payload_of(EVENTS[mode](type_(b"{}")), service_for(mode))
    assert type(payload) is bytes
    assert payload == b"{}"


def test_a_buffer_is_copied() -> None:
    buffer = bytearray(b"{}")
    payload = payload_of(EVENTS[Mode.BEDROCK](buffer), service_for(Mode.BEDROCK))
    buffer[:] = b"xx"
    assert payload == b"{}"


@pytest.mark.parametrize("mode", Mode)
def test_a_chunk_that_lost_its_bytes_is_not_silent(mode: Mode) -> None:
    service = service_for(mode)
    message = (
        rf"^event\['{service.payload_key}'\] is empty; expected .*; its bytes were lost in transit$"
    )
    with pytest.raises(MalformedStreamError, match=message):
        payload_of({service.payload_key: {}}, service)
    assert payload_of(EVENTS[mode](b""), service) == b""


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    "rest",
    [
        {},
        {"throttlingException": None, "ModelStreamError": None, "SDK_UNKNOWN_MEMBER": None},
        {"received_at": 1.5, "meta": {"source": "a test"}},
    ],
)
def test_what_stands_beside_a_payload(mode: Mode, rest: dict[str, Any]) -> None:
    event = EVENTS[mode](b"{}") | rest
    service = service_for(mode)
    assert payload_of(event, service) == b"{}"
    raise_for_error(event, service)


@pytest.mark.parametrize("mode", Mode)
def test_an_error_beside_a_payload(mode: Mode) -> None:
    event = EVENTS[mode](b"{}") | {"throttlingException": {"message": "slow down"}}
    service = service_for(mode)
    assert payload_of(event, service) == b"{}"
    with pytest.raises(ServiceError, match=r"^throttlingException: slow down$"):
        raise_for_error(event, service)


def test_an_error_among_members_that_are_null() -> None:
    event = {
        "chunk": None,
        "internalServerException": None,
        "throttlingException": {"message": "slow down"},
    }
    with pytest.raises(ServiceError, match=r"^throttlingException: slow down$"):
        payload_of(event, service_for(Mode.BEDROCK))


def test_a_payload_without_bytes_is_not_an_error_event() -> None:
    with pytest.raises(MalformedStreamError, match=r"^event\['chunk'\] has the keys 'message';"):
        payload_of({"chunk": {"message": "words"}}, service_for(Mode.BEDROCK))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("code", ERROR_EVENTS)
def test_every_modelled_error_event(mode: Mode, code: str) -> None:
    with pytest.raises(ServiceError) as caught:
        payload_of({code: {"message": "words"}}, service_for(mode))
    assert caught.value.code == code
    assert caught.value.message == f"{code}: words"
    assert caught.value.http_status == ERROR_EVENTS[code]


def test_a_modelled_error_event_in_another_case() -> None:
    with pytest.raises(ServiceError) as caught:
        payload_of({"ThrottlingException": {"message": "m"}}, service_for(Mode.BEDROCK))
    assert (caught.value.code, caught.value.http_status) == ("ThrottlingException", 429)
    assert caught.value.retryable
    with pytest.raises(ServiceError, match="ThrottlingException"):
        payload_of({"ThrottlingException": None}, service_for(Mode.BEDROCK))


def test_an_error_event_that_no_model_knows_yet() -> None:
    with pytest.raises(ServiceError, match="newException: words"):
        payload_of({"newException": {"Message": "words"}}, service_for(Mode.BEDROCK))


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
        payload_of({"throttlingException": detail}, service_for(Mode.BEDROCK))
    assert caught.value.message == f"throttlingException{words}"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("chunk", "an event is of type str; expected a dict; pass response['body']"),
        (
            b"{}",
            "an event is of type bytes; expected a dict; this is the body of a plain answer, for Generations.from_response()",
        ),
        ("{}", "expected a dict; pass response['body'], the stream in boto3's response"),
        (None, "an event is None; expected a dict"),
        ([], "an event is of type list; expected a dict"),
        ({}, "an event has the keys none; expected {'chunk': {'bytes': bytes}}"),
        ({"metadata": {}}, "an event has the keys 'metadata'; expected"),
        ({"chunk": {"Bytes": b""}}, "event['chunk'] has the keys 'Bytes'; expected"),
        ({"chunk": None}, "event['chunk'] is None; expected"),
        ({"chunk": {"bytes": "{}"}}, "event['chunk']['bytes'] is of type str; expected bytes"),
        ({"chunk": {"bytes": None}}, "event['chunk']['bytes'] is None; expected bytes"),
        ({"PayloadPart": {"Bytes": b""}}, "; is this a stream of Mode.SAGEMAKER?"),
    ],
)
def test_what_is_no_event(event: Any, message: str) -> None:
    with pytest.raises(MalformedStreamError) as caught:
        payload_of(event, service_for(Mode.BEDROCK))
    assert message in str(caught.value)
