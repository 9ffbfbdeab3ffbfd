"""Objects of the smithy SDK in the form of boto3, with classes that have the names of the SDK's."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest

import smithy_models
from cohere_aws import MalformedStreamError, _smithy
from cohere_aws._smithy import as_boto3, dropped_error


@pytest.mark.parametrize(("event", "expected"), smithy_models.EVENTS)
def test_an_event_is_that_of_boto3(event: Any, expected: dict[str, Any]) -> None:
    found = as_boto3(event)
    assert found == expected
    assert types_in(found) <= {dict, list, str, int, float, bytes, type(None)}


def types_in(value: Any) -> set[type]:
    """Return the types of *value* and of all values in it."""
    inner = value.values() if isinstance(value, dict) else value if type(value) is list else ()
    return {type(value)}.union(*map(types_in, inner))


def test_an_output_is_the_response_of_boto3() -> None:
    assert as_boto3(smithy_models.CONVERSE_OUTPUT) == smithy_models.CONVERSE_RESPONSE
    assert as_boto3(smithy_models.output(b"{}")) == {
        "body": b"{}",
        "contentType": "application/json",
        "ResponseMetadata": {"RequestId": "r", "HTTPStatusCode": 200},
    }


def test_a_structure_without_members() -> None:
    assert as_boto3(smithy_models.TooComplexFinding()) == {}


def test_a_map_keeps_its_keys() -> None:
    message = smithy_models.Message(
        role=smithy_models.Text.ASSISTANT,
        content=[{"of_the_user": smithy_models.ContentBlockText("a")}, True, 0.5],
    )
    assert as_boto3(message)["content"] == [{"of_the_user": {"text": "a"}}, True, 0.5]


@pytest.mark.parametrize("value", [{"chunk": {}}, [1], MappingProxyType({}), "text", b"{}", None])
def test_other_objects_are_returned_as_they_are(value: Any) -> None:
    assert as_boto3(value) is value


def test_a_class_is_examined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    event = smithy_models.delta(smithy_models.ContentBlockDeltaText("a"))
    as_boto3(event)
    monkeypatch.delattr(_smithy, "_converter")
    assert as_boto3(event)["contentBlockDelta"]["delta"] == {"text": "a"}


def test_an_object_that_was_converted_may_change() -> None:
    event = smithy_models.delta(smithy_models.ContentBlockDeltaText("a"))
    first = as_boto3(event)
    event.value.delta.value = "b"
    assert as_boto3(event)["contentBlockDelta"]["delta"] == {"text": "b"}
    assert first["contentBlockDelta"]["delta"] == {"text": "a"}


def test_a_dataclass_with_a_value_is_not_always_of_a_union(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class ContentBlock:  # the name of a union, and not of a member
        value: int

    @dataclass
    class Other:
        value: int

    ContentBlock.__module__ = smithy_models.__name__
    assert as_boto3(ContentBlock(1)) == {"value": 1}
    assert as_boto3(Other(1)) == {"value": 1}
    monkeypatch.delitem(sys.modules, smithy_models.__name__)

    @dataclass
    class ContentBlockText:  # of a module that is not loaded
        value: int

    ContentBlockText.__module__ = smithy_models.__name__
    assert as_boto3(ContentBlockText(1)) == {"value": 1}


def test_a_document_that_is_nested_too_deeply() -> None:
    value: list[Any] = []
    for _ in range(sys.getrecursionlimit()):
        value = [value]
    event = smithy_models.ConverseStreamOutputMessageStop(
        smithy_models.MessageStopEvent(
            stop_reason=smithy_models.Text.END_TURN,
            additional_model_response_fields=smithy_models.Document(value),
        )
    )
    with pytest.raises(
        MalformedStreamError, match="a JSON value of an event or output is nested too deeply"
    ):
        as_boto3(event)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (smithy_models.key_error("newException"), "newException"),
        (smithy_models.key_error(":exception-type"), ""),
        (smithy_models.key_error(":error-message"), ""),
        (smithy_models.key_error(":event-type"), None),
        (smithy_models.key_error("newException", module="of.the.caller"), None),
        (smithy_models.key_error("newException", module="smithy_aws_event_stream_of_mine"), None),
        (smithy_models.key_error(), ""),
        (KeyError("never raised"), None),
    ],
)
def test_an_error_event_that_the_sdk_cannot_read(error: KeyError, code: str | None) -> None:
    assert dropped_error(error) == code
