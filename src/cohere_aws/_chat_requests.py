"""Typed parameters of a chat with a model of Cohere, with their limits.

There are two versions of Cohere's chat. Version 1 has one ``message`` and the history before it,
version 2 a list of ``messages``. Models on AWS document version 1; packages of Command A on
SageMaker accept version 2, too.

The limits are those of AWS, and where AWS documents none, those of Cohere's platform. Sources:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command-r-plus.html,
https://docs.cohere.com/v1/reference/chat and https://docs.cohere.com/reference/chat.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence  # noqa: TC003  # for get_type_hints()
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, final

from ._parameters import copied_list, optional
from ._request import Request
from ._rules import (
    between,
    flag,
    json_object,
    json_objects,
    mapping,
    one_of,
    shown,
    string,
    strings,
    strings_or_objects,
)
from .mode import Mode

__all__ = ["ChatRequest", "ChatV2Request", "CohereChatRequest"]


def _messages(value: Any) -> str | None:
    """Check a list of messages; the service refuses an empty one."""
    problem = json_objects(value)
    return problem if problem or value else f"is {shown(value)}; expected at least 1 message"


class CohereChatRequest(Request):
    """Base class of both requests: the keys of the body that one service alone accepts."""

    model: str | None

    def _arguments(self, mode: Mode, body: str, *, stream: bool) -> dict[str, Any]:
        if mode is Mode.SAGEMAKER:
            return {body: self.body(stream=stream)}
        return {body: self._batch_body()}

    def _batch_body(self) -> str:
        # On Bedrock, the model and the form of the answer are in the path of the call. It refuses a
        # body with the key "stream", even if the value is false.
        request = self if self.model is None else self.replace(model=None)
        return request.body()


@final
@dataclass(frozen=True, kw_only=True)
class ChatRequest(CohereChatRequest):
    """Parameters of a chat, version 1; only those that are set are sent.

    Attributes:
        message: Message of the user. It may be empty if there are *tool_results*.
        model: Model of a SageMaker endpoint that hosts several. It is not sent to Bedrock.
        chat_history: Messages before this one, as dicts: ``{"role": "USER", "message": "Hello"}``.
            The roles are ``USER``, ``CHATBOT``, ``SYSTEM`` and ``TOOL``.
        preamble: Instructions to the model, in place of its own.
        temperature: Randomness of the answer, 0 to 1. Service default: 0.3.
        max_tokens: Maximum number of tokens to generate, 1 or more.
        p: Sample from the most likely tokens whose probabilities add up to *p*, 0.01 to 0.99.
            Service default: 0.75.
        k: Sample from the *k* most likely tokens, 0 to 500. 0 means no limit, the service default.
        tools: Tools that the model may call, as dicts or ``Tool``.
        tool_results: Results of such calls, as dicts: ``{"call": {…}, "outputs": [{…}]}``.
        search_queries_only: Whether to return search queries for the message, without a reply.
        documents: Documents to cite, as dicts such as ``{"title": "…", "snippet": "…"}``.
        raw_prompting: Whether to send the message to the model as it is.
        return_prompt: Whether to return the whole prompt.
        prompt_truncation: Treatment of a prompt that is too long: ``OFF`` (service default),
            ``AUTO_PRESERVE_ORDER``, or ``AUTO``, which Bedrock does not accept.
        frequency_penalty: Penalty for each repetition of a token, 0 to 1.
        presence_penalty: Penalty for a token that is repeated, 0 to 1.
        seed: Seed for sampling, an integer of 64 bits.
        stop_sequences: Strings that end the answer, at most 5.
        extra: Other parameters of the model; merged last, and not checked.

    Raises:
        InvalidRequestError: A limit is broken. The message names every problem, with field, value,
            rule and workaround. It shows numbers, and no text.
    """

    message: str = field(metadata={"rule": string})
    model: str | None = optional(string)
    chat_history: Sequence[Mapping[str, Any]] | None = optional(
        json_objects, copy=copied_list, hashable=False
    )
    preamble: str | None = optional(string)
    temperature: float | None = optional(between(0, 1))
    max_tokens: int | None = optional(between(1, math.inf, whole=True))
    p: float | None = optional(between(0.01, 0.99))
    k: float | None = optional(between(0, 500))
    tools: Sequence[Mapping[str, Any]] | None = optional(
        json_objects, copy=copied_list, hashable=False
    )
    tool_results: Sequence[Mapping[str, Any]] | None = optional(
        json_objects, copy=copied_list, hashable=False
    )
    search_queries_only: bool | None = optional(flag)
    documents: Sequence[Mapping[str, Any]] | None = optional(
        json_objects, copy=copied_list, hashable=False
    )
    raw_prompting: bool | None = optional(flag)
    return_prompt: bool | None = optional(flag)
    prompt_truncation: str | None = optional(one_of("OFF", "AUTO_PRESERVE_ORDER", "AUTO"))
    frequency_penalty: float | None = optional(between(0, 1))
    presence_penalty: float | None = optional(between(0, 1))
    seed: int | None = optional(between(-(2**63), 2**64 - 1, whole=True))
    stop_sequences: Sequence[str] | None = optional(strings(5), copy=tuple)
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)


@final
@dataclass(frozen=True, kw_only=True)
class ChatV2Request(CohereChatRequest, dialect="chat"):
    """Parameters of a chat, version 2; only those that are set are sent.

    Attributes:
        messages: Conversation so far, from its first message, as at least one dict:
            ``{"role": "user", "content": "Hello"}``. The roles are ``user``, ``assistant``,
            ``system`` and ``tool``.
        model: Model of a SageMaker endpoint that hosts several. It is not sent to Bedrock.
        tools: Tools that the model may call, as dicts, with parameters in JSON Schema.
        strict_tools: Whether calls of tools must follow the schema.
        tool_choice: ``REQUIRED`` or ``NONE``.
        documents: Documents to cite: strings, or dicts such as ``{"id": "1", "data": {…}}``.
        citation_options: Options of citations, such as ``{"mode": "FAST"}``.
        response_format: Format of the answer, such as ``{"type": "json_object"}``.
        safety_mode: ``CONTEXTUAL``, ``STRICT``, ``OFF``, or another word of the model.
        max_tokens: Maximum number of tokens to generate, 1 or more.
        stop_sequences: Strings that end the answer, at most 5.
        temperature: Randomness of the answer, 0 or more. Service default: 0.3.
        seed: Seed for sampling, an integer of 64 bits.
        frequency_penalty: Penalty for each repetition of a token, 0 to 1.
        presence_penalty: Penalty for a token that is repeated, 0 to 1.
        k: Sample from the *k* most likely tokens, 0 to 500. 0 means no limit, the service default.
        p: Sample from the most likely tokens whose probabilities add up to *p*, 0.01 to 0.99.
            Service default: 0.75.
        logprobs: Whether to return the likelihoods of the tokens.
        thinking: Options of thinking, such as ``{"type": "enabled", "token_budget": 500}``.
        priority: Priority of the request, an integer of 0 or more; 0 is the highest.
        extra: Other parameters of the model; merged last, and not checked.

    Raises:
        InvalidRequestError: A limit is broken. The message names every problem, with field, value,
            rule and workaround. It shows numbers, and no text.
    """

    messages: Sequence[Mapping[str, Any]] = field(
        hash=False, metadata={"rule": _messages, "copy": copied_list}
    )
    model: str | None = optional(string)
    tools: Sequence[Mapping[str, Any]] | None = optional(
        json_objects, copy=copied_list, hashable=False
    )
    strict_tools: bool | None = optional(flag)
    tool_choice: str | None = optional(one_of("REQUIRED", "NONE"))
    documents: Sequence[str | Mapping[str, Any]] | None = optional(
        strings_or_objects, copy=copied_list, hashable=False
    )
    citation_options: Mapping[str, Any] | None = optional(
        json_object, copy=deepcopy, hashable=False
    )
    response_format: Mapping[str, Any] | None = optional(json_object, copy=deepcopy, hashable=False)
    safety_mode: str | None = optional(string)
    max_tokens: int | None = optional(between(1, math.inf, whole=True))
    stop_sequences: Sequence[str] | None = optional(strings(5), copy=tuple)
    temperature: float | None = optional(between(0, math.inf))
    seed: int | None = optional(between(-(2**63), 2**64 - 1, whole=True))
    frequency_penalty: float | None = optional(between(0, 1))
    presence_penalty: float | None = optional(between(0, 1))
    k: int | None = optional(between(0, 500, whole=True))
    p: float | None = optional(between(0.01, 0.99))
    logprobs: bool | None = optional(flag)
    thinking: Mapping[str, Any] | None = optional(json_object, copy=deepcopy, hashable=False)
    priority: int | None = optional(between(0, math.inf, whole=True))
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)
