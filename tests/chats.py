"""Constructed chats with a model of Cohere, as both versions of its API send them.

A ``Reply`` is what a model says; the functions write it as items of a stream or as a plain body.
Numbers and names are unique within a reply, so that a lost one is not mistaken for another one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from strategies import pieces, texts

Items = list[tuple[dict[str, Any], str]]  # the items of a stream, each with its piece of the text


@dataclass
class Reply:
    """What a model says.

    Attributes:
        pieces: The pieces of its text.
        thinking: The pieces of its thoughts, which version 1 does not have.
        plan: The pieces of its plan to call tools.
        calls: The calls of tools: names and parameters.
        citations: Positions in the text.
        reason: Why it ended.
    """

    pieces: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    citations: list[tuple[int, int]] = field(default_factory=list)
    reason: str = "COMPLETE"

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    calls = [
        (f"tool {number}", draw(st.sampled_from([{}, {f"argument {number}": 7100 + number}])))
        for number in range(draw(st.integers(0, 2)))
    ]
    # A model that calls tools says nothing else.
    return Reply(
        pieces=[] if calls else draw(st.lists(pieces, min_size=1, max_size=5)),
        thinking=draw(st.lists(texts.filter(len), max_size=3)),
        plan=draw(st.lists(texts.filter(len), max_size=3)) if calls else [],
        calls=calls,
        citations=[(7200 + i, 7300 + i) for i in range(0 if calls else draw(st.integers(0, 2)))],
        reason=draw(st.sampled_from(["COMPLETE", "MAX_TOKENS", "STOP_SEQUENCE"])),
    )


def body_1(reply: Reply) -> dict[str, Any]:
    """Return *reply* as a plain body of version 1."""
    text = reply.text or "".join(reply.plan)
    body: dict[str, Any] = {
        "response_id": "response 1",
        "text": text,
        "generation_id": "generation 1",
        "chat_history": [{"role": "USER", "message": "a question"}],
        "finish_reason": reply.reason,
        "token_count": {"prompt_tokens": 7001, "response_tokens": 7002, "billed_tokens": 7003},
        "meta": {"api_version": {"version": "1"}, "billed_units": {"input_tokens": 7004}},
    }
    if reply.citations:
        body["citations"] = citations_1(reply)
        body["documents"] = [{"id": "document 1", "title": "a title"}]
    if reply.calls:
        body["tool_calls"] = calls_1(reply)
    return body


def citations_1(reply: Reply) -> list[dict[str, Any]]:
    return [
        {"start": start, "end": end, "text": f"cited {start}", "document_ids": ["document 1"]}
        for start, end in reply.citations
    ]


def calls_1(reply: Reply) -> list[dict[str, Any]]:
    return [{"name": name, "parameters": parameters} for name, parameters in reply.calls]


def items_1(reply: Reply, *, is_bare: bool = False) -> Items:
    """Return *reply* as a stream of version 1; *is_bare* leaves out ``is_finished``."""
    found: Items = [({"event_type": "stream-start", "generation_id": "generation 1"}, "")]
    query = {"text": "a query", "generation_id": "generation 2"}
    if reply.citations:
        found += [
            ({"event_type": "search-queries-generation", "search_queries": [query]}, ""),
            ({"event_type": "search-results", "search_results": [{"document_ids": ["document 1"]}],
              "documents": [{"id": "document 1", "title": "a title"}]}, ""),
        ]  # fmt: skip
    found += [({"event_type": "text-generation", "text": piece}, piece) for piece in reply.pieces]
    for each in citations_1(reply):
        found.append(({"event_type": "citation-generation", "citations": [each]}, ""))
    found += [({"event_type": "tool-calls-chunk", "text": piece}, "") for piece in reply.plan]
    for number, (name, parameters) in enumerate(reply.calls):
        for delta in ({"name": name}, {"parameters": json.dumps(parameters)}):
            part = {"index": number, **delta}
            found.append(({"event_type": "tool-calls-chunk", "tool_call_delta": part}, ""))
    if reply.calls:
        calls = {"event_type": "tool-calls-generation", "tool_calls": calls_1(reply)}
        found.append(({**calls, "text": "".join(reply.plan)}, ""))
    last = {"event_type": "stream-end", "finish_reason": reply.reason, "response": body_1(reply)}
    found.append((last, ""))
    if not is_bare:
        for item, _ in found:
            item["is_finished"] = item is last
    return found


def usage_2() -> dict[str, Any]:
    return {
        "billed_units": {"input_tokens": 7004, "output_tokens": 7005},
        "tokens": {"input_tokens": 7001, "output_tokens": 7002},
        "cached_tokens": 7003,
    }


def citations_2(reply: Reply) -> list[dict[str, Any]]:
    source = {"type": "document", "id": "document 1", "document": {"title": "a title"}}
    return [
        {"start": start, "end": end, "text": f"cited {start}", "sources": [source.copy()]}
        for start, end in reply.citations
    ]


def calls_2(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call {number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(parameters) if parameters else ""},
        }
        for number, (name, parameters) in enumerate(reply.calls)
    ]


def body_2(reply: Reply) -> dict[str, Any]:
    """Return *reply* as a plain body of version 2."""
    blocks: list[dict[str, Any]] = []
    if reply.thinking:
        blocks.append({"type": "thinking", "thinking": "".join(reply.thinking)})
    if reply.pieces:
        blocks.append({"type": "text", "text": reply.text})
    message: dict[str, Any] = {"role": "assistant"}
    if blocks:
        message["content"] = blocks
    if reply.plan:
        message["tool_plan"] = "".join(reply.plan)
    if reply.calls:
        message["tool_calls"] = calls_2(reply)
    if reply.citations:
        message["citations"] = citations_2(reply)
    return {
        "id": "message 1",
        "message": message,
        "finish_reason": "TOOL_CALL" if reply.calls else reply.reason,
        "usage": usage_2(),
    }


def items_2(reply: Reply, *, has_index: bool = True) -> Items:
    """Return *reply* as a stream of version 2."""
    empty = {"content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    found: Items = [_item("message-start", role="assistant", **empty)]
    found[0][0]["id"] = "message 1"
    found += [_item("tool-plan-delta", tool_plan=piece) for piece in reply.plan]
    kinds = [("thinking", reply.thinking), ("text", reply.pieces)]
    for number, (kind, parts) in enumerate(each for each in kinds if each[1]):
        found.append(_item("content-start", number, content={"type": kind, kind: ""}))
        found += [_item("content-delta", number, content={kind: piece}) for piece in parts]
        found.append(_item("content-end", number))
    for number, call in enumerate(calls_2(reply)):
        arguments, call["function"]["arguments"] = call["function"]["arguments"], ""
        found.append(_item("tool-call-start", number, tool_calls=call))
        for part in filter(None, (arguments[:3], arguments[3:])):
            parts = {"function": {"arguments": part}}
            found.append(_item("tool-call-delta", number, tool_calls=parts))
        found.append(_item("tool-call-end", number))
    for number, citation in enumerate(citations_2(reply)):
        found += [
            _item("citation-start", number, citations=citation),
            _item("citation-end", number),
        ]
    found.append(_item("message-end"))
    reason = "TOOL_CALL" if reply.calls else reply.reason
    found[-1][0]["delta"] = {"finish_reason": reason, "usage": usage_2()}
    if not has_index:
        for item, _ in found:
            item.pop("index", None)
    return found


def _item(type_: str, index: int | None = None, **message: Any) -> tuple[dict[str, Any], str]:
    item: dict[str, Any] = {"type": type_}
    if index is not None:
        item["index"] = index
    if message:
        item["delta"] = {"message": message}
    return item, message.get("content", {}).get("text", "") if type_ == "content-delta" else ""
