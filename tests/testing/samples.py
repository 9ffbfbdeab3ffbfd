"""Recordings for the tests of replay, record and serve."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clients import SERVICES
from cohere_aws import Mode
from cohere_aws.testing import RecordedEvent, RecordedResponse, Recording
from cohere_aws.testing._botocore import operation_model

STREAMS = {
    Mode.BEDROCK: ("InvokeModelWithResponseStream", "chunk", "throttlingException"),
    Mode.SAGEMAKER: ("InvokeEndpointWithResponseStream", "PayloadPart", "InternalStreamFailure"),
}


def _is_known(operation: str) -> bool:
    try:
        operation_model("bedrock-runtime", operation)
    except ValueError:
        return False
    return True


# botocore 1.35.18, the lowest supported version, is older than these operations.
knows_async_invoke = pytest.mark.skipif(
    not _is_known("StartAsyncInvoke"), reason="this botocore does not know StartAsyncInvoke"
)

# The members of the calls of ``clients.arguments`` outside the body.
MEMBERS = {Mode.BEDROCK: {}, Mode.SAGEMAKER: {"ContentType": "application/json"}}
# The headers that AWS always sends.
JSON = {"content-type": "application/json"}
USUAL = {
    Mode.BEDROCK: JSON,
    Mode.SAGEMAKER: {
        **JSON,
        "x-amzn-invoked-production-variant": "AllTraffic",
    },
}
STREAM_HEADERS = {
    Mode.BEDROCK: {"x-amzn-bedrock-content-type": "application/json"},
    Mode.SAGEMAKER: {
        "x-amzn-sagemaker-content-type": "application/json",
        "x-amzn-invoked-production-variant": "AllTraffic",
    },
}
ITEMS = [{"text": " I"}, {"text": " am"}, {"is_finished": True, "finish_reason": "COMPLETE"}]
ANSWER = {"id": "r", "generations": [{"text": " I am", "finish_reason": "COMPLETE"}]}


def streamed(mode: Mode, **fields: Any) -> Recording:
    """Return a recorded stream of three items, one an event."""
    operation, name, _ = STREAMS[mode]
    payloads = [json.dumps(item).encode() for item in ITEMS]
    events = tuple(RecordedEvent(name, data, at / 100) for at, data in enumerate(payloads))
    return Recording(
        **{
            "service": SERVICES[mode],
            "operation": operation,
            "target": "target",
            "request": {},
            "members": MEMBERS[mode],
            "stream": events,
            "headers": STREAM_HEADERS[mode],
            **fields,
        }
    )


def plain(mode: Mode, status: int = 200, **headers: str) -> Recording:
    """Return a recorded plain answer, or a refusal."""
    body = ANSWER if status == 200 else {"message": "no"}
    kept = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = (USUAL[mode] if status == 200 else JSON) | kept
    return Recording(
        service=SERVICES[mode],
        operation="InvokeModel" if mode is Mode.BEDROCK else "InvokeEndpoint",
        target="target",
        request={},
        members=MEMBERS[mode],
        response=RecordedResponse(status, json.dumps(body).encode(), kept),
    )


CONVERSE = Recording(
    service="bedrock-runtime",
    operation="Converse",
    target="target",
    response=RecordedResponse(
        200,
        b'{"output":{"message":{"role":"assistant","content":[{"text":"hi"}]}},"stopReason":'
        b'"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":'
        b'{"latencyMs":5}}',
        JSON,
    ),
)
CONVERSE_STREAM = Recording(
    service="bedrock-runtime",
    operation="ConverseStream",
    target="target",
    stream=(
        RecordedEvent("messageStart", b'{"role":"assistant"}'),
        RecordedEvent("contentBlockDelta", b'{"contentBlockIndex":0,"delta":{"text":"hi"}}'),
        RecordedEvent("messageStop", b'{"stopReason":"end_turn"}'),
    ),
)
MESSAGES = [{"role": "user", "content": [{"text": "hello"}]}]
