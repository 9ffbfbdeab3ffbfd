"""The invariant holds for every input in the corpus, on every interpreter."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.invariant import check

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_the_invariant_holds(path: Path) -> None:
    check(path.read_bytes())
