"""Read the items of a streamed chat as events.

The reader of a dialect reads each item and checks it: ``command`` for version 1 of Cohere's chat,
``chat`` for version 2. ``ChatReader`` adds the events. Each item gives at least one:

=================================================  ================================================
an item with text                                  ``StreamTextGeneration``
the type of a documented event, in version 1       this event
``message-start``, ``citation-start``              ``StreamStart``, ``StreamCitationGeneration``
the last item                                      ``StreamEnd``; before it, unless items of their
                                                   own had them, citations and calls of tools
anything else                                      ``StreamOther``
=================================================  ================================================

Version 2 sends calls of tools in parts. They come as one event at the end, because version 1 sends
one, and code that was written for it may keep the calls of one event alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._chat import Chat
from ._chat_events import (
    ChatToolCallsGenerationEvent,
    StreamCitationGeneration,
    StreamEnd,
    StreamOther,
    StreamQueryGeneration,
    StreamSearchResults,
    StreamStart,
    text_event,
)
from ._chat_fields import CHAT_DIALECTS, calls_in, chat_fields, not_a_chat
from ._dialects import module_of
from ._dialects._first import FirstItems
from ._field import array, string
from .error import StreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._chat_events import StreamResponse
    from ._dialects import DialectName
    from ._framing import Item
    from ._results import StreamingText, Usage

    _Fields = dict[str, Any]

__all__ = ["ChatReader", "FirstChatItems"]


class ChatReader:
    """Reads the items of one stream; like the readers of dialects, with events as results."""

    def __init__(self, dialect: DialectName) -> None:
        if dialect not in CHAT_DIALECTS:
            raise not_a_chat(dialect)
        self._reader = module_of(dialect).Reader()
        self._read = self._reader.read
        self._type_key, self._text_type, self._kinds = _KINDS[dialect]
        self._count = 0  # of documented events
        self._has_ended = False
        self._earlier: _Fields = {}  # of the chat, from items before the last one

    def read(self, item: Any) -> tuple[StreamResponse, ...]:
        """Return the events in *item*."""
        # First, because it raises an error if the item is not an object, or reports an error.
        pieces = self._read(item)
        # The short way, for a piece of text and nothing else.
        if len(pieces) == 1 and item.get(self._type_key) == self._text_type:
            _, text, is_finished = pieces[0]
            if not is_finished:
                self._count += 1
                return (text_event(text, self._count - 1),)
        return tuple(self._events(item, pieces))

    @property
    def last_item_read(self) -> bool:
        """Return whether the last item was read."""
        return self._reader.last_item_read

    @property
    def may_end(self) -> bool:
        """Return whether the answer is whole if the stream ends here."""
        return self._reader.may_end

    @property
    def finish_reason(self) -> str | None:
        """Return why the answer ended; ``None`` before the end."""
        return self._reader.finish_reason

    @property
    def usage(self) -> Usage | None:
        """Return the usage so far."""
        return self._reader.usage

    @property
    def other_items(self) -> list[Item]:
        """Return the items with content that the reader of the dialect has not read."""
        return self._reader.other_items

    def text(self) -> str:
        """Return the text so far; at the end, as the last item has it."""
        return self.chat().text if self._has_ended else self._reader.text()

    def chat(self) -> Chat:
        """Return the answer so far."""
        answer = self._reader.generations()
        # Copies, because more may be added.
        earlier = {k: v.copy() if isinstance(v, list) else v for k, v in self._earlier.items()}
        try:
            return Chat(**chat_fields(answer, earlier))
        except StreamError:  # of a field of the last item, as read() has reported; extra has it
            return Chat(
                answer.id,
                None,
                answer.text,
                finish_reason=self.finish_reason,
                usage=answer.usage,
                dialect=answer.dialect,
                extra=answer.extra,
            )

    def _events(self, item: Any, pieces: tuple[StreamingText, ...]) -> list[StreamResponse]:
        """Return the events in any item, which the reader of the dialect has read as *pieces*."""
        found: list[StreamResponse] = []
        type_ = item.get(self._type_key)
        if isinstance(type_, str) and type_ in self._kinds:
            event, fields_of = self._kinds[type_]
            found.append(self._event(event, fields_of(item)))
        # An answer without text may have an empty piece at its end.
        found += [self._text(piece.text) for piece in pieces if piece.text]
        if self._reader.may_end and not self._has_ended:
            self._has_ended = True
            found += self._last(is_version_1=type_ is not None and self._type_key == "event_type")
        return found or [StreamOther(item)]

    def _last(self, *, is_version_1: bool) -> list[StreamResponse]:
        """Return the events of the last item, or of a plain body.

        Raises:
            StreamError: A field of the answer has the wrong type.
        """
        chat, found = Chat(**chat_fields(self._reader.generations(), self._earlier)), []
        # The last item of version 1 repeats the fields of the items before it.
        if chat.citations and not is_version_1 and "citations" not in self._earlier:
            found.append(self._event(StreamCitationGeneration, {"citations": chat.citations}))
        if chat.tool_calls and not is_version_1:
            fields = {"tool_calls": chat.tool_calls, "text": chat.tool_plan}
            found.append(self._event(ChatToolCallsGenerationEvent, fields))
        return [*found, self._event(StreamEnd, {"finish_reason": chat.finish_reason})]

    def _text(self, text: str) -> StreamResponse:
        self._count += 1
        return text_event(text, self._count - 1)

    def _event(self, kind: type[StreamResponse], fields: _Fields) -> StreamResponse:
        """Return a documented event, and keep its *fields* as those of the chat so far."""
        for name, value in fields.items():
            if isinstance(value, list):
                self._earlier.setdefault(name, []).extend(value)
            elif kind is StreamStart:
                self._earlier[name] = value
        self._count += 1
        return kind(
            **fields,
            is_finished=kind is StreamEnd,
            event_type=kind.documented_type.value,
            index=self._count - 1,
        )


class FirstChatItems(FirstItems):
    """First items of a chat, which decide its version; see ``FirstItems``."""

    def create_reader(self, dialect: DialectName) -> Any:
        """Return a reader of events.

        Raises:
            StreamError: *dialect* is not one of a chat.
        """
        return ChatReader(dialect)

    def _read_answer(self) -> Chat:
        reader: Any = self.reader
        return reader.chat() if self.is_decided else Chat(None, None, "", dialect=self.dialect)


def _start(item: _Fields) -> _Fields:
    return {name: string(item, name) for name in ("generation_id", "conversation_id")}


def _arrays(*names: str) -> Callable[[_Fields], _Fields]:
    return lambda item: {name: array(item, name) for name in names}


def _calls(item: _Fields) -> _Fields:
    return {"tool_calls": calls_in(item), "text": string(item, "text")}


def _message_start(item: _Fields) -> _Fields:
    return {"generation_id": item.get("id"), "conversation_id": None}


def _citation(item: _Fields) -> _Fields:
    # The reader of the dialect has checked the types, but each key may be missing.
    message = (item.get("delta") or {}).get("message") or {}
    found = message.get("citations")
    return {"citations": found if isinstance(found, list) else [found] if found else None}


# By the dialect: the key of the type of an item; the type of a piece of text; and the documented
# events of other types, each with a function that returns its fields.
_KINDS: Mapping[
    str, tuple[str, str, Mapping[str, tuple[type[StreamResponse], Callable[[_Fields], _Fields]]]]
] = {
    "command": (
        "event_type",
        "text-generation",
        {
            "stream-start": (StreamStart, _start),
            "search-queries-generation": (StreamQueryGeneration, _arrays("search_queries")),
            "search-results": (StreamSearchResults, _arrays("search_results", "documents")),
            "citation-generation": (StreamCitationGeneration, _arrays("citations")),
            "tool-calls-generation": (ChatToolCallsGenerationEvent, _calls),
        },
    ),
    "chat": (
        "type",
        "content-delta",
        {
            "message-start": (StreamStart, _message_start),
            "citation-start": (StreamCitationGeneration, _citation),
        },
    ),
}
