"""Members of calls and answers that travel outside the body, by botocore's service models.

A model says of each member whether it is in the body, or where else in the HTTP message: in the
path, the query or a header. Nothing here lists members by hand, so those of a newer botocore are
known too. All of them are read from the HTTP message itself, because a server sees nothing else,
and what ``record``, ``replay`` and ``serve`` find has to be the same.
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

# What clients send although the caller said nothing: botocore and the SDK for JavaScript name bytes
# of no known type, and aiohttp takes any type. As members, they would tie a call to one client.
_UNSAID = {"content-type": "application/octet-stream", "accept": "*/*"}

# What AWS sends when the recording of an answer does not say, by the members' names in lower case.
# Bedrock: "contentType" is required, and of its models' streams it is application/json, as in
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
# SageMaker: "AllTraffic" is what its SDK for Python calls the only variant of an endpoint
# (``sagemaker.session.production_variant``).
_USUAL = {"contenttype": "application/json", "invokedproductionvariant": "AllTraffic"}


def members_of(model: Any, url: str, headers: Mapping[str, Any]) -> dict[str, str]:
    """Return the input members in *url* and *headers*, besides the target, as text.

    Idempotency tokens are left out: each call has another one.

    Args:
        model: botocore's model of the operation.
        url: The address of the request, or its path with the query.
        headers: The headers of the request.
    """
    sent = {name.lower(): _text(value) for name, value in headers.items()}
    sent = {name: value for name, value in sent.items() if value != _UNSAID.get(name)}
    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    found = {
        "uri": dict(list((labels_of(model, url) or {}).items())[1:]),
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
    """Return the labels of the operation's path, such as ``/model/{modelId}/invoke``, in *url*.

    ``None`` if the path is another one.
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
    """Return the idempotency tokens in the body of a call, by their keys in its JSON object."""
    with suppress(ValueError):  # botocore does not know the operation
        model = operation_model(service, operation)
        return frozenset(
            shape.serialization.get("name", name)
            for name, shape in _shapes(model.input_shape)
            if shape.metadata.get("idempotencyToken") and "location" not in shape.serialization
        )
    return frozenset()


def answer_headers(model: Any) -> dict[str, str]:
    """Return the headers that hold members of an answer, in lower case, and the members' names."""
    return {
        shape.serialization["name"].lower(): name
        for name, shape in _shapes(model.output_shape)
        if shape.serialization.get("location") == "header"
    }


@lru_cache
def usual_headers(service: str, operation: str) -> dict[str, str]:
    """Return the headers with members that AWS sends with every answer to *operation*."""
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
    """Return the value of a header, which is text, or UTF-8 in bytes or in Latin-1."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    with suppress(UnicodeError):
        return str(value).encode("latin-1").decode()
    return str(value)
