"""The table of services, compared with botocore's service models."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session

from cohere_aws import CohereError, Mode, Usage
from cohere_aws._operations import Target
from cohere_aws._services import SERVICES, Calls, Service, service_for


class ForeignMode(Enum):
    BEDROCK = 2


def model_of(service: Service, method: str) -> Any:
    """Return botocore's model of the operation that a method of a client calls."""
    model = get_session().get_service_model(service.name)
    names = {xform_name(name): name for name in model.operation_names}
    return model.operation_model(names[method])


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda row: row.name)
def test_the_arguments_of_calls_are_members_in_the_service_model(service: Service) -> None:
    assert service.arguments.keys() <= set(Target._fields)
    calls = service.calls["invoke"]
    for method in (calls.plain_method, calls.stream_method):
        model = model_of(service, method)
        arguments = {*service.arguments.values(), *service.fixed_arguments, service.body}
        assert arguments <= model.input_shape.members.keys()
        assert set(model.input_shape.required_members) <= arguments
        assert service.body in model.output_shape.members


ROWS_OF_CALLS = [
    pytest.param(service, calls, id=f"{service.name} {name}")
    for service in SERVICES.values()
    for name, calls in service.calls.items()
]


@pytest.mark.parametrize(("service", "calls"), ROWS_OF_CALLS)
def test_the_answers_of_calls_are_members_in_the_service_model(
    service: Service, calls: Calls
) -> None:
    plain = model_of(service, calls.plain_method)
    assert plain.get_event_stream_output() is None
    stream = model_of(service, calls.stream_method)
    assert stream.get_event_stream_output()
    assert stream.output_shape.serialization["payload"] == calls.stream_member
    if calls.plain_member is None:
        assert "payload" not in plain.output_shape.serialization
    else:
        assert plain.output_shape.serialization["payload"] == calls.plain_member == service.body


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda row: row.name)
def test_the_events_are_members_in_the_service_model(service: Service) -> None:
    events = (
        model_of(service, service.calls["invoke"].stream_method).get_event_stream_output().members
    )
    errors = {name: shape for name, shape in events.items() if shape.metadata.get("exception")}
    assert events.keys() - errors.keys() == {service.payload_key}
    payload = events[service.payload_key].members[service.bytes_key]
    # A blob marked as eventpayload is sent as it is, and any other as base64 in JSON.
    assert service.is_sealed is not payload.serialization.get("eventpayload", False)
    assert service.event_content_type == (
        "application/json" if service.is_sealed else "application/octet-stream"
    )
    assert set(service.streams) >= {service.body}
    # An older botocore knows fewer error events.
    assert {
        name: shape.metadata.get("error", {}).get("httpStatusCode")
        for name, shape in errors.items()
    }.items() <= service.error_events.items()


def test_the_events_of_converse_are_members_in_the_service_model() -> None:
    service = SERVICES[Mode.BEDROCK]
    model = model_of(service, "converse_stream")
    assert model.output_shape.serialization.get("payload") in service.streams
    events = model.get_event_stream_output().members
    errors = {name: shape for name, shape in events.items() if shape.metadata.get("exception")}
    assert events.keys() - errors.keys() == service.item_events
    assert {
        name: shape.metadata["error"]["httpStatusCode"] for name, shape in errors.items()
    }.items() <= service.error_events.items()


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda row: row.name)
def test_each_argument_of_generate_is_used_ignored_or_refused(service: Service) -> None:
    used = [*service.arguments, *service.ignored, *service.refused]
    assert sorted(set(used) & set(Target._fields)) == sorted(Target._fields)
    assert service.required[0] in service.arguments


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda row: row.name)
def test_usage_headers_fill_fields_of_usage(service: Service) -> None:
    assert set(service.usage_headers.values()) <= set(vars(Usage()))


@pytest.mark.parametrize("mode", Mode)
def test_each_mode_has_a_row(mode: Mode) -> None:
    assert service_for(mode) is SERVICES[mode]


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        (None, "an object of type NoneType"),
        (2, "an object of type int"),
        ("BEDROCK", '"BEDROCK"'),
        ("Write a poem", "a string of 12 characters"),
        (ForeignMode.BEDROCK, f"ForeignMode.BEDROCK of {__name__}"),
    ],
)
def test_the_error_for_an_unsupported_mode_lists_the_supported_ones(mode: Any, shown: str) -> None:
    with pytest.raises(CohereError) as caught:
        service_for(mode)
    assert str(caught.value) == (
        f"Unsupported mode: {shown}; expected Mode.SAGEMAKER or Mode.BEDROCK"
    )
