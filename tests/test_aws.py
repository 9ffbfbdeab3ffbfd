"""The one door: what other libraries raise, in our terms."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from typing import Any

import aiobotocore.session
import aiohttp
import boto3
import botocore.eventstream
import botocore.exceptions
import pytest
import urllib3.exceptions
from aiobotocore.config import AioConfig
from botocore.config import Config

from cohere_aws import CohereError, InvalidRequestError, ServiceError, TransportError
from cohere_aws._aws import (
    finds,
    foreign_errors,
    http_response,
    is_asynchronous,
    make_async_client,
    make_client,
    operation_model,
    parse_frames,
    parse_headers,
    service_of,
    stream_errors,
    streaming_body,
    translated,
)
from cohere_aws.testing import RecordedEvent
from cohere_aws.testing._body import AsyncBody, Body, Pace
from cohere_aws.testing._wire import Part


def client_error(kind: type = botocore.exceptions.ClientError, **more: object) -> BaseException:
    response = {
        "Error": {"Code": "ThrottlingException", "Message": "slow down"},
        "ResponseMetadata": {"HTTPStatusCode": 429, "HTTPHeaders": {"x-amzn-requestid": "1"}},
        **more,
    }
    error: BaseException = kind(response, "InvokeModel")
    return error


def test_an_error_of_the_service() -> None:
    error = translated(client_error(), "the call")
    assert isinstance(error, ServiceError)
    assert (error.code, error.http_status, error.retryable) == ("ThrottlingException", 429, True)
    assert error.message == "ThrottlingException: slow down"
    assert error.headers == {"x-amzn-requestid": "1"}


def test_an_error_of_the_model_behind_the_service() -> None:
    error = translated(client_error(originalStatusCode=500), "the call")
    assert isinstance(error, ServiceError)
    assert error.original_status == 500


def test_an_error_event_that_boto3_raises() -> None:
    response = {"Error": {"Code": "modelTimeoutException", "Message": "too slow"}}
    error = translated(botocore.exceptions.EventStreamError(response, "Invoke"), "the stream")
    assert isinstance(error, ServiceError)
    assert (error.code, error.http_status, error.retryable) == ("modelTimeoutException", 408, True)


@pytest.mark.parametrize(
    ("service", "operation", "name", "detail", "message"),
    [
        (
            "bedrock-runtime",
            "InvokeModelWithResponseStream",
            "modelStreamErrorException",
            {"message": "m", "originalStatusCode": 500, "originalMessage": "words of the model"},
            "modelStreamErrorException: m",
        ),
        (
            "sagemaker-runtime",
            "InvokeEndpointWithResponseStream",
            "ModelStreamError",
            {"Message": "m", "ErrorCode": "StreamBroken"},
            "ModelStreamError: m",
        ),
    ],
)
def test_what_botocore_keeps_of_an_error_event(
    service: str, operation: str, name: str, detail: dict[str, Any], message: str
) -> None:
    event = RecordedEvent(name, json.dumps(detail).encode(), kind="exception")
    with pytest.raises(botocore.exceptions.EventStreamError) as caught:
        list(parse_frames(service, operation, [event.frame(service)]))
    error = translated(caught.value, "the stream")
    assert isinstance(error, ServiceError)
    assert (error.code, error.message, error.retryable) == (name, message, True)
    # Once botocore keeps these, so do we, and what the docstring of ServiceError says can go.
    assert (error.original_status, error.original_message) == (None, None)


def test_an_error_event_that_botocore_does_not_know() -> None:
    response = {"Error": {"Code": "", "Message": ""}}
    error = translated(botocore.exceptions.EventStreamError(response, "Invoke"), "the stream")
    assert isinstance(error, ServiceError)
    assert (error.code, error.http_status, error.retryable) == (None, None, False)


@pytest.mark.parametrize(
    "cause",
    [
        urllib3.exceptions.ReadTimeoutError(None, "/", "secret"),  # type: ignore[arg-type]
        urllib3.exceptions.ProtocolError("secret"),
        botocore.eventstream.ChecksumMismatch(1, 2),
        botocore.eventstream.InvalidPayloadLength(3),
        botocore.exceptions.ReadTimeoutError(endpoint_url="secret"),
        botocore.exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        aiohttp.ClientPayloadError("secret"),
        asyncio.TimeoutError("secret"),
        TimeoutError("secret"),
        ConnectionResetError("secret"),
    ],
    ids=lambda cause: type(cause).__name__,
)
def test_what_breaks_off(cause: BaseException) -> None:
    assert isinstance(cause, foreign_errors())
    error = translated(cause, "the stream")
    assert type(error) is TransportError
    assert error.retryable
    assert str(error).startswith("the stream broke off: ")
    assert str(error).endswith(type(cause).__name__)


@pytest.mark.parametrize("cause", [ValueError(), OSError(), KeyError(), CohereError()])
def test_what_is_not_foreign(cause: BaseException) -> None:
    assert not isinstance(cause, foreign_errors())
    with pytest.raises(TypeError, match="is not one of foreign_errors"):
        translated(cause, "the stream")


def test_a_library_that_is_not_loaded_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "aiohttp")
    assert aiohttp.ClientError not in foreign_errors()
    assert TimeoutError in foreign_errors()
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert aiohttp.ClientError not in foreign_errors()


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


def test_what_botocore_refuses_to_send_is_an_invalid_request() -> None:
    error = botocore.exceptions.ParamValidationError(report="modelId is too short")
    found = translated(error, "invoke_model")
    assert type(found) is InvalidRequestError
    assert str(found).startswith("invoke_model was not sent: Parameter validation failed:")
    assert str(found).endswith("modelId is too short")


class Value:
    def __repr__(self) -> str:
        return "secret\nsecret"


@pytest.mark.parametrize("value", [{"prompt": "secret, type: secret"}, Value()])
def test_what_botocore_refuses_is_not_shown(value: Any) -> None:
    client = boto3.client("bedrock-runtime")
    with pytest.raises(botocore.exceptions.ParamValidationError) as caught:
        client.invoke_model(modelId="", body=value, accept=[value], other=value)
    assert "secret" in str(caught.value)
    lines = str(translated(caught.value, "invoke_model")).splitlines()
    assert [line.partition(", valid")[0] for line in lines] == [
        "invoke_model was not sent: Parameter validation failed:",
        lines[1],  # the names that there are instead of "other"
        "Invalid length for parameter modelId, value: 0",
        f"Invalid type for parameter body, type: {type(value)}",
        "Invalid type for parameter accept, type: <class 'list'>",
    ]
    assert lines[1].startswith('Unknown parameter in input: "other", must be one of: ')


def test_what_boto3_misses_is_said_in_its_words() -> None:
    found = translated(botocore.exceptions.NoRegionError(), "invoke_model")
    assert type(found) is CohereError
    assert str(found) == "invoke_model failed: You must specify a region."
    assert not found.retryable


def made(**names: Any) -> Any:
    return {"region": None, "session": None, "config": None, **names}


def test_a_client_is_made_from_names() -> None:
    client = make_client("bedrock-runtime", **made(region="eu-west-1"))
    assert (service_of(client), client.meta.region_name) == ("bedrock-runtime", "eu-west-1")
    assert client.meta.config.max_pool_connections == 1000
    client.close()
    config = Config(max_pool_connections=3, read_timeout=7)
    client = make_client("sagemaker-runtime", **made(config=config))
    assert service_of(client) == "sagemaker-runtime"
    assert (client.meta.config.max_pool_connections, client.meta.config.read_timeout) == (3, 7)
    client.close()


def test_a_session_is_used_as_it_is() -> None:
    session = boto3.Session(region_name="eu-north-1")
    session._session.set_default_client_config(Config(max_pool_connections=50))
    client = make_client("sagemaker-runtime", **made(session=session))
    assert client.meta.region_name == "eu-north-1"
    assert client.meta.config.max_pool_connections == 50
    client.close()
    for wrong in (aiobotocore.session.get_session(), "us-east-1"):
        with pytest.raises(TypeError, match=r"^session is .*; expected one of boto3$"):
            make_client("sagemaker-runtime", **made(session=wrong))


def test_an_asynchronous_client_is_made_from_names() -> None:
    async def pool(**names: Any) -> Any:
        async with make_async_client("bedrock-runtime", **made(**names)) as client:
            assert is_asynchronous(client)
            assert service_of(client) == "bedrock-runtime"
            return client.meta.config.max_pool_connections

    assert asyncio.run(pool()) == 1000
    assert asyncio.run(pool(config=Config(read_timeout=7))) == 1000
    assert asyncio.run(pool(config=Config(max_pool_connections=3))) == 3
    assert asyncio.run(pool(config=AioConfig(connector_args={"keepalive_timeout": 3}))) == 10
    session = aiobotocore.session.get_session()
    assert asyncio.run(pool(session=session, config=Config(read_timeout=7))) == 10
    for wrong in (boto3.Session(), "us-east-1"):
        with pytest.raises(TypeError, match=r"^session is .*; expected one of aiobotocore$"):
            make_async_client("sagemaker-runtime", **made(session=wrong))


def test_nobody_there_is_told_with_the_address() -> None:
    error = botocore.exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:9/")
    found = translated(error, "invoke_model")
    assert type(found) is TransportError
    assert str(found).startswith("invoke_model was not answered: ")
    assert str(found).endswith('"http://127.0.0.1:9/"')


def test_what_is_no_client_has_no_service() -> None:
    with pytest.raises(TypeError, match=r"^client is a string; expected one of boto3 or aiobotoc"):
        service_of("client")


def test_the_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiobotocore.session", None)
    with pytest.raises(ImportError, match=r"aiobotocore.*the extra 'async'"):
        make_async_client("bedrock-runtime", **made())


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
