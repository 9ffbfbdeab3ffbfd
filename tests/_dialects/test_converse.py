"""Messages of Converse, plain and streamed."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohere_aws import (
    Generation,
    Generations,
    IncompleteStreamError,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamError,
    StreamingGenerations,
    StreamingText,
    ToolUse,
    Usage,
)
from cohere_aws._dialects.converse import Reader, read_body
from converse_messages import base64_of, body_of, delta, events_of, messages, text_of
from strategies import METRICS, events, texts

START = {"messageStart": {"role": "assistant"}}
STOP = {"messageStop": {"stopReason": "end_turn"}}
USAGE = {"inputTokens": 3, "outputTokens": 61, "totalTokens": 64}
METADATA = {"metadata": {"usage": USAGE, "metrics": {"latencyMs": 900}}}


def stop(index: int) -> dict[str, Any]:
    return {"contentBlockStop": {"contentBlockIndex": index}}


def begin(index: int, **value: Any) -> dict[str, Any]:
    return {"contentBlockStart": {"contentBlockIndex": index, "start": value}}


def read(*items: Any) -> tuple[list[StreamingText], Reader]:
    reader = Reader()
    return [result for item in items for result in reader.read(item)], reader


def content(*items: Any) -> Any:
    return read(START, *items, STOP)[1].generations()[0].content


# The same message, plain and streamed


@settings(max_examples=150)
@given(messages(), st.data())
def test_a_stream_gives_the_same_as_a_plain_answer(
    message: list[dict[str, Any]], data: st.DataObject
) -> None:
    metadata = METADATA["metadata"]
    plain = Generations.from_dict(body_of(message, **metadata))
    items = data.draw(events_of(message, metadata))
    if data.draw(st.booleans()):
        items = [as_boto3_yields(item) for item in items]
    found, reader = read(*items)
    assert reader.generations() == plain
    assert reader.text() == plain.text == text_of(message)
    assert "".join(text for _, text, _ in found if text) == "".join(
        item["contentBlockDelta"]["delta"].get("text", "")
        for item in items
        if "contentBlockDelta" in item
    )
    assert reader.other_items == []
    assert reader.may_end
    assert Generations.from_dict(json.loads(json.dumps(plain.to_dict()))) == plain


def as_boto3_yields(event: dict[str, Any]) -> dict[str, Any]:
    """Return *event* with bytes in place of base64."""
    event = copy.deepcopy(event)
    part = event.get("contentBlockDelta", {}).get("delta", {})
    for holder, key in (
        (part.get("reasoningContent", {}), "redactedContent"),
        (part.get("image", {}).get("source", {}), "bytes"),
    ):
        if key in holder:
            holder[key] = base64.b64decode(holder[key])
    return event


def test_a_message_without_blocks() -> None:
    plain = read_body(body_of([]))
    assert plain.generations == [
        Generation("", index=0, finish_reason="end_turn", content=[], tool_calls=None)
    ]
    assert read(START, STOP)[1].generations() == read(STOP)[1].generations() == plain


# Streams


def test_pieces_of_text_come_as_they_arrive() -> None:
    results, reader = read(START, delta(0, text="a"), delta(0, text=""), delta(0, text=" b"))
    assert results == [(0, "a", False), (0, " b", False)]
    assert (reader.text(), reader.may_end, reader.last_item_read) == ("a b", False, False)
    assert (reader.finish_reason, reader.usage, reader.id, reader.prompt) == (None,) * 4
    reader.read(stop(0))
    reader.read({"messageStop": {"stopReason": "max_tokens"}})
    assert (reader.finish_reason, reader.may_end, reader.last_item_read) == (
        "max_tokens",
        True,
        True,
    )
    assert reader.usage is None
    reader.read(METADATA)
    assert reader.usage == Usage(3, 61, 900)
    (generation,) = answer = reader.generations()
    assert (answer.dialect, answer.extra) == ("converse", {"usage": {"totalTokens": 64}})
    assert (generation.text, generation.finish, generation.index) == ("a b", "max_tokens", 0)
    assert (generation.content, generation.tool_calls) == ([{"text": "a b"}], None)
    assert generation.extra is None


def test_before_the_first_block() -> None:
    reader = Reader()
    assert reader.generations() == Generations([])
    reader.read(METADATA)
    assert reader.generations() == Generations(
        [], usage=Usage(3, 61, 900), extra={"usage": {"totalTokens": 64}}
    )
    assert (reader.text(), reader.generations().dialect) == ("", "converse")
    reader.read(START)
    assert reader.generations().generations == [Generation("", index=0, content=[])]


def test_metadata_may_come_before_the_end_or_not_at_all() -> None:
    trace = {"metadata": {**METADATA["metadata"], "trace": {"promptRouter": {}}}}
    before = read(START, delta(0, text="a"), trace, STOP)[1]
    after = read(START, delta(0, text="a"), STOP, trace)[1]
    assert before.generations() == after.generations()
    assert before.generations().extra == {
        "usage": {"totalTokens": 64},
        "trace": {"promptRouter": {}},
    }
    assert read(START, delta(0, text="a"), STOP)[1].generations().usage is None


def test_fields_besides_the_message() -> None:
    last = {"messageStop": {"stopReason": "end_turn", "additionalModelResponseFields": {"a": 1}}}
    facts = {
        "trace": {"guardrail": {}},
        "performanceConfig": {"latency": "optimized"},
        "serviceTier": {"type": "flex"},
    }
    streamed = read(START, last, {"metadata": {**METADATA["metadata"], **facts}})[1].generations()
    fields = {**METADATA["metadata"], **facts, "additionalModelResponseFields": {"a": 1}}
    assert streamed == read_body(body_of([], **fields))
    extra = streamed.extra or {}
    assert extra == {
        **facts,
        "additionalModelResponseFields": {"a": 1},
        "usage": {"totalTokens": 64},
    }


def test_a_stream_of_nova_as_json() -> None:
    last = {
        "metadata": {"usage": {"inputTokens": 3, "outputTokens": 5}, "metrics": {}, "trace": {}},
        METRICS: {"inputTokenCount": 3, "outputTokenCount": 6, "firstByteLatency": 7},
    }
    items = [START, delta(0, text="Hi"), delta(0, text="!"), stop(0), STOP, last]
    payloads = [json.dumps(item).encode() for item in items]
    stream = StreamingGenerations(events(payloads, Mode.BEDROCK), Mode.BEDROCK, strict=True)
    assert [piece.text for piece in stream] == ["Hi", "!"]
    assert (stream.dialect, stream.text, stream.finish_reason) == ("converse", "Hi!", "end_turn")
    assert stream.usage == Usage(3, 6, None, 7)
    assert stream.other_items == []


def test_a_stream_without_its_end_is_incomplete() -> None:
    payloads = [json.dumps(item).encode() for item in (START, delta(0, text="a"), METADATA)]
    with pytest.raises(IncompleteStreamError, match="before its last item") as caught:
        StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True).read()
    assert caught.value.partial is not None
    assert caught.value.partial.text == "a"
    assert caught.value.partial[0].finish_reason is None


@pytest.mark.parametrize(
    "item",
    [START, delta(0, text="b"), delta(0, text=""), delta(1, text="b"), stop(0), STOP, begin(1, toolUse={}), body_of([])],
)  # fmt: skip
def test_the_message_ends_once(item: dict[str, Any]) -> None:
    _, reader = read(START, delta(0, text="a"), STOP)
    with pytest.raises(StreamError, match=r"^the last item came before, and this one has '"):
        reader.read(item)
    assert reader.text() == "a"


def test_the_id_is_that_of_the_request_where_it_is_known() -> None:
    reader = Reader()
    assert reader.id is reader.generations().id is None
    reader.id = "r"
    for item in (START, delta(0, text="a")):
        reader.read(item)
        assert reader.generations().id == "r"


def test_a_plain_body_in_place_of_a_stream() -> None:
    body = body_of([{"text": "a"}, {"text": "b"}], usage=USAGE)
    body["ResponseMetadata"] = {"RequestId": "r", "HTTPStatusCode": 200}
    results, reader = read(body)
    assert results == [(0, "ab", True)]
    assert reader.generations() == Generations.from_dict(body)
    assert (reader.text(), reader.id, reader.usage) == ("ab", "r", Usage(3, 61))
    assert (reader.finish_reason, reader.may_end) == ("end_turn", True)
    assert read(body_of([]))[0] == []
    last = {METRICS: {"outputTokenCount": 62, "new": 1}}
    _, reader = read(body, last)
    assert reader.usage == Usage(3, 62)
    assert (reader.generations().extra or {})[METRICS] == {"new": 1}
    assert reader.other_items == []
    for first in (START, delta(0, text="a"), begin(0, toolUse={}), METADATA):
        reader = Reader()
        reader.read(first)
        with pytest.raises(StreamError, match=r"^a part of the answer came before, and this item"):
            reader.read(body)


# Indexes


def test_blocks_may_be_mixed_and_out_of_order() -> None:
    items = [
        delta(7, text="d"),
        delta(2, text="a"),
        delta(7, text="e"),
        delta(2, text="b"),
        stop(2),
    ]
    results, reader = read(START, *items, begin(5, toolUse={"toolUseId": "t", "name": "n"}), STOP)
    assert "".join(piece.text for piece in results) == "daeb"
    assert reader.text() == reader.generations().text == "abde"
    use = {"toolUse": {"toolUseId": "t", "name": "n", "input": {}}}
    assert reader.generations()[0].content == [{"text": "ab"}, use, {"text": "de"}]


def test_a_block_after_the_end_of_one_with_its_index_is_another_one() -> None:
    assert content(delta(0, text="a"), stop(0), delta(0, text="b")) == [
        {"text": "a"},
        {"text": "b"},
    ]
    first, second = ({"toolUseId": id_, "name": "n"} for id_ in "ab")
    found = content(begin(0, toolUse=first), begin(0, toolUse=second))
    assert [block["toolUse"]["toolUseId"] for block in found] == ["a", "b"]


def test_an_event_without_an_index_belongs_to_the_latest_block() -> None:
    lost = {"contentBlockDelta": {"delta": {"text": "b"}}}
    end: dict[str, Any] = {"contentBlockStop": {}}
    results, reader = read(START, delta(4, text="a"), lost, end, STOP)
    assert [piece.text for piece in results] == ["a", "b"]
    assert reader.generations()[0].content == [{"text": "ab"}]
    assert reader.other_items == [lost, end]
    use = {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "t", "name": "n"}}}}
    _, reader = read(START, use, {"contentBlockDelta": {"delta": {"toolUse": {"input": "5"}}}})
    assert reader.generations()[0].tool_calls == [ToolUse("t", "n", 5)]


# Unknown and missing members


@pytest.mark.parametrize(
    "item",
    [
        {"messageStart": {}},
        {"messageStart": {"role": "assistant"}},  # a second one
        {"contentBlockStart": {}},
        {"contentBlockStart": {"contentBlockIndex": 1, "start": None}},
        {"contentBlockStart": {"contentBlockIndex": 1, "start": {"SDK_UNKNOWN_MEMBER": {"name": "x"}}}},
        {"contentBlockStart": {"contentBlockIndex": 1, "start": {}, "new": 1}},
        {"contentBlockStop": {}},
        {"contentBlockStop": {"contentBlockIndex": None}},
        {"contentBlockStop": {"contentBlockIndex": 1, "new": 1}},
        {"contentBlockStop": {"contentBlockIndex": 1, "p": 5}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {}}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": None}}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "a", "new": 1}}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"new": 1, "text": "a"}}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "a"}, "new": 1}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "a"}}, "new": 1},
        {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"SDK_UNKNOWN_MEMBER": {"name": "x"}}}},
        {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {}}}},
        {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {"input": "{}", "new": 1}}}},
        {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"reasoningContent": {}}}},
        {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"reasoningContent": {"SDK_UNKNOWN_MEMBER": {"name": "x"}}}}},
        {"metadata": {}},
        {"metadata": {"metrics": {"latencyMs": 5}}},
        {"SDK_UNKNOWN_MEMBER": {"name": "billing"}},
        {"newEvent": {}},
        {},
    ],
)  # fmt: skip
def test_an_event_with_something_unknown_or_missing_is_kept(item: dict[str, Any]) -> None:
    results, reader = read({"messageStart": {"role": "assistant"}}, delta(0, text="a"), item, STOP)
    assert reader.other_items == [item]
    assert reader.text() == "".join(piece.text for piece in results)
    assert reader.text() in ("a", "aa")


def test_a_start_of_the_message_without_its_role_is_kept() -> None:
    """boto3 yields it for a frame whose payload is not JSON."""
    item: dict[str, Any] = {"messageStart": {}}
    _, reader = read(item, delta(0, text="a"), STOP)
    assert reader.other_items == [item]
    assert reader.generations().generations == read(START, delta(0, text="a"), STOP)[1].generations().generations  # fmt: skip


def test_a_start_of_the_message_with_content_is_kept() -> None:
    start = {"messageStart": {"role": "assistant", "content": [{"text": "a"}]}}
    _, reader = read(start, STOP)
    assert reader.other_items == [start]


def test_an_unknown_event_after_the_end_is_kept() -> None:
    _, reader = read(START, STOP, METADATA, {"newEvent": {"a": 1}})
    assert reader.other_items == [{"newEvent": {"a": 1}}]


def test_metadata_that_disagrees_is_kept() -> None:
    first, second = ({"metadata": {"usage": USAGE, "trace": {"a": i}}} for i in (1, 2))
    _, reader = read(START, STOP, first, first, second)
    assert reader.other_items == [second]
    assert (reader.generations().extra or {})["trace"] == {"a": 1}


@pytest.mark.parametrize(
    "later",
    [
        {"usage": {**USAGE, "outputTokens": 99}},
        {"usage": {**USAGE, "totalTokens": 99}},
        {"metrics": {"latencyMs": 99, "new": 1}},
        {"metrics": {"latencyMs": 5, "new": 99}},
    ],
)
def test_another_value_of_a_count_is_used_and_its_event_is_kept(later: dict[str, Any]) -> None:
    first: dict[str, Any] = {"usage": USAGE, "metrics": {"latencyMs": 5, "new": 1}}
    second = {"metadata": {**first, **later}}
    _, reader = read(START, {"metadata": first}, STOP, {"metadata": first}, second)
    assert reader.other_items == [second]
    assert read(START, STOP, second)[1].generations() == reader.generations()


def test_unknown_fields_of_the_message() -> None:
    message = {"role": "user", "content": [], "new": 1}
    plain = read_body({"output": {"message": message, "other": 2}, "stopReason": "end_turn"})
    assert plain[0].extra == {"message": {"role": "user", "new": 1}}
    assert plain.extra == {"output": {"other": 2}}
    _, reader = read({"messageStart": {"role": "user", "new": 1}}, STOP)
    assert reader.generations().generations == plain.generations
    assert reader.other_items == []


def test_padding_is_left_out() -> None:
    padded = [copy.deepcopy(item) for item in (START, delta(0, text="a"), stop(0), STOP, METADATA)]
    for item in padded:
        (detail,) = item.values()
        detail["p"] = "abc"
    _, reader = read(*padded)
    assert reader.other_items == []
    assert "abc" not in str(reader.generations().to_dict())


def test_events_with_the_keys_of_all() -> None:
    """Some SDKs give an event every key, and null for those that do not apply."""
    keys = ("messageStart", "contentBlockDelta", "messageStop", "metadata")
    results, reader = read(
        *({**dict.fromkeys(keys), **item} for item in (START, delta(0, text="a"), STOP))
    )
    assert [piece.text for piece in results] == ["a"]
    assert (reader.may_end, reader.other_items) == (True, [])


def test_a_text_that_begins_with_its_block() -> None:
    results, reader = read(START, begin(0, text="a"), delta(0, text="b"), STOP)
    assert [piece.text for piece in results] == ["a", "b"]
    assert reader.generations()[0].content == [{"text": "ab"}]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ([delta(0, text="b")], "the item is an array; expected an object"),
        ({"contentBlockDelta": "secret"}, "contentBlockDelta is a string; expected an object"),
        ({"contentBlockDelta": {}}, "contentBlockDelta has no 'delta'; it has no keys"),
        ({"contentBlockDelta": {"contentBlockIndex": 0}}, "contentBlockDelta has no 'delta'; it has 'contentBlockIndex'"),
        ({"contentBlockDelta": {"delta": 5}}, "contentBlockDelta.delta is a number; expected an object"),
        (delta(0, text=5), "contentBlockDelta.delta.text is a number; expected a string"),
        (delta(1, text=5), "contentBlockDelta.delta.text is a number; expected a string"),
        (delta(-1, text="a"), "contentBlockDelta.contentBlockIndex is below 0; "),
        ({"contentBlockDelta": {"contentBlockIndex": "0", "delta": {"text": "b"}}}, "contentBlockDelta.contentBlockIndex is a string; "),
        ({"contentBlockDelta": {"contentBlockIndex": True, "delta": {"text": "b"}}}, "contentBlockDelta.contentBlockIndex is a boolean; "),
        (begin(0, toolUse="secret"), "contentBlockStart.start.toolUse is a string; expected an object"),
        ({"messageStop": {}}, "messageStop has no 'stopReason'; it has no keys"),
        ({"messageStop": {"stopReason": ""}}, "messageStop has no 'stopReason'; it has 'stopReason'"),
        ({"messageStop": {"stopReason": 5}}, "messageStop.stopReason is a number; expected a string"),
        ({"metadata": {"usage": 5}}, "metadata.usage is a number; expected an object"),
        ({"metadata": {"usage": {"inputTokens": "5"}}}, "metadata.usage.inputTokens is a string; "),
        ({"metadata": {"usage": {}}, METRICS: {"inputTokenCount": "5"}}, f"{METRICS}.inputTokenCount is a string; "),
    ],
)  # fmt: skip
def test_an_item_of_another_shape(item: Any, message: str) -> None:
    reader = Reader()
    reader.read(START)
    reader.read(delta(0, text="a"))
    with pytest.raises(StreamError) as caught:
        reader.read(item)
    assert str(caught.value).startswith(message)
    assert "secret" not in str(caught.value)
    assert reader.text() == "a"
    assert reader.generations()[0].content == [{"text": "a"}]


@pytest.mark.parametrize("item", [{"message": "crashed"}, {"error": {"message": "crashed"}}])
def test_an_error_inside_a_stream(item: dict[str, Any]) -> None:
    _, reader = read(START, delta(0, text="a"))
    with pytest.raises(ServiceError, match="crashed"):
        reader.read(item)
    assert reader.other_items == [item]
    assert reader.text() == "a"


# Through the framing


@given(texts.filter(len), st.integers(1, 9))
def test_a_body_is_recognised_in_a_stream(text: str, size: int) -> None:
    wire = json.dumps(body_of([{"text": text}])).encode()
    payloads = [wire[start : start + size] for start in range(0, len(wire), size)]
    stream = StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True)
    assert stream.read() == Generations.from_dict(body_of([{"text": text}]))
    assert stream.dialect == "converse"


def test_metadata_alone_decides_no_dialect() -> None:
    """Servers of other dialects send an object of that name."""
    for first in ({"metadata": {"a": 1}}, METADATA):
        items = [first, {"text": "a", "is_finished": False}, {"is_finished": True}]
        payloads = [json.dumps(item).encode() for item in items]
        stream = StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True)
        assert stream.read().dialect == "command"
        assert stream.other_items == [first]
    payloads = [json.dumps(item).encode() for item in (METADATA, START, STOP)]
    stream = StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True)
    assert stream.read().usage == Usage(3, 61, 900)
    with pytest.raises(MalformedStreamError, match="no dialect has the keys 'metadata'"):
        StreamingGenerations(events(payloads[:1]), Mode.SAGEMAKER).read()


def test_redacted_content_is_bytes() -> None:
    for value in (b"\x00\xff", base64_of(b"\x00\xff")):
        found = content(delta(0, reasoningContent={"redactedContent": value}))
        assert found == [{"reasoningContent": {"redactedContent": b"\x00\xff"}}]
    with pytest.raises(StreamError, match=r"redactedContent is a string; expected base64$"):
        content(delta(0, reasoningContent={"redactedContent": "?"}))
