"""The plugin: a fixture and a marker that replay a recording by its name, or record it."""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest

from cohere_aws import Mode
from cohere_aws.testing import RecordedResponse, Recording, serve
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


def test_a_missing_recording_names_the_command_to_record_it(project: pytest.Pytester) -> None:
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    command = "pytest 'test_user.py::test_answer' --record-streams=once"
    result.stdout.fnmatch_lines(
        [f"*/recordings/hello.jsonl does not exist; * call AWS with: {command}"]
    )


def test_a_mismatch_fails_the_test(project: pytest.Pytester) -> None:
    project.mkdir("recordings")
    other = streamed(Mode.BEDROCK, request={"prompt": "another"})
    other.save(project.path / "recordings" / "hello.jsonl")
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ReplayError: no recording answers*request.prompt is absent*"])


@pytest.fixture
def calling(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with credentials and a region, so that it can record."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_PROFILE")
    return project


def test_once_records_missing_recordings_and_replays_the_others(
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
    assert not (calling.path / "recordings").exists()
    assert not list(calling.path.glob("*hello*"))


UNITTEST = """
    import unittest

    import boto3
    import pytest

    class TestUser(unittest.TestCase):
        def answer(self):
            client = boto3.client("bedrock-runtime")
            stream = client.invoke_model_with_response_stream(modelId="target", body="{}")["body"]
            return list(stream)

        @pytest.mark.stream_recording("failed")
        def test_failed(self):
            self.assertEqual(len(self.answer()), 4)

        @pytest.mark.stream_recording("skipped")
        def test_skipped(self):
            self.answer()
            self.skipTest("no")

        @pytest.mark.stream_recording("passed")
        def test_passed(self):
            self.assertEqual(len(self.answer()), 3)

        def test_unmarked(self):
            self.fail("as always")
"""


def test_a_unittest_that_fails_makes_no_recording(
    calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    calling.makepyfile(test_user=UNITTEST)
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        result = calling.runpytest("--record-streams=all")
        assert len(server.calls) == 3
    result.assert_outcomes(failed=2, skipped=1, passed=1)
    result.stdout.fnmatch_lines(["*AssertionError: 3 != 4*", "*AssertionError: as always*"])
    assert [path.name for path in calling.path.glob("recordings/*")] == ["passed.jsonl"]


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
    assert len(list(folder.iterdir())) == 1  # the file of the second call is deleted


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
    result.stdout.fnmatch_lines(["recording needs AWS credentials; none were found"])
    assert not (project.path / "recordings").exists()


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


def test_a_configured_region_is_kept(
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


def test_a_name_like_that_of_a_further_call_is_refused(project: pytest.Pytester) -> None:
    project.makepyfile(test_user=TEST.replace('"hello"', '"hello-2"'))
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["'hello-2' ends in a number, like the files of further calls; *"])


def test_a_block_without_calls_keeps_the_recording(calling: pytest.Pytester) -> None:
    calling.mkdir("recordings")
    file = calling.path / "recordings" / "hello.jsonl"
    streamed(Mode.BEDROCK).save(file)
    calling.makepyfile(test_user=TEST.replace("assert len(answer(client)) == 3", "pass"))
    calling.runpytest("--record-streams=all").assert_outcomes(passed=1)
    assert Recording.load(file) == streamed(Mode.BEDROCK)


REPLACEMENTS = ["../../outside", "..", "", ".", "a/../b", "/tmp/a", "C:a", "C:/a", "a\\..\\b"]


def test_a_name_outside_the_folder_is_refused(calling: pytest.Pytester) -> None:
    text = TEST.replace('"hello"', "name").replace("(stream", "(name, stream")
    mark = f"import pytest\n\n    @pytest.mark.parametrize('name', {REPLACEMENTS})\n    def test_"
    calling.makepyfile(test_user=text.replace("def test_", mark))
    for options in ([], ["--record-streams=all"]):
        result = calling.runpytest(*options)
        result.assert_outcomes(failed=len(REPLACEMENTS))
        line = "* is not a file name inside the folder 'recordings' next to the test"
        result.stdout.fnmatch_lines([f"{name!r}{line[1:]}" for name in REPLACEMENTS])


def test_a_name_is_recorded_once_in_a_run_of_several_processes(
    calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xdist")
    # Neither process ends before the other has begun.
    wait = """
    import pathlib, time

    def wait(name, other):
        pathlib.Path(name).touch()
        while not pathlib.Path(other).exists():
            time.sleep(0.01)
    """
    tests = TEST.replace("def test_answer(stream_recording):", "def check(stream_recording):")
    for name, other in ("ab", "ba"):
        test = f"\n    def test_{name}(stream_recording):\n        wait({name!r}, {other!r})"
        calling.makepyfile(
            **{f"test_{name}": f"{wait}{tests}{test}\n        check(stream_recording)"}
        )
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        options = ("-p", "xdist", "-n", "2", "--record-streams=all", "test_a.py", "test_b.py")
        result = calling.runpytest_subprocess(*options, timeout=60)
        assert len(server.calls) == 1
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["two tests of this run record hello.jsonl: *"])


def test_a_name_may_have_folders(calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    calling.makepyfile(test_user=TEST.replace('"hello"', '"a/b/hello"'))
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        calling.runpytest("--record-streams=once").assert_outcomes(passed=1)
    assert (calling.path / "recordings" / "a" / "b" / "hello.jsonl").exists()
    calling.runpytest().assert_outcomes(passed=1)


def test_a_name_is_recorded_once_in_a_run(
    calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = TEST + "\n    test_again = test_answer\n"
    calling.makepyfile(test_user=first)
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        result = calling.runpytest("--record-streams=all")
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(
            [
                (
                    "two tests of this run record hello.jsonl: test_user.py::test_answer and "
                    "test_user.py::test_again; choose another name"
                )
            ]
        )
        assert len(server.calls) == 1
    # Replaying it twice is allowed, also in the run that recorded it.
    calling.runpytest().assert_outcomes(passed=2)
    (calling.path / "recordings" / "hello.jsonl").unlink()
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        calling.runpytest("--record-streams=once").assert_outcomes(passed=2)
        assert len(server.calls) == 1


def test_a_name_that_a_failed_test_did_not_record_is_free(
    calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = TEST.replace("def test_answer", "def test_{}").replace("== 3", "== {}")
    body = tests.partition("def test_")[2]
    fails, passes = ("\n    def test_" + body.format(*pair) for pair in (("b", 4), ("c", 3)))
    nobody = "\n    def test_a" + body.partition("}")[2].replace(
        "len(answer(client)) == {}", "True"
    )
    calling.makepyfile(test_user=TEST.partition("    def test_")[0] + nobody + fails + passes)
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        result = calling.runpytest("--record-streams=all")
        result.assert_outcomes(passed=2, failed=1)
    assert Recording.load(calling.path / "recordings" / "hello.jsonl") == streamed(Mode.BEDROCK)


OWN = """
    import boto3
    import pytest
    from botocore.exceptions import ClientError

    def answer():  # it creates its own client
        client = boto3.client("bedrock-runtime")
        stream = client.invoke_model_with_response_stream(modelId="target", body="{}")["body"]
        count = len(list(stream))
        client.close()
        return count
"""
WITHOUT_CLIENT = (
    OWN
    + """
    def test_answer(stream_recording):
        with stream_recording("hello"):
            assert answer() == 3
"""
)
MARKED = (
    OWN
    + """
    @pytest.fixture
    def made():
        return answer()

    @pytest.mark.stream_recording("hello")
    def test_answer(made):
        assert made == 3
"""
)


@pytest.mark.parametrize("text", [WITHOUT_CLIENT, MARKED])
def test_code_that_creates_its_own_clients(
    text: str, project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.makepyfile(test_user=text)
    result = project.runpytest("--block-aws")
    missing = {"failed": 1} if text is WITHOUT_CLIENT else {"errors": 1}
    result.assert_outcomes(**missing)  # type: ignore[arg-type]
    result.stdout.fnmatch_lines(["*/recordings/hello.jsonl does not exist; to record it, *"])
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        project.runpytest("--record-streams=once").assert_outcomes(passed=1)
        project.runpytest("--record-streams=all").assert_outcomes(passed=1)
        project.runpytest("-W", "error").assert_outcomes(passed=1)
        assert len(server.calls) == 2
    assert Recording.load(project.path / "recordings" / "hello.jsonl") == streamed(Mode.BEDROCK)
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    project.runpytest("-W", "error", "--block-aws").assert_outcomes(passed=1)


@pytest.mark.parametrize("text", [WITHOUT_CLIENT, MARKED])
def test_an_unanswered_call_fails_the_test_even_if_its_error_is_handled(
    text: str, project: pytest.Pytester
) -> None:
    project.mkdir("recordings")
    other = streamed(Mode.BEDROCK, request={"prompt": "another"})
    other.save(project.path / "recordings" / "hello.jsonl")
    call = "def answer():  # it creates its own client"
    lost = (
        "def answer():\n"
        "        try:\n"
        "            return ask()\n"
        "        except ClientError:\n"
        "            return 3\n\n"
        "    def ask():"
    )
    project.makepyfile(test_user=text.replace(call, lost))
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ReplayError: no recording answers*request.prompt is absent*"])


@pytest.mark.parametrize("text", [WITHOUT_CLIENT, MARKED])
def test_a_failed_test_records_nothing(
    text: str, calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    calling.makepyfile(test_user=text.replace("== 3", "== 4"))
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        calling.runpytest("--record-streams=once").assert_outcomes(failed=1)
        assert len(server.calls) == 1
    assert not (calling.path / "recordings").exists()


def test_a_marked_test_that_does_not_begin_records_nothing(
    calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    calling.makepyfile(test_user=MARKED.replace("return answer()", "return answer() / 0"))
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        calling.runpytest("--record-streams=once").assert_outcomes(errors=1)
        assert len(server.calls) == 1
    assert not (calling.path / "recordings").exists()


@pytest.mark.parametrize("there", [True, False])
def test_a_block_without_a_call_fails_if_there_is_no_recording(
    there: bool, calling: pytest.Pytester
) -> None:
    if there:
        calling.mkdir("recordings")
        streamed(Mode.BEDROCK).save(calling.path / "recordings" / "hello.jsonl")
    calling.makepyfile(test_user=WITHOUT_CLIENT.replace("assert answer() == 3", "pass"))
    result = calling.runpytest("--record-streams=all")
    result.assert_outcomes(**{"passed" if there else "failed": 1})  # type: ignore[arg-type]
    if not there:
        result.stdout.fnmatch_lines(["nothing was recorded: no client created inside *"])


def test_nothing_is_sent_without_credentials_by_any_client(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.makepyfile(test_user=WITHOUT_CLIENT)
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        result = project.runpytest("--record-streams=once")
        assert server.calls == []
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["recording needs AWS credentials; none were found"])


def test_a_marker_takes_the_name_of_the_test(
    calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
    class TestAnswer:
        @pytest.mark.stream_recording(truncate_after=1)
        @pytest.mark.parametrize("_", range(5), ids=["a-2", "b/c", "b:c", 120 * "d", 121 * "d"])
        def test_one(self, _):
            assert answer() == COUNT

    @pytest.mark.stream_recording
    def test_two():
        assert answer() == 3
    """
    calling.makepyfile(test_user=OWN + text.replace("COUNT", "3"))
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        calling.runpytest("--record-streams=once").assert_outcomes(passed=6)
    cut = "TestAnswer.test_one[" + 80 * "d"
    names = sorted(path.name for path in (calling.path / "recordings").iterdir())
    patterns = ["TestAnswer.test_one[[]a-2].jsonl", *2 * ["TestAnswer.test_one[[]b_c].????????.jsonl"],
                *2 * [cut.replace("[", "[[]") + ".????????.jsonl"], "test_two.jsonl"]  # fmt: skip
    assert all(map(fnmatch.fnmatch, names, patterns)), names
    calling.makepyfile(test_user=OWN + text.replace("COUNT", "1"))
    calling.runpytest("--strict-markers").assert_outcomes(passed=6)


SOME_CALLS = """
    import boto3

    def ask(prompt, client):
        body = '{"prompt": "%s"}' % prompt
        return client.invoke_model(modelId="target", body=body)["body"].read()

    def test_answer(stream_recording):
        client = boto3.client("bedrock-runtime")
        with stream_recording("hello", client):
            for prompt in PROMPTS:
                assert ask(prompt, client) == b"{}"
"""
SOME_CALLS_WITHOUT_CLIENT = SOME_CALLS.replace('"hello", client', '"hello"').replace(
    "ask(prompt, client)", 'ask(prompt, boto3.client("bedrock-runtime"))'
)
SOME_CALLS_WITHOUT_CLIENT = SOME_CALLS_WITHOUT_CLIENT.replace(
    'def ask(prompt, boto3.client("bedrock-runtime"))', "def ask(prompt, client)"
)


@pytest.mark.parametrize("text", [SOME_CALLS, SOME_CALLS_WITHOUT_CLIENT])
def test_new_records_calls_that_no_recording_answers(
    text: str, calling: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(prompts: str, *options: str) -> pytest.RunResult:
        calling.makepyfile(test_user=text.replace("PROMPTS", repr(prompts)))
        return calling.runpytest(*options)

    answer = replace(plain(Mode.BEDROCK), response=RecordedResponse(200, b"{}"), request=None)
    folder = calling.path / "recordings"
    with serve(answer) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        run("a", "--record-streams=new").assert_outcomes(passed=1)
        first = (folder / "hello.jsonl").read_bytes()
        run("ab", "--record-streams=once").assert_outcomes(failed=1)
        run("ab", "--record-streams=new").assert_outcomes(passed=1)
        assert (folder / "hello.jsonl").read_bytes() == first
        run("cab", "--record-streams=new").assert_outcomes(passed=1)
        assert [call.request["prompt"] for call in server.calls] == ["a", "b", "c"]
    names = ["hello-2.jsonl", "hello-3.jsonl", "hello.jsonl"]
    assert sorted(path.name for path in folder.iterdir()) == names
    monkeypatch.delenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
    run("abc").assert_outcomes(passed=1)


def test_new_replays_without_credentials_and_sends_nothing(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.mkdir("recordings")
    streamed(Mode.BEDROCK).save(project.path / "recordings" / "hello.jsonl")
    with serve(streamed(Mode.BEDROCK)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        project.runpytest("--record-streams=new").assert_outcomes(passed=1)
        streamed(Mode.BEDROCK, target="x").save(project.path / "recordings" / "hello.jsonl")
        result = project.runpytest("--record-streams=new")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["recording needs AWS credentials; none were found"])
        assert server.calls == []
