"""Tests of both iterators of ``generate_many``: order, window, errors, retries and closing."""

from __future__ import annotations

import asyncio
import gc
import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import (
    Answers,
    AsyncAnswers,
    CohereError,
    InvalidRequestError,
    ServiceError,
    TransportError,
)
from cohere_aws._concurrent import Window
from concurrent_calls import OPTIONS, Calls, both, first, run, until
from maybe_async import close, results_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@both
@given(requests=st.lists(st.integers() | st.just("fails"), max_size=20), size=st.integers(1, 7))
def test_results_are_in_order_also_with_errors(kind: type, requests: list[Any], size: int) -> None:
    for on_error in ("raise", "return"):
        given = [CohereError("no") if request == "fails" else request for request in requests]
        calls = Calls(kind)
        found = run(kind, iter(given), calls=calls, max_concurrency=size, on_error=on_error)
        assert found == given
        assert calls.max_in_flight <= size
        for position, result in enumerate(found):
            if isinstance(result, CohereError):
                assert (result.position, str(result)) == (position, f"request {position}: no")


@both
def test_as_many_calls_are_in_flight_as_max_concurrency_allows(kind: type) -> None:
    calls = Calls(kind, 0.05)
    assert run(kind, range(9), calls=calls) == list(range(9))
    assert calls.max_in_flight == 3


@both
def test_requests_are_read_no_further_than_the_window(kind: type) -> None:
    taken = []

    def endless() -> Iterator[int]:
        number = 0
        while True:
            taken.append(number)
            yield number
            number += 1

    calls = Calls(kind)

    async def do(many: Any) -> None:
        assert taken == []
        for number in range(4):
            assert await first(many) == number
            # One request for each result that was taken, and 3 in the window.
            await until(lambda number=number: len(taken) >= number + 1 + 3)
            await asyncio.sleep(0.01)
            assert len(taken) == number + 1 + 3
        await close(many)

    run(kind, endless(), do, calls=calls)
    assert calls.started <= len(taken) == 7


@both
def test_an_error_is_raised_at_its_position_and_the_iterator_continues(kind: type) -> None:
    async def do(many: Any) -> None:
        assert await first(many) == 0
        with pytest.raises(ServiceError, match=r"^request 1: no$") as caught:
            await first(many)
        assert caught.value.position == 1
        assert await results_of(many) == [2]
        assert await results_of(many) == []

    run(kind, [0, ServiceError("no"), 2], do)


@both
def test_other_exceptions_are_raised_and_counted(kind: type) -> None:
    async def do(many: Any) -> None:
        with pytest.raises(ZeroDivisionError):
            await first(many)
        assert [str(error) for error in await results_of(many)] == ["request 1: no"]

    run(kind, [ZeroDivisionError(), CohereError("no")], do)


@both
def test_an_exception_of_the_iterable_is_raised_after_the_results(kind: type) -> None:
    def requests() -> Iterator[int]:
        yield 0
        yield 1
        raise ZeroDivisionError

    async def do(many: Any) -> None:
        assert [await first(many), await first(many)] == [0, 1]
        with pytest.raises(ZeroDivisionError):
            await first(many)
        assert await results_of(many) == []

    run(kind, requests(), do)


@both
def test_an_abandoned_iterator_leaves_no_thread_and_no_task(kind: type) -> None:
    async def do(many: Any) -> None:
        assert await first(many) == 0

    async def leave() -> None:
        tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
        gc.disable()
        try:
            await do(kind(range(100), Calls(kind, 0.01), **OPTIONS))
            ends = time.monotonic() + 5
            while asyncio.all_tasks() != tasks or set(threading.enumerate()) - threads:
                assert time.monotonic() < ends, "a thread or task is left"
                await asyncio.sleep(0.01)
        finally:
            gc.enable()

    asyncio.run(leave())


@both
def test_a_returned_error_does_not_keep_its_request_in_memory(kind: type) -> None:
    error = CohereError("no")
    error.__cause__ = ValueError()
    (found,) = run(kind, [error], on_error="return")
    assert found is error
    assert (found.__traceback__, found.__cause__.__traceback__) == (None, None)


@both
def test_no_calls_continue_after_with(kind: type) -> None:
    calls = Calls(kind, 0.05)

    async def do(many: Any) -> None:
        if kind is Answers:
            with many as entered:
                assert next(entered) == 0
        else:
            async with many as entered:
                assert await anext(entered) == 0
        assert calls.in_flight == 0
        assert await results_of(many) == []

    before = set(threading.enumerate())
    run(kind, range(100), do, calls=calls)
    assert calls.started <= 5
    assert set(threading.enumerate()) <= before


@both
def test_no_thread_is_left_at_the_end(kind: type) -> None:
    before = set(threading.enumerate())
    assert run(kind, range(5)) == list(range(5))
    assert set(threading.enumerate()) <= before


@both
def test_a_loop_reads_all_results(kind: type) -> None:
    async def do(many: Any) -> list[Any]:
        return [result async for result in many] if kind is AsyncAnswers else list(many)

    assert run(kind, range(5), do) == list(range(5))


@both
def test_a_bar_shows_the_progress(kind: type, capsys: pytest.CaptureFixture[str]) -> None:
    run(kind, [0, CohereError("no"), 2], progress=True)
    assert "3/3" in capsys.readouterr().err
    run(kind, [0, 1], progress=False)
    assert capsys.readouterr() == ("", "")


@both
def test_options_are_checked_before_any_call(kind: type) -> None:
    calls = Calls(kind)
    for number, shown in ((0, "0"), (-1, "-1"), (True, "True"), (1.5, "1.5"), ("8", "'8'")):
        with pytest.raises(
            InvalidRequestError,
            match=f"^max_concurrency is {shown}; expected an integer of 1 or more",
        ):
            run(kind, [1], calls=calls, max_concurrency=number)
    with pytest.raises(InvalidRequestError, match=r"^on_error is 'ignore'; expected 'raise' or"):
        run(kind, [1], calls=calls, on_error="ignore")
    for number in (-1, True, 1.5):
        with pytest.raises(InvalidRequestError, match=f"^retries is {number}; expected an integer"):
            run(kind, [1], calls=calls, retries=number)
    with pytest.raises(InvalidRequestError, match=r"^progress is of type str; expected True or F"):
        run(kind, [1], calls=calls, progress="false")
    for requests in ("hello", b"hello", 7, None):
        with pytest.raises(InvalidRequestError, match=r"^requests is .*; expected an iterable of"):
            run(kind, requests, calls=calls)
    assert calls.started == 0


@both
def test_a_result_is_returned_before_the_next_request_is_available(kind: type) -> None:
    taken = threading.Event()

    def requests() -> Iterator[int]:
        yield 0
        yield from [1] if taken.wait(5) else []

    async def requests_later() -> AsyncIterator[int]:
        yield 0
        await until(taken.is_set)
        yield 1

    async def do(many: Any) -> None:
        assert await first(many) == 0
        taken.set()
        assert await results_of(many) == [1]

    run(kind, requests() if kind is Answers else requests_later(), do, max_concurrency=8)


@both
def test_requests_may_come_from_the_results(kind: type) -> None:
    fed: Any = queue.Queue() if kind is Answers else asyncio.Queue()
    fed.put_nowait(0)

    async def later() -> AsyncIterator[int]:
        while (number := await fed.get()) is not None:
            yield number

    async def do(many: Any) -> list[int]:
        found = []
        for number in range(20):
            found.append(await first(many))
            fed.put_nowait(number + 1 if number < 19 else None)
        assert await results_of(many) == []
        return found

    requests = iter(fed.get, None) if kind is Answers else later()
    assert run(kind, requests, do) == list(range(20))


class Failing(Calls):
    """Calls that raise the same error a number of times before they return."""

    def __init__(self, kind: type, times: int, error: CohereError) -> None:
        super().__init__(kind)
        self._left, self._error = times, error
        self.ends: list[tuple[Any, float]] = []

    def _end(self, request: Any) -> Any:
        self._left -= 1
        self.ends.append((request, time.monotonic()))
        return super()._end(self._error if self._left >= 0 else request)


@both
@pytest.mark.parametrize(("times", "retries"), [(0, 2), (1, 2), (2, 2), (3, 2), (1, 0), (2, 1)])
def test_retryable_errors_are_retried(
    kind: type, times: int, retries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)
    calls = Failing(kind, times, TransportError("no"))
    (found,) = run(kind, ["a"], calls=calls, retries=retries)
    assert calls.started == 1 + min(times, retries)
    assert str(found) == ("a" if times <= retries else "request 0: no")


@both
def test_other_errors_are_not_retried(kind: type) -> None:
    calls = Failing(kind, 1, ServiceError("no"))
    (found,) = run(kind, ["a"], calls=calls, retries=9)
    assert (calls.started, str(found)) == (1, "request 0: no")


@both
def test_other_calls_continue_while_a_retry_waits(
    kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: 0.5)
    calls = Failing(kind, 1, TransportError("no"))
    assert run(kind, range(3), calls=calls, retries=1) == [0, 1, 2]
    failed = calls.ends[0][0]  # any of the requests
    failure, answer = (at for request, at in calls.ends if request == failed)
    assert answer - failure > 0.45
    assert max(at for request, at in calls.ends if request != failed) < answer


@both
def test_closing_ends_the_wait_for_a_retry(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    monkeypatch.setattr("cohere_aws._concurrent._MAX_DELAY", 2**60)
    calls = Failing(kind, 10**9, TransportError("no"))
    before = set(threading.enumerate())

    async def do(many: Any) -> None:
        reading = asyncio.get_running_loop()
        waiting = reading.run_in_executor(None, next, many, None)
        if kind is AsyncAnswers:
            waiting = asyncio.ensure_future(first(many))
        await until(lambda: calls.started == 2)  # it then waits for 1 second or longer
        began = time.monotonic()
        await close(many)
        assert time.monotonic() - began < 0.5
        with suppress(StopAsyncIteration):
            assert await waiting is None

    run(kind, ["a"], do, calls=calls, retries=60, max_concurrency=1)
    assert calls.started == 2
    assert set(threading.enumerate()) <= before


def test_the_wait_for_a_retry_is_random_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {**OPTIONS, "retries": 2000}
    assert max(Window([], **options).delays()) <= 20
    monkeypatch.setattr("random.random", lambda: 0.5)
    assert list(Window([], **options).delays())[:7] == [0.5, 1, 2, 4, 8, 10, 10]
    assert list(Window([], **OPTIONS).delays()) == []
