"""Return the payload bytes of a boto3 event, or raise the error that the event reports.

``_services`` names the keys under which each service puts the bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._faults import is_fault, service_error
from ._field import python_type, quoted
from ._services import SERVICES
from .error import CohereError, MalformedStreamError

if TYPE_CHECKING:
    from ._services import Service

__all__ = ["payload_of", "raise_for_error"]


def payload_of(event: Mapping[str, Any], service: Service) -> bytes:
    """Return the payload of *event*.

    An event may report an error beside its payload; call ``raise_for_error`` after reading the
    payload.

    Raises:
        ServiceError: The event has no payload but reports an error.
        MalformedStreamError: The event is not a dict, is not an event of *service*, or has no
            bytes.
    """
    try:
        payload = event[service.payload_key][service.bytes_key]
    except (KeyError, TypeError):
        raise _error_without_payload(event, service) from None
    if type(payload) is bytes:
        return payload
    if isinstance(payload, (bytes, bytearray, memoryview)):
        # feed() needs bytes, and not a buffer that the source may reuse.
        return bytes(payload)
    path = f"event[{service.payload_key!r}][{service.bytes_key!r}]"
    raise MalformedStreamError(f"{path} is {python_type(payload)}; expected bytes")


def raise_for_error(event: Mapping[str, Any], service: Service) -> None:
    """Raise the ``ServiceError`` for an error that *event* reports beside its payload, if any."""
    error = _error_in(event, service)
    if error is not None:
        raise error


def _error_in(event: Mapping[str, Any], service: Service) -> CohereError | None:
    """Return the error for the first key of *event* that reports one; ``None`` if none does.

    An error is ``{"throttlingException": {"message": …}}``. Its details may be ``None`` only if it
    is the sole key: some other SDKs give an event every key of the service model, and those that do
    not apply are ``None``.
    """
    for code, detail in event.items():
        if code == service.payload_key:
            continue
        if isinstance(detail, Mapping):
            if is_fault(code) or "message" in (str(key).lower() for key in detail):
                return service_error(code, detail)
        elif is_fault(code) and (detail is not None or len(event) == 1):
            return service_error(code, {"message": detail})
    return None


def _error_without_payload(event: object, service: Service) -> CohereError:
    """Return the error for *event*, which has no payload."""
    if not isinstance(event, Mapping):
        hint = f"; pass response[{service.body!r}], the stream in boto3's response"
        if isinstance(event, bytes):
            hint = "; this is the body of a plain answer, for Generations.from_response()"
        return MalformedStreamError(f"an event is {python_type(event)}; expected a dict{hint}")
    error = _error_in(event, service)
    if error is not None:
        return error
    chunk = event.get(service.payload_key)
    wanted = f"{{{service.payload_key!r}: {{{service.bytes_key!r}: bytes}}}}"
    found, hint = f"an event has the keys {quoted(event)}", _hint(event, service)
    if service.payload_key in event:
        found = f"event[{service.payload_key!r}] is {python_type(chunk)}"
    if isinstance(chunk, Mapping):
        found = f"event[{service.payload_key!r}] has the keys {quoted(chunk)}"
        if not chunk:
            # The services always send the bytes. botocore yields an empty dict for a frame whose
            # JSON is damaged.
            found = f"event[{service.payload_key!r}] is empty"
            hint = "; its bytes were lost in transit"
    return MalformedStreamError(f"{found}; expected {wanted}{hint}")


def _hint(event: Mapping[str, Any], service: Service) -> str:
    """Return a hint if *event* looks like one of another service."""
    for mode, other in SERVICES.items():
        if other is not service and other.payload_key in event:
            return f"; is this a stream of Mode.{mode.name}?"
    return ""
