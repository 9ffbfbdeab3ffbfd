"""The laws of streams, for each dialect.

``ANSWERS`` has constructed answers of each dialect. A new dialect adds its row there, and all laws
are tested for it.
"""

from __future__ import annotations

import itertools
import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohere_aws import (
    CohereError,
    Generations,
    IncompleteStreamError,
    MalformedStreamError,
    Mode,
    StreamingGenerations,
)
from cohere_aws._dialects import DIALECTS
from dialect_streams import ANSWERS, framed, leaves, objects_in
from strategies import cuttings, events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cohere_aws._dialects import DialectName

EXAMPLES = settings(max_examples=60)
dialects = pytest.mark.parametrize("name", DIALECTS)


def all_streams(name: DialectName) -> st.SearchStrategy[Any]:
    """Return a strategy of the streams of a dialect, with and without a last item."""
    row = ANSWERS[name]
    return row.streams if row.unmarked is None else row.streams | row.unmarked


def outcome(payloads: list[bytes], **options: Any) -> tuple[Any, ...]:
    """Return all that a caller learns from the stream of *payloads*."""
    stream = StreamingGenerations(events(payloads), Mode.SAGEMAKER, **options)
    pieces, error = [], None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for piece in stream:
                pieces.append((piece, piece.token))  # noqa: PERF401  # keeps those before an error
        except CohereError as raised:
            error = type(raised), str(raised), raised.partial
    warned = [(each.category, str(each.message)) for each in caught]
    state = stream.generations, stream.dialect, stream.text, stream.finish_reason, stream.usage
    return pieces, error, warned, state, stream.id, stream.prompt, stream.other_items


def read(payloads: list[bytes]) -> StreamingGenerations:
    """Return the stream of *payloads*, which are a whole answer, after its end."""
    stream = StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True)
    stream.read()
    return stream


def test_each_dialect_has_a_row() -> None:
    assert ANSWERS.keys() == DIALECTS.keys()


@dialects
@EXAMPLES
@given(data=st.data())
def test_a_stream_gives_its_pieces_in_its_dialect(name: DialectName, data: st.DataObject) -> None:
    steps = data.draw(all_streams(name))
    (pieces, *_), expected = outcome(data.draw(framed(steps)), strict=True), []
    for step in steps:
        expected += step.pieces
    assert [(piece.index, piece.text) for piece, _ in pieces] == expected
    stream = read(data.draw(framed(steps)))
    assert stream.dialect == name
    assert stream.generations is not None
    assert stream.generations.dialect == name


@dialects
@EXAMPLES
@given(data=st.data())
def test_cuts_do_not_change_the_outcome(name: DialectName, data: st.DataObject) -> None:
    parts = data.draw(framed(data.draw(all_streams(name))))
    if data.draw(st.booleans()):
        disturbance = data.draw(
            st.sampled_from([b'\n{"error":"overloaded"}\n', b"<html>", b'{"new":[]}', b"{", b"[5]"])
        )
        parts.insert(data.draw(st.integers(0, len(parts))), disturbance)
    whole = b"".join(parts)
    whole = whole[: data.draw(st.none() | st.integers(0, len(whole)))]
    strict = data.draw(st.booleans())
    expected = outcome([whole], strict=strict)
    assert outcome(data.draw(cuttings(whole)), strict=strict) == expected
    assert outcome([whole[i : i + 1] for i in range(len(whole))], strict=strict) == expected


@dialects
@EXAMPLES
@given(data=st.data())
def test_a_result_is_yielded_by_the_event_that_completes_it(
    name: DialectName, data: st.DataObject
) -> None:
    steps = data.draw(all_streams(name))
    parts = data.draw(framed(steps))
    found: list[tuple[int, str]] = []
    counts: list[int] = []

    def source() -> Iterator[dict[str, Any]]:
        for part in parts:
            yield from events(data.draw(cuttings(part)))
            counts.append(len(found))  # when the next event is asked for

    for piece in StreamingGenerations(source(), Mode.SAGEMAKER, strict=True):
        found.append((piece.index, piece.text))  # noqa: PERF401  # source() reads its length
    total, expected = 0, []
    for step in steps:
        total += len(step.pieces)
        expected.append(total)
    assert counts == [*expected, total]


def depth(value: object) -> int:
    """Return the depth of a JSON value; ``{}`` has a depth of 1."""
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)


@dialects
@EXAMPLES
@given(data=st.data())
def test_an_item_is_refused_beyond_the_limits_wherever_it_is_cut(
    name: DialectName, data: st.DataObject
) -> None:
    steps = data.draw(all_streams(name))
    # The longest item, escaped, is the same in each framing.
    whole = b"\n".join(json.dumps(step.item).encode() for step in steps)
    longest = max(len(json.dumps(step.item)) for step in steps)
    deepest = max(depth(step.item) for step in steps)
    for option, largest, words in (
        ("max_item_bytes", longest, "is longer than"),
        ("max_depth", deepest, "is nested deeper than"),
    ):
        for payloads in ([whole], data.draw(cuttings(whole))):
            assert outcome(payloads, **{option: largest})[1] is None
            kind, message, _ = outcome(payloads, **{option: largest - 1})[1]
            assert kind is MalformedStreamError
            assert words in message


def add_a_field(data: st.DataObject, items: list[Any], value: Any) -> None:
    """Add a field to one of the objects in *items*, as a later version of a server may do."""
    # One for each set of keys, so that each kind of object is as likely as the others.
    objects = {tuple(each): each for each in objects_in(items)}
    name = data.draw(st.sampled_from(["new field", "extra", "dialect"]))
    data.draw(st.sampled_from([*objects.values()]))[name] = value


@dialects
@EXAMPLES
@given(data=st.data())
def test_each_value_is_kept(name: DialectName, data: st.DataObject) -> None:
    steps = data.draw(all_streams(name))
    items = [step.item for step in steps]
    add_a_field(data, items, "a new value")
    stream = read(data.draw(framed(steps)))
    assert stream.generations is not None
    kept = [*leaves([stream.generations.to_dict(), stream.other_items, stream.finish_reason])]
    values, all_kept = set(kept), "\0\0".join(kept)
    for value in leaves(items, ANSWERS[name].not_kept):
        # A piece is part of a text.
        assert value in values or value in all_kept


@dialects
@EXAMPLES
@given(data=st.data())
def test_a_stream_that_is_cut_off_is_incomplete(name: DialectName, data: st.DataObject) -> None:
    steps = [each for each in data.draw(ANSWERS[name].streams) if not each.is_after_end]
    *parts, _ = data.draw(framed(steps))
    whole = b"".join(parts)
    *between, _ = itertools.accumulate(map(len, parts), initial=0)  # after each item but the last
    drawn = data.draw(st.sampled_from(between) | st.integers(0, len(whole) - 1))
    for end in (drawn, between[-1]):
        kind, _, partial = outcome([whole[:end]], strict=True)[1]
        assert kind is IncompleteStreamError
        assert isinstance(partial, Generations)


@pytest.mark.parametrize("name", [name for name in ANSWERS if ANSWERS[name].unmarked is not None])
@EXAMPLES
@given(data=st.data())
def test_without_a_last_item_a_stream_is_incomplete_inside_an_item(
    name: DialectName, data: st.DataObject
) -> None:
    *parts, _ = data.draw(framed(data.draw(ANSWERS[name].unmarked)))
    whole = b"".join(parts)
    end = whole.rindex(b"{", 0, len(whole)) + 1
    assert outcome([whole[:end]], strict=True)[1][0] is IncompleteStreamError


@dialects
@EXAMPLES
@given(data=st.data())
def test_an_answer_is_read_back_from_its_dict(name: DialectName, data: st.DataObject) -> None:
    steps = data.draw(all_streams(name))
    add_a_field(data, [step.item for step in steps], ["a new value", {"a": None}])
    answer = read(data.draw(framed(steps))).generations
    assert answer is not None
    again = Generations.from_dict(json.loads(json.dumps(answer.to_dict())))
    assert (again, again.dialect) == (answer, name)
