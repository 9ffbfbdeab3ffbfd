"""``cohere-aws chat``."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from _cli.models import command, converse_stream, plain_answer, terminal, variables
from cohere_aws import Mode
from cohere_aws._cli import _chat
from cohere_aws._cli._main import main
from cohere_aws.testing import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import pytest

    from cohere_aws.testing import Recording, Server

    Served = Callable[..., AbstractContextManager[Server]]

CHAT = ["chat", "--model-id", "m"]


def histories(server: Server) -> list[list[str]]:
    """Return the roles and texts of each call."""
    return [
        [f"{each['role']}: {each['content'][0]['text']}" for each in call.request["messages"]]
        for call in server.calls
    ]


def refused(status: int) -> Recording:
    return plain_answer({"message": "no"}, status, "ConverseStream")


class Stream(io.StringIO):
    """A stream that reports that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_each_line_is_a_message(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\n\n  \ntwo\nthree"))
    answers = [converse_stream(["A"]), converse_stream([" "]), converse_stream(["C"])]
    with served(Mode.BEDROCK, *answers) as server:
        assert main([*CHAT, "--system", "s", "--max-tokens", "9"]) == 0
    # An answer without text is not part of the history.
    assert histories(server) == [
        ["user: one"],
        ["user: one", "assistant: A", "user: two"],
        ["user: one", "assistant: A", "user: three"],
    ]
    for call in server.calls:
        assert call.request["system"] == [{"text": "s"}]
        assert call.request["inferenceConfig"] == {"maxTokens": 9}
    captured = capsys.readouterr()
    assert captured.out == "A\n \nC\n"
    assert captured.err.count("finish: complete") == 3


def test_a_script_ends_at_the_first_error(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\ntwo\n"))
    with served(Mode.BEDROCK, refused(400), converse_stream()) as server:
        assert main(CHAT) == 3
        assert len(server.calls) == 1
    assert capsys.readouterr().err == "cohere-aws: 400: no\n"


def dialogue(monkeypatch: pytest.MonkeyPatch, lines: list[Any]) -> Stream:
    """Let a person type *lines*; return the terminal."""
    screen = Stream()
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, screen)
    asked = iter(lines)

    def typed(prompt: str) -> Any:
        assert prompt == "> "
        line = next(asked, EOFError())
        if isinstance(line, BaseException):
            raise line
        return line

    monkeypatch.setattr("builtins.input", typed)
    return screen


def test_a_person_keeps_the_conversation_after_an_error(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = dialogue(monkeypatch, ["one", "two", "secret \udcff", "three"])
    answers = [converse_stream(["A"]), refused(429), converse_stream(["C"])]
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with served(Mode.BEDROCK, *answers) as server:
        assert main(CHAT) == 0
    assert histories(server)[-1] == ["user: one", "assistant: A", "user: three"]
    shown = screen.getvalue()
    assert "cohere-aws: 429: no\n" in shown
    assert "not text in the terminal's encoding\n" in shown
    assert "secret" not in shown


def test_ctrl_c_at_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    dialogue(monkeypatch, [KeyboardInterrupt()])
    assert main(CHAT) == 130


def test_without_readline(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = dialogue(monkeypatch, [])
    monkeypatch.setitem(sys.modules, "readline", None)
    assert list(_chat._lines_of_terminal()) == []
    assert screen.getvalue() == "\n"


def test_closed_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stream(""))
    monkeypatch.setattr(sys, "stdout", None)
    assert main(CHAT) == 0
    monkeypatch.setattr(sys, "stdin", None)
    assert main(CHAT) == 0


# The command in a process of its own.


def test_a_conversation_through_a_pipe() -> None:
    with serve([converse_stream(["é"])]) as server:
        found = subprocess.run(
            command(*CHAT),
            env=variables(server, PYTHONUTF8="1"),
            check=True,
            capture_output=True,
            input="one é\ntwo\n".encode(),
            timeout=60,
        )
        assert histories(server)[1] == ["user: one é", "assistant: é", "user: two"]
    assert found.stdout == "é\né\n".encode()


def test_a_conversation_at_a_terminal() -> None:
    with serve([converse_stream(["A"])], stall_after=2) as server, terminal() as screen:
        with subprocess.Popen(
            command(*CHAT),
            env=variables(server, TERM="dumb"),
            stdin=screen.descriptor,
            stdout=screen.descriptor,
            stderr=screen.descriptor,
        ) as process:
            os.write(screen.ours, b"one\n")
            while not server.calls:
                time.sleep(0.01)
            time.sleep(0.3)  # the first piece arrives; the stream goes on
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
    assert "> " in screen.shown
    assert "A" in screen.shown
    assert "Traceback" not in screen.shown
