"""Errors that a service reports: the fields of each, and the tables compared with botocore's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cohere_aws._faults import (
    RETRYABLE_CODES,
    RETRYABLE_STATUSES,
    error_in,
    is_fault,
    service_error,
)
from cohere_aws._services import SERVICES


def test_error_events_have_the_statuses_of_their_services() -> None:
    events = {
        name: status for row in SERVICES.values() for name, status in row.error_events.items()
    }
    retryable = {code for code in events if service_error(code, {}).retryable}
    assert events.keys() - retryable == {"validationException"}
    for code, status in events.items():
        assert service_error(code, {}).http_status == status


def test_an_error_event_is_recognised_in_upper_and_lower_case() -> None:
    assert is_fault("ThrottlingException")
    assert is_fault("throttlingException")
    assert not is_fault("chunk")
    assert not is_fault(5)


def policies(table: Any) -> list[dict[str, Any]]:
    """Return the condition of each policy in botocore's legacy retry table."""
    if isinstance(table, list):
        return [found for each in table for found in policies(each)]
    if not isinstance(table, dict):
        return []
    found = table.get("applies_when", {}).get("response")
    return [found] if found else [each for value in table.values() for each in policies(value)]


def test_errors_that_botocore_retries_are_retryable() -> None:
    botocore = pytest.importorskip("botocore")
    standard = pytest.importorskip("botocore.retries.standard")
    transient = standard.TransientRetryableChecker
    assert set(transient._TRANSIENT_STATUS_CODES) <= RETRYABLE_STATUSES
    codes = {
        *transient._TRANSIENT_ERROR_CODES,
        *standard.ThrottledRetryableChecker._THROTTLED_ERROR_CODES,
    }
    assert {code.lower() for code in codes} <= RETRYABLE_CODES
    older = json.loads(
        Path(botocore.__file__).with_name("data").joinpath("_retry.json").read_text()
    )
    statuses = {
        policy["http_status_code"]
        for policy in policies(older["definitions"])
        if "service_error_code" not in policy
    }
    assert statuses <= RETRYABLE_STATUSES
    # The additions to botocore's tables are exactly those that the module docstring lists.
    assert {*transient._TRANSIENT_STATUS_CODES, *statuses, 408, 424} == RETRYABLE_STATUSES
    beyond = {"modelnotreadyexception", "modelstreamerror", "internalstreamfailure"}
    assert {code.lower() for code in codes} | beyond == RETRYABLE_CODES


@pytest.mark.parametrize("service", ["bedrock-runtime", "sagemaker-runtime"])
def test_errors_that_a_service_model_marks_as_retryable_are_retryable(service: str) -> None:
    model = pytest.importorskip("botocore.session").get_session().get_service_model(service)
    for name in model.shape_names:
        if "retryable" in model.shape_for(name).metadata:
            assert service_error(name, {}, http_status=400).retryable


@pytest.mark.parametrize(
    ("code", "status", "original", "retryable"),
    [
        ("ModelError", 424, 400, False),  # for example, the prompt is too long
        ("ModelError", 424, 422, False),
        ("ModelError", 424, 424, True),  # the model failed
        ("ModelError", 424, 429, True),  # the model itself is overloaded
        ("ModelError", 424, 408, True),
        ("ModelError", 424, 500, True),
        ("ModelError", 424, None, True),
        ("ModelErrorException", 424, 400, False),
        ("modelStreamErrorException", None, 400, False),
        ("modelStreamErrorException", None, 503, True),
        ("ModelStreamError", None, None, True),
        ("InternalStreamFailure", None, None, True),
        ("ModelNotReadyException", 429, None, True),
        ("ModelNotReadyException", None, None, True),
        ("Throttling", 400, None, True),
        ("SlowDown", None, None, True),
        ("Other", 400, None, False),
        ("Other", 401, None, False),
        ("Other", 403, None, False),
        ("Other", 404, None, False),
        ("Other", 408, None, True),
        ("Other", 413, None, False),
        ("Other", 500, None, True),
        ("Other", 501, None, False),
        ("Other", 502, None, True),
        ("Other", 503, None, True),
        ("Other", 504, None, True),
    ],
)
def test_retryable_follows_code_status_and_original_status(
    code: str, status: int | None, original: int | None, *, retryable: bool
) -> None:
    detail = {"OriginalStatusCode": original}
    assert service_error(code, detail, http_status=status).retryable == retryable


@pytest.mark.parametrize(
    ("code", "name"),
    [("a", "a"), ("", None), (None, None), (424, "424"), (0, None), (["a"], None), ({}, None)],
)
def test_a_code_is_a_string_or_none(code: Any, name: str | None) -> None:
    error = service_error(code, {"message": "m"}, http_status=424)
    assert error.code == name
    assert error.message == f"{name or 'an error without a code'}: m"
    assert error.retryable


def test_the_status_and_message_of_the_model_are_kept() -> None:
    detail = {"message": "m", "originalStatusCode": 500, "originalMessage": "words of the model"}
    error = service_error("modelStreamErrorException", detail)
    assert (error.original_status, error.original_message) == (500, "words of the model")
    error = service_error("modelStreamErrorException", {"originalStatusCode": "?"})
    assert error.original_status is None


def test_the_error_code_of_sagemaker_is_in_the_message() -> None:
    error = service_error("ModelStreamError", {"Message": "m", "ErrorCode": "StreamBroken"})
    assert error.message == "ModelStreamError (StreamBroken): m"
    assert error.retryable


@pytest.mark.parametrize(("status", "retryable"), [(429, True), (403, False), (None, False)])
def test_the_status_decides_about_an_error_with_an_unknown_name(
    status: int | None, *, retryable: bool
) -> None:
    error = service_error("Other", {}, http_status=status, headers={"x-amzn-requestid": "1"})
    assert (error.message, error.http_status, error.retryable) == ("Other", status, retryable)
    assert error.headers == {"x-amzn-requestid": "1"}


def test_the_http_status_of_the_response_has_precedence() -> None:
    error = service_error("ThrottlingException", {}, http_status=400)
    assert (error.http_status, error.retryable) == (400, True)
    assert service_error("internalServerException", {}, http_status=400).retryable


def test_an_error_without_a_name() -> None:
    error = service_error("", {"message": ""})
    assert (error.code, error.message) == (None, "an error without a code")


def test_a_message_that_is_not_a_string_is_not_shown() -> None:
    assert service_error("a", {"message": ["words"]}).message == "a: its message is an array"


def test_credentials_that_a_service_quotes_are_removed() -> None:
    detail = {"message": "x-amz-security-token:short", "originalMessage": "X-Amz-Signature=ab&a=b"}
    error = service_error("modelStreamErrorException", detail)
    assert str(error) == "modelStreamErrorException: x-amz-security-token:***"
    assert error.original_message == "X-Amz-Signature=***&a=b"


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"message": "m"}, "an error without a code: m"),
        ({"message": "m", "text": "an answer"}, None),
        ({"message": {"role": "assistant"}}, None),  # of a chat
        ({"message": {"role": "assistant"}, "error": "m"}, "an error without a code: m"),
        (
            {"error": {"message": "m", "code": 429}, "text": "an answer"},
            "an error without a code: m",
        ),
        ({"err": {"message": "m", "type": "overloaded"}}, "overloaded: m"),
        ({"event_type": "stream-error"}, "an error without a code"),
        ({"error": None, "text": None}, None),
        ({}, None),
    ],
)
def test_an_error_inside_an_answer(item: dict[str, Any], message: str | None) -> None:
    error = error_in(item, ("text",))
    assert (None if error is None else error.message) == message


@pytest.mark.parametrize(
    ("item", "message", "code", "status", "retryable"),
    [
        # TGI
        ({"error": "m", "error_type": "validation"}, "validation: m", "validation", 422, False),
        ({"error": "m", "error_type": "generation"}, "generation: m", "generation", 424, True),
        ({"error": "m", "error_type": "overloaded"}, "overloaded: m", "overloaded", 429, True),
        (
            {"error": "m", "error_type": "incomplete_generation"},
            "incomplete_generation: m",
            "incomplete_generation",
            500,
            True,
        ),
        (
            {"error": "m", "error_type": "template_error"},
            "template_error: m",
            "template_error",
            422,
            False,
        ),
        (
            {"error": {"message": "m", "http_status_code": 422}},
            "an error without a code: m",
            None,
            422,
            False,
        ),
        # LMI
        ({"code": 500, "error": "m"}, "an error without a code: m", None, 500, True),
        (
            {"code": 424, "message": "invoke handler failure", "error": "m"},
            "an error without a code: invoke handler failure: m",
            None,
            424,
            True,
        ),
        (
            {"code": 500, "message": "m", "properties": {}, "content": {"keys": [], "values": []}},
            "an error without a code: m",
            None,
            500,
            True,
        ),
        (
            {"code": 400, "type": "BadRequestException", "message": "m"},
            "BadRequestException: m",
            "BadRequestException",
            400,
            False,
        ),
        (
            {"error": {"message": "m", "type": "BadRequestError", "param": None, "code": 400}},
            "BadRequestError: m",
            "BadRequestError",
            400,
            False,
        ),
        ({"code": "other", "error": "m", "type": "t"}, "other: m", "other", None, False),
        ({"code": 5, "error": "m", "type": 5}, "an error without a code: m", None, None, False),
    ],
)
def test_name_and_status_of_an_error_of_a_model(
    item: dict[str, Any], message: str, code: str | None, status: int | None, *, retryable: bool
) -> None:
    error = error_in(item, ())
    assert error is not None
    assert (error.message, error.code, error.http_status) == (message, code, status)
    assert error.retryable == retryable


# As users report it: https://github.com/meta-llama/llama-cookbook/issues/368.
SEE = "See https://us-east-1.console.aws.amazon.com/cloudwatch/home for more information."


@pytest.mark.parametrize(
    ("body", "original", "code", "words", "retryable"),
    [
        ({"error": "m", "error_type": "validation"}, 422, "validation", "validation: m", False),
        ({"error": "m", "error_type": "generation"}, 424, "generation", "generation: m", True),
        ({"error": "m", "error_type": "overloaded"}, 429, "overloaded", "overloaded: m", True),
        ({"error": "m", "error_type": "overloaded"}, None, "overloaded", "overloaded: m", True),
        ({"error": "m", "error_type": "validation"}, None, "validation", "validation: m", False),
        ({"error": "m", "code": 424}, 424, "ModelError", "m", True),
        ({"code": 400, "type": "Bad", "message": "m"}, 400, "Bad", "Bad: m", False),
        ({"message": "m"}, 500, "ModelError", "m", True),
        ({"other": "m"}, 400, "ModelError", '{"other": "m"}', False),
        (["m"], 400, "ModelError", '["m"]', False),
        ("Failed to deserialize", 422, "ModelError", '"Failed to deserialize"', False),
    ],
)
def test_the_error_of_the_model_that_sagemaker_quotes(
    body: object, original: int | None, code: str, words: str, *, retryable: bool
) -> None:
    quoted = json.dumps(body)
    detail = {
        "Message": f'Received client error (422) from primary with message "{quoted}". {SEE}',
        "OriginalStatusCode": original,
        "OriginalMessage": quoted,
    }
    error = service_error("ModelError", detail, http_status=424)
    shown = f'Received client error (422) from primary with message "{words}". {SEE}'
    assert (error.message, error.code) == (f"ModelError: {shown}", code)
    assert (error.http_status, error.original_status) == (424, original)
    assert (error.original_message, error.retryable) == (quoted, retryable)


@pytest.mark.parametrize("text", ["Failed to deserialize the JSON body", "[" * 5000])
def test_an_original_message_that_is_not_json(text: str) -> None:
    error = service_error("ModelError", {"Message": text, "OriginalMessage": text})
    assert (error.message, error.code) == (f"ModelError: {text}", "ModelError")


def test_an_original_message_that_the_message_does_not_quote() -> None:
    quoted = '{"error": "m", "error_type": "validation"}'
    error = service_error("ModelError", {"Message": "failed", "OriginalMessage": quoted})
    assert (error.message, error.code) == ("ModelError: failed: validation: m", "validation")
