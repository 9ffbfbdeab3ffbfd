"""Benchmarks of recordings: the time to record, replay and serve, against the bare boto3 loop."""

from __future__ import annotations

import urllib.request
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import Mode, StreamingGenerations
from cohere_aws.testing import record, replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.conftest import Figures
    from cohere_aws.testing import Recording

BASELINE = "against the bare boto3 loop over loopback"

Block = AbstractContextManager[Any]


def loop(client: Any) -> int:
    """Read a stream by the bare boto3 loop, and return the number of events."""
    response = client.invoke_model_with_response_stream(modelId="m", body=b"{}")
    return sum(1 for _ in response["body"])


def pieces(client: Any) -> int:
    """Read a stream by the class of this package, and return the number of events."""
    response = client.invoke_model_with_response_stream(modelId="m", body=b"{}")
    # The last event has no text, so it is not a piece.
    return sum(1 for _ in StreamingGenerations(response["body"], Mode.BEDROCK)) + 1


def compare(
    figures: Figures, client: Any, work: str, case: tuple[Any, float], *blocks: Callable[[], Block]
) -> None:
    """Add a row for a reader and its goal: its time inside *blocks*, against the bare loop."""
    read, goal = case

    def inside() -> None:
        with ExitStack() as stack:
            for block in blocks:
                stack.enter_context(block())
            assert read(client) == 5000

    ratio = figures.versus(inside, lambda: loop(client))
    name = "StreamingGenerations" if read is pieces else "the bare loop"
    row = f"{work} 5,000 events, read by {name}, {BASELINE}"
    figures.row(row, f"{ratio:.2f} x the time", f"<= {goal}", met=ratio <= goal)


@pytest.mark.parametrize("case", [(pieces, 1.2), (loop, 1.5)])
def test_record(figures: Figures, client: Any, tmp_path: Path, case: Any) -> None:
    compare(figures, client, "record", case, lambda: record(client, tmp_path / "a.jsonl"))


@pytest.mark.parametrize("case", [(pieces, 0.6), (loop, 1.5)])
def test_replay(figures: Figures, client: Any, recording: Recording, case: Any) -> None:
    compare(figures, client, "replay", case, lambda: replay(client, recording))


@pytest.mark.parametrize("case", [(pieces, 1.2), (loop, 1.5)])
def test_record_and_replay(
    figures: Figures, client: Any, recording: Recording, tmp_path: Path, case: Any
) -> None:
    blocks = (lambda: replay(client, recording), lambda: record(client, tmp_path / "a.jsonl"))
    compare(figures, client, "record a replay of", case, *blocks)


def test_serve(figures: Figures, client: Any, url: str) -> None:
    # A client that does not look at the bytes: the rest of the time is that of the server.
    address = f"{url}/model/m/invoke-with-response-stream"

    def take() -> None:
        with urllib.request.urlopen(address, b"{}") as response:
            while response.read1():
                pass

    ratio = figures.versus(take, lambda: loop(client))
    row = f"serve 5,000 events to a client that only takes the bytes, {BASELINE}"
    figures.row(row, f"{ratio:.2f} x the time", "<= 0.4", met=ratio <= 0.4)
