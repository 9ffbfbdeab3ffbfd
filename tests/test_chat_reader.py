"""The events in the items of a streamed chat, of both versions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chats import (
    Reply,
    body_1,
    body_2,
    calls_1,
    citations_1,
    citations_2,
    items_1,
    items_2,
    replies,
)
from cohere_aws import (
    Chat,
    ChatToolCallsGenerationEvent,
    ServiceError,
    StreamCitationGeneration,
    StreamEnd,
    StreamError,
    StreamOther,
    StreamQueryGeneration,
    StreamResponse,
    StreamSearchResults,
    StreamStart,
    StreamTextGeneration,
    Usage,
)
from cohere_aws._chat_reader import ChatReader, FirstChatItems
from strategies import METRICS

TOOLS = Reply(plan=["I ", "look."], calls=[("f", {"a": 1}), ("g", {})])
CITED = Reply(["Oh", " hi"], citations=[(0, 2), (1, 2)])


def read(items: Any, dialect: Any) -> tuple[list[StreamResponse], ChatReader]:
    reader = ChatReader(dialect)
    return [event for item in items for event in reader.read(item)], reader


def read_1(reply: Reply, **options: Any) -> tuple[list[StreamResponse], ChatReader]:
    return read([item for item, _ in items_1(reply, **options)], "command")


def read_2(reply: Reply, **options: Any) -> tuple[list[StreamResponse], ChatReader]:
    return read([item for item, _ in items_2(reply, **options)], "chat")


def documented(events: list[StreamResponse]) -> list[StreamResponse]:
    return [event for event in events if not isinstance(event, StreamOther)]


def test_the_events_of_version_1() -> None:
    events, reader = read_1(CITED)
    assert [type(event) for event in events] == [
        StreamStart,
        StreamQueryGeneration,
        StreamSearchResults,
        StreamTextGeneration,
        StreamTextGeneration,
        StreamCitationGeneration,
        StreamCitationGeneration,
        StreamEnd,
    ]
    assert [event.index for event in events] == [*range(8)]
    items = [item for item, _ in items_1(CITED)]
    assert [event.event_type for event in events] == [item["event_type"] for item in items]
    assert [event.is_finished for event in events] == [item["is_finished"] for item in items]
    for event, item in zip(events, items, strict=True):
        for name in ("generation_id", "text", "search_queries", "search_results", "documents"):
            assert event.get(name) == item.get(name)
        if isinstance(event, StreamCitationGeneration):
            assert event.citations == item["citations"]
    chat = reader.chat()
    assert (chat.text, chat.citations) == ("Oh hi", citations_1(CITED))
    # Of events alone: the last item does not have them.
    assert chat.search_queries == items[1]["search_queries"]
    assert chat.search_results == items[2]["search_results"]


def test_the_events_of_version_2() -> None:
    events, reader = read_2(CITED)
    found = documented(events)
    assert [type(event) for event in found] == [
        StreamStart,
        StreamTextGeneration,
        StreamTextGeneration,
        StreamCitationGeneration,
        StreamCitationGeneration,
        StreamEnd,
    ]
    assert [event.index for event in found] == [*range(6)]
    assert [event.event_type for event in found] == [
        "stream-start",
        "text-generation",
        "text-generation",
        "citation-generation",
        "citation-generation",
        "stream-end",
    ]
    assert [event.is_finished for event in found] == [False] * 5 + [True]
    start, first, _, *citations, end = found
    assert (start["generation_id"], start["conversation_id"]) == ("message 1", None)
    assert (first["text"], end["finish_reason"]) == ("Oh", "COMPLETE")
    assert [event["citations"] for event in citations] == [[each] for each in citations_2(CITED)]
    assert reader.chat() == Chat.from_dict(body_2(CITED))


def test_calls_of_tools() -> None:
    for (events, reader), body, text in (
        (read_1(TOOLS), body_1(TOOLS), "I look."),
        (read_2(TOOLS), body_2(TOOLS), ""),
    ):
        start, calls, end = documented(events)
        assert isinstance(calls, ChatToolCallsGenerationEvent)
        assert calls.text == "I look."
        assert [(call.name, call.parameters) for call in calls.tool_calls or ()] == TOOLS.calls
        assert [each.index for each in (start, calls, end)] == [0, 1, 2]
        assert reader.chat() == Chat.from_dict(body)
        assert reader.text() == text


@given(replies(), st.booleans())
def test_both_versions_give_the_same(reply: Reply, flag: bool) -> None:
    ones, first = read_1(reply, is_bare=flag)
    twos, second = read_2(reply, has_index=flag)
    kinds = [StreamStart, StreamTextGeneration, StreamCitationGeneration, ChatToolCallsGenerationEvent, StreamEnd]  # fmt: skip
    texts = [[each.text for each in events if isinstance(each, StreamTextGeneration) and each.text] for events in (ones, twos)]  # fmt: skip
    assert texts[0] == texts[1] == [each for each in reply.pieces if each]
    for kind in kinds:
        counts = [sum(type(each) is kind for each in events) for events in (ones, twos)]
        assert counts[0] == counts[1] or kind is StreamTextGeneration
    calls = [[(c.name, c.parameters) for c in reader.chat().tool_calls or ()] for reader in (first, second)]  # fmt: skip
    assert calls[0] == calls[1] == reply.calls
    for events in (ones, twos):
        assert [each.index for each in documented(events)] == [*range(len(documented(events)))]


@given(replies(), st.booleans())
def test_each_item_gives_an_event_and_items_without_one_come_unchanged(
    reply: Reply, is_second: bool
) -> None:
    items = items_2(reply) if is_second else items_1(reply)
    reader, others = ChatReader("chat" if is_second else "command"), []
    for item, _ in items:
        events = reader.read(item)
        assert events
        if any(isinstance(event, StreamOther) for event in events):
            (event,) = events
            others.append(event.item)  # type: ignore[attr-defined]
    read_kinds = {"message-start", "citation-start", "message-end"}
    expected = [
        item
        for item, text in items
        if (is_second and item["type"] not in read_kinds and not text)
        or item.get("event_type") == "tool-calls-chunk"
    ]
    assert others == expected


@given(replies())
def test_a_body_as_the_only_item(reply: Reply) -> None:
    for body, dialect in ((body_1(reply), "command"), (body_2(reply), "chat")):
        events, reader = read([body], dialect)
        chat = Chat.from_dict(body)
        assert reader.chat() == chat
        expected: list[type] = [StreamTextGeneration] * bool(chat.text)
        expected += [StreamCitationGeneration] * bool(chat.citations)
        expected += [ChatToolCallsGenerationEvent] * bool(chat.tool_calls) + [StreamEnd]
        assert [type(event) for event in events] == expected
        assert [event.index for event in events] == [*range(len(expected))]


def test_a_stream_of_a_model_that_is_not_for_chats() -> None:
    # Command has the same items without an event_type.
    items = [{"text": "a", "is_finished": False}, {"text": "b", "is_finished": False}]
    events, reader = read([*items, {"is_finished": True, "finish_reason": "COMPLETE"}], "command")
    assert [type(event) for event in events] == [StreamTextGeneration] * 2 + [StreamEnd]
    assert reader.chat().text == "ab"


def test_a_last_item_with_text() -> None:
    piece = {"event_type": "text-generation", "text": "a", "is_finished": True}
    events, reader = read([{**piece, "is_finished": False}, piece], "command")
    assert [type(event) for event in events] == [StreamTextGeneration] * 2 + [StreamEnd]
    assert reader.text() == "aa"


def test_an_end_that_only_metrics_report() -> None:
    items = [
        {"text": "a", "is_finished": False},
        {"is_finished": True, "index": 0, "finish_reason": "COMPLETE"},
        {METRICS: {"inputTokenCount": 5}},
        {METRICS: {"outputTokenCount": 6}},
    ]
    events, reader = read(items, "command")
    assert [type(event) for event in events] == [StreamTextGeneration, StreamOther, StreamEnd, StreamOther]  # fmt: skip
    assert (reader.usage, reader.finish_reason) == (Usage(5, 6), "COMPLETE")


def test_the_state_of_the_reader_of_the_dialect() -> None:
    reader = ChatReader("chat")
    assert (reader.text(), reader.usage, reader.finish_reason) == ("", None, None)
    assert (reader.last_item_read, reader.may_end) == (False, False)
    debug = {"type": "debug", "prompt": "a prompt"}
    assert reader.read(debug) == (StreamOther(debug),)
    assert reader.other_items == [debug]
    for item, _ in items_2(CITED):
        reader.read(item)
    assert reader.last_item_read
    assert reader.may_end
    assert reader.usage == Usage(7001, 7002, cache_read_tokens=7003)


def test_the_text_of_the_last_item_takes_precedence() -> None:
    reader = ChatReader("command")
    reader.read({"event_type": "text-generation", "text": "a"})
    assert reader.text() == "a"
    reader.read({"event_type": "stream-end", "response": {"response_id": "r", "text": "whole"}})
    assert reader.text() == reader.chat().text == "whole"


def test_the_chat_so_far() -> None:
    reader = ChatReader("command")
    start = {"event_type": "stream-start", "generation_id": "g", "conversation_id": "c"}
    reader.read(start)
    assert reader.chat() == Chat(None, "g", "", conversation_id="c")
    cited: list[dict[str, Any]] = [{"start": 0}]
    reader.read({"event_type": "citation-generation", "citations": cited})
    before = reader.chat()
    reader.read({"event_type": "citation-generation", "citations": [{"start": 1}]})
    reader.read({"event_type": "citation-generation", "citations": None})
    reader.read({"event_type": "tool-calls-generation", "tool_calls": calls_1(TOOLS), "text": "I"})
    assert (before.citations, cited) == ([{"start": 0}], [{"start": 0}])
    chat = reader.chat()
    assert chat.citations == [{"start": 0}, {"start": 1}]
    assert (chat.text, len(chat.tool_calls or ())) == ("", 2)


@pytest.mark.parametrize(
    "message", [None, {}, {"citations": None}, {"citations": []}, {"citations": [{"start": 0}]}]
)
def test_a_citation_of_version_2(message: dict[str, Any] | None) -> None:
    item = {"type": "citation-start", "index": 0, "delta": message and {"message": message}}
    (event,) = ChatReader("chat").read(item)
    assert isinstance(event, StreamCitationGeneration)
    assert event.citations == (message or {}).get("citations")


@pytest.mark.parametrize(
    ("dialect", "item", "message"),
    [
        ("command", {"event_type": "stream-start", "generation_id": 5}, "generation_id is a number; expected a string"),
        ("command", {"event_type": "citation-generation", "citations": {}}, "citations is an object; expected an array"),
        ("command", {"event_type": "tool-calls-generation", "tool_calls": [5]}, "tool_calls[0] is a number; expected an object"),
        ("command", {"event_type": "tool-calls-generation", "text": 5}, "text is a number; expected a string"),
        ("command", [], "the item is an array; expected an object"),
        ("chat", {"type": "message-start", "id": 5}, "id is a number; expected a string"),
    ],
)  # fmt: skip
def test_a_field_of_another_type(dialect: Any, item: Any, message: str) -> None:
    reader = ChatReader(dialect)
    with pytest.raises(StreamError) as caught:
        reader.read(item)
    assert str(caught.value) == message
    assert reader.chat().text == ""


def test_a_field_of_another_type_in_the_last_item() -> None:
    reader = ChatReader("command")
    reader.read({"event_type": "text-generation", "text": "a"})
    response = {"response_id": "r", "text": "a", "citations": {"a": 1}, "meta": {"tokens": {}}}
    with pytest.raises(StreamError, match=r"^citations is an object; expected an array$"):
        reader.read({"event_type": "stream-end", "response": response, "finish_reason": "COMPLETE"})
    # The rest of the item is not lost.
    rest = {"citations": {"a": 1}, "meta": {"tokens": {}}}
    assert reader.chat() == Chat("r", None, "a", finish_reason="COMPLETE", extra=rest)
    assert reader.text() == "a"


def test_an_error_of_the_model() -> None:
    for dialect in ("command", "chat"):
        with pytest.raises(ServiceError, match="an error without a code: m"):
            ChatReader(dialect).read({"message": "m"})


def test_another_dialect() -> None:
    with pytest.raises(
        StreamError, match=r"^the response is of the dialect tgi; expected a chat, "
    ):
        ChatReader("tgi")


def test_the_first_items_decide_the_version() -> None:
    first = FirstChatItems(None)
    assert first.answer() == Chat(None, None, "")
    assert first.read({"new": 5}) == ()
    events = first.read({"type": "message-start", "id": "m"})
    assert [type(event) for event in events] == [StreamOther, StreamStart]
    assert (first.dialect, first.answer().generation_id) == ("chat", "m")
    other = FirstChatItems(None)
    with pytest.raises(StreamError, match=r"^the response is of the dialect tgi; expected a chat"):
        other.read({"generated_text": "a"})
    assert other.answer() == Chat(None, None, "")
    assert FirstChatItems("command").answer().dialect == "command"
