"""The command ``show``: each event of a recording, and what is read from it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cohere_aws import Mode
from cohere_aws.testing import RecordedEnd, RecordedEvent, RecordedResponse, _command
from testing.samples import CONVERSE, CONVERSE_STREAM, plain, streamed


def output_of(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert _command.main(["show", str(path)]) == 0
    return capsys.readouterr().out


def test_show_a_stream(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    streamed(Mode.BEDROCK).save(tmp_path / "a.jsonl")
    shown = output_of(tmp_path / "a.jsonl", capsys).splitlines()
    assert shown[0].split() == ["service", "bedrock-runtime"]
    assert shown[8].split() == ["request", "{}"]
    assert shown[9:14] == [
        '   0 chunk at 0.000 s: {"text": " I"}',
        "    -> StreamingText(index=0, text=' I', is_finished=False)",
        '   1 chunk at 0.010 s: {"text": " am"}',
        "    -> StreamingText(index=0, text=' am', is_finished=False)",
        '   2 chunk at 0.020 s: {"is_finished": true, "finish_reason": "COMPLETE"}',
    ]
    assert shown[14] == "=> cohere.StreamingGenerations {"


def test_show_a_stream_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = RecordedEvent("modelTimeoutException", b'{"message":"m"}', kind="exception")
    streamed(Mode.BEDROCK, stream=(error,)).save(tmp_path / "a.jsonl")
    shown = output_of(tmp_path / "a.jsonl", capsys)
    assert '   0 exception modelTimeoutException: {"message":"m"}\n    -> ServiceError(' in shown


def test_show_a_chunk_without_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = RecordedEvent("chunk", b"", is_readable=False)
    streamed(Mode.BEDROCK, stream=(lost,)).save(tmp_path / "a.jsonl")
    assert "   0 chunk: (not readable)\n    -> MalformedStreamError(" in output_of(
        tmp_path / "a.jsonl", capsys
    )


def test_show_a_stream_that_is_cut_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    streamed(Mode.BEDROCK, stream=()).save(tmp_path / "a.jsonl")
    assert "    -> the stream ended before its last item, after 0 items" in output_of(
        tmp_path / "a.jsonl", capsys
    )


def test_show_a_response(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain(Mode.BEDROCK, content_type="application/json").save(tmp_path / "a.jsonl")
    shown = output_of(tmp_path / "a.jsonl", capsys)
    assert re.search(r"response +200\ncontent-type +application/json\n\{\"id\": \"r\"", shown)
    assert "=> cohere.Generations {" in shown
    plain(Mode.SAGEMAKER, 403).save(tmp_path / "a.jsonl")
    assert '{"message": "no"}' in output_of(tmp_path / "a.jsonl", capsys)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"content":[]}', "=> StreamError("),
        (b"<html>", "=> MalformedStreamError("),
        (99_999 * b"[", "=> MalformedStreamError("),
    ],
)
def test_show_a_response_of_another_model(
    body: bytes, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = replace(plain(Mode.BEDROCK), response=RecordedResponse(200, body))
    answer.save(tmp_path / "a.jsonl")
    assert output_of(tmp_path / "a.jsonl", capsys).splitlines()[-1].startswith(shown)


def test_show_the_usage_of_a_response(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"x_amzn_bedrock_input_token_count": "4", "x_amzn_bedrock_output_token_count": "2"}
    plain(Mode.BEDROCK, **counts).save(tmp_path / "a.jsonl")
    assert re.search(
        r"\tinput_tokens: 4\n\t+output_tokens: 2\n", output_of(tmp_path / "a.jsonl", capsys)
    )


@pytest.mark.parametrize("dialect", ["tgi", "jurassic"])
def test_show_an_answer_as_a_dialect(
    dialect: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The keys belong to both dialects.
    body = b'{"generated_text":"of tgi","completions":[{"data":{"text":"of jurassic"}}]}'
    path = str(tmp_path / "a.jsonl")
    replace(plain(Mode.BEDROCK), response=RecordedResponse(200, body)).save(path)
    assert _command.main(["show", path, "--dialect", dialect]) == 0
    assert f"text: of {dialect}\n" in capsys.readouterr().out
    streamed(Mode.BEDROCK, stream=(RecordedEvent("chunk", body),)).save(path)
    assert _command.main(["show", path, "--dialect", dialect]) == 0
    assert f"text='of {dialect}', is_finished=True)" in capsys.readouterr().out
    assert _command.main(["show", path]) == 0
    assert "    -> MalformedStreamError(" in capsys.readouterr().out


def test_show_an_event_that_botocore_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, *rest = streamed(Mode.BEDROCK).stream or ()
    stream = (RecordedEvent("newEvent", b"{}"), one, *rest)
    streamed(Mode.BEDROCK, stream=stream).save(tmp_path / "a.jsonl")
    shown = output_of(tmp_path / "a.jsonl", capsys)
    assert "   0 newEvent: {}\n   1 chunk" in shown
    assert '   1 chunk at 0.000 s: {"text": " I"}\n    -> StreamingText(' in shown


CONVERSE_FILES = sorted((Path(__file__).parent.parent / "recordings" / "converse").glob("*.jsonl"))


def test_show_a_stream_of_converse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    CONVERSE_STREAM.save(tmp_path / "a.jsonl")
    found = output_of(tmp_path / "a.jsonl", capsys)
    assert '   0 messageStart: {"role":"assistant"}\n   1 contentBlockDelta' in found
    assert "\"hi\"}}\n    -> StreamingText(index=0, text='hi', is_finished=False)\n   2" in found
    assert "\tfinish_reason: end_turn\n" in found


def test_show_a_stream_of_another_operation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(CONVERSE_STREAM, operation="NewOperation").save(tmp_path / "a.jsonl")
    last = output_of(tmp_path / "a.jsonl", capsys).splitlines()[-1]
    assert last == '   2 messageStop: {"stopReason":"end_turn"}'


def test_show_an_answer_of_converse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(
        CONVERSE,
        response=RecordedResponse(
            200, CONVERSE.response.body if CONVERSE.response else b"", {"x-amzn-requestid": "r-1"}
        ),
    ).save(tmp_path / "a.jsonl")
    found = output_of(tmp_path / "a.jsonl", capsys)
    assert re.search(r'"latencyMs":5\}\}\n=> cohere\.Generations \{\n', found)
    assert "\ttext: hi\n" in found
    assert "\tid: r-1\n" in found
    replace(CONVERSE, response=RecordedResponse(200, b"[]")).save(tmp_path / "a.jsonl")
    assert output_of(tmp_path / "a.jsonl", capsys).splitlines()[-1].startswith("=> StreamError(")


@pytest.mark.parametrize("path", CONVERSE_FILES, ids=lambda path: path.stem)
def test_show_each_recording_of_converse(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form, _, name = path.stem.partition("-")
    found = output_of(path, capsys)
    if name == "refused":
        assert "Too many requests" in found
        assert "=>" not in found
    elif name.startswith("error-"):
        assert "    -> ServiceError(" in found
    elif name.startswith("damaged-"):
        assert "    -> MalformedStreamError(" in found
    else:
        assert (
            f"=> cohere.{'Generations' if form == 'plain' else 'StreamingGenerations'} {{" in found
        )
        assert ("    -> the stream ended before its last item" in found) == (name == "cut-off")


def test_show_the_end_of_a_stream(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for end, shown in (
        (RecordedEnd("reset", 1.5), "reset at 1.500 s"),
        (RecordedEnd("cut"), "cut"),
    ):
        streamed(Mode.BEDROCK, end=end).save(tmp_path / "a.jsonl")
        assert output_of(tmp_path / "a.jsonl", capsys).endswith(f"\nend          {shown}\n")
