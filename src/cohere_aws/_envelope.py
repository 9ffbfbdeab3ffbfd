"""Events to payloads: open what boto3 hands out, or say which error it reports.

What differs between the services is a row in a table: ``ENVELOPES`` says where each puts its bytes,
``FAULTS`` names the errors that can come as an event of a stream. Everything else is the same for
both. The names are those of the service models, versions 2023-09-30 of ``bedrock-runtime``
(``ResponseStream``) and 2017-05-13 of ``sagemaker-runtime`` (``ResponseStream``), which the AWS
pages of ``InvokeModelWithResponseStream`` and ``InvokeEndpointWithResponseStream`` show.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from ._field import kind, quoted
from .error import CohereError, MalformedStreamError, ServiceError
from .mode import Mode

__all__ = [
    "Envelope",
    "body_of",
    "envelope_for",
    "payload_of",
    "service_error",
    "usage_headers",
]


_T = TypeVar("_T")


class Envelope(NamedTuple):
    """Where one service puts the bytes: ``event[outer][inner]``, or ``response[body]``."""

    outer: str
    inner: str
    body: str
    # The field of ``Usage`` that an HTTP header of a plain answer fills.
    usage_headers: Mapping[str, str]


ENVELOPES: Mapping[Mode, Envelope] = MappingProxyType(
    {
        Mode.SAGEMAKER: Envelope(outer="PayloadPart", inner="Bytes", body="Body", usage_headers={}),
        Mode.BEDROCK: Envelope(
            outer="chunk",
            inner="bytes",
            body="body",
            # https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
            # does not list them; they are in recordings of every plain call.
            usage_headers={
                "input_tokens": "x-amzn-bedrock-input-token-count",
                "output_tokens": "x-amzn-bedrock-output-token-count",
                "invocation_latency_ms": "x-amzn-bedrock-invocation-latency",
            },
        ),
    }
)


class Fault(NamedTuple):
    """An error that the service model allows as an event of a stream."""

    http_status: int | None  # None: the model gives none
    retryable: bool


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "internalServerException": Fault(500, retryable=True),
        "modelStreamErrorException": Fault(424, retryable=True),
        "modelTimeoutException": Fault(408, retryable=True),
        "serviceUnavailableException": Fault(503, retryable=True),
        "throttlingException": Fault(429, retryable=True),
        "validationException": Fault(400, retryable=False),
        "InternalStreamFailure": Fault(None, retryable=True),
        "ModelStreamError": Fault(None, retryable=True),
    }
)
# Dicts made by hand and other SDKs also write ThrottlingException, as AWS does outside of streams.
_FAULTS_IN_ANY_CASE = {name.lower(): fault for name, fault in FAULTS.items()}
_RETRYABLE_STATUSES = frozenset(
    fault.http_status for fault in FAULTS.values() if fault.retryable and fault.http_status
)

# The digits of a 64-bit integer; int() refuses some thousands.
_LONGEST_COUNT = 20


def envelope_for(mode: Mode) -> Envelope:
    """The row of *mode*; anything that is no ``Mode`` is a ``CohereError``."""
    if isinstance(mode, Mode):
        return ENVELOPES[mode]
    raise CohereError("Unsupported mode")


def payload_of(event: Mapping[str, Any], envelope: Envelope) -> bytes:
    """The payload bytes of *event*; ``b""`` if its chunk carries none.

    Raises:
        ServiceError: The event reports an error.
        MalformedStreamError: The event is no dict, or not one of this service.
    """
    try:
        payload = event[envelope.outer][envelope.inner]
    except (KeyError, TypeError, IndexError):
        return _unusual_payload(event, envelope)
    if type(payload) is bytes:
        return payload
    if isinstance(payload, (bytes, bytearray, memoryview)):
        # Copied, because the owner of a buffer may fill it anew before the item is complete.
        return bytes(payload)
    path = f"event[{envelope.outer!r}][{envelope.inner!r}]"
    raise MalformedStreamError(f"{path} is {kind(payload)}; expected bytes")


def _unusual_payload(event: object, envelope: Envelope) -> bytes:
    if not isinstance(event, Mapping):
        hint = f"; pass response[{envelope.body!r}], the stream inside of what boto3 returns"
        if isinstance(event, bytes):
            hint = "; this is the body of a plain answer, for Generations.from_response()"
        raise MalformedStreamError(f"an event is {kind(event)}; expected a dict{hint}")
    chunk = event.get(envelope.outer)
    if isinstance(chunk, Mapping) and not chunk:
        return b""  # the member with the bytes is optional in both service models
    for code, detail in event.items():
        if _lower(code) in _FAULTS_IN_ANY_CASE or (
            isinstance(detail, Mapping) and "message" in map(_lower, detail)
        ):
            facts = detail if isinstance(detail, Mapping) else {"message": detail}
            raise service_error(str(code), facts)
    wanted = f"{{{envelope.outer!r}: {{{envelope.inner!r}: bytes}}}}"
    found = f"an event has the keys {quoted(event)}"
    if isinstance(chunk, Mapping):
        found = f"event[{envelope.outer!r}] has the keys {quoted(chunk)}"
    raise MalformedStreamError(f"{found}; expected {wanted}{_hint(event, envelope)}")


def _hint(event: Mapping[str, Any], envelope: Envelope) -> str:
    """Whose event it may be instead."""
    for mode, row in ENVELOPES.items():
        if row is not envelope and row.outer in event:
            return f"; is this a stream of Mode.{mode.name}?"
    return ""


def _lower(key: object) -> str:
    return str(key).lower()


def service_error(
    code: str | None,
    detail: Mapping[str, Any],
    *,
    http_status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> ServiceError:
    """Make the error that a service reports under the name *code*.

    *detail* is the body of the error; the two services spell its keys with different cases.
    """
    facts = {_lower(key): value for key, value in detail.items()}
    unknown = Fault(http_status, http_status in _RETRYABLE_STATUSES)
    fault = _FAULTS_IN_ANY_CASE.get(_lower(code), unknown)
    name = code or "an error without a code"
    if reason := _typed(str, facts.get("errorcode")):
        name = f"{name} ({reason})"  # ModelStreamError of SageMaker says so what kind it is
    words = facts.get("message")
    if words is not None and not isinstance(words, str):
        words = f"its message is {kind(words)}"
    return ServiceError(
        f"{name}: {words}" if words else name,
        fault.http_status if http_status is None else http_status,
        headers,
        code=code or None,
        retryable=fault.retryable,
        original_status=_typed(int, facts.get("originalstatuscode")),
        original_message=_typed(str, facts.get("originalmessage")),
    )


def _typed(type_: type[_T], value: object) -> _T | None:
    return value if isinstance(value, type_) else None


def body_of(response: Mapping[str, Any], envelope: Envelope) -> Any:
    """The body in the *response* of an invoke call; it is still to be read."""
    if not isinstance(response, Mapping) or envelope.body not in response:
        found = quoted(response) if isinstance(response, Mapping) else kind(response)
        raise CohereError(
            f"expected what the invoke call of boto3 returns, with the key {envelope.body!r}; "
            f"found {found}"
        )
    body = response[envelope.body]
    if hasattr(body, "read"):
        return body
    hint = "; an event stream is for StreamingGenerations" if hasattr(body, "__iter__") else ""
    raise CohereError(f"response[{envelope.body!r}] is {kind(body)}; expected a body to read{hint}")


def usage_headers(response: Mapping[str, Any], envelope: Envelope) -> dict[str, int]:
    """The usage that the HTTP headers of a plain answer tell, by the fields of ``Usage``.

    What is absent or no plain number is left out: it is unknown, and a count that nobody can read
    is no reason to lose an answer.
    """
    metadata = response.get("ResponseMetadata") or {}
    headers = metadata.get("HTTPHeaders") or {}
    found = {name: str(headers.get(header)) for name, header in envelope.usage_headers.items()}
    return {
        name: int(value)
        for name, value in found.items()
        if value.isdecimal() and len(value) <= _LONGEST_COUNT
    }
