"""Text for any terminal."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from cohere_aws._cli import _output

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    """A stream that reports that it is a terminal."""

    def isatty(self) -> bool:
        return True


def set_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Replace both standard streams. Not a fixture: pytest sets them after fixtures have run."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_control_characters_are_visible_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = set_terminal(monkeypatch)
    _output.write("a\x1b]0;title\x07\tb\n\x9b31m \u202e é 🙂", end="|")
    assert terminal.getvalue() == "a\\x1b]0;title\\x07\tb\n\\x9b31m \\u202e é 🙂|"


def test_text_is_unchanged_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    _output.write("a\x1b[31m")
    assert capsys.readouterr().out == "a\x1b[31m"


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = set_terminal(monkeypatch)
    _output.note("no", "red")
    assert terminal.getvalue() == "\x1b[31mno\x1b[0m\n"
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert _output.painted("no", "red", terminal) == "no"
    monkeypatch.setenv("NO_COLOR", "")  # as if it was not set
    assert _output.painted("no", "faint", terminal) == "\x1b[2mno\x1b[0m"
    assert _output.painted("no", "red", io.StringIO()) == "no"
    assert _output.painted("no", "red", None) == "no"


def test_a_closed_standard_output_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    _output.prepare()
    _output.write("text")


def test_a_closed_standard_error_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    _output.prepare()
    _output.note("text", "red")
    assert capsys.readouterr().out == ""


def test_a_reader_of_standard_error_that_has_exited(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with open(theirs, "w", encoding="utf-8") as stderr:  # noqa: PTH123  # a descriptor
        monkeypatch.setattr(sys, "stderr", stderr)
        _output.note("text", "red")
    # Closing it, as the interpreter does when it exits, did not fail.


def test_characters_that_the_encoding_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1"))
    _output.prepare()
    _output.write("é 🙂")
    assert written.getvalue() == b"\xe9 \\U0001f642"
