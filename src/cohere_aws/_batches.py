"""Batches of the texts in an iterable, for ``embed_many``; they are read one at a time."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Sized
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ["MAX_TEXTS", "batches_of"]

MAX_TEXTS = 96  # in one call of Embed


def batches_of(values: Iterable[Any] | AsyncIterable[Any], size: int) -> Any:
    """Return an iterable of lists of *size* values, the last of which may be shorter.

    It is asynchronous if *values* is, and has a length if *values* has, for a progress bar.
    """
    if isinstance(values, AsyncIterable):
        return _async_batches(values, size)
    return _SizedBatches(values, size) if isinstance(values, Sized) else _Batches(values, size)


class _Batches:
    def __init__(self, values: Iterable[Any], size: int) -> None:
        self._values = values
        self._size = size

    def __iter__(self) -> Iterator[list[Any]]:
        values = iter(self._values)
        while batch := list(islice(values, self._size)):
            yield batch


class _SizedBatches(_Batches):
    """Batches of values with a length; a class of its own, because ``Sized`` asks the class."""

    _values: Any

    def __len__(self) -> int:
        return (len(self._values) + self._size - 1) // self._size  # rounded up


async def _async_batches(values: AsyncIterable[Any], size: int) -> AsyncIterator[list[Any]]:
    batch = []
    async for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
