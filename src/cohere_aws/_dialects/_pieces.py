"""Collect the pieces of text of a stream by generation, and join them on demand."""

from __future__ import annotations

from _thread import allocate_lock  # threading takes a while to import

from cohere_aws._results import Generation

__all__ = ["Pieces"]


class Pieces:
    """Pieces of text and finish reasons, by the index of their generation.

    Attributes:
        texts: The pieces. A reader may append to them directly, which is faster.
        finish_reasons: The reasons of the generations that have ended.
    """

    def __init__(self, end_of_sequence: str) -> None:
        self.texts: dict[int, list[str]] = {}
        self.finish_reasons: dict[int, str | None] = {}
        self._end_of_sequence = end_of_sequence
        self._lock = allocate_lock()  # held while pieces are joined

    def append(self, index: int, text: str) -> None:
        """Append a piece to a generation."""
        self.texts.setdefault(index, []).append(text)

    def all_ended(self) -> bool:
        """Return whether there is a generation, and every one has ended."""
        return bool(self.texts) and self.texts.keys() <= self.finish_reasons.keys()

    def first_text(self) -> str:
        """Return the text so far of the generation with the lowest index."""
        return self.text_of(min(self.texts)) if self.texts else ""

    def generations(self) -> list[Generation]:
        """Return the generations so far, ordered by index."""
        return [
            Generation(
                self.text_of(index), index=index, finish_reason=self.finish_reasons.get(index)
            )
            for index in sorted(self.texts)
        ]

    def text_of(self, index: int) -> str:
        """Return the text so far of one generation, without copying it where that is possible."""
        pieces = self.texts[index]
        with self._lock:
            # Another thread may append at any time, without the lock: a new piece goes to index
            # *count* or later, which is not touched here, and each list operation is atomic.
            count = len(pieces)
            if count > 1:
                # The joined text replaces its pieces, so that no piece is joined twice. pieces[0]
                # is emptied first, so that CPython can extend the string in place, if no caller
                # still holds it. No function is called until pieces[0] is set again, so Ctrl-C
                # cannot lose the text.
                rest = "".join(pieces[1:count])
                text, pieces[0] = pieces[0], ""
                text += rest
                pieces[:count] = [text]
            return pieces[0].removesuffix(self._end_of_sequence) if pieces else ""
