"""One choice of a completion, which may arrive in parts, and its calls of tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cohere_aws._json import parse
from cohere_aws._results import Generation, ToolUse

from ._deltas import Deltas

if TYPE_CHECKING:
    from cohere_aws._results import TokenLikelihood

__all__ = ["Choice", "parsed"]


class Choice:
    """Fields of one choice so far, other than its text.

    Attributes:
        message: The fields of its message.
        fields: Its other fields.
        tokens: Its tokens.
    """

    __slots__ = ("fields", "message", "tokens")

    def __init__(self) -> None:
        self.fields = Deltas()
        self.message = Deltas()
        self.tokens: list[TokenLikelihood] = []

    def generation(self, text: str, index: int, finish_reason: str | None) -> Generation:
        """Return the choice as a generation."""
        extra, message = self.fields.value(), self.message.value()
        parts, calls = message.pop("content", None), message.pop("tool_calls", None)
        content = parts
        if calls and parts is None and text:
            content = [{"type": "text", "text": text}]
        if message:
            extra["message"] = message
        return Generation(
            text,
            self.tokens.copy() or None,
            index=index,
            finish_reason=finish_reason,
            content=[*(content or ()), *calls] if calls else content,
            tool_calls=[_tool_use(call) for call in calls] if calls else None,
            extra=extra,
        )


def _tool_use(call: Mapping[str, Any]) -> ToolUse:
    # Read leniently: the call is in the content as well, as it came.
    id_, function = call.get("id"), call.get("function")
    if not isinstance(function, Mapping):
        function = {}
    name = function.get("name")
    return ToolUse(
        None if id_ is None else str(id_),  # a number in TGI 2
        name if isinstance(name, str) else None,
        parsed(function.get("arguments")),
    )


def parsed(arguments: Any) -> Any:
    """Return the arguments of a tool, which are JSON in a string; as they came if they are not."""
    if not isinstance(arguments, str):
        return arguments
    text = arguments.strip(" \t\r\n")
    try:
        value, end = parse(text)
    except (ValueError, RecursionError):
        return arguments
    return value if end == len(text) else arguments
