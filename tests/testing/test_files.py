"""Files: their order, and their replacement by a new recording."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from clients import arguments, client_of
from cohere_aws import Mode
from cohere_aws.testing import RecordedResponse, Recording, record, replay, serve
from cohere_aws.testing._files import follows, in_order
from testing.samples import plain, streamed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cohere_aws.testing import Recorder


def numbered(number: int) -> Recording:
    body = json.dumps({"number": number}).encode()
    return replace(plain(Mode.BEDROCK), response=RecordedResponse(200, body))


def ask(client: Any) -> int:
    answer = client.invoke_model(**arguments(Mode.BEDROCK))
    number: int = json.loads(answer["body"].read())["number"]
    return number


def make(path: Path, numbers: Sequence[int]) -> Recorder:
    """Record one call for each number."""
    client = client_of(Mode.BEDROCK)
    with replay(client, [numbered(number) for number in numbers]):
        with record(client, path) as recorder:
            assert [ask(client) for _ in numbers] == list(numbers)
    return recorder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["poem.jsonl", "folder"])
def test_identical_calls_are_answered_in_the_order_in_which_they_were_made(
    name: str, tmp_path: Path
) -> None:
    made = make(tmp_path / name, range(12))
    client = client_of(Mode.BEDROCK)
    with replay(client, made.paths[0].parent, use_all=True):
        assert [ask(client) for _ in range(12)] == list(range(12))
    with serve(made.paths[0].parent, reuse=False) as server:
        client = boto3.client("bedrock-runtime", endpoint_url=server.url)
        assert [ask(client) for _ in range(12)] == list(range(12))
        client.close()


def test_numbers_in_names_count_as_numbers(tmp_path: Path) -> None:
    ordered = [
        "1-a", "2", "10", "a", "a-2", "a-10", "a1", "a2", "a2-2", "a10", "a b", "b-1", "b-03", "b-3",
        "b2c3-2", "b2c10",
    ]  # fmt: skip
    for name in reversed(ordered):
        (tmp_path / f"{name}.jsonl").touch()
    assert [path.stem for path in in_order(tmp_path)] == ordered


def test_names_of_further_calls() -> None:
    assert [name for name in ("a", "a-2", "a-2b", "-2", "a2", "a-b-33") if follows(name)] == [
        "a-2",
        "a-b-33",
    ]


def test_recording_a_file_again_deletes_the_files_of_a_longer_recording(tmp_path: Path) -> None:
    make(tmp_path / "poem.jsonl", range(4))
    assert names(tmp_path) == ["poem-2.jsonl", "poem-3.jsonl", "poem-4.jsonl", "poem.jsonl"]
    make(tmp_path / "poem.jsonl", [7, 8])
    assert names(tmp_path) == ["poem-2.jsonl", "poem.jsonl"]
    client = client_of(Mode.BEDROCK)
    with replay(client, tmp_path, use_all=True):
        assert [ask(client), ask(client)] == [7, 8]


def test_recording_a_folder_again_replaces_the_recorded_files(tmp_path: Path) -> None:
    make(tmp_path, range(3))
    make(tmp_path, [7, 8])
    assert names(tmp_path) == ["001-InvokeModel.jsonl", "002-InvokeModel.jsonl"]
    client = client_of(Mode.BEDROCK)
    with replay(client, tmp_path, use_all=True):
        assert [ask(client), ask(client)] == [7, 8]


def test_files_that_record_did_not_write_are_kept(tmp_path: Path) -> None:
    make(tmp_path, range(2))
    mine = {
        "by-name.jsonl": (tmp_path / "001-InvokeModel.jsonl").read_bytes(),
        "notes-2.jsonl": b"",
        "003-Converse.jsonl": b"no JSON",
        "004-Converse.jsonl": b"[]\n",
        "005-Converse.txt": (tmp_path / "001-InvokeModel.jsonl").read_bytes(),
    }
    for name, data in mine.items():
        (tmp_path / name).write_bytes(data)
    streamed(Mode.BEDROCK, source="by hand").save(tmp_path / "006-Converse.jsonl")
    streamed(Mode.BEDROCK).save(tmp_path / "notes-3.jsonl")
    kept = {
        path.name: path.read_bytes() for path in tmp_path.iterdir() if "Invoke" not in path.name
    }
    assert len(kept) == 7
    (new,) = make(tmp_path, [7]).paths
    assert new.name == "007-InvokeModel.jsonl"
    make(tmp_path / "notes.jsonl", [8])
    assert names(tmp_path) == sorted([*kept, new.name, "notes.jsonl"])
    for name, data in kept.items():
        assert (tmp_path / name).read_bytes() == data


@pytest.mark.parametrize("name", ["", "poem.jsonl"])
def test_a_block_without_a_call_replaces_nothing(name: str, tmp_path: Path) -> None:
    make(tmp_path / name, range(2))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert make(tmp_path / name, []).paths == []
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_recorders_in_one_folder_at_the_same_time_make_one_recording(tmp_path: Path) -> None:
    make(tmp_path, range(5))
    first, second = (boto3.client("bedrock-runtime") for _ in "ab")
    with replay(first, [numbered(1), numbered(3)]), replay(second, numbered(2)):
        with record(first, tmp_path) as one:
            assert ask(first) == 1
            with record(second, tmp_path / ".") as other:
                assert ask(second) == 2
            assert ask(first) == 3
    assert [path.name for path in [one.paths[0], other.paths[0], one.paths[1]]] == names(tmp_path)
    assert len(names(tmp_path)) == 3
    # Both have ended, so the next recorder replaces their files.
    make(tmp_path, [9])
    assert names(tmp_path) == ["001-InvokeModel.jsonl"]


def test_a_file_of_another_process_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The other process creates its file after this one has listed the folder.
    (tmp_path / "001-InvokeModel.jsonl").write_bytes(b"mine")
    monkeypatch.setattr("pathlib.Path.glob", lambda *_: iter(()))
    (path,) = make(tmp_path, [1]).paths
    assert path.name == "002-InvokeModel.jsonl"
    assert (tmp_path / "001-InvokeModel.jsonl").read_bytes() == b"mine"
