"""Faults: each changes the bytes of a stream as the service or the network would."""

from __future__ import annotations

import itertools
import json
import random
import sys
from typing import Any, get_args

import pytest
from botocore.exceptions import EventStreamError
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws.testing import Bytes, RecordedEnd, RecordedEvent, RecordedResponse, Recording, _wire
from cohere_aws.testing._botocore import parse_frames
from cohere_aws.testing._ending import Ending
from cohere_aws.testing._wire import Faults, Part, beginning, reply_of

TEXT = b'{"text":"a"}{"text":"b"}{"is_finished":true}'
PARTS = [TEXT[:10], TEXT[10:11], TEXT[11:30], TEXT[30:]]


def sagemaker(*payloads: bytes, **fields: Any) -> Recording:
    events = tuple(RecordedEvent("PayloadPart", data, at) for at, data in enumerate(payloads))
    return Recording(
        service="sagemaker-runtime",
        operation="InvokeEndpointWithResponseStream",
        stream=events + tuple(fields.pop("more", ())),
        **fields,
    )


RECORDING = sagemaker(*PARTS)


def payloads(recording: Recording, **faults: Any) -> list[bytes]:
    """Return the events that boto3 yields."""
    frames = [part.data for part in Faults(**faults).parts(recording)]
    events = parse_frames(recording.service, recording.operation, frames)
    return [event["PayloadPart"]["Bytes"] for event in events]


def test_without_faults_the_frames_are_those_of_the_recording() -> None:
    parts = Faults().parts(RECORDING)
    assert [part.data for part in parts] == RECORDING.frames()
    assert [part.at for part in parts] == [0, 1, 2, 3]


@given(st.integers(1, 60))
def test_cut_into_parts_of_a_size(size: int) -> None:
    cut = payloads(RECORDING, cut=size)
    assert b"".join(cut) == TEXT
    assert {len(part) for part in cut[:-1]} <= {size}
    assert 0 < len(cut[-1]) <= size


@given(st.lists(st.integers(0, len(TEXT))))
def test_cut_at_offsets(offsets: list[int]) -> None:
    cut = payloads(RECORDING, cut=offsets)
    assert b"".join(cut) == TEXT
    assert list(itertools.accumulate(map(len, cut)))[:-1] == sorted(offsets)


def test_cuts_of_a_seeded_source_are_reproducible() -> None:
    cut = payloads(RECORDING, cut=random.Random(1))
    assert cut == payloads(RECORDING, cut=random.Random(1))
    assert cut != payloads(RECORDING, cut=random.Random(2))
    assert b"".join(cut) == TEXT
    assert all(1 <= len(part) <= 32 for part in cut)


def test_a_chunk_without_bytes_keeps_its_place_when_payloads_are_cut() -> None:
    lost = RecordedEvent("chunk", b"", is_readable=False)
    events = (RecordedEvent("chunk", b"ab"), lost, RecordedEvent("chunk", b"cd"))
    operation = "InvokeModelWithResponseStream"
    recording = Recording(service="bedrock-runtime", operation=operation, stream=events)
    frames = [part.data for part in Faults(cut=1).parts(recording)]
    chunks = [event["chunk"] for event in parse_frames("bedrock-runtime", operation, frames)]
    assert chunks == [{"bytes": b"a"}, {"bytes": b"b"}, {}, {"bytes": b"c"}, {"bytes": b"d"}]


def test_a_part_has_the_time_of_its_last_byte() -> None:
    parts = Faults(cut=[5, 10, 12]).parts(RECORDING)
    assert [part.at for part in parts] == [0, 0, 2, 3]


def test_errors_keep_their_place_when_payloads_are_cut() -> None:
    error = RecordedEvent("ModelStreamError", b'{"Message":"m"}', kind="exception")
    recording = sagemaker(*PARTS, more=[error])
    frames = [part.data for part in Faults(cut=1).parts(recording)]
    assert len(frames) == len(TEXT) + 1
    assert frames[-1] == error.frame("sagemaker-runtime")


def test_documents_are_not_cut() -> None:
    stream = (RecordedEvent("messageStart", b'{"role":"assistant"}'),)
    converse = Recording(service="bedrock-runtime", operation="ConverseStream", stream=stream)
    with pytest.raises(ValueError, match="cut: no event has a payload that the service may cut"):
        Faults(cut=1).parts(converse)


@pytest.mark.parametrize(("count", "left"), [(0, []), (2, PARTS[:2]), (4, PARTS)])
def test_truncated_after_events(count: int, left: list[bytes]) -> None:
    assert payloads(RECORDING, truncate_after=count) == left


@given(st.integers(0, len(b"".join(RECORDING.frames()))))
def test_truncated_after_bytes(count: int) -> None:
    wire = b"".join(RECORDING.frames())
    parts = Faults(truncate_after=Bytes(count)).parts(RECORDING)
    assert b"".join(part.data for part in parts) == wire[:count]
    assert all(part.data for part in parts)


def test_a_truncated_last_frame_ends_without_an_error() -> None:
    wire = b"".join(RECORDING.frames())
    assert payloads(RECORDING, truncate_after=Bytes(len(wire) - 1)) == PARTS[:-1]


MODELLED = [
    ("internalServerException", "message"), ("modelStreamErrorException", "message"),
    ("modelTimeoutException", "message"), ("serviceUnavailableException", "message"),
    ("throttlingException", "message"), ("validationException", "message"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "member"), MODELLED)
@pytest.mark.parametrize("count", [0, 1])
def test_every_modelled_error_of_bedrock(name: str, member: str, count: int) -> None:
    stream = (RecordedEvent("chunk", b"{}", 0.5), RecordedEvent("chunk", b"{}"))
    operation = "InvokeModelWithResponseStream"
    recording = Recording(service="bedrock-runtime", operation=operation, stream=stream)
    parts = Faults(fail_after=(count, name)).parts(recording)
    assert len(parts) == count + 1
    events = parse_frames("bedrock-runtime", operation, [part.data for part in parts])
    for _ in range(count):
        assert next(events) == {"chunk": {"bytes": b"{}"}}
    with pytest.raises(EventStreamError) as caught:
        next(events)
    assert caught.value.response["Error"]["Code"] == name
    assert f'"{member}"'.encode() in parts[-1].data


@pytest.mark.parametrize("name", ["ModelStreamError", "InternalStreamFailure"])
def test_every_modelled_error_of_sagemaker(name: str) -> None:
    with pytest.raises(EventStreamError, match=f"{name} after 2 events, as the test asked for"):
        payloads(RECORDING, fail_after=(2, name))


def test_an_error_with_more_members() -> None:
    more = {"ErrorCode": "StreamBroken", "Message": "mine"}
    parts = Faults(fail_after=(1, "ModelStreamError", more)).parts(RECORDING)
    body = parts[-1].data.rpartition(b"exception")[2][:-4]
    assert json.loads(body) == {"Message": "mine", "ErrorCode": "StreamBroken"}


@given(st.data())
def test_flipped_bits(data: st.DataObject) -> None:
    wire = b"".join(RECORDING.frames())
    bits = data.draw(st.sets(st.integers(0, 8 * len(wire) - 1), min_size=1, max_size=3))
    parts = Faults(flip=bits).parts(RECORDING)
    assert [len(part.data) for part in parts] == [len(frame) for frame in RECORDING.frames()]
    difference = int.from_bytes(b"".join(p.data for p in parts), "big") ^ int.from_bytes(
        wire, "big"
    )
    assert difference == sum(1 << (8 * len(wire) - 1 - bit) for bit in bits)


def test_one_flipped_bit() -> None:
    assert Faults(flip=0).parts(RECORDING)[0].data[0] == 0x80
    assert Faults(flip=random.Random(1)).parts(RECORDING) != Faults().parts(RECORDING)


def test_bits_of_an_iterator_are_flipped_in_every_stream() -> None:
    faults = Faults(flip=iter([0, 7]))
    assert (
        faults.parts(RECORDING) == faults.parts(RECORDING) == Faults(flip=[0, 7]).parts(RECORDING)
    )


def test_faults_from_a_source_of_random_numbers_are_random() -> None:
    source = random.Random(1)
    assert Faults(cut=source).is_random
    assert Faults(flip=source).is_random
    for faults in (Faults(), Faults(cut=3, flip=9), Faults(cut=[3], flip=[9], truncate_after=1)):
        assert not faults.is_random


def test_an_empty_stream_has_no_bits() -> None:
    for flip in (0, [0], random.Random(1)):
        with pytest.raises(ValueError, match=r"^flip: 0; the stream has 0 bits, counted from 0$"):
            Faults(flip=flip).parts(sagemaker())


def test_faults_are_applied_in_the_order_of_the_wire() -> None:
    # Payloads are cut first, so the failure counts the new events; truncation comes last.
    parts = Faults(cut=1, fail_after=(3, "InternalStreamFailure")).parts(RECORDING)
    assert len(parts) == 4
    frames = Faults(cut=1, fail_after=(3, "InternalStreamFailure"), truncate_after=2).parts(
        RECORDING
    )
    assert frames == parts[:2]


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ({"cut": 0}, "cut: events of 0 bytes; expected 1 or more"),
        ({"cut": [99]}, "cut: 99; the stream has 44 bytes"),
        ({"truncate_after": 5}, "truncate_after: 5; the stream has 4 events"),
        ({"truncate_after": -1}, "truncate_after: -1; the stream has 4 events"),
        ({"truncate_after": Bytes(9999)}, "truncate_after: 9999; the stream has"),
        ({"fail_after": (5, "ModelStreamError")}, "fail_after: 5; the stream has 4 events"),
        (
            {"fail_after": (1, "throttlingException")},
            "has no 'throttlingException'; it has Internal",
        ),
        ({"flip": 99999}, "flip: 99999; the stream has"),
    ],
)
def test_a_fault_that_does_not_fit(faults: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Faults(**faults).parts(RECORDING)


def test_the_beginning_of_parts() -> None:
    parts = [Part(0, b"abc"), Part(1, b""), Part(2, b"def")]
    assert beginning("x", parts, 1) == parts[:1]
    assert beginning("x", parts, Bytes(4)) == [Part(0, b"abc"), Part(2, b"d")]


def test_bytes_do_not_become_events() -> None:
    with pytest.raises(TypeError, match=r"unsupported operand type\(s\) for \+: 'Bytes' and 'int'"):
        Bytes(10) + 1  # type: ignore[operator]
    with pytest.raises(TypeError, match=r"^the count of Bytes is of type str; expected an int$"):
        Bytes("10")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^the count of Bytes is of type bool; expected an int$"):
        Bytes(count=True)
    assert Bytes(10) == Bytes(10)
    assert repr(Bytes(10)) == "Bytes(count=10)"


def test_cutting_is_linear() -> None:
    # Lines are counted, because times vary on a shared machine.
    def lines_of(count: int) -> int:
        recording, lines, tracer = sagemaker(*count * [b"0123456789"]), 0, sys.gettrace()

        def trace(frame: Any, event: str, _: Any) -> Any:
            nonlocal lines
            lines += event == "line" and frame.f_code.co_filename == _wire.__file__
            return trace

        sys.settrace(trace)
        try:
            assert len(Faults(cut=1).parts(recording)) == 10 * count
        finally:
            sys.settrace(tracer)
        return lines

    assert lines_of(200) < 2.3 * lines_of(100)


def test_the_reply_to_a_plain_call() -> None:
    response = RecordedResponse(403, b"{}", {"x-amzn-requestid": "1", "a": "b"}, 0.5)
    recording = Recording(service="s", operation="o", response=response, origin="recorded")
    reply = reply_of(recording, Faults())
    assert (reply.status, reply.parts, reply.is_stream) == (403, [Part(0.5, b"{}")], False)
    assert reply.headers == {
        "content-type": "application/json",
        "x-amzn-requestid": "1",
        "a": "b",
        "x-recording-origin": "recorded",
    }


def test_headers_of_the_recorded_transfer_are_not_sent() -> None:
    headers = {"Content-Length": "9", "transfer-encoding": "chunked", "connection": "close"}
    recording = Recording(service="s", operation="o", response=RecordedResponse(200, b"", headers))
    added = {"content-type", "x-amzn-requestid", "x-recording-origin"}
    assert set(reply_of(recording, Faults()).headers) == added


def test_the_reply_that_is_a_stream() -> None:
    reply = reply_of(RECORDING, Faults())
    assert (reply.status, reply.is_stream) == (200, True)
    assert reply.headers["content-type"] == "application/vnd.amazon.eventstream"
    assert reply.headers["x-recording-origin"] == "constructed"
    assert reply.headers["x-amzn-requestid"]


@pytest.mark.parametrize("wrong", ["throttlingException", 3, (3,), ("throttlingException", 3)])
def test_fail_after_is_a_count_and_a_name(wrong: Any) -> None:
    with pytest.raises(
        ValueError,
        match=r"^fail_after is of type .*; expected \(int, str\) or \(int, str, Mapping\)$",
    ):
        Faults(fail_after=wrong)


@pytest.mark.parametrize("kind", get_args(Ending))
def test_the_end_of_a_stream(kind: Any) -> None:
    end = RecordedEnd(kind, 5)
    reply = reply_of(sagemaker(*PARTS, end=end), Faults())
    tail = [Part(5, end.tail())] if kind in ("cut", "checksum") else []
    assert list(reply.parts) == Faults().parts(RECORDING) + tail
    assert reply.end == end
    for faults in (Faults(truncate_after=1), Faults(fail_after=(1, "ModelStreamError"))):
        reply = reply_of(sagemaker(*PARTS, end=end), faults)
        assert reply.end is None  # the fault ends it earlier
        assert list(reply.parts) == faults.parts(RECORDING)
    assert reply_of(RECORDING, Faults()).end is None


def test_the_headers_of_a_reply() -> None:
    usual = {"x-amzn-sagemaker-content-type": "application/json"}
    assert usual.items() <= reply_of(RECORDING, Faults()).headers.items()
    headers = {"X-Amzn-SageMaker-Content-Type": "a/b", "x-a": "c", "Content-Type": "d/e"}
    replied = reply_of(sagemaker(*PARTS, headers=headers), Faults()).headers
    assert replied["x-amzn-sagemaker-content-type"] == "a/b"
    assert replied["x-a"] == "c"
    assert replied["content-type"] == "application/vnd.amazon.eventstream"


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize("operation", ["InvokeModel", "Converse"])
def test_an_answer_without_headers_has_a_content_type(operation: str, status: int) -> None:
    for headers, content_type in (({}, "application/json"), ({"Content-Type": "a/b"}, "a/b")):
        response = RecordedResponse(status, b"{}", headers)
        names = {"service": "bedrock-runtime", "operation": operation}
        replied = reply_of(Recording(**names, response=response), Faults()).headers
        assert replied["content-type"] == content_type
