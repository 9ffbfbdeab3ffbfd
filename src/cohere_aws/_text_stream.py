"""Texts of a stream as strings; the class is public in ``generation``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

    from ._results import StreamingText

__all__ = ["TextStream"]


class TextStream:
    """Pieces of text of a stream, as strings, for ``for`` and ``async for``.

    Iterating it reads the stream that it belongs to, and raises what iterating that stream raises.
    After a loop was left, another loop over this object or over the stream continues.
    """

    def __init__(
        self, pieces: Iterable[StreamingText] | AsyncIterable[StreamingText], state: Any
    ) -> None:
        self._pieces: Any = pieces
        self._state = state

    def __iter__(self) -> Iterator[str]:
        held_back: set[int] = set()
        for piece in self._pieces:
            if text := self._shown(piece, held_back):
                yield text

    async def __aiter__(self) -> AsyncIterator[str]:
        held_back: set[int] = set()
        async for piece in self._pieces:
            if text := self._shown(piece, held_back):
                yield text

    def _shown(self, piece: StreamingText, held_back: set[int]) -> str:
        """Return the text to yield for *piece*.

        An end of sequence is not part of a text when it is its last piece. So it is held back until
        another piece of its generation comes; *held_back* has the indexes of these generations.
        """
        end_of_sequence = self._state.reader.end_of_sequence
        before = end_of_sequence if piece.index in held_back else ""
        held_back.discard(piece.index)
        if piece.text == end_of_sequence:
            held_back.add(piece.index)
            return before
        return before + piece.text
