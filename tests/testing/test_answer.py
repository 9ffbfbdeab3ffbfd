"""Answers: an event becomes a frame and is read back from it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.eventstream import _MAX_PAYLOAD_LENGTH, EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws.testing import RecordedEvent, RecordedResponse
from cohere_aws.testing._answer import Head, head_of, is_opaque, misfit
from cohere_aws.testing._botocore import parse_frames
from cohere_aws.testing._frames import encode, seal, unseal
from strategies import texts

names = st.text(st.characters(codec="ascii"), min_size=1, max_size=20)
modelled = st.builds(
    RecordedEvent, names, st.binary(max_size=40), st.none(), st.sampled_from(["event", "exception"])
)
unmodelled = st.builds(RecordedEvent, names, texts.map(str.encode), st.none(), st.just("error"))
services = st.sampled_from(["bedrock-runtime", "sagemaker-runtime"])


def decoded(frame: bytes) -> tuple[dict[str, str], bytes]:
    buffer = EventStreamBuffer()
    buffer.add_data(frame)
    (message,) = list(buffer)
    return message.headers, message.payload


@given(modelled | unmodelled, services)
def test_a_frame_gives_back_its_event(event: RecordedEvent, service: str) -> None:
    headers, payload = decoded(event.frame(service))
    found = head_of(service, headers)
    if found.kind == "error":
        payload = found.message
    elif found.is_sealed:
        payload = unseal(payload)
    assert RecordedEvent(found.name, payload, kind=found.kind) == event


TYPES = {("bedrock-runtime", "chunk"): "application/json",
         ("sagemaker-runtime", "PayloadPart"): "application/octet-stream"}  # fmt: skip
of_streams = st.builds(
    RecordedEvent,
    st.sampled_from(["chunk", "PayloadPart", "messageStart"]) | names,
    st.binary(max_size=40),
    kind=st.sampled_from(["event", "exception"]),
)


@given(st.lists(st.tuples(of_streams, services), max_size=6))
def test_frames_in_any_order_are_those_of_headers_made_for_each(
    events: list[tuple[RecordedEvent, str]],
) -> None:
    for event, service in events:
        content_type = TYPES.get((service, event.name)) if event.kind == "event" else None
        headers = {
            f":{event.kind}-type": event.name,
            ":content-type": content_type or "application/json",
            ":message-type": event.kind,
        }
        is_sealed = (event.kind, event.name, service) == ("event", "chunk", "bedrock-runtime")
        payload = seal(event.payload) if is_sealed else event.payload
        assert event.frame(service) == encode(headers, payload)


def test_a_chunk_of_bedrock_is_wrapped() -> None:
    headers, payload = decoded(RecordedEvent("chunk", b"{}").frame("bedrock-runtime"))
    assert headers == {
        ":event-type": "chunk",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    assert json.loads(payload)["bytes"] == "e30="


def test_a_part_of_sagemaker_is_bare() -> None:
    headers, payload = decoded(RecordedEvent("PayloadPart", b"\xff").frame("sagemaker-runtime"))
    assert headers == {
        ":event-type": "PayloadPart",
        ":content-type": "application/octet-stream",
        ":message-type": "event",
    }
    assert payload == b"\xff"


def test_an_error_of_the_service_model() -> None:
    event = RecordedEvent("throttlingException", b'{"message":"m"}', kind="exception")
    assert decoded(event.frame("bedrock-runtime")) == (
        {
            ":exception-type": "throttlingException",
            ":content-type": "application/json",
            ":message-type": "exception",
        },
        b'{"message":"m"}',
    )


def test_an_error_that_no_service_model_names() -> None:
    event = RecordedEvent("InternalError", b"words", kind="error")
    assert decoded(event.frame("bedrock-runtime")) == (
        {":error-code": "InternalError", ":error-message": "words", ":message-type": "error"},
        b"",
    )
    bare = head_of("bedrock-runtime", {":message-type": "error"})
    assert bare == Head("error", "", b"", is_sealed=False)


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({":event-type": "chunk"}, "chunk"),
        ({":message-type": "other", ":event-type": "chunk"}, "chunk"),
        ({":message-type": "event"}, ""),
        ({":message-type": "event", ":event-type": 5}, "5"),
    ],
)
def test_unknown_message_types_are_events(headers: dict[str, Any], name: str) -> None:
    assert head_of("bedrock-runtime", headers)[:2] == ("event", name)


def test_events_with_bytes_of_the_model_are_opaque() -> None:
    assert is_opaque("bedrock-runtime", "event", "chunk")
    assert is_opaque("sagemaker-runtime", "event", "PayloadPart")
    assert not is_opaque("bedrock-runtime", "exception", "chunk")
    assert not is_opaque("bedrock-runtime", "event", "messageStart")
    assert not is_opaque("bedrock-runtime", "event", "PayloadPart")


@pytest.mark.parametrize("at", [-1, float("nan"), float("inf"), 1e308, 10**400, 4_000_001])
def test_times_out_of_range_are_refused(at: float) -> None:
    for make in (
        lambda: RecordedEvent("chunk", b"", at),
        lambda: RecordedResponse(200, b"", {}, at),
    ):
        with pytest.raises(ValueError, match="expected seconds from 0 to 4000000"):
            make()


def test_statuses_and_headers_that_http_cannot_carry_are_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        RecordedEvent("InternalError", b"\xff", kind="error")
    for status in (-7, 100, 600):
        with pytest.raises(ValueError, match=f"the status is {status}; expected 200 to 599"):
            RecordedResponse(status, b"")
    for headers in ({"a": 5}, {"a": "b\r\nc: d"}, {"a:": ""}, {"": ""}, {"a": "\u20ac"},
                    {"\ud83d": ""}, {"a": "\ud83d"}, {8191 * "a": ""}, {"a": 8191 * "b"}):  # fmt: skip
        with pytest.raises(ValueError, match="HTTP cannot carry the header"):
            RecordedResponse(200, b"", headers)
    assert RecordedResponse(200, b"", {"x-A_1": "\té", "a": 8190 * "b"}).headers


@pytest.mark.parametrize("kind", ["event", "exception", "error"])
def test_events_that_are_too_large_for_a_frame_are_refused(kind: Any) -> None:
    with pytest.raises(ValueError, match="the name contains a lone surrogate"):
        RecordedEvent("chunk\ud83d", b"", kind=kind)
    with pytest.raises(ValueError, match=r"^the name has 1025 bytes; .* at most 1024$"):
        RecordedEvent(511 * "é" + "abc", b"", kind=kind)
    most = 65_535 if kind == "error" else 24 * 2**20
    with pytest.raises(ValueError, match=f"the payload has {most + 1} bytes; .* at most {most}$"):
        RecordedEvent("name", bytes(most + 1), kind=kind)
    longest = min(most, _MAX_PAYLOAD_LENGTH)  # the lowest supported botocore has a lower limit
    assert decoded(RecordedEvent(1024 * "n", bytes(longest), kind=kind).frame("sagemaker-runtime"))


def test_chunks_that_are_too_large_when_sealed_are_misfits() -> None:
    most = (24 * 2**20 - 100) // 4 * 3
    longest, longer = RecordedEvent("chunk", bytes(most)), RecordedEvent("chunk", bytes(most + 1))
    assert longest.frame("bedrock-runtime")
    assert misfit(longest, "bedrock-runtime") is misfit(longer, "sagemaker-runtime") is None
    words = f"the chunk has {most + 1} bytes; a frame holds at most {most}"
    assert misfit(longer, "bedrock-runtime") == words


def test_a_chunk_without_bytes() -> None:
    event = RecordedEvent("chunk", b"", is_readable=False)
    assert misfit(event, "bedrock-runtime") is None
    assert event != RecordedEvent("chunk", b"")
    frame = event.frame("bedrock-runtime")
    assert list(parse_frames("bedrock-runtime", "InvokeModelWithResponseStream", [frame])) == [
        {"chunk": {}}
    ]
    for wrong, service in (
        (event, "sagemaker-runtime"),
        (RecordedEvent("chunk", b"a", is_readable=False), "bedrock-runtime"),
        (RecordedEvent("chunk", b"", kind="exception", is_readable=False), "bedrock-runtime"),
    ):
        assert misfit(wrong, service) == "the payload of 'chunk' is missing"


def test_times_are_ignored_when_answers_are_compared() -> None:
    assert RecordedEvent("chunk", b"", 1.0) == RecordedEvent("chunk", b"", 2.0)
    assert RecordedEvent("chunk", b"") != RecordedEvent("chunk", b"", kind="exception")
    assert RecordedResponse(200, b"", {}, 1.0) == RecordedResponse(200, b"", {}, 2.0)
