"""``chat``, with one signature and one docstring for both clients; see ``_generate``.

The classes of a chat are imported by the first call: many programs only generate text.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from ._caller import AnswerForm, Caller, read_generations
from ._operations import Target
from ._request import Request
from .error import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._dialects import DialectName
    from .chat import Chat, ChatRequest, ChatV2Request, StreamingChat
    from .mode import Mode

__all__ = ["ChatAnswer", "ChatMethod", "ChatStream"]

ChatAnswer = TypeVar("ChatAnswer")  # returned by chat(stream=False)
ChatStream = TypeVar("ChatStream")  # returned by chat(stream=True)

# The documented defaults that are not None. They are sent, as by the documented client.
_DEFAULTS = {"raw_prompting": False, "return_prompt": False}


class ChatMethod(Caller, Generic[ChatAnswer, ChatStream]):
    """Method ``chat`` of both clients."""

    @overload
    def chat(
        self,
        message: str | ChatRequest | ChatV2Request,
        stream: Literal[False] | None = False,
        preamble: str | None = None,
        chat_history: Sequence[Mapping[str, Any]] | None = None,
        model: str | None = None,
        model_id: str | None = None,
        temperature: float | None = None,
        p: float | None = None,
        k: float | None = None,
        max_tokens: int | None = None,
        search_queries_only: bool | None = None,
        documents: Sequence[Mapping[str, Any]] | None = None,
        prompt_truncation: str | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
        tool_results: Sequence[Mapping[str, Any]] | None = None,
        raw_prompting: bool | None = False,
        return_prompt: bool | None = False,
        variant: str | None = None,
        *,
        extra: Mapping[str, Any] | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> ChatAnswer: ...
    @overload
    def chat(
        self,
        message: str | ChatRequest | ChatV2Request,
        stream: Literal[True],
        preamble: str | None = None,
        chat_history: Sequence[Mapping[str, Any]] | None = None,
        model: str | None = None,
        model_id: str | None = None,
        temperature: float | None = None,
        p: float | None = None,
        k: float | None = None,
        max_tokens: int | None = None,
        search_queries_only: bool | None = None,
        documents: Sequence[Mapping[str, Any]] | None = None,
        prompt_truncation: str | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
        tool_results: Sequence[Mapping[str, Any]] | None = None,
        raw_prompting: bool | None = False,
        return_prompt: bool | None = False,
        variant: str | None = None,
        *,
        extra: Mapping[str, Any] | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> ChatStream: ...
    @overload
    def chat(
        self,
        message: str | ChatRequest | ChatV2Request,
        stream: bool | None = False,
        preamble: str | None = None,
        chat_history: Sequence[Mapping[str, Any]] | None = None,
        model: str | None = None,
        model_id: str | None = None,
        temperature: float | None = None,
        p: float | None = None,
        k: float | None = None,
        max_tokens: int | None = None,
        search_queries_only: bool | None = None,
        documents: Sequence[Mapping[str, Any]] | None = None,
        prompt_truncation: str | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
        tool_results: Sequence[Mapping[str, Any]] | None = None,
        raw_prompting: bool | None = False,
        return_prompt: bool | None = False,
        variant: str | None = None,
        *,
        extra: Mapping[str, Any] | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> ChatAnswer | ChatStream: ...
    def chat(
        self,
        message: str | ChatRequest | ChatV2Request,
        stream: bool | None = False,
        preamble: str | None = None,
        chat_history: Sequence[Mapping[str, Any]] | None = None,
        model: str | None = None,
        model_id: str | None = None,
        temperature: float | None = None,
        p: float | None = None,
        k: float | None = None,
        max_tokens: int | None = None,
        search_queries_only: bool | None = None,
        documents: Sequence[Mapping[str, Any]] | None = None,
        prompt_truncation: str | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
        tool_results: Sequence[Mapping[str, Any]] | None = None,
        raw_prompting: bool | None = False,
        return_prompt: bool | None = False,
        variant: str | None = None,
        *,
        extra: Mapping[str, Any] | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> ChatAnswer | ChatStream:
        """Chat with a model of Cohere.

        A message is sent as version 1 of Cohere's chat. For its other parameters, or for version 2,
        pass a ``ChatRequest`` or ``ChatV2Request``.

        Args:
            message: Message of the user, or a request. Together with a request, other parameters
                of the model are an error.
            stream: ``True`` to return a stream of the answer, ``False`` for the whole answer.
            preamble: See ``ChatRequest``, as for all parameters without a description here.
            chat_history: See ``ChatRequest``.
            model: See ``ChatRequest``.
            model_id: Model on Bedrock. On SageMaker it is ignored, with a warning.
            temperature: See ``ChatRequest``.
            p: See ``ChatRequest``.
            k: See ``ChatRequest``.
            max_tokens: See ``ChatRequest``.
            search_queries_only: See ``ChatRequest``.
            documents: See ``ChatRequest``.
            prompt_truncation: See ``ChatRequest``.
            tools: See ``ChatRequest``.
            tool_results: See ``ChatRequest``.
            raw_prompting: See ``ChatRequest``.
            return_prompt: See ``ChatRequest``.
            variant: Production variant of the SageMaker endpoint. On Bedrock it is ignored, with a
                warning.
            extra: See ``ChatRequest``.
            inference_component: Inference component of the SageMaker endpoint.
            aws: Further arguments of the boto3 call; see ``generate``.

        Returns:
            A ``StreamingChat`` or a ``Chat``. The stream is strict: it raises an error if the
            answer is cut off.

        Raises:
            InvalidRequestError: A limit is broken. Nothing was sent.
            ServiceError: AWS or the model answered with an error.
            TransportError: The service did not answer, or the connection broke.
            StreamError: A whole answer does not have the documented form.
            CohereError: The endpoint or model ID is missing, or boto3 has no credentials or region.
        """
        parameters = {
            "model": model,
            "chat_history": chat_history,
            "preamble": preamble,
            "temperature": temperature,
            "max_tokens": max_tokens,
            "p": p,
            "k": k,
            "tools": tools,
            "tool_results": tool_results,
            "search_queries_only": search_queries_only,
            "documents": documents,
            "raw_prompting": raw_prompting,
            "return_prompt": return_prompt,
            "prompt_truncation": prompt_truncation,
            "extra": extra,
        }
        answer: ChatAnswer | ChatStream = self._ask(
            partial(_request, message, parameters),
            _CHAT,
            Target(self._endpoint_name, model_id, variant, inference_component),
            # The documented client accepts None.
            stream=False if stream is None else stream,
            aws=aws,
        )
        return answer


def _request(message: Any, parameters: Mapping[str, Any]) -> ChatRequest | ChatV2Request:
    """Return the request for a message with *parameters*, or the request as it is."""
    from .chat import ChatRequest, ChatV2Request  # noqa: PLC0415  # see the docstring of the module

    if not isinstance(message, Request):
        return ChatRequest(message=message, **parameters)
    if not isinstance(message, (ChatRequest, ChatV2Request)):
        expected = "expected a string, a ChatRequest or a ChatV2Request"
        raise InvalidRequestError(f"message is of type {type(message).__name__}; {expected}")
    changed = [name for name, value in parameters.items() if value != _DEFAULTS.get(name)]
    if changed:
        names = ", ".join(changed)
        raise InvalidRequestError(f"pass {names} in the request: request.replace({changed[0]}=…)")
    return message


def _read(data: bytes, response: Mapping[str, Any], mode: Mode, dialect: DialectName) -> Chat:
    from ._chat_fields import chat_fields  # noqa: PLC0415  # likewise
    from .chat import Chat  # noqa: PLC0415  # likewise

    return Chat(**chat_fields(read_generations(data, response, mode, dialect)))


def _stream(*arguments: Any, **options: Any) -> StreamingChat:
    from .chat import StreamingChat  # noqa: PLC0415  # likewise

    return StreamingChat(*arguments, **options)


_CHAT = AnswerForm(_read, _stream)
