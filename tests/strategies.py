"""Generated texts, and the bytes of a stream cut anywhere."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

# Every kind of character there is, with those that JSON, UTF-8 and the walk treat specially drawn
# more often. A lone surrogate is none: it cannot be sent as UTF-8.
texts = st.text(
    st.one_of(st.sampled_from('"\\{}[],:\n\t é€😀\x00\x7f\u2028'), st.characters(codec="utf-8"))
)


@st.composite
def cuttings(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The bytes, cut anywhere, also twice at one place."""
    positions = draw(st.lists(st.integers(0, len(data)), max_size=12))
    step = draw(st.none() | st.integers(1, 40))
    return cut(data, sorted([*positions, *range(0, len(data), step or len(data) + 1)]))


def cut(data: bytes, positions: list[int]) -> list[bytes]:
    """*data*, cut at *positions*."""
    edges = [0, *positions, len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]
