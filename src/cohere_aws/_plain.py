"""Plain answers: from a response to the JSON in its body, and its usage headers.

A response of boto3 is ``{"ResponseMetadata": {…}, "Body": <stream>}``; ``_services`` says for each
service what the key of the body is, and which headers hold usage. The smithy SDK has an object with
the bytes of the body, and shows no headers.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._field import counted, python_type, quoted
from ._framing import Framing
from ._services import service_for
from .error import CohereError, MalformedStreamError

if TYPE_CHECKING:
    from ._framing import Item
    from ._services import Service
    from .mode import Mode

__all__ = ["output_body", "parse_body", "read_body", "usage_counts"]

# The digits of a 64-bit integer. int() raises an error for some thousands.
_LONGEST_COUNT = 20

_STREAM_HINT = "; an event stream is for StreamingGenerations"


def read_body(response: Mapping[str, Any], mode: Mode) -> Any:
    """Read the body in the *response* of boto3 to its end, close it, and return its bytes.

    Raises:
        TransportError: The body broke off.
        CohereError: *response* or *mode* is not what is documented.
        TypeError: The body is asynchronous.
    """
    from ._translations import translating  # noqa: PLC0415  # a stream seldom needs it

    body = _body_of(response, service_for(mode))
    with translating("reading the body"):
        try:
            data: Any = body.read()
        finally:
            body.close()
    if inspect.iscoroutine(data):
        data.close()
        raise TypeError("the body is asynchronous: await its read() and use from_dict()")
    return data


def _body_of(response: Mapping[str, Any], service: Service) -> Any:
    key, (method, *others) = service.body, (row.plain_method for row in service.calls.values())
    expected = f"expected the response of {method} with the key {key!r}"
    expected += "".join(f", or of {other}" for other in others)
    if not isinstance(response, Mapping):
        raise CohereError(f"the response is {python_type(response)}; {expected}")
    if key not in response:
        hint = "" if set(service.streams).isdisjoint(response) else _STREAM_HINT
        raise CohereError(f"the response has the keys {quoted(response)}; {expected}{hint}")
    body = response[key]
    if hasattr(body, "read"):
        return body
    hint = _STREAM_HINT if hasattr(body, "__iter__") else ""
    raise CohereError(f"response[{key!r}] is {python_type(body)}; expected a body to read{hint}")


def output_body(response: Any) -> Any:
    """Return the parsed body in *response*, an output of the smithy SDK; another object unchanged.

    Raises:
        MalformedStreamError: As ``parse_body``.
        TypeError: As ``parse_body``.
    """
    if isinstance(response, (Mapping, list)):
        return response
    from ._smithy import as_boto3  # noqa: PLC0415  # most responses are dicts

    found = as_boto3(response)
    if not isinstance(found, dict):
        return response
    # The output of InvokeModel holds the bytes of a body; that of Converse is the answer itself.
    return parse_body(found["body"]) if "body" in found else found


def parse_body(data: bytes) -> Item:
    """Parse a body, one JSON object or array, as strictly as the items of a stream.

    Raises:
        MalformedStreamError: *data* is not one item, or deeper than ``DEFAULT_MAX_DEPTH``.
        TypeError: *data* is not bytes.
    """
    if not isinstance(data, bytes):
        raise TypeError(f"the content of the body is {python_type(data)}; expected bytes")
    framing = Framing(max_item_bytes=max(len(data), len("{}")))
    items = list(framing.feed(data))
    if len(items) == 1 and not framing.finish():
        return items[0]
    found = f"{len(items)} complete"
    if pending := framing.finish():
        found += f" and {counted(pending, 'byte')} of another"
    size = counted(len(data), "byte")
    raise MalformedStreamError(f"expected one JSON object or array in {size}; found {found}")


def usage_counts(response: Mapping[str, Any], mode: Mode) -> dict[str, int]:
    """Return the usage in the HTTP headers of *response*, by the fields of ``Usage``.

    A header that is missing or is not a decimal number is left out: an answer is not lost because a
    count cannot be read.
    """
    metadata = response.get("ResponseMetadata") or {}
    headers = metadata.get("HTTPHeaders") or {}
    found = {
        name: str(headers.get(header)) for header, name in service_for(mode).usage_headers.items()
    }
    return {
        name: int(value)
        for name, value in found.items()
        if value.isdecimal() and len(value) <= _LONGEST_COUNT
    }
