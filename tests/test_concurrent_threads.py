"""Concurrent calls in threads: contexts, interrupts, and the end of all threads."""

from __future__ import annotations

import contextvars
import gc
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import Answers, InvalidRequestError, TransportError
from concurrent_calls import OPTIONS, Calls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def test_several_threads_may_share_the_iterator() -> None:
    many: Answers[int] = Answers(range(200), Calls(Answers, 0.001), **OPTIONS)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.extend(many)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(found) == list(range(200))


def test_closing_ends_the_loop_of_another_thread() -> None:
    calls = Calls(Answers, 0.1)
    many: Answers[int] = Answers(range(9), calls, **OPTIONS)
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.extend(many))
    thread.start()
    while calls.in_flight < 3:
        time.sleep(0.001)
    many.close()
    thread.join(10)
    assert (found, thread.is_alive()) == ([], False)


def answers(requests: Any, ask: Any = str, **options: Any) -> Answers[Any]:
    return Answers(requests, ask, **{**OPTIONS, **options})


def interrupt_soon() -> None:
    """Send SIGINT to the main thread, as Ctrl-C does, in 0.2 seconds."""
    main = threading.main_thread().ident
    assert main
    threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGINT)).start()


class Stuck:
    """Calls that do not return before the test ends."""

    def __init__(self) -> None:
        self.started, self.free = 0, threading.Event()

    def __call__(self, request: Any) -> Any:
        self.started += 1
        assert self.free.wait(20)
        return request


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    calls = Stuck()
    before = set(threading.enumerate())
    yield calls
    calls.free.set()
    ends = time.monotonic() + 5
    while set(threading.enumerate()) - before:
        assert time.monotonic() < ends, "a thread is left"
        time.sleep(0.001)


@pytest.mark.parametrize("leave", ["with", "close", "nothing"])
def test_an_interrupt_does_not_wait_for_the_calls_in_flight(stuck: Stuck, leave: str) -> None:
    many = answers(range(9), stuck)
    interrupt_soon()
    before = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        if leave == "with":
            with many:
                next(many)
        elif leave == "close":
            try:
                next(many)
            finally:
                many.close()
        else:
            next(many)
    assert time.monotonic() - before < 5
    assert stuck.started == 3


def test_an_interrupt_loses_no_result(stuck: Stuck) -> None:
    many = answers(range(9), stuck)
    interrupt_soon()
    with pytest.raises(KeyboardInterrupt):
        next(many)
    stuck.free.set()
    assert list(many) == list(range(9))


def test_sys_exit_does_not_wait_for_the_calls_in_flight(stuck: Stuck) -> None:
    before = time.monotonic()
    with pytest.raises(SystemExit):
        with answers([0, 1], lambda number: stuck(number) if number else number) as many:
            assert next(many) == 0
            sys.exit()
    assert time.monotonic() - before < 5


def test_the_interpreter_does_not_wait_at_exit() -> None:
    code = """
        import time
        from cohere_aws import Answers
        ask = lambda number: time.sleep(60 * number)
        options = {"max_concurrency": 3, "on_error": "raise", "retries": 0, "progress": False}
        many = Answers([0, 1, 2], ask, **options)
        next(many)
        print("one")
    """
    python = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(python, check=True, timeout=20, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("one\n", "")


def test_one_thread_reads_all_requests_in_the_context_of_its_creator() -> None:
    name = contextvars.ContextVar("name", default="default")
    name.set("caller")
    seen = set()

    def requests() -> Iterator[str]:
        try:
            for _ in range(9):
                seen.add(threading.current_thread())
                yield name.get()
        finally:
            seen.add(threading.current_thread())

    ask = lambda request: (request, name.get())  # noqa: E731
    assert list(answers(requests(), ask)) == [("caller", "caller")] * 9
    with answers(requests(), ask) as many:
        next(many)
    assert len(seen) == 2  # one thread for each iterator
    assert threading.current_thread() not in seen


def test_a_blocked_iterable_is_left_to_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cohere_aws._concurrent_threads._GRACE", 0.1)
    reads_second, second = threading.Event(), threading.Event()

    def requests() -> Iterator[str]:
        yield "a"
        reads_second.set()
        second.wait(20)
        yield "b"  # this request is never sent

    before = set(threading.enumerate())
    with answers(requests()) as many:
        assert next(many) == "a"
        assert reads_second.wait(5)
    assert len(set(threading.enumerate()) - before) == 1
    second.set()
    while set(threading.enumerate()) - before:
        time.sleep(0.001)


def test_closing_waits_a_moment_for_the_iterable() -> None:
    def requests() -> Iterator[int]:
        yield 0
        time.sleep(0.2)
        yield 1

    calls = Calls(Answers)
    before = set(threading.enumerate())
    with answers(requests(), calls) as many:
        assert next(many) == 0
    assert calls.started == 1
    assert set(threading.enumerate()) <= before


def test_the_requests_may_close_the_iterator() -> None:
    closed = []

    def requests() -> Iterator[int]:
        yield 0
        many.close()
        closed.append(True)

    many = answers(requests())
    assert set(many) <= {"0"}
    while not closed:
        time.sleep(0.001)


def test_exceptions_that_end_a_thread_are_raised_by_the_iterator() -> None:
    def ask(_: Any) -> Any:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        next(answers([0], ask))

    def requests() -> Iterator[int]:
        yield 0
        raise KeyboardInterrupt

    many = answers(requests())
    assert next(many) == "0"
    with pytest.raises(KeyboardInterrupt):
        next(many)
    assert list(many) == []


def test_a_thread_that_cannot_be_started_is_an_error_after_the_results(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if first_is_started:
            raise RuntimeError("can't start new thread")
        start(thread)

    first_is_started: list[bool] = []
    monkeypatch.setattr(threading.Thread, "start", refuse)

    def requests() -> Iterator[str]:
        yield "a"
        first_is_started.append(True)
        yield "b"

    many = answers(requests())
    assert next(many) == "a"
    with pytest.raises(RuntimeError, match="can't start new thread"):
        next(many)
    assert list(many) == []


def test_the_iterator_is_collected_while_a_stopped_thread_holds_its_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cohere_aws._concurrent_threads._GRACE", 0.01)
    many = answers([0])
    locked, done = threading.Event(), threading.Event()

    def hold(lock: Any) -> None:
        with lock:
            locked.set()
            done.wait(20)

    thread = threading.Thread(target=hold, args=(many._threads._changed,))
    thread.start()
    assert locked.wait(5)
    del many
    gc.collect()
    done.set()
    thread.join()


def test_an_iterator_that_is_closed_at_once_calls_nothing() -> None:
    calls = Calls(Answers)
    with answers([0], calls) as many:
        pass
    assert (list(many), calls.started) == ([], 0)


def test_closing_ends_the_wait_for_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    sent: list[int] = []

    def ask(request: int) -> int:
        sent.append(request)
        raise TransportError("no")

    many = answers([0], ask, retries=5)
    thread = threading.Thread(target=next, args=(many, None))
    thread.start()
    while not sent:
        time.sleep(0.001)
    before = time.monotonic()
    many.close()
    thread.join()
    assert time.monotonic() - before < 0.5
    assert len(sent) == 1


def test_a_retry_that_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)
    sent: list[int] = []

    def ask(request: int) -> int:
        sent.append(request)
        if len(sent) < 3:
            raise TransportError("no")
        return request

    assert list(answers([7], ask, retries=2)) == [7]


def test_an_asynchronous_iterable_is_refused() -> None:
    async def requests() -> AsyncIterator[int]:
        yield 0

    with pytest.raises(InvalidRequestError, match=r"; expected an .*; AsyncClient accepts it$"):
        answers(requests())
