"""Benchmarks of streams, against three baselines.

The baselines are bare ``json.loads``, the usual "append, try, repeat", and the class of the package
``cohere``. Run them by ``pytest tests/benchmarks/bench_*.py``.
"""

from __future__ import annotations

import compileall
import json
import statistics
import subprocess
import sys
import tracemalloc
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import cohere_aws
from benchmarks.conftest import MANY, chunks
from cohere_aws import Mode, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.conftest import Figures


def ours(events: Iterable[dict[str, Any]]) -> int:
    return sum(1 for _ in StreamingGenerations(events, Mode.BEDROCK, strict=True))


def bare(events: Iterable[dict[str, Any]]) -> None:
    for event in events:
        json.loads(event["chunk"]["bytes"])


def append_try_repeat(events: Iterable[dict[str, Any]]) -> None:
    """Parse the buffer after every event until it succeeds, as the documented module does."""
    buffer = bytearray()
    for event in events:
        buffer.extend(event["chunk"]["bytes"])
        try:
            json.loads(buffer)
        except json.JSONDecodeError:
            continue
        buffer = bytearray()


def parts(size: int, part: int, text: str = "x") -> list[dict[str, Any]]:
    """Return events of a last item with *size* bytes of text, in payloads of *part* bytes."""
    words = text * (size // len(text.encode()))
    response = {"id": "r", "generations": [{"text": words}]}
    last = {"is_finished": True, "finish_reason": "COMPLETE", "response": response}
    item = json.dumps(last, ensure_ascii=False).encode()
    return chunks([item[i : i + part] for i in range(0, len(item), part)])


def theirs() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = "cohere.manually_maintained.cohere_aws.generation"
        return pytest.importorskip(package, exc_type=ImportError)


def test_small_events(figures: Figures) -> None:
    events = chunks(MANY)
    ratio = figures.versus(lambda: ours(events), lambda: bare(events), rounds=41)
    work = "5,000 events of 40 bytes, against bare json.loads"
    figures.row(work, f"{ratio:.2f} x the time", "<= 0.85", met=ratio <= 0.85)


def test_small_events_against_the_package_cohere(figures: Figures) -> None:
    module, events = theirs(), chunks(MANY)

    def documented() -> None:
        for _ in module.StreamingGenerations(events, module.Mode.BEDROCK):
            pass

    ratio = figures.versus(lambda: ours(events), documented, rounds=21)
    work = "5,000 events of 40 bytes, against the class of the package cohere"
    figures.row(work, f"{ratio:.2f} x the time", "", met=None)


def test_small_events_over_boto3(figures: Figures, client: Any) -> None:
    def stream() -> Any:
        return client.invoke_model_with_response_stream(modelId="m", body=b"{}")["body"]

    ratio = figures.versus(lambda: ours(stream()), lambda: bare(stream()), rounds=15)
    work = "the same over boto3 and a loopback server, against the loop with json.loads"
    figures.row(work, f"{ratio:.3f} x the time", "<= 1.02", met=ratio <= 1.02)


def test_one_object_twice_as_long(figures: Figures) -> None:
    half, whole = parts(1 << 19, 16), parts(1 << 20, 16)
    ratio = figures.versus(lambda: ours(whole), lambda: ours(half), rounds=15)
    work = "one object in 16-byte payloads, 1 MiB against 512 KiB"
    figures.row(work, f"{ratio:.2f} x the time", "<= 2.3", met=ratio <= 2.3)


def test_one_object_against_append_try_repeat(figures: Figures) -> None:
    events = parts(640_000, 16)
    ratio = 1 / figures.versus(lambda: ours(events), lambda: append_try_repeat(events), rounds=1)
    work = 'the same at 640 KB, against "append, try json.loads, repeat"'
    figures.row(work, f"{ratio:,.0f} x faster", ">= 100", met=ratio >= 100)


def test_text_after_every_piece(figures: Figures) -> None:
    def read(events: Iterable[dict[str, Any]]) -> None:
        stream = StreamingGenerations(events, Mode.BEDROCK, strict=True)
        for _ in stream:
            _ = stream.text

    half, whole = chunks(MANY[len(MANY) // 2 :]), chunks(MANY)
    ratio = figures.versus(lambda: read(whole), lambda: read(half), rounds=15)
    work = "stream.text after every piece, 5,000 pieces against 2,500"
    figures.row(work, f"{ratio:.2f} x the time", "<= 2.3", met=ratio <= 2.3)


@pytest.mark.parametrize(
    ("text", "name", "part"),
    [
        *[("x", "ASCII", 1), ("x", "ASCII", 2), ("x", "ASCII", 16), ("x", "ASCII", 1024)],
        *[("é", "accents", 1024), ("x" * 4000 + "😀", "an emoji in 4,000", 1024)],
        ("x" * ((1 << 20) - 4) + "😀", "an emoji at the end", 1024),
    ],
)
def test_memory(figures: Figures, benchmark: Any, text: str, name: str, part: int) -> None:
    events = parts(1 << 20, part, text)
    size = sum(len(event["chunk"]["bytes"]) for event in events)

    def measured() -> float:
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        ours(events)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return (peak - before) / size

    ratio = benchmark.pedantic(measured)
    work = f"peak memory for a last item of 1 MiB of text ({name}), payloads of {part} bytes"
    figures.row(work, f"{ratio:.1f} x the item", "<= 6", met=ratio <= 6)


IMPORT = (
    "import json, dataclasses, enum, typing, time; start = time.perf_counter(); import cohere_aws;"
    "print(time.perf_counter() - start)"
)


def test_import(figures: Figures, benchmark: Any) -> None:
    compileall.compile_dir(Path(cohere_aws.__file__).parent, quiet=1)  # as installing does

    def measured() -> float:
        command = [sys.executable, "-c", IMPORT]
        times = [float(subprocess.check_output(command)) for _ in range(20)]
        return statistics.median(times) * 1000

    milliseconds = benchmark.pedantic(measured)
    work = "import cohere_aws, beyond json, dataclasses, enum and typing"
    figures.row(work, f"{milliseconds:.1f} ms", "<= 4 ms", met=milliseconds <= 4)
