"""The translation of exceptions of boto3, aiobotocore and the libraries below them."""

from __future__ import annotations

import asyncio
import binascii
import http.client
import json
import ssl
import struct
import sys
from typing import Any

import boto3
import botocore.eventstream
import botocore.exceptions
import botocore.parsers
import pytest
import urllib3.exceptions
from botocore.exceptions import StubAssertionError
from botocore.stub import Stubber

import smithy_models
from cohere_aws import (
    CohereError,
    InvalidRequestError,
    MalformedStreamError,
    ServiceError,
    TransportError,
)
from cohere_aws._translations import (
    translatable_errors,
    translated,
    translated_in_stream,
    translating,
)
from cohere_aws.testing import RecordedEvent
from cohere_aws.testing._botocore import parse_frames

try:
    from aiohttp import ClientPayloadError
except ImportError:  # it comes with aiobotocore
    ERRORS_OF_AIOHTTP: list[Exception] = []
else:
    ERRORS_OF_AIOHTTP = [ClientPayloadError("secret")]


def client_error(kind: type = botocore.exceptions.ClientError, **more: object) -> BaseException:
    response = {
        "Error": {"Code": "ThrottlingException", "Message": "slow down"},
        "ResponseMetadata": {"HTTPStatusCode": 429, "HTTPHeaders": {"x-amzn-requestid": "1"}},
        **more,
    }
    error: BaseException = kind(response, "InvokeModel")
    return error


def test_a_client_error_becomes_a_service_error() -> None:
    error = translated(client_error(), "the call")
    assert isinstance(error, ServiceError)
    assert (error.code, error.http_status, error.retryable) == ("ThrottlingException", 429, True)
    assert error.message == "ThrottlingException: slow down"
    assert error.headers == {"x-amzn-requestid": "1"}


def test_the_status_of_the_model_is_kept() -> None:
    error = translated(client_error(originalStatusCode=500), "the call")
    assert isinstance(error, ServiceError)
    assert error.original_status == 500


def test_an_error_event_of_boto3_gets_the_status_of_its_name() -> None:
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
def test_botocore_keeps_the_code_and_message_of_an_error_event(
    service: str, operation: str, name: str, detail: dict[str, Any], message: str
) -> None:
    event = RecordedEvent(name, json.dumps(detail).encode(), kind="exception")
    with pytest.raises(botocore.exceptions.EventStreamError) as caught:
        list(parse_frames(service, operation, [event.frame(service)]))
    error = translated(caught.value, "the stream")
    assert isinstance(error, ServiceError)
    assert (error.code, error.message, error.retryable) == (name, message, True)
    # If a newer botocore keeps these, this assertion fails: then correct the docstring of
    # ServiceError and the known limits in CONTRIBUTING.md.
    assert (error.original_status, error.original_message) == (None, None)


def test_an_error_event_without_a_code() -> None:
    response = {"Error": {"Code": "", "Message": ""}}
    error = translated(botocore.exceptions.EventStreamError(response, "Invoke"), "the stream")
    assert isinstance(error, ServiceError)
    assert (error.code, error.http_status, error.retryable) == (None, None, False)
    assert error.message == (
        "an error without a code: botocore does not know this error, and dropped its content"
    )
    error = translated(client_error(Error={"Code": "", "Message": "words"}), "the call")
    assert error.message == "an error without a code: words"
    error = translated(client_error(Error={"Code": "Throttling"}), "the call")
    assert error.message == "Throttling"


@pytest.mark.parametrize(
    "cause",
    [
        urllib3.exceptions.ReadTimeoutError(None, "/", "secret"),  # type: ignore[arg-type]
        urllib3.exceptions.ProtocolError("secret"),
        botocore.exceptions.ReadTimeoutError(endpoint_url="secret"),
        botocore.exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        *ERRORS_OF_AIOHTTP,
        asyncio.TimeoutError("secret"),
        TimeoutError("secret"),
        ConnectionResetError("secret"),
        OSError("secret"),
        ssl.SSLError("secret"),
        http.client.IncompleteRead(b"secret"),
    ],
    ids=lambda cause: type(cause).__name__,
)
def test_a_broken_connection_is_a_transport_error(cause: BaseException) -> None:
    assert isinstance(cause, translatable_errors())
    error = translated(cause, "the stream")
    assert type(error) is TransportError
    assert error.retryable
    assert str(error).startswith("the stream broke off: ")
    assert str(error).endswith(type(cause).__name__)


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (botocore.eventstream.ChecksumMismatch(1, 2), TransportError),
        (botocore.eventstream.InvalidPayloadLength(3), MalformedStreamError),
        (KeyError("secret"), MalformedStreamError),
        (UnicodeEncodeError("utf-8", "secret", 0, 1, "secret"), MalformedStreamError),
        (FileNotFoundError("secret"), TransportError),
        (urllib3.exceptions.ProtocolError("secret"), TransportError),
        (ValueError("secret"), TransportError),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_exception_of_a_source_of_events_is_translated(
    cause: BaseException, kind: type[CohereError]
) -> None:
    error = translated_in_stream(cause, "the stream")
    assert type(error) is kind
    assert str(error).endswith(type(cause).__name__)
    assert error.retryable == (kind is TransportError and not isinstance(cause, ValueError))


@pytest.fixture
def _smithy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put classes with the names of the smithy SDK's exceptions where the SDK has them."""
    for module in ("smithy_core.exceptions", "smithy_aws_event_stream.exceptions", "ijson.common"):
        monkeypatch.setitem(sys.modules, module, smithy_models)


def facts_of(error: CohereError) -> dict[str, Any]:
    return {name: value for name, value in vars(error).items() if name != "partial"}


@pytest.mark.usefixtures("_smithy")
@pytest.mark.parametrize(
    ("cause", "code", "message"),
    [
        (smithy_models.ThrottlingException("slow down"), "throttlingException", "slow down"),
        (smithy_models.ThrottlingException(""), "throttlingException", ""),
        (smithy_models.UnmodeledEventError("InternalFailure", "words"), "InternalFailure", "words"),
    ],
    ids=repr,
)
def test_an_error_event_of_the_smithy_sdk_is_that_of_boto3(
    cause: BaseException, code: str, message: str
) -> None:
    response = {"Error": {"Code": code, "Message": message}}
    theirs = botocore.exceptions.EventStreamError(response, "Invoke")
    error = translated_in_stream(cause, "the stream")
    assert type(error) is ServiceError
    assert facts_of(error) == facts_of(translated_in_stream(theirs, "the stream"))


@pytest.mark.usefixtures("_smithy")
def test_the_smithy_sdk_keeps_the_error_of_the_model() -> None:
    cause = smithy_models.ModelStreamErrorException(
        "refused", original_status_code=400, original_message="too long"
    )
    error = translated_in_stream(cause, "the stream")
    assert isinstance(error, ServiceError)
    assert (error.code, error.http_status) == ("modelStreamErrorException", 424)
    assert (error.original_status, error.original_message) == (400, "too long")
    assert not error.retryable  # the model refused the request itself


@pytest.mark.parametrize(
    ("code", "status"), [("modelTimeoutException", 408), ("newException", None), (None, None)]
)
def test_an_error_event_that_the_smithy_sdk_does_not_know(code: Any, status: int | None) -> None:
    cause = smithy_models.key_error(code or ":error-code")
    error = translated_in_stream(cause, "the stream")
    assert isinstance(error, ServiceError)
    assert (error.code, error.http_status, error.retryable) == (code, status, status is not None)
    name = code or "an error without a code"
    assert error.message == f"{name}: the SDK does not know this error, and dropped it"


def wrapped(cause: BaseException, kind: type[OSError] = OSError) -> OSError:
    error = kind("secret")
    error.__cause__ = cause
    return error


@pytest.mark.usefixtures("_smithy")
@pytest.mark.parametrize(
    ("cause", "kind", "named"),
    [
        (smithy_models.ChecksumMismatch("secret"), TransportError, "ChecksumMismatch"),
        (smithy_models.InvalidEventBytes("secret"), TransportError, "InvalidEventBytes"),
        (smithy_models.SmithyError("secret"), MalformedStreamError, "SmithyError"),
        (smithy_models.JSONError("secret"), MalformedStreamError, "JSONError"),
        (KeyError("secret"), MalformedStreamError, "KeyError"),
        (OSError("secret"), TransportError, "OSError"),
        (wrapped(TimeoutError("secret")), TransportError, "TimeoutError"),
        (wrapped(urllib3.exceptions.ProtocolError("secret")), TransportError, "ProtocolError"),
        (wrapped(struct.error("secret")), MalformedStreamError, "struct.error"),
        (wrapped(struct.error("secret"), TimeoutError), TransportError, "TimeoutError"),
        (wrapped(Exception("secret")), TransportError, "OSError"),
        (wrapped(KeyboardInterrupt("secret")), TransportError, "OSError"),
    ],
    ids=repr,
)
def test_an_exception_of_the_smithy_sdk_is_translated_as_its_twin(
    cause: BaseException, kind: type[CohereError], named: str
) -> None:
    error = translated_in_stream(cause, "the stream")
    assert type(error) is kind
    assert str(error).endswith(named)
    assert error.retryable == (kind is TransportError)
    assert "secret" not in str(error)


def decoding() -> BaseException:
    return UnicodeDecodeError("utf-8", b"secret", 0, 1, "secret")


@pytest.mark.parametrize(
    "cause",
    [
        botocore.parsers.ResponseParserError("secret"),
        decoding(),
        RecursionError("secret"),
        json.JSONDecodeError("secret", "secret", 0),
        binascii.Error("secret"),
        struct.error("secret"),
    ],
    ids=lambda cause: type(cause).__name__,
)
def test_bytes_that_cannot_be_parsed_are_a_malformed_stream(cause: BaseException) -> None:
    error = translated(cause, "the stream")
    assert type(error) is MalformedStreamError
    assert str(error).startswith("the stream gave bytes that cannot be parsed: ")
    assert str(error).endswith(type(cause).__name__.rpartition(".")[2])
    assert not error.retryable


@pytest.mark.parametrize("cause", [ValueError("secret"), KeyError("secret"), Exception("secret")])
def test_an_undocumented_exception_is_named_by_its_type(cause: BaseException) -> None:
    error = translated(cause, "the stream")
    assert type(error) is TransportError
    assert not error.retryable
    assert str(error) == f"the stream failed: builtins.{type(cause).__name__}"


def test_text_that_cannot_be_encoded_is_an_invalid_request() -> None:
    with pytest.raises(InvalidRequestError) as caught, translating("invoke_model"):
        "secret\ud800".encode()
    assert "utf-8 cannot encode: surrogates not allowed" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value.__cause__, UnicodeEncodeError)


@pytest.mark.parametrize("kind", [FileNotFoundError, PermissionError])
def test_the_message_names_a_file_that_cannot_be_read(kind: type[OSError]) -> None:
    error = translated(kind(2, "not there", "/of/a/program"), "invoke_model")
    assert type(error) is CohereError
    assert str(error) == "invoke_model failed: [Errno 2] not there: '/of/a/program'"


@pytest.mark.parametrize("kind", [AssertionError, CohereError, KeyboardInterrupt])
def test_some_exceptions_pass_unchanged(kind: type[BaseException]) -> None:
    raised = kind("as it is")
    with pytest.raises(kind) as caught, translating("invoke_model"):
        raise raised
    assert caught.value is raised
    assert raised.__cause__ is None


def test_an_error_of_botocore_s_stubber_passes() -> None:
    client = boto3.client("bedrock-runtime")
    with Stubber(client) as stubber:
        stubber.add_response("invoke_model", {"body": b"", "contentType": "a"}, {"modelId": "b"})
        with pytest.raises(StubAssertionError), translating("invoke_model"):
            client.invoke_model(modelId="c", body="{}")
    client.close()


def test_a_library_that_is_not_loaded_has_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    aiohttp = pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    monkeypatch.delitem(sys.modules, "aiohttp")
    assert aiohttp.ClientError not in translatable_errors()
    assert OSError in translatable_errors()
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert aiohttp.ClientError not in translatable_errors()


def test_a_request_that_botocore_refuses_is_an_invalid_request() -> None:
    error = botocore.exceptions.ParamValidationError(report="modelId is too short")
    found = translated(error, "invoke_model")
    assert type(found) is InvalidRequestError
    assert str(found).startswith("invoke_model was not sent: Parameter validation failed:")
    assert str(found).endswith("modelId is too short")


class Value:
    def __repr__(self) -> str:
        return "secret\nsecret"


@pytest.mark.parametrize("value", [{"prompt": "secret, type: secret"}, Value()])
def test_the_values_that_botocore_refuses_are_not_shown(value: Any) -> None:
    client = boto3.client("bedrock-runtime")
    with pytest.raises(botocore.exceptions.ParamValidationError) as caught:
        client.invoke_model(modelId="", body=value, accept=[value], other=value)
    assert "secret" in str(caught.value)
    lines = str(translated(caught.value, "invoke_model")).splitlines()
    assert [line.partition(", valid")[0] for line in lines] == [
        "invoke_model was not sent: Parameter validation failed:",
        lines[1],  # the names that are allowed instead of "other"
        "Invalid length for parameter modelId, value: 0",
        f"Invalid type for parameter body, type: {type(value)}",
        "Invalid type for parameter accept, type: <class 'list'>",
    ]
    assert lines[1].startswith('Unknown parameter in input: "other", must be one of: ')


def test_a_missing_region_is_reported_in_the_words_of_boto3() -> None:
    found = translated(botocore.exceptions.NoRegionError(), "invoke_model")
    assert type(found) is CohereError
    assert str(found) == "invoke_model failed: You must specify a region."
    assert not found.retryable


def test_a_refused_connection_is_reported_with_its_address() -> None:
    error = botocore.exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:9/")
    found = translated(error, "invoke_model")
    assert type(found) is TransportError
    assert str(found).startswith("invoke_model was not answered: ")
    assert str(found).endswith('"http://127.0.0.1:9/"')


def test_messages_hold_no_credentials() -> None:
    facts = {"Code": "ExpiredTokenException", "Message": "token expired: the-session-token"}
    more = {"Error": facts, "OriginalMessage": "of the-session-token"}
    error = translated(client_error(**more), "the call", ["the-session-token"])
    assert isinstance(error, ServiceError)
    assert str(error) == error.args[0] == "ExpiredTokenException: token expired: ***"
    assert error.original_message == "of ***"
    url = "https://user:secret@host/?token=secret"
    refused = botocore.exceptions.EndpointConnectionError(endpoint_url=url)
    with (
        pytest.raises(TransportError) as caught,
        translating("the call", secrets=lambda: ["endpoint"]),
    ):
        raise refused
    assert str(caught.value).endswith('Could not connect to the *** URL: "https://***@host/?***"')


def test_an_error_in_a_configuration_keeps_its_message() -> None:
    for raised, message in (
        (ValueError("invalid: 'abc' of http://u:p@h"), "builtins.ValueError: invalid: 'abc' of http://***@h"),
        (botocore.exceptions.NoRegionError(), "You must specify a region."),
    ):  # fmt: skip
        with pytest.raises(CohereError) as caught, translating("the client", configures=True):
            raise raised
        assert type(caught.value) is CohereError
        assert str(caught.value) == f"the client failed: {message}"
        assert caught.value.__cause__ is raised
