"""Sources of events: a generator that is running, and a source without events."""

from __future__ import annotations

import inspect
from typing import Any

__all__ = ["NoEvents", "is_running"]


def is_running(source: object) -> bool:
    """Return whether *source* is a generator that is running, in another thread or task.

    A running generator cannot be closed. Do not try: ``close()`` of CPython 3.12 reads the frame
    before it checks whether the generator is running (``_PyGen_yf``), and may crash.
    """
    if inspect.isgenerator(source):
        return source.gi_running
    return inspect.isasyncgen(source) and source.ag_running


class NoEvents:
    """An asynchronous iterator without events; unlike a generator, it need not be closed."""

    def __aiter__(self) -> NoEvents:
        return self

    async def __anext__(self) -> Any:
        raise StopAsyncIteration
