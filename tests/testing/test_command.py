"""The two commands, serve and show."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from clients import local_client, stream_of
from cohere_aws import Mode
from cohere_aws.testing import Bytes, RecordedEvent, _command, serve
from testing.samples import streamed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for mode in Mode:
        streamed(mode).save(tmp_path / f"{mode.name}.jsonl")
    return tmp_path


@pytest.mark.parametrize("command", ["serve", "show"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        _command.main([command, "--help"])
    shown = capsys.readouterr().out
    assert f"example:\n  python -m cohere_aws.testing {command} examples/recordings" in shown


def test_show_an_answer_as_an_unknown_dialect(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        _command.main(["show", str(folder / "BEDROCK.jsonl"), "--dialect", "Command"])
    assert "--dialect: invalid choice: 'Command'" in capsys.readouterr().err


@pytest.mark.parametrize("size", [9, 99_999])
def test_show_to_a_closed_pipe(size: int, folder: Path) -> None:
    stream = (RecordedEvent("chunk", size * b"x"),) * 9
    streamed(Mode.BEDROCK, stream=stream).save(folder / "a.jsonl")
    command = [sys.executable, "-m", "cohere_aws.testing", "show", str(folder / "a.jsonl")]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        run = subprocess.run(
            command, env=os.environ, check=False, stdout=closed, stderr=subprocess.PIPE
        )
    assert (run.returncode, run.stderr) == (1, b"")


def test_the_exit_status_after_a_closed_pipe(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with open(write, "w", encoding="utf-8") as closed:  # noqa: PTH123  # it is a file descriptor
        monkeypatch.setattr(sys, "stdout", closed)
        assert _command.main(["show", str(folder / "BEDROCK.jsonl")]) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_show_on_a_full_disk(folder: Path) -> None:
    command = [sys.executable, "-m", "cohere_aws.testing", "show", str(folder / "BEDROCK.jsonl")]
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            command, env=os.environ, check=False, stdout=full, stderr=subprocess.PIPE
        )
    assert (run.returncode, run.stderr) == (1, b"standard output: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_the_exit_status_on_a_full_disk(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as caught:
            _command.main(["show", str(folder / "BEDROCK.jsonl")])
    assert caught.value.code == 1
    assert capsys.readouterr().err == "standard output: No space left on device\n"


def test_show_without_a_standard_output(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", None)  # as with "show FILE >&-"
    assert _command.main(["show", str(folder / "BEDROCK.jsonl")]) == 0
    assert capsys.readouterr().err == ""


def test_show_escapes_characters_that_the_terminal_does_not_have(folder: Path) -> None:
    streamed(Mode.BEDROCK, request={"prompt": "\ud83d é"}).save(folder / "a.jsonl")
    command = [sys.executable, "-m", "cohere_aws.testing", "show", str(folder / "a.jsonl")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert r'{"prompt": "\ud83d \xe9"}' in run.stdout
    with contextlib.redirect_stdout(io.StringIO()) as printed:  # without a terminal
        assert _command.main(["show", str(folder / "a.jsonl")]) == 0
    assert '{"prompt": "\ud83d é"}' in printed.getvalue()


def test_show_does_not_need_a_profile(folder: Path) -> None:
    command = [sys.executable, "-m", "cohere_aws.testing", "show", str(folder / "BEDROCK.jsonl")]
    environment = {**os.environ, "AWS_PROFILE": "not-there"}
    run = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert "    -> StreamingText(index=0, text=' I', is_finished=False)" in run.stdout


def test_files_that_cannot_be_read_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jsonl").write_text("{")
    streamed(Mode.BEDROCK, service="unknown").save(tmp_path / "c.jsonl")
    for command, name, message in (
        ("show", "a.jsonl", "line 1: not JSON"),
        ("show", "b.jsonl", f"{tmp_path / 'b.jsonl'}: No such file or directory\n"),
        ("serve", "b.jsonl", f"{tmp_path / 'b.jsonl'}: No such file or directory\n"),
        ("show", "c.jsonl", "does not know InvokeModelWithResponseStream of unknown"),
        ("serve", "c.jsonl", "does not know InvokeModelWithResponseStream of unknown"),
    ):
        with pytest.raises(SystemExit) as caught:
            _command.main([command, str(tmp_path / name)])
        assert caught.value.code == 1
        assert message in capsys.readouterr().err


def test_a_port_in_use_is_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(folder) as server, pytest.raises(SystemExit) as caught:
        port = server.url.rpartition(":")[2]
        _command.main(["serve", str(folder), "--port", port])
    assert caught.value.code == 1
    assert capsys.readouterr().err == f"port {port}: Address already in use\n"


def test_an_unknown_error_event_is_refused_at_the_start(folder: Path) -> None:
    command = [sys.executable, "-m", "cohere_aws.testing", "serve", str(folder)]
    run = subprocess.run(
        [*command, "--fail-after", "3:Nonsense"],
        env=os.environ, check=False, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("fail_after: no recorded stream can send 'Nonsense'; Invoke")
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["99999", "-1", "x"])
def test_a_port_out_of_range_is_reported(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        _command.main(["serve", ".", f"--port={port}"])
    assert caught.value.code == 2
    assert "argument --port: " in capsys.readouterr().err


class Waiting:
    """An event for the command that is set at once, so that it does not wait."""

    def wait(self) -> None:
        pass

    def set(self) -> None:
        pass


def test_serve_takes_every_option(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given: dict[str, Any] = {}
    real = _command.serve

    def watched(**settings: Any) -> AbstractContextManager[Any]:
        given.update(settings)
        return real(folder)

    monkeypatch.setattr(_command, "serve", watched)
    monkeypatch.setattr(_command, "threading", SimpleNamespace(Event=Waiting))
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    options = (
        "--port 0 --match order --once --delays --cut 5 --truncate-after 3 --flip 7 --throttle 2"
    )
    places = "--fail-after 2:throttlingException --stall-after 100b --reset-after 1"
    assert _command.main(["serve", str(folder), *options.split(), *places.split()]) == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert given == {
        "recordings": str(folder), "port": 0, "match": "order", "reuse": False, "delays": True,
        "cut": 5, "truncate_after": 3, "fail_after": (2, "throttlingException"), "flip": 7,
        "stall_after": Bytes(100), "reset_after": 1, "throttle": 2,
    }  # fmt: skip
    assert isinstance(given["stall_after"], Bytes)
    assert not isinstance(given["truncate_after"], Bytes)
    assert "export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http://127.0.0.1:" in capsys.readouterr().out


@pytest.fixture
def server(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "cohere_aws.testing", "serve", str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=os.environ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_in_another_process(server: subprocess.Popen[str], number: int) -> None:
    assert server.stdout is not None
    url = server.stdout.readline().split()[2]
    for mode in Mode:
        client = local_client(url, mode, read_timeout=10)
        assert stream_of(client, mode, strict=True).read()[0].text == " I am"
        client.close()
    server.send_signal(number)
    assert server.wait(10) == 0
    assert server.stderr is not None
    log = server.stderr.read().splitlines()
    assert len(log) == 2
    assert log[1].endswith(
        " INFO InvokeModelWithResponseStream of 'target': HTTP 200, BEDROCK.jsonl"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fail-after", "3"], "'3'; expected N:NAME, as in 3:throttlingException"),
        (["--fail-after", "x:y"], "'x:y'; expected N:NAME"),
        (["--truncate-after", "x"], "'x'; expected events, as in 9, or bytes, as in 9b"),
        (["--cut", "0"], "'0'; expected an integer of 1 or more"),
        (["--cut", "-1"], "'-1'; expected an integer of 1 or more"),
        (["--throttle", "-4"], "'-4'; expected an integer of 0 or more"),
    ],
)
def test_invalid_arguments_are_explained(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        _command.main(["serve", "recordings", *arguments])
    assert message in capsys.readouterr().err
