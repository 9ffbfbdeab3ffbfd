"""Recordings of calls that were answered with given JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cohere_aws.testing import RecordedEvent, RecordedResponse
from testing.samples import STREAMS, plain, streamed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cohere_aws import Mode
    from cohere_aws.testing import Recording

# The headers in which Bedrock counts tokens.
COUNTS = {"x-amzn-bedrock-input-token-count": "41"}


def answered(mode: Mode, body: Any) -> Recording:
    """Return a recording of a plain call that was answered with *body*."""
    recording = plain(mode, **{name.replace("-", "_"): count for name, count in COUNTS.items()})
    assert recording.response is not None
    return replace(
        recording,
        response=RecordedResponse(200, json.dumps(body).encode(), recording.response.headers),
    )


def streamed_items(mode: Mode, items: Iterable[Any]) -> Recording:
    """Return a recording of a streaming call that was answered with *items*, one an event."""
    _, name, _ = STREAMS[mode]
    events = tuple(RecordedEvent(name, json.dumps(item).encode()) for item in items)
    return streamed(mode, stream=events)
