"""Concurrent calls in tasks: plain and asynchronous iterables, and cancelling."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import AsyncAnswers, CohereError, InvalidRequestError, TransportError
from concurrent_calls import OPTIONS, Calls, first, run, until
from maybe_async import results_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def test_several_tasks_may_share_the_iterator() -> None:
    async def do(many: Any) -> Any:
        found = await asyncio.gather(*(results_of(many) for _ in range(4)))
        return sorted(number for numbers in found for number in numbers)

    assert run(AsyncAnswers, range(50), do, calls=Calls(AsyncAnswers, 0.001)) == list(range(50))


def test_closing_ends_the_loop_of_another_task() -> None:
    async def do(many: Any) -> Any:
        task = asyncio.create_task(results_of(many))
        await asyncio.sleep(0.01)
        await many.aclose()
        return await task

    assert run(AsyncAnswers, range(9), do, calls=Calls(AsyncAnswers, 60)) == []


def test_a_task_that_is_cancelled_while_it_waits_loses_no_result() -> None:
    async def do(many: Any) -> list[Any]:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(many), 0.01)
        return await results_of(many)

    assert run(AsyncAnswers, range(9), do, calls=Calls(AsyncAnswers, 0.05)) == list(range(9))


def test_an_error_that_is_not_awaited_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def do(many: Any) -> None:
        with pytest.raises(CohereError):
            await first(many)
        await asyncio.sleep(0.05)

    run(AsyncAnswers, [CohereError("first"), CohereError("second"), CohereError("third")], do)
    gc.collect()
    assert caplog.text == ""


async def later(*requests: Any) -> AsyncIterator[Any]:
    for request in requests:
        await asyncio.sleep(0)
        if isinstance(request, Exception):
            raise request
        yield request


def test_an_asynchronous_iterable_is_read() -> None:
    assert run(AsyncAnswers, later(*range(9))) == list(range(9))
    found = run(AsyncAnswers, later(0, CohereError("of the iterable")))
    assert [str(each) for each in found] == ["0", "of the iterable"]


def test_a_loop_reads_all_results() -> None:
    async def do(many: Any) -> list[Any]:
        return [number async for number in many]

    assert run(AsyncAnswers, range(9), do) == list(range(9))


def test_requests_are_read_no_further_than_the_window() -> None:
    taken = []

    async def endless() -> AsyncIterator[int]:
        while True:
            taken.append(None)
            yield len(taken) - 1

    async def do(many: Any) -> None:
        for number in range(5):
            assert await first(many) == number
            await asyncio.sleep(0.01)
            assert len(taken) == number + 1 + 3
        await many.aclose()

    run(AsyncAnswers, endless(), do)


def test_results_are_returned_between_the_requests_of_a_plain_iterable() -> None:
    taken: list[int] = []

    def requests() -> Iterator[int]:
        for number in range(9):
            taken.append(number)
            yield number

    async def do(many: Any) -> None:
        assert await first(many) == 0
        assert len(taken) < 9

    run(AsyncAnswers, requests(), do, max_concurrency=9)


def test_a_cancelled_call_is_an_error_at_its_position() -> None:
    async def call(request: int) -> int:
        if request == 1:
            raise asyncio.CancelledError
        return request

    first, cancelled, last = run(AsyncAnswers, range(3), calls=call)
    assert (first, str(cancelled), last) == (0, "request 1: the call was cancelled", 2)


def test_cancelled_reading_of_requests_is_an_error() -> None:
    async def requests() -> AsyncIterator[int]:
        yield 0
        raise asyncio.CancelledError

    zero, error = run(AsyncAnswers, requests())
    assert (zero, str(error)) == (0, "reading the requests was cancelled")


def test_requests_after_a_cancellation_are_not_sent() -> None:
    calls = Calls(AsyncAnswers)

    async def requests() -> AsyncIterator[int]:
        yield 0
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            yield 1

    async def do(many: Any) -> None:
        async with many:
            assert await anext(many) == 0
            await asyncio.sleep(0.01)
        assert await results_of(many) == []

    run(AsyncAnswers, requests(), do, calls=calls)
    assert calls.started == 1


def test_the_requests_may_close_the_iterator() -> None:
    async def do(_: Any) -> None:
        async def requests() -> AsyncIterator[int]:
            yield 0
            await many.aclose()

        many: Any = AsyncAnswers(requests(), Calls(AsyncAnswers), **OPTIONS)
        assert await asyncio.wait_for(results_of(many), 5) in ([], [0])

    run(AsyncAnswers, [], do)


def test_the_iterator_is_collected_after_its_event_loop_was_closed() -> None:
    loop = asyncio.new_event_loop()
    many: list[Any] = [AsyncAnswers(range(9), Calls(AsyncAnswers, 60), **OPTIONS)]

    async def begin() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(many[0]), 0.01)

    loop.run_until_complete(begin())
    tasks = asyncio.all_tasks(loop)
    assert len(tasks) == 4  # a reader and three calls
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    many.clear()  # it can no longer cancel them, and must not raise
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]
    del tasks
    gc.collect()


def test_closing_ends_the_wait_for_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    calls = Calls(AsyncAnswers)

    async def do(many: Any) -> None:
        waiting = asyncio.create_task(results_of(many))
        await until(lambda: calls.started == 1)
        await many.aclose()
        assert await asyncio.wait_for(waiting, 0.5) == []

    run(AsyncAnswers, [TransportError("no")], do, calls=calls, retries=1)


def test_a_retry_that_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)
    left = [TransportError("no")]

    async def call(request: int) -> int:
        if left:
            raise left.pop()
        return request

    assert run(AsyncAnswers, [7], calls=call, retries=1) == [7]


def test_requests_must_be_iterable() -> None:
    with pytest.raises(
        InvalidRequestError, match=r"^requests is of type int; expected an iterable"
    ):
        run(AsyncAnswers, 7)
