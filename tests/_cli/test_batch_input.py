"""Input of a batch."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import ConverseRequest, InvalidRequestError, TgiRequest
from cohere_aws._cli._batch_input import BatchInput, hash_of
from cohere_aws.batch import write_line

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, *lines: Any) -> BatchInput:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text(text, encoding="utf-8")
    return BatchInput(path, TgiRequest)


def test_missing_ids_are_line_numbers(tmp_path: Path) -> None:
    body = {"inputs": "é", "parameters": {}}
    named = {"recordId": "a", "modelInput": body}
    unnamed = {"modelInput": body, "other": 1}
    source = written(tmp_path / "in", named, "", unnamed, {"recordId": None, "modelInput": body})
    assert source.check() == dict.fromkeys(("a", "3", "4"), hash_of(body))
    assert [record.id for record in source.records()] == ["a", "3", "4"]
    first = next(source.records())
    assert first.model_input == body
    assert json.loads(first.request.body()) == body


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "expected a JSON object with finite numbers"),
        (99_999 * "[", "expected a JSON object with finite numbers"),
        ('{"modelInput": {"inputs": "a", "x": NaN}}', "expected a JSON object with finite"),
        ('{"modelInput": {"inputs": "a", "x": 1e999}}', "expected a JSON object with finite"),
        ("[]", "expected a JSON object whose 'modelInput' is an object"),
        ({"modelInput": "text"}, "expected a JSON object whose 'modelInput' is an object"),
        ({"recordId": 5, "modelInput": {}}, "expected a string of 1 or more characters as 'rec"),
        ({"recordId": "", "modelInput": {}}, "expected a string of 1 or more characters as 'rec"),
        ({"modelInput": {"inputs": "secret", "parameters": {"best_of": 0}}}, "best_of is 0"),
    ],
)
def test_a_wrong_line_is_reported_with_its_number(line: Any, problem: str, tmp_path: Path) -> None:
    source = written(tmp_path / "in", {"modelInput": {"inputs": "a"}}, line)
    with pytest.raises(InvalidRequestError) as caught:
        source.check()
    assert str(caught.value).startswith(f"{tmp_path / 'in'}, line 2: {problem}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("names", [["a", "a"], [None, "1"], ["2", None]])
def test_doubled_ids_are_refused(names: list[str | None], tmp_path: Path) -> None:
    source = written(
        tmp_path / "in", *({"recordId": name, "modelInput": {"inputs": "a"}} for name in names)
    )
    with pytest.raises(InvalidRequestError, match="lines 1 and 2 have the same recordId"):
        source.check()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only POSIX systems have named pipes")
def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in")
    with pytest.raises(InvalidRequestError, match="expected a regular file"):
        BatchInput(tmp_path / "in", TgiRequest)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        BatchInput(tmp_path / "in", TgiRequest).check()


def test_the_line_of_a_request_with_bytes(tmp_path: Path) -> None:
    image = {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}}
    result = {"toolResult": {"toolUseId": "1", "content": [image]}}
    guarded = {"guardContent": {"image": {"format": "png", "source": {"bytes": b"a"}}}}
    message = {"role": "user", "content": [{"text": "a"}, image, result]}
    request = ConverseRequest(messages=[message], system=[guarded])
    (tmp_path / "in").write_text(write_line(request, "a"), encoding="utf-8")
    (record,) = BatchInput(tmp_path / "in", ConverseRequest).records()
    assert record.request == request
    json.dumps(record.model_input)  # for the output


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            {"messages": [{"role": "user", "content": [{"image": {"source": {"bytes": "?"}}}]}]},
            "messages[0].content[0].image.source.bytes is a string; expected base64",
        ),
        ({"messages": "text", "system": [1]}, "system[0] is 1; expected a dict"),
        ({"messages": [1]}, "messages[0] is 1; expected a dict"),
        ({"messages": [{"role": "user", "content": "Hi"}]}, "messages[0].content is a str of 2 "),
    ],
)
def test_wrong_messages_are_reported(body: Any, problem: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(json.dumps({"modelInput": body}), encoding="utf-8")
    with pytest.raises(InvalidRequestError) as caught:
        BatchInput(tmp_path / "in", ConverseRequest).check()
    assert problem in str(caught.value)
