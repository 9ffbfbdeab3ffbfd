"""Text between the items of a stream: which text is skipped, wherever the data is cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import MalformedStreamError
from cohere_aws._framing import Framing
from cohere_aws._separators import Separators
from strategies import cuttings

# Strings that look like separators; inside an item, they are text.
lookalikes = st.sampled_from(
    ["data: {", "[DONE]", ": ", "\n: comment", "\ndata:", "event:", "{", '"']
)
items = st.dictionaries(lookalikes, lookalikes, max_size=2) | st.lists(lookalikes, max_size=2)
spaces = st.text(" \t\r\n", max_size=3)
ends = st.sampled_from(["\n", "\r", "\r\n"])
# The text of a field may hold anything but the end of its line.
field_texts = st.text(st.sampled_from(':[]{}"\\ DONEdat\té😀'), max_size=6)
fields = st.builds(
    "".join, st.tuples(st.sampled_from(["", "event", "id", "retry"]), st.just(":"), field_texts)
)


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Any], bytes]:
    """Draw items, and a text that has them with separators around them."""
    found: list[Any] = []
    text = ""
    for kind in draw(st.lists(st.sampled_from(["item", "data", "done", "field"]), max_size=6)):
        text += draw(spaces)
        if kind in {"data", "field"} and text.rstrip(" \t")[-1:] not in {"", "\r", "\n"}:
            text += draw(ends)  # a field begins a line
        if kind == "done":
            text += "[DONE]"
        elif kind == "field":
            text += draw(fields) + draw(ends)
        else:
            item = draw(items)
            found.append(item)
            prefix = "data:" + draw(spaces) if kind == "data" else ""
            indent = draw(st.none() | st.just(1))
            text += prefix + json.dumps(item, ensure_ascii=draw(st.booleans()), indent=indent)
    text += draw(st.just("") | ends.flatmap(lambda end: fields.map(lambda field: end + field)))
    return found, text.encode()


def outcome(payloads: list[bytes]) -> tuple[list[Any], object, int]:
    """Return the items of *payloads*, how they end, and their number."""
    framing, found = Framing(), []
    try:
        for payload in payloads:
            for item in framing.feed(payload):
                found.append(item)  # noqa: PERF402  # keeps the items before an error
    except MalformedStreamError as error:
        return found, str(error), framing.item_count
    assert framing.position == sum(map(len, payloads))
    return found, framing.finish(), framing.item_count


@given(st.data(), streams())
def test_separators_are_skipped_wherever_they_are_cut(
    data: st.DataObject, stream: tuple[list[Any], bytes]
) -> None:
    found, wire = stream
    assert outcome([wire]) == (found, 0, len(found))
    assert outcome(data.draw(cuttings(wire))) == (found, 0, len(found))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a stream in which separators are cut off, changed or repeated."""
    _, wire = draw(streams())
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(wire)))
        end = draw(st.integers(begin, min(len(wire), begin + 3)))
        put = draw(
            st.sampled_from([b"", b":", b"\n", b"\r", b"[D", b"data", b"data:", b"ev", b"{}"])
        )
        wire = wire[:begin] + put + wire[end:]
    return wire


@given(st.data(), damaged())
def test_any_cut_gives_the_same_outcome(data: st.DataObject, wire: bytes) -> None:
    expected = outcome([wire])
    assert outcome([wire[i : i + 1] for i in range(len(wire))]) == expected
    assert outcome(data.draw(cuttings(wire))) == expected


TEXTS = [
    (
        b'data: {"a":1}\n\ndata:{"b":2}\r\n\r\n: {"x":1}\nevent: e\nid: 1\nretry: 5\ndata: [DONE]\n',
        2,
    ),
    (b'data: [1,[2]]\n\ndata: \n\ndata: {"a":"[DONE]"}\n[DONE]', 2),
    (b'{"a":"data: {"}data: {"b":1}', "expected a JSON object or array at byte 15, after 1 item"),
    (b'{"a":1} : no', "expected a JSON object or array at byte 8, after 1 item"),
    (b'{"a":1} \n : yes\n{"a":2}', 2),
    (b"{}\r:c\r{}", 2),
    (b"{}event: e", "expected a JSON object or array at byte 2, after 1 item"),
    (b'data: "x"', "expected a JSON object or array at byte 6, after 0 items; found a string"),
    (b"data: {} {}\ndata: x", "expected a JSON object or array at byte 18, after 2 items"),
    (b"data {}", "expected a JSON object or array at byte 0, after 0 items"),
    (b"data: event: e", "expected a JSON object or array at byte 6, after 0 items"),
    (b"{}da", "expected a JSON object or array at byte 2, after 1 item"),
    (b"eventx", "expected a JSON object or array at byte 0, after 0 items"),
    (b"[D]", "item 0 at byte 0 (3 bytes) is not JSON"),
    (b"::\n{}", 1),
]


@pytest.mark.parametrize(("wire", "expected"), TEXTS)
def test_the_text_between_items_in_parts_of_any_size(wire: bytes, expected: int | str) -> None:
    whole = outcome([wire])
    if isinstance(expected, int):
        assert whole[1:] == (0, expected)
    else:
        assert str(whole[1]).startswith(expected)
    for size in range(1, len(wire)):
        assert outcome([wire[i : i + size] for i in range(0, len(wire), size)]) == whole
        assert outcome([wire[:size], wire[size:]]) == whole


@pytest.mark.parametrize(
    ("data", "index", "unfinished"),
    [
        (b"", 0, 0),
        (b" \n\t\r", 4, 0),
        (b"[DONE]", 6, 0),
        (b"[DON", 4, 4),
        (b"da", 2, 2),
        (b"data", 4, 4),
        (b"data:", 5, 0),
        (b"data: {", 6, 0),
        (b"event", 5, 5),
        (b"event: e", 8, 0),
        (b": c", 3, 0),
        (b": c\nret", 7, 3),
        (b"x", 0, 0),
        (b"[]", 0, 0),
    ],
)
def test_the_end_of_the_separators_in_data(data: bytes, index: int, unfinished: int) -> None:
    separators = Separators()
    assert separators.skip(data, 0) == index
    assert separators.unfinished == unfinished


@pytest.mark.parametrize("space", ["", " ", "\n", "\r", "\r\n \t", "\t"])
def test_a_line_begins_after_a_line_end_and_white_space(space: str) -> None:
    separators = Separators()
    assert separators.is_line_start()
    separators.after_item()
    assert not separators.is_line_start()
    separators.space = space
    expected = "\n" in space or "\r" in space
    assert [separators.is_line_start(), separators.is_line_start()] == [expected, expected]
    assert separators.space is None
