"""Benchmark of workers: prompts per second with 1, 2 and 4 processes, over loopback.

The server waits before it answers, as a model does, so a worker waits most of the time. Each worker
has a client of its own and the same number of prompts, and each has made calls before the start. A
figure is printed only if every answer was complete.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws.testing import RecordedResponse, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.conftest import Figures

WORKERS = (1, 2, 4)
PROMPTS = 80  # of each worker
CONCURRENCY = 8
WAIT = 0.25  # seconds; so a worker can make at most 32 calls a second
ROUNDS = 5

BODY = b'{"generations": [{"text": " It flows.", "finish_reason": "COMPLETE"}]}'
WORKER = f"""
import sys
from cohere_aws import Client

client = Client("us-east-1", endpoint_url=sys.argv[1], endpoint_name="endpoint")
for count in ({CONCURRENCY}, {PROMPTS}):
    answers = client.generate_many(["A line."] * count, max_concurrency={CONCURRENCY})
    assert [answer.text for answer in answers] == [" It flows."] * count
    print(count, flush=True)
    sys.stdin.readline()  # the start of the measurement, then the end
"""


@pytest.fixture
def url(tmp_path: Any) -> Iterator[str]:
    """Start a server in its own process."""
    recording = Recording(
        service="sagemaker-runtime",
        operation="InvokeEndpoint",
        response=RecordedResponse(200, BODY, {"content-type": "application/json"}, WAIT),
    )
    path = tmp_path / "plain.jsonl"
    recording.save(path)
    command = [sys.executable, "-m", "cohere_aws.testing", "serve", str(path), "--delays"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[2]
        server.terminate()


def rate(url: str, count: int) -> float:
    """Return the prompts per second of *count* workers."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", WORKER, url]
    workers: list[Any] = [subprocess.Popen(command, **pipes) for _ in range(count)]  # type: ignore[call-overload]
    for worker in workers:
        assert worker.stdout.readline() == f"{CONCURRENCY}\n"
    start = time.perf_counter()
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    for worker in workers:
        assert worker.stdout.readline() == f"{PROMPTS}\n"
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.communicate("\n")
        assert worker.returncode == 0
    return count * PROMPTS / seconds


def test_workers(figures: Figures, benchmark: Any, url: str) -> None:
    rates: dict[int, list[float]] = {count: [] for count in WORKERS}

    def one_round() -> None:
        for count in WORKERS:
            rates[count].append(rate(url, count))

    benchmark.pedantic(one_round, rounds=ROUNDS)
    one = statistics.median(rates[1])
    for count in WORKERS:
        found = statistics.median(rates[count])
        ratio = statistics.median(
            each / first / count for each, first in zip(rates[count], rates[1], strict=True)
        )
        figures.row(
            f"prompts per second; workers: {count}; each makes {CONCURRENCY} calls of {WAIT} s at once",
            f"{found:.1f}, {found / one:.2f} times one worker, {ratio:.2f} of linear",
            "",
            met=None,
        )
