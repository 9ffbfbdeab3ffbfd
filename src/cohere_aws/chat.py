"""Requests for a chat with a model of Cohere, and its results, plain and streamed.

``Chat.from_response`` reads a plain response of boto3, ``Chat.from_dict`` its parsed body, and
``StreamingChat`` wraps a stream. Both versions of Cohere's chat give the same classes, with the
names of version 1. ``ChatRequest`` and ``ChatV2Request`` are their requests. To ask only for the
text of a chat, use ``Generations`` and ``StreamingGenerations``, as for any other model.
"""

from __future__ import annotations

# For typing.get_type_hints() of the requests, which it evaluates in their public module.
from collections.abc import Mapping, Sequence  # noqa: F401, TC003
from typing import TYPE_CHECKING, Any, ClassVar

from ._chat import Chat
from ._chat_events import (
    ChatToolCallsGenerationEvent,
    StreamCitationGeneration,
    StreamEnd,
    StreamEvent,
    StreamOther,
    StreamQueryGeneration,
    StreamResponse,
    StreamSearchResults,
    StreamStart,
    StreamTextGeneration,
)
from ._chat_fields import check_chat_dialect
from ._chat_reader import FirstChatItems
from ._chat_requests import ChatRequest, ChatV2Request
from ._framing import DEFAULT_MAX_DEPTH, DEFAULT_MAX_ITEM_BYTES
from ._streaming import StreamingAnswer
from ._text_stream import TextStream
from ._tools import Tool, ToolCall, ToolParameterDefinitionsValue

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable

    from ._dialects import DialectName
    from .mode import Mode

__all__ = [
    "Chat",
    "ChatRequest",
    "ChatToolCallsGenerationEvent",
    "ChatV2Request",
    "StreamCitationGeneration",
    "StreamEnd",
    "StreamEvent",
    "StreamOther",
    "StreamQueryGeneration",
    "StreamResponse",
    "StreamSearchResults",
    "StreamStart",
    "StreamTextGeneration",
    "StreamingChat",
    "Tool",
    "ToolCall",
    "ToolParameterDefinitionsValue",
]

_NO_ANSWER = Chat(None, None, "")  # as long as the stream goes on


class StreamingChat(StreamingAnswer[StreamResponse, Chat]):
    """A streamed chat: iterate it for its events, then read its attributes.

    It is opened, iterated, left, continued and closed as a ``StreamingGenerations`` is. Each item
    of the stream gives at least one event: a documented one, or a ``StreamOther``. The attributes
    that it shares with ``Chat`` are ``None`` until the last item, apart from *text*,
    *generation_id* and *conversation_id*. After a stream that was cut off, failed or was closed
    early, they have the values that arrived.

    Args:
        stream_response: An iterable or asynchronous iterable of events, as boto3 yields them.
        mode: The service that the events come from.
        strict: See ``StreamingGenerations``, as for the arguments below.
        dialect: Read the items as version 1 of Cohere's chat (``command``) or as version 2
            (``chat``); by default, the first items decide.
        max_item_bytes: The length of the longest accepted item, in bytes.
        max_depth: The depth of the deepest accepted item.

    Raises:
        CohereError: ``Unsupported mode``.
        InvalidRequestError: A limit is not an int, or out of its range; *strict* is not a bool;
            *dialect* is not the name of one of these.
        TypeError: *stream_response* cannot be iterated, or is the whole response of boto3.

    Iterating raises the errors of ``StreamingGenerations``; their ``partial`` is a ``Chat``.
    """

    _documented: ClassVar = (
        "text",
        "response_id",
        "generation_id",
        "preamble",
        "prompt",
        "chat_history",
        "finish_reason",
        "token_count",
        "is_search_required",
        "citations",
        "documents",
        "search_results",
        "search_queries",
        "tool_calls",
        "payload_key",
        "bytes_key",
    )

    def __init__(
        self,
        stream_response: Iterable[Mapping[str, Any]] | AsyncIterable[Mapping[str, Any]],
        mode: Mode,
        *,
        strict: bool = False,
        dialect: DialectName | None = None,
        max_item_bytes: int = DEFAULT_MAX_ITEM_BYTES,
        max_depth: int = DEFAULT_MAX_DEPTH,
    ) -> None:
        check_chat_dialect(dialect)
        super().__init__(
            stream_response,
            mode,
            FirstChatItems(dialect),
            strict=strict,
            max_item_bytes=max_item_bytes,
            max_depth=max_depth,
        )

    @property
    def stream_response(self) -> Any:
        """Return the source that was passed."""
        return self._stream.source

    @property
    def chat(self) -> Chat | None:
        """Return the whole answer; ``None`` while the stream goes on."""
        return self._at_end()

    @property
    def text_stream(self) -> TextStream:
        """Return an iterable of the pieces of text as strings, for ``for`` and ``async for``."""
        return _ChatTextStream(self, self._stream)  # type: ignore[arg-type]  # events, not pieces

    @property
    def generation_id(self) -> str | None:
        """Return the service's name for the reply, from the first item that has it."""
        return self._so_far().generation_id

    @property
    def conversation_id(self) -> str | None:
        """Return the service's name for the conversation, from the first item that has it."""
        return self._so_far().conversation_id

    @property
    def response_id(self) -> str | None:
        """Return the service's name for the answer."""
        return self._known.response_id

    @property
    def preamble(self) -> str | None:
        """Return the preamble, if the service returns it."""
        return self._known.preamble

    @property
    def prompt(self) -> str | None:
        """Return the prompt, if the request asked for it."""
        return self._known.prompt

    @property
    def chat_history(self) -> list[dict[str, Any]] | None:
        """Return the messages so far, with the reply."""
        return self._known.chat_history

    @property
    def token_count(self) -> dict[str, Any] | None:
        """Return the counts of tokens of SageMaker; *usage* has them for any service."""
        return self._known.token_count

    @property
    def is_search_required(self) -> bool | None:
        """Return whether the model wants to search."""
        return self._known.is_search_required

    @property
    def citations(self) -> list[dict[str, Any]] | None:
        """Return the parts of the text that have sources."""
        return self._known.citations

    @property
    def documents(self) -> list[dict[str, Any]] | None:
        """Return the documents that are cited."""
        return self._known.documents

    @property
    def search_results(self) -> list[dict[str, Any]] | None:
        """Return the results of searches."""
        return self._known.search_results

    @property
    def search_queries(self) -> list[dict[str, Any]] | None:
        """Return the queries that the model wants to be searched."""
        return self._known.search_queries

    @property
    def tool_calls(self) -> list[ToolCall] | None:
        """Return the calls of tools that the model asks for."""
        return self._known.tool_calls

    @property
    def _known(self) -> Chat:
        return self.chat or _NO_ANSWER

    def _make_response_item(self, index: int, streaming_item: dict[str, Any]) -> Any:
        """Read one item, as the documented module does; return its event, or ``None``."""
        found: Any = self._stream.reader.read(streaming_item)
        for event in found:
            if event.index is not None:
                vars(event).update(index=index)
                return event
        return None

    def _fields(self) -> list[str]:
        return [*self._documented, "conversation_id", "usage"]


class _ChatTextStream(TextStream):
    """Pieces of text of a chat."""

    def _shown(self, piece: Any, _: set[int]) -> str:
        return piece.text if isinstance(piece, StreamTextGeneration) else ""


for _name in __all__:
    globals()[_name].__module__ = __name__  # their public module, which pickles refer to
