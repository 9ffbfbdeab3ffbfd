"""Items that are the only one of their line."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cohere_aws import _lines
from cohere_aws._lines import end_of_fields, item_in_line


def read(data: bytes, position: int = 0, longest: int = 100) -> tuple[list[Any], bytes, list[bool]]:
    """Return the items, the data after them, and whether a line began after each."""
    found, begins = [], []
    while position < len(data):
        items, end, begins_line = item_in_line(data, position, lambda it: len(it) <= longest)
        if end == position:
            break
        found += items
        begins += [begins_line] * len(items)
        position = end
    return found, data[position:], begins


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"event: a\ndata: {}", len(b"event: a\ndata: ")),
        (
            b": a\r\n\r\nid: 1\rretry: 5\n\n data:\t{",
            len(b": a\r\n\r\nid: 1\rretry: 5\n\n data:\t"),
        ),
        (b"data: {}", len(b"data: ")),
        ("event: é\ndata:".encode(), 0),
        (b"event: a\n", 0),
        (b"event: a data: {}", 0),
        (b"others: a\ndata: {}", 0),
        (b"", 0),
    ],
)
def test_fields_before_an_item(data: bytes, end: int) -> None:
    assert end_of_fields(data) == end


@pytest.mark.parametrize(
    ("data", "items", "rest"),
    [
        (b'{"a":1}\n{"a":2}', 2, b""),
        (b'event: a\ndata: {"a":1}\n\n: b\nid: 7\ndata:{"a":2}\r\n\r\n', 2, b""),
        (b'\n\ndata: {"a":1} \t\r\r', 1, b""),
        (b'{"a":1}\n{"a":2', 1, b'\n{"a":2'),
        (b'{"a":1}\n{"a":2}{}\n', 1, b'\n{"a":2}{}\n'),
        (b'{"a":1}\nevent: a\n\n', 1, b""),
        (b'{"a":1}\nevent: a', 1, b"\nevent: a"),
        (b'{"a":1}\n\ndata: ', 1, b"\n\ndata: "),
        (b'{"a":1} data: {}\n', 0, b'{"a":1} data: {}\n'),
        (b'{"a":1} [DONE]\n', 0, b'{"a":1} [DONE]\n'),
        (b'{"a":1}\x0b\n', 0, b'{"a":1}\x0b\n'),
        (b'{"a":1}\ndata: [DONE]\n', 1, b"\ndata: [DONE]\n"),
        (b'{"a":1}\n{\n"a":2}', 1, b'\n{\n"a":2}'),
        (b'{"a":1}\n{NaN}\n', 1, b"\n{NaN}\n"),
        (b'{"a":1}\n{"a":"\xff"}\n', 1, b'\n{"a":"\xff"}\n'),
        (b'{"a":1}\n[{}]\n', 1, b"\n[{}]\n"),
        (b"", 0, b""),
    ],
)
def test_lines_up_to_the_first_other_one(data: bytes, items: int, rest: bytes) -> None:
    found, left, ends = read(data)
    assert found == [{"a": i + 1} for i in range(items)]
    assert left == rest
    assert all(ends[:-1])


def test_the_end_of_a_line() -> None:
    assert read(b"{}\n{}")[2] == [True, False]
    assert read(b"{}\n{} ")[2] == [True, False]
    assert read(b"{}\n{}\r")[2] == [True, True]


def test_an_object_that_does_not_suit_is_left() -> None:
    data = b'{"a":1}\n{"a":"%b"}\n{}' % (b"x" * 100)
    assert read(data) == ([{"a": 1}], data[7:], [True])
    assert read(b'x{"a":1}', position=1)[0] == [{"a": 1}]


@pytest.mark.parametrize(
    "text",
    [
        b"event: a\n",
        b":\n \n",
        b"\r",
        b" ",
        b"}",
        b"} ",
        b"{",
        b"{}",
        b"data:",
        b"data: \n",
        b"id:",
    ],
)
@pytest.mark.parametrize("head", [b"", b"{", b":"])
def test_a_search_takes_linear_time(text: bytes, head: bytes) -> None:
    # A quadratic search would not end.
    data = head + text * 200_000
    assert end_of_fields(data) <= len(":data: \ndata: ")
    assert read(data)[0] in ([], [{}])


def test_patterns_are_compiled_once() -> None:
    assert _lines._patterns() is _lines._patterns()
    assert all(isinstance(each, re.Pattern) for each in _lines._patterns())
