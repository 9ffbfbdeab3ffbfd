"""Calls: which parts of a request are kept, and how."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import quote

import boto3
import pytest

from clients import SERVICES, client_of
from cohere_aws import Client, Mode
from cohere_aws.testing import Call, RecordedResponse, Recording
from cohere_aws.testing._botocore import operation_model
from cohere_aws.testing._call import body_bytes, call_of, model_of
from cohere_aws.testing._matching import Matcher
from cohere_aws.testing._scrub import Scrubber
from testing.samples import knows_async_invoke

ARN = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc"
SCRUBBED_ARN = ARN.replace("123456789012", "000000000000")
INVOKE_MODEL = operation_model("bedrock-runtime", "InvokeModel")


def call_with(body: bytes, target: str = "t", scrubber: Scrubber | None = None) -> Call:
    url = f"/model/{quote(target, safe='')}/invoke"
    return call_of(scrubber or Scrubber(), INVOKE_MODEL, url, {}, body)


@pytest.mark.parametrize("body", [b"{}", "{}", bytearray(b"{}"), io.BytesIO(b"{}")])
def test_the_bytes_of_a_body(body: Any) -> None:
    assert body_bytes(body) == b"{}"
    assert body_bytes(body) == b"{}"  # a file can still be sent
    assert body_bytes(None) == b""


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        (b'{"prompt":"a"}', {"prompt": "a"}),
        (b"just text", "just text"),
        (b"\xff", {"base64": "/w=="}),
        (b"", ""),
    ],
)
def test_the_request_in_a_call(body: bytes, request_: Any) -> None:
    assert call_with(body) == Call("bedrock-runtime", "InvokeModel", "t", request_)


def test_the_call_in_a_request() -> None:
    model = operation_model("sagemaker-runtime", "InvokeEndpoint")
    url = "http://h/endpoints/a%3Ab/invocations"
    headers = {"X-Amzn-SageMaker-Inference-Component": "one", "Authorization": "secret"}
    assert call_of(Scrubber(), model, url, headers, "{}") == Call(
        "sagemaker-runtime", "InvokeEndpoint", "a:b", {}, {"InferenceComponentName": "one"}
    )


def test_target_request_and_members_are_scrubbed() -> None:
    scrubber = Scrubber(lambda text: text.replace("Alice", "X"))
    call = call_with(b'{"arn":"%b","prompt":"Alice"}' % ARN.encode(), ARN, scrubber)
    assert (call.target, call.request) == (SCRUBBED_ARN, {"arn": SCRUBBED_ARN, "prompt": "X"})
    assert call_with(b"", "Alice", scrubber).target == "X"
    model = operation_model("sagemaker-runtime", "InvokeEndpoint")
    headers = {"X-Amzn-SageMaker-Custom-Attributes": f"user=Alice,{ARN}"}
    call = call_of(scrubber, model, "/endpoints/e/invocations", headers, b"")
    assert call.members == {"CustomAttributes": f"user=X,{SCRUBBED_ARN}"}


def test_credentials_of_the_client_are_removed_from_its_first_request() -> None:
    client = boto3.Session().client("bedrock-runtime")
    call = call_with(b'{"prompt":"very-secret"}', scrubber=Scrubber(client=client))
    assert call.request == {"prompt": "***"}
    client.close()


@knows_async_invoke
def test_a_token_that_differs_from_call_to_call_is_left_out() -> None:
    model = operation_model("bedrock-runtime", "StartAsyncInvoke")
    body = b'{"clientRequestToken":"1","modelId":"m"}'
    assert call_of(Scrubber(), model, "/async-invoke", {}, body) == Call(
        "bedrock-runtime", "StartAsyncInvoke", None, {"modelId": "m"}
    )
    assert call_of(Scrubber(), model, "/async-invoke", {}, b"[1]").request == [1]


def test_a_deeply_nested_request_is_text() -> None:
    for depth, is_text in ((100, False), (101, True), (5_000, True), (99_999, True)):
        body = depth * b"[" + depth * b"]"
        call = call_with(body, "m")
        assert call.request == (body.decode() if is_text else json.loads(body))
        recording = Recording(
            service="bedrock-runtime",
            operation="InvokeModel",
            request=call.request,
            response=RecordedResponse(200, b"{}"),
        )
        assert Matcher([recording]).take(call)


def test_only_clients_of_the_runtimes_are_answered() -> None:
    for mode in Mode:
        assert model_of(client_of(mode)).service_name == SERVICES[mode]
    with pytest.raises(ValueError, match=r"^client is of s3; expected one of bedrock-runtime or s"):
        model_of(boto3.client("s3"))
    with pytest.raises(TypeError, match=r"^client is of type Client; .* a Client has one inside"):
        model_of(Client(client=client_of(Mode.SAGEMAKER)))
