"""Reasons why a generation ended: the words of the services, and their common meaning.

Sources:

* Cohere: https://docs.cohere.com/v1/reference/generate and https://docs.cohere.com/reference/chat
* TGI: ``FinishReason`` of ``text_generation_server/pb/generate.proto``; LMI:
  https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/lmi_input_output_schema.html
* Jurassic: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-jurassic2.html
* chat completions: https://platform.openai.com/docs/api-reference/chat/object
* Converse: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Finish", "finish_of"]

Finish = Literal[
    "complete", "max_tokens", "stop_sequence", "tool_use", "filtered", "error", "other"
]

# "stop" is the end of the answer or a stop sequence: chat completions do not distinguish them. Only
# the reader of Jurassic, where it is a stop sequence, gives it another meaning.
_FINISHES: Mapping[str, Finish] = MappingProxyType(
    {
        "COMPLETE": "complete",  # Cohere
        "MAX_TOKENS": "max_tokens",
        "STOP_SEQUENCE": "stop_sequence",
        "TOOL_CALL": "tool_use",
        "ERROR_TOXIC": "filtered",
        "ERROR": "error",
        "ERROR_LIMIT": "error",
        "TIMEOUT": "error",
        "eos_token": "complete",  # TGI
        "length": "max_tokens",
        "stop_sequence": "stop_sequence",
        "error": "error",  # LMI
        "endoftext": "complete",  # Jurassic
        "stop": "complete",  # chat completions
        "tool_calls": "tool_use",
        "function_call": "tool_use",
        "content_filter": "filtered",
        "end_turn": "complete",  # Converse
        "tool_use": "tool_use",
        "max_tokens": "max_tokens",
        "model_context_window_exceeded": "max_tokens",  # likewise cut off, by the model's limit
        "guardrail_intervened": "filtered",
        "content_filtered": "filtered",
        "malformed_model_output": "error",
        "malformed_tool_use": "error",
    }
)


def finish_of(finish_reason: str | None) -> Finish | None:
    """Return the meaning of *finish_reason*: ``None`` without one, ``other`` if it is unknown."""
    return _FINISHES.get(finish_reason, "other") if finish_reason else None
