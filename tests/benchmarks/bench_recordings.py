"""Benchmarks of recordings: the time to record and to replay, against the bare boto3 loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cohere_aws.testing import record, replay

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.conftest import Figures
    from cohere_aws.testing import Recording


def loop(client: Any) -> int:
    """Read a stream by the bare boto3 loop, and return the number of events."""
    response = client.invoke_model_with_response_stream(modelId="m", body=b"{}")
    return sum(1 for _ in response["body"])


def test_record(figures: Figures, client: Any, tmp_path: Path) -> None:
    def recorded() -> None:
        with record(client, tmp_path / "a.jsonl"):
            assert loop(client) == 5000

    ratio = figures.versus(recorded, lambda: loop(client))
    work = "record 5,000 events, against the bare boto3 loop"
    figures.row(work, f"{ratio:.2f} x the time", "<= 1.5", met=ratio <= 1.5)


def test_replay(figures: Figures, client: Any, recording: Recording) -> None:
    def replayed() -> None:
        with replay(client, recording):
            assert loop(client) == 5000

    ratio = figures.versus(replayed, lambda: loop(client))
    work = "replay 5,000 events, against the bare boto3 loop over loopback"
    figures.row(work, f"{ratio:.2f} x the time", "<= 1.5", met=ratio <= 1.5)


def test_record_and_replay(
    figures: Figures, client: Any, recording: Recording, tmp_path: Path
) -> None:
    def both() -> None:
        with replay(client, recording), record(client, tmp_path / "a.jsonl"):
            assert loop(client) == 5000

    ratio = figures.versus(both, lambda: loop(client))
    work = "record a replay of 5,000 events, against the bare boto3 loop over loopback"
    figures.row(work, f"{ratio:.2f} x the time", "<= 1.5", met=ratio <= 1.5)
