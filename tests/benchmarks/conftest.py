"""Figures as ratios against baselines, and the table of them at the end.

Other processes disturb a measurement, so both sides of a ratio run alternately, and the figure is
the median of all rounds. A missed goal is printed and does not fail: a benchmark is not a test.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws.testing import RecordedEvent, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS: list[tuple[str, str, str, str]] = []


class Figures:
    """Measurements of times and ratios, and the rows of the table."""

    def __init__(self, benchmark: Any) -> None:
        self._benchmark = benchmark

    def versus(
        self, ours: Callable[[], Any], baseline: Callable[[], Any], *, rounds: int = 15
    ) -> float:
        """Return the median ratio of times, *ours* to *baseline*."""
        ratios: list[float] = []

        def one_round() -> None:
            times = []
            for side in (baseline, ours):
                start = time.perf_counter()
                side()
                times.append(time.perf_counter() - start)
            ratios.append(times[1] / times[0])

        self._benchmark.pedantic(one_round, rounds=rounds, warmup_rounds=1)
        ratio = statistics.median(ratios[1:])
        self._benchmark.extra_info["ratio"] = ratio
        return ratio

    def cpu(self, works: dict[str, Callable[[], Any]], *, rounds: int) -> dict[str, list[float]]:
        """Return the seconds of CPU time of each work, in rounds; all take turns in each round."""
        times: dict[str, list[float]] = {name: [] for name in works}

        def one_round() -> None:
            for name, work in works.items():
                start = time.process_time()
                work()
                times[name].append(time.process_time() - start)

        self._benchmark.pedantic(one_round, rounds=rounds, warmup_rounds=1)
        return {name: found[1:] for name, found in times.items()}  # the first one connects

    def median(self, work: Callable[[], Any], *, rounds: int) -> float:
        """Return the median of the seconds that *work* takes."""
        self._benchmark.pedantic(work, rounds=rounds)
        return float(self._benchmark.stats.stats.median)

    def row(self, work: str, figure: str, goal: str, *, met: bool | None) -> None:
        """Add a row to the table; *met* is ``None`` for a figure without a goal."""
        ROWS.append((work, figure, goal, {True: "met", False: "MISSED", None: ""}[met]))


@pytest.fixture
def figures(benchmark: Any) -> Figures:
    return Figures(benchmark)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not ROWS:
        return
    terminalreporter.section(f"figures (Python {sys.version.split()[0]})")
    widths = [max(len(row[column]) for row in ROWS) for column in range(4)]
    for row in ROWS:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        terminalreporter.line("  ".join(cells).rstrip())


PIECE = b'{"is_finished":false,"text":" pieces"}  '
LAST = b'{"is_finished":true,"finish_reason":"COMPLETE"}'
MANY = [PIECE] * 4999 + [LAST]


@pytest.fixture(scope="session")
def recording() -> Recording:
    """Return a recording of 5,000 small events of Bedrock."""
    return Recording(
        service="bedrock-runtime",
        operation="InvokeModelWithResponseStream",
        stream=tuple(RecordedEvent("chunk", payload) for payload in MANY),
    )


@pytest.fixture(scope="session")
def url(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a loopback server in its own process, so that it takes no time of this one."""
    path = tmp_path_factory.mktemp("served") / "many.jsonl"
    recording.save(path)
    command = [sys.executable, "-m", "cohere_aws.testing", "serve", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[2]
        server.terminate()


@pytest.fixture(scope="session")
def client(url: str) -> Iterator[Any]:
    import boto3

    made = boto3.client("bedrock-runtime", endpoint_url=url)
    yield made
    made.close()


def chunks(payloads: list[bytes]) -> list[dict[str, Any]]:
    """Return *payloads* as events of boto3."""
    return [{"chunk": {"bytes": payload}} for payload in payloads]
