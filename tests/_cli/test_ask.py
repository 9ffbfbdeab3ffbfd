"""``cohere-aws ask``."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from _cli.models import command, converse_stream, plain_answer, run, terminal, tgi_stream, variables
from cohere_aws import Mode
from cohere_aws._cli._main import main
from cohere_aws.testing import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from cohere_aws.testing import Server

    Served = Callable[..., AbstractContextManager[Server]]

ASK = ["ask", "--model-id", "m"]


def prompts(server: Server) -> list[str]:
    return [call.request["messages"][0]["content"][0]["text"] for call in server.calls]


def test_the_prompt_is_an_argument_a_file_or_standard_input(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Mode.BEDROCK, *4 * [converse_stream()]) as server:
        assert main([*ASK, "an argument"]) == 0
        for encoding in ("utf-8", "utf-8-sig"):  # the latter has a byte order mark
            (tmp_path / "prompt").write_text("from a file é", encoding=encoding)
            assert main([*ASK, "--file", str(tmp_path / "prompt")]) == 0
        monkeypatch.setattr(sys, "stdin", io.StringIO("from standard input"))
        assert main(ASK) == 0
    of_file = 2 * ["from a file é"]
    assert prompts(server) == ["an argument", *of_file, "from standard input"]


@pytest.mark.parametrize("arguments", [[""], [" \n"], []])
def test_an_empty_prompt_is_not_sent(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # as in a process without standard input
    assert main([*ASK, *arguments]) == 2
    assert capsys.readouterr().err == "cohere-aws: the prompt is empty\n"


def test_an_answer_with_likelihoods(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    tgi = ["ask", "--endpoint", "e", "--dialect", "tgi", "--likelihoods", "Hi"]
    with served(Mode.SAGEMAKER, *2 * [tgi_stream()]):
        assert main(tgi) == 0
        assert main([*tgi, "--json"]) == 0
    text, *tokens, line = capsys.readouterr().out.splitlines()
    assert text == " It flows."
    assert tokens[0] == "  -0.2500  77.9%  ' It'"
    assert len(tokens) == 3
    assert json.loads(line)["generations"][0]["token_likelihoods"][0]["likelihood"] == -0.25


@pytest.mark.parametrize("where", ["argument", "standard input", "file"])
def test_a_prompt_in_another_encoding(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "prompt").write_bytes(b"secret \xff")
    arguments = {
        "argument": ["secret \udcff"],
        "standard input": [],
        "file": ["--file", str(tmp_path / "prompt")],
    }[where]
    monkeypatch.setattr(sys, "stdin", io.StringIO("secret \udcff"))
    assert main([*ASK, *arguments]) == 2
    error = capsys.readouterr().err
    assert " is not text in " in error
    assert "secret" not in error


def test_an_error_inside_the_answer_leaves_the_text_so_far(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(Mode.BEDROCK, converse_stream(), fail_after=(2, "throttlingException")):
        assert main([*ASK, "Hi"]) == 4
    captured = capsys.readouterr()
    assert captured.out == " It"
    assert captured.err.count("\n") == 1


# The command in a process of its own.


def test_each_failure_is_one_line_and_a_status() -> None:
    refused = plain_answer({"message": "two\nlines"}, 400, "ConverseStream")
    with serve([refused]) as server:
        found = run(server, *ASK, "Hi")
        assert (found.returncode, found.stdout) == (3, b"")
        assert found.stderr == b"cohere-aws: 400: two lines\n"
        found = run(server, *ASK, "Hi", "--temperature", "9")
        assert found.returncode == 2
        assert found.stderr.startswith(b"cohere-aws: temperature is 9")
        assert found.stderr.count(b"\n") == 1
        found = run(server, *ASK, "--file", "/not/there")
        assert (found.returncode, found.stderr.count(b"\n")) == (1, 1)
        found = run(server, *ASK, "Hi", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        assert (found.returncode, found.stderr.count(b"\n")) == (2, 1)
    found = run(server, *ASK, "Hi")  # the server has stopped
    assert (found.returncode, found.stderr.count(b"\n")) == (4, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_closed_streams_leave_the_others_as_they_are() -> None:
    with serve([converse_stream()]) as server:
        for redirection, expected in (
            ("2>&-", (0, b" It flows.\n", b"")),
            ("2>/dev/full", (0, b" It flows.\n", b"")),
            ("<&-", (0, b" It flows.\n", b"finish")),
            (">/dev/full", (1, b"", b"cohere")),
            (">/dev/full 2>/dev/full", (1, b"", b"")),
            (">/dev/full 2>&-", (1, b"", b"")),
        ):
            found = subprocess.run(
                ["sh", "-c", f'"$@" {redirection}', "sh", *command(*ASK, "Hi")],
                env=variables(server),
                check=False,
                capture_output=True,
                timeout=60,
            )
            assert (found.returncode, found.stdout, found.stderr[:6]) == expected, redirection


def test_interrupted_by_ctrl_c() -> None:
    with serve([converse_stream()], stall_after=3) as server:
        with subprocess.Popen(
            command(*ASK, "Hi"),
            env=variables(server),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.read(9) == b" It flows"  # written before the end of the answer
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
            assert process.stdout.read() + process.stderr.read() == b""


def test_a_closed_pipe() -> None:
    with serve([converse_stream(9_999 * ["text\n"])]) as server:
        with subprocess.Popen(
            command(*ASK, "Hi"),
            env=variables(server),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline() == b"text\n"
            process.stdout.close()
            assert process.wait(60) == 1
            assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "é 🙂\n".encode()),
        ("latin-1", b"\xe9 \\U0001f642\n"),
        ("ascii", b"\\xe9 \\U0001f642\n"),
    ],
)
def test_terminals_of_any_encoding(encoding: str, expected: bytes) -> None:
    with serve([converse_stream(["é ", "🙂"])]) as server:
        found = run(server, *ASK, "é", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert (found.returncode, found.stdout) == (0, expected)
        found = run(server, *ASK, "é", "--json", PYTHONIOENCODING=encoding)
        assert json.loads(found.stdout)["generations"][0]["text"] == "é 🙂"


def test_a_locale_without_utf_8() -> None:
    with serve([converse_stream(["é"])]) as server:
        found = run(server, *ASK, "Hi", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
        assert (found.returncode, found.stdout) == (0, b"\\xe9\n")


@pytest.mark.parametrize("no_color", ["", "1"])
def test_a_terminal(no_color: str) -> None:
    with serve([converse_stream(["a\x1b[31m", "b"])]) as server, terminal() as screen:
        subprocess.run(
            command(*ASK, "Hi"),
            env=variables(server, NO_COLOR=no_color, TERM="xterm"),
            check=True,
            stdout=screen.descriptor,
            stderr=screen.descriptor,
            timeout=60,
        )
    assert screen.shown.startswith("a\\x1b[31mb\r\n")
    assert ("\x1b[2mfinish: complete" in screen.shown) == (not no_color)
