"""Calls: the part of an HTTP request that a recording keeps, and that matching compares."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cohere_aws._aws import service_of
from cohere_aws._services import SERVICES

from ._members import labels_of, members_of, tokens_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._scrub import Scrubber

__all__ = ["INVOCATION", "Call", "body_bytes", "call_of", "model_of"]

# Every AWS SDK sends this header, and keeps its value when it retries a call.
INVOCATION = "amz-sdk-invocation-id"

# A body that is nested deeper is kept as text: no model takes such a request, and Python could
# neither compare nor encode it without overflowing its stack.
_MAX_DEPTH = 100

# The services whose answers can be recorded and replayed.
_RUNTIMES = sorted(service.name for service in SERVICES.values())


@dataclass(frozen=True)
class Call:
    """One call of a client.

    Attributes:
        service: The service by boto3's name.
        operation: The operation by the name of the service model.
        target: The model or endpoint.
        request: The body: JSON if it is JSON of at most 100 levels, else its text. Idempotency
            tokens are left out, because each call has another one.
        members: The other input members, by the names of the service model, as text. They travel
            in the path, the query or headers. Idempotency tokens are left out here, too.
    """

    service: str
    operation: str
    target: str | None
    request: Any
    members: Mapping[str, str] = field(default_factory=dict)


def model_of(client: Any) -> Any:
    """Return botocore's model of the service of *client*.

    Raises:
        TypeError: *client* is not a client.
        ValueError: *client* is one of another service.
    """
    service = service_of(client)
    if service not in _RUNTIMES:
        raise ValueError(f"client is of {service}; expected one of {' or '.join(_RUNTIMES)}")
    return client.meta.service_model


def call_of(
    scrubber: Scrubber, model: Any, url: str, headers: Mapping[str, Any], body: Any
) -> Call:
    """Return the call that an HTTP request makes, scrubbed.

    Args:
        scrubber: Removes credentials and account IDs.
        model: botocore's model of the operation.
        url: The URL of the request, or its path with the query.
        headers: The headers of the request.
        body: The body of the request.
    """
    service, labels = model.service_model.service_name, labels_of(model, url) or {}
    # The first label of a path is the model or the endpoint.
    label = next(iter(labels.values()), None)
    # Before the body: the scrubber looks up the client's current credentials for texts only.
    target = scrubber.text(label) if label else None
    request = _json_or_text(scrubber.data(body_bytes(body)))
    if isinstance(request, dict):
        tokens = tokens_of(service, model.name)
        request = {key: value for key, value in request.items() if key not in tokens}
    members = members_of(model, url, headers)
    kept = {name: scrubber.text(value) for name, value in members.items()}
    return Call(service, model.name, target, request, kept)


def body_bytes(body: Any) -> bytes:
    """Return the bytes of a request body, which may be text, bytes, a file or ``None``."""
    if hasattr(body, "read"):
        place = body.tell()
        data = body.read()
        body.seek(place)  # the file is still to be sent
        return bytes(data)
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _json_or_text(body: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        value = json.loads(body)
        if not _is_deep(value, _MAX_DEPTH):
            return value
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _is_deep(value: Any, left: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    children = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_is_deep(child, left - 1) for child in children)
