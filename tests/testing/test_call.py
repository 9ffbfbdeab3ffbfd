"""Calls: what is kept of them, what is scrubbed, and which recording answers."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import boto3
import pytest

from clients import SERVICES, client_of
from cohere_aws import Client, Mode
from cohere_aws.testing import Call, RecordedResponse, Recording, ReplayError
from cohere_aws.testing._call import Matcher, Scrubber, body_bytes, model_of, target_of

ARN = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc"


@pytest.mark.parametrize(
    ("template", "url", "target"),
    [
        ("/model/{modelId}/invoke", "https://h/model/cohere.command-text-v14/invoke", "cohere.command-text-v14"),
        ("/model/{modelId}/invoke", "http://h:1/prefix/model/a%3Ab%2Fc/invoke?q=1", "a:b/c"),
        ("/model/{modelId}/invoke", "/model/m/invoke-with-response-stream", None),
        ("/model/{modelId}/invoke", "/model/a/b/invoke", None),
        ("/guardrail/{id}/version/{v}/apply", "/guardrail/g/version/1/apply", "g"),
        ("/async-invoke", "/async-invoke", ""),
    ],
)  # fmt: skip
def test_the_target_in_a_path(template: str, url: str, target: str | None) -> None:
    assert target_of(template, url) == target


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


def recording(target: str | None, request: Any, operation: str = "InvokeModel") -> Recording:
    return Recording(
        service="bedrock-runtime",
        operation=operation,
        target=target,
        request=request,
        response=RecordedResponse(200, b"{}"),
    )


def call(target: str = "m", request: Any = None, operation: str = "InvokeModel") -> Call:
    return Call("bedrock-runtime", operation, target, request)


def test_a_recording_is_found_by_what_is_asked() -> None:
    one, two = recording("m", {"prompt": "a"}), recording("m", {"prompt": "b"})
    matcher = Matcher([one, two])
    assert matcher.unused() == [one, two]
    assert matcher.take(call(request={"prompt": "b"})) is two
    assert matcher.take(call(request={"prompt": "a"})) is one
    assert matcher.unused() == []


def test_none_stands_for_anything() -> None:
    any_ = recording(None, None)
    assert Matcher([any_]).take(call("whatever", {"prompt": "whatever"})) is any_


def test_each_recording_answers_once_unless_it_is_reused() -> None:
    one, two = recording("m", None), recording("m", None)
    matcher = Matcher([one, two])
    assert [matcher.take(call()), matcher.take(call())] == [one, two]
    with pytest.raises(ReplayError, match=r"each of the recordings \(2\) has answered a call"):
        matcher.take(call())
    matcher = Matcher([one, two], reuse=True)
    assert matcher.take(call()) is matcher.take(call()) is one
    assert matcher.unused() == [two]


def test_one_after_the_other() -> None:
    one, two = recording("m", {"prompt": "a"}), recording("n", {"prompt": "b"})
    matcher = Matcher([one, two], match="order")
    assert [matcher.take(call("x")), matcher.take(call("y"))] == [one, two]
    matcher = Matcher([recording("m", None, "Converse"), one], match="order")
    with pytest.raises(ReplayError, match=r"operation is 'InvokeModel', recorded 'Converse'$"):
        matcher.take(call())


def test_another_service_is_another_answer() -> None:
    with pytest.raises(ReplayError, match="service is 'sagemaker-runtime', recorded 'bedrock"):
        Matcher([recording("m", None)]).take(Call("sagemaker-runtime", "InvokeModel", "m", None))


@pytest.mark.parametrize(
    ("asked", "difference"),
    [
        ({"prompt": "a secret"}, "request['prompt'] is a string of 8 characters, recorded a string of 1 characters, different from character 1 on"),
        ({"prompt": ""}, "request['prompt'] is a string of 0 characters, recorded a string of 1 characters, different from character 0 on"),
        ({"prompt": "b"}, "different from character 0 on"),
        ({"prompt": "a", "k": 5}, "request['k'] is 5, recorded absent"),
        ({}, "request['prompt'] is absent, recorded a string of 1 characters"),
        ([1, 2], "request is an array of 2, recorded an object of 1"),
        ({"prompt": {"x": 1}}, "request['prompt'] is an object of 1, recorded a string of 1"),
        (None, "request is None, recorded an object of 1"),
        ({"prompt": "a", **dict.fromkeys("ghijklm", 1)}, "request['k'] is 1, recorded absent; and 2 more"),
    ],
)  # fmt: skip
def test_the_nearest_recording_is_shown_without_texts(asked: Any, difference: str) -> None:
    far = recording("other", {"prompt": "x", "k": 1})
    with pytest.raises(ReplayError) as caught:
        Matcher([far, recording("m", {"prompt": "a"})]).take(call(request=asked))
    assert "no recording answers InvokeModel of 'm'; the nearest one is number 2" in str(
        caught.value
    )
    assert difference in str(caught.value)
    assert "(match='order' would not compare the request)" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_true_is_no_number() -> None:
    with pytest.raises(ReplayError, match=r"request\['stream'\] is True, recorded 1"):
        Matcher([recording("m", {"stream": 1})]).take(call(request={"stream": True}))


@pytest.mark.parametrize(
    ("asked", "recorded", "difference"),
    [
        ({"a": [1, 2]}, {"a": [1, 3]}, r"request['a'][1] is 2, recorded 3"),
        ([1], [1, "x"], r"request[1] is absent, recorded a string of 1 characters"),
        ([1], [True], r"request[0] is 1, recorded True"),
        ([float("nan")], [1.5], r"request[0] is nan, recorded 1.5"),
        ([{}], [[]], r"request[0] is an object of 0, recorded an array of 0"),
    ],
)
def test_arrays_are_compared_item_by_item(asked: Any, recorded: Any, difference: str) -> None:
    with pytest.raises(ReplayError, match=re.escape(f"but {difference} (")):
        Matcher([recording("m", recorded)]).take(call(request=asked))


def test_what_is_the_same_number_matches() -> None:
    same = [float("nan"), 1, {"a": [1.0, None, False]}]
    Matcher([recording("m", same)]).take(call(request=[float("nan"), 1.0, {"a": [1, None, False]}]))


def test_what_is_nested_deep_is_text() -> None:
    for depth, request in ((100, None), (101, "text"), (5_000, "text"), (99_999, "text")):
        body = depth * b"[" + depth * b"]"
        call_ = Scrubber().call("bedrock-runtime", "InvokeModel", "m", body)
        assert call_.request == (body.decode() if request else json.loads(body))
        assert Matcher([recording("m", call_.request)]).take(call_)


def test_no_recordings_at_all() -> None:
    with pytest.raises(ReplayError, match=r"no recording answers .*: there are no recordings$"):
        Matcher([]).take(call())


def test_another_target_is_shown() -> None:
    with pytest.raises(ReplayError, match="target is 'm', recorded 'n'"):
        Matcher([recording("n", None)]).take(call())


def test_a_mismatch_is_no_error_of_aws() -> None:
    assert issubclass(ReplayError, AssertionError)


def test_how_calls_are_matched_is_one_of_two_words() -> None:
    with pytest.raises(ValueError, match=r"^match is 'ordr'; expected 'request' or 'order'$"):
        Matcher([], match="ordr")  # type: ignore[arg-type]


def test_only_clients_of_the_runtimes_are_answered() -> None:
    for mode in Mode:
        assert model_of(client_of(mode)).service_name == SERVICES[mode]
    with pytest.raises(ValueError, match=r"^client is of s3; expected one of bedrock-runtime or s"):
        model_of(boto3.client("s3"))
    with pytest.raises(TypeError, match=r"^client is a Python Client; .* a Client has one inside"):
        model_of(Client(client=client_of(Mode.SAGEMAKER)))


def test_in_order_and_used_again_they_go_round() -> None:
    recordings = [recording(name, None) for name in "abc"]
    matcher = Matcher(recordings, match="order", reuse=True)
    assert [matcher.take(call("x")) for _ in range(4)] == [*recordings, recordings[0]]
