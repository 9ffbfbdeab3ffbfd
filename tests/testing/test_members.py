"""Members of calls and answers outside the body, found by botocore's models."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from cohere_aws.testing._botocore import operation_model
from cohere_aws.testing._members import (
    answer_headers,
    labels_of,
    members_of,
    tokens_of,
    usual_headers,
)
from testing.samples import knows_async_invoke

BEDROCK, SAGEMAKER = "bedrock-runtime", "sagemaker-runtime"


@pytest.mark.parametrize(
    ("operation", "url", "labels"),
    [
        ("InvokeModel", "https://h/model/cohere.command-text-v14/invoke", {"modelId": "cohere.command-text-v14"}),
        ("InvokeModel", "http://h:1/prefix/model/a%3Ab%2Fc/invoke?q=1", {"modelId": "a:b/c"}),
        ("InvokeModel", "/model/m/invoke-with-response-stream", None),
        ("InvokeModel", "/model/a/b/invoke", None),
        ("ApplyGuardrail", "/guardrail/g/version/1/apply", {"guardrailIdentifier": "g", "guardrailVersion": "1"}),
        pytest.param("ListAsyncInvokes", "/async-invoke", {}, marks=knows_async_invoke),
    ],
)  # fmt: skip
def test_the_labels_in_a_path(operation: str, url: str, labels: dict[str, str] | None) -> None:
    assert labels_of(operation_model(BEDROCK, operation), url) == labels


def sent_by_boto3(service: str, operation: str, **arguments: Any) -> dict[str, str]:
    """Return the members of a call, read from the request that boto3 would send."""
    client = boto3.client(service)
    found: list[dict[str, str]] = []

    def look(request: Any, event_name: str, **_: object) -> None:
        model = client.meta.service_model.operation_model(event_name.rpartition(".")[2])
        path = request.url.partition(".com")[2]
        found.append(members_of(model, path, request.headers))
        raise InterruptedError

    client.meta.events.register("before-send", look)
    with pytest.raises(InterruptedError):
        getattr(client, operation)(**arguments)
    return found[0]


@pytest.mark.parametrize(
    ("service", "operation", "target", "members"),
    [
        (SAGEMAKER, "invoke_endpoint", {"EndpointName": "e", "Body": b""},
         {"InferenceComponentName": "one", "TargetVariant": "b", "CustomAttributes": "a=b, c",
          "ContentType": "text/csv", "Accept": "text/csv", "SessionId": "NEW_SESSION"}),
        (SAGEMAKER, "invoke_endpoint_with_response_stream", {"EndpointName": "e", "Body": b""},
         {"InferenceComponentName": "one", "Accept": "text/csv", "CustomAttributes": "caf\xe9"}),
        (BEDROCK, "invoke_model", {"modelId": "m", "body": b""},
         {"guardrailIdentifier": "g", "guardrailVersion": "1", "trace": "ENABLED",
          "contentType": "application/json", "accept": "application/json"}),
        (BEDROCK, "apply_guardrail", {"guardrailIdentifier": "g", "source": "INPUT", "content": []},
         {"guardrailVersion": "7"}),
        pytest.param(
            BEDROCK, "list_async_invokes", {}, {"statusEquals": "Failed", "sortOrder": "Ascending"},
            marks=knows_async_invoke,
        ),
    ],
)  # fmt: skip
def test_members_that_boto3_sends_have_the_names_of_the_model(
    service: str, operation: str, target: dict[str, Any], members: dict[str, str]
) -> None:
    assert sent_by_boto3(service, operation, **target, **members) == members
    if operation != "apply_guardrail":  # its version is required
        assert sent_by_boto3(service, operation, **target) == {}


def test_numbers_are_text() -> None:
    arguments = {"EndpointName": "e", "InputLocation": "s3://b/k", "RequestTTLSeconds": 60}
    assert sent_by_boto3(SAGEMAKER, "invoke_endpoint_async", **arguments) == {
        "InputLocation": "s3://b/k",
        "RequestTTLSeconds": "60",
    }


def test_values_of_headers_in_bytes_and_in_utf_8() -> None:
    model = operation_model(SAGEMAKER, "InvokeEndpoint")
    for value in (b"caf\xc3\xa9", "caf\xc3\xa9", "caf\xe9"):
        headers = {"x-amzn-sagemaker-custom-attributes": value}
        assert members_of(model, "/", headers) == {"CustomAttributes": "caf\xe9"}


def test_default_headers_of_clients_are_not_members() -> None:
    model = operation_model(BEDROCK, "InvokeModel")
    headers = {"Content-Type": "application/octet-stream", "Accept": "*/*", "User-Agent": "a"}
    assert members_of(model, "/model/m/invoke", headers) == {}


class Shape:
    """The part of a botocore shape that is used."""

    def __init__(self, serialization: dict[str, str], **metadata: bool) -> None:
        self.serialization = serialization
        self.metadata = metadata


def test_a_token_in_a_header_is_left_out() -> None:
    # Currently no operation has one.
    model = operation_model(SAGEMAKER, "InvokeEndpoint")
    shape = model.input_shape
    token = Shape({"location": "header", "name": "X-Token"}, idempotencyToken=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(shape.members, "Token", token)
        assert members_of(model, "/endpoints/e/invocations", {"X-Token": "1"}) == {}


@knows_async_invoke
def test_tokens_in_a_body() -> None:
    assert tokens_of(BEDROCK, "StartAsyncInvoke") == {"clientRequestToken"}
    assert tokens_of(BEDROCK, "Converse") == tokens_of("s", "o") == frozenset()


def test_the_headers_of_an_answer() -> None:
    assert answer_headers(operation_model(SAGEMAKER, "InvokeEndpointWithResponseStream")) == {
        "x-amzn-sagemaker-content-type": "ContentType",
        "x-amzn-invoked-production-variant": "InvokedProductionVariant",
        "x-amzn-sagemaker-custom-attributes": "CustomAttributes",
    }
    assert answer_headers(operation_model(BEDROCK, "Converse")) == {}


@pytest.mark.parametrize(
    ("service", "operation", "headers"),
    [
        (BEDROCK, "InvokeModelWithResponseStream", {"x-amzn-bedrock-content-type": "application/json"}),
        (BEDROCK, "InvokeModel", {"content-type": "application/json"}),
        (BEDROCK, "ConverseStream", {}),
        (SAGEMAKER, "InvokeEndpointWithResponseStream",
         {"x-amzn-sagemaker-content-type": "application/json", "x-amzn-invoked-production-variant": "AllTraffic"}),
        ("s", "o", {}),
    ],
)  # fmt: skip
def test_the_headers_that_aws_always_sends(
    service: str, operation: str, headers: dict[str, str]
) -> None:
    assert usual_headers(service, operation) == headers


@pytest.mark.parametrize("service", [BEDROCK, SAGEMAKER])
def test_every_header_that_clients_require_is_sent(service: str) -> None:
    # Clients like the smithy SDK before 0.7 refuse an answer without a required member.
    for operation in boto3.client(service).meta.service_model.operation_names:
        shape = operation_model(service, operation).output_shape
        required = set(shape.required_members) if shape else set()
        headers = answer_headers(operation_model(service, operation))
        needed = {header for header, member in headers.items() if member in required}
        assert needed <= usual_headers(service, operation).keys()
