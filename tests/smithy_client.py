"""Calls of the smithy SDK's client to a loopback server, and the faults of its streams.

``python tests/smithy_client.py`` prints what becomes of each fault.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from cohere_aws import CohereError, Mode, StreamingGenerations
from cohere_aws.testing import Bytes, RecordedEvent, Recording, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

# The methods of the client.
METHODS = {
    "Converse": "converse",
    "ConverseStream": "converse_stream",
    "InvokeModel": "invoke_model",
    "InvokeModelWithResponseStream": "invoke_model_with_response_stream",
}


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[Any]:
    """Yield a client for a loopback server."""
    from aws_sdk_bedrock_runtime.client import AsyncBedrockRuntimeClient
    from aws_sdk_bedrock_runtime.config import AsyncBedrockRuntimeConfig

    config = await AsyncBedrockRuntimeConfig.resolve(
        endpoint_uri=url,
        region="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="very-secret",
    )
    async with AsyncBedrockRuntimeClient(config=config) as client:
        yield client


async def call(client: Any, operation: str) -> Any:
    """Call *operation*; return its output or, if it streams, its ``OutputEventStream``."""
    from aws_sdk_bedrock_runtime import models

    arguments: dict[str, Any] = {"body": b"{}"}
    if operation.startswith("Converse"):
        message = models.Message(role="user", content=[models.ContentBlockText(value="hello")])
        arguments = {"messages": [message]}
    request = getattr(models, f"{operation}Input")(model_id="target", **arguments)
    return await getattr(client, METHODS[operation])(request)


# A stream of each operation: the events before the fault, whose text is " I", and the rest.
STREAMS = {
    "InvokeModelWithResponseStream": (
        [("chunk", {"text": " I"})],
        [("chunk", {"text": " am"}), ("chunk", {"is_finished": True, "finish_reason": "COMPLETE"})],
    ),
    "ConverseStream": (
        [
            ("messageStart", {"role": "assistant"}),
            ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": " I"}}),
        ],
        [
            ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": " am"}}),
            ("contentBlockStop", {"contentBlockIndex": 0}),
            ("messageStop", {"stopReason": "end_turn"}),
        ],
    ),
}


class Fault(NamedTuple):
    """A fault of a stream, and what a ``StreamingGenerations`` makes of it.

    Attributes:
        name: What happens.
        expected: The name of the error; its code or, if it has none, the last part of its message;
            and its ``retryable``. ``None`` if there is no error.
        event: The event that comes in the place of the fault, or
        options: the arguments of ``serve``, made from the number of events before the fault, and
            their length in bytes.
    """

    name: str
    expected: tuple[str, str, bool] | None
    event: RecordedEvent | None = None
    options: Callable[[int, int], dict[str, Any]] = lambda *_: {}


def error(name: str, **detail: Any) -> RecordedEvent:
    """Return an error event of the service model."""
    return RecordedEvent(
        name, json.dumps({"message": "words", **detail}).encode(), kind="exception"
    )


# The last part of the messages of some errors.
INVALID = "InvalidEventBytes"
CHECKSUM = "ChecksumMismatch"
RESET = "ClientPayloadError"

FAULTS = [
    Fault("no fault", None),
    Fault(
        "throttlingException",
        ("ServiceError", "throttlingException", True),
        error("throttlingException"),
    ),
    Fault(
        "validationException",
        ("ServiceError", "validationException", False),
        error("validationException"),
    ),
    Fault(
        "modelStreamErrorException",
        ("ServiceError", "modelStreamErrorException", True),
        error("modelStreamErrorException", originalStatusCode=500, originalMessage="of the model"),
    ),
    Fault(
        "an error that the SDK does not know",
        ("ServiceError", "newException", False),
        error("newException"),
    ),
    Fault(
        "an error outside the service model",
        ("ServiceError", "InternalFailure", False),
        RecordedEvent("InternalFailure", b"words", kind="error"),
    ),
    Fault("reset between frames", ("TransportError", RESET, True),
          options=lambda count, _: {"reset_after": count}),
    Fault("reset inside a frame", ("TransportError", RESET, True),
          options=lambda _, size: {"reset_after": Bytes(size + 20)}),
    Fault("cut between frames", ("IncompleteStreamError", "item", True),
          options=lambda count, _: {"truncate_after": count}),
    Fault("cut inside a prelude", ("TransportError", INVALID, True),
          options=lambda _, size: {"truncate_after": Bytes(size + 9)}),
    Fault("cut inside a frame", ("TransportError", INVALID, True),
          options=lambda _, size: {"truncate_after": Bytes(size + 40)}),
    Fault("a bit flipped in a prelude", ("TransportError", CHECKSUM, True),
          options=lambda _, size: {"flip": 8 * (size + 5)}),
    Fault("a bit flipped in a payload", ("TransportError", CHECKSUM, True),
          options=lambda _, size: {"flip": 8 * (size + 120)}),
    # The SDK has no timeout between events: asyncio.timeout() of the caller ends the wait.
    Fault("stalled", ("TimeoutError", "", False),
          options=lambda count, _: {"stall_after": count}),
]  # fmt: skip


def recording_of(operation: str, event: RecordedEvent | None = None) -> Recording:
    """Return a recorded stream, with *event* in the place of the fault."""
    first, rest = (
        [RecordedEvent(name, json.dumps(detail).encode()) for name, detail in part]
        for part in STREAMS[operation]
    )
    return Recording(
        service="bedrock-runtime",
        operation=operation,
        target="target",
        stream=(*first, *filter(None, [event]), *rest),
    )


async def read(
    recording: Recording, *, whole: bool = True, **options: Any
) -> tuple[StreamingGenerations, BaseException | None]:
    """Read a stream that *recording* answers; return it, and the error that it raised.

    Args:
        recording: The answer.
        whole: Pass the whole ``OutputEventStream``, and not the ``output_stream`` in it.
        options: Arguments of ``serve``.
    """
    with serve(recording, match="order", **options) as server:
        async with client_of(server.url) as client:
            source = await call(client, recording.operation)
            events = source if whole else source.output_stream
            async with StreamingGenerations(events, Mode.BEDROCK, strict=True) as stream:
                try:
                    await asyncio.wait_for(stream.aread(), 1)
                except (CohereError, asyncio.TimeoutError) as caught:
                    return stream, caught
                return stream, None


async def outcome(
    operation: str, fault: Fault
) -> tuple[StreamingGenerations, BaseException | None]:
    """Return what becomes of *fault*."""
    count = len(STREAMS[operation][0])
    recording = recording_of(operation, fault.event)
    size = len(b"".join(recording.frames()[:count]))
    return await read(recording, **fault.options(count, size))


async def table() -> list[str]:
    """Return a line for each fault of each operation."""
    lines = []
    for operation in STREAMS:
        lines += ["", operation]
        for fault in FAULTS:
            stream, found = await outcome(operation, fault)
            raised = type(getattr(found, "__cause__", None)).__name__.replace("NoneType", "-")
            facts = [
                f"{name}={getattr(found, name)!r}"
                for name in ("http_status", "retryable", "original_status", "original_message")
                if getattr(found, name, None) is not None
            ]
            became = f"{type(found).__name__}: {found}" if found else "no error"
            lines += [
                f"{fault.name:36} {raised:26} {became}",
                f"{'':36} {'':26} {' '.join([*facts, f'text={stream.text!r}'])}",
            ]
    return lines


if __name__ == "__main__":
    print("\n".join(asyncio.run(table())))  # noqa: T201
