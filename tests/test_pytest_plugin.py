"""The plugin: one fixture that replays a recording by name, or makes it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import boto3
import pytest

from cohere_aws import Mode
from cohere_aws.testing import Recording, serve
from testing.samples import plain, streamed

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]
TEST = """
    import boto3

    def answer(client):
        stream = client.invoke_model_with_response_stream(modelId="target", body="{}")["body"]
        return [event["chunk"]["bytes"] for event in stream]

    def test_answer(stream_recording):
        client = boto3.client("bedrock-runtime")
        with stream_recording("hello", client) as replayed:
            assert len(answer(client)) == 3
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    pytester.makepyfile(test_user=TEST)
    return pytester


def test_a_recording_is_replayed_by_name(project: pytest.Pytester) -> None:
    project.mkdir("recordings")
    streamed(Mode.BEDROCK).save(project.path / "recordings" / "hello.jsonl")
    project.runpytest("-W", "error").assert_outcomes(passed=1)


def test_a_missing_recording_names_the_command_that_makes_it(project: pytest.Pytester) -> None:
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    command = "pytest 'test_user.py::test_answer' --record-streams=once"
    result.stdout.fnmatch_lines(
        [f"there is no */recordings/hello.jsonl; * call AWS with: {command}"]
    )


def test_a_mismatch_fails_the_test(project: pytest.Pytester) -> None:
    project.mkdir("recordings")
    other = streamed(Mode.BEDROCK, request={"prompt": "another"})
    other.save(project.path / "recordings" / "hello.jsonl")
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ReplayError: no recording answers*request?'prompt'? is absent*"])


@pytest.fixture
def calling(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """With what it takes to call, though not AWS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_PROFILE")
    return project


def test_once_records_what_is_missing_and_replays_the_rest(
    calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = calling.path / "recordings" / "hello.jsonl"
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        calling.runpytest("--record-streams=once").assert_outcomes(passed=1)
        assert Recording.load(file) == streamed(Mode.BEDROCK)
        calling.runpytest("--record-streams=once").assert_outcomes(passed=1)
        assert len(server.calls) == 1
        file.write_text("damaged")
        calling.runpytest("--record-streams=all").assert_outcomes(passed=1)
        assert len(server.calls) == 2
    assert Recording.load(file) == streamed(Mode.BEDROCK)
    calling.runpytest().assert_outcomes(passed=1)


FAILING = TEST.replace("== 3", "== 4")


def test_a_test_that_fails_makes_no_recording(
    calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    calling.makepyfile(test_user=FAILING)
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        calling.runpytest("--record-streams=once").assert_outcomes(failed=1)
        assert len(server.calls) == 1
    assert list((calling.path / "recordings").iterdir()) == []


def test_a_test_that_fails_leaves_the_recordings_as_they_were(
    calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = calling.mkdir("recordings")
    (folder / "hello.jsonl").write_text("old")
    (folder / "hello-2.jsonl").write_text("old")
    calling.makepyfile(test_user=FAILING)
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        calling.runpytest("--record-streams=all").assert_outcomes(failed=1)
        assert [path.read_text() for path in folder.iterdir()] == ["old", "old"]
        calling.makepyfile(test_user=TEST)
        calling.runpytest("--record-streams=all").assert_outcomes(passed=1)
    assert Recording.load(folder / "hello.jsonl") == streamed(Mode.BEDROCK)
    assert len(list(folder.iterdir())) == 1  # of a call that is not made any more, there is none


def test_once_replays_without_credentials_and_a_region(project: pytest.Pytester) -> None:
    project.mkdir("recordings")
    streamed(Mode.BEDROCK).save(project.path / "recordings" / "hello.jsonl")
    project.runpytest("-W", "error", "--record-streams=once").assert_outcomes(passed=1)


def test_nothing_is_sent_without_credentials(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        result = project.runpytest("--record-streams=once")
        assert server.calls == []
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["there are no credentials to record with"])
    assert list((project.path / "recordings").iterdir()) == []


def test_credentials_of_the_test_are_enough(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    keys = "aws_access_key_id='mine', aws_secret_access_key='mine'"
    client = 'boto3.client("bedrock-runtime"'
    project.makepyfile(test_user=TEST.replace(client, f"{client}, {keys}"))
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        project.runpytest("--record-streams=once").assert_outcomes(passed=1)
    assert (project.path / "recordings" / "hello.jsonl").exists()


def test_further_calls_have_further_files(project: pytest.Pytester) -> None:
    project.mkdir("recordings")
    for number, recording in enumerate([streamed(Mode.BEDROCK)] * 2 + [plain(Mode.BEDROCK)], 1):
        name = "hello" if number == 1 else f"hello-{number}"
        recording.save(project.path / "recordings" / f"{name}.jsonl")
    project.makepyfile(
        test_user=TEST.replace(
            "assert len(answer(client)) == 3",
            "assert len(answer(client)) == len(answer(client)) == 3\n"
            "            client.invoke_model(modelId='target', body='{}')\n"
            "            assert len(replayed.calls) == 3 and not replayed.unused()",
        )
    )
    project.runpytest().assert_outcomes(passed=1)


def test_options_are_those_of_replay(project: pytest.Pytester) -> None:
    project.mkdir("recordings")
    streamed(Mode.BEDROCK).save(project.path / "recordings" / "hello.jsonl")
    text = TEST.replace('"hello", client)', '"hello", client, truncate_after=1)')
    project.makepyfile(test_user=text.replace("== 3", "== 1"))
    project.runpytest().assert_outcomes(passed=1)


def test_a_region_that_is_there_is_kept(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    project.makepyfile(
        test_user="import os\n"
        "def test_region(stream_recording):\n"
        "    assert os.environ['AWS_DEFAULT_REGION'] == 'eu-west-1'\n"
    )
    project.runpytest().assert_outcomes(passed=1)


def test_the_plugin_is_light(tmp_path: Path) -> None:
    code = "import sys, cohere_aws._pytest_plugin; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    run = subprocess.run(
        command, cwd=tmp_path, env=os.environ, check=True, capture_output=True, text=True
    )
    loaded = set(run.stdout.split())
    assert not {"boto3", "botocore", "cohere_aws.testing"} & loaded


def test_a_name_that_could_be_that_of_a_further_call_is_refused(project: pytest.Pytester) -> None:
    project.makepyfile(test_user=TEST.replace('"hello"', '"hello-2"'))
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["'hello-2' ends as the names of further calls do; *"])


def test_a_block_that_calls_nobody_leaves_what_there_was(calling: pytest.Pytester) -> None:
    calling.mkdir("recordings")
    file = calling.path / "recordings" / "hello.jsonl"
    streamed(Mode.BEDROCK).save(file)
    calling.makepyfile(test_user=TEST.replace("assert len(answer(client)) == 3", "pass"))
    calling.runpytest("--record-streams=all").assert_outcomes(passed=1)
    assert Recording.load(file) == streamed(Mode.BEDROCK)
