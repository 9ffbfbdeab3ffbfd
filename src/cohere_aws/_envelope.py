"""Events to payloads: open what boto3 yields, or raise the error that it reports.

The services differ in where they put the bytes: a row of ``ENVELOPES`` each. The names are those of
the service models, version 2023-09-30 of ``bedrock-runtime`` (``ResponseStream``) and 2017-05-13 of
``sagemaker-runtime`` (``ResponseStream``).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from ._faults import is_fault, service_error
from ._field import kind, quoted, word
from .error import CohereError, MalformedStreamError
from .mode import Mode

__all__ = [
    "Envelope",
    "body_of",
    "envelope_for",
    "payload_of",
    "raise_for_error",
    "usage_headers",
]


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


# The digits of a 64-bit integer; int() refuses some thousands.
_LONGEST_COUNT = 20


def envelope_for(mode: Mode) -> Envelope:
    """Return the row of *mode*; anything but a ``Mode`` is a ``CohereError``."""
    if isinstance(mode, Mode):
        return ENVELOPES[mode]
    # It begins as the message of the documented module, which ends there.
    raise CohereError(f"Unsupported mode: {_named(mode)}; expected {' or '.join(map(str, Mode))}")


def _named(mode: object) -> str:
    if isinstance(mode, Enum):  # most often that of the documented module
        return f"{type(mode).__name__}.{mode.name} of {type(mode).__module__}"
    return word(mode) if isinstance(mode, str) else f"an object of type {type(mode).__name__}"


def payload_of(event: Mapping[str, Any], envelope: Envelope) -> bytes:
    """Return the payload bytes of *event*.

    An error that stands beside the payload is left to ``raise_for_error``, so that the payload is
    read first.

    Raises:
        ServiceError: The event reports an error.
        MalformedStreamError: The event is not a dict, not one of this service, or lost its bytes.
    """
    try:
        payload = event[envelope.outer][envelope.inner]
    except (KeyError, TypeError, IndexError):
        raise _unreadable(event, envelope) from None
    if type(payload) is bytes:
        return payload
    if isinstance(payload, (bytes, bytearray, memoryview)):
        # Copied, because the owner of a buffer may fill it again before the item is complete.
        return bytes(payload)
    path = f"event[{envelope.outer!r}][{envelope.inner!r}]"
    raise MalformedStreamError(f"{path} is {kind(payload)}; expected bytes")


def raise_for_error(event: Mapping[str, Any], envelope: Envelope) -> None:
    """Raise the ``ServiceError`` that *event* reports beside its payload, if it does."""
    error = _reported({key: event[key] for key in event if key != envelope.outer})
    if error is not None:
        raise error


def _reported(event: Mapping[str, Any]) -> CohereError | None:
    """Return the error among the members of *event*.

    Other SDKs give an event all members of the union, with ``None`` for those that it is not.
    """
    for code, detail in event.items():
        if isinstance(detail, Mapping):
            if is_fault(code) or "message" in (str(key).lower() for key in detail):
                return service_error(code, detail)
        elif detail is not None and is_fault(code):
            return service_error(code, {"message": detail})
    return None


def _unreadable(event: object, envelope: Envelope) -> CohereError:
    """Return the error for *event*, which has no payload."""
    if not isinstance(event, Mapping):
        hint = f"; pass response[{envelope.body!r}], the stream in boto3's response"
        if isinstance(event, bytes):
            hint = "; this is the body of a plain answer, for Generations.from_response()"
        return MalformedStreamError(f"an event is {kind(event)}; expected a dict{hint}")
    # The only member of an event is an error even without details.
    alone = len(event) == 1
    error = _reported(
        {code: {} if detail is None and alone else detail for code, detail in event.items()}
    )
    if error is not None:
        return error
    chunk = event.get(envelope.outer)
    wanted = f"{{{envelope.outer!r}: {{{envelope.inner!r}: bytes}}}}"
    found, hint = f"an event has the keys {quoted(event)}", _hint(event, envelope)
    if isinstance(chunk, Mapping):
        found = f"event[{envelope.outer!r}] has the keys {quoted(chunk)}"
        if not chunk:
            # The member is optional in the service model of Bedrock, but never left out there:
            # botocore hands out an empty chunk where the JSON of a frame is damaged.
            hint = "; its bytes were lost in transit"
    return MalformedStreamError(f"{found}; expected {wanted}{hint}")


def _hint(event: Mapping[str, Any], envelope: Envelope) -> str:
    """Name the other service that *event* may be from."""
    for mode, row in ENVELOPES.items():
        if row is not envelope and row.outer in event:
            return f"; is this a stream of Mode.{mode.name}?"
    return ""


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
