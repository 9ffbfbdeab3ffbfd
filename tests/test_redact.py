"""Removal of credentials from text: what is removed, what stays, and the time it takes."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws._redact import may_hold_credentials, redact, redact_addresses, ways_to_write

KEY = "AKIAIOSFODNN7EXAMPLE"  # the example in the documentation of AWS
SESSION = "IQoJb3JpZ2luX2VjEJr/" + 40 * "aB3+/" + "=="
HASH = 32 * "a7"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"The security token included in the request is invalid: {SESSION}", "is invalid: ***"),
        (f"the key {KEY} does not exist", "the key *** does not exist"),
        (f"'POST\n/model\n\nhost:h\nx-amz-date:20260101T000000Z\n\nhost;x-amz-date\n{HASH}'", "'POST\n/model\n\nhost:h\nx-amz-date:***\n\nhost;x-amz-date\n***'"),
        (f"Authorization: AWS4-HMAC-SHA256 Credential=any/2026/r/s/aws4_request, SignedHeaders=host, Signature={HASH}", "AWS4-HMAC-SHA256 Credential=*** SignedHeaders=host, Signature=***"),
        ("https://b.s3.amazonaws.com/k?X-Amz-Credential=a%2F2026&X-Amz-Signature=ab&x=1", "/k?X-Amz-Credential=***&X-Amz-Signature=***&x=1"),
        ("https://b.s3.amazonaws.com/k?AWSAccessKeyId=ab&Signature=c%2Fd%3D&Expires=1", "/k?AWSAccessKeyId=***&Signature=***&Expires=1"),
        ("{'X-Amz-Security-Token': 'short', 'a': 1}", "{'X-Amz-Security-Token': '***', 'a': 1}"),
        ("{'x-amz-security-token': b'short'}", "{'x-amz-security-token': b'***'}"),
        ('{"X-Amz-Security-Token": ["short"]}', '{"X-Amz-Security-Token": ["***"]}'),
        (r'{"X-Amz-Security-Token":"ab\/cd\u003d","b":1}', '{"X-Amz-Security-Token":"***","b":1}'),
        (json.dumps({"message": f"x-amz-security-token:{SESSION}\nhost"}), r'"x-amz-security-token:***\nhost"}'),
        ("x-amz-date%3A20260101T000000Z", "x-amz-date%3A***"),
        (f"Authorization: Bearer ABSK{30 * 'x'}==", "Authorization: Bearer ***"),
    ],
)  # fmt: skip
def test_credentials_are_removed_by_their_form(text: str, left: str) -> None:
    assert may_hold_credentials(text.encode())
    assert redact(text).endswith(left)
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bearer bonds, a signature: Ada Lovelace; my credential is a letter",
        "x-amz-date;x-amz-security-token are signed",
        "x-amzn-requestid: 0a1b2c3d-0000-0000-0000-000000000000",
        "AKIA is a prefix, and AKIAIOSFODNN7 is too short; a hash of 63: " + HASH[1:],
        f"an identifier of 68 digits: {HASH}abcd",
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/cohere.command-text-v14/invoke",
    ],
)
def test_text_without_credentials_stays(text: str) -> None:
    assert redact(text) == text
    assert redact_addresses(text) == text


def test_credentials_of_a_client_are_removed_in_each_way_to_write_them() -> None:
    secret = "wJalrXUtnFEMI/K7MDENG+bPx="
    text = rf"{secret} wJalrXUtnFEMI%2FK7MDENG%2BbPx%3D wJalrXUtnFEMI\/K7MDENG+bPx= {secret[:-1]}"
    assert redact(text, [secret]) == f"*** *** *** {secret[:-1]}"
    written = list(ways_to_write([secret]))
    found = [any(way in each for way in written) for each in text.split()]
    assert found == [True, True, True, False]
    assert redact("first-secret first-secret-and-more", ["first-secret", "first-secret-and-more"]) == "*** ***"  # fmt: skip
    assert redact("any key of test", ["any", "test"]) == "any key of test"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('URL: "http://user:p@ss@host:1/path?token=x#y"', 'URL: "http://***@host:1/path?***"'),
        ("https://user@host/", "https://***@host/"),
        ("http://host/a?b http://host?c", "http://host/a?*** http://host?***"),
        ("Invalid endpoint: user:secret@host:80", "Invalid endpoint: ***@host:80"),
        ("http://127.0.0.1:9/ and a@b", "http://127.0.0.1:9/ and a@b"),
    ],
)
def test_users_passwords_and_queries_are_removed_from_addresses(text: str, left: str) -> None:
    assert redact_addresses(text) == left


PARTS = [
    "x-amz-", "X-Amz-Signature", "=", ":", "'", '"', "\\", "\\/", "\\u002", "b'", " ", "%3A", "AKIA", KEY[:19],
    "IQoJ", "://", "@", "?", "/", "a", "bearer ", "Signature=", HASH[:63], "0", "\n", "é",
]  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=6))
def test_the_time_is_linear(parts: list[str]) -> None:
    """Any repetition takes milliseconds for 200 KB; quadratic time would take minutes."""
    text = "".join(parts) * (200_000 // len("".join(parts)))
    start = time.perf_counter()
    redact(text)
    redact_addresses(text)
    may_hold_credentials(text.encode())
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "shortest",
    [HASH, HASH.upper(), *(word + 60 * "_" for word in ("IQoJ", "FwoG", "FQoG", "AQoD")), "AKIA" + 16 * "0",
     "bearer " + 20 * "a", "x-amz-a=b", "signature=a", "credential=a", "awsaccesskeyid=a"],
)  # fmt: skip
def test_the_shortest_credential_of_each_form_is_found(shortest: str) -> None:
    assert redact(shortest) != shortest
    assert may_hold_credentials(shortest.encode())
    assert may_hold_credentials(f"words {shortest}".encode())
    assert not may_hold_credentials(b"words")


@given(st.lists(st.sampled_from(PARTS)))
def test_text_that_changes_may_hold_credentials(parts: list[str]) -> None:
    text = "".join(parts)
    assert redact(text) == text or may_hold_credentials(text.encode())
