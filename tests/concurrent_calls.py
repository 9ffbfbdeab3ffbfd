"""Calls without a service, to test both iterators of ``generate_many``."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from cohere_aws import Answers, AsyncAnswers
from maybe_async import results_of

both = pytest.mark.parametrize("kind", [Answers, AsyncAnswers])
OPTIONS: dict[str, Any] = {
    "max_concurrency": 3,
    "on_error": "raise",
    "retries": 0,
    "progress": False,
}


class Calls:
    """Calls that return their request, or raise it; counts how many started and are in flight."""

    def __init__(self, kind: type, wait: float = 0.0) -> None:
        self.started = self.in_flight = self.max_in_flight = 0
        self._kind, self._wait = kind, wait
        self._lock = threading.Lock()

    def __call__(self, request: Any) -> Any:
        return self._call_async(request) if self._kind is AsyncAnswers else self._call(request)

    def _start(self) -> None:
        with self._lock:
            self.started += 1
            self.in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def _end(self, request: Any) -> Any:
        with self._lock:
            self.in_flight -= 1
        if isinstance(request, Exception):
            raise request
        return request

    def _call(self, request: Any) -> Any:
        self._start()
        time.sleep(self._wait)
        return self._end(request)

    async def _call_async(self, request: Any) -> Any:
        self._start()
        try:
            await asyncio.sleep(self._wait)
        except asyncio.CancelledError:
            self._end(None)
            raise
        return self._end(request)


def run(kind: type, requests: Any, do: Any = results_of, **options: Any) -> Any:
    """Return the result of *do* with an iterator of *kind*."""
    calls = options.pop("calls", Calls(kind))

    async def running() -> Any:
        return await do(kind(requests, calls, **{**OPTIONS, **options}))

    return asyncio.run(running())


async def first(many: Any) -> Any:
    """Return the next result."""
    return await anext(many) if hasattr(many, "__anext__") else next(many)


async def until(condition: Any) -> None:
    """Wait until *condition* is true; fail after 5 seconds."""
    ends = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < ends, "the condition is still false"
        await asyncio.sleep(0.001)
