"""Many calls by threads: which thread does what, and how all of them end."""

from __future__ import annotations

import contextvars
import gc
import queue
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import Answers, InvalidRequestError, TransportError
from concurrent_calls import OPTIONS, Asked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def test_threads_may_share_it() -> None:
    many: Answers[int] = Answers(range(200), Asked(Answers, 0.001), **OPTIONS)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.extend(many)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(found) == list(range(200))


def test_closing_it_ends_the_loop_of_another_thread() -> None:
    asked = Asked(Answers, 0.1)
    many: Answers[int] = Answers(range(9), asked, **OPTIONS)
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.extend(many))
    thread.start()
    while asked.flying < 3:
        time.sleep(0.001)
    many.close()
    thread.join(10)
    assert (found, thread.is_alive()) == ([], False)


def answers(requests: Any, ask: Any = str, **options: Any) -> Answers[Any]:
    return Answers(requests, ask, **{**OPTIONS, **options})


def interrupt_soon() -> None:
    """Press Ctrl-C, as far as the main thread can see."""
    main = threading.main_thread().ident
    assert main
    threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGINT)).start()


class Stuck:
    """Calls that do not end before the test does."""

    def __init__(self) -> None:
        self.begun, self.free = 0, threading.Event()

    def __call__(self, request: Any) -> Any:
        self.begun += 1
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
        assert time.monotonic() < ends, "a thread was left"
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
    assert stuck.begun == 3


def test_an_interrupt_loses_no_result(stuck: Stuck) -> None:
    many = answers(range(9), stuck)
    interrupt_soon()
    with pytest.raises(KeyboardInterrupt):
        next(many)
    stuck.free.set()
    assert list(many) == list(range(9))


def test_an_exit_passes_without_waiting(stuck: Stuck) -> None:
    before = time.monotonic()
    with pytest.raises(SystemExit):
        with answers([0, 1], lambda number: stuck(number) if number else number) as many:
            assert next(many) == 0
            sys.exit()
    assert time.monotonic() - before < 5


def test_the_interpreter_exits_without_waiting() -> None:
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


def test_one_thread_reads_all_requests_in_the_context_of_the_caller() -> None:
    name = contextvars.ContextVar("name", default="nobody")
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
    assert len(seen) == 2  # one for each of them
    assert threading.current_thread() not in seen


def test_an_iterable_that_waits_is_left_to_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cohere_aws._concurrent_threads._GRACE", 0.1)
    fed: queue.Queue[Any] = queue.Queue()
    fed.put("a")
    before = set(threading.enumerate())
    with answers(iter(fed.get, None)) as many:
        assert next(many) == "a"
    assert len(set(threading.enumerate()) - before) == 1
    fed.put("b")  # which is never asked for
    while set(threading.enumerate()) - before:
        time.sleep(0.001)


def test_an_iterable_that_takes_a_moment_is_waited_for() -> None:
    def requests() -> Iterator[int]:
        yield 0
        time.sleep(0.2)
        yield 1

    asked = Asked(Answers)
    before = set(threading.enumerate())
    with answers(requests(), asked) as many:
        assert next(many) == 0
    assert asked.begun == 1
    assert set(threading.enumerate()) <= before


def test_the_requests_may_close_it() -> None:
    closed = []

    def requests() -> Iterator[int]:
        yield 0
        many.close()
        closed.append(True)

    many = answers(requests())
    assert set(many) <= {"0"}
    while not closed:
        time.sleep(0.001)


def test_what_ends_a_thread_is_raised_all_the_same() -> None:
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


def test_a_thread_that_cannot_be_started_is_an_error_in_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if begun:
            raise RuntimeError("can't start new thread")
        start(thread)

    begun: list[str] = []
    monkeypatch.setattr(threading.Thread, "start", refuse)

    def requests() -> Iterator[str]:
        yield "a"
        begun.append("a")
        yield "b"

    many = answers(requests())
    assert next(many) == "a"
    with pytest.raises(RuntimeError, match="can't start new thread"):
        next(many)
    assert list(many) == []


def test_it_is_collected_while_a_stopped_thread_holds_its_lock(
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


def test_one_that_was_closed_before_it_began_asks_nothing() -> None:
    asked = Asked(Answers)
    with answers([0], asked) as many:
        pass
    assert (list(many), asked.begun) == ([], 0)


def test_a_retry_is_given_up_when_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    asked: list[int] = []

    def ask(request: int) -> int:
        asked.append(request)
        raise TransportError("no")

    many = answers([0], ask, retries=5)
    thread = threading.Thread(target=next, args=(many, None))
    thread.start()
    while not asked:
        time.sleep(0.001)
    before = time.monotonic()
    many.close()
    thread.join()
    assert time.monotonic() - before < 0.5
    assert len(asked) == 1


def test_a_retry_that_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)
    asked: list[int] = []

    def ask(request: int) -> int:
        asked.append(request)
        if len(asked) < 3:
            raise TransportError("no")
        return request

    assert list(answers([7], ask, retries=2)) == [7]


def test_an_asynchronous_iterable_is_for_the_other_client() -> None:
    async def requests() -> AsyncIterator[int]:
        yield 0

    with pytest.raises(InvalidRequestError, match=r"; expected an .*; AsyncClient accepts it$"):
        answers(requests())
