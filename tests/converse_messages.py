"""Messages of Converse, and the plain bodies and streams that carry them.

Values are as in JSON: blobs are base64. Numbers and names are unique within a message, so that a
lost one is not mistaken for another one.
"""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

from hypothesis import strategies as st

from strategies import texts

Block = dict[str, Any]
Event = dict[str, Any]


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


_objects = st.dictionaries(
    texts, st.none() | st.booleans() | st.integers(1000) | texts | st.lists(texts), max_size=3
)


_blobs = st.binary(min_size=1, max_size=12).map(base64_of)


def blocks(number: int) -> st.SearchStrategy[Block]:
    """Return a strategy of the blocks that an assistant may send; *number* makes names unique."""
    fixed = st.fixed_dictionaries
    text = fixed({"text": texts})
    citation = {
        "title": f"title {number}",
        "source": f"source {number}",
        "sourceContent": [{"text": f"a source {number}"}],
        "location": {"documentPage": {"documentIndex": 1000 + number, "start": 1, "end": 2}},
    }
    citations = [citation, {"location": {"web": {"url": f"url {number}"}}}]
    kinds = {
        "toolUse": fixed(
            {"toolUseId": st.just(f"id {number}"), "name": st.just("a tool"), "input": _objects},
            optional={"type": st.sampled_from(["tool_use", "server_tool_use"])},
        ),
        "toolResult": fixed(
            {
                "toolUseId": st.just(f"id {number}"),
                "status": st.just("success"),
                "type": st.just(f"result {number}"),
                "content": st.lists(text | fixed({"json": _objects}), max_size=3),
            }
        ),
        "reasoningContent": fixed({"redactedContent": _blobs})
        | fixed(
            {
                "reasoningText": fixed(
                    {"text": texts}, optional={"signature": st.just(f"signature {number}")}
                )
            }
        ),
        "citationsContent": fixed(
            {
                "content": text.map(lambda part: [part]),
                "citations": st.sampled_from([citations, citations[1:]]),
            }
        ),
        "image": fixed({"format": st.just(f"format {number}"), "source": fixed({"bytes": _blobs})}),
    }
    return st.one_of(text, text, *(fixed({kind: each}) for kind, each in kinds.items()))


@st.composite
def messages(draw: st.DrawFn) -> list[Block]:
    """Draw the content of a message."""
    return [draw(blocks(number)) for number in range(draw(st.integers(0, 4)))]


def text_of(content: list[Block]) -> str:
    """Return the text of a message."""
    parts = []
    for block in content:
        parts += [block, *block.get("citationsContent", {}).get("content", [])]
    return "".join(part.get("text", "") for part in parts)


def body_of(content: list[Block], **fields: Any) -> dict[str, Any]:
    """Return a plain body, with *fields* beside the message."""
    message = {"role": "assistant", "content": content}
    return {"output": {"message": message}, "stopReason": "end_turn", **fields}


def delta(index: int, **value: Any) -> Event:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": value}}


@st.composite
def _cut(draw: st.DrawFn, value: Any, step: int = 1) -> list[Any]:
    """Draw a way to cut a string or bytes, at multiples of *step*."""
    places = draw(st.lists(st.integers(0, len(value) // step), max_size=3))
    edges = [0, *sorted(place * step for place in places), len(value)]
    return [value[start:end] for start, end in itertools.pairwise(edges)]


@st.composite
def _deltas(draw: st.DrawFn, kind: str, value: Any) -> list[dict[str, Any]]:
    """Draw the deltas of a block."""
    if kind == "text":
        return [{"text": each} for each in draw(_cut(value))]
    if kind == "toolUse":
        text = json.dumps(value["input"], ensure_ascii=draw(st.booleans()))
        if not value["input"]:
            text = draw(st.sampled_from(["{}", "", " "]))
        return [{"toolUse": {"input": each}} for each in draw(_cut(text))]
    if kind == "toolResult":
        return [{"toolResult": each} for each in draw(_cut(value["content"]))]
    if kind == "image":
        # A multiple of 3 bytes has a base64 that is a part of that of the whole.
        parts = draw(_cut(base64.b64decode(value["source"]["bytes"]), 3))
        return [{"image": {"source": {"bytes": base64_of(each)}}} for each in parts]
    if kind == "reasoningContent":
        return [{"reasoningContent": each} for each in draw(_reasoning(value))]
    deltas = draw(_deltas("text", value["content"][0]["text"]))
    places = [draw(st.integers(0, len(deltas))) for _ in value["citations"]]
    for place, citation in zip(sorted(places)[::-1], value["citations"][::-1], strict=True):
        deltas.insert(place, {"citation": citation})
    return deltas


@st.composite
def _reasoning(draw: st.DrawFn, value: dict[str, Any]) -> list[dict[str, Any]]:
    if "redactedContent" in value:
        parts = draw(_cut(base64.b64decode(value["redactedContent"]), 3))
        return [{"redactedContent": base64_of(each)} for each in parts]
    found = []
    for key, text in value["reasoningText"].items():
        found += [{key: each} for each in draw(_cut(text))]
    return found


@st.composite
def events_of_block(draw: st.DrawFn, block: Block, index: int) -> list[Event]:
    """Draw the events of one block."""
    ((kind, value),) = block.items()
    deltas = draw(_deltas(kind, value))
    if kind == "toolUse" and not value["input"] and draw(st.booleans()):
        deltas = []
    found = [delta(index, **each) for each in deltas]
    in_deltas = {"toolUse": "input", "toolResult": "content", "image": "source"}
    if kind in in_deltas:
        start = {kind: {key: each for key, each in value.items() if key != in_deltas[kind]}}
        found.insert(0, {"contentBlockStart": {"contentBlockIndex": index, "start": start}})
    return [*found, {"contentBlockStop": {"contentBlockIndex": index}}]


@st.composite
def events_of(draw: st.DrawFn, content: list[Block], metadata: dict[str, Any]) -> list[Event]:
    """Draw a stream of a message: its deltas cut, and its blocks in order or mixed."""
    indexes = draw(
        st.lists(st.integers(0, 20), min_size=len(content), max_size=len(content), unique=True).map(
            sorted
        )
    )
    queues = [
        draw(events_of_block(block, index)) for block, index in zip(content, indexes, strict=True)
    ]
    if draw(st.booleans()):
        found = [event for queue in queues for event in queue]
    else:
        order = draw(st.permutations([i for i, queue in enumerate(queues) for _ in queue]))
        found = [queues[i].pop(0) for i in order]
    stop = {"messageStop": {"stopReason": "end_turn"}}
    end = draw(st.permutations([stop, {"metadata": metadata.copy()}]))
    events = [{"messageStart": {"role": "assistant"}}, *found, *end]
    if draw(st.booleans()):
        for event in events:
            (detail,) = event.values()
            detail["p"] = "abcdefgh"
    return events
