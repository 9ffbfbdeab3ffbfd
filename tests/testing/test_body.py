"""Bodies of replayed answers, as boto3 and aiobotocore read them."""

from __future__ import annotations

import asyncio
import time

import pytest

from clients import needs_aiobotocore
from cohere_aws.testing import RecordedEnd
from cohere_aws.testing._body import AsyncBody, Body, Pace
from cohere_aws.testing._wire import Part

PARTS = [Part(0.0, b"ab"), Part(0.05, b"cd"), Part(None, b"ef")]


def test_without_delays_there_is_no_wait() -> None:
    assert Pace(delays=False).until(1000) == 0
    assert Pace(delays=True).until(None) == 0


def test_times_count_from_the_creation_of_a_pace() -> None:
    pace = Pace(delays=True)
    assert 999 < pace.until(1000) <= 1000
    time.sleep(0.01)
    assert pace.until(0.01) == 0


def test_a_body_is_a_file_and_a_stream() -> None:
    body = Body(PARTS, Pace(delays=False))
    assert list(body.stream()) == [b"ab", b"cd", b"ef"]
    assert body.read() == b"abcdef"


def test_a_stream_ends_when_it_is_closed() -> None:
    body = Body(PARTS, Pace(delays=False))
    parts = body.stream()
    assert next(parts) == b"ab"
    body.close()
    assert list(parts) == []


def test_parts_are_yielded_at_their_times() -> None:
    start = time.perf_counter()
    assert len(list(Body(PARTS, Pace(delays=True)).stream())) == 3
    assert time.perf_counter() - start >= 0.05


def test_an_asynchronous_body() -> None:
    async def read() -> None:
        body = AsyncBody(PARTS, Pace(delays=False))
        assert body.content is body
        assert await body.read(3) == b"abc"
        assert await body.read() == b"def"
        chunks = body.iter_chunks()
        assert await anext(chunks) == (b"ab", True)
        assert await anext(chunks) == (b"cd", True)
        body.close()
        with pytest.raises(StopAsyncIteration):
            await anext(chunks)

    asyncio.run(read())


def test_an_asynchronous_body_keeps_its_times_without_blocking() -> None:
    async def read() -> int:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.005)

        ticking = asyncio.create_task(tick())
        assert (
            len([chunk async for chunk in AsyncBody(PARTS, Pace(delays=True)).iter_chunks()]) == 3
        )
        ticking.cancel()
        return ticks

    assert asyncio.run(read()) > 1


def test_an_asynchronous_body_is_closed_by_with() -> None:
    async def read() -> None:
        async with AsyncBody(PARTS, Pace(delays=False)) as body:
            assert await body.read(3) == b"abc"
        assert [chunk async for chunk in body.iter_chunks()] == []

    asyncio.run(read())


def test_read_waits_for_the_last_part() -> None:
    async def read() -> bytes:
        return await AsyncBody(PARTS, Pace(delays=True)).read()

    for get in (lambda: Body(PARTS, Pace(delays=True)).read(), lambda: asyncio.run(read())):
        start = time.perf_counter()
        assert get() == b"abcdef"
        assert time.perf_counter() - start >= 0.05
    assert Body([], Pace(delays=True)).read() == asyncio.run(
        AsyncBody([], Pace(delays=True)).read()
    )


ENDS = [RecordedEnd(kind, 0.05) for kind in ("reset", "stalled", "closed")]  # type: ignore[arg-type]


@needs_aiobotocore
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.kind)
def test_an_end_is_raised_after_the_parts_at_its_time(end: RecordedEnd) -> None:
    async def read(body: AsyncBody) -> None:
        chunks = body.iter_chunks()
        assert await anext(chunks) == (b"ab", True)
        with pytest.raises(type(end.error(asynchronous=True))):  # type: ignore[arg-type]
            await anext(chunks)

    for delays in (False, True):
        start = time.perf_counter()
        parts = Body(PARTS[:1], Pace(delays=delays), end).stream()
        assert next(parts) == b"ab"
        with pytest.raises(type(end.error())):  # type: ignore[arg-type]
            next(parts)
        assert not delays or time.perf_counter() - start >= 0.05
        start = time.perf_counter()
        asyncio.run(read(AsyncBody(PARTS[:1], Pace(delays=delays), end)))
        assert not delays or time.perf_counter() - start >= 0.05


def test_an_incomplete_frame_ends_the_body() -> None:
    end = RecordedEnd("cut")

    async def read() -> list[bytes]:
        body = AsyncBody(PARTS, Pace(delays=False), end)
        return [data async for data, _ in body.iter_chunks()]

    assert list(Body(PARTS, Pace(delays=False), end).stream()) == [b"ab", b"cd", b"ef"]
    assert asyncio.run(read()) == [b"ab", b"cd", b"ef"]


def test_a_closed_body_does_not_raise_its_end() -> None:
    body = Body(PARTS[:1], Pace(delays=False), ENDS[0])
    parts = body.stream()
    assert next(parts) == b"ab"
    body.close()
    assert list(parts) == []

    async def read() -> None:
        body = AsyncBody(PARTS[:1], Pace(delays=False), ENDS[0])
        chunks = body.iter_chunks()
        assert await anext(chunks) == (b"ab", True)
        body.close()
        with pytest.raises(StopAsyncIteration):
            await anext(chunks)

    asyncio.run(read())
