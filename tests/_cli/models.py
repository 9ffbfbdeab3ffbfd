"""Recorded answers of models, and the command in another process."""

from __future__ import annotations

import json
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager
from fcntl import ioctl
from typing import TYPE_CHECKING, Any

from cohere_aws.testing import RecordedEvent, RecordedResponse, Recording
from cohere_aws.testing._serve import environment
from testing.samples import JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cohere_aws.testing import Server

PIECES = [" It", " flows", "."]


def converse_stream(pieces: list[str] = PIECES, **fields: Any) -> Recording:
    """Return a stream of Converse with these pieces of text."""
    blocks = [{"contentBlockIndex": 0, "delta": {"text": piece}} for piece in pieces]
    usage = {"inputTokens": 4, "outputTokens": 3, "totalTokens": 7}
    items = [
        ("messageStart", {"role": "assistant"}),
        *(("contentBlockDelta", block) for block in blocks),
        ("messageStop", {"stopReason": "end_turn"}),
        ("metadata", {"usage": usage, "metrics": {"latencyMs": 5}}),
    ]
    stream = tuple(RecordedEvent(name, json.dumps(item).encode()) for name, item in items)
    given = {"service": "bedrock-runtime", "operation": "ConverseStream", "stream": stream}
    return Recording(**given | fields)


def tgi_stream(likelihood: float = -0.25) -> Recording:
    """Return a stream of TGI, as events of SageMaker, with likelihoods."""
    items: list[dict[str, Any]] = [
        {"token": {"id": i, "text": text, "logprob": likelihood, "special": False}}
        for i, text in enumerate(PIECES)
    ]
    items[-1] |= {
        "generated_text": "".join(PIECES),
        "details": {"finish_reason": "length", "generated_tokens": 3},
    }
    stream = tuple(
        RecordedEvent("PayloadPart", f"data:{json.dumps(item)}\n\n".encode()) for item in items
    )
    return Recording(
        service="sagemaker-runtime",
        operation="InvokeEndpointWithResponseStream",
        stream=stream,
    )


def plain_answer(body: Any, status: int = 200, operation: str = "InvokeEndpoint") -> Recording:
    """Return a plain response."""
    service = "sagemaker-runtime" if operation == "InvokeEndpoint" else "bedrock-runtime"
    response = RecordedResponse(status, json.dumps(body).encode(), JSON)
    return Recording(service=service, operation=operation, response=response)


def command(*arguments: str) -> list[str]:
    """Return the command line."""
    return [sys.executable, "-m", "cohere_aws", *arguments]


def variables(server: Server, **others: str) -> dict[str, str]:
    """Return the environment of a process whose calls *server* answers."""
    # Output is buffered, as for a user, so that a missing flush is noticed.
    # An encoding from outside would replace that of the locale.
    fixed = {"AWS_MAX_ATTEMPTS": "1", "PYTHONUNBUFFERED": "", "PYTHONIOENCODING": ""}
    return {**os.environ, **environment(server.url), **fixed, **others}


def run(server: Server, *arguments: str, **others: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process to its end, with variables *others*."""
    return subprocess.run(
        command(*arguments),
        env=variables(server, **others),
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


class Terminal:
    """Terminal for a process.

    Attributes:
        descriptor: The end for a process.
        ours: The end for the test, which types and reads.
        shown: All that the process wrote, after the block.
    """

    def __init__(self, descriptor: int, ours: int) -> None:
        self.descriptor = descriptor
        self.ours = ours
        self.shown = ""


@contextmanager
def terminal() -> Iterator[Terminal]:
    """Yield a terminal with 120 columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    found = Terminal(theirs, ours)
    try:
        yield found
    finally:
        os.close(theirs)
        parts = []
        try:
            while data := os.read(ours, 9_999):
                parts.append(data)
        except OSError:  # the end, on Linux
            pass
        os.close(ours)
        found.shown = b"".join(parts).decode()
