"""Plain answers: the body in a response of boto3, and its usage headers."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
import urllib3.exceptions
from hypothesis import given
from hypothesis import strategies as st

import smithy_models
from cohere_aws import (
    CohereError,
    Generations,
    MalformedStreamError,
    Mode,
    TransportError,
)
from cohere_aws._plain import output_body, parse_body, read_body, usage_counts

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


@pytest.mark.parametrize("data", [b"", b"<html>", b'"text"', b'{"generations"', b"{}{}"])
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
