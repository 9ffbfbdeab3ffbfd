"""Classes with the names and fields of ``aws_sdk_bedrock_runtime.models``, for any Python version.

The package itself needs Python 3.12; ``test_smithy_client.py`` tests with it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Member:
    """A member of a union."""

    value: Any


@dataclass
class UnknownMember:
    """A member that the SDK does not know."""

    tag: str


class ResponseStreamChunk(Member): ...


class ResponseStreamThrottlingException(Member): ...


class ResponseStreamUnknown(UnknownMember): ...


class ConverseStreamOutputMessageStart(Member): ...


class ConverseStreamOutputContentBlockStart(Member): ...


class ConverseStreamOutputContentBlockDelta(Member): ...


class ConverseStreamOutputMessageStop(Member): ...


class ConverseStreamOutputUnknown(UnknownMember): ...


class ConverseOutputMessage(Member): ...


class ConverseOutputUnknown(UnknownMember): ...


class ContentBlockText(Member): ...


class ContentBlockToolUse(Member): ...


class ContentBlockUnknown(UnknownMember): ...


class ContentBlockStartToolUse(Member): ...


class ContentBlockStartUnknown(UnknownMember): ...


class ContentBlockDeltaText(Member): ...


class ContentBlockDeltaToolResult(Member): ...


class ContentBlockDeltaReasoningContent(Member): ...


class ContentBlockDeltaUnknown(UnknownMember): ...


class ReasoningContentBlockDeltaRedactedContent(Member): ...


class ReasoningContentBlockDeltaUnknown(UnknownMember): ...


class ToolResultBlockDeltaJson(Member): ...


class ToolResultBlockDeltaText(Member): ...


class ToolResultBlockDeltaUnknown(UnknownMember): ...


class Text(str, enum.Enum):
    """An enumeration; ``StrEnum`` is newer than Python 3.10."""

    ASSISTANT = "assistant"
    END_TURN = "end_turn"
    CORRECTED = ""

    @property
    def _smithy_corrected(self) -> bool:
        return not self.value


class Document:
    """Any JSON value."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def as_value(self) -> Any:
        return self._value


@dataclass(kw_only=True)
class PayloadPart:
    bytes_: bytes | None = field(repr=False, default=None)


@dataclass(kw_only=True)
class MessageStartEvent:
    role: Text


@dataclass(kw_only=True)
class ToolUseBlockStart:
    tool_use_id: str
    name: str
    type: str | None = None


@dataclass(kw_only=True)
class ContentBlockStartEvent:
    start: Any
    content_block_index: int


@dataclass(kw_only=True)
class ContentBlockDeltaEvent:
    delta: Any
    content_block_index: int


@dataclass(kw_only=True)
class MessageStopEvent:
    stop_reason: Text
    additional_model_response_fields: Document | None = None


@dataclass(frozen=True, kw_only=True)
class ResponseMetadata:
    request_id: str | None = None
    extended_request_id: str | None = None
    http_status_code: int | None = None


@dataclass(kw_only=True)
class Message:
    role: Text
    content: list[Any]


@dataclass
class TooComplexFinding: ...  # a structure without members


@dataclass(kw_only=True)
class ToolUseBlock:
    tool_use_id: str
    name: str
    input: Document


@dataclass(kw_only=True)
class ConverseOperationOutput:
    output: Any
    stop_reason: Text
    response_metadata: ResponseMetadata


@dataclass(kw_only=True)
class InvokeModelOutput:
    body: bytes = field(repr=False)
    content_type: str
    response_metadata: ResponseMetadata


class SmithyError(Exception): ...


@dataclass(kw_only=True)
class ModeledError(SmithyError):
    fault: str | None = "client"
    message: str = field(default="", kw_only=False)
    is_retry_safe: bool | None = None
    is_throttling_error: bool = False
    response_metadata: ResponseMetadata = field(default_factory=ResponseMetadata, repr=False)


class ThrottlingException(ModeledError): ...  # noqa: N818  # the name of the SDK


@dataclass(kw_only=True)
class ModelStreamErrorException(ModeledError):  # noqa: N818
    original_status_code: int | None = None
    original_message: str | None = None


class UnmodeledEventError(SmithyError):
    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"Received unmodeled event error: {code} - {message}")


class ChecksumMismatch(SmithyError): ...  # noqa: N818


class InvalidEventBytes(SmithyError): ...  # noqa: N818


class JSONError(Exception): ...


def key_error(*key: object, module: str = "smithy_aws_event_stream.aio") -> KeyError:
    """Return a ``KeyError`` that code of *module* has raised."""
    try:
        exec("raise KeyError(*key)", {"__name__": module, "key": key})
    except KeyError as error:
        return error
    raise AssertionError


def chunk(payload: bytes | None) -> ResponseStreamChunk:
    return ResponseStreamChunk(PayloadPart(bytes_=payload))


def delta(found: Any, index: int = 0) -> ConverseStreamOutputContentBlockDelta:
    event = ContentBlockDeltaEvent(delta=found, content_block_index=index)
    return ConverseStreamOutputContentBlockDelta(event)


# Each event with the dict that boto3 yields for the same frame.
EVENTS: list[tuple[Any, dict[str, Any]]] = [
    (chunk(b"{}"), {"chunk": {"bytes": b"{}"}}),
    (chunk(None), {"chunk": {}}),
    (ResponseStreamUnknown("newEvent"), {"SDK_UNKNOWN_MEMBER": {"name": "newEvent"}}),
    (ConverseStreamOutputUnknown("newEvent"), {"SDK_UNKNOWN_MEMBER": {"name": "newEvent"}}),
    (
        ConverseStreamOutputMessageStart(MessageStartEvent(role=Text.ASSISTANT)),
        {"messageStart": {"role": "assistant"}},
    ),
    (
        ConverseStreamOutputMessageStart(MessageStartEvent(role=Text.CORRECTED)),
        {"messageStart": {}},
    ),
    (
        ConverseStreamOutputContentBlockStart(
            ContentBlockStartEvent(
                start=ContentBlockStartToolUse(ToolUseBlockStart(tool_use_id="t", name="river")),
                content_block_index=1,
            )
        ),
        {
            "contentBlockStart": {
                "start": {"toolUse": {"toolUseId": "t", "name": "river"}},
                "contentBlockIndex": 1,
            }
        },
    ),
    (
        delta(ContentBlockDeltaText("Hi")),
        {"contentBlockDelta": {"delta": {"text": "Hi"}, "contentBlockIndex": 0}},
    ),
    (
        delta(
            ContentBlockDeltaReasoningContent(ReasoningContentBlockDeltaRedactedContent(b"\xff"))
        ),
        {
            "contentBlockDelta": {
                "delta": {"reasoningContent": {"redactedContent": b"\xff"}},
                "contentBlockIndex": 0,
            }
        },
    ),
    (
        delta(
            ContentBlockDeltaToolResult(
                [
                    ToolResultBlockDeltaText("a"),
                    ToolResultBlockDeltaJson(Document({"keep_it": [Decimal("2.5"), None]})),
                ]
            ),
            2,
        ),
        {
            "contentBlockDelta": {
                "delta": {"toolResult": [{"text": "a"}, {"json": {"keep_it": [2.5, None]}}]},
                "contentBlockIndex": 2,
            }
        },
    ),
    (
        delta(ContentBlockDeltaUnknown("audio")),
        {
            "contentBlockDelta": {
                "delta": {"SDK_UNKNOWN_MEMBER": {"name": "audio"}},
                "contentBlockIndex": 0,
            }
        },
    ),
    (delta(ContentBlockDeltaUnknown("")), {"contentBlockDelta": {"contentBlockIndex": 0}}),
    (
        ConverseStreamOutputMessageStop(
            MessageStopEvent(
                stop_reason=Text.END_TURN, additional_model_response_fields=Document(Decimal(1))
            )
        ),
        {"messageStop": {"stopReason": "end_turn", "additionalModelResponseFields": 1.0}},
    ),
]

METADATA = ResponseMetadata(request_id="r", http_status_code=200)


def output(body: bytes) -> InvokeModelOutput:
    """Return the output of a call of InvokeModel."""
    return InvokeModelOutput(body=body, content_type="application/json", response_metadata=METADATA)


CONVERSE_OUTPUT = ConverseOperationOutput(
    output=ConverseOutputMessage(
        Message(
            role=Text.ASSISTANT,
            content=[
                ContentBlockText("Hi"),
                ContentBlockToolUse(
                    ToolUseBlock(tool_use_id="t", name="river", input=Document({"a_b": 1}))
                ),
            ],
        )
    ),
    stop_reason=Text.END_TURN,
    response_metadata=METADATA,
)
CONVERSE_RESPONSE = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {"text": "Hi"},
                {"toolUse": {"toolUseId": "t", "name": "river", "input": {"a_b": 1}}},
            ],
        }
    },
    "stopReason": "end_turn",
    "ResponseMetadata": {"RequestId": "r", "HTTPStatusCode": 200},
}


class Receiver:
    """The ``AWSEventReceiver`` of a stream: it yields events, or raises the exceptions in them."""

    def __init__(self, events: Iterable[Any]) -> None:
        self._events = iter(events)
        self.closed = False

    def __aiter__(self) -> Receiver:
        return self

    async def __anext__(self) -> Any:
        for event in self._events:
            if isinstance(event, Exception):
                raise event
            return event
        raise StopAsyncIteration

    async def close(self) -> None:
        self.closed = True


class OutputEventStream:
    """The answer to a call that streams."""

    def __init__(self, events: Iterable[Any]) -> None:
        self.output_stream = Receiver(events)
        self.output = None

    async def close(self) -> None:
        await self.output_stream.close()
