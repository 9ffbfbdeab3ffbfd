"""Events of a streamed chat as records; public in ``chat``.

They have the names of version 1 of Cohere's chat, whichever version the stream is.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from .response import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._tools import ToolCall

__all__ = [
    "ChatToolCallsGenerationEvent",
    "StreamCitationGeneration",
    "StreamEnd",
    "StreamEvent",
    "StreamOther",
    "StreamQueryGeneration",
    "StreamResponse",
    "StreamSearchResults",
    "StreamStart",
    "StreamTextGeneration",
    "text_event",
]

_BASE = ("is_finished", "index", "event_type")  # shown in each repr
_new = object.__new__


class StreamEvent(str, Enum):
    """Types of documented events; each equals the string in ``event_type``."""

    STREAM_START = "stream-start"
    SEARCH_QUERIES_GENERATION = "search-queries-generation"
    SEARCH_RESULTS = "search-results"
    TEXT_GENERATION = "text-generation"
    TOOL_CALLS_GENERATION = "tool-calls-generation"
    CITATION_GENERATION = "citation-generation"
    STREAM_END = "stream-end"


_TEXT_TYPE = StreamEvent.TEXT_GENERATION.value  # slow to look up


class StreamResponse(Part):
    """Base class of the events of a streamed chat.

    Attributes:
        is_finished: Whether it is the last event.
        index: Its number among the documented events, from 0; ``None`` for a ``StreamOther``.
        event_type: Its type: one of ``StreamEvent``; of a ``StreamOther``, the type in the item.
    """

    _documented: ClassVar[tuple[str, ...]] = _BASE
    documented_type: ClassVar[StreamEvent]
    is_finished: bool
    index: int | None
    event_type: StreamEvent | str

    def __init__(
        self,
        is_finished: bool,  # noqa: FBT001  # as documented
        event_type: StreamEvent | str,
        index: int | None,
    ) -> None:
        self._set(is_finished=is_finished, index=index, event_type=event_type)


class StreamStart(StreamResponse):
    """Start of an answer.

    Attributes:
        generation_id: The service's name for the reply.
        conversation_id: The service's name for the conversation, where it keeps one.
    """

    _documented: ClassVar = (*_BASE, "generation_id", "conversation_id")
    documented_type: ClassVar[StreamEvent] = StreamEvent.STREAM_START
    generation_id: str | None
    conversation_id: str | None

    def __init__(
        self, generation_id: str | None, conversation_id: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._set(generation_id=generation_id, conversation_id=conversation_id)


class StreamTextGeneration(StreamResponse):
    """Piece of the text.

    Attributes:
        text: The piece, most often one token with its leading space.
    """

    _documented: ClassVar = (*_BASE, "text")
    documented_type: ClassVar[StreamEvent] = StreamEvent.TEXT_GENERATION
    text: str

    def __init__(self, text: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(text=text)


class StreamCitationGeneration(StreamResponse):
    """Citations of parts of the text, which has come before.

    Attributes:
        citations: Parts of the text and their sources.
    """

    _documented: ClassVar = (*_BASE, "citations")
    documented_type: ClassVar[StreamEvent] = StreamEvent.CITATION_GENERATION
    citations: list[dict[str, Any]] | None

    def __init__(self, citations: list[dict[str, Any]] | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(citations=citations)


class StreamQueryGeneration(StreamResponse):
    """Queries that the model wants to be searched.

    Attributes:
        search_queries: The queries.
    """

    _documented: ClassVar = (*_BASE, "search_queries")
    documented_type: ClassVar[StreamEvent] = StreamEvent.SEARCH_QUERIES_GENERATION
    search_queries: list[dict[str, Any]] | None

    def __init__(self, search_queries: list[dict[str, Any]] | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(search_queries=search_queries)


class StreamSearchResults(StreamResponse):
    """Results of searches.

    Attributes:
        search_results: The results.
        documents: The documents that were found.
    """

    _documented: ClassVar = (*_BASE, "search_results", "documents")
    documented_type: ClassVar[StreamEvent] = StreamEvent.SEARCH_RESULTS
    search_results: list[dict[str, Any]] | None
    documents: list[dict[str, Any]] | None

    def __init__(
        self,
        search_results: list[dict[str, Any]] | None,
        documents: list[dict[str, Any]] | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set(search_results=search_results, documents=documents)


class ChatToolCallsGenerationEvent(StreamResponse):
    """Calls of tools that the model asks for, all of them together.

    Attributes:
        tool_calls: The calls.
        text: The words of the model about them; ``None`` if there are none.
    """

    _documented: ClassVar = (*_BASE, "tool_calls")
    documented_type: ClassVar[StreamEvent] = StreamEvent.TOOL_CALLS_GENERATION
    tool_calls: list[ToolCall] | None
    text: str | None

    def __init__(
        self, tool_calls: list[ToolCall] | None, *, text: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._set(tool_calls=tool_calls, text=text)


class StreamEnd(StreamResponse):
    """End of an answer.

    Attributes:
        finish_reason: Why it ended, in the service's word.
    """

    _documented: ClassVar = (*_BASE, "finish_reason")
    documented_type: ClassVar[StreamEvent] = StreamEvent.STREAM_END
    finish_reason: str | None

    def __init__(self, finish_reason: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(finish_reason=finish_reason)


class StreamOther(StreamResponse):
    """Item that is not a documented event, unchanged.

    For example a piece of a call of a tool, a piece of thinking, or an item of a later version of
    the API. It does not count in ``index``.

    Attributes:
        item: The item.
    """

    item: dict[str, Any]

    def __init__(self, item: Mapping[str, Any]) -> None:
        # An item of version 2 has its type under another key. It may also have none.
        event_type = item.get("event_type", item.get("type"))
        super().__init__(is_finished=False, event_type=event_type or "", index=None)
        self._set(item=dict(item))


def text_event(text: str, index: int) -> StreamTextGeneration:
    """Return a piece of text, four times as fast as its constructor."""
    event = _new(StreamTextGeneration)
    fields = event.__dict__
    fields["is_finished"] = False
    fields["index"] = index
    fields["event_type"] = _TEXT_TYPE
    fields["text"] = text
    return event
