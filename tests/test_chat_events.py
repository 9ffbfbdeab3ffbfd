"""The events of a streamed chat."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from cohere_aws import (
    ChatToolCallsGenerationEvent,
    StreamCitationGeneration,
    StreamEnd,
    StreamEvent,
    StreamOther,
    StreamQueryGeneration,
    StreamResponse,
    StreamSearchResults,
    StreamStart,
    StreamTextGeneration,
    ToolCall,
)
from cohere_aws._chat_events import text_event

CASES: list[tuple[type[StreamResponse], dict[str, Any], str]] = [
    (StreamStart, {"generation_id": "g", "conversation_id": "c"}, "stream-start"),
    (StreamQueryGeneration, {"search_queries": [{"text": "a"}]}, "search-queries-generation"),
    (StreamSearchResults, {"search_results": [], "documents": [{}]}, "search-results"),
    (StreamTextGeneration, {"text": "a"}, "text-generation"),
    (ChatToolCallsGenerationEvent, {"tool_calls": [ToolCall("f", {})]}, "tool-calls-generation"),
    (StreamCitationGeneration, {"citations": [{"start": 0}]}, "citation-generation"),
    (StreamEnd, {"finish_reason": "COMPLETE"}, "stream-end"),
]


@pytest.mark.parametrize(("kind", "fields", "event_type"), CASES)
def test_a_documented_event(kind: Any, fields: dict[str, Any], event_type: str) -> None:
    event = kind(*fields.values(), is_finished=False, event_type=event_type, index=3)
    assert event == kind(**fields, is_finished=False, event_type=event_type, index=3)
    assert {name: event[name] for name in fields} == fields
    assert (event.is_finished, event.index, event.event_type) == (False, 3, event_type)
    assert kind.documented_type == StreamEvent(event_type) == event_type
    lines = repr(event).split("\n")
    assert lines[:4] == [
        f"cohere.{kind.__name__} {{", "\tis_finished: False", "\tindex: 3", f"\tevent_type: {event_type}"
    ]  # fmt: skip
    assert pickle.loads(pickle.dumps(event)) == event
    with pytest.raises(AttributeError, match="cannot be set"):
        event.index = 4


def test_all_documented_types_have_a_class() -> None:
    assert [kind.documented_type for kind, _, _ in CASES] == [*StreamEvent]
    base = StreamResponse(True, "a-type", None)  # noqa: FBT003
    assert (base.is_finished, base.event_type, base.index) == (True, "a-type", None)
    assert StreamStart("g", is_finished=False, event_type="", index=0).conversation_id is None


def test_the_text_beside_calls_of_tools() -> None:
    base = {"is_finished": False, "event_type": "tool-calls-generation", "index": 0}
    assert ChatToolCallsGenerationEvent(None, **base).text is None
    assert ChatToolCallsGenerationEvent([], text="I look.", **base).text == "I look."


@pytest.mark.parametrize(
    ("item", "event_type"),
    [
        ({"event_type": "tool-calls-chunk", "text": "a"}, "tool-calls-chunk"),
        ({"type": "debug", "prompt": "a"}, "debug"),
        ({"type": None}, ""),
        ({}, ""),
    ],
)
def test_an_item_that_is_not_documented(item: dict[str, Any], event_type: str) -> None:
    event = StreamOther(item)
    assert (event.item, event.event_type) == (item, event_type)
    assert (event.index, event.is_finished) == (None, False)
    assert event.item is not item
    assert pickle.loads(pickle.dumps(event)) == event


def test_a_piece_of_text_made_the_fast_way() -> None:
    slow = StreamTextGeneration("a", is_finished=False, event_type="text-generation", index=2)
    fast = text_event("a", 2)
    assert (fast, repr(fast), type(fast.event_type)) == (slow, repr(slow), str)
