"""Answers that are written as they come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from _cli.models import PIECES, converse_stream, plain_answer, tgi_stream
from cohere_aws import Client, Generation, Mode, ServiceError, TgiRequest, TokenLikelihood
from cohere_aws._cli import _answer
from cohere_aws._cli._requests import create_request
from cohere_aws.testing import RecordedEvent, Recording

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from cohere_aws.testing import Server

    Served = Callable[..., AbstractContextManager[Server]]


def test_a_stream_is_written_piece_by_piece(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written: list[str] = []
    monkeypatch.setattr(_answer, "write", lambda text, end="": written.append(text + end))
    with served(Mode.BEDROCK, converse_stream()), Client(mode=Mode.BEDROCK) as client:
        request = create_request("converse", [("user", "Hi")], {})
        found = _answer.answer(client, request, "m")
    assert written == [*PIECES, "\n"]
    assert found.text == " It flows."
    summary = capsys.readouterr().err
    assert summary.startswith("finish: complete; tokens: 4 in, 3 out; ")
    assert summary.endswith(" s\n")


def test_an_interrupted_stream_is_closed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    streams: list[Any] = []
    real = Client.generate

    def generate(client: Client, *arguments: Any, **options: Any) -> Any:
        streams.append(real(client, *arguments, **options))
        return streams[-1]

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "generate", generate)
    monkeypatch.setattr(_answer, "write", interrupted)
    with served(Mode.BEDROCK, converse_stream()), Client(mode=Mode.BEDROCK) as client:
        with pytest.raises(KeyboardInterrupt):
            _answer.answer(client, create_request("converse", [("user", "Hi")], {}), "m")
        assert streams[0]._stream.closed


def test_a_newline_is_not_added_twice(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    with served(Mode.BEDROCK, converse_stream(["a", "\n"])), Client(mode=Mode.BEDROCK) as client:
        _answer.answer(client, create_request("converse", [("user", "Hi")], {}), "m")
    assert capsys.readouterr().out == "a\n"


def test_an_answer_in_json(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    client = Client(endpoint_name="e")
    with served(Mode.SAGEMAKER, tgi_stream()), client:
        found = _answer.answer(client, TgiRequest(inputs="a"), None, as_json=True)
    captured = capsys.readouterr()
    assert json.loads(captured.out) == found.to_dict()
    assert captured.err.startswith("finish: max_tokens; tokens: 3 out; ")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_model_that_does_not_stream(
    as_json: bool, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"id": 1, "completions": [{"data": {"text": "é", "tokens": []}}]}
    client = Client(endpoint_name="e")
    with served(Mode.SAGEMAKER, plain_answer(body)), client:
        request = create_request("jurassic", [("user", "Hi")], {})
        found = _answer.answer(client, request, None, as_json=as_json)
    captured = capsys.readouterr()
    assert captured.out == (json.dumps(found.to_dict()) if as_json else "é") + "\n"
    assert captured.err.startswith("finish: not reported; tokens: ")


def tgi_items(*items: Any) -> Recording:
    stream = tuple(
        RecordedEvent("PayloadPart", json.dumps(item).encode() + b"\n") for item in items
    )
    operation = "InvokeEndpointWithResponseStream"
    return Recording(service="sagemaker-runtime", operation=operation, stream=stream)


def test_an_end_of_sequence_is_not_text(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    items = [{"text": "a"}, {"text": "<EOS_TOKEN>"}, {"is_finished": True}]
    with served(Mode.SAGEMAKER, tgi_items(*items)), Client(endpoint_name="e") as client:
        _answer.answer(client, create_request("command", [("user", "Hi")], {}), None)
    assert capsys.readouterr().out == "a\n"


@pytest.mark.parametrize(
    ("texts", "expected"), [(["a", "b", "c\n", "d"], "ac\nbd\n"), (["", "b", "", "d"], "\nbd\n")]
)
def test_several_generations_are_not_mixed(
    texts: list[str], expected: str, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    choices = [{"index": i % 2, "delta": {"content": text}} for i, text in enumerate(texts)]
    ends = [{"index": i, "delta": {}, "finish_reason": "stop"} for i in range(2)]
    recording = tgi_items(*({"choices": [choice]} for choice in [*choices, *ends]))
    with served(Mode.SAGEMAKER, recording), Client(endpoint_name="e") as client:
        request = create_request("completions", [("user", "Hi")], {}, extra={"n": 2})
        _answer.answer(client, request, None)
    assert capsys.readouterr().out == expected


def test_an_error_begins_a_line_on_a_terminal(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_answer, "is_terminal", lambda _: True)
    for pieces, expected in ((["a", "b"], "a\n"), (["a\n"], "a\n")):
        failing = served(
            Mode.BEDROCK, converse_stream(pieces), fail_after=(2, "throttlingException")
        )
        with failing, Client(mode=Mode.BEDROCK) as client, pytest.raises(ServiceError):
            _answer.answer(client, create_request("converse", [("user", "Hi")], {}), "m")
        assert capsys.readouterr().out == expected


def test_an_answer_without_a_generation(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    client = Client(endpoint_name="e")
    with served(Mode.SAGEMAKER, plain_answer({"completions": []})), client:
        _answer.answer(client, create_request("jurassic", [("user", "Hi")], {}), None)
    assert "finish: not reported; tokens: not reported; " in capsys.readouterr().err


def test_likelihoods_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    tokens = [
        TokenLikelihood("a\x1b", None),
        TokenLikelihood(" b", -0.0625),
        TokenLikelihood("c", -40.0),
        TokenLikelihood("d", 0.5),  # rounding of a server
        TokenLikelihood("e", 10**400),  # integers of JSON that no float can hold
        TokenLikelihood("f", -(10**400)),
    ]
    _answer.show_likelihoods(Generation("abc", tokens))
    _answer.show_likelihoods(Generation("abc"))
    assert capsys.readouterr().out.splitlines() == [
        r"        -      -  'a\x1b'",
        "  -0.0625  93.9%  ' b'",
        " -40.0000   0.0%  'c'",
        "   0.5000 100.0%  'd'",
        "1000000000.0000 100.0%  'e'",
        "-1000000000.0000   0.0%  'f'",
    ]
