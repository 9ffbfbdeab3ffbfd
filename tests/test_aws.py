"""The one door: what other libraries raise, in our terms."""

from __future__ import annotations

import asyncio
import io

import aiobotocore.session
import boto3
import pytest

from cohere_aws._aws import (
    finds,
    http_response,
    is_asynchronous,
    operation_model,
    parse_frames,
    parse_headers,
    service_of,
    stream_errors,
    streaming_body,
)
from cohere_aws.testing import RecordedEvent
from cohere_aws.testing._body import AsyncBody, Body, Pace
from cohere_aws.testing._wire import Part


def test_what_botocore_knows_about_an_operation() -> None:
    model = operation_model("bedrock-runtime", "InvokeModel")
    assert model.http["requestUri"] == "/model/{modelId}/invoke"
    for names in (("bedrock-runtime", "Unknown"), ("unknown", "InvokeModel")):
        with pytest.raises(ValueError, match=f"botocore .* does not know {names[1]} of {names[0]}"):
            operation_model(*names)


def test_the_errors_that_can_come_in_a_stream() -> None:
    assert stream_errors("sagemaker-runtime", "InvokeEndpointWithResponseStream") == {
        "ModelStreamError": "Message",
        "InternalStreamFailure": "Message",
    }
    bedrock = stream_errors("bedrock-runtime", "InvokeModelWithResponseStream")
    assert bedrock["throttlingException"] == "message"
    assert "chunk" not in bedrock


# A frame with the headers of an event and the payload b"{}", as test_frames.py makes and checks it.
FRAME = RecordedEvent("PayloadPart", b"{}").frame("sagemaker-runtime")


def test_frames_are_parsed_as_boto3_parses_them() -> None:
    names = ("sagemaker-runtime", "InvokeEndpointWithResponseStream")
    assert (
        list(parse_frames(*names, [FRAME[:9], FRAME[9:] + FRAME]))
        == [{"PayloadPart": {"Bytes": b"{}"}}] * 2
    )
    block = FRAME[12 : 12 + int.from_bytes(FRAME[4:8], "big")]
    assert parse_headers(block)[":event-type"] == "PayloadPart"


def test_what_clients_are_answered_with() -> None:
    plain = boto3.client("bedrock-runtime")
    assert not is_asynchronous(plain)
    response = http_response(plain, "http://h", 200, {"A": "b"}, Body([], Pace(delays=False)))
    assert (response.url, response.status_code, response.headers["a"]) == ("http://h", 200, "b")
    assert response.content == b""
    assert streaming_body(plain, io.BytesIO(b"{}"), 2).read() == b"{}"

    async def ask() -> None:
        session = aiobotocore.session.get_session()
        async with session.create_client("bedrock-runtime") as client:
            assert is_asynchronous(client)
            body = AsyncBody([Part(None, b"{}")], Pace(delays=False))
            assert await http_response(client, "http://h", 200, {}, body).content == b"{}"
            body = AsyncBody([Part(None, b"{}")], Pace(delays=False))
            assert await streaming_body(client, body, 2).read() == b"{}"

    asyncio.run(ask())


def test_the_service_of_a_client() -> None:
    assert service_of(boto3.client("bedrock-runtime")) == "bedrock-runtime"
    with pytest.raises(TypeError, match=r"^client is a string; expected one of boto3 or aiobotoc"):
        service_of("client")


def test_whether_credentials_and_a_region_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
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
