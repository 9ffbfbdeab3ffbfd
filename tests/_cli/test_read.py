"""``cohere-aws read``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from _cli.models import converse_stream
from cohere_aws import Generations
from cohere_aws._cli._main import main

if TYPE_CHECKING:
    from pathlib import Path

BODY = '{"generations": [{"text": "a"}, {"text": "b\\n"}]}'
LINES = """\
{"recordId": "1", "modelOutput": {"generations": [{"text": "a"}]}}
{"recordId": "2", "error": {"errorCode": 400, "errorMessage": "two\\nlines"}}
{"recordId": "3", "modelOutput": {"embeddings": [[1.0]]}}
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Return a body, the output of a batch, a stream that is cut off, and no answer."""
    converse_stream().save(tmp_path / "3")
    whole = (tmp_path / "3").read_bytes().split(b"\n")
    for name, data in (("1", BODY), ("2", LINES), ("4", "text")):
        (tmp_path / name).write_text(data, encoding="utf-8")
    (tmp_path / "3").write_bytes(b"\n".join(whole[:3]))
    return [str(tmp_path / name) for name in "1234"]


def test_texts(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", files[0]]) == 0
    assert capsys.readouterr().out == "a\nb\n"
    assert main(["read", files[1]]) == 6
    shown = capsys.readouterr().out
    name = files[1]
    assert shown.startswith(
        f"==> {name}: 1 <==\na\n==> {name}: 2 <==\nerror: 400: two lines\n==> {name}: 3 <==\n"
    )
    assert "embeddings" in shown


def test_json(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "--json", *files[:2]]) == 6
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert Generations.from_dict(lines[0]).text == "a"
    assert [line["recordId"] for line in lines[1:]] == ["1", "2", "3"]
    assert Generations.from_dict(lines[1]["modelOutput"]).text == "a"
    assert lines[2]["error"]["errorCode"] == 400
    assert lines[3]["modelOutput"]["embeddings"] == [[1.0]]


def test_errors_of_a_file_leave_the_others(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", files[2], files[3], files[0]]) == 4  # the first one counts
    captured = capsys.readouterr()
    assert captured.out == f" It\n==> {files[0]} <==\na\nb\n"
    first, second = captured.err.splitlines()
    assert first.startswith(f"cohere-aws: {files[2]}: the stream ended before its last item")
    assert second.startswith(f"cohere-aws: {files[3]}: ")
    assert main(["read", "--json", files[2]]) == 4
    assert capsys.readouterr().out == ""


def test_a_missing_file(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", f"{files[0]}x"]) == 1
    assert capsys.readouterr().err == f"cohere-aws: {files[0]}x: No such file or directory\n"


def test_a_page(
    files: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = "<!doctype html>…"
    monkeypatch.setattr(Generations, "to_html", lambda _: page, raising=False)
    assert main(["read", "--html", files[0]]) == 0
    assert capsys.readouterr().out == page
    (tmp_path / "error").write_text(LINES.splitlines()[1], encoding="utf-8")
    for several in ([files[0], files[0]], [files[1]], [str(tmp_path / "error")]):
        assert main(["read", "--html", *several]) == 2
        assert "--html writes one generated answer; found " in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(Generations, "to_html"), reason="there are no HTML views")
def test_the_page_of_an_answer(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "--html", files[0]]) == 0
    shown = capsys.readouterr().out
    assert shown == Generations.from_dict(json.loads(BODY)).to_html()  # type: ignore[attr-defined]
