"""Return the items that a boto3 event completes, or raise the error that the event reports.

There are two kinds of events. One holds bytes, which the framing cuts into items; ``_services``
names the keys under which each service puts them. The other kind has no bytes, because the service
model describes its members: ``ConverseStream`` has only such events, and each of them is an item::

    {"chunk": {"bytes": b'{"text": "Hel'}}                                  → feed() → items
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hel"}}}        → an item

A service may add events, and botocore yields those that its service model knows. So an event with
an unknown name is an item, too: the reader of the dialect keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._faults import is_fault, service_error
from ._field import keys_of, python_type
from ._services import SERVICES
from .error import CohereError, MalformedStreamError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._framing import Framing, Item
    from ._services import Service

__all__ = ["item_first", "items_of", "raise_for_error"]


def items_of(event: Mapping[str, Any], service: Service, framing: Framing) -> Iterable[Item]:
    """Return the items that *event* completes; *framing* cuts and counts them.

    Exhaust the result before the next call. An event may report an error beside its items; call
    ``raise_for_error`` after reading them.

    Raises:
        ServiceError: The event has no items but reports an error.
        MalformedStreamError: The event is not a dict, is not an event of *service*, or has neither
            bytes nor members. Or, while the result is iterated: see ``Framing.feed``.
    """
    try:
        payload = event[service.payload_key][service.bytes_key]
    except (KeyError, TypeError):
        pass  # go on below, where the context of an error is not this KeyError
    else:
        if type(payload) is bytes:
            return framing.feed(payload)
        if isinstance(payload, (bytes, bytearray, memoryview)):
            # feed() needs bytes, and not a buffer that the source may reuse.
            return framing.feed(bytes(payload))
        path = f"event[{service.payload_key!r}][{service.bytes_key!r}]"
        raise MalformedStreamError(f"{path} is {python_type(payload)}; expected bytes")
    item = _item_of(event, service)
    framing.item_count += 1
    return (item,)


def item_first(event: Mapping[str, Any], service: Service, framing: Framing) -> Iterable[Item]:
    """Return the same as ``items_of``, faster for an event without bytes, slower for another."""
    if type(event) is dict and len(event) == 1 and not service.item_events.isdisjoint(event):
        framing.item_count += 1
        return (event,)
    return items_of(event, service, framing)


def raise_for_error(event: Mapping[str, Any], service: Service) -> None:
    """Raise the ``ServiceError`` for an error that *event* reports beside its items, if any."""
    error = _error_in(event, service)
    if error is not None:
        raise error


def _item_of(event: object, service: Service) -> dict[str, Any]:
    """Return *event*, which has no payload, as an item; raise its error if it is not one."""
    if not isinstance(event, Mapping):
        raise _not_an_event(event, service)
    # Some other SDKs give an event every key, as for errors.
    members = {name: value for name, value in event.items() if value is not None}
    if not service.item_events.isdisjoint(members):
        return members
    if "ResponseMetadata" in members:  # before the errors: an answer may have a "message"
        found = f"an event is a response of boto3 with {keys_of(members)}"
        hint = "pass the stream in it, or read a plain one by Generations.from_response()"
        raise MalformedStreamError(f"{found}; {hint}")
    error = _error_in(event, service)
    if error is not None:
        raise error
    is_foreign = service.payload_key in event or _hint(event, service)
    if is_foreign or not any(isinstance(value, Mapping) for value in members.values()):
        raise _without_items(event, service)
    return members  # an event that is newer than this package


def _error_in(event: Mapping[str, Any], service: Service) -> CohereError | None:
    """Return the error for the first key of *event* that reports one; ``None`` if none does.

    An error is ``{"throttlingException": {"message": …}}``. Its details may be ``None`` only if it
    is the sole key: some other SDKs give an event every key of the service model, and those that do
    not apply are ``None``.
    """
    for code, detail in event.items():
        if code == service.payload_key or code in service.item_events:
            continue
        if isinstance(detail, Mapping):
            if is_fault(code) or "message" in (str(key).lower() for key in detail):
                return service_error(code, detail)
        elif is_fault(code) and (detail is not None or len(event) == 1):
            return service_error(code, {"message": detail})
    return None


def _not_an_event(event: object, service: Service) -> CohereError:
    """Return the error for *event*, which is not a dict."""
    names = " or ".join(f"response[{name!r}]" for name in service.streams)
    hint = f"; pass {names}, the stream in boto3's response"
    if isinstance(event, bytes):
        hint = "; this is the body of a plain answer, for Generations.from_response()"
    return MalformedStreamError(f"an event is {python_type(event)}; expected a dict{hint}")


def _without_items(event: Mapping[str, Any], service: Service) -> CohereError:
    """Return the error for *event*, which has neither bytes nor members of an item."""
    chunk = event.get(service.payload_key)
    wanted = f"{{{service.payload_key!r}: {{{service.bytes_key!r}: bytes}}}}"
    if service.item_events:
        wanted += f" or one of the events {', '.join(sorted(service.item_events))}"
    found, hint = f"an event has {keys_of(event)}", _hint(event, service)
    if service.payload_key in event:
        found = f"event[{service.payload_key!r}] is {python_type(chunk)}"
    if isinstance(chunk, Mapping):
        found = f"event[{service.payload_key!r}] has {keys_of(chunk)}"
        if not chunk:
            # The services always send the bytes. botocore yields an empty dict for a frame whose
            # JSON is damaged.
            found = f"event[{service.payload_key!r}] is empty"
            hint = "; its bytes were lost in transit"
    return MalformedStreamError(f"{found}; expected {wanted}{hint}")


def _hint(event: Mapping[str, Any], service: Service) -> str:
    """Return a hint if *event* looks like one of another service."""
    for mode, other in SERVICES.items():
        if other is not service and not {other.payload_key, *other.item_events}.isdisjoint(event):
            return f"; is this a stream of Mode.{mode.name}?"
    return ""
