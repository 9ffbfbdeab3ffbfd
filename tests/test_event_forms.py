"""The forms of usual events, each compared with the event that botocore makes."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import Mode
from cohere_aws._event_forms import forms_of
from cohere_aws._services import SERVICES
from cohere_aws.testing._botocore import operation_model, parse_frames
from damage import frame, string_header
from frame_cases import BASE64, ODD_CHUNKS, ODD_DELTAS, OPERATIONS, OTHER_CHUNKS

if TYPE_CHECKING:
    from cohere_aws._event_forms import Form

INDEX, DELTA = "contentBlockIndex", "delta"


# reasoningContent is not in botocore before 1.37.
MEMBERS = (
    operation_model("bedrock-runtime", "ConverseStream")
    .get_event_stream_output()
    .members["contentBlockDelta"]
    .members[DELTA]
    .members.keys()
)


def service_of(operation: str) -> Any:
    return SERVICES[Mode.SAGEMAKER if operation == "sagemaker" else Mode.BEDROCK]


def forms(operation: str) -> list[Form]:
    service, name, _ = OPERATIONS[operation]
    shape = operation_model(service, name).get_event_stream_output()
    return forms_of(shape, service_of(operation))


def by_botocore(operation: str, payload: bytes) -> Any:
    """Return the text of botocore's event, or of its error."""
    service, name, event = OPERATIONS[operation]
    headers = string_header(":message-type", "event") + string_header(":event-type", event)
    try:
        (found,) = parse_frames(service, name, [frame(headers, payload)])
    except Exception as error:  # noqa: BLE001  # botocore raises errors of many types
        return error
    return found


@pytest.mark.parametrize(
    ("operation", "count"), [("bedrock", 3), ("sagemaker", 3), ("converse", 1)]
)
def test_the_models_of_botocore_are_known(operation: str, count: int) -> None:
    found = forms(operation)
    assert len(found) == count
    usual = {
        "bedrock": b'{"bytes":"%b","p":"abc"}' % BASE64,
        "sagemaker": b"\x00 any bytes",
        "converse": b'{"contentBlockIndex":0,"delta":{"text":" a"},"p":"abc"}',
    }[operation]
    expected = by_botocore(operation, usual)
    assert repr(expected) in [repr(form(usual)) for form in found]


SEALED = [
    b'{"bytes":"%b"}',
    b'{"bytes":"%b","p":"aZ09"}',
    b'{"bytes": "%b"}',
    b'{"bytes": "%b", "p": "a"}',
]


@pytest.mark.parametrize("form", SEALED)
def test_the_usual_chunks_of_bedrock(form: bytes) -> None:
    payload = form % BASE64
    compact, spaced = forms("bedrock")[1:]
    expected = by_botocore("bedrock", payload)
    found = [compact(payload), spaced(payload)]
    assert [repr(each) for each in found if each is not None] == [repr(expected)]


@pytest.mark.parametrize(
    "payload", [form.replace(b"%b", BASE64) for form in ODD_CHUNKS] + OTHER_CHUNKS
)
def test_an_odd_chunk_of_bedrock_is_left_to_botocore(payload: bytes) -> None:
    is_usual = payload in [form % BASE64 for form in SEALED] or payload == b'{"bytes":""}'
    for form in forms("bedrock")[1:]:
        found = form(payload)
        assert found is None or (is_usual and repr(found) == repr(by_botocore("bedrock", payload)))


@pytest.mark.parametrize(
    "base64_text", ["QR==", "QUJ=", "QUJD!", "QU JD", "QUJDRA", "====", "A", "é"]
)
def test_base64_that_has_another_form_is_left_to_botocore(base64_text: str) -> None:
    payload = b'{"bytes":"%b"}' % base64_text.encode()
    assert [form(payload) for form in forms("bedrock")[1:]] == [None, None]


@given(st.binary(), st.text(st.characters(codec="ascii", categories=("L", "N"))))
def test_any_sealed_bytes(data: bytes, padding: str) -> None:
    payload = json.dumps({"bytes": base64.b64encode(data).decode(), "p": padding}).encode()
    assert forms("bedrock")[2](payload) == ({"chunk": {"bytes": data}} if padding else None)


@pytest.mark.parametrize(
    "delta",
    [
        {"text": " a"},
        {"toolUse": {"input": "{"}},
        {"reasoningContent": {"text": "\u20ac"}},
        {"text": ""},
    ],
)
def test_a_piece_of_text_of_converse(delta: dict[str, Any]) -> None:
    (form,) = forms("converse")
    if not delta.keys() <= MEMBERS:
        pytest.skip("this version of botocore does not know the member")
    for found in ({INDEX: 7, DELTA: delta}, {DELTA: delta, "p": "a", INDEX: 7}):
        payload = json.dumps(found).encode()
        expected = by_botocore("converse", payload)
        assert (
            repr(form(payload))
            == repr(expected)
            == repr({"contentBlockDelta": {DELTA: delta, INDEX: 7}})
        )


TEXT = {"text": "a"}


@pytest.mark.parametrize(
    "found",
    [
        *({INDEX: 0, DELTA: delta} for delta in ODD_DELTAS),
        *({INDEX: index, DELTA: TEXT} for index in (None, True, 1.5, "0", [], {})),
        *({DELTA: TEXT}, {INDEX: 0}, {DELTA: TEXT, "p": "a"}, {DELTA: TEXT, INDEX: 0, "q": "a"}),
        *({DELTA: TEXT, INDEX: 0, "p": "a", "q": "a"}, [], None, "delta", 1, [DELTA, INDEX]),
    ],
)
def test_another_event_of_converse_is_left_to_botocore(found: Any) -> None:
    (form,) = forms("converse")
    payload = json.dumps(found).encode()
    event = form(payload)
    texts = (
        {"text": ""},
        {"toolUse": {"input": "{"}},
        {"reasoningContent": TEXT},
        {"text": "\ud800"},
    )
    if isinstance(found, dict) and found.get(DELTA) in texts and found[DELTA].keys() <= MEMBERS:
        assert repr(event) == repr(by_botocore("converse", payload))
    else:
        assert event is None


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"\xff", b"[" * 100_000, b'\xef\xbb\xbf{"delta":1}']
)
def test_payloads_of_converse_that_are_not_json(payload: bytes) -> None:
    (form,) = forms("converse")
    assert form(payload) is None


def shape(kind: str = "structure", **members: Any) -> Any:
    return SimpleNamespace(type_name=kind, members=members, serialization={})


STRING, BLOB, INTEGER = shape("string"), shape("blob"), shape("integer")


@pytest.mark.parametrize(
    "members",
    [
        {"chunk": shape(bytes=BLOB, p=STRING)},  # a new member
        {"chunk": shape(bytes=STRING)},  # another type
        {"chunk": shape(data=BLOB)},  # another name
        {"chunk": shape()},
        {"Records": shape(Payload=BLOB)},  # another operation
        {"contentBlockDelta": shape(delta=shape(text=STRING), contentBlockIndex=INTEGER, p=STRING)},
        {
            "contentBlockDelta": shape(contentBlockIndex=INTEGER, delta=shape(text=STRING))
        },  # the order
        {"contentBlockDelta": shape(delta=shape(text=STRING), contentBlockIndex=STRING)},
        {"contentBlockDelta": shape(delta=shape(text=BLOB), contentBlockIndex=INTEGER)},
        {
            "contentBlockDelta": shape(
                delta=shape(text=shape(), toolUse=STRING), contentBlockIndex=INTEGER
            )
        },
        {},
    ],
)
def test_a_model_that_is_not_known_has_no_forms(members: Any) -> None:
    assert forms_of(shape(**members), SERVICES[Mode.BEDROCK]) == []


def test_a_delta_of_sagemaker_has_no_form() -> None:
    members = {"contentBlockDelta": shape(delta=shape(text=STRING), contentBlockIndex=INTEGER)}
    assert len(forms_of(shape(**members), SERVICES[Mode.BEDROCK])) == 1
    assert forms_of(shape(**members), SERVICES[Mode.SAGEMAKER]) == []


def test_only_texts_that_the_model_has() -> None:
    members = {"contentBlockDelta": shape(delta=shape(text=STRING), contentBlockIndex=INTEGER)}
    (form,) = forms_of(shape(**members), SERVICES[Mode.BEDROCK])
    assert form(b'{"contentBlockIndex":0,"delta":{"text":"a"}}') is not None
    tool_use = b'{"contentBlockIndex":0,"delta":{"toolUse":{"input":"a"}}}'
    assert form(tool_use) is None
    renamed = shape("string")
    renamed.serialization = {"name": "text"}  # its name in JSON
    delta = shape(text=STRING, toolUse=shape(input=renamed))
    members = {"contentBlockDelta": shape(delta=delta, contentBlockIndex=INTEGER)}
    (form,) = forms_of(shape(**members), SERVICES[Mode.BEDROCK])
    assert form(tool_use) is None
