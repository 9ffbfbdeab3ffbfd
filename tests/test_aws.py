"""The one door: what other libraries raise, in our terms."""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import botocore.eventstream
import botocore.exceptions
import pytest
import urllib3.exceptions

from cohere_aws import CohereError, ServiceError, TransportError
from cohere_aws._aws import foreign_errors, translated


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
        botocore.exceptions.EndpointConnectionError(endpoint_url="secret"),
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
