"""Calls: what is kept of them, and what is scrubbed."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import boto3
import pytest

from clients import SERVICES, client_of
from cohere_aws import Client, Mode
from cohere_aws._aws import operation_model
from cohere_aws.testing import Call, RecordedResponse, Recording
from cohere_aws.testing._call import Scrubber, body_bytes, call_of, model_of
from cohere_aws.testing._matching import Matcher
from testing.samples import knows_async_invoke

ARN = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc"


@pytest.mark.parametrize("body", [b"{}", "{}", bytearray(b"{}"), io.BytesIO(b"{}")])
def test_the_body_of_a_request(body: Any) -> None:
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
    assert Scrubber().call("s", "o", "t", body) == Call("s", "o", "t", request_)
    assert Scrubber().call("s", "o", "", body).target is None


def test_the_call_in_a_request() -> None:
    model = operation_model("sagemaker-runtime", "InvokeEndpoint")
    url = "http://h/endpoints/a%3Ab/invocations"
    headers = {"X-Amzn-SageMaker-Inference-Component": "one", "Authorization": "secret"}
    assert call_of(Scrubber(), model, url, headers, "{}") == Call(
        "sagemaker-runtime", "InvokeEndpoint", "a:b", {}, {"InferenceComponentName": "one"}
    )


def test_members_are_scrubbed() -> None:
    model = operation_model("sagemaker-runtime", "InvokeEndpoint")
    headers = {"X-Amzn-SageMaker-Custom-Attributes": f"user=Alice,{ARN}"}
    scrubber = Scrubber(lambda text: text.replace("Alice", "X"))
    call = call_of(scrubber, model, "/endpoints/e/invocations", headers, b"")
    assert call.members == {
        "CustomAttributes": f"user=X,{ARN.replace('123456789012', '000000000000')}"
    }


@knows_async_invoke
def test_a_token_that_differs_from_call_to_call_is_left_out() -> None:
    model = operation_model("bedrock-runtime", "StartAsyncInvoke")
    body = b'{"clientRequestToken":"1","modelId":"m"}'
    assert call_of(Scrubber(), model, "/async-invoke", {}, body) == Call(
        "bedrock-runtime", "StartAsyncInvoke", None, {"modelId": "m"}
    )
    assert call_of(Scrubber(), model, "/async-invoke", {}, b"[1]").request == [1]


def test_account_ids_become_zeros() -> None:
    scrubbed = ARN.replace("123456789012", "000000000000")
    call = Scrubber().call("s", "o", ARN, b'{"arn":"%b","n":123456789012}' % ARN.encode())
    assert call == Call("s", "o", scrubbed, {"arn": scrubbed, "n": 123456789012})
    words = b"User: arn:aws-us-gov:iam::123456789012:user/a is not authorized \xff"
    assert Scrubber().data(words) == words.replace(b"123456789012", b"000000000000")


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("arn:aws:iam::123456789012:role/x", "arn:aws:iam::0:role/x"),
        ("arn:aws:sts::123456789012", "arn:aws:sts::0"),
        ("arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ax", "arn%3Aaws%3Abedrock%3Aus-east-1%3A0%3Ax"),
        ("arn%253Aaws%253Aiam%253A%253A123456789012", "arn%253Aaws%253Aiam%253A%253A0"),
        ("arn:aws:s3:::a-123456789012/b", "arn:aws:s3:::a-0/b"),
        ("logs in account 123456789012 for more", "logs in account 0 for more"),
        ("Account ID: 123456789012.", "Account ID: 0."),
        ("the account number is 123456789012", "the account number is 0"),
        ('{"accountId": "123456789012"}', '{"accountId": "0"}'),
        (r'{"m": "{\"AccountId\":\"123456789012\"}"}', r'{"m": "{\"AccountId\":\"0\"}"}'),
        ("aws_account_id=123456789012", "aws_account_id=0"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/x", "0.dkr.ecr.us-east-1.amazonaws.com/x"),
        ("s3://sagemaker-us-east-1-123456789012/x", "s3://sagemaker-us-east-1-0/x"),
        ("s3://mine-123456789012", "s3://mine-0"),
        ("https://sagemaker-us-east-1-123456789012.s3.amazonaws.com", "https://sagemaker-us-east-1-0.s3.amazonaws.com"),
        ("https://mine-123456789012.s3.amazonaws.com", "https://mine-0.s3.amazonaws.com"),
    ],
)  # fmt: skip
def test_wherever_an_account_id_can_be_told(text: str, scrubbed: str) -> None:
    scrubbed = re.sub(r"(?<![0-9])0(?![0-9])", 12 * "0", scrubbed)
    assert Scrubber().text(text) == scrubbed
    assert Scrubber().data(text.encode()) == scrubbed.encode()


@pytest.mark.parametrize(
    "text", ["call 123456789012", "1234567890123456", "accounts: 1234567890123", "arn:aws:x:1234"]
)
def test_a_number_that_is_no_account_id_is_kept(text: str) -> None:
    assert Scrubber().text(text) == text


def test_json_stays_json() -> None:
    call = Scrubber().call("s", "o", "t", b'{"accountId": 123456789012, "n": 123456789012}')
    assert call.request == {"accountId": 0, "n": 123456789012}


def test_no_credentials_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the/session/token")
    client = boto3.Session().client("sagemaker-runtime")
    url = "https://b/k?X-Amz-Security-Token=a%2Fb&X-Amz-Signature=0a"
    body = {"message": f"very-secret, the/session/token and {url}"}
    scrubber = Scrubber(client=client)
    kept = "***, *** and https://b/k?X-Amz-Security-Token=***&X-Amz-Signature=***"
    written = json.dumps(body).encode()
    assert scrubber.call("s", "o", "t", written).request == {"message": kept}
    escaped = b'"' + b"the/session/token".replace(b"/", rb"\/") + b'"'
    assert scrubber.data(escaped) == b'"***"'
    assert Scrubber().data(written).endswith(b'X-Amz-Signature=***"}')
    assert scrubber.data(b"very-secre") == b"very-secre"
    client.close()


def test_the_caller_scrubs_too() -> None:
    scrubber = Scrubber(lambda text: text.replace("Alice", "X"))
    assert scrubber.call("s", "o", "Alice", b'{"prompt":"Alice"}') == Call(
        "s", "o", "X", {"prompt": "X"}
    )
    assert scrubber.data(b"\xff Alice") == b"\xff X"


def test_what_is_nested_deep_is_text() -> None:
    for depth, request in ((100, None), (101, "text"), (5_000, "text"), (99_999, "text")):
        body = depth * b"[" + depth * b"]"
        call = Scrubber().call("bedrock-runtime", "InvokeModel", "m", body)
        assert call.request == (body.decode() if request else json.loads(body))
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
    with pytest.raises(TypeError, match=r"^client is a Python Client; .* a Client has one inside"):
        model_of(Client(client=client_of(Mode.SAGEMAKER)))
