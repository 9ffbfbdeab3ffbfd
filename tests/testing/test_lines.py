"""Lines of a file: answers are written and read, and damage is reported."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cohere_aws.testing import RecordedEnd, RecordedEvent, RecordedResponse, RecordingError
from cohere_aws.testing._lines import Line, line_of, line_with


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (RecordedEvent("chunk", b"{}"), '{"event": "chunk", "text": "{}"}'),
        (RecordedEvent("chunk", b"", 1.23456), '{"event": "chunk", "at": 1.235, "text": ""}'),
        (RecordedEvent("chunk", b"\xff"), '{"event": "chunk", "base64": "/w=="}'),
        (
            RecordedEvent("e", b"\xe2\x80\xa8", kind="exception"),
            '{"exception": "e", "text": "\u2028"}',
        ),
        (RecordedEvent("e", b"m", kind="error"), '{"error": "e", "text": "m"}'),
        (
            RecordedEvent("chunk", b"", 0.5, is_readable=False),
            '{"event": "chunk", "at": 0.5, "text": null}',
        ),
        (RecordedEnd("reset", 1.23456), '{"end": "reset", "at": 1.235}'),
        (RecordedEnd("closed"), '{"end": "closed"}'),
        (
            RecordedResponse(200, b"{}", {"a": "b"}, 0.5),
            '{"response": 200, "headers": {"a": "b"}, "at": 0.5, "text": "{}"}',
        ),
    ],
)
def test_an_answer_is_a_line_and_back(answer: Any, line: str) -> None:
    assert line_of(answer) == line.encode() + b"\n"
    assert Line("f", 1, line.encode()).answer() == answer


times = st.floats(0, 4_000_000) | st.integers(0, 4_000_000) | st.builds(
    lambda milliseconds, rest: milliseconds / 1000 + rest,
    st.integers(0, 10**9),
    st.sampled_from([0, 0.0005, 0.00049999999, 1e-9]),
)  # fmt: skip


@given(times)
@example(0.0)
@example(-0.0)
@example(5e-324)
@example(0.0625)
@example(3_999_999.9995)
def test_a_time_is_written_as_python_rounds_it(at: float) -> None:
    line = f'{{"event": "e", "at": {round(at, 3)}, "text": ""}}\n'
    assert line_of(RecordedEvent("e", b"", at)).decode() == line


def test_a_lone_surrogate_is_written_as_an_escape() -> None:
    assert line_with({"a": "\ud83d é"}) == b'{"a": "\\ud83d \\u00e9"}\n'


def test_fields() -> None:
    line = Line("f", 3, b'{"a": "x", "b": null, "n": 5}')
    assert line.find("a", str) == line.get("a", str) == "x"
    assert line.find("b", str) is line.find("c", str) is None
    assert line.choice("a", ("x", "y")) == "x"
    assert line.fields == {"a": "x", "b": None, "n": 5}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "not JSON (JSONDecodeError)"),
        (b"\xff", "not JSON (UnicodeDecodeError)"),
        (b"[]", "not a JSON object"),
        (b"{}", "expected exactly one of response, event, exception, error, end; found none"),
        (b'{"event": "chunk"}', "expected exactly one of text, base64; found none"),
        (b'{"exception": "e", "text": null}', "'text' is missing"),
        (b'{"response": 200, "text": null}', "'text' is missing"),
        (
            b'{"event": "a", "exception": "b", "text": ""}',
            "expected exactly one of response, event, exception, error, end; found event, exception",
        ),
        (
            b'{"event": "a", "base64": "", "text": ""}',
            "expected exactly one of text, base64; found text, base64",
        ),
        (b'{"event": "a", "text": "\\ud800"}', "'text' contains a lone surrogate"),
        (b'{"event": "a", "text": ' + 99_999 * b"[", "not JSON (RecursionError)"),
        (b'{"event": "a", "text": "", "at": true}', "'at' is a boolean"),
        (
            b'{"event": "a", "text": "", "at": NaN}',
            "'at' is nan; expected seconds from 0 to 4000000",
        ),
        (b'{"event": "a", "text": "", "at": -1}', "'at' is -1; expected seconds from 0 to 4000000"),
        (b'{"error": "a", "base64": "/w=="}', "the message of an error is not UTF-8"),
        (b'{"response": -7, "text": ""}', "the status is -7; expected 200 to 599"),
        (b'{"response": true, "text": ""}', "'response' is a boolean"),
        (b'{"response": 200, "text": "", "headers": {"a": 5}}', "HTTP cannot carry the header 'a'"),
        (
            b'{"response": 200, "text": "", "headers": {"a": "b\\r\\nc: d"}}',
            "HTTP cannot carry the header 'a'",
        ),
        (
            b'{"response": 200, "text": "", "headers": {"a b": ""}}',
            "HTTP cannot carry the header 'a b'",
        ),
        (
            b'{"response": 200, "text": "", "headers": {"a": "\\u20ac"}}',
            "HTTP cannot carry the header 'a'",
        ),
        (
            b'{"end": "over"}',
            "the end is 'over'; expected reset, stalled, cut, checksum, closed",
        ),
        (b'{"end": "cut", "at": -1}', "'at' is -1; expected seconds from 0 to 4000000"),
        (b'{"end": 5}', "'end' is a number"),
        (b'{"event": null, "text": ""}', "'event' is missing"),
        (b'{"event": 5, "text": ""}', "'event' is a number"),
        (b'{"event": "chunk", "text": 5}', "'text' is a number"),
        (b'{"event": "chunk", "base64": "?"}', "'base64' is not base64"),
        (b'{"event": "chunk", "text": "", "at": "1"}', "'at' is a string"),
        (b'{"response": "200", "text": ""}', "'response' is a string"),
        (b'{"response": 200, "text": "", "headers": []}', "'headers' is an array"),
    ],
)
def test_damage_is_reported_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(RecordingError) as caught:
        Line("file.jsonl", 7, data).answer()
    assert str(caught.value) == f"file.jsonl, line 7: {message}"


def test_a_value_that_is_not_a_choice() -> None:
    with pytest.raises(RecordingError, match=r"^f, line 1: 'a' is not one of x, y$"):
        Line("f", 1, json.dumps({"a": "z"}).encode()).choice("a", ("x", "y"))
