"""The adapter to botocore: service models, frames and responses."""

from __future__ import annotations

import asyncio
import io

import boto3
import pytest

from clients import async_session
from cohere_aws.testing import RecordedEvent
from cohere_aws.testing._body import AsyncBody, Body, Pace
from cohere_aws.testing._botocore import (
    finds,
    http_response,
    operation_model,
    parse_frames,
    parse_headers,
    stream_errors,
    streaming_body,
)
from cohere_aws.testing._wire import Part


def test_the_model_of_an_operation() -> None:
    model = operation_model("bedrock-runtime", "InvokeModel")
    assert model.http["requestUri"] == "/model/{modelId}/invoke"
    for names in (("bedrock-runtime", "Unknown"), ("unknown", "InvokeModel")):
        with pytest.raises(ValueError, match=f"botocore .* does not know {names[1]} of {names[0]}"):
            operation_model(*names)


def test_the_error_events_of_a_stream() -> None:
    assert stream_errors("sagemaker-runtime", "InvokeEndpointWithResponseStream") == {
        "ModelStreamError": "Message",
        "InternalStreamFailure": "Message",
    }
    bedrock = stream_errors("bedrock-runtime", "InvokeModelWithResponseStream")
    assert bedrock["throttlingException"] == "message"
    assert "chunk" not in bedrock


# test_frames.py checks such frames against botocore's parser.
FRAME = RecordedEvent("PayloadPart", b"{}").frame("sagemaker-runtime")


def test_frames_are_parsed_as_boto3_parses_them() -> None:
    names = ("sagemaker-runtime", "InvokeEndpointWithResponseStream")
    assert (
        list(parse_frames(*names, [FRAME[:9], FRAME[9:] + FRAME]))
        == [{"PayloadPart": {"Bytes": b"{}"}}] * 2
    )
    block = FRAME[12 : 12 + int.from_bytes(FRAME[4:8], "big")]
    assert parse_headers(block)[":event-type"] == "PayloadPart"


def test_responses_are_of_the_classes_of_each_client() -> None:
    plain = boto3.client("bedrock-runtime")
    response = http_response(plain, "http://h", 200, {"A": "b"}, Body([], Pace(delays=False)))
    assert (response.url, response.status_code, response.headers["a"]) == ("http://h", 200, "b")
    assert response.content == b""
    assert streaming_body(plain, io.BytesIO(b"{}"), 2).read() == b"{}"

    session = async_session()

    async def read() -> None:
        async with session.create_client("bedrock-runtime") as client:
            body = AsyncBody([Part(None, b"{}")], Pace(delays=False))
            assert await http_response(client, "http://h", 200, {}, body).content == b"{}"
            body = AsyncBody([Part(None, b"{}")], Pace(delays=False))
            assert await streaming_body(client, body, 2).read() == b"{}"

    asyncio.run(read())


def test_credentials_and_a_region_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert finds("credentials")
    assert finds("region")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert not finds("credentials")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert not finds("credentials")
    assert not finds("region")
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    assert not finds("credentials")
