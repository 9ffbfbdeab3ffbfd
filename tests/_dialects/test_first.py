"""The first items of a stream: which dialect they decide, and what is kept before."""

from __future__ import annotations

from typing import Any

import pytest

from cohere_aws import (
    Generations,
    InvalidRequestError,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamError,
    StreamingGenerations,
    StreamingText,
)
from cohere_aws._dialects._first import FirstItems
from cohere_aws._dialects.command import Reader
from strategies import METRICS, events

PIECE: dict[str, Any] = {"text": "a", "is_finished": False}
FOUND = (StreamingText(0, "a", is_finished=False),)


def test_an_item_decides_the_dialect() -> None:
    first = FirstItems(None)
    assert (first.dialect, first.is_decided, first.reader) == (None, False, first)
    assert first.read(PIECE) == FOUND
    assert (first.dialect, first.is_decided) == ("command", True)
    assert isinstance(first.reader, Reader)
    assert first.read(PIECE) == first.reader.read(PIECE) == FOUND
    assert first.reader.text() == "aaa"
    assert first.other_items == []
    first.check_end()


def test_a_given_dialect_is_decided_by_the_first_item() -> None:
    first = FirstItems("command")
    assert (first.dialect, first.is_decided) == ("command", False)
    assert first.generations().dialect == "command"
    assert first.read({"new": 1}) == ()
    assert first.is_decided
    assert first.reader.other_items == [{"new": 1}]


def test_items_that_decide_nothing_wait() -> None:
    first = FirstItems(None)
    metrics = {METRICS: {"inputTokenCount": 5}}
    assert first.read({"new": 1}) == first.read(metrics) == ()
    assert first.reader.other_items == [{"new": 1}, metrics]
    assert first.reader.generations() == Generations([])
    assert first.reader.text() == first.reader.end_of_sequence == ""
    assert not first.reader.may_end
    assert first.read(PIECE) == FOUND
    assert first.reader.other_items == [{"new": 1}]
    assert first.reader.usage is not None
    assert first.reader.usage.input_tokens == 5


def test_a_stream_of_no_dialect_is_an_error_at_its_end() -> None:
    first = FirstItems(None)
    first.check_end()
    for item in ({"new": 1}, {"newer": 2}):
        first.read(item)
    with pytest.raises(MalformedStreamError, match=r"^item 0: no dialect has the keys 'new' with"):
        first.check_end()


def test_an_error_before_the_dialect_is_decided_is_kept() -> None:
    first, item = FirstItems(None), {"message": "overloaded", "request_id": "r"}
    with pytest.raises(ServiceError, match="overloaded"):
        first.read(item)
    assert first.reader.other_items == [item]


@pytest.mark.parametrize("name", [None, "converse"])
def test_an_id_that_is_known_before_the_first_item(name: Any) -> None:
    first = FirstItems(name)
    assert first.reader.id is None
    first.id = "r"
    assert (first.reader.id, first.reader.generations().id) == ("r", "r")
    first.read({"messageStart": {"role": "assistant"}})
    assert first.reader is not first
    assert (first.reader.id, first.reader.generations().id) == ("r", "r")


def test_an_unknown_name() -> None:
    with pytest.raises(InvalidRequestError, match=r"^dialect is 'other'; expected one of command"):
        FirstItems("other")  # type: ignore[arg-type]


def stream_of(data: bytes, step: int, **options: Any) -> StreamingGenerations:
    payloads = [data[start : start + step] for start in range(0, len(data), step)]
    return StreamingGenerations(events(payloads), Mode.SAGEMAKER, **options)


WIRE = b'{}\ndata: {"new":1}\n\n{"text":"a"}{"text":"b"}\ndata: {"is_finished":true}\n\n[DONE]\n'


@pytest.mark.parametrize("step", [1, 7, 20, len(WIRE)])
@pytest.mark.parametrize("options", [{}, {"dialect": "command"}])
def test_the_dialect_does_not_depend_on_the_cut(step: int, options: dict[str, Any]) -> None:
    stream = stream_of(WIRE, step, strict=True, **options)
    assert stream.dialect == options.get("dialect")
    assert [piece.text for piece in stream] == ["a", "b"]
    assert (stream.dialect, stream.text) == ("command", "ab")
    assert stream.generations is not None
    assert stream.generations.dialect == "command"
    assert stream.other_items == [{}, {"new": 1}]


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (b'{"new":1}{"newer":2}', "item 0: no dialect has the keys 'new' with values of these"),
        (b"{}{}", "item 0: no dialect has an object without fields; expected one of command: gen"),
        (b"[1]", "item 0: no dialect has an array without fields; expected one of command: gen"),
        (b'{"text":"a"}[1]', "item 1: the item is an array; expected an object"),
        (b'[{"text":"a"}]', "item 0: the item is an array; expected an object"),
        (b'{"generation":"a"}', "item 0: the response is in the format of Llama models"),
    ],
)
@pytest.mark.parametrize("step", [1, 100])
def test_items_of_no_dialect(wire: bytes, message: str, step: int) -> None:
    stream = stream_of(wire, step)
    for _ in range(2):
        with pytest.raises(MalformedStreamError) as caught:
            stream.read()
        assert str(caught.value).startswith(message)
        assert caught.value.partial == stream.generations


def test_an_array_where_the_dialect_is_given() -> None:
    with pytest.raises(
        MalformedStreamError, match=r"^item 0: the item is an array; expected an object$"
    ):
        stream_of(b"[]", 1, dialect="command").read()
    with pytest.raises(StreamError, match=r"^the response is an array; expected an object$"):
        Generations.from_dict([{"text": "a"}])
