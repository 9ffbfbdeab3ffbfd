"""Calls that need no service, so that many of them can be looked at, by threads and by tasks."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from asking import each
from cohere_aws import Answers, AsyncAnswers

both = pytest.mark.parametrize("kind", [Answers, AsyncAnswers])
OPTIONS: dict[str, Any] = {
    "max_concurrency": 3,
    "on_error": "raise",
    "retries": 0,
    "progress": False,
}


class Asked:
    """Answers a request by itself, or fails; knows how many were begun, and are in flight."""

    def __init__(self, kind: type, wait: float = 0.0) -> None:
        self.begun = self.flying = self.most = 0
        self._kind, self._wait = kind, wait
        self._lock = threading.Lock()

    def __call__(self, request: Any) -> Any:
        return self._later(request) if self._kind is AsyncAnswers else self._now(request)

    def _begin(self) -> None:
        with self._lock:
            self.begun += 1
            self.flying += 1
            self.most = max(self.most, self.flying)

    def _end(self, request: Any) -> Any:
        with self._lock:
            self.flying -= 1
        if isinstance(request, Exception):
            raise request
        return request

    def _now(self, request: Any) -> Any:
        self._begin()
        time.sleep(self._wait)
        return self._end(request)

    async def _later(self, request: Any) -> Any:
        self._begin()
        try:
            await asyncio.sleep(self._wait)
        except asyncio.CancelledError:
            self._end(None)
            raise
        return self._end(request)


def run(kind: type, requests: Any, do: Any = each, **options: Any) -> Any:
    """Return the result of *do* with the results."""
    asked = options.pop("asked", Asked(kind))

    async def running() -> Any:
        return await do(kind(requests, asked, **{**OPTIONS, **options}))

    return asyncio.run(running())


async def first(many: Any) -> Any:
    return await anext(many) if hasattr(many, "__anext__") else next(many)


async def until(holds: Any) -> None:
    """Wait until something holds, and fail if it does not in time."""
    ends = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < ends, "it did not happen"
        await asyncio.sleep(0.001)
