"""The output of a batch."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohere_aws import (
    CohereError,
    Generation,
    Generations,
    InvalidRequestError,
    ServiceError,
    TgiRequest,
    TransportError,
)
from cohere_aws._cli._batch_input import Record, hash_of
from cohere_aws._cli._batch_output import BatchOutput
from cohere_aws.batch import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

ANSWER = Generations([Generation("é\u2028\n🙂")], dialect="tgi")
MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def record(name: str) -> Record:
    return Record(name, {"inputs": f"of {name}"}, TgiRequest(inputs="a"))


def inputs(*names: str) -> dict[str, int]:
    return {name: hash_of(record(name).model_input) for name in names}


def opened(path: Path, names: Iterable[str] = "ab") -> BatchOutput:
    return BatchOutput(path, inputs(*names))


def test_the_lines_can_be_read_by_the_library(tmp_path: Path) -> None:
    refused = ServiceError("no", 424, code="ModelError")
    outcomes: list[Any] = [
        *(ANSWER, refused, ServiceError("m", code="validation"), TransportError("reset")),
    ]
    with opened(tmp_path / "out") as output:
        for number, outcome in enumerate(outcomes):
            output.write(record(str(number)), outcome)
            # Each line is in the file before the next one is written.
            assert (tmp_path / "out").read_bytes().count(b"\n") == number + 1
        assert (output.written, output.failures) == ({"0", "1", "2", "3"}, 3)
    with (tmp_path / "out").open("rb") as lines:
        found = list(read_lines(lines))
    assert found[0].answer == ANSWER
    assert found[0].model_input == {"inputs": "of 0"}
    errors = [(str(each.error), each.error.http_status) for each in found[1:] if each.error]
    assert [status for _, status in errors] == [424, None, None]
    codes = [json.loads(line)["error"] for line in (tmp_path / "out").read_text().split("\n")[1:4]]
    assert codes == [
        {"errorCode": 424, "errorMessage": "no"},
        {"errorCode": "validation", "errorMessage": "m"},
        {"errorCode": "TransportError", "errorMessage": "reset"},
    ]


@MANY
@given(cut=st.integers(0, 300), names=st.lists(st.text(min_size=1), unique=True, max_size=4))
def test_a_file_that_was_cut_anywhere_is_completed(
    cut: int, names: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "out"
    path.unlink(missing_ok=True)
    with opened(path, names) as output:
        for name in names:
            output.write(record(name), ANSWER)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(whole[:cut])
    with opened(path, names) as output:
        kept = set(output.written)
        for name in names:
            if name not in kept:
                output.write(record(name), ANSWER)
    # Whole lines are kept. A line that lacks only its newline is whole.
    ends = [sum(map(len, lines[: i + 1])) for i in range(len(lines))]
    assert kept == {name for name, end in zip(names, ends, strict=True) if end - 1 <= cut}
    assert path.read_bytes() == whole


def test_a_line_that_lacks_only_its_newline_is_kept(tmp_path: Path) -> None:
    line = b'{"recordId": "a", "error": {}}'
    (tmp_path / "out").write_bytes(line)
    with opened(tmp_path / "out") as output:
        assert (output.written, output.failures) == ({"a"}, 1)
    assert (tmp_path / "out").read_bytes() == line + b"\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("not JSON\n", "line 1: expected a line that a batch has written"),
        ("[]\n", "line 1: expected a line that a batch has written"),
        ('{"recordId": 1, "error": {}}\n', "line 1: expected a line that a batch has written"),
        ('{"recordId": "a", "error": {}}\n{"recordId": "b"}\n', "line 2: expected a line that"),
        ("notes without a newline", "last line: expected a line that a batch has"),
        ('{"recordId": "a", "error": {}}\nnotes', "last line: expected a line that a batch has"),
        ('{"modelInput": {}, "recordId": "a"}', "last line: expected a line that a batch has"),
        # The only line of an input, without a newline.
        ('{"recordId": "a", "modelInput": {"inputs": "of a"}}', "last line: expected a line that"),
        # Each ends in a line that is half written.
        ('{"recordId": "c", "error": {}}\n{"recordId', "the record 'c', which is not in the input"),
        (
            '{"recordId": "a", "modelInput": {"inputs": "b"}, "error": {}}\n{"recordId',
            "the record 'a' with another modelInput than the input; expected the output of this ",
        ),
    ],
)
def test_another_file_is_not_changed(content: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "out").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidRequestError, match=problem):
        opened(tmp_path / "out")
    assert (tmp_path / "out").read_text(encoding="utf-8") == content


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out")
    with pytest.raises(InvalidRequestError, match="out: expected a regular file"):
        opened(tmp_path / "out")


def test_a_record_that_was_copied_counts_once(tmp_path: Path) -> None:
    lines = '{"recordId": "a", "error": {}}\n{"recordId": "a", "modelOutput": {}}\n'
    (tmp_path / "out").write_text(2 * lines, encoding="utf-8")
    with opened(tmp_path / "out") as output:
        assert (output.written, output.failures) == ({"a"}, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_a_full_disk_is_reported_with_the_name_of_the_file(tmp_path: Path) -> None:
    with opened(tmp_path / "out") as output, Path("/dev/full").open("ab", buffering=0) as full:
        output._file.close()
        output._file = full
        with pytest.raises(OSError, match="No space left") as caught:
            output.write(record("a"), ANSWER)
    assert caught.value.filename == str(tmp_path / "out")


def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="Windows does not lock the file")
    with opened(tmp_path / "out"):
        with pytest.raises(InvalidRequestError, match="another process is writing "):
            opened(tmp_path / "out")
    opened(tmp_path / "out").close()  # the lock was released


def test_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with opened(tmp_path / "out") as output:
        output.write(record("a"), ANSWER)


def test_a_write_of_a_part_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "out") as output:
        write = output._file.write

        class Slow:
            def write(self, data: bytes) -> int:
                return write(data[:5])

        with monkeypatch.context() as patch:
            patch.setattr(output, "_file", Slow())
            output.write(record("a"), CohereError("no"))
    assert [each.record_id for each in read_lines((tmp_path / "out").read_bytes().splitlines())]
