"""Batches of texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sized
from itertools import count, islice
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cohere_aws._batches import batches_of


async def asynchronous(values: list[int]) -> AsyncIterator[int]:
    for value in values:
        yield value


async def listed(batches: Any) -> list[list[int]]:
    return [batch async for batch in batches]


@given(values=st.lists(st.integers(), max_size=20), size=st.integers(1, 7))
def test_batches_join_to_the_values(values: list[int], size: int) -> None:
    expected = [values[i : i + size] for i in range(0, len(values), size)]
    sized = batches_of(values, size)
    assert (list(sized), len(sized)) == (expected, len(expected))
    assert list(sized) == expected
    lazy = batches_of(iter(values), size)
    assert list(lazy) == expected
    assert not isinstance(lazy, Sized)
    assert asyncio.run(listed(batches_of(asynchronous(values), size))) == expected


def test_one_batch_is_read_at_a_time() -> None:
    read = []

    def endless() -> Iterator[int]:
        for value in count():
            read.append(value)
            yield value

    batches = iter(batches_of(endless(), 3))
    assert read == []
    assert list(islice(batches, 2)) == [[0, 1, 2], [3, 4, 5]]
    assert read == [0, 1, 2, 3, 4, 5]
