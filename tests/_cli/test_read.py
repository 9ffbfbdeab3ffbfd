"""``cohere-aws read``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from _cli.models import converse_stream
from cohere_aws import Generations
from cohere_aws._cli._main import main
from html_elements import parsed

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
    assert captured.out == f"==> {files[2]} <==\n It\n==> {files[0]} <==\na\nb\n"
    first, second = captured.err.splitlines()
    assert first.startswith(f"cohere-aws: {files[2]}: the stream ended before its last item")
    assert second.startswith(f"cohere-aws: {files[3]}: ")
    assert main(["read", "--json", files[2]]) == 4
    assert capsys.readouterr().out == ""


def test_files_that_cannot_be_read_leave_the_others(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing, damaged, folder = f"{files[0]}x", str(tmp_path / "damaged"), str(tmp_path)
    Path(damaged).write_text('{"recording": 1}', encoding="utf-8")
    assert main(["read", missing, folder, damaged, files[0]]) == 1
    captured = capsys.readouterr()
    assert captured.out == f"==> {files[0]} <==\na\nb\n"
    first, second, third = captured.err.splitlines()
    assert first == f"cohere-aws: {missing}: No such file or directory"
    assert second == f"cohere-aws: {folder}: Is a directory"
    assert third.startswith(f"cohere-aws: {damaged}")
    assert third.count(damaged) == 1


def test_a_summary_is_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a").write_text('{"summary": "text"}', encoding="utf-8")
    assert main(["read", str(tmp_path / "a")]) == 0
    assert capsys.readouterr().out == "text\n"


def test_the_page_of_an_answer(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "--html", files[0]]) == 0
    expected = Generations.from_dict(json.loads(BODY)).to_html()
    title = "<title>Answers</title>"
    assert capsys.readouterr().out == expected.replace("<title>Generations</title>", title)


def test_the_page_of_several_files(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "5").write_text('{"summary": "<b>&"}', encoding="utf-8")
    assert main(["read", "--html", *files, str(tmp_path / "5")]) == 6
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 2
    root = parsed(captured.out.removeprefix("<!doctype html>"))
    heads = [each.text for each in root.find("head") if each.tag == "div"]
    assert [head for head in heads if head.startswith(str(tmp_path))] == [
        files[0],
        *(f"{files[1]}: {number}" for number in "123"),
        files[2],  # what had arrived of the stream
        str(tmp_path / "5"),
    ]
    texts = [each.text for each in root.find("text")]
    assert texts == ["a", "b\n", "a", "error: 400: two lines", " It", "<b>&"]
    assert len(root.find("table")) == 1
    assert main(["read", "--html", files[3]]) == 5
    assert capsys.readouterr().out == ""


def test_modules_of_html_are_imported_for_html_only(files: list[str]) -> None:
    program = (
        "import sys; from cohere_aws._cli._main import main; main(sys.argv[1:]);"
        "print('cohere_aws._html_page' in sys.modules)"
    )
    for option, expected in (("--json", "False"), ("--html", "True")):
        run = [sys.executable, "-c", program, "read", option, files[0]]
        found = subprocess.run(run, env=os.environ, check=True, capture_output=True, text=True)
        assert found.stdout.split()[-1] == expected
