"""The parser, and the end of each run."""

from __future__ import annotations

import io
import runpy
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cohere_aws
from _cli.models import command, converse_stream
from cohere_aws import InvalidRequestError
from cohere_aws._cli import _main
from cohere_aws._cli._exits import STATUSES
from cohere_aws.testing import serve
from cohere_aws.testing._serve import environment


def set_run(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    """Make ``cohere-aws do`` call *run*."""
    module = SimpleNamespace(
        HELP="do it", EXAMPLE="cohere-aws do", add_options=lambda _: None, run=run
    )
    monkeypatch.setattr(_main, "_COMMANDS", {"do": module})


def failing(error: BaseException, output: str = "") -> Any:
    def run(_: object) -> int:
        sys.stdout.write(output)
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (KeyboardInterrupt(), 130, ""),
        (InvalidRequestError("no"), 2, "cohere-aws: no\n"),
        (FileNotFoundError(2, "No such file", "a"), 1, "cohere-aws: a: No such file\n"),
        (ValueError("damaged"), 1, "cohere-aws: damaged\n"),
        (ImportError("not installed"), 1, "cohere-aws: not installed\n"),
    ],
)
def test_errors_are_one_line(
    error: BaseException,
    status: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_run(monkeypatch, failing(error))
    assert _main.main(["do"]) == status
    assert capsys.readouterr().err == line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (BrokenPipeError(), ""),
        (OSError(28, "No space left"), "cohere-aws: standard output: No space left\n"),
    ],
)
def test_errors_of_standard_output(
    error: OSError,
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_run(monkeypatch, failing(error, "buffered"))
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert _main.main(["do"]) == 1
    assert (tmp_path / "out").read_bytes() == b""
    assert capsys.readouterr().err == line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_the_end_of_the_output_is_written_inside_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: object) -> None:
        sys.stdout.write("buffered")

    set_run(monkeypatch, run)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert _main.main(["do"]) == 1
    assert capsys.readouterr().err == "cohere-aws: standard output: No space left on device\n"


def test_the_status_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    set_run(monkeypatch, lambda _: 6)
    assert _main.main(["do"]) == 6
    set_run(monkeypatch, lambda _: None)
    assert _main.main(["do"]) == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "cohere-aws: the following arguments are required: COMMAND; see cohere-aws --help\n"),
        (
            ["ask", "Hi"],
            "required; see cohere-aws ask --help\n",
        ),
        (
            ["read", "a", "--b\n\x1b"],
            "unrecognized arguments: --b \\x1b; see cohere-aws --help\n",
        ),
    ],
)
def test_a_wrong_argument_is_one_line(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        _main.main(arguments)
    assert capsys.readouterr().err.endswith(line)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        _main.main(["--version"])
    assert capsys.readouterr().out == f"cohere-aws {cohere_aws.__version__}\n"


def test_help_documents_every_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        _main.main(["--help"])
    shown = capsys.readouterr().out
    for status, meaning in STATUSES.items():
        assert f"  {status:<4} {meaning}\n" in shown


COMMANDS = [*_main._COMMANDS, "serve", "show"]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        _main.main([name, "--help"])
    shown = capsys.readouterr().out
    assert f"example:\n  cohere-aws {name} " in shown
    assert "ctrl" not in shown  # names keep their capitals
    assert len(shown.splitlines()) <= 40  # one screen
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "serve"])
def test_the_example_of_each_command_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        _main.main([name, "--help"])
    _, *arguments = shlex.split(capsys.readouterr().out.splitlines()[-1])
    monkeypatch.chdir(tmp_path)
    Path("examples").symlink_to(Path(__file__).parents[2] / "examples")
    runpy.run_path("examples/batch_lines.py")  # writes rivers.jsonl
    monkeypatch.setattr(sys, "stdin", io.StringIO("What does a river do?\n"))
    with serve("examples/recordings") as server:  # the example of serve
        for variable, value in environment(server.url).items():
            monkeypatch.setenv(variable, value)
        assert _main.main(arguments) == 0


def test_the_commands_of_the_testing_kit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    converse_stream().save(tmp_path / "a.jsonl")
    assert _main.main(["show", str(tmp_path / "a.jsonl")]) == 0
    assert "    -> StreamingText(index=0, text=' It', is_finished=False)" in capsys.readouterr().out
    assert _main.main(["show", str(tmp_path / "b.jsonl")]) == 1
    expected = f"cohere-aws: {tmp_path / 'b.jsonl'}: No such file or directory\n"
    assert capsys.readouterr().err == expected
    with serve(tmp_path) as server:
        port = server.url.rpartition(":")[2]
        assert _main.main(["serve", str(tmp_path), "--port", port]) == 1
    assert capsys.readouterr().err == f"cohere-aws: port {port}: Address already in use\n"


def test_serve_logs_its_calls(tmp_path: Path) -> None:
    converse_stream().save(tmp_path / "a.jsonl")
    pipe = subprocess.PIPE
    with subprocess.Popen(command("serve", str(tmp_path)), stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().decode().split()[2]
        asked = ["ask", "--model-id", "m", "--endpoint-url", url, "Hi"]
        found = subprocess.run(command(*asked), check=True, capture_output=True, timeout=60)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        log = process.stderr.read().decode()
    assert found.stdout == b" It flows.\n"
    assert log.endswith(" INFO ConverseStream of 'm': HTTP 200, a.jsonl\n")
