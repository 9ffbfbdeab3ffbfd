"""The texts of a stream as strings, and where an end of sequence is one of them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import StreamingText, TextStream, TokenLikelihood
from cohere_aws._results import token_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

END = "<END>"


def texts_of(pieces: list[StreamingText], end_of_sequence: str = END) -> list[str]:
    """Return the texts of *pieces*, by both loops."""
    state: Any = SimpleNamespace(reader=SimpleNamespace(end_of_sequence=end_of_sequence))

    async def source() -> AsyncIterator[StreamingText]:
        for piece in pieces:
            yield piece

    async def read() -> list[str]:
        return [text async for text in TextStream(source(), state)]

    found = list(TextStream(pieces, state))
    assert asyncio.run(read()) == found
    return found


def piece(text: str, index: int = 0) -> StreamingText:
    return StreamingText(index, text, is_finished=False)


@pytest.mark.parametrize(
    ("pieces", "texts"),
    [
        ([], []),
        ([piece("a"), piece(""), piece("b")], ["a", "b"]),
        ([piece("a"), piece(END)], ["a"]),
        ([piece(END), piece("a")], [END + "a"]),
        ([piece(END), piece(END)], [END]),
        ([piece("a"), piece(END), piece("b", 1), piece(END, 1)], ["a", "b"]),
        ([piece(END), piece("b", 1), piece("a")], ["b", END + "a"]),
    ],
)
def test_an_end_of_sequence_is_text_unless_it_is_the_last_piece(
    pieces: list[StreamingText], texts: list[str]
) -> None:
    assert texts_of(pieces) == texts


def test_a_dialect_without_an_end_of_sequence() -> None:
    special = token_text(
        0, "", is_finished=False, token=TokenLikelihood("</s>", -0.1, special=True)
    )
    assert texts_of([piece("a"), special, piece(END)], "") == ["a", END]
