"""Many calls at once: the order, the window, and what a failure leaves behind."""

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

from asking import each, left
from cohere_aws import (
    Answers,
    AsyncAnswers,
    CohereError,
    InvalidRequestError,
    ServiceError,
    TransportError,
)
from cohere_aws._concurrent import Window
from concurrent_calls import OPTIONS, Asked, both, first, run, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@both
@given(requests=st.lists(st.integers() | st.just("fails"), max_size=20), size=st.integers(1, 7))
def test_results_come_in_order_whatever_fails(kind: type, requests: list[Any], size: int) -> None:
    for on_error in ("raise", "return"):
        given = [CohereError("no") if request == "fails" else request for request in requests]
        asked = Asked(kind)
        found = run(kind, iter(given), asked=asked, max_concurrency=size, on_error=on_error)
        assert found == given
        assert asked.most <= size
        for position, result in enumerate(found):
            if isinstance(result, CohereError):
                assert (result.position, str(result)) == (position, f"request {position}: no")


@both
def test_as_many_are_in_flight_as_was_asked_for(kind: type) -> None:
    asked = Asked(kind, 0.05)
    assert run(kind, range(9), asked=asked) == list(range(9))
    assert asked.most == 3


@both
def test_nothing_is_read_ahead_of_the_window(kind: type) -> None:
    taken = []

    def endless() -> Iterator[int]:
        number = 0
        while True:
            taken.append(number)
            yield number
            number += 1

    asked = Asked(kind)

    async def do(many: Any) -> None:
        assert taken == []
        for number in range(4):
            assert await first(many) == number
            # One for each result that was taken, and the window.
            await until(lambda number=number: len(taken) >= number + 1 + 3)
            await asyncio.sleep(0.01)
            assert len(taken) == number + 1 + 3
        await left(many)

    run(kind, endless(), do, asked=asked)
    assert asked.begun <= len(taken) == 7


@both
def test_an_error_is_raised_where_it_is_and_iterating_goes_on(kind: type) -> None:
    async def do(many: Any) -> None:
        assert await first(many) == 0
        with pytest.raises(ServiceError, match=r"^request 1: no$") as caught:
            await first(many)
        assert caught.value.position == 1
        assert await each(many) == [2]
        assert await each(many) == []

    run(kind, [0, ServiceError("no"), 2], do)


@both
def test_other_errors_come_through_and_count(kind: type) -> None:
    async def do(many: Any) -> None:
        with pytest.raises(ZeroDivisionError):
            await first(many)
        assert [str(error) for error in await each(many)] == ["request 1: no"]

    run(kind, [ZeroDivisionError(), CohereError("no")], do)


@both
def test_an_error_of_the_requests_themselves_is_raised_in_its_turn(kind: type) -> None:
    def requests() -> Iterator[int]:
        yield 0
        yield 1
        raise ZeroDivisionError

    async def do(many: Any) -> None:
        assert [await first(many), await first(many)] == [0, 1]
        with pytest.raises(ZeroDivisionError):
            await first(many)
        assert await each(many) == []

    run(kind, requests(), do)


@both
def test_a_loop_that_is_left_keeps_no_thread_and_no_task(kind: type) -> None:
    async def do(many: Any) -> None:
        assert await first(many) == 0

    async def leave() -> None:
        tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
        gc.disable()
        try:
            await do(kind(range(100), Asked(kind, 0.01), **OPTIONS))
            ends = time.monotonic() + 5
            while asyncio.all_tasks() != tasks or set(threading.enumerate()) - threads:
                assert time.monotonic() < ends, "something was left"
                await asyncio.sleep(0.01)
        finally:
            gc.enable()

    asyncio.run(leave())


@both
def test_a_returned_error_holds_nothing_of_its_request(kind: type) -> None:
    error = CohereError("no")
    error.__cause__ = ValueError()
    (found,) = run(kind, [error], on_error="return")
    assert found is error
    assert (found.__traceback__, found.__cause__.__traceback__) == (None, None)


@both
def test_left_early_nothing_goes_on(kind: type) -> None:
    asked = Asked(kind, 0.05)

    async def do(many: Any) -> None:
        if kind is Answers:
            with many as entered:
                assert next(entered) == 0
        else:
            async with many as entered:
                assert await anext(entered) == 0
        assert asked.flying == 0
        assert await each(many) == []

    before = set(threading.enumerate())
    run(kind, range(100), do, asked=asked)
    assert asked.begun <= 5
    assert set(threading.enumerate()) <= before


@both
def test_a_loop_that_ends_leaves_no_thread(kind: type) -> None:
    before = set(threading.enumerate())
    assert run(kind, range(5)) == list(range(5))
    assert set(threading.enumerate()) <= before


@both
def test_it_is_read_by_a_loop(kind: type) -> None:
    async def do(many: Any) -> list[Any]:
        return [result async for result in many] if kind is AsyncAnswers else list(many)

    assert run(kind, range(5), do) == list(range(5))


@both
def test_a_bar_shows_how_far_it_is(kind: type, capsys: pytest.CaptureFixture[str]) -> None:
    run(kind, [0, CohereError("no"), 2], progress=True)
    assert "3/3" in capsys.readouterr().err
    run(kind, [0, 1], progress=False)
    assert capsys.readouterr() == ("", "")


@both
def test_options_are_checked_before_anything_is_asked(kind: type) -> None:
    asked = Asked(kind)
    for number, shown in ((0, "0"), (-1, "-1"), (True, "True"), (1.5, "1.5"), ("8", "'8'")):
        with pytest.raises(
            InvalidRequestError,
            match=f"^max_concurrency is {shown}; expected an integer of 1 or more",
        ):
            run(kind, [1], asked=asked, max_concurrency=number)
    with pytest.raises(InvalidRequestError, match=r"^on_error is 'ignore'; expected 'raise' or"):
        run(kind, [1], asked=asked, on_error="ignore")
    for number in (-1, True, 1.5):
        with pytest.raises(InvalidRequestError, match=f"^retries is {number}; expected an integer"):
            run(kind, [1], asked=asked, retries=number)
    with pytest.raises(InvalidRequestError, match=r"^progress is of type str; expected True or F"):
        run(kind, [1], asked=asked, progress="false")
    for requests in ("hello", b"hello", 7, None):
        with pytest.raises(InvalidRequestError, match=r"^requests is .*; expected an iterable of"):
            run(kind, requests, asked=asked)
    assert asked.begun == 0


@both
def test_a_result_is_handed_over_before_the_next_request_is_there(kind: type) -> None:
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
        assert await each(many) == [1]

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
        assert await each(many) == []
        return found

    requests = iter(fed.get, None) if kind is Answers else later()
    assert run(kind, requests, do) == list(range(20))


class Failing(Asked):
    """Fails a number of times by the same error before it answers."""

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
def test_what_is_retryable_is_tried_again(
    kind: type, times: int, retries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)
    asked = Failing(kind, times, TransportError("no"))
    (found,) = run(kind, ["a"], asked=asked, retries=retries)
    assert asked.begun == 1 + min(times, retries)
    assert str(found) == ("a" if times <= retries else "request 0: no")


@both
def test_what_is_not_retryable_is_not_tried_again(kind: type) -> None:
    asked = Failing(kind, 1, ServiceError("no"))
    (found,) = run(kind, ["a"], asked=asked, retries=9)
    assert (asked.begun, str(found)) == (1, "request 0: no")


@both
def test_a_retry_waits_and_holds_nothing_up(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.3)
    asked = Failing(kind, 1, TransportError("no"))

    async def do(many: Any) -> None:
        assert await first(many) == 0
        # It kept its place in the window of 3, and the calls of the others were made meanwhile.
        assert asked.begun == 4
        assert await each(many) == [1, 2]
        # Another request may have failed first; whichever it was, its second try came later.
        failed = asked.ends[0][0]
        failure, answer = (at for request, at in asked.ends if request == failed)
        assert answer - failure > 0.25

    run(kind, range(3), do, asked=asked, retries=1)


@both
def test_closing_it_ends_the_wait_for_a_retry(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    monkeypatch.setattr("cohere_aws._concurrent._LONGEST_DELAY", 2**60)
    asked = Failing(kind, 10**9, TransportError("no"))
    before = set(threading.enumerate())

    async def do(many: Any) -> None:
        reading = asyncio.get_running_loop()
        waiting = reading.run_in_executor(None, next, many, None)
        if kind is AsyncAnswers:
            waiting = asyncio.ensure_future(first(many))
        await until(lambda: asked.begun == 2)  # it waits for a second or more from here on
        began = time.monotonic()
        await left(many)
        assert time.monotonic() - began < 0.5
        with suppress(StopAsyncIteration):
            assert await waiting is None

    run(kind, ["a"], do, asked=asked, retries=60, max_concurrency=1)
    assert asked.begun == 2
    assert set(threading.enumerate()) <= before


def test_the_wait_for_a_retry_is_random_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {**OPTIONS, "retries": 2000}
    assert max(Window([], **options).delays()) <= 20
    monkeypatch.setattr("random.random", lambda: 0.5)
    assert list(Window([], **options).delays())[:7] == [0.5, 1, 2, 4, 8, 10, 10]
    assert list(Window([], **OPTIONS).delays()) == []
