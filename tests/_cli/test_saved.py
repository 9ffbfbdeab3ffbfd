"""Answers in files of any kind."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from _cli.models import converse_stream, tgi_stream
from cohere_aws import (
    CohereError,
    Embeddings,
    EmbeddingsByType,
    Generations,
    IncompleteStreamError,
    MalformedStreamError,
    Mode,
    Reranking,
    ServiceError,
    StreamError,
    Summary,
)
from cohere_aws._cli._saved import answers_in
from cohere_aws.testing import RecordedEvent, Recording
from testing.samples import CONVERSE, plain, streamed

RECORDINGS = Path(__file__).parent.parent / "recordings"
TEXT = " It flows."


def saved(path: Path, data: bytes | str, dialect: Any = None) -> list[Any]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return [each.answer for each in answers_in(path, dialect)]


@pytest.mark.parametrize("path", sorted(RECORDINGS.rglob("*.jsonl")), ids=lambda path: path.stem)
def test_every_recording_has_an_answer_or_an_error(path: Path) -> None:
    try:
        (found,) = answers_in(path, None)
    except CohereError as error:
        assert str(error)
    else:
        kinds = (Generations, Embeddings, EmbeddingsByType, Reranking, Summary)
        assert isinstance(found.answer, kinds)
        assert found.answer.to_dict()


@pytest.mark.parametrize(
    ("recording", "text"),
    [
        (converse_stream(), TEXT),
        (tgi_stream(), TEXT),
        (streamed(Mode.BEDROCK), " I am"),
        (plain(Mode.SAGEMAKER), " I am"),
        (plain(Mode.BEDROCK), " I am"),
        (CONVERSE, "hi"),
    ],
)
def test_recordings(recording: Recording, text: str, tmp_path: Path) -> None:
    recording.save(tmp_path / "a")
    (found,) = answers_in(tmp_path / "a", None)
    assert found.answer.text == text
    assert not found.is_record


def test_a_recording_of_another_operation(tmp_path: Path) -> None:
    event = RecordedEvent("chunk", b"{}")
    Recording(service="bedrock-runtime", operation="InvokeAnyStream", stream=(event,)).save(
        tmp_path / "a"
    )
    with pytest.raises(MalformedStreamError, match=r"InvokeAnyStream; expected InvokeEndpoint, "):
        list(answers_in(tmp_path / "a", None))


@pytest.mark.parametrize(
    "recording", [converse_stream(), tgi_stream(), streamed(Mode.BEDROCK)], ids=["1", "2", "3"]
)
def test_the_frames_of_an_event_stream(recording: Recording, tmp_path: Path) -> None:
    data = b"".join(recording.frames())
    (found,) = saved(tmp_path / "a", data)
    assert found.text in {TEXT, " I am"}
    with pytest.raises(IncompleteStreamError) as caught:
        saved(tmp_path / "a", b"".join(recording.frames()[:2]))
    assert caught.value.partial is not None
    with pytest.raises(CohereError):
        saved(tmp_path / "a", data[:-200] + b"\0" + data[-199:])


def test_frames_that_are_not_an_answer(tmp_path: Path) -> None:
    error = RecordedEvent("throttlingException", b'{"message":"m"}', kind="exception")
    with pytest.raises(ServiceError, match="m"):
        saved(tmp_path / "a", error.frame("bedrock-runtime"))
    with pytest.raises(MalformedStreamError, match="the first event is 'Records'; expected an "):
        saved(tmp_path / "a", RecordedEvent("Records", b"{}").frame("sagemaker-runtime"))
    frame = RecordedEvent("PayloadPart", b"{}").frame("sagemaker-runtime")
    for damaged in (frame[:-1], frame[:-1] + bytes([frame[-1] ^ 1])):
        with pytest.raises(MalformedStreamError, match=r"the first frame .* is damaged"):
            saved(tmp_path / "a", damaged)


def test_the_output_of_a_batch(tmp_path: Path) -> None:
    body = {"generations": [{"text": "a\u2028b"}]}
    lines = [
        {"recordId": "1", "modelOutput": body},
        {"recordId": "2", "error": {"errorCode": 400, "errorMessage": "no"}},
        {"recordId": "3", "modelOutput": {"embeddings": [[1.0]]}},
        {"modelOutput": body},
    ]
    (tmp_path / "a").write_text(
        "\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8"
    )
    found = list(answers_in(tmp_path / "a", None))
    assert [each.record_id for each in found] == ["1", "2", "3", None]
    assert all(each.is_record for each in found)
    assert found[0].answer.text == "a\u2028b"
    assert isinstance(found[1].answer, ServiceError)
    assert isinstance(found[2].answer, Embeddings)
    assert [each.answer for each in answers_in(first_of(tmp_path / "a", 3), None)] == [
        found[3].answer
    ]


def first_of(path: Path, number: int) -> Path:
    """Return a file with one of the lines in *path*."""
    alone = path.with_name("alone")
    alone.write_bytes(path.read_bytes().split(b"\n")[number])
    return alone


@pytest.mark.parametrize(
    "body",
    [
        '{"generations": [{"text": " It flows."}]}',
        '[{"generated_text": " It flows."}]',
        '{\n  "choices": [{"message": {"role": "assistant", "content": " It flows."}}]\n}\n',
        json.dumps(Generations([]).to_dict() | {"generations": [{"text": TEXT}]}),
    ],
)
def test_bodies(body: str, tmp_path: Path) -> None:
    (found,) = saved(tmp_path / "a", body)
    assert found.text == TEXT


@pytest.mark.parametrize(
    "stream",
    [
        (
            'data: {"choices": [{"index": 0, "delta": {"content": " It"}}]}\n\n'
            'data: {"choices": [{"index": 0, "delta": {"content": " flows."}, "finish_reason": "stop"}]}'
            "\n\ndata: [DONE]\n\n"
        ),
        '{"text": " It"}\n{"text": " flows."}\n{"is_finished": true, "finish_reason": "COMPLETE"}\n',
        (
            '{"messageStart": {"role": "assistant"}}\n'
            '{"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": " It flows."}}}\n'
            '{"messageStop": {"stopReason": "end_turn"}}\n'
        ),
    ],
    ids=["completions", "command", "converse"],
)
def test_streams_of_a_model(stream: str, tmp_path: Path) -> None:
    (found,) = saved(tmp_path / "a", stream)
    assert found.text == TEXT


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"embeddings": [[1.0]]}, Embeddings),
        ({"embeddings": {"int8": [[1]]}}, EmbeddingsByType),
        ({"results": [{"index": 0, "relevance_score": 0.5}]}, Reranking),
        ({"summary": "text"}, Summary),
    ],
)
def test_bodies_without_generated_text(body: Any, kind: type, tmp_path: Path) -> None:
    (found,) = saved(tmp_path / "a", json.dumps(body))
    assert isinstance(found, kind)
    (again,) = saved(tmp_path / "a", json.dumps(found.to_dict()))  # as read --json writes it
    assert again.to_dict() == found.to_dict()


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    converse_stream().save(tmp_path / "recording")
    for data in ((tmp_path / "recording").read_bytes(), b"".join(converse_stream().frames())):
        stdin = io.TextIOWrapper(io.BytesIO(data))
        monkeypatch.setattr(sys, "stdin", stdin)
        (found,) = answers_in(Path("-"), None)
        assert found.answer.text == TEXT
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(StreamError):
        list(answers_in(Path("-"), None))


@pytest.mark.parametrize("data", ["", "text", "{}", "[1]", 99_999 * "[", "\0" * 20])
def test_files_without_an_answer(data: str, tmp_path: Path) -> None:
    with pytest.raises(StreamError):
        saved(tmp_path / "a", data)


def test_the_dialect_can_be_set(tmp_path: Path) -> None:
    body = '{"generated_text":"of tgi","completions":[{"data":{"text":"of jurassic"}}]}'
    for dialect in ("tgi", "jurassic"):
        assert saved(tmp_path / "a", body, dialect)[0].text == f"of {dialect}"
