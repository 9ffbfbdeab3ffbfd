"""Sources of events: which of them are running, and the one without events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from cohere_aws._sources import NoEvents, is_running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def test_a_generator_runs_while_its_code_runs() -> None:
    found: list[bool] = []

    def generator() -> Iterator[None]:
        found.append(is_running(source))
        yield

    source = generator()
    assert not is_running(source)
    next(source)
    assert not is_running(source)
    assert found == [True]


def test_an_asynchronous_generator_runs_until_it_yields() -> None:
    async def check() -> None:
        may_yield = asyncio.Event()

        async def generator() -> AsyncIterator[int]:
            await may_yield.wait()
            yield 1

        source = generator()
        assert not is_running(source)
        waiting = asyncio.ensure_future(anext(source))
        await asyncio.sleep(0)
        assert is_running(source)
        may_yield.set()
        assert await waiting == 1
        assert not is_running(source)

    asyncio.run(check())


def test_any_other_source_is_not_running() -> None:
    for source in ([], iter([]), NoEvents(), None):
        assert not is_running(source)


def test_a_source_without_events() -> None:
    async def read() -> list[Any]:
        return [event async for event in NoEvents()]

    assert asyncio.run(read()) == []
