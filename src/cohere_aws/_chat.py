"""Whole answers of a chat as records; public in ``chat``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ._chat_fields import chat_fields, check_chat_dialect, neutral_fields
from ._dialects import dialect_of_body
from ._finish import finish_of
from ._generations import Generations
from ._results import copied, without_none
from .response import AnswerRecord, Part, metadata_of, with_metadata

if TYPE_CHECKING:
    from ._dialects import DialectName
    from ._finish import Finish
    from ._results import Usage
    from ._tools import ToolCall
    from .mode import Mode

__all__ = ["Chat"]


class Chat(AnswerRecord, Part):
    """Whole answer of a chat, of version 1 or 2 of Cohere's API.

    Attributes:
        response_id: The service's name for the answer. In version 2 it is the same as
            *generation_id*.
        generation_id: The service's name for the reply.
        text: The reply; empty where the service sends none. With calls of tools, version 1 has the
            plan of the model here.
        chat_history: The messages so far, with the reply.
        preamble: The preamble, if the service returns it.
        finish_reason: Why it ended, in the service's word: ``COMPLETE``, ``MAX_TOKENS``, ``ERROR``
            or another. ``None`` for a stream that was cut off.
        token_count: Counts of tokens, on SageMaker; *usage* has them for any service.
        tool_calls: The calls of tools that the model asks for.
        citations: Parts of the text and their sources.
        documents: The documents that are cited.
        search_results: The results of searches.
        search_queries: The queries that the model wants to be searched.
        is_search_required: Whether the model wants to search.
        conversation_id: The service's name for the conversation, where it keeps one.
        prompt: The prompt, if the request asked for it (``return_prompt``).
        meta: Other facts about the call, such as ``billed_units``.
        finish: The meaning of *finish_reason*, as in ``Generation``.
        content: The blocks of the message, with thinking, and then the calls of tools, as they came
            (version 2).
        tool_plan: The words of the model about its calls of tools (version 2).
        usage: Tokens and time that the call took, where the service or the model reports them.
        dialect: The dialect that the answer was read as: ``command`` for version 1, ``chat`` for
            version 2. It does not count for equality.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
    """

    _documented: ClassVar = (
        "response_id",
        "generation_id",
        "text",
        "chat_history",
        "preamble",
        "finish_reason",
        "token_count",
        "tool_calls",
        "citations",
        "documents",
        "search_results",
        "search_queries",
        "is_search_required",
    )

    response_id: str | None
    generation_id: str | None
    text: str
    chat_history: list[dict[str, Any]] | None
    preamble: str | None
    finish_reason: str | None
    token_count: dict[str, Any] | None
    tool_calls: list[ToolCall] | None
    citations: list[dict[str, Any]] | None
    documents: list[dict[str, Any]] | None
    search_results: list[dict[str, Any]] | None
    search_queries: list[dict[str, Any]] | None
    is_search_required: bool | None
    conversation_id: str | None
    prompt: str | None
    meta: dict[str, Any] | None
    finish: Finish | None
    content: list[dict[str, Any]] | None
    tool_plan: str | None
    usage: Usage | None
    dialect: DialectName | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        response_id: str | None,
        generation_id: str | None,
        text: str,
        chat_history: list[dict[str, Any]] | None = None,
        preamble: str | None = None,
        finish_reason: str | None = None,
        token_count: dict[str, Any] | None = None,
        tool_calls: list[ToolCall] | None = None,
        citations: list[dict[str, Any]] | None = None,
        documents: list[dict[str, Any]] | None = None,
        search_results: list[dict[str, Any]] | None = None,
        search_queries: list[dict[str, Any]] | None = None,
        is_search_required: bool | None = None,  # noqa: FBT001  # as documented
        *,
        conversation_id: str | None = None,
        prompt: str | None = None,
        meta: dict[str, Any] | None = None,
        finish: Finish | None = None,
        content: list[dict[str, Any]] | None = None,
        tool_plan: str | None = None,
        usage: Usage | None = None,
        dialect: DialectName | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._set(
            response_id=response_id,
            generation_id=generation_id,
            text=text,
            chat_history=chat_history,
            preamble=preamble,
            finish_reason=finish_reason,
            token_count=token_count,
            tool_calls=tool_calls,
            citations=citations,
            documents=documents,
            search_results=search_results,
            search_queries=search_queries,
            is_search_required=is_search_required,
            conversation_id=conversation_id,
            prompt=prompt,
            meta=meta,
            finish=finish or finish_of(finish_reason),
            content=content,
            tool_plan=tool_plan,
            usage=usage,
            extra=copied(extra),
            dialect=dialect,
        )

    @classmethod
    def from_dict(cls, response: Mapping[str, Any], *, dialect: DialectName | None = None) -> Chat:
        """Read the parsed body of a response to ``InvokeModel`` or ``InvokeEndpoint``.

        The keys of the body say which version it is. A field may be missing or ``null``, but a body
        of version 1 without text needs its ``response_id``. *text* is then empty. Fields that no
        attribute holds are kept in ``extra``. A dict that ``to_dict()`` returned reads back to an
        equal object.

        Args:
            response: The body.
            dialect: Read it as version 1 (``command``) or 2 (``chat``); by default, as the one that
                it belongs to.

        Raises:
            ServiceError: The body reports an error.
            StreamError: The body is not an answer of a chat, or a field has another type than
                documented. The message says which.
            InvalidRequestError: *dialect* is not the name of one of these.
        """
        check_chat_dialect(dialect)
        if isinstance(response, Mapping) and "dialect" in response:
            return cls(**neutral_fields(response))
        return cls(**chat_fields(dialect_of_body(response, dialect).read_body(response)))

    @classmethod
    def from_response(
        cls, response: Mapping[str, Any], mode: Mode, *, dialect: DialectName | None = None
    ) -> Chat:
        """Read the response of boto3's ``invoke_model`` or ``invoke_endpoint``.

        The body is read to its end and closed. On Bedrock, ``usage`` comes from the HTTP headers,
        and from the body for what they lack.

        Args:
            response: The response of boto3.
            mode: The service that it comes from.
            dialect: As for ``from_dict``.

        Raises:
            CohereError: As ``Generations.from_response``.
        """
        check_chat_dialect(dialect)
        answer = Generations.from_response(response, mode, dialect=dialect)
        return with_metadata(cls(**chat_fields(answer)), metadata_of(response))

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that JSON can write and ``from_dict`` reads to an equal object."""
        calls = None if self.tool_calls is None else [dict(call) for call in self.tool_calls]
        usage = None if self.usage is None else self.usage.to_dict()
        return without_none(**self._values() | {"tool_calls": calls, "usage": usage}) | {
            "dialect": self.dialect
        }

    def _fields(self) -> list[str]:
        return [name for name in super()._fields() if name != "dialect"]

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"dialect": self.dialect}
