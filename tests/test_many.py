"""Many calls at once: the order, the window, and what a failure leaves behind."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asking import each, left
from cohere_aws import CohereError, InvalidRequestError, ServiceError
from cohere_aws._many import Many
from cohere_aws.aio import AsyncMany

if TYPE_CHECKING:
    from collections.abc import Iterator

both = pytest.mark.parametrize("kind", [Many, AsyncMany])
OPTIONS: dict[str, Any] = {"max_concurrency": 3, "on_error": "raise", "progress": False}


class Asked:
    """Answers a request by itself, or fails; knows how many were begun, and are in flight."""

    def __init__(self, kind: type, wait: float = 0.0) -> None:
        self.begun = self.flying = self.most = 0
        self._kind, self._wait = kind, wait
        self._lock = threading.Lock()

    def __call__(self, request: Any) -> Any:
        return self._later(request) if self._kind is AsyncMany else self._now(request)

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
    """What *do* makes of the results."""
    asked = options.pop("asked", Asked(kind))

    async def running() -> Any:
        return await do(kind(requests, asked, **{**OPTIONS, **options}))

    return asyncio.run(running())


async def first(many: Any) -> Any:
    return await anext(many) if hasattr(many, "__anext__") else next(many)


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
            assert len(taken) == number + 3
        await left(many)

    run(kind, endless(), do, asked=asked)
    assert asked.begun <= len(taken) == 6


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
        tasks, threads = asyncio.all_tasks(), threading.active_count()
        gc.disable()
        try:
            await do(kind(range(100), Asked(kind, 0.01), **OPTIONS))
            ends = time.monotonic() + 5
            while asyncio.all_tasks() != tasks or threading.active_count() > threads:
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


def test_an_error_that_nobody_waits_for_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def do(many: Any) -> None:
        with pytest.raises(CohereError):
            await first(many)
        await asyncio.sleep(0.05)

    run(AsyncMany, [CohereError("first"), CohereError("second"), CohereError("third")], do)
    gc.collect()
    assert caplog.text == ""


@both
def test_left_early_nothing_goes_on(kind: type) -> None:
    asked = Asked(kind, 0.05)

    async def do(many: Any) -> None:
        if kind is Many:
            with many as entered:
                assert next(entered) == 0
        else:
            async with many as entered:
                assert await anext(entered) == 0
        assert asked.flying == 0
        assert await each(many) == []

    before = threading.active_count()
    run(kind, range(100), do, asked=asked)
    assert asked.begun <= 4
    assert threading.active_count() == before


@both
def test_a_loop_that_ends_leaves_no_thread(kind: type) -> None:
    before = threading.active_count()
    assert run(kind, range(5)) == list(range(5))
    assert threading.active_count() == before


def test_a_task_that_is_cancelled_while_it_waits_loses_nothing() -> None:
    async def do(many: Any) -> list[Any]:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(many), 0.01)
        return await each(many)

    assert run(AsyncMany, range(9), do, asked=Asked(AsyncMany, 0.05)) == list(range(9))


@both
def test_it_is_read_by_a_loop(kind: type) -> None:
    async def do(many: Any) -> list[Any]:
        return [result async for result in many] if kind is AsyncMany else list(many)

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
    for requests in ("hello", b"hello", 7, None):
        with pytest.raises(InvalidRequestError, match=r"^requests is .*; expected an iterable of"):
            run(kind, requests, asked=asked)
    assert asked.begun == 0


def test_threads_may_share_it() -> None:
    many: Many[int] = Many(range(200), Asked(Many, 0.001), **OPTIONS)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.extend(many)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(found) == list(range(200))


def test_tasks_may_share_it() -> None:
    async def do(many: Any) -> Any:
        found = await asyncio.gather(*(each(many) for _ in range(4)))
        return sorted(number for numbers in found for number in numbers)

    assert run(AsyncMany, range(50), do, asked=Asked(AsyncMany, 0.001)) == list(range(50))


def test_closing_it_ends_the_loop_of_another_thread() -> None:
    asked = Asked(Many, 0.1)
    many: Many[int] = Many(range(9), asked, **OPTIONS)
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.extend(many))
    thread.start()
    while asked.flying < 3:
        time.sleep(0.001)
    many.close()
    thread.join(10)
    assert (found, thread.is_alive()) == ([], False)


def test_closing_it_ends_the_loop_of_another_task() -> None:
    async def do(many: Any) -> Any:
        task = asyncio.create_task(each(many))
        await asyncio.sleep(0.01)
        await many.aclose()
        return await task

    assert run(AsyncMany, range(9), do, asked=Asked(AsyncMany, 60)) == []


@both
def test_a_call_that_was_cancelled_is_an_error_like_others(kind: type) -> None:
    async def do(many: Any) -> Any:
        found = [await first(many)]
        cancelled: Any = Future() if kind is Many else asyncio.get_running_loop().create_future()
        cancelled.cancel()
        many._window._calls[0] = cancelled
        return found + await each(many)

    found = run(kind, range(3), do)
    assert str(found.pop(1)) == "request 1: the call was cancelled"
    assert found == [0, 2]
