"""The dialects: how each family of models writes an answer, one module each.

A dialect reads both forms of an answer: the body of a plain one, and the items of a stream, one by
one. ``_results``, ``_stream`` and ``generation`` use it through the two protocols here, so a new
dialect changes none of them. Its module is imported when the first answer of its kind is read.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cohere_aws._results import Generations, StreamingText, Usage

__all__ = ["Dialect", "Reader", "dialect_of"]


class Reader(Protocol):
    """Reads the items of one stream, and holds the answer so far.

    Attributes:
        id: The service's name for the call; *prompt* and *usage* are as in ``Generations``.
        other_items: The items that are not text, or have fields that no attribute holds.
        end_of_sequence: The text of a piece that ends a generation and is not part of it; empty
            where the dialect has none.
    """

    id: str | None
    prompt: str | None
    usage: Usage | None
    other_items: list[dict[str, Any]]
    end_of_sequence: str

    def read(self, item: dict[str, Any]) -> tuple[StreamingText, ...]:
        """Return the results in *item*, most often one or none.

        Raises:
            ServiceError: The item reports an error.
            StreamError: The item is not one that the dialect has at this place.
        """

    def generations(self) -> Generations:
        """Return the answer so far."""

    def text(self) -> str:
        """Return the text of the first generation so far."""

    @property
    def last_item_read(self) -> bool:
        """Return whether the item was read that says that the answer is over."""

    @property
    def may_end(self) -> bool:
        """Return whether the stream is whole if it ends here."""

    @property
    def finish_reason(self) -> str | None:
        """Return why the answer ended; ``None`` while it goes on, and where it was cut off."""


class Dialect(Protocol):
    """The module of a dialect, as other modules use it."""

    Reader: type[Reader]

    @staticmethod
    def read_body(body: Mapping[str, Any]) -> Generations:
        """Return the answer in *body*, that of a plain answer.

        Raises:
            StreamError: A field is missing, or has another type than documented.
        """


def dialect_of(name: str) -> Dialect:
    """Return the module of the dialect *name*."""
    return cast("Dialect", import_module(f"{__name__}.{name}"))
