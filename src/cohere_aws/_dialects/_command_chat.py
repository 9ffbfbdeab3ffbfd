"""An answer of Cohere's chat v1, of which ``command`` reads the text.

::

    {"response_id": …, "generation_id": …, "text": …, "chat_history": […], "finish_reason": …, …}

It is a plain body, or the ``response`` in the last item of a stream. The text may be missing or
``null``, for example in an answer that calls tools; it is then empty. Calls of tools, which it has
as ``[{"name": …, "parameters": {…}}, …]``, are in ``tool_calls`` of the generation. All fields but
IDs, text, prompt and finish reason are in ``extra`` of the answer, unchanged: also ``tool_calls``.
``cohere_aws.chat`` reads them as attributes.

Counts of tokens are in ``meta``, or on SageMaker in ``token_count``, or in neither. The counts
include cached tokens.

https://docs.cohere.com/v1/reference/chat describes the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cohere_aws._field import array, extra_of, object_, string
from cohere_aws._generations import Generations
from cohere_aws._results import Generation, ToolUse, Usage, without_none

from ._cohere_usage import count, counts_of
from ._usage import METRICS, usage_of

__all__ = ["CHAT_KEYS", "is_chat", "is_plain_chat", "read_chat"]

CHAT_KEYS = frozenset(("response_id", "generation_id", "text", "finish_reason", "prompt", METRICS))
_MARKS = frozenset(("response_id", "generation_id", "chat_history"))
_COUNTS = {"input_tokens": "prompt_tokens", "output_tokens": "response_tokens"}


def is_chat(body: Mapping[str, Any]) -> bool:
    """Return whether *body* is an answer of the chat."""
    return not _MARKS.isdisjoint(body)


def is_plain_chat(item: Mapping[str, Any]) -> bool:
    """Return whether *item* of a stream is a plain body of the chat.

    Without a text, only the name of the answer distinguishes it from an unknown item.
    """
    name = "response_id" if item.get("text") is None else "text"
    return is_chat(item) and item.get(name) is not None


def read_chat(body: Mapping[str, Any], path: str = "") -> Generations:
    """Return the answer in *body*, which an error calls *path*."""
    reason, prefix = string(body, "finish_reason", path), f"{path}." if path else ""
    calls = array(body, "tool_calls", path) or ()
    generation = Generation(
        string(body, "text", path) or "",
        id=string(body, "generation_id", path),
        index=0,
        finish_reason=reason,
        # The service calls it complete, as an answer without calls.
        finish="tool_use" if calls and reason == "COMPLETE" else None,
        tool_calls=[_tool_use(call) for call in calls] or None,
    )
    meta, tokens = object_(body, "meta", path), object_(body, "token_count", path) or {}
    counts = without_none(
        **{name: count(tokens, key, f"{prefix}token_count") for name, key in _COUNTS.items()}
    )
    if meta is not None:
        counts |= counts_of(meta, f"{prefix}meta")
    metrics, unread = usage_of(body)
    if metrics is not None:
        counts |= metrics.to_dict()
    extra = extra_of(body, CHAT_KEYS) or {}
    return Generations(
        [generation],
        id=string(body, "response_id", path),
        prompt=string(body, "prompt", path),
        usage=Usage(**counts) if counts else None,
        dialect="command",
        extra={**extra, METRICS: unread} if unread else extra,
    )


def _tool_use(call: object) -> ToolUse:
    # Read leniently: the call is in ``extra`` as well, as it came.
    if not isinstance(call, Mapping):
        return ToolUse(None, None, call)
    name = call.get("name")
    return ToolUse(None, name if isinstance(name, str) else None, call.get("parameters"))
