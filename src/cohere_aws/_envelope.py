"""Events to payloads: open what boto3 yields, or raise the error that it reports.

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
    """Return the payload bytes of *event*.

    An error that stands beside the payload is left to ``raise_for_error``, so that the payload is
    read first.

    Raises:
        ServiceError: The event reports an error.
        MalformedStreamError: The event is not a dict, not one of this service, or lost its bytes.
    """
    try:
        payload = event[service.payload_key][service.bytes_key]
    except (KeyError, TypeError, IndexError):
        raise _unreadable(event, service) from None
    if type(payload) is bytes:
        return payload
    if isinstance(payload, (bytes, bytearray, memoryview)):
        # Copied, because the owner of a buffer may fill it again before the item is complete.
        return bytes(payload)
    path = f"event[{service.payload_key!r}][{service.bytes_key!r}]"
    raise MalformedStreamError(f"{path} is {kind(payload)}; expected bytes")


def raise_for_error(event: Mapping[str, Any], service: Service) -> None:
    """Raise the ``ServiceError`` that *event* reports beside its payload, if it does."""
    error = _reported({key: event[key] for key in event if key != service.payload_key})
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


def _unreadable(event: object, service: Service) -> CohereError:
    """Return the error for *event*, which has no payload."""
    if not isinstance(event, Mapping):
        hint = f"; pass response[{service.body!r}], the stream in boto3's response"
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
    chunk = event.get(service.payload_key)
    wanted = f"{{{service.payload_key!r}: {{{service.bytes_key!r}: bytes}}}}"
    found, hint = f"an event has the keys {quoted(event)}", _hint(event, service)
    if isinstance(chunk, Mapping):
        found = f"event[{service.payload_key!r}] has the keys {quoted(chunk)}"
        if not chunk:
            # The member is optional in the service model of Bedrock, but never left out there:
            # botocore hands out an empty chunk where the JSON of a frame is damaged.
            hint = "; its bytes were lost in transit"
    return MalformedStreamError(f"{found}; expected {wanted}{hint}")


def _hint(event: Mapping[str, Any], service: Service) -> str:
    """Name the other service that *event* may be from."""
    for mode, row in SERVICES.items():
        if row is not service and row.payload_key in event:
            return f"; is this a stream of Mode.{mode.name}?"
    return ""
