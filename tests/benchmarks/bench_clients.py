"""Benchmarks of concurrent streams: 200 by threads and 200 by tasks, over loopback.

The streams are SageMaker's, in parts of 7 bytes and at the times of the recording, so all of them
are open at once. Each text is compared: a figure is printed only if every text was complete.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiobotocore.session
import boto3
import pytest
from aiobotocore.config import AioConfig
from botocore.config import Config

from cohere_aws import AsyncClient, Client
from cohere_aws.testing import RecordedEvent, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.conftest import Figures

STREAMS = 200
ROUNDS = 20
PIECES = [f" piece {number} 🌍" for number in range(20)]
TEXT = "".join(PIECES)
CONFIG = {"max_pool_connections": STREAMS, "read_timeout": 60}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server in its own process; it takes 1 second for each stream."""
    items: list[dict[str, Any]] = [{"is_finished": False, "text": text} for text in PIECES]
    items.append({"is_finished": True, "finish_reason": "COMPLETE"})
    recording = Recording(
        service="sagemaker-runtime",
        operation="InvokeEndpointWithResponseStream",
        stream=tuple(
            RecordedEvent("PayloadPart", json.dumps(item, ensure_ascii=False).encode(), at / 20)
            for at, item in enumerate(items)
        ),
    )
    path = tmp_path_factory.mktemp("served") / "stream.jsonl"
    recording.save(path)
    command = [sys.executable, "-m", "cohere_aws.testing", "serve", str(path)]
    command += ["--cut", "7", "--delays"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[2]
        server.terminate()


@contextmanager
def threads(url: str) -> Iterator[Callable[[], list[str]]]:
    """Yield a function that reads all streams by threads, with one client."""
    made = boto3.client("sagemaker-runtime", endpoint_url=url, config=Config(**CONFIG))
    client = Client(endpoint_name="endpoint", client=made)

    def text(_: int) -> str:
        with client.generate("hello") as stream:
            return stream.read()[0].text

    def texts() -> list[str]:
        with ThreadPoolExecutor(STREAMS) as pool:
            return list(pool.map(text, range(STREAMS)))

    yield texts
    made.close()


@contextmanager
def tasks(url: str) -> Iterator[Callable[[], list[str]]]:
    """Yield a function that reads all streams by tasks, with one client."""
    loop = asyncio.new_event_loop()
    session = aiobotocore.session.get_session()
    config = AioConfig(**CONFIG)
    making = session.create_client("sagemaker-runtime", endpoint_url=url, config=config)
    made = loop.run_until_complete(making.__aenter__())
    client = AsyncClient(endpoint_name="endpoint", client=made)

    async def text() -> str:
        async with await client.generate("hello") as stream:
            return (await stream.aread())[0].text

    async def texts() -> list[str]:
        return await asyncio.gather(*(text() for _ in range(STREAMS)))

    yield lambda: loop.run_until_complete(texts())
    loop.run_until_complete(making.__aexit__(None, None, None))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def sockets() -> int:
    folder = Path("/proc/self/fd")
    return sum("socket" in str(file.readlink()) for file in folder.iterdir() if file.is_symlink())


def megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.parametrize("kind", [threads, tasks])
def test_streams_at_once(figures: Figures, kind: Any, url: str) -> None:
    before = threading.active_count(), sockets()
    memory: list[float] = []
    with kind(url) as texts:

        def one_round() -> None:
            assert texts() == [TEXT] * STREAMS
            gc.collect()
            memory.append(megabytes())

        seconds = figures.median(one_round, rounds=ROUNDS)
        pooled = sockets() - before[1]
    gc.collect()
    left = threading.active_count() - before[0], sockets() - before[1]
    work = f"{STREAMS} streams at once by {kind.__name__}, {ROUNDS} rounds, every text complete"
    figures.row(work, f"{seconds:.2f} s a round, of 1 s of waiting", "", met=None)
    work = "  sockets in the pool; threads and sockets when it was closed"
    figures.row(work, f"{pooled}; {left[0]} and {left[1]}", "0 and 0", met=left == (0, 0))
    # The first half of the rounds fills the pool and warms the allocator up. A leak would also show
    # in the second half.
    growth = memory[-1] - memory[ROUNDS // 2]
    work = f"  memory after round {ROUNDS}, against round {ROUNDS // 2}"
    figures.row(work, f"{growth:+.1f} MiB of {memory[-1]:.0f}", "flat (< 2)", met=growth < 2)
