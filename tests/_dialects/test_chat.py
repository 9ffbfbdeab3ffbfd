"""Cohere's chat v2: plain bodies, and the items of a stream."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chats import Reply, body_2, items_2, replies, usage_2
from cohere_aws import Generations, ServiceError, StreamError, StreamingText, ToolUse, Usage
from cohere_aws._dialects.chat import Reader, read_body
from strategies import METRICS

HI = Reply(["Oh", " hi"])
END = {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}


def read(*items: Any) -> tuple[list[StreamingText], Reader]:
    reader = Reader()
    return [piece for item in items for piece in reader.read(item)], reader


def piece(text: str) -> dict[str, Any]:
    return {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": text}}}}


def test_a_plain_body() -> None:
    answer = Generations.from_dict({**body_2(HI), "new": {"a": None}})
    assert (answer.id, answer.dialect, answer.text) == ("message 1", "chat", "Oh hi")
    assert answer.usage == Usage(7001, 7002, cache_read_tokens=7003)
    assert answer.extra == {"usage": usage_2(), "new": {"a": None}}
    (generation,) = answer
    assert generation.content == [{"type": "text", "text": "Oh hi"}]
    assert (generation.finish_reason, generation.finish) == ("COMPLETE", "complete")
    assert Generations.from_dict(answer.to_dict()) == answer


def test_missing_and_null_fields() -> None:
    nulls = dict.fromkeys(["id", "finish_reason", "usage", "logprobs", METRICS])
    for body in ({"message": {"role": "assistant"}}, {"message": {"role": None}, **nulls}):
        answer = read_body(body)
        assert (answer.id, answer.usage, answer.extra) == (None, None, None)
        assert (answer.text, answer[0].finish_reason) == ("", None)


def test_logprobs() -> None:
    first = {"text": "Oh", "token_ids": [5], "logprobs": [-0.5]}
    second = {"text": " hi", "token_ids": [6, 7], "logprobs": [-0.25, -1]}
    plain = read_body({**body_2(HI), "logprobs": [first, second]})
    assert plain[0].extra == {"message": {"role": "assistant"}, "logprobs": [first, second]}
    start, opening, *others = (item for item, _ in items_2(HI))
    pieces = [
        {**item, "logprobs": each} for item, each in zip(others, (first, second), strict=False)
    ]
    _, reader = read(start, opening, *pieces, *others[2:])
    assert reader.generations() == plain
    assert reader.other_items == []


@given(replies(), st.booleans())
def test_a_stream_gives_what_its_body_gives(reply: Reply, has_index: bool) -> None:
    pieces, reader = read(*(item for item, _ in items_2(reply, has_index=has_index)))
    assert pieces == [StreamingText(0, text, is_finished=False) for text in reply.pieces if text]
    assert reader.generations() == read_body(body_2(reply))
    assert (reader.text(), reader.other_items) == (reply.text, [])
    assert reader.last_item_read
    assert reader.may_end


@given(replies())
def test_a_body_as_the_only_item_of_a_stream(reply: Reply) -> None:
    pieces, reader = read(body_2(reply))
    assert pieces == [StreamingText(0, reply.text, is_finished=True)] * bool(reply.text)
    assert reader.generations() == read_body(body_2(reply))
    assert reader.last_item_read


@given(replies())
def test_the_text_adds_up_at_any_time(reply: Reply) -> None:
    reader, found = Reader(), ""
    assert (reader.text(), reader.generations()) == ("", Generations([]))
    for item, _ in items_2(reply):
        assert (reader.last_item_read, reader.finish_reason) == (False, None)
        for each in reader.read(item):
            found += each.text
        assert reader.text() == reader.generations().text == found


def test_calls_of_tools_without_arguments() -> None:
    reply = Reply(plan=["I look."], calls=[("f", {})])
    plain = body_2(reply)
    plain["message"]["tool_calls"][0]["function"]["arguments"] = "null"
    for answer in (read_body(plain), read(*(item for item, _ in items_2(reply)))[1].generations()):
        assert answer[0].tool_calls == [ToolUse("call 0", "f", {})]
        assert (answer[0].finish, answer.text) == ("tool_use", "")
        assert answer[0].extra == {"message": {"role": "assistant", "tool_plan": "I look."}}


def test_counts_of_bedrock_take_precedence_over_those_of_the_model() -> None:
    metrics = {"inputTokenCount": 5, "firstByteLatency": 6, "newCount": 4}
    usage = Usage(5, 7002, None, 6, cache_read_tokens=7003)
    end = {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage_2()}}
    for items in (
        [{**end, METRICS: metrics}],
        [end, {METRICS: metrics}],
        [{METRICS: metrics}, end],
    ):
        _, reader = read(piece("a"), *items)
        assert reader.usage == usage
        assert reader.generations().extra == {"usage": usage_2(), METRICS: {"newCount": 4}}
        assert reader.other_items == []
    assert read_body({**body_2(HI), METRICS: metrics}).usage == usage


def test_an_error_of_the_model_at_the_end_is_a_reason() -> None:
    delta = {"finish_reason": "ERROR", "error": "words", "new": 5}
    _, reader = read(piece("a"), {"type": "message-end", "delta": delta})
    assert (reader.finish_reason, reader.generations()[0].finish) == ("ERROR", "error")
    assert reader.generations().extra == {"error": "words", "new": 5}


@pytest.mark.parametrize(
    "item",
    [
        {"type": "debug", "prompt": "a prompt"},
        {"type": "new-type", "delta": {}},
        {"type": 5},
        {"type": ["content-delta"]},
        {"new": 5},
        {**piece("b"), "new": 5},
        {"type": "content-delta", "index": 0, "delta": {"new": 5}},
        {"type": "content-end", "id": "another"},
        {"type": "content-start", "delta": {"message": {"role": "another"}}},
        {"type": "content-end", "index": 0, "delta": {"finish_reason": "COMPLETE"}},
    ],
)
def test_an_item_with_a_field_that_is_not_read_is_kept_whole(item: dict[str, Any]) -> None:
    start = {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}}
    pieces, reader = read(start, piece("a"), item, END)
    assert reader.other_items == [item]
    assert reader.id == "m"
    assert reader.text() == "".join(each.text for each in pieces)


def test_an_item_that_metrics_stand_beside() -> None:
    item = {"type": "debug", METRICS: {"inputTokenCount": 5}}
    _, reader = read(item)
    assert (reader.other_items, reader.usage) == ([item], Usage(5))


def test_items_without_a_message() -> None:
    for item in ({"type": "content-end"}, {"type": "tool-call-end", "index": 0, "delta": None}):
        _, reader = read(piece("a"), item, END)
        assert (reader.other_items, reader.text()) == ([], "a")


def test_an_empty_piece_is_not_a_result() -> None:
    assert [each.text for each in read(piece(""), piece("a"), piece(""), END)[0]] == ["a"]


@pytest.mark.parametrize(
    "item",
    [
        piece("b"),
        {**piece("b"), "new": 5},
        {"type": "content-delta", "delta": {"message": {"content": {"text": "b"}}}},
        {"type": "content-delta", "index": True, "delta": {"message": {"content": {"text": "b"}}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "b", "x": 1}}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "b"}, "x": 1}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "b"}}, "x": 1}},
    ],
)  # fmt: skip
def test_each_form_of_a_piece(item: dict[str, Any]) -> None:
    if item.get("index") is True:
        with pytest.raises(StreamError, match=r"^index is a boolean; expected an integer"):
            read(piece("a"), item)
        return
    pieces, reader = read(piece("a"), item, END)
    assert [each.text for each in pieces] == ["a", "b"]
    assert reader.text() == "ab"


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ([], "the item is an array; expected an object"),
        ({"type": "content-delta", "delta": 5}, "delta is a number; expected an object"),
        ({"type": "content-delta", "delta": {"message": 5}}, "delta.message is a number; expected an object"),
        ({"type": "content-delta", "index": "0"}, "index is a string; expected an integer of 0 or more"),
        ({"type": "message-start", "id": 5}, "id is a number; expected a string"),
        ({"type": "message-end", "delta": {"finish_reason": 5}}, "delta.finish_reason is a number; expected a string"),
        ({"message": {"role": "a"}, "finish_reason": 5}, "finish_reason is a number; expected a string"),
        ({"message": {"role": 5}}, "message.role is a number; expected a string"),
        ({"message": {"role": "a"}, "logprobs": {}}, "logprobs is an object; expected an array"),
    ],
)  # fmt: skip
def test_a_field_of_another_type(item: Any, message: str) -> None:
    reader = Reader()
    with pytest.raises(StreamError) as caught:
        reader.read(item)
    assert str(caught.value) == message
    assert not reader.last_item_read
    assert reader.generations() == Generations([])


def test_a_count_of_another_type_does_not_lose_the_rest_of_the_item() -> None:
    reader = Reader()
    usage = {"tokens": {"input_tokens": "9"}}
    with pytest.raises(StreamError, match=r"^delta.usage.tokens.input_tokens is a string; "):
        reader.read({"type": "message-end", "delta": {"finish_reason": "ERROR", "usage": usage}})
    assert (reader.finish_reason, reader.generations().extra) == ("ERROR", {"usage": usage})
    with pytest.raises(StreamError, match=r"^usage.tokens.input_tokens is a string; "):
        read_body({**body_2(HI), "usage": usage})


@pytest.mark.parametrize("item", [piece("b"), END, body_2(HI)])
def test_an_item_of_the_message_after_the_last_one(item: dict[str, Any]) -> None:
    _, reader = read(piece("a"), END)
    with pytest.raises(StreamError, match=r"^the last item came before, and this one has '"):
        reader.read(item)
    assert reader.text() == "a"


def test_a_whole_message_after_a_part_of_one() -> None:
    _, reader = read(piece("a"))
    with pytest.raises(StreamError, match=r"^a part of the message came before, and this item has"):
        reader.read(body_2(HI))
    assert reader.text() == "a"


def test_other_items_after_the_last_one() -> None:
    _, reader = read(piece("a"), END, {"type": "new-type"}, {METRICS: {"inputTokenCount": 5}})
    assert (reader.other_items, reader.usage) == ([{"type": "new-type"}], Usage(5))


@pytest.mark.parametrize(
    "item", [{"message": "m"}, {"message": "m", "id": "x"}, {"error": "m"}, {**END, "error": "m"}]
)
def test_an_error_of_the_model(item: dict[str, Any]) -> None:
    for before in ([piece("a")], [piece("a"), END]):
        _, reader = read(*before)
        with pytest.raises(ServiceError, match=r": m$"):
            reader.read(item)
        assert (reader.text(), reader.other_items) == ("a", [item])


def test_a_body_that_is_not_one() -> None:
    with pytest.raises(StreamError, match=r"^the response is an array; expected an object$"):
        read_body([])
    with pytest.raises(StreamError, match=r"^no 'message' in the response; it has 'id', 'type'$"):
        read_body({"id": "m", "type": "message-start"})
    with pytest.raises(ServiceError, match="invalid request"):
        read_body({"id": "m", "message": "invalid request"})


def test_another_thread_may_read_the_answer() -> None:
    reader, texts = Reader(), []
    reader.read(piece("a"))

    def look() -> None:
        while not reader.last_item_read:
            texts.append((reader.text(), reader.generations().text))

    thread = threading.Thread(target=look)
    thread.start()
    for number in range(2000):
        reader.read(piece(str(number % 10)))
        if number % 100 == 0:
            reader.read({"type": "tool-call-start", "index": number, "delta": {"message": {"tool_calls": {}}}})  # fmt: skip
    reader.read(END)
    thread.join()
    assert all(reader.text().startswith(text) for pair in texts for text in pair)
    assert len(reader.text()) == 2001
