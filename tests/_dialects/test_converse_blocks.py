"""Content blocks of Converse that arrive in parts."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import StreamError
from cohere_aws._dialects._converse_blocks import Blocks
from converse_messages import base64_of

TOOL = {"toolUseId": "t", "name": "n"}


def blocks_of(*deltas: dict[str, Any], start: dict[str, Any] | None = None) -> Any:
    """Return the content after *start* and *deltas* of one block, all fields of which are read."""
    blocks = Blocks()
    if start is not None:
        assert blocks.start(0, start, "start")
    for delta in deltas:
        assert blocks.add(0, delta, "delta")
    blocks.stop(0)
    return blocks.content()


def test_text() -> None:
    blocks = Blocks()
    assert (bool(blocks), blocks.content(), blocks.text(), blocks.open_texts) == (False, [], "", {})
    assert blocks.add(3, {"text": "a"}, "delta")
    assert blocks
    blocks.open_texts[3].append("b")
    assert blocks.add(3, {"text": "c"}, "delta")
    assert (blocks.content(), blocks.text()) == ([{"text": "abc"}], "abc")
    blocks.stop(3)
    blocks.stop(3)
    assert blocks.open_texts == {}
    assert blocks.add(1, {"text": "d"}, "delta")
    assert (blocks.content(), blocks.text()) == ([{"text": "d"}, {"text": "abc"}], "dabc")
    blocks.stop_all()
    assert blocks.open_texts == {}


def test_an_empty_text_is_a_block() -> None:
    assert blocks_of({"text": ""}) == [{"text": ""}]


def test_a_tool_call() -> None:
    parts = [{"toolUse": {"input": text}} for text in ("", '{"a', '": [1,', "2]}")]
    use = {"toolUse": {**TOOL, "input": {"a": [1, 2]}}}
    assert blocks_of(*parts, start={"toolUse": TOOL}) == [use]
    assert blocks_of({"toolUse": {"input": "[]"}}) == [{"toolUse": {"input": []}}]


@pytest.mark.parametrize("texts", [[], [""], ["", " ", "\n"], ["{}"], [" {", "} "]])
def test_a_tool_call_without_arguments(texts: list[str]) -> None:
    parts = [{"toolUse": {"input": text}} for text in texts]
    assert blocks_of(*parts, start={"toolUse": TOOL}) == [{"toolUse": {**TOOL, "input": {}}}]


@pytest.mark.parametrize("text", ['{"a', "{} {}", "NaN", "words", "[" * 100_000])
def test_the_input_of_a_tool_that_is_not_json_stays_a_string(text: str) -> None:
    (block,) = blocks_of({"toolUse": {"input": text}}, start={"toolUse": TOOL})
    assert block["toolUse"]["input"] == text


def test_fields_of_a_start_that_deltas_have_as_well() -> None:
    blocks = Blocks()
    assert blocks.start(0, {"toolUse": {**TOOL, "input": {"a": 1}}}, "start")
    assert not blocks.add(0, {"toolUse": {"input": "{}"}}, "delta")
    assert blocks.content() == [{"toolUse": {**TOOL, "input": {"a": 1}}}]
    parts = [{"toolResult": [{"text": "b"}]}]
    found = blocks_of(*parts, start={"toolResult": {"content": [{"text": "a"}]}})
    assert found == [{"toolResult": {"content": [{"text": "a"}, {"text": "b"}]}}]


def test_the_result_of_a_tool() -> None:
    start = {"toolUseId": "t", "status": "success", "type": "x"}
    image = {"image": {"format": "png", "source": {"bytes": base64_of(b"a")}}}
    parts: list[Any] = [[{"text": "a"}, {"json": {"b": 1}}], [], [image, 5]]
    (block,) = blocks_of(*({"toolResult": part} for part in parts), start={"toolResult": start})
    read = {"image": {"format": "png", "source": {"bytes": b"a"}}}
    content = [{"text": "a"}, {"json": {"b": 1}}, read, 5]
    assert block == {"toolResult": {**start, "content": content}}


def test_reasoning() -> None:
    def parts(**fields: Any) -> dict[str, Any]:
        return {"reasoningContent": fields}

    found = blocks_of(parts(text="a"), parts(text="b"), parts(signature="s"), parts(signature="t"))
    assert found == [{"reasoningContent": {"reasoningText": {"text": "ab", "signature": "st"}}}]
    assert blocks_of(parts(text="")) == [{"reasoningContent": {"reasoningText": {"text": ""}}}]
    # A model that does not show its reasoning sends the signature alone.
    found = blocks_of(parts(signature="s"))
    assert found == [{"reasoningContent": {"reasoningText": {"text": "", "signature": "s"}}}]
    found = blocks_of(parts(redactedContent=b"\x00"), parts(redactedContent=base64_of(b"\xff")))
    assert found == [{"reasoningContent": {"redactedContent": b"\x00\xff"}}]
    found = blocks_of(parts(text="a", redactedContent=b"b"))
    assert found == [
        {"reasoningContent": {"reasoningText": {"text": "a"}, "redactedContent": b"b"}}
    ]


def test_citations() -> None:
    first, second = {"title": "a"}, {"location": {"web": {"url": "b"}}}
    parts: list[Any] = [{"text": "x"}, {"citation": first}, {"text": "y"}, {"citation": second}]
    cited = {"content": [{"text": "xy"}], "citations": [first, second]}
    assert blocks_of(*parts) == [{"citationsContent": cited}]
    assert blocks_of({"citation": first}) == [
        {"citationsContent": {"content": [], "citations": [first]}}
    ]


def test_an_image() -> None:
    start = {"image": {"format": "png"}}
    assert blocks_of(start=start) == [start]
    data = [{"image": {"source": {"bytes": each}}} for each in (b"ab", base64_of(b"c"))]
    found = blocks_of(*data, start=start)
    assert found == [{"image": {"format": "png", "source": {"bytes": b"abc"}}}]
    place = {"image": {"source": {"s3Location": {"uri": "s3://a"}}, "error": {"message": "m"}}}
    assert blocks_of(place) == [place]
    whole = {"image": {"format": "png", "source": {"bytes": base64_of(b"a")}}}
    assert blocks_of(start=whole) == [{"image": {"format": "png", "source": {"bytes": b"a"}}}]
    blocks = Blocks()
    assert blocks.add(0, place, "delta")
    for again in (place, {"image": {"error": 5}}):
        assert not blocks.add(0, again, "delta")
    assert blocks.content() == [{"image": {**place["image"], "error": 5}}]


def test_blocks_of_unknown_kinds_are_joined_and_noticed() -> None:
    blocks = Blocks()
    unknown = {"SDK_UNKNOWN_MEMBER": {"name": "audio"}}
    assert not blocks.start(0, unknown, "start")
    assert not blocks.add(0, unknown, "delta")
    assert not blocks.start(1, {"audio": {"format": "mp3"}}, "start")
    assert not blocks.add(1, {"audio": {"data": "a"}}, "delta")
    assert not blocks.add(1, {"audio": {"data": "b"}, "text": "c"}, "delta")
    assert not blocks.add(1, {"text": "d", "audio": {}}, "delta")
    audio = {"audio": {"format": "mp3", "data": "ab"}}
    assert blocks.content() == [unknown, audio, {"text": "cd"}]
    assert blocks.text() == "cd"


def test_members_without_a_value() -> None:
    blocks = Blocks()
    assert not blocks.add(0, {}, "delta")
    assert not blocks.add(0, {"text": None, "toolUse": None}, "delta")
    assert not blocks.add(0, {"toolUse": {}}, "delta")
    assert not blocks.add(1, {"reasoningContent": {}}, "delta")
    assert blocks.add(2, {"image": {}}, "delta")
    assert blocks.start(3, {"toolUse": None}, "start")
    assert blocks.content() == [
        {"toolUse": {"input": {}}},
        {"reasoningContent": {"reasoningText": {"text": ""}}},
        {"image": {}},
    ]


def test_a_start_begins_another_block_unless_nothing_came() -> None:
    blocks = Blocks()
    assert blocks.start(0, {}, "start")
    assert blocks.start(0, {"toolUse": TOOL}, "start")
    assert blocks.start(0, {"toolUse": {"toolUseId": "u"}}, "start")
    assert blocks.add(0, {"text": "a"}, "delta")
    assert blocks.start(0, {"text": "b"}, "start")
    ids = [block["toolUse"]["toolUseId"] for block in blocks.content()[:2]]
    assert ids == ["t", "u"]
    assert blocks.content()[2:] == [{"text": "a"}, {"text": "b"}]


@pytest.mark.parametrize(
    ("delta", "message"),
    [
        ({"text": ["secret"]}, "delta.text is an array; expected a string"),
        ({"citation": "secret"}, "delta.citation is a string; expected an object"),
        ({"toolUse": "secret"}, "delta.toolUse is a string; expected an object"),
        ({"toolUse": {"input": {"a": 1}}}, "delta.toolUse.input is an object; expected a string"),
        ({"toolResult": {"text": "secret"}}, "delta.toolResult is an object; expected an array"),
        ({"toolResult": [{"image": {"source": {"bytes": 5}}}]}, "delta.toolResult[0].image.source.bytes is a number; "),
        ({"reasoningContent": "secret"}, "delta.reasoningContent is a string; expected an object"),
        ({"reasoningContent": {"text": 5}}, "delta.reasoningContent.text is a number; expected a string"),
        ({"reasoningContent": {"signature": 5}}, "delta.reasoningContent.signature is a number; "),
        ({"reasoningContent": {"redactedContent": 5}}, "delta.reasoningContent.redactedContent is a number; "),
        ({"image": {"source": "secret"}}, "delta.image.source is a string; expected an object"),
        ({"image": {"source": {"bytes": "?"}}}, "delta.image.source.bytes is a string; expected base64"),
    ],
)  # fmt: skip
def test_a_delta_of_another_shape(delta: dict[str, Any], message: str) -> None:
    blocks = Blocks()
    with pytest.raises(StreamError) as caught:
        blocks.add(0, delta, "delta")
    assert str(caught.value).startswith(message)
    assert "secret" not in str(caught.value)
    assert (blocks.content(), blocks.text(), blocks.open_texts) == ([], "", {})


@pytest.mark.parametrize(
    "start",
    [{"toolUse": 5}, {"toolResult": {"content": 5}}, {"image": {"source": 5}}, {"text": 5}],
)
def test_a_start_of_another_shape(start: dict[str, Any]) -> None:
    blocks = Blocks()
    with pytest.raises(StreamError, match=r"^start\..* is a number; expected "):
        blocks.start(0, start, "start")
    assert blocks.content() == []


@given(st.binary(max_size=20), st.lists(st.integers(0, 20), max_size=4))
def test_blobs_may_be_cut_anywhere(data: bytes, places: list[int]) -> None:
    edges = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    parts = [data[start:end] for start, end in itertools.pairwise(edges)]
    found = blocks_of(*({"reasoningContent": {"redactedContent": base64_of(each)}} for each in parts))  # fmt: skip
    assert found == [{"reasoningContent": {"redactedContent": data}}]
    found = blocks_of(*({"image": {"source": {"bytes": base64_of(each)}}} for each in parts))
    assert found == [{"image": {"source": {"bytes": data}}}]


@given(st.text(), st.integers(1, 5))
def test_an_escape_may_be_cut_anywhere(text: str, size: int) -> None:
    wire = json.dumps({"a": text})
    parts = [wire[start : start + size] for start in range(0, len(wire), size)]
    (block,) = blocks_of(*({"toolUse": {"input": part}} for part in parts))
    assert block == {"toolUse": {"input": {"a": text}}}
