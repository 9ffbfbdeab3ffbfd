"""Calls: what a client asks, as far as a recording keeps it."""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cohere_aws._aws import service_of
from cohere_aws._aws_clients import secrets_of
from cohere_aws._redact import may_hold_credentials, redact, ways_to_write
from cohere_aws._services import SERVICES

from ._members import labels_of, members_of, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "INVOCATION",
    "Call",
    "Scrubber",
    "call_of",
    "model_of",
]

# The header that every SDK of AWS sends, and keeps while it tries one call again.
INVOCATION = "amz-sdk-invocation-id"

# What is nested deeper than this is kept as its text: no request of a model is, and Python could
# not compare it or write it.
_MAX_DEPTH = 100

# An account id is twelve digits, which payloads seldom have, so most are not looked at further. The
# digits alone do not make one, for they may as well be a number that the model wrote.
_DIGITS = re.compile(rb"[0-9]{12}")
_ID = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_PLACES = re.compile(
    r"""
    arn(?::|%3A|%253A)aws[\w:%/.+=@-]*  # an Amazon Resource Name, in a URL, too
    | s3://[\w./-]*                     # a bucket,
    | \bsagemaker-[a-z0-9-]*            # among them the default one of SageMaker, by any address
    | [0-9]{12}\.(?:dkr|s3)\b           # a registry of images, a bucket by its host name
    | account[\W_]{0,8}(?:id|number)?[\W_]{0,8}(?:is\s)?[0-9]{12}  # "in account 111122223333"
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
# Zeros would be no number of JSON, but 0 is.
_NUMBER = re.compile(r'(account\w{0,9}\\{0,9}"\s{0,9}:\s{0,9})[0-9]{12}(?![0-9])', re.IGNORECASE)


# The services whose answers can be recorded and replayed.
_RUNTIMES = sorted(service.name for service in SERVICES.values())


def model_of(client: Any) -> Any:
    """What botocore knows about the service of *client*.

    Raises:
        TypeError: It is no client.
        ValueError: It is one of another service.
    """
    service = service_of(client)
    if service not in _RUNTIMES:
        raise ValueError(f"client is of {service}; expected one of {' or '.join(_RUNTIMES)}")
    return client.meta.service_model


@dataclass(frozen=True)
class Call:
    """What a client asks.

    Attributes:
        service: The service by boto3's name.
        operation: The operation by the name of the service model.
        target: The model or endpoint.
        request: The body: JSON where it is, and not deeper than 100 levels; else its text. It is
            without idempotency tokens, of which each call has another.
        members: The other input members, which travel in the path, the query or headers, by the
            names of the service model, as text; without idempotency tokens, too.
    """

    service: str
    operation: str
    target: str | None
    request: Any
    members: Mapping[str, str] = field(default_factory=dict)


class Scrubber:
    """Takes out what must not be written: account ids and credentials, and what the caller names.

    *client* is the one whose own credentials are taken out; others are recognised by their form.
    """

    def __init__(self, scrub: Callable[[str], str] | None = None, client: Any = None) -> None:
        self._scrub = scrub
        self._client = client
        self._secrets: tuple[str, ...] = ()
        self._written: tuple[bytes, ...] = ()

    def text(self, text: str) -> str:
        """The text without what must not be written."""
        text = _NUMBER.sub(r"\g<1>0", text)
        text = _PLACES.sub(lambda place: _ID.sub(12 * "0", place[0]), text)
        secrets = tuple(secrets_of(self._client))
        if secrets != self._secrets:  # temporary credentials come with the first call, and change
            self._secrets = secrets
            self._written = tuple(each.encode() for each in ways_to_write(secrets))
        text = redact(text, secrets)
        return self._scrub(text) if self._scrub else text

    def data(self, data: bytes) -> bytes:
        """The payload without it; bytes that are no text stay as they are."""
        if self._scrub is None and not self._is_suspect(data):
            return data
        return self.text(data.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def _is_suspect(self, data: bytes) -> bool:
        """Return whether *data* is worth decoding, which is too slow for every payload.

        The client's own credentials are those of the latest ``text()``: each call and each answer
        has texts, its target and its headers.
        """
        for written in self._written:
            if written in data:
                return True
        return may_hold_credentials(data) or _DIGITS.search(data) is not None

    def call(self, service: str, operation: str, target: str | None, body: bytes) -> Call:
        """The call without it."""
        known = self.text(target) if target else None
        return Call(service, operation, known, _request(self.data(body)))


def _request(body: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        request = json.loads(body)
        if not _is_deep(request, _MAX_DEPTH):
            return request
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _is_deep(value: Any, left: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    children = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_is_deep(child, left - 1) for child in children)


def call_of(
    scrubber: Scrubber, model: Any, url: str, headers: Mapping[str, Any], body: Any
) -> Call:
    """Return the call that an HTTP request makes, without what must not be written.

    Args:
        scrubber: Takes out what must not be written.
        model: botocore's model of the operation.
        url: The address of the request, or its path with the query.
        headers: The headers of the request.
        body: The body of the request.
    """
    service, labels = model.service_model.service_name, labels_of(model, url) or {}
    target = next(iter(labels.values()), None)
    call = scrubber.call(service, model.name, target, body_bytes(body))
    tokens, request = tokens_of(service, model.name), call.request
    if isinstance(request, dict):
        request = {key: value for key, value in request.items() if key not in tokens}
    members = members_of(model, url, headers)
    kept = {name: scrubber.text(value) for name, value in members.items()}
    return replace(call, members=kept, request=request)


def body_bytes(body: Any) -> bytes:
    """The body of a request, which may be a file that is still to be sent."""
    if hasattr(body, "read"):
        place = body.tell()
        data = body.read()
        body.seek(place)
        return bytes(data)
    return body.encode() if isinstance(body, str) else bytes(body or b"")
