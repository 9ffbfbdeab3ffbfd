"""Streams of Converse: events without bytes, through real clients and by themselves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import with_async_client
from cohere_aws import (
    CohereError,
    IncompleteStreamError,
    IncompleteStreamWarning,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamingGenerations,
    StreamingText,
    TransportError,
)
from cohere_aws._services import service_for
from cohere_aws.testing import Bytes, Recording, replay, serve
from cohere_aws.testing._botocore import stream_errors
from dialect_streams import objects_in
from strategies import texts, values
from testing.samples import MESSAGES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from cohere_aws import Generations

Event = dict[str, Any]

RECORDINGS = Path(__file__).parent / "recordings" / "converse"
CALL = {"modelId": "model", "messages": MESSAGES}

START: Event = {"messageStart": {"role": "assistant"}}
STOP: Event = {"messageStop": {"stopReason": "end_turn"}}
METADATA: Event = {
    "metadata": {
        "usage": {"inputTokens": 4, "outputTokens": 3, "totalTokens": 7},
        "metrics": {"latencyMs": 230},
    }
}


def delta(index: int, **member: Any) -> Event:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": member}}


def piece(text: str, index: int = 0) -> Event:
    return delta(index, text=text)


def block_stop(index: int) -> Event:
    return {"contentBlockStop": {"contentBlockIndex": index}}


WHOLE = [START, piece("a"), piece("b"), block_stop(0), STOP, METADATA]


def stream_of(*events: Any, **options: Any) -> StreamingGenerations:
    return StreamingGenerations(events, Mode.BEDROCK, **options)


@st.composite
def answers(draw: st.DrawFn) -> list[Event]:
    """Draw the events of a message with text, reasoning and tools, in any order."""
    events = [START]
    for index, kind in enumerate(draw(st.lists(st.sampled_from(["text", "reasoning", "tool"])))):
        parts = draw(st.lists(texts, min_size=1, max_size=3))
        if kind == "tool":
            tool = {"toolUseId": f"tool {index}", "name": "a_tool"}
            start = {"contentBlockIndex": index, "start": {"toolUse": tool}}
            events.append({"contentBlockStart": start})
        for part in parts:
            member = {
                "text": {"text": part},
                "reasoning": {"reasoningContent": {"text": part}},
                "tool": {"toolUse": {"input": part}},
            }[kind]
            events.append(delta(index, **member))
        events.append(block_stop(index))
    return [*events, STOP, METADATA] if draw(st.booleans()) else [*events, METADATA, STOP]


def text_of(events: list[Event]) -> str:
    """Return the text of an answer, by its events."""
    deltas = [
        event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event
    ]
    return "".join(each.get("text", "") for each in deltas)


def outcome(stream: StreamingGenerations) -> tuple[Any, ...]:
    """Return all that a caller learns from a stream."""
    pieces: list[StreamingText] = []
    error = None
    try:
        pieces.extend(stream)
    except CohereError as raised:
        error = type(raised), str(raised), raised.partial
    state = stream.dialect, stream.finish_reason, stream.usage, stream.other_items
    return pieces, error, stream.generations, state


@given(answers(), st.data())
def test_a_stream_that_is_cut_off_has_the_events_before(
    events: list[Event], data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, len(events)))
    found = events[:count]
    stream = stream_of(*found, strict=True)
    if STOP in found:
        assert stream.read().text == text_of(found)
        return
    with pytest.raises(IncompleteStreamError) as caught:
        stream.read()
    items = "1 item" if count == 1 else f"{count} items"
    assert str(caught.value) == f"the stream ended before its last item, after {items}"
    assert partial_text(caught.value) == text_of(found)


def partial_text(error: CohereError) -> str:
    assert error.partial is not None
    return error.partial.text if len(error.partial) else ""


@given(answers(), st.data())
def test_an_error_event_has_the_events_before(events: list[Event], data: st.DataObject) -> None:
    found = events[: data.draw(st.integers(0, len(events)))]
    code = data.draw(st.sampled_from(sorted(service_for(Mode.BEDROCK).error_events)))
    with pytest.raises(ServiceError, match=f"^{code}: words$") as caught:
        stream_of(*found, {code: {"message": "words"}}).read()
    assert caught.value.http_status == service_for(Mode.BEDROCK).error_events[code]
    assert partial_text(caught.value) == text_of(found)


@given(answers(), st.data())
def test_the_connection_may_break_off_after_any_event(
    events: list[Event], data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, len(events)))

    def source() -> Iterator[Event]:
        yield from events[:count]
        raise ConnectionResetError

    items = "1 item" if count == 1 else f"{count} items"
    with pytest.raises(TransportError, match=f"^the stream, after {items}, broke off: ") as caught:
        StreamingGenerations(source(), Mode.BEDROCK).read()
    assert partial_text(caught.value) == text_of(events[:count])


@given(answers())
def test_a_piece_is_yielded_by_its_event(events: list[Event]) -> None:
    found: list[str] = []
    counts: list[int] = []

    def source() -> Iterator[Event]:
        for event in events:
            yield event
            counts.append(len(found))

    for result in StreamingGenerations(source(), Mode.BEDROCK, strict=True):
        found.append(result.text)  # noqa: PERF401  # source() reads its length
    assert counts == [
        sum(1 for event in events[:count] if text_of([event]))
        for count in range(1, len(events) + 1)
    ]


@given(answers(), st.data())
def test_events_are_read_as_their_json_is(events: list[Event], data: st.DataObject) -> None:
    events = events[: data.draw(st.integers(1, len(events)))]
    chunks = [{"chunk": {"bytes": json.dumps(event).encode()}} for event in events]
    expected = outcome(stream_of(*events, strict=True))
    assert outcome(stream_of(*chunks, strict=True)) == expected
    flags = data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))
    mixed = [one if flag else other for one, other, flag in zip(events, chunks, flags, strict=True)]
    assert outcome(stream_of(*mixed, strict=True)) == expected


@given(answers(), st.data())
def test_damaged_events_are_read_as_their_json_is(events: list[Event], data: st.DataObject) -> None:
    events = json.loads(json.dumps(events))  # a copy, without objects in common
    details = [detail for event in events for detail in event.values()]
    damaged = data.draw(st.sampled_from([each for one in details for each in objects_in(one)]))
    key = data.draw(st.sampled_from([*damaged, "new", "text", "message", "p"]))
    damaged[key] = data.draw(values)
    chunks = [{"chunk": {"bytes": json.dumps(event).encode()}} for event in events]
    assert outcome(stream_of(*events, strict=True)) == outcome(stream_of(*chunks, strict=True))


def of_async(events: list[Any]) -> Generations:
    async def source() -> AsyncIterator[Any]:
        for event in events:
            yield event

    async def read() -> Generations:
        return await StreamingGenerations(source(), Mode.BEDROCK, strict=True).aread()

    return asyncio.run(read())


def of_sync(events: list[Any]) -> Generations:
    return stream_of(*events, strict=True).read()


both = pytest.mark.parametrize("read", [of_sync, of_async])


@both
def test_the_whole_answer(read: Callable[[list[Any]], Generations]) -> None:
    answer = read(WHOLE)
    assert (answer.text, answer[0].finish_reason, answer.dialect) == ("ab", "end_turn", "converse")
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (4, 3)
    nulls = dict.fromkeys([name for event in WHOLE for name in event])
    assert read([{**nulls, "chunk": None, **event} for event in WHOLE]) == answer


@both
@pytest.mark.parametrize("place", range(len(WHOLE) + 1))
def test_an_error_beside_an_event_comes_after_it(
    read: Callable[[list[Any]], Generations], place: int
) -> None:
    events = [dict(event) for event in WHOLE]
    events[min(place, len(WHOLE) - 1)]["throttlingException"] = {"message": "slow down"}
    with pytest.raises(ServiceError, match=r"^throttlingException: slow down$") as caught:
        read(events)
    assert caught.value.retryable
    assert partial_text(caught.value) == text_of(events[: place + 1])


@pytest.mark.parametrize(
    "event",
    [
        {"SDK_UNKNOWN_MEMBER": {"name": "newEvent"}},
        {"newEvent": {"of": "the service"}},
        delta(0, SDK_UNKNOWN_MEMBER={"name": "newDelta"}),
        {"contentBlockStart": {"contentBlockIndex": 1, "start": {"SDK_UNKNOWN_MEMBER": {}}}},
    ],
)
@pytest.mark.parametrize("place", range(WHOLE.index(STOP) + 1))
def test_an_event_that_is_newer_than_the_package_is_kept(event: Event, place: int) -> None:
    stream = stream_of(*WHOLE[:place], event, *WHOLE[place:], strict=True)
    assert stream.read().text == "ab"
    assert stream.other_items == [event]


@pytest.mark.parametrize("name", sorted(service_for(Mode.BEDROCK).item_events))
def test_an_event_that_lost_its_members_is_not_silent(name: str) -> None:
    # botocore yields it for a payload that is not JSON.
    stream = stream_of(START, piece("a"), {name: {}}, STOP)
    error = None
    try:
        stream.read()
    except MalformedStreamError as raised:
        error = raised
        assert str(error).startswith("item 2: ")
        assert partial_text(error) == "a"
    # The other events have members that may be absent.
    assert error is not None or (stream.other_items == [{name: {}}] and name != "contentBlockDelta")


@both
def test_an_empty_event_is_an_error(read: Callable[[list[Any]], Generations]) -> None:
    with pytest.raises(MalformedStreamError, match=r"^an event has no keys; ") as caught:
        read([START, piece("a"), {}, STOP])
    assert partial_text(caught.value) == "a"


def test_a_stream_that_is_read_as_another_dialect() -> None:
    with pytest.raises(MalformedStreamError, match=r"^item 0: .* converse, .* read as command$"):
        stream_of(*WHOLE, dialect="command").read()


# Real clients. botocore parses the frames.


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client("bedrock-runtime")


def test_the_whole_response_in_place_of_its_stream(client: Any) -> None:
    with replay(client, RECORDINGS / "stream-text.jsonl", match="order"):
        response = client.converse_stream(**CALL)
        with pytest.raises(TypeError, match=r"expected response\['stream'\], the stream in a resp"):
            StreamingGenerations(response, Mode.BEDROCK)
        assert StreamingGenerations(response["stream"], Mode.BEDROCK).read().text == " Café 😀"
    with replay(client, RECORDINGS / "plain-text.jsonl", match="order"):
        response = client.converse(**CALL)
        with pytest.raises(TypeError, match="with the keys 'ResponseMetadata', 'output', 'stop"):
            StreamingGenerations(response, Mode.BEDROCK)


def ask(client: Any, **options: Any) -> Generations:
    """Read a stream that a synchronous client gets."""
    stream = client.converse_stream(**CALL)["stream"]
    return StreamingGenerations(stream, Mode.BEDROCK, **options).read()


async def ask_async(client: Any, **options: Any) -> Generations:
    """Read a stream that an asynchronous client gets."""
    response = await client.converse_stream(**CALL)
    return await StreamingGenerations(response["stream"], Mode.BEDROCK, **options).aread()


TOOLS = Recording.load(RECORDINGS / "stream-tools.jsonl")
LENGTH = len(TOOLS.stream or ())


@pytest.mark.parametrize("code", stream_errors("bedrock-runtime", "ConverseStream"))
def test_an_error_after_any_event_of_a_client(code: str, client: Any) -> None:
    for count in range(LENGTH + 1):
        with (
            replay(client, TOOLS, match="order", fail_after=(count, code)),
            pytest.raises(ServiceError) as caught,
        ):
            ask(client)
        assert caught.value.code == code
        assert caught.value.http_status == service_for(Mode.BEDROCK).error_events[code]
        assert caught.value.__cause__ is not None
        assert partial_text(caught.value) == ("I look." if count > 1 else "")


def test_an_error_after_any_event_of_an_asynchronous_client() -> None:
    async def check(client: Any) -> None:
        for count in range(LENGTH + 1):
            fault = (count, "throttlingException")
            with (
                replay(client, TOOLS, match="order", fail_after=fault),
                pytest.raises(ServiceError, match=r"^throttlingException: ") as caught,
            ):
                await ask_async(client)
            assert partial_text(caught.value) == ("I look." if count > 1 else "")

    with_async_client(Mode.BEDROCK, check)


def test_a_cut_after_any_event_of_a_client(client: Any) -> None:
    stop = [event.name for event in TOOLS.stream or ()].index("messageStop")
    for count in range(LENGTH + 1):
        with replay(client, TOOLS, match="order", truncate_after=count):
            if count > stop:
                assert ask(client, strict=True)[0].finish_reason == "tool_use"
                continue
            with pytest.warns(IncompleteStreamWarning, match=f", after {count} item") as caught:
                answer = ask(client)
        (warning,) = caught
        assert warning.message.partial == answer
        assert [each.finish_reason for each in answer] in ([], [None])


def test_a_cut_inside_a_frame(client: Any) -> None:
    # botocore ends the iteration there, as it does between frames.
    size = sum(map(len, TOOLS.frames()[:2]))
    with (
        replay(client, TOOLS, match="order", truncate_after=Bytes(size + 5)),
        pytest.raises(IncompleteStreamError, match=r", after 2 items$") as caught,
    ):
        ask(client, strict=True)
    assert partial_text(caught.value) == "I look."


def test_a_frame_that_botocore_cannot_parse(client: Any) -> None:
    message = r"^the stream, after 2 items, gave bytes that cannot be parsed: botocore\.parsers\."
    with (
        replay(client, RECORDINGS / "stream-damaged-delta.jsonl", match="order"),
        pytest.raises(MalformedStreamError, match=message) as caught,
    ):
        ask(client)
    assert partial_text(caught.value) == " Café"
    assert type(caught.value.__cause__).__name__ == "ResponseParserError"


def test_streams_over_a_connection_that_is_reset() -> None:
    with serve(TOOLS, match="order", reset_after=3) as server:
        made = boto3.client("bedrock-runtime", endpoint_url=server.url)
        with pytest.raises(TransportError, match=r"^the stream, after [23] items, broke") as caught:
            ask(made)
        made.close()
    assert partial_text(caught.value) == "I look."
