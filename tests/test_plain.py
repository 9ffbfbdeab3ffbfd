"""Plain answers: the body in a response of boto3, and its usage headers."""

from __future__ import annotations

import io
import json
import re
from functools import reduce
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
import urllib3.exceptions
from hypothesis import given
from hypothesis import strategies as st

import smithy_models
from cohere_aws import (
    CohereError,
    Embeddings,
    Generations,
    MalformedStreamError,
    Mode,
    StreamError,
    TransportError,
)
from cohere_aws._framing import Framing
from cohere_aws._plain import (
    output_body,
    parse_body,
    read_body,
    read_response,
    reading,
    usage_counts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN: dict[str, Any] = {"generations": [{"text": " time", "id": "g"}], "id": "r"}


class Body(io.BytesIO):
    """The body of an answer, without a network below it."""


def respond(data: bytes, mode: Mode, **headers: str) -> tuple[dict[str, Any], Body]:
    body = Body(data)
    metadata = {
        "HTTPHeaders": {f"x-amzn-bedrock-{k.replace('_', '-')}": v for k, v in headers.items()}
    }
    return {{1: "Body", 2: "body"}[mode.value]: body, "ResponseMetadata": metadata}, body


@pytest.mark.parametrize("mode", Mode)
def test_a_response_is_read_and_closed(mode: Mode) -> None:
    response, body = respond(json.dumps(PLAIN).encode(), mode)
    assert Generations.from_response(response, mode) == Generations.from_dict(PLAIN)
    assert body.closed


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b'"text"', b'{"generations"', b"{}{}", b"{}\x0c", "\x85{}".encode()]
)
def test_a_body_that_is_not_one_object_or_array(data: bytes) -> None:
    response, body = respond(data, Mode.BEDROCK)
    with pytest.raises(MalformedStreamError):
        Generations.from_response(response, Mode.BEDROCK)
    assert body.closed


def test_a_body_that_breaks_off() -> None:
    response, body = respond(b"", Mode.BEDROCK)
    cause = urllib3.exceptions.ProtocolError()

    def read() -> bytes:
        raise cause

    body.read = read  # type: ignore[method-assign]
    with pytest.raises(TransportError, match="reading the body broke off") as caught:
        Generations.from_response(response, Mode.BEDROCK)
    assert caught.value.__cause__ is cause
    assert body.closed


def test_a_body_of_another_kind() -> None:
    with pytest.raises(TypeError, match="the content of the body is of type str; expected bytes"):
        Generations.from_response({"body": io.StringIO("{}")}, Mode.BEDROCK)

    class Asynchronous(Body):
        async def read(self) -> bytes:  # type: ignore[override]
            raise NotImplementedError

    with pytest.raises(TypeError, match="the body is asynchronous: await its read"):
        Generations.from_response({"body": Asynchronous()}, Mode.BEDROCK)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (
            {"Body": 1},
            "'Body'; expected the response of invoke_model with the key 'body', or of converse",
        ),
        (
            {"stream": []},
            "'body', or of converse; an event stream is for StreamingGenerations",
        ),
        ("text", "the response is of type str; expected the response of"),
        ({"body": b"{}"}, "is of type bytes; expected a body to read"),
        ({"body": iter([])}, "an event stream is for StreamingGenerations"),
        ({"body": None}, "response['body'] is None; expected a body to read"),
    ],
)
def test_what_is_no_response(response: Any, message: str) -> None:
    with pytest.raises(CohereError) as caught:
        read_body(response, Mode.BEDROCK)
    assert message in str(caught.value)


def test_the_body_in_an_output_of_the_smithy_sdk() -> None:
    assert output_body(smithy_models.output(b'{"id": "r"}')) == {"id": "r"}
    with pytest.raises(MalformedStreamError, match="found 0 complete and 1 byte of another"):
        output_body(smithy_models.output(b"{"))
    # The output of Converse has no body: it is the answer.
    assert output_body(smithy_models.CONVERSE_OUTPUT) == smithy_models.CONVERSE_RESPONSE


@pytest.mark.parametrize("response", [PLAIN, [PLAIN], "body", smithy_models.Text.END_TURN, None])
def test_any_other_object_has_no_body(response: Any) -> None:
    assert output_body(response) is response


def test_usage_in_the_headers_of_bedrock() -> None:
    headers = {
        "x-amzn-bedrock-input-token-count": "40",
        "x-amzn-bedrock-output-token-count": "-1",
        "x-amzn-bedrock-invocation-latency": "346",
    }
    response = {"ResponseMetadata": {"HTTPHeaders": headers}}
    found = {"input_tokens": 40, "invocation_latency_ms": 346}
    assert usage_counts(response, Mode.BEDROCK) == found
    assert usage_counts(response, Mode.SAGEMAKER) == {}


@pytest.mark.parametrize("response", [{}, {"ResponseMetadata": None}, {"ResponseMetadata": {}}])
def test_no_headers_no_usage(response: dict[str, Any]) -> None:
    assert usage_counts(response, Mode.BEDROCK) == {}


@pytest.mark.parametrize(
    ("value", "count"), [(40, 40), ("40", 40), (None, None), ("9" * 5000, None)]
)
def test_headers_that_were_made_by_hand(value: Any, count: int | None) -> None:
    headers = {"x-amzn-bedrock-input-token-count": value}
    response = {"ResponseMetadata": {"HTTPHeaders": headers}}
    assert usage_counts(response, Mode.BEDROCK).get("input_tokens") == count


@given(st.dictionaries(st.text(), st.integers()) | st.lists(st.text()))
def test_one_item(item: Any) -> None:
    assert parse_body(json.dumps(item).encode()) == item


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "in 0 bytes; found 0"),
        (b"{}{}", "in 4 bytes; found 2"),
        (b'{} {"a"', "in 7 bytes; found 1 complete and 4 bytes of another"),
        (b'{"a"', "in 4 bytes; found 0 complete and 4 bytes of another"),
    ],
)
def test_not_one_object(data: bytes, found: str) -> None:
    with pytest.raises(MalformedStreamError, match=re.escape(found)):
        parse_body(data)


def outcome_of(parse: Callable[[bytes], Any], data: bytes) -> Any:
    """Return the item with its types, or the message of the error."""
    try:
        return repr(parse(data))
    except MalformedStreamError as error:
        return str(error)


def walked(data: bytes) -> Any:
    """Parse *data* as a stream whose payloads have one byte, which has no fast path."""
    framing = Framing(max_item_bytes=max(len(data), 2))
    items = [item for i in range(len(data)) for item in framing.feed(data[i : i + 1])]
    if len(items) == 1 and not framing.finish():
        return items[0]
    return parse_body(data)  # for the message


MARKS = ['"', "\\", '\\"', "\\\\", "\\n", "\\u0022", "\\ ", "{", "}", "[", "]", "[]", '{"a":']
OTHERS = [
    ",",
    ":",
    " ",
    "\n",
    "1",
    "-2.5e3",
    "true",
    "null",
    "NaN",
    "a",
    "é",
    "😀",
    "data:",
    "[DONE]",
]
json_like = st.lists(st.sampled_from(MARKS + OTHERS)).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('"\\[]{}n😀')),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(['"', "\\", "[{"]), inner),
)


@given(json_like | values.map(json.dumps) | values.map(lambda it: json.dumps(it, indent=1) + "\n"))
def test_a_body_is_read_as_a_stream_is(text: str) -> None:
    data = text.encode()
    assert outcome_of(parse_body, data) == outcome_of(walked, data)


@pytest.mark.parametrize(
    "item",
    [
        {"embeddings": [[0.5, -1]] * 96, "texts": ["a"]},
        {"texts": ['"', "\\", '\\"', "[" * 99, '"]' * 99, "\\" * 99], "x": [{}, []] * 99},
        [{"generated_text": "{" * 99}],
        *([escaped, "["] for escaped in '"\\\b\f\n\r\t\x00'),
        reduce(lambda inner, _: [inner], range(62), [[]]),
    ],
)
def test_no_python_code_runs_for_the_brackets_of_a_body(
    item: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = json.dumps(item).encode()
    monkeypatch.setattr("cohere_aws._plain.Framing", None)
    assert parse_body(b" \n" + data + b"\r\n") == item


def test_a_large_body_with_one_emoji_takes_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    # Decoded at once, its text would take 4 bytes for each character.
    item = ["😀", "a" * 100_000]
    data = json.dumps(item, ensure_ascii=False).encode()
    monkeypatch.setattr("cohere_aws._plain.scan_short", None)
    assert parse_body(data) == item


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"[" * 65 + b"]" * 65, "item 0 at byte 0 is nested deeper than 64"),
        (b"[" * 10**6, "item 0 at byte 0 is nested deeper than 64"),
        (b'["",' * 65 + b"1" + b"]" * 65, "item 0 at byte 0 is nested deeper than 64"),
        (b'["\\ "' + b"[" * 99 + b"]" * 100, "item 0 at byte 0 is nested deeper than 64"),
        (b"[" + b"1" * 641 + b"]", "item 0 at byte 0 (643 bytes) is not JSON: an integer of 641"),
        (b"[-" + b"1" * 640 + b"]", "item 0 at byte 0 (643 bytes) is not JSON: an integer of 641"),
        (b"[1,]", "item 0 at byte 0 (4 bytes) is not JSON: "),
        (b'["\xff"]', "item 0 at byte 0 (5 bytes) is not JSON: it is not UTF-8 at its byte 2"),
        (b"[NaN]", "item 0 at byte 0 (5 bytes) is not JSON: NaN is not a JSON value"),
    ],
)
def test_a_body_beyond_the_limits_of_an_item(data: bytes, problem: str) -> None:
    with pytest.raises(MalformedStreamError, match=f"^{re.escape(problem)}"):
        parse_body(data)


@given(st.integers(0, 700), st.integers(635, 645))
def test_a_long_integer_at_any_place(before: int, digits: int) -> None:
    data = b'["%b",-%b,0]' % (b"a" * before, b"1" * digits)
    assert outcome_of(parse_body, data) == outcome_of(walked, data)
    assert outcome_of(parse_body, data).startswith("[") is (digits < 640)


@pytest.mark.parametrize("mode", Mode)
def test_an_answer_has_the_id_and_headers_of_its_response(mode: Mode) -> None:
    response, _ = respond(json.dumps(PLAIN).encode(), mode)
    response["ResponseMetadata"] |= {"RequestId": "r-1"}
    found = read_response(lambda data, *_: Generations.from_dict(json.loads(data)), response, mode)
    assert (found.request_id, found.response_headers) == ("r-1", {})


def test_an_error_has_the_id_and_headers_of_its_response() -> None:
    headers = {"x-amzn-requestid": "r-1"}
    response = {"ResponseMetadata": {"RequestId": "r-1", "HTTPHeaders": headers}}
    for error in (CohereError("wrong"), StreamError("wrong")):
        with pytest.raises(CohereError), reading(response):
            raise error
        assert (error.request_id, error.headers) == ("r-1", headers)
        assert (error.partial, getattr(error, "answer", None)) == (None, None)
    wrong = StreamError("wrong", headers={"x-amzn-requestid": "r-2"})
    wrong.partial, wrong.answer = Generations([]), Embeddings([])
    with pytest.raises(StreamError), reading(response):
        raise wrong
    assert wrong.request_id == "r-2"
    assert wrong.partial.request_id == wrong.answer.request_id == "r-1"


def test_an_error_without_a_response_is_unchanged() -> None:
    wrong = StreamError("wrong")
    wrong.answer = Embeddings([])
    with pytest.raises(StreamError), reading({}):
        raise wrong
    assert (wrong.headers, wrong.answer.request_id) == ({}, None)


@pytest.mark.parametrize("cause", [None, urllib3.exceptions.ProtocolError()])
def test_an_error_of_a_body_has_the_id(
    cause: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    response, body = respond(b"no JSON", Mode.BEDROCK)
    response["ResponseMetadata"] |= {"HTTPHeaders": {"x-amzn-requestid": "r-1"}}
    if cause:
        monkeypatch.setattr(body, "read", Mock(side_effect=cause))
    with pytest.raises(CohereError) as caught:
        Generations.from_response(response, Mode.BEDROCK)
    assert isinstance(caught.value, TransportError if cause else MalformedStreamError)
    assert caught.value.request_id == "r-1"


def test_a_response_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    response, _ = respond(b"12345", Mode.BEDROCK)
    response["ResponseMetadata"] |= {"HTTPStatusCode": 200, "RequestId": "r-1", "RetryAttempts": 2}
    with caplog.at_level("DEBUG", "cohere_aws"):
        assert read_response(lambda *_: Generations([]), response, Mode.BEDROCK).request_id == "r-1"
    (line,) = caplog.messages
    assert re.sub(r"[0-9]+[.][0-9]+", "…", line) == (
        "service=bedrock-runtime status=200 bytes=5 seconds=… outcome=complete request_id=r-1 retries=2"
    )
