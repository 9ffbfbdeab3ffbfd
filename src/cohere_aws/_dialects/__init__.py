"""Dialects: one module for the response format of each model family.

A dialect is a module that reads a plain body, or the items of a stream one by one. There is one so
far: ``command``. ``_results`` and ``_stream`` select a dialect by name, and use only what the
protocols ``Reader`` and ``Dialect`` declare, which exist for type checkers only. A dialect imports
``_results``, so ``dialect_of`` imports it on first use, to avoid an import cycle.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from cohere_aws._results import Generations, StreamingText, Usage

    class Reader(Protocol):
        """Reads the items of one stream, and holds the answer so far.

        Attributes:
            id: As in ``Generations``.
            prompt: As in ``Generations``.
            usage: As in ``Generations``.
            other_items: Items with content that no other attribute holds.
            end_of_sequence: The marker that a model may send as the last piece of a generation. It
                is yielded like any piece, and removed when pieces are joined. Empty where the
                dialect has none.
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
                StreamError: A field has the wrong type, or the item may not follow the last one.
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
        """The module of a dialect, as other modules use it."""

        Reader: type[Reader]

        @staticmethod
        def read_body(body: Mapping[str, Any]) -> Generations:
            """Return the answer in a plain body.

            Raises:
                StreamError: A field is missing, or has another type than documented.
            """


__all__ = ["dialect_of"]


def dialect_of(name: str) -> Dialect:
    """Return the module of the dialect *name*."""
    return cast("Dialect", import_module(f"{__name__}.{name}"))
