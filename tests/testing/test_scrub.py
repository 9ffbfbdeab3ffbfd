"""Scrubbing: account IDs and credentials are removed, everything else is kept."""

from __future__ import annotations

import json
import re

import boto3
import pytest

from cohere_aws.testing._scrub import Scrubber


def test_account_ids_become_zeros_in_bytes_of_any_encoding() -> None:
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
def test_account_ids_are_recognised_by_their_context(text: str, scrubbed: str) -> None:
    scrubbed = re.sub(r"(?<![0-9])0(?![0-9])", 12 * "0", scrubbed)
    assert Scrubber().text(text) == scrubbed
    assert Scrubber().data(text.encode()) == scrubbed.encode()


@pytest.mark.parametrize(
    "text", ["call 123456789012", "1234567890123456", "accounts: 1234567890123", "arn:aws:x:1234"]
)
def test_other_numbers_of_twelve_digits_are_kept(text: str) -> None:
    assert Scrubber().text(text) == text


def test_json_stays_json() -> None:
    scrubbed = Scrubber().data(b'{"accountId": 123456789012, "n": 123456789012}')
    assert json.loads(scrubbed) == {"accountId": 0, "n": 123456789012}


def test_credentials_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the/session/token")
    client = boto3.Session().client("sagemaker-runtime")
    scrubber = Scrubber(client=client)
    assert scrubber.text("target") == "target"  # from here on, the client's secrets are known
    url = "https://b/k?X-Amz-Security-Token=a%2Fb&X-Amz-Signature=0a"
    message = json.dumps(f"very-secret, the/session/token and {url}").encode()
    hidden = "***, *** and https://b/k?X-Amz-Security-Token=***&X-Amz-Signature=***"
    assert json.loads(scrubber.data(message)) == hidden
    escaped = b'"' + b"the/session/token".replace(b"/", rb"\/") + b'"'
    assert scrubber.data(escaped) == b'"***"'
    assert Scrubber().data(message).endswith(b'X-Amz-Signature=***"')
    assert scrubber.data(b"very-secre") == b"very-secre"
    client.close()


def test_the_function_of_the_caller_gets_texts_and_payloads() -> None:
    scrubber = Scrubber(lambda text: text.replace("Alice", "X"))
    assert scrubber.text("for Alice") == "for X"
    assert scrubber.data(b"\xff Alice") == b"\xff X"
