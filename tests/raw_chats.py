"""Read a recorded chat from its raw JSON, in the plainest way, and without any code of the package."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class RawChat:
    """A chat.

    Attributes:
        dialect: The name of its version in the package.
        text: The text of the answer.
        joined: The pieces of the text in a stream, joined; or the text.
        finish_reason: Why it ended.
        ids: Its ID, and that of the reply.
        calls: The calls of tools, each with its name and its arguments.
        plan: The plan of the model.
        thinking: The thoughts of the model.
        citations: The citations.
        fields: Other fields, by their names in version 1.
        usage: The tokens in and out, and from a cache.
        events: The types of the documented events.
    """

    dialect: str
    text: str = ""
    joined: str = ""
    finish_reason: str | None = None
    ids: tuple[str | None, str | None] = (None, None)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    plan: str = ""
    thinking: str = ""
    citations: list[dict[str, Any]] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    usage: tuple[int | None, int | None, int | None] = (None, None, None)
    events: list[str] = field(default_factory=list)


def raw_chat(items: list[dict[str, Any]]) -> RawChat | None:
    """Return the chat in *items*, of a stream or one plain body; ``None`` if it is another answer."""
    first = items[0]
    if "generation_id" in first or first.get("event_type") in {"text-generation", "stream-start"}:
        return _version_1(items)
    message = first.get("message")
    if first.get("type") == "message-start" or (isinstance(message, dict) and "role" in message):
        return _version_2(items)
    return None


def _version_1(items: list[dict[str, Any]]) -> RawChat | None:
    last = items[-1]
    body = last.get("response", last)
    if "generation_id" not in body:
        return None
    chat = RawChat("command", body["text"], finish_reason=body.get("finish_reason"))
    chat.finish_reason = last.get("finish_reason") or chat.finish_reason
    chat.ids = body.get("response_id"), body["generation_id"]
    pieces = [each["text"] for each in items if each.get("event_type") == "text-generation"]
    chat.joined = "".join(pieces) or body["text"]
    chat.calls = [(each["name"], each["parameters"]) for each in body.get("tool_calls") or ()]
    chat.citations = body.get("citations") or []
    known = {"text", "finish_reason", "response_id", "generation_id", "tool_calls", "citations"}
    chat.fields = {key: value for key, value in body.items() if key not in known}
    counts, tokens = body.get("token_count", {}), body.get("meta", {}).get("tokens", {})
    chat.usage = (
        tokens.get("input_tokens", counts.get("prompt_tokens")),
        tokens.get("output_tokens", counts.get("response_tokens")),
        body.get("meta", {}).get("cached_tokens"),
    )
    if last is not body:
        kinds = [each["event_type"] for each in items]
        chat.events = [kind for kind in kinds if kind not in {"tool-calls-chunk", "debug"}]
    return chat


def _version_2(items: list[dict[str, Any]]) -> RawChat:
    chat = RawChat("chat")
    calls: list[list[str]] = []
    for item in items:
        delta = item.get("delta") or item
        message = delta.get("message") or {}
        for block in _objects(message, "content"):
            chat.text += block.get("text", "")
            chat.thinking += block.get("thinking", "")
            chat.events += ["text-generation"] * bool(block.get("text") and "delta" in item)
        chat.plan += message.get("tool_plan") or ""
        for part in _objects(message, "tool_calls"):
            if "name" in part["function"]:
                calls.append([part["function"]["name"], ""])
            calls[-1][1] += part["function"]["arguments"]
        chat.citations += _objects(message, "citations")
        if item.get("type") == "message-start":
            chat.events.append("stream-start")
        if item.get("type") == "citation-start":
            chat.events.append("citation-generation")
        if "id" in item:
            chat.ids = item["id"], item["id"]
        chat.finish_reason = delta.get("finish_reason", chat.finish_reason)
        if usage := delta.get("usage"):
            tokens, cached = usage["tokens"], usage.get("cached_tokens")
            chat.usage = (tokens["input_tokens"], tokens["output_tokens"], cached)
            chat.fields["meta"] = usage
    chat.joined = chat.text
    chat.calls = [(name, json.loads(text or "null") or {}) for name, text in calls]
    if chat.events:
        chat.events += ["tool-calls-generation"] * bool(calls) + ["stream-end"]
    return chat


def _objects(message: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = message.get(key) or []
    return [value] if isinstance(value, dict) else value
