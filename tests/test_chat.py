"""A chat with a model of Cohere: plain answers and streams of both versions of its API."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chats import Reply, body_1, body_2, items_1, items_2, replies
from cohere_aws import (
    Chat,
    CohereError,
    Generations,
    IncompleteStreamError,
    InvalidRequestError,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamEnd,
    StreamError,
    StreamingChat,
    StreamingGenerations,
    StreamOther,
    StreamStart,
    StreamTextGeneration,
    ToolCall,
    Usage,
    chat,
)
from cohere_aws.testing import Recording
from dialect_streams import ANSWERS, framed
from raw_answers import items_of, payload_of
from raw_chats import raw_chat
from strategies import METRICS, cuttings, events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE = Path(__file__).parent / "recordings" / "chat"
HI = Reply(["Oh", " hi"])
CITED = Reply(["Oh", " hi"], thinking=["Hm"], citations=[(0, 2)])
TOOLS = Reply(plan=["I ", "look."], calls=[("f", {"a": 1}), ("g", {})])
BODIES = [body(reply) for body in (body_1, body_2) for reply in (HI, CITED, TOOLS)]
FRAMED = ANSWERS["command"], ANSWERS["chat"]


def wire(items: list[tuple[dict[str, Any], str]]) -> list[bytes]:
    return [json.dumps(item).encode() for item, _ in items]


def stream_of(reply: Reply, *, version: int = 2, **options: Any) -> StreamingChat:
    items = items_1(reply) if version == 1 else items_2(reply)
    return StreamingChat(events(wire(items)), Mode.SAGEMAKER, strict=True, **options)


def outcome(payloads: list[bytes], **options: Any) -> tuple[Any, ...]:
    """Return all that a caller learns from the stream of *payloads*."""
    stream = StreamingChat(events(payloads), Mode.SAGEMAKER, **options)
    found, error = [], None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for event in stream:
                found.append(event)  # noqa: PERF402  # keeps those before an error
        except CohereError as raised:
            error = type(raised), str(raised), raised.partial
    warned = [(each.category, str(each.message)) for each in caught]
    state = stream.chat, stream.dialect, stream.text, stream.finish_reason, stream.usage
    return found, error, warned, state, stream.other_items


@pytest.mark.parametrize("body", BODIES)
def test_a_plain_answer_as_a_value(body: dict[str, Any]) -> None:
    answer = Chat.from_dict(body)
    same = Chat.from_dict(copy.deepcopy(body))
    assert (answer, hash(answer)) == (same, hash(same))
    assert answer != Chat.from_dict(BODIES[0]) or body is BODIES[0]
    for again in (copy.deepcopy(answer), pickle.loads(pickle.dumps(answer))):
        assert (again, again.dialect, repr(again)) == (answer, answer.dialect, repr(answer))
    data = answer.to_dict()
    assert Chat.from_dict(json.loads(json.dumps(data))) == answer
    assert Chat.from_dict(json.loads(json.dumps(data))).dialect == answer.dialect
    with pytest.raises(AttributeError, match="cannot be set"):
        answer.text = "b"  # type: ignore[misc]


def test_the_dialect_does_not_count_for_equality() -> None:
    assert Chat("r", "g", "a", dialect="chat") == Chat("r", "g", "a")
    assert "dialect" not in Chat("r", "g", "a", dialect="chat")


def test_the_repr_shows_documented_fields_and_those_with_a_value() -> None:
    lines = repr(Chat("r", "g", "a")).splitlines()
    assert [line.strip().partition(":")[0] for line in lines[1:-1]] == [*Chat._documented]
    assert "\ttool_plan: I look.\n" in repr(Chat("r", "g", "a", tool_plan="I look."))


def test_fields_are_keys() -> None:
    answer = Chat.from_dict(body_1(HI))
    assert (answer["text"], answer.get("citations", 5), "meta" in answer) == ("Oh hi", 5, True)
    assert [*answer] == [*answer.keys()] == [*dict(answer)]


def test_both_versions_have_the_same_names() -> None:
    for reply in (HI, TOOLS):
        first, second = Chat.from_dict(body_1(reply)), Chat.from_dict(body_2(reply))
        assert first.finish == second.finish
        assert [(call.name, call.parameters) for call in first.tool_calls or ()] == reply.calls
        assert [(call.name, call.parameters) for call in second.tool_calls or ()] == reply.calls
        assert first.meta["billed_units"]["input_tokens"] == 7004  # type: ignore[index]
        assert second.meta["billed_units"]["input_tokens"] == 7004  # type: ignore[index]
    assert (first.text, second.text, second.tool_plan) == ("I look.", "", "I look.")


def test_a_response_id_may_be_missing() -> None:
    body = body_1(HI)
    del body["response_id"]
    answer = Chat.from_dict(body)
    assert (answer.response_id, answer.generation_id) == (None, "generation 1")


@pytest.mark.parametrize("text", [{}, {"text": None}])
@pytest.mark.parametrize("rest", [{}, {"tool_calls": [{"name": "weather", "parameters": {}}]}])
def test_an_answer_without_text(text: dict[str, Any], rest: dict[str, Any]) -> None:
    body = {"response_id": "r", "generation_id": "g", "chat_history": [], **text, **rest}
    answer = Chat.from_dict(body)
    assert (answer.text, answer.response_id, answer.dialect) == ("", "r", "command")
    assert [call.name for call in answer.tool_calls or ()] == ["weather"] * len(rest)
    assert Chat.from_dict({"response_id": "r", **text}).text == ""
    assert Generations.from_dict(body).text == ""
    stream = StreamingChat(events([json.dumps(body).encode()]), Mode.SAGEMAKER, strict=True)
    assert [type(event) for event in stream][-1] is StreamEnd
    assert stream.chat == answer


def test_an_unknown_type_of_the_last_event() -> None:
    last = {"event_type": "answer-complete", "is_finished": True, "finish_reason": "COMPLETE"}
    stream = StreamingChat(events([json.dumps(last).encode()]), Mode.SAGEMAKER, strict=True)
    (end,) = stream
    assert isinstance(end, StreamEnd)
    assert stream.chat is not None
    assert stream.chat.extra == {"event_type": "answer-complete"}


@pytest.mark.parametrize("key", ["message", "error", "err"])
def test_an_error_with_a_response_id(key: str) -> None:
    body = {"response_id": "r", "text": None, key: "too many tokens"}
    with pytest.raises(ServiceError, match="too many tokens"):
        Chat.from_dict(body)
    with pytest.raises(ServiceError, match="too many tokens"):
        list(StreamingChat(events([json.dumps(body).encode()]), Mode.SAGEMAKER))


def test_a_body_that_is_not_a_chat() -> None:
    with pytest.raises(ServiceError, match="too many tokens"):
        Chat.from_dict({"message": "too many tokens"})
    with pytest.raises(StreamError, match=r"^the response is of the dialect tgi; expected a chat"):
        Chat.from_dict({"generated_text": "a"})
    with pytest.raises(StreamError, match=r"^the response is of the dialect chat, by its keys"):
        Chat.from_dict(body_2(HI), dialect="command")
    with pytest.raises(StreamError, match=r"^no dialect has the keys 'new'"):
        Chat.from_dict({"new": 5})
    with pytest.raises(StreamError, match=r"^the response is a string; expected an object"):
        Chat.from_dict("words")  # type: ignore[arg-type]
    with pytest.raises(
        InvalidRequestError, match=r"^dialect is 'tgi'; expected one of command, ch"
    ):
        Chat.from_dict(body_2(HI), dialect="tgi")
    with pytest.raises(InvalidRequestError, match=r"^dialect is 'tgi'"):
        Chat.from_response({}, Mode.BEDROCK, dialect="tgi")


class Body:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.close = lambda: None

    def read(self) -> bytes:
        return self._data


@pytest.mark.parametrize("body", BODIES)
def test_a_response_of_boto3(body: dict[str, Any]) -> None:
    data = json.dumps(body).encode()
    assert Chat.from_response({"Body": Body(data)}, Mode.SAGEMAKER) == Chat.from_dict(body)
    headers = {"x-amzn-bedrock-input-token-count": "5"}
    response = {"body": Body(data), "ResponseMetadata": {"HTTPHeaders": headers}}
    answer = Chat.from_response(response, Mode.BEDROCK)
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (5, 7002)


@settings(max_examples=60)
@given(data=st.data())
def test_cuts_do_not_change_the_outcome(data: st.DataObject) -> None:
    parts = data.draw(framed(data.draw(data.draw(st.sampled_from(FRAMED)).streams)))
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


@settings(max_examples=30)
@given(replies(), st.sampled_from([items_1, items_2]))
def test_a_stream_that_is_cut_off_at_any_item(reply: Reply, write: Any) -> None:
    payloads = wire(write(reply))
    whole = outcome(payloads, strict=True)
    assert whole[1:3] == (None, [])
    text = ""
    for count in range(len(payloads)):
        found, error, _, state, _ = outcome(payloads[:count], strict=True)
        assert found == whole[0][: len(found)]
        text = "".join(each.text for each in found if isinstance(each, StreamTextGeneration))
        kind, message, partial = error
        assert kind is IncompleteStreamError
        assert f"after {count} item" in message
        assert state[0] == partial
        assert (partial.text, partial.finish_reason) == (text, None)
    assert not any(isinstance(each, StreamEnd) for each in found)


@given(replies(), st.sampled_from([1, 2]))
def test_a_stream_reads_as_a_chat_and_as_generations(reply: Reply, version: int) -> None:
    payloads = wire(items_1(reply) if version == 1 else items_2(reply))
    chat_stream = StreamingChat(events(payloads), Mode.SAGEMAKER, strict=True)
    plain = StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True)
    pieces = [piece.text for piece in plain if piece.text]
    assert [text for text in chat_stream.text_stream if text] == pieces
    answer, whole = plain.read(), chat_stream.read()
    assert (whole.text, whole.usage, whole.dialect) == (answer.text, answer.usage, answer.dialect)
    assert (whole.finish_reason, whole.finish) == (answer[0].finish_reason, answer[0].finish)
    uses = [(use.name, use.input) for use in answer[0].tool_calls or ()]
    assert [(call.name, call.parameters) for call in whole.tool_calls or ()] == uses
    assert chat_stream.other_items == plain.other_items


def test_documented_attributes_are_filled_at_the_end() -> None:
    stream = stream_of(CITED, version=1)
    start = next(iter(stream))
    assert isinstance(start, StreamStart)
    names = [name for name in StreamingChat._documented if name not in {"payload_key", "bytes_key"}]
    early = {"generation_id": "generation 1", "text": ""}
    assert {name: getattr(stream, name) for name in names} == dict.fromkeys(names) | early
    assert (stream.conversation_id, stream.chat) == (None, None)
    answer = stream.read()
    assert {name: getattr(stream, name) for name in names} == {name: answer[name] for name in names}
    assert stream.chat is stream.chat
    assert stream.chat == answer
    assert answer.citations
    assert answer.search_results
    assert stream.stream_response is not None


def test_documented_attributes_of_version_2() -> None:
    stream = stream_of(TOOLS)
    answer = stream.read()
    assert stream.response_id == stream.generation_id == "message 1"
    assert stream.tool_calls == answer.tool_calls
    assert (stream.finish_reason, stream.usage) == ("TOOL_CALL", Usage(7001, 7002, cache_read_tokens=7003))  # fmt: skip


def test_the_repr_shows_neither_source_nor_payloads() -> None:
    stream = StreamingChat([{"PayloadPart": {"Bytes": b"secret"}}], Mode.SAGEMAKER)
    assert "secret" not in repr(stream)
    assert repr(stream).startswith("cohere.StreamingChat {\n\ttext: \n\tresponse_id: None\n")
    stream.close()


def test_one_item_read_by_hand() -> None:
    stream = StreamingChat([], Mode.BEDROCK)
    debug = {"event_type": "debug", "prompt": "a"}
    assert stream._make_response_item(5, debug) is None
    event = stream._make_response_item(7, {"event_type": "text-generation", "text": "a"})
    assert (event.index, event.text) == (7, "a")


def test_the_pieces_of_text() -> None:
    assert list(stream_of(CITED).text_stream) == ["Oh", " hi"]
    assert list(stream_of(TOOLS, version=1).text_stream) == []

    async def source() -> AsyncIterator[dict[str, Any]]:
        for event in events(wire(items_2(CITED))):
            yield event

    async def texts() -> list[str]:
        async with StreamingChat(source(), Mode.SAGEMAKER, strict=True) as stream:
            return [text async for text in stream.text_stream]

    assert asyncio.run(texts()) == ["Oh", " hi"]


def test_nothing_of_a_stream_is_dropped() -> None:
    debug = {"event_type": "debug", "prompt": "a", "is_finished": False}
    items = [item for item, _ in items_1(TOOLS)]
    items.insert(3, debug)
    found = outcome([json.dumps(item).encode() for item in items], strict=True)[0]
    others = [event.item for event in found if isinstance(event, StreamOther)]
    assert others == [item for item in items if item["event_type"] in {"debug", "tool-calls-chunk"}]
    assert [event.index for event in found if event.index is not None] == [0, 1, 2]


def test_metrics_after_the_last_item() -> None:
    metrics = json.dumps({METRICS: {"inputTokenCount": 5, "new": 1}}).encode()
    for items in (items_1(HI), items_2(HI)):
        found, error, _, state, _ = outcome([*wire(items), metrics], strict=True)
        assert error is None
        assert isinstance(found[-1], StreamOther)
        assert state[0].usage.input_tokens == 5
        assert state[0].extra[METRICS] == {"new": 1}


@pytest.mark.parametrize(
    ("payload", "dialect", "message"),
    [
        (b'{"generated_text":"a"}', None, "item 0: the response is of the dialect tgi; expected a chat"),
        (b'{"text":"a"}', "chat", "item 0: the response is of the dialect command"),
        (b'{"event_type":"citation-generation","citations":5}', None, "item 0: citations is a number"),
        (b'{"event_type":"stream-end","response":{"text":"","response_id":"r","citations":5}}', None, "item 0: citations is a number"),
    ],
)  # fmt: skip
def test_an_item_that_cannot_be_read(payload: bytes, dialect: Any, message: str) -> None:
    kind, words, partial = outcome([payload], dialect=dialect)[1]
    assert kind is MalformedStreamError
    assert words.startswith(message)
    assert isinstance(partial, Chat)


def test_an_error_between_the_items() -> None:
    source = [*events(wire(items_2(HI))[:4]), {"ModelStreamError": {"Message": "m"}}]
    with pytest.raises(ServiceError) as caught:
        StreamingChat(source, Mode.SAGEMAKER).read()
    assert isinstance(caught.value.partial, Chat)
    assert caught.value.partial.text == "Oh hi"
    assert pickle.loads(pickle.dumps(caught.value)).partial == caught.value.partial


def test_public_names() -> None:
    assert ToolCall.__module__ == Chat.__module__ == StreamingChat.__module__ == "cohere_aws.chat"
    assert chat.Chat is Chat


def recordings(folder: Path | None) -> list[Path]:
    here = sorted(HERE.glob("*.jsonl"))
    return [*here, *(sorted(folder.rglob("chat/*.jsonl")) if folder else ())]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give ``path`` the path of each recorded chat."""
    if "path" in metafunc.fixturenames:
        found = recordings(metafunc.config.getoption("--recordings"))
        metafunc.parametrize("path", found, ids=lambda path: path.stem)


def test_the_chat_is_that_of_the_raw_json(path: Path) -> None:
    raw, recording = raw_chat(items_of(payload_of(path))), Recording.load(path)
    assert raw is not None
    stream = StreamingChat(events([payload_of(path)]), Mode.SAGEMAKER, strict=True)
    found = [event for event in stream if not isinstance(event, StreamOther)]
    answer = stream.read()
    if recording.response:
        assert Chat.from_dict(json.loads(recording.response.body)) == answer
    else:
        assert [event.event_type for event in found] == raw.events
        assert [event.index for event in found] == [*range(len(found))]
        texts = [event.text for event in found if isinstance(event, StreamTextGeneration)]
        assert "".join(texts) == (raw.joined if texts else "")
    assert (answer.text, answer.finish_reason, answer.dialect) == (raw.text, raw.finish_reason, raw.dialect)  # fmt: skip
    assert (answer.response_id, answer.generation_id) == raw.ids
    assert [(call.name, call.parameters) for call in answer.tool_calls or ()] == raw.calls
    assert (answer.tool_plan or "", answer.citations or []) == (raw.plan, raw.citations)
    blocks = [block for block in answer.content or () if block.get("type") == "thinking"]
    assert "".join(block["thinking"] for block in blocks) == raw.thinking
    assert {name: answer.get(name) for name in raw.fields} == raw.fields
    usage = answer.usage or Usage()
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens) == raw.usage
    assert Chat.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


MEANS: dict[str, tuple[str, str]] = {
    "text": (" Café 😀", "complete"),
    "max-tokens": (" Café 😀", "max_tokens"),
    "citations": (" Café 😀", "complete"),
    "thinking": (" Café 😀", "complete"),
    "tools": ("", "tool_use"),
    "null-arguments": ("", "tool_use"),
    "search-queries": ("", "complete"),
    "events": (" Café 😀", "complete"),
    "without-index": (" Café 😀", "complete"),
    "bare": (" Café 😀", "complete"),
}


@pytest.mark.parametrize("name", sorted(path.stem for path in HERE.glob("*.jsonl")))
def test_what_each_recording_means(name: str) -> None:
    version, form, shape = name.split("-", 2)
    payload = payload_of(HERE / f"{name}.jsonl")
    answer = StreamingChat(events([payload]), Mode.SAGEMAKER, strict=True).read()
    text, finish = MEANS[shape]
    text = "I will look." if (version, shape) == ("v1", "tools") else text
    assert (answer.text, answer.finish) == (text, finish)
    assert answer.dialect == {"v1": "command", "v2": "chat"}[version]
    calls = [(call.name, call.parameters) for call in answer.tool_calls or ()]
    has_calls = shape in {"tools", "null-arguments"}
    assert calls == ([("weather", {"city": "Paris"}), ("time", {})] if has_calls else [])
    plain = HERE / f"{version}-plain-{shape}.jsonl"
    if form == "stream" and plain.exists():
        body = json.loads(payload_of(plain))
        searched = {"search_queries": None, "search_results": None}
        assert Chat.from_dict(answer.to_dict() | searched) == Chat.from_dict(body)
        assert Generations.from_dict(body).text == answer.text
