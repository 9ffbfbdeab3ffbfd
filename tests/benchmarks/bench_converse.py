"""Benchmarks of Converse streams: against bare loops, and against the client of LangChain.

A stream has 5,000 deltas of text. A bare loop takes the text out of the events of boto3, and need
not even parse JSON; ``ChatBedrockConverse`` of ``langchain-aws`` calls the same loopback server. Run
them by ``pytest tests/benchmarks/bench_converse.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import Mode, StreamingGenerations
from cohere_aws.testing import RecordedEvent, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from benchmarks.conftest import Figures

Event = dict[str, Any]

# LangChain streams only the models whose names it knows.
MODEL = "anthropic.claude-3-5-sonnet-20240620-v1:0"
COUNT = 5000
TEXT = " pieces" * COUNT
MESSAGES = [{"role": "user", "content": [{"text": "hello"}]}]


def events() -> list[Event]:
    usage = {"inputTokens": 4, "outputTokens": COUNT, "totalTokens": COUNT + 4}
    delta = {"contentBlockIndex": 0, "delta": {"text": " pieces"}}
    return [
        {"messageStart": {"role": "assistant"}},
        *({"contentBlockDelta": delta} for _ in range(COUNT)),
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "max_tokens"}},
        {"metadata": {"usage": usage, "metrics": {"latencyMs": 230}}},
    ]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a loopback server in its own process, so that it takes no time of this one."""
    stream = [
        RecordedEvent(name, json.dumps(detail, separators=(",", ":")).encode())
        for event in events()
        for name, detail in event.items()
    ]
    path = tmp_path_factory.mktemp("served") / "converse.jsonl"
    Recording(service="bedrock-runtime", operation="ConverseStream", stream=tuple(stream)).save(
        path
    )
    command = [sys.executable, "-m", "cohere_aws.testing", "serve", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[2]
        server.terminate()


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Any]:
    import boto3

    made = boto3.client("bedrock-runtime", endpoint_url=url)
    yield made
    made.close()


def ours(found: Iterable[Event]) -> None:
    stream = StreamingGenerations(found, Mode.BEDROCK, strict=True)
    assert "".join(piece.text for piece in stream) == TEXT


def bare(found: Iterable[Event]) -> None:
    parts = []
    for event in found:
        delta = event.get("contentBlockDelta")
        if delta is not None:
            parts.append(delta["delta"]["text"])
    assert "".join(parts) == TEXT


@pytest.fixture(scope="module")
def langchain(url: str) -> Callable[[], None]:
    """Return a function that reads a stream by LangChain."""
    package = pytest.importorskip("langchain_aws", reason="langchain-aws is not installed")
    model = package.ChatBedrockConverse(model=MODEL, region_name="us-east-1", endpoint_url=url)

    def read() -> None:
        chunks = model.stream("hello")
        parts = [part for chunk in chunks for part in chunk.content if part["type"] == "text"]
        assert "".join(part["text"] for part in parts) == TEXT

    return read


def test_events(figures: Figures) -> None:
    found = events()
    ratio = figures.versus(lambda: ours(found), lambda: bare(found), rounds=41)
    work = f"{COUNT:,} deltas of Converse, against a loop that takes their text"
    figures.row(work, f"{ratio:.1f} x the time", "", met=None)


def test_events_over_boto3(figures: Figures, client: Any) -> None:
    def stream() -> Any:
        return client.converse_stream(modelId=MODEL, messages=MESSAGES)["stream"]

    ratio = figures.versus(lambda: ours(stream()), lambda: bare(stream()), rounds=15)
    work = "the same over boto3 and a loopback server, against the loop"
    figures.row(work, f"{ratio:.3f} x the time", "<= 1.1", met=ratio <= 1.1)


def test_events_over_boto3_against_langchain(
    figures: Figures, client: Any, langchain: Callable[[], None]
) -> None:
    def read() -> None:
        ours(client.converse_stream(modelId=MODEL, messages=MESSAGES)["stream"])

    ratio = figures.versus(read, langchain, rounds=7)
    work = "the same over boto3 and a loopback server, against ChatBedrockConverse"
    figures.row(work, f"{ratio:.2f} x the time", "< 1", met=ratio < 1)
