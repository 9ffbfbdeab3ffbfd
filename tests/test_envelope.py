"""Events to items: bytes, events without bytes, error events, and events that are refused."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from cohere_aws import CohereError, MalformedStreamError, Mode, ServiceError
from cohere_aws._envelope import item_first, items_of, raise_for_error
from cohere_aws._framing import Framing
from cohere_aws._services import SERVICES, service_for

ERROR_EVENTS = {
    name: status for service in SERVICES.values() for name, status in service.error_events.items()
}
EVENTS: dict[Mode, Any] = {
    Mode.SAGEMAKER: lambda payload: {"PayloadPart": {"Bytes": payload}},
    Mode.BEDROCK: lambda payload: {"chunk": {"bytes": payload}},
}
DELTA = {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "a"}}}


def items(event: Any, mode: Mode = Mode.BEDROCK) -> list[Any]:
    """Return the items of one event."""
    return list(items_of(event, service_for(mode), Framing()))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("type_", [bytes, bytearray, memoryview])
def test_the_bytes_of_an_event_are_cut_into_items(mode: Mode, type_: type) -> None:
    assert items(EVENTS[mode](type_(b'{"a":1}{}{"b')), mode) == [{"a": 1}, {}]


def test_a_buffer_is_copied() -> None:
    buffer = bytearray(b'{"a":1}{}')
    found = iter(items_of(EVENTS[Mode.BEDROCK](buffer), service_for(Mode.BEDROCK), Framing()))
    buffer[:] = b"x" * len(buffer)
    assert list(found) == [{"a": 1}, {}]


def test_an_event_without_bytes_is_an_item() -> None:
    framing, service = Framing(), service_for(Mode.BEDROCK)
    for name in service.item_events:
        event = {name: {"new": 1}}
        assert [*items_of(event, service, framing)] == [event]
        assert [*item_first(event, service, framing)] == [event]
    assert framing.item_count == 2 * len(service.item_events)


@pytest.mark.parametrize(
    "event",
    [
        EVENTS[Mode.BEDROCK](b'{"a":1}{}'),
        {"chunk": None, **DELTA},
        {"newEvent": {}},
        MappingProxyType(DELTA),
        {**DELTA, "at": 1.5},
    ],
)
def test_the_order_of_the_kinds_does_not_change_the_items(event: Any) -> None:
    service = service_for(Mode.BEDROCK)
    found = [*item_first(event, service, Framing())]
    assert found == items(event)
    assert {type(item) for item in found} == {dict}


@pytest.mark.parametrize("event", [{}, "chunk", None, {"throttlingException": {"message": "m"}}])
def test_the_order_of_the_kinds_does_not_change_the_error(event: Any) -> None:
    with pytest.raises(CohereError) as expected:
        items(event)
    with pytest.raises(CohereError) as caught:
        item_first(event, service_for(Mode.BEDROCK), Framing())
    assert repr(caught.value) == repr(expected.value)


def test_items_of_both_kinds_are_counted_together() -> None:
    framing, service = Framing(), service_for(Mode.BEDROCK)
    chunks = [EVENTS[Mode.BEDROCK](data) for data in (b'{"a":1}{"', b'b":2}')]
    found = [[*items_of(each, service, framing)] for each in (chunks[0], DELTA, chunks[1], DELTA)]
    assert found == [[{"a": 1}], [DELTA], [{"b": 2}], [DELTA]]
    assert framing.item_count == 4
    assert framing.position == len(b'{"a":1}{"b":2}')


@pytest.mark.parametrize("type_", [dict, MappingProxyType])
def test_members_that_are_null_are_left_out_of_an_item(type_: Any) -> None:
    event = type_({"chunk": None, "messageStart": None, **DELTA, "throttlingException": None})
    (item,) = items(event)
    assert item == DELTA
    assert type(item) is dict
    raise_for_error(event, service_for(Mode.BEDROCK))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    "event",
    [
        {"SDK_UNKNOWN_MEMBER": {"name": "newEvent"}},
        {"newEvent": {}},
        {"newEvent": {"text": "a"}, "at": 1.5},
    ],
)
def test_an_event_that_is_newer_than_the_package_is_an_item(mode: Mode, event: Any) -> None:
    assert items(event, mode) == [event]
    nulls = {"throttlingException": None, "anotherEvent": None}
    assert items({**nulls, **event}, mode) == [event]


def test_a_message_in_a_known_event_is_not_an_error() -> None:
    event = {"metadata": {"message": "words"}, "received_at": 1.5}
    assert items(event) == [event]
    raise_for_error(event, service_for(Mode.BEDROCK))


def test_an_error_beside_an_item() -> None:
    event = {**DELTA, "throttlingException": {"message": "slow down"}}
    assert items(event) == [event]
    with pytest.raises(ServiceError, match=r"^throttlingException: slow down$"):
        raise_for_error(event, service_for(Mode.BEDROCK))


def test_an_error_of_an_event_has_no_context() -> None:
    with pytest.raises(ServiceError) as caught:
        items({"throttlingException": {"message": "slow down"}})
    assert caught.value.__context__ is None


@pytest.mark.parametrize("mode", Mode)
def test_a_chunk_that_lost_its_bytes_is_not_silent(mode: Mode) -> None:
    service = service_for(mode)
    message = (
        rf"^event\['{service.payload_key}'\] is empty; expected .*; its bytes were lost in transit$"
    )
    with pytest.raises(MalformedStreamError, match=message):
        items({service.payload_key: {}}, mode)
    assert items(EVENTS[mode](b""), mode) == []


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
    assert items(event, mode) == [{}]
    raise_for_error(event, service)


@pytest.mark.parametrize("mode", Mode)
def test_an_error_beside_a_payload(mode: Mode) -> None:
    event = EVENTS[mode](b"{}") | {"throttlingException": {"message": "slow down"}}
    service = service_for(mode)
    assert items(event, mode) == [{}]
    with pytest.raises(ServiceError, match=r"^throttlingException: slow down$"):
        raise_for_error(event, service)


def test_an_error_among_members_that_are_null() -> None:
    event = {
        "chunk": None,
        "internalServerException": None,
        "throttlingException": {"message": "slow down"},
    }
    with pytest.raises(ServiceError, match=r"^throttlingException: slow down$"):
        items(event)


def test_a_payload_without_bytes_is_not_an_error_event() -> None:
    with pytest.raises(MalformedStreamError, match=r"^event\['chunk'\] has the keys 'message';"):
        items({"chunk": {"message": "words"}})


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("code", ERROR_EVENTS)
def test_every_modelled_error_event(mode: Mode, code: str) -> None:
    with pytest.raises(ServiceError) as caught:
        items({code: {"message": "words"}}, mode)
    assert caught.value.code == code
    assert caught.value.message == f"{code}: words"
    assert caught.value.http_status == ERROR_EVENTS[code]


def test_a_modelled_error_event_in_another_case() -> None:
    with pytest.raises(ServiceError) as caught:
        items({"ThrottlingException": {"message": "m"}})
    assert (caught.value.code, caught.value.http_status) == ("ThrottlingException", 429)
    assert caught.value.retryable
    with pytest.raises(ServiceError, match="ThrottlingException"):
        items({"ThrottlingException": None})


def test_an_error_event_that_no_model_knows_yet() -> None:
    with pytest.raises(ServiceError, match="newException: words"):
        items({"newException": {"Message": "words"}})


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
        items({"throttlingException": detail})
    assert caught.value.message == f"throttlingException{words}"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (
            "chunk",
            "an event is of type str; expected a dict; pass response['body'] or response['stream']",
        ),
        (
            b"{}",
            "an event is of type bytes; expected a dict; this is the body of a plain answer, for Generations.from_response()",
        ),
        ("{}", "expected a dict; pass response['body'] or response['stream'], the stream in"),
        (None, "an event is None; expected a dict"),
        ([], "an event is of type list; expected a dict"),
        ({}, "an event has no keys; expected {'chunk': {'bytes': bytes}} or one of"),
        ({"text": "a"}, "; expected {'chunk': {'bytes': bytes}} or one of the events contentBlock"),
        ({"newEvent": None}, "an event has the keys 'newEvent'; expected"),
        ({"chunk": {"Bytes": b""}}, "event['chunk'] has the keys 'Bytes'; expected"),
        ({"chunk": None}, "event['chunk'] is None; expected"),
        ({"chunk": {"bytes": "{}"}}, "event['chunk']['bytes'] is of type str; expected bytes"),
        ({"chunk": {"bytes": None}}, "event['chunk']['bytes'] is None; expected bytes"),
        ({"PayloadPart": {"Bytes": b""}}, "; is this a stream of Mode.SAGEMAKER?"),
    ],
)
def test_a_wrong_event(event: Any, message: str) -> None:
    with pytest.raises(MalformedStreamError) as caught:
        items(event)
    assert message in str(caught.value)


def test_an_event_of_converse_in_a_stream_of_the_other_service() -> None:
    with pytest.raises(MalformedStreamError) as caught:
        items(DELTA, Mode.SAGEMAKER)
    assert str(caught.value) == (
        "an event has the keys 'contentBlockDelta'; expected {'PayloadPart': {'Bytes': bytes}}; "
        "is this a stream of Mode.BEDROCK?"
    )


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("key", "value"), [("output", {"message": {"role": "assistant"}}), ("body", object())]
)
def test_a_response_in_place_of_its_events(mode: Mode, key: str, value: Any) -> None:
    with pytest.raises(MalformedStreamError) as caught:
        items({"ResponseMetadata": {}, key: value}, mode)
    assert str(caught.value) == (
        f"an event is a response of boto3 with the keys 'ResponseMetadata', '{key}'; pass the "
        "stream in it, or read a plain one by Generations.from_response()"
    )
