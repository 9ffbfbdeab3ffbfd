"""The option ``--block-aws``: calls to AWS outside a recording fail the test."""

from __future__ import annotations

import boto3
import botocore.endpoint
import pytest

from clients import needs_aiobotocore
from cohere_aws import Mode
from cohere_aws.testing import serve
from testing.samples import plain

pytest_plugins = ["pytester"]


@pytest.fixture
def calling(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project of its own; clients find the credentials of this run."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return pytester


CALLS = """
    import asyncio
    import threading

    import boto3
    import pytest
    from cohere_aws.testing import record, replay

    CALL = {"modelId": "target", "body": "{}"}

    def ask(**options):
        return boto3.client("bedrock-runtime", **options).invoke_model(**CALL)

    async def ask_later():
        import aiobotocore.session

        async with aiobotocore.session.get_session().create_client("bedrock-runtime") as client:
            await client.invoke_model(**CALL)

    def lose(call):
        try:
            call()
        except AssertionError:
            pass

    @pytest.fixture
    def early():
        lose(ask)

    @pytest.fixture
    def late():
        yield
        lose(ask)

"""


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("def test_it(): ask()", "failed"),
        pytest.param(
            "def test_it(): asyncio.run(ask_later())", "failed", marks=needs_aiobotocore
        ),
        ("def test_it(): lose(ask)", "failed"),
        pytest.param(
            "def test_it(): lose(lambda: asyncio.run(ask_later()))",
            "failed",
            marks=needs_aiobotocore,
        ),
        (("def test_it(): thread = threading.Thread(target=lose, args=(ask,));"
         " thread.start(); thread.join()"), "failed"),
        ("def test_it(): boto3.client('sts').get_caller_identity()", "failed"),
        ("def test_it(): ask(endpoint_url='https://192.0.2.1')", "failed"),
        ("def test_it(early): pass", "errors"),
        ("def test_it(late): pass", "passed, errors"),
        ("def test_it(): pass", "passed"),
        ("def test_it(): ask(endpoint_url=URL)", "passed"),
        ("def test_it(): ask(endpoint_url=URL.replace('127.0.0.1', 'localhost'))", "passed"),
        (("def test_it(stream_recording):\n"
         "        client = boto3.client('bedrock-runtime')\n"
         "        with stream_recording('hello', client): client.invoke_model(**CALL)"), "passed"),
        (("def test_it(stream_recording):\n"
         "        with stream_recording('hello'): ask()"), "passed"),
        (("def test_it(tmp_path):\n"
         "        client = boto3.client('bedrock-runtime')\n"
         "        client.meta.events.register_last('before-send', lambda **_: 1 / 0)\n"
         "        with pytest.raises(ZeroDivisionError), record(client, tmp_path):\n"
         "            client.invoke_model(**CALL)"), "passed"),
    ],
)  # fmt: skip
def test_calls_to_aws_are_blocked(test: str, outcome: str, calling: pytest.Pytester) -> None:
    calling.mkdir("recordings")
    plain(Mode.BEDROCK).save(calling.path / "recordings" / "hello.jsonl")
    with serve(plain(Mode.BEDROCK)) as server:
        calling.makepyfile(test_user=f"{CALLS}    URL = {server.url!r}\n\n    {test}\n")
        result = calling.runpytest("--block-aws")
    result.assert_outcomes(**dict.fromkeys(outcome.split(", "), 1))  # type: ignore[arg-type]
    if outcome != "passed":
        operation = (
            "GetCallerIdentity of sts" if "sts" in test else "InvokeModel of bedrock-runtime"
        )
        words = f"*{operation} would be sent to AWS, outside a recording (--block-aws)"
        result.stdout.fnmatch_lines([words])


def test_recording_is_not_blocked(
    calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A host name that is not this machine stands for AWS.
    calling.makepyfile(
        test_user=f"{CALLS}    def test_it(stream_recording):\n"
        "        with stream_recording('hello'): ask()\n"
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://aws.invalid")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    result = calling.runpytest("--block-aws", "--record-streams=once")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['*Could not connect to the endpoint URL: "http://aws.invalid/*'])
    result = calling.runpytest("--block-aws")
    result.stdout.no_fnmatch_line("*aws.invalid*")


def test_blocking_ends_with_the_run_and_loads_nothing(calling: pytest.Pytester) -> None:
    calling.makepyfile(
        test_user="import sys\n"
        "def test_light():\n"
        "    assert not {'boto3', 'botocore'} & set(sys.modules)\n"
    )
    calling.runpytest_subprocess("--block-aws", "-p", "no:cacheprovider").assert_outcomes(passed=1)
    make_request = botocore.endpoint.Endpoint.make_request
    calling.makepyfile(test_user="def test_it(): pass")
    calling.runpytest("--block-aws").assert_outcomes(passed=1)
    assert botocore.endpoint.Endpoint.make_request is make_request
