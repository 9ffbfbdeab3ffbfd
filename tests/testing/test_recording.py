"""Recordings: they are read back as they were written, and damage is reported by its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import EventStreamError
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from cohere_aws import Mode, StreamingGenerations
from cohere_aws.testing import (
    RecordedEnd,
    RecordedEvent,
    RecordedResponse,
    Recording,
    RecordingError,
    ReplayError,
)
from cohere_aws.testing._ending import Ending
from strategies import texts

if TYPE_CHECKING:
    from pathlib import Path

payloads = st.binary(max_size=40) | texts.map(str.encode)
times = st.none() | st.floats(0, 1000).map(lambda at: round(at, 3))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.just("\ud83d"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
recorded_events = st.builds(
    RecordedEvent,
    st.text(st.characters(codec="ascii"), min_size=1, max_size=20),
    payloads,
    times,
    st.sampled_from(["event", "exception"]),
)
headers = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True),
    st.from_regex(r"[\x20-\x7e\xa0-\xff]{0,9}", fullmatch=True),
)
responses = st.builds(RecordedResponse, st.integers(200, 599), payloads, headers, times)
recordings = st.builds(
    lambda answer, operation, **rest: Recording(
        operation=operation,
        stream=answer if isinstance(answer, tuple) else None,
        response=None if isinstance(answer, tuple) else answer,
        **rest,
    ),
    st.lists(recorded_events, max_size=4).map(tuple) | responses,
    st.just("InvokeModelWithResponseStream"),
    service=st.sampled_from(["bedrock-runtime", "sagemaker-runtime"]),
    target=st.none() | texts,
    request=json_values,
    origin=st.sampled_from(["recorded", "published", "constructed"]),
    source=st.none() | texts,
    recorded_at=st.none() | texts,
    members=st.none() | st.dictionaries(texts, st.none() | texts, max_size=3),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings") / "one.jsonl"


@given(recording=recordings)
def test_a_saved_recording_is_loaded_as_it_was(file: Path, recording: Recording) -> None:
    recording.save(file)
    loaded = Recording.load(file)
    assert loaded == recording
    for name in ("origin", "source", "recorded_at"):
        assert getattr(loaded, name) == getattr(recording, name)
    assert [e.at for e in loaded.stream or ()] == [e.at for e in recording.stream or ()]
    assert loaded.path == file
    answers = 1 if recording.stream is None else len(recording.stream)
    assert file.read_bytes().count(b"\n") == 1 + answers


STREAM = (
    RecordedEvent("chunk", b'{"is_finished":false,"text":"\xc3\xa9\xe2\x80\xa8"}', 0.19449),
    RecordedEvent("chunk", b'{"is_finished":true,"finish_reason":"COMPLETE"}'),
)


def bedrock(*stream: RecordedEvent, **fields: Any) -> Recording:
    return Recording(
        **{
            "service": "bedrock-runtime",
            "operation": "InvokeModelWithResponseStream",
            "stream": stream,
            **fields,
        }
    )


def test_a_file_reads_well_in_a_diff(tmp_path: Path) -> None:
    recording = bedrock(*STREAM, target="model", request={"prompt": "é"}, source="by hand")
    recording.save(tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_text(encoding="utf-8") == (
        '{"recording": 1, "service": "bedrock-runtime", "operation": "InvokeModelWithResponseStream"'
        ', "target": "model", "request": {"prompt": "é"}, "origin": "constructed", "source": "by hand"'
        ', "recorded_at": null}\n'
        '{"event": "chunk", "at": 0.194, "text": "{\\"is_finished\\":false,\\"text\\":\\"é\u2028\\"}"}\n'
        '{"event": "chunk", "text": "{\\"is_finished\\":true,\\"finish_reason\\":\\"COMPLETE\\"}"}\n'
    )


def test_recordings_are_equal_if_call_and_answer_are() -> None:
    one = bedrock(*STREAM, target="model", request={"prompt": "a"})
    twin = bedrock(
        *(RecordedEvent(e.name, e.payload, 9.9) for e in STREAM),
        target="model",
        request={"prompt": "a"},
        origin="recorded",
        source="elsewhere",
        recorded_at="today",
    )
    assert one == twin
    assert one != bedrock(*STREAM, target="other", request={"prompt": "a"})
    assert one != bedrock(*STREAM, target="model", request={"prompt": "b"})
    assert one != bedrock(*STREAM[:1], target="model", request={"prompt": "a"})


def test_equal_recordings_have_equal_hashes(tmp_path: Path) -> None:
    one = bedrock(request=(1, {2: (3,)}), stream=list(STREAM))
    one.save(tmp_path / "a.jsonl")
    loaded = Recording.load(tmp_path / "a.jsonl")
    assert loaded == one
    assert len({one, loaded}) == 1
    assert (one.request, one.stream) == ([1, {"2": [3]}], STREAM)
    response = RecordedResponse(200, b"{}", {"a": "b"})
    plain = Recording(service="s", operation="o", response=response)
    assert len({plain, plain, one}) == 2


def test_recordings_that_no_file_could_hold_are_refused() -> None:
    with pytest.raises(RecordingError, match="the response is missing; InvokeModel is a plain"):
        bedrock(operation="InvokeModel")
    loop: list[Any] = []
    loop.append(loop)
    for request, kind in (({1, 2}, "TypeError"), (loop, "ValueError")):
        with pytest.raises(RecordingError, match=rf"^the request is not JSON \({kind}\)$"):
            bedrock(*STREAM, request=request)


def test_events_are_those_of_boto3() -> None:
    assert list(bedrock(*STREAM).events()) == [{"chunk": {"bytes": e.payload}} for e in STREAM]
    stream = StreamingGenerations(bedrock(*STREAM).events(), Mode.BEDROCK, strict=True)
    assert stream.read()[0].text == "é\u2028"


def test_events_of_sagemaker() -> None:
    part = RecordedEvent("PayloadPart", b"\xff\x00")
    recording = Recording(
        service="sagemaker-runtime",
        operation="InvokeEndpointWithResponseStream",
        stream=(part,),
    )
    assert list(recording.events()) == [{"PayloadPart": {"Bytes": b"\xff\x00"}}]
    assert b":content-type\x07\x00\x18application/octet-stream" in recording.frames()[0]


def test_events_of_converse() -> None:
    delta = {"contentBlockIndex": 0, "delta": {"text": "a"}}
    recording = bedrock(
        RecordedEvent("messageStart", b'{"role":"assistant","p":"abc"}'),
        RecordedEvent("contentBlockDelta", json.dumps(delta).encode()),
        operation="ConverseStream",
    )
    assert list(recording.events()) == [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": delta},
    ]


@pytest.mark.parametrize(
    ("event", "code", "message"),
    [
        (RecordedEvent("throttlingException", b'{"message":"m"}', kind="exception"),
         "throttlingException", "m"),
        (RecordedEvent("notModelled", b'{"message":"m"}', kind="exception"), "", ""),
        (RecordedEvent("InternalError", b"m", kind="error"), "InternalError", "m"),
    ],
)  # fmt: skip
def test_an_error_event_is_raised_as_boto3_raises_it(
    event: RecordedEvent, code: str, message: str
) -> None:
    events = bedrock(STREAM[0], event).events()
    assert "chunk" in next(events)
    with pytest.raises(EventStreamError) as caught:
        next(events)
    assert caught.value.response["Error"] == {"Code": code, "Message": message}


def test_a_plain_call_has_no_events() -> None:
    recording = Recording(
        service="bedrock-runtime", operation="InvokeModel", response=RecordedResponse(200, b"{}")
    )
    for method in (recording.events, recording.frames):
        with pytest.raises(RecordingError, match="InvokeModel has a response, but no events"):
            method()


@pytest.mark.parametrize("both", [{}, {"stream": (), "response": RecordedResponse(200, b"")}])
def test_a_recording_has_either_a_stream_or_a_response(both: dict[str, Any]) -> None:
    with pytest.raises(RecordingError, match="either a stream or a response"):
        Recording(service="s", operation="o", **both)


def test_an_unknown_operation_is_reported() -> None:
    for fields in ({"operation": "Unknown"}, {"service": "unknown"}):
        with pytest.raises(ValueError, match=r"botocore .* does not know"):
            bedrock(*STREAM, **fields).events()


HEADER = {"recording": 1, "service": "s", "operation": "InvokeModelWithResponseStream",
          "origin": "constructed"}  # fmt: skip


def lines(*values: Any) -> bytes:
    return b"".join(v if isinstance(v, bytes) else json.dumps(v).encode() + b"\n" for v in values)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty; expected a recording"),
        (b"\n\n", "is empty; expected a recording"),
        (b"{", "line 1: not JSON (JSONDecodeError)"),
        (b"\xff", "line 1: not JSON (UnicodeDecodeError)"),
        (b"[]", "line 1: not a JSON object"),
        (lines({}), "line 1: 'recording' is missing"),
        (lines({**HEADER, "recording": "1"}), "line 1: 'recording' is a string"),
        (
            lines({**HEADER, "recording": 2}),
            "line 1: the version of the recording is 2; expected 1",
        ),
        (
            lines({**HEADER, "recording": 0}),
            "line 1: the version of the recording is 0; expected 1",
        ),
        (lines({**HEADER, "recording": True}), "line 1: 'recording' is a boolean"),
        (b"[" * 99_999, "line 1: not JSON (RecursionError)"),
        (lines({"recording": 1}), "line 1: 'operation' is missing"),
        (lines({"recording": 1, "operation": "Stream"}), "line 1: 'service' is missing"),
        (
            lines({**HEADER, "origin": "found"}),
            "line 1: 'origin' is not one of recorded, published",
        ),
        (lines({**HEADER, "origin": None}), "line 1: 'origin' is missing"),
        (lines({**HEADER, "target": 5}), "line 1: 'target' is a number"),
        (lines({**HEADER, "operation": "InvokeModel"}), "line 1: the response is missing"),
        (
            lines(HEADER, b"\n", {}),
            "line 3: expected exactly one of response, event, exception, error, end; found none",
        ),
        (
            lines(HEADER, {"event": "chunk"}),
            "line 2: expected exactly one of text, base64; found none",
        ),
        (lines(HEADER, {"event": 5, "text": ""}), "line 2: 'event' is a number"),
        (lines(HEADER, {"event": "chunk", "base64": "?"}), "line 2: 'base64' is not base64"),
        (lines(HEADER, {"event": "chunk", "text": "", "at": "1"}), "line 2: 'at' is a string"),
        (
            lines(HEADER, {"event": "chunk", "text": "", "at": 1e308}),
            "line 2: 'at' is 1e+308; expected seconds from 0 to 4000000",
        ),
        (
            lines(HEADER, {"event": "a\ud83d", "text": ""}),
            "line 2: the name contains a lone surrogate",
        ),
        (lines(HEADER, {"error": 70_000 * "a", "text": ""}), "line 2: the name has 70000 bytes"),
        (
            lines(HEADER, {"response": 200, "headers": {"a\ud83d": ""}, "text": ""}),
            r"line 2: HTTP cannot carry the header 'a\ud83d'",
        ),
        (lines(HEADER, {"event": "chunk", "text": ""}, b'{"event'), "line 3: not JSON"),
        (lines(HEADER, {"response": "200", "text": ""}), "line 2: 'response' is a string"),
        (lines(HEADER, {"response": 200, "text": "", "headers": []}), "'headers' is an array"),
        (lines(HEADER, *2 * [{"response": 200, "text": ""}]), "line 3: a plain call has one"),
    ],
)
def test_damage_is_reported_with_its_line(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "damaged.jsonl").write_bytes(data)
    with pytest.raises(RecordingError) as caught:
        Recording.load(tmp_path / "damaged.jsonl")
    assert message in str(caught.value)
    assert "damaged.jsonl" in str(caught.value)


def test_events_that_no_frame_of_the_service_can_hold() -> None:
    for event, message in (
        (RecordedEvent("chunk", bytes(20 * 2**20)), "event 1: the chunk has 20971520 bytes"),
        (RecordedEvent("messageStop", b"", is_readable=False), "event 1: the payload of 'mess"),
    ):
        events = (RecordedEvent("chunk", b""), event)
        with pytest.raises(RecordingError, match=message):
            Recording(service="bedrock-runtime", operation="InvokeModelWithR…", stream=events)


def test_a_stream_without_events(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(HEADER))
    assert Recording.load(tmp_path / "a.jsonl").stream == ()


def test_unknown_members_and_headers_are_left_out_of_a_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.jsonl"
    for fields in (
        {"members": {"guardrailIdentifier": "g", "trace": None}, "headers": {"a": "\xe9"}},
        {"members": {}, "headers": {}},
        {},
    ):
        recording = bedrock(*STREAM, **fields)
        recording.save(path)
        header = json.loads(path.read_bytes().split(b"\n")[0])
        assert {name: header[name] for name in ("members", "headers") if name in header} == fields
        assert Recording.load(path) == recording
    assert bedrock(members={"a": "b"}) != bedrock(members={"a": "c"}) != bedrock()
    assert bedrock(headers={"a": "b"}) != bedrock(headers={"a": "c"}) != bedrock()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"members": {"a": 5}}, "'members' has 'a', which is a number; expected a string"),
        ({"headers": {"a b": ""}}, "HTTP cannot carry the header 'a b'"),
        ({"headers": {"a": 5}}, "HTTP cannot carry the header 'a'"),
    ],
)
def test_members_and_headers_are_text(fields: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=f"^{message}$"):
        bedrock(*STREAM, **fields)
    (tmp_path / "a.jsonl").write_bytes(lines({**HEADER, **fields}))
    with pytest.raises(RecordingError, match=rf"a\.jsonl, line 1: {message}$"):
        Recording.load(tmp_path / "a.jsonl")


def test_a_response_has_headers_of_its_own() -> None:
    with pytest.raises(RecordingError, match=r"^'headers' is only for a stream; a response has"):
        Recording(
            service="s", operation="o", response=RecordedResponse(200, b""), headers={"a": "b"}
        )


@pytest.mark.parametrize("kind", get_args(Ending))
def test_the_end_of_a_stream(kind: Any, tmp_path: Path) -> None:
    recording = bedrock(*STREAM[:1], end=RecordedEnd(kind, 1.5))
    recording.save(tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_text().splitlines()[-1] == f'{{"end": "{kind}", "at": 1.5}}'
    loaded = Recording.load(tmp_path / "a.jsonl")
    assert loaded == recording != bedrock(*STREAM[:1])
    assert loaded.end is not None
    assert loaded.end.at == 1.5
    assert loaded.frames() == bedrock(*STREAM[:1]).frames()
    events = loaded.events()
    assert next(events) == {"chunk": {"bytes": STREAM[0].payload}}
    expected = {
        "reset": ProtocolError,
        "stalled": ReadTimeoutError,
        "cut": StopIteration,
        "checksum": ChecksumMismatch,
        "closed": ReplayError,
    }
    with pytest.raises(expected[kind]):
        next(events)


def test_lines_after_an_end_are_refused(tmp_path: Path) -> None:
    event, end = {"event": "chunk", "text": ""}, {"end": "reset"}
    for rest in ([end, event], [event, end, end]):
        (tmp_path / "a.jsonl").write_bytes(lines(HEADER, *rest))
        place = 3 if rest[0] == end else 4
        with pytest.raises(
            RecordingError, match=rf"line {place}: expected no line after the end of"
        ):
            Recording.load(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").write_bytes(lines(HEADER, {"response": 200, "text": ""}, end))
    with pytest.raises(RecordingError, match=r"line 1: 'end' is only for a stream; a response has"):
        Recording.load(tmp_path / "a.jsonl")
