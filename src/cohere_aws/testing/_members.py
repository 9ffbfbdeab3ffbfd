"""Members of calls and answers outside the body, found by botocore's service models.

A service model gives the place of each member in the HTTP message: the body, the path, the query or
a header. No member is listed by hand here, so those of a newer botocore are found, too. Members are
read from the HTTP message, and not from the arguments of the call: ``serve`` sees only the message,
and ``record``, ``replay`` and ``serve`` must find the same.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from ._botocore import operation_model

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["answer_headers", "labels_of", "members_of", "tokens_of", "usual_headers"]

# Values that clients send by themselves: botocore and the SDK for JavaScript send this content type
# for bytes, aiohttp accepts any type. They are not members of the call: other clients that make the
# same call do not send them.
_DEFAULTS = {"content-type": "application/octet-stream", "accept": "*/*"}

# Values of members that every answer of AWS has, for recordings without them; by the members' names
# in lower case.
# Bedrock: "contentType" is required; for streams of its models it is application/json, as in
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
# SageMaker: "AllTraffic" is the name that its SDK for Python gives the only variant of an endpoint
# (``sagemaker.session.production_variant``).
_USUAL = {"contenttype": "application/json", "invokedproductionvariant": "AllTraffic"}


def members_of(model: Any, url: str, headers: Mapping[str, Any]) -> dict[str, str]:
    """Return the input members in *url* and *headers* except the target, as text.

    Idempotency tokens are left out, because each call has another one.

    Args:
        model: botocore's model of the operation.
        url: The URL of the request, or its path with the query.
        headers: The headers of the request.
    """
    sent = {name.lower(): _text(value) for name, value in headers.items()}
    sent = {name: value for name, value in sent.items() if value != _DEFAULTS.get(name)}
    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    found = {
        "uri": dict(list((labels_of(model, url) or {}).items())[1:]),  # the first is the target
        "header": sent,
        "querystring": {name: ",".join(values) for name, values in query.items()},
    }
    members = {}
    for name, shape in _shapes(model.input_shape):
        where, key = shape.serialization.get("location"), shape.serialization.get("name", name)
        place = found.get(where, {})
        key = key.lower() if where == "header" else key
        if key in place and not shape.metadata.get("idempotencyToken"):
            members[name] = place[key]
    return members


def labels_of(model: Any, url: str) -> dict[str, str] | None:
    """Return the values of the labels in the operation's path, such as ``/model/{modelId}/invoke``.

    Return ``None`` if the path of *url* is another one.
    """
    template: str = model.http["requestUri"]
    pattern = re.sub(r"\\\{.*?\\\}", "([^/]+)", re.escape(template))
    found = re.search(f"{pattern}$", urlsplit(url).path)
    if found is None:
        return None
    names = re.findall(r"\{(.*?)\}", template)
    return dict(zip(names, map(unquote, found.groups()), strict=True))


@lru_cache
def tokens_of(service: str, operation: str) -> frozenset[str]:
    """Return the keys of the idempotency tokens in the body of a call."""
    with suppress(ValueError):  # botocore does not know the operation
        model = operation_model(service, operation)
        return frozenset(
            shape.serialization.get("name", name)
            for name, shape in _shapes(model.input_shape)
            if shape.metadata.get("idempotencyToken") and "location" not in shape.serialization
        )
    return frozenset()


def answer_headers(model: Any) -> dict[str, str]:
    """Return the names of an answer's members by their headers, in lower case."""
    return {
        shape.serialization["name"].lower(): name
        for name, shape in _shapes(model.output_shape)
        if shape.serialization.get("location") == "header"
    }


@lru_cache
def usual_headers(service: str, operation: str) -> dict[str, str]:
    """Return the headers that AWS sends with every answer to *operation*."""
    with suppress(ValueError):  # botocore does not know the operation
        headers = answer_headers(operation_model(service, operation))
        return {
            header: _USUAL[member.lower()]
            for header, member in headers.items()
            if member.lower() in _USUAL
        }
    return {}


def _shapes(shape: Any) -> list[tuple[str, Any]]:
    return list(shape.members.items()) if shape is not None else []


def _text(value: Any) -> str:
    """Return the value of a header as text; it may be UTF-8, in bytes or decoded as Latin-1."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    with suppress(UnicodeError):
        return str(value).encode("latin-1").decode()
    return str(value)
