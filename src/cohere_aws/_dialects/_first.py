"""Decide by the first items of a stream which dialect it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cohere_aws._generations import Generations
from cohere_aws.error import MalformedStreamError
from cohere_aws.response import with_metadata

from . import check_name, dialect_of, module_of, unknown_dialect

if TYPE_CHECKING:
    from cohere_aws._framing import Item
    from cohere_aws._results import StreamingText
    from cohere_aws.response import Metadata

    from . import DialectName, Reader

__all__ = ["FirstItems"]


class FirstItems:
    """Reader of the first items of a stream; see the protocol ``Reader``.

    Args:
        name: The dialect to read the stream as; ``None`` for the one that the items belong to.

    Attributes:
        id: As in ``Generations``. A client may set it before the first item.
        metadata: The metadata of the response that has the stream, if a client set it.
        dialect: The dialect, when it is decided.
        reader: The reader of that dialect; before, this object.

    Raises:
        InvalidRequestError: *name* is not the name of a dialect.
    """

    id: str | None = None
    metadata: Metadata | None = None
    prompt = usage = finish_reason = None
    end_of_sequence = ""
    last_item_read = may_end = False

    def __init__(self, name: DialectName | None) -> None:
        check_name(name)
        self.dialect: DialectName | None = name
        self.other_items: list[Item] = []
        self._decided: Reader | None = None

    @property
    def is_decided(self) -> bool:
        """Return whether ``reader`` stays the same from now on."""
        return self._decided is not None

    @property
    def reader(self) -> Reader:
        """Return the reader of the next item."""
        return self._decided or cast("Reader", self)

    def read(self, item: Item) -> tuple[StreamingText, ...]:
        """Read *item* by the dialect that it decides; keep it as long as that is unknown."""
        if self._decided is not None:
            return self._decided.read(item)
        # First, because dialect_of() raises an error of the model. The item may hold more than the
        # error has fields for.
        self.other_items.append(item)
        found = dialect_of(item, self.dialect)
        if found is None:
            return ()
        self.dialect = found
        self._decided = self.create_reader(found)
        if self.id is not None:
            self._decided.id = self.id
        waiting, self.other_items = self.other_items, []
        return tuple(result for each in waiting for result in self._decided.read(each))

    def create_reader(self, dialect: DialectName) -> Reader:
        """Return the reader of the items once their dialect is decided."""
        return module_of(dialect).Reader()

    def answer(self) -> Any:
        """Return the answer so far."""
        return with_metadata(self._read_answer(), self.metadata)

    def _read_answer(self) -> Any:
        return self.reader.generations()

    def check_end(self) -> None:
        """Check, at the end of the stream, that a dialect was found for its items.

        Raises:
            MalformedStreamError: The stream has items, and none belongs to a dialect.
        """
        if self.other_items:
            raise MalformedStreamError(f"item 0: {unknown_dialect(self.other_items[0])}")

    def generations(self) -> Generations:
        """Return an answer without generations."""
        return Generations([], id=self.id, dialect=self.dialect)

    def text(self) -> str:
        """Return no text."""
        return ""
