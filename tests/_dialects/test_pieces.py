"""The texts of a stream while they arrive."""

from __future__ import annotations

from cohere_aws import Generation
from cohere_aws._dialects._pieces import Pieces


def test_pieces_are_joined_by_generation() -> None:
    pieces = Pieces("<END>")
    assert (pieces.first_text(), pieces.generations()) == ("", [])
    for index, text in [(1, "b"), (0, "a"), (1, "b"), (0, "<END>")]:
        pieces.append(index, text)
    assert pieces.first_text() == "a"
    pieces.finish_reasons[1] = "COMPLETE"
    assert pieces.generations() == [
        Generation("a", index=0),
        Generation("bb", index=1, finish_reason="COMPLETE"),
    ]
    pieces.append(1, "b")
    assert pieces.generations()[1].text == "bbb"


def test_a_generation_may_have_no_pieces() -> None:
    pieces = Pieces("")
    pieces.texts[0] = []
    assert pieces.first_text() == ""


def test_whether_all_generations_have_ended() -> None:
    pieces = Pieces("")
    assert not pieces.all_ended()
    pieces.append(0, "a")
    pieces.append(1, "b")
    pieces.finish_reasons[0] = None
    assert not pieces.all_ended()
    pieces.finish_reasons[1] = "COMPLETE"
    assert pieces.all_ended()
