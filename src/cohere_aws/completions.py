"""Typed parameters of a request for a chat completion, with their limits.

TGI (Messages API), LMI, vLLM and Jamba accept this format. The limits are those that these servers
have in common; each stands at its field. Where servers differ, or an operator sets a maximum, the
docstring has it and the server checks it. Sources:
https://huggingface.co/docs/text-generation-inference/messages_api,
https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-jamba.html.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, final

from ._parameters import copied_list, optional
from ._request import Request
from ._rules import between, flag, json_object, json_objects, mapping, string, strings
from .mode import Mode

__all__ = ["CompletionsRequest"]


def _choice_of_tool(value: Any) -> str | None:
    """Check a word, or the object that names a tool."""
    return json_object(value) if isinstance(value, Mapping) else string(value)


@final
@dataclass(frozen=True, kw_only=True)
class CompletionsRequest(Request, dialect="completions", stream_key_modes=(Mode.SAGEMAKER,)):
    """Parameters of a chat completion; only those that are set are sent.

    Attributes:
        messages: Conversation so far, from its first message, as dicts:
            ``{"role": "user", "content": "Hello"}``.
        max_tokens: Maximum number of tokens to generate, 1 or more.
        temperature: Randomness of the answer, 0 to 2. TGI does not accept 0.
        top_p: Sample from the most likely tokens whose probabilities add up to *top_p*, 0 to 1. TGI
            accepts neither 0 nor 1.
        stop: Strings that end the answer. TGI accepts at most 4 by default.
        n: Number of answers, 1 or more. TGI always returns 1.
        seed: Seed for sampling, an integer of 64 bits.
        logprobs: Whether to return the likelihoods of the tokens.
        top_logprobs: Number of alternatives to return for each token, 0 to 20; with *logprobs*. TGI
            accepts at most 5 by default.
        tools: Tools that the model may call, as dicts.
        tool_choice: ``auto``, ``none``, ``required``, or a dict that names one tool.
        response_format: Format of the answer, such as ``{"type": "json_object"}``.
        stream_options: Options of a stream, such as ``{"include_usage": True}``, with which servers
            send the number of tokens last.
        extra: Other parameters of the model; merged last, and not checked.

    Raises:
        InvalidRequestError: A limit is broken. The message names every problem, with field, value,
            rule and workaround. It shows numbers, and no text.
    """

    messages: Sequence[Mapping[str, Any]] = field(
        hash=False, metadata={"rule": json_objects, "copy": copied_list}
    )
    max_tokens: int | None = optional(between(1, math.inf, whole=True))
    temperature: float | None = optional(between(0, 2))
    top_p: float | None = optional(between(0, 1))
    stop: Sequence[str] | None = optional(strings(), copy=tuple)
    n: int | None = optional(between(1, math.inf, whole=True))
    seed: int | None = optional(between(-(2**63), 2**64 - 1, whole=True))
    logprobs: bool | None = optional(flag)
    top_logprobs: int | None = optional(between(0, 20, whole=True))
    tools: Sequence[Mapping[str, Any]] | None = optional(
        json_objects, copy=copied_list, hashable=False
    )
    tool_choice: str | Mapping[str, Any] | None = optional(
        _choice_of_tool, copy=deepcopy, hashable=False
    )
    response_format: Mapping[str, Any] | None = optional(json_object, copy=deepcopy, hashable=False)
    stream_options: Mapping[str, Any] | None = optional(json_object, copy=deepcopy, hashable=False)
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)
