"""Dialects: one module for the response format of each model family.

A dialect reads a plain body, and the items of a stream one by one. The body says which one it is:
the first item that belongs to one dialect alone decides, by its keys and the shapes of their
values. ``DIALECTS`` has one row each. The module of a dialect is imported when it is met.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

from cohere_aws._faults import error_in
from cohere_aws._field import kind, quoted
from cohere_aws.error import InvalidRequestError, StreamError

from ._value_shapes import (
    is_any_of,
    is_flag,
    is_list,
    is_list_of,
    is_list_with,
    is_message,
    is_object,
    is_object_with,
    is_string,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from cohere_aws._framing import Item
    from cohere_aws._generations import Generations
    from cohere_aws._results import StreamingText, Usage

    Shapes = Mapping[str, Callable[[Any], bool]]

    class Reader(Protocol):
        """Reads the items of one stream, and holds the answer so far.

        Attributes:
            id: As in ``Generations``.
            prompt: As in ``Generations``.
            usage: As in ``Generations``.
            other_items: Items with content that no other attribute holds.
            end_of_sequence: The marker that a model may append to a generation. It is a piece of
                the stream, and removed from the end of the text. Empty where there is none.
        """

        id: str | None
        prompt: str | None
        usage: Usage | None
        other_items: list[Item]
        end_of_sequence: str

        def read(self, item: Item) -> tuple[StreamingText, ...]:
            """Return the results in *item*, most often one or none.

            Raises:
                ServiceError: The item reports an error.
                StreamError: A field has the wrong type, or the item comes after the last one.
            """

        def generations(self) -> Generations:
            """Return the answer so far."""

        def text(self) -> str:
            """Return the text of the first generation so far."""

        @property
        def last_item_read(self) -> bool:
            """Return whether the last item, the one that ends the answer, was read."""

        @property
        def may_end(self) -> bool:
            """Return whether the answer is whole if the stream ends here."""

        @property
        def finish_reason(self) -> str | None:
            """Return why the answer ended; ``None`` if it has not ended, or was cut off."""

    class Dialect(Protocol):
        """Members of the module of a dialect."""

        Reader: type[Reader]

        @staticmethod
        def read_body(body: Item | Mapping[str, Any]) -> Generations:
            """Return the answer in a plain body.

            Raises:
                StreamError: A field is missing, or has another type than documented.
            """


__all__ = [
    "CHAT_TYPES",
    "DIALECTS",
    "DialectFacts",
    "DialectName",
    "check_name",
    "dialect_of",
    "dialect_of_body",
    "module_of",
    "unknown_dialect",
]


DialectName = Literal["command", "tgi", "completions", "jurassic", "converse", "chat"]

# The types of the items of a stream of Cohere's chat.
CHAT_TYPES = frozenset(
    (
        "message-start", "tool-plan-delta", "content-start", "content-delta", "content-end",
        "tool-call-start", "tool-call-delta", "tool-call-end", "citation-start", "citation-end",
        "message-end",
    )
)  # fmt: skip


class DialectFacts:
    """One row of ``DIALECTS``.

    Attributes:
        shapes: The keys that belong to the dialect, and the shapes of their values. An item belongs
            to the dialect if it has one of the keys in that shape.
        answer_keys: An item with a value for one of these keys is not an error because it has a
            "message"; by default, all keys of *shapes*.
        has_bytes: Whether blocks of content may hold bytes, which JSON has as base64.
    """

    # Not a NamedTuple: to create one takes a twentieth of the time of the import.
    def __init__(
        self,
        shapes: Shapes,
        *,
        answer_keys: tuple[str, ...] | None = None,
        has_bytes: bool = False,
    ) -> None:
        self.shapes = shapes
        self.answer_keys = tuple(shapes) if answer_keys is None else answer_keys
        self.has_bytes = has_bytes


DIALECTS: Mapping[DialectName, DialectFacts] = {
    "command": DialectFacts(
        {
            "generations": is_list,
            "text": is_string,
            "is_finished": is_flag,
            "event_type": is_string,
            "response_id": is_string,
        },
        # An error may have a "response_id" and a "message".
        answer_keys=("generations", "text", "is_finished", "event_type"),
    ),
    "tgi": DialectFacts(
        {
            "token": is_object,
            "generated_text": is_string,
            "outputs": is_list_of(str),
        }
    ),
    "completions": DialectFacts({"choices": is_list}),
    "jurassic": DialectFacts({"completions": is_list}),
    # Its event "metadata" is not a mark: servers of other dialects send an object of that name.
    "converse": DialectFacts(
        {
            "output": is_object_with("message"),
            "messageStart": is_object,
            "contentBlockStart": is_object,
            "contentBlockDelta": is_object,
            "contentBlockStop": is_object,
            "messageStop": is_object,
        },
        # An answer with one of these keys has no "message". An error may have an "output".
        answer_keys=(),
        has_bytes=True,
    ),
    "chat": DialectFacts(
        {
            "message": is_message,
            "type": is_any_of(*CHAT_TYPES),
        },
        # The message of a chat has a role. An error may have both keys, without a role:
        # {"message": …, "type": "overloaded"}.
        answer_keys=(),
    ),
}

# Formats that are recognised to be named. Bedrock reads these models by Converse.
_UNREAD: Mapping[str, Shapes] = {
    "Claude": {
        "type": is_any_of(
            "message",
            "message_start",
            "message_delta",
            "message_stop",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
        ),
        "completion": is_string,
    },
    "Llama": {"generation": is_string},
    "Mistral": {"outputs": is_list_with("text")},
    "Titan": {"outputText": is_string, "results": is_list_with("outputText")},
}

_ANSWER_KEYS = tuple(key for facts in DIALECTS.values() for key in facts.answer_keys)


def dialect_of_body(body: object, name: DialectName | None) -> Dialect:
    """Return the dialect of a plain body, which is *name* if that is given.

    Raises:
        ServiceError: The body reports an error.
        StreamError: The body belongs to no dialect, or to another than *name*.
        InvalidRequestError: *name* is not the name of a dialect.
    """
    check_name(name)
    if not isinstance(body, (Mapping, list)):
        raise StreamError(f"the response is {kind(body)}; expected an object or array")
    found = dialect_of(body, name)
    if found is None:
        raise unknown_dialect(body)
    return module_of(found)


def unknown_dialect(item: Item | Mapping[str, Any]) -> StreamError:
    """Return the error for *item*, which belongs to no dialect."""
    first = _first_object(item)
    if "ResponseMetadata" in first:
        found = f"expected a body or item; found a response of boto3 with the keys {quoted(first)}"
        return StreamError(f"{found}; from_response() reads it")
    keys = f"the keys {quoted(first)} with values of these types"
    if not first:
        keys = f"{kind(item)} without fields"
    expected = "; ".join(f"{name}: {', '.join(facts.shapes)}" for name, facts in DIALECTS.items())
    return StreamError(f"no dialect has {keys}; expected one of {expected}")


def dialect_of(item: Item | Mapping[str, Any], name: DialectName | None) -> DialectName | None:
    """Return the one dialect that *item* belongs to, or *name*; ``None`` if it is undecided.

    Raises:
        ServiceError: The item reports an error and belongs to no dialect.
        StreamError: The item belongs to another dialect than *name*, or to one that is not read;
            or it is a response of boto3, with a body that is not read yet.
    """
    first = _first_object(item)
    found = [each for each, facts in DIALECTS.items() if _belongs(first, facts.shapes)]
    if name in found:
        return name
    if len(found) != 1:
        _raise_for_other(first)
    if not found:
        if "ResponseMetadata" in first:
            raise unknown_dialect(first)  # also if a dialect is given
        return name
    if name is not None:
        message = f"the response is of the dialect {found[0]}, by its keys {quoted(first)}"
        raise StreamError(f"{message}; it is read as {name}")
    return found[0] if len(found) == 1 else None


def _raise_for_other(item: Mapping[str, Any]) -> None:
    """Raise an error if *item* is an error of the model, or in a format that is not read."""
    for model, shapes in _UNREAD.items():
        if _belongs(item, shapes):
            message = f"the response is in the format of {model} models, which is not read"
            raise StreamError(f"{message}; call them by Converse")
    if error := error_in(item, _ANSWER_KEYS):
        raise error


def _first_object(item: Item | Mapping[str, Any]) -> Mapping[str, Any]:
    first = item[0] if isinstance(item, list) and item else item
    return first if isinstance(first, Mapping) else {}


def _belongs(item: Mapping[str, Any], shapes: Shapes) -> bool:
    return any(key in item and is_shape(item[key]) for key, is_shape in shapes.items())


def check_name(name: object) -> None:
    """Raise an ``InvalidRequestError`` unless *name* is ``None`` or the name of a dialect."""
    if name is None or (isinstance(name, str) and name in DIALECTS):
        return
    found = f"{name!r:.40}" if isinstance(name, str) else f"a {type(name).__name__}"
    raise InvalidRequestError(f"dialect is {found}; expected one of {', '.join(DIALECTS)}")


def module_of(name: DialectName) -> Dialect:
    """Return the module of the dialect *name*, which is imported when it is first used."""
    return cast("Dialect", import_module(f"{__name__}.{name}"))
