"""Benchmarks of streamed chats, against the documented class and against ``json.loads``.

The data is constructed. Run them by ``pytest tests/benchmarks/bench_chat.py``.
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.conftest import chunks
from chats import Reply, items_1, items_2
from cohere_aws import Mode, StreamingChat, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.conftest import Figures

COUNT = 5000
REPLY = Reply([" pieces"] * COUNT)
VERSIONS = {"v1": items_1(REPLY)[-COUNT:], "v2": items_2(REPLY)[-COUNT:]}


def payloads(version: str) -> list[bytes]:
    return [json.dumps(item, separators=(",", ":")).encode() for item, _ in VERSIONS[version]]


def bare(values: Iterable[bytes]) -> None:
    for value in values:
        json.loads(value)


def test_a_chat_against_the_documented_class(figures: Figures) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = "cohere.manually_maintained.cohere_aws.chat"
        module = pytest.importorskip(package, exc_type=ImportError)
    events = chunks(payloads("v1"))

    def ours() -> int:
        return sum(1 for _ in StreamingChat(events, Mode.BEDROCK, strict=True))

    def documented() -> int:
        return sum(1 for _ in module.StreamingChat(events, module.Mode.BEDROCK))

    ratio = figures.versus(ours, documented, rounds=21)
    work = f"{COUNT:,} events of a chat v1, against the class of the package cohere"
    figures.row(work, f"{ratio:.2f} x the time", "< 1", met=ratio < 1)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", [StreamingChat, StreamingGenerations])
def test_a_chat_against_json(version: str, kind: Any, figures: Figures) -> None:
    values = payloads(version)
    events = chunks(values)

    def ours() -> int:
        return sum(1 for _ in kind(events, Mode.BEDROCK, strict=True))

    ratio = figures.versus(ours, lambda: bare(values), rounds=21)
    work = f"{COUNT:,} events of a chat {version} as {kind.__name__}, against bare json.loads"
    is_goal = kind is StreamingGenerations
    met = ratio <= 1.5 if is_goal else None
    figures.row(work, f"{ratio:.2f} x the time", "<= 1.5" if is_goal else "", met=met)


@pytest.mark.parametrize(("size", "name"), [(1, "an event"), (10, "ten events")])
def test_lines_with_fields_against_json(size: int, name: str, figures: Figures) -> None:
    values = payloads("v2")
    lines = [
        b"event: %b\ndata: %b\n\n" % (item["type"].encode(), value)
        for (item, _), value in zip(VERSIONS["v2"], values, strict=True)
    ]
    events = chunks([b"".join(lines[i : i + size]) for i in range(0, COUNT, size)])

    def ours() -> int:
        return sum(1 for _ in StreamingGenerations(events, Mode.BEDROCK, strict=True))

    ratio = figures.versus(ours, lambda: bare(values), rounds=21)
    work = f"the same, {name} with event: and data: lines in a payload"
    figures.row(work, f"{ratio:.2f} x the time", "<= 1.5", met=ratio <= 1.5)
