"""Events to payloads: return the bytes in an event of boto3, or raise the error in it.

``_services`` says for each service where in an event its bytes are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._faults import is_fault, service_error
from ._field import kind, quoted
from ._services import SERVICES
from .error import CohereError, MalformedStreamError

if TYPE_CHECKING:
    from ._services import Service

__all__ = ["payload_of", "raise_for_error"]


def payload_of(event: Mapping[str, Any], service: Service) -> bytes:
    """Return the payload of *event*.

    An error beside the payload is not raised here but by ``raise_for_error``, so that the caller
    reads the payload first.

    Raises:
        ServiceError: The event has no payload but reports an error.
        MalformedStreamError: The event is not a dict, is not an event of *service*, or has lost its
            bytes.
    """
    try:
        payload = event[service.payload_key][service.bytes_key]
    except (KeyError, TypeError, IndexError):
        raise _unreadable(event, service) from None
    if type(payload) is bytes:
        return payload
    if isinstance(payload, (bytes, bytearray, memoryview)):
        # Copied, because the source may reuse its buffer before the item is complete.
        return bytes(payload)
    path = f"event[{service.payload_key!r}][{service.bytes_key!r}]"
    raise MalformedStreamError(f"{path} is {kind(payload)}; expected bytes")


def raise_for_error(event: Mapping[str, Any], service: Service) -> None:
    """Raise the ``ServiceError`` for an error that *event* reports beside its payload, if any."""
    error = _reported({key: event[key] for key in event if key != service.payload_key})
    if error is not None:
        raise error


def _reported(event: Mapping[str, Any]) -> CohereError | None:
    """Return the error for the first member of *event* that reports one; ``None`` if none does.

    In other SDKs, an event has all members of the service model, and all but one are ``None``.
    """
    for code, detail in event.items():
        if isinstance(detail, Mapping):
            if is_fault(code) or "message" in (str(key).lower() for key in detail):
                return service_error(code, detail)
        elif detail is not None and is_fault(code):
            return service_error(code, {"message": detail})
    return None


def _unreadable(event: object, service: Service) -> CohereError:
    """Return the error for *event*, which has no payload."""
    if not isinstance(event, Mapping):
        hint = f"; pass response[{service.body!r}], the stream in boto3's response"
        if isinstance(event, bytes):
            hint = "; this is the body of a plain answer, for Generations.from_response()"
        return MalformedStreamError(f"an event is {kind(event)}; expected a dict{hint}")
    # An error event may have no details: {"throttlingException": None}. In an event with several
    # members, None means that the member is absent.
    alone = len(event) == 1
    error = _reported(
        {code: {} if detail is None and alone else detail for code, detail in event.items()}
    )
    if error is not None:
        return error
    chunk = event.get(service.payload_key)
    wanted = f"{{{service.payload_key!r}: {{{service.bytes_key!r}: bytes}}}}"
    found, hint = f"an event has the keys {quoted(event)}", _hint(event, service)
    if isinstance(chunk, Mapping):
        found = f"event[{service.payload_key!r}] has the keys {quoted(chunk)}"
        if not chunk:
            # Bedrock always sends this member. botocore yields an empty chunk for a frame whose
            # JSON is damaged.
            hint = "; its bytes were lost in transit"
    return MalformedStreamError(f"{found}; expected {wanted}{hint}")


def _hint(event: Mapping[str, Any], service: Service) -> str:
    """Return a hint that *event* is from another service, if it looks like that."""
    for mode, row in SERVICES.items():
        if row is not service and row.payload_key in event:
            return f"; is this a stream of Mode.{mode.name}?"
    return ""
