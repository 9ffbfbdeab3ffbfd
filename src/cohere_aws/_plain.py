"""Plain answers: from a response to the JSON in its body, and its usage headers.

A response of boto3 is ``{"ResponseMetadata": {…}, "Body": <stream>}``; ``_services`` says for each
service what the key of the body is, and which headers hold usage. The smithy SDK has an object with
the bytes of the body, and shows no headers.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from ._field import counted, keys_of, python_type
from ._framing import DEFAULT_MAX_DEPTH, Framing
from ._json import SHORT, is_wide, scan_short
from ._services import service_for
from .error import CohereError, MalformedStreamError, StreamError
from .response import metadata_of, with_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._framing import Item
    from ._services import Service
    from .mode import Mode

__all__ = ["output_body", "parse_body", "read_body", "read_response", "reading", "usage_counts"]

_Answer = TypeVar("_Answer")

# The digits of a 64-bit integer. int() raises an error for some thousands.
_LONGEST_COUNT = 20

_STREAM_HINT = "; an event stream is for StreamingGenerations"

_SPACE = " \t\r\n"
# For ``_depth``: all bytes but brackets, quotes, and a backslash with what may follow it in JSON.
_ESCAPES = b"\\/bfnrtu"
_NO_MARKS = bytes(set(range(256)) - set(b'[]{}"' + _ESCAPES))
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")


def read_response(
    read: Callable[[bytes, Mapping[str, Any], Mode], _Answer],
    response: Mapping[str, Any],
    mode: Mode,
) -> _Answer:
    """Return the answer in the *response* of boto3, by *read*, and log it.

    *read* gets the bytes of the body, *response* and *mode*.

    Raises:
        CohereError: As ``read_body`` and *read*.
        TypeError: Likewise.
    """
    from ._call_log import call_log, logging_to  # noqa: PLC0415  # a stream does not need it

    log = call_log(service=service_for(mode).name)
    with logging_to(log):
        data = read_body(response, mode)
        if log is not None:
            log.answered(response, data)
        with reading(response):
            answer = read(data, response, mode)
    return with_metadata(answer, metadata_of(response))


@contextmanager
def reading(response: object) -> Iterator[None]:
    """Add the headers of *response*, and so its ID, to an error that is raised while it is read."""
    try:
        yield
    except CohereError as error:
        metadata = metadata_of(response)
        error.headers = error.headers or dict((metadata or {}).get("HTTPHeaders") or {})
        found = error.answer if isinstance(error, StreamError) else None
        for answer in (error.partial, found):
            if answer is not None:
                with_metadata(answer, metadata)
        raise


def read_body(response: Mapping[str, Any], mode: Mode) -> Any:
    """Read the body in the *response* of boto3 to its end, close it, and return its bytes.

    Raises:
        TransportError: The body broke off.
        CohereError: *response* or *mode* is not what is documented.
        TypeError: The body is asynchronous.
    """
    from ._translations import translating  # noqa: PLC0415  # a stream seldom needs it

    body = _body_of(response, service_for(mode))
    with reading(response), translating("reading the body"):
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
        raise CohereError(f"the response has {keys_of(response)}; {expected}{hint}")
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
    item = _parsed_at_once(data)
    if item is not None:
        return item
    framing = Framing(max_item_bytes=max(len(data), len("{}")))
    items = list(framing.feed(data))
    if len(items) == 1 and not framing.finish():
        return items[0]
    found = f"{len(items)} complete"
    if pending := framing.finish():
        found += f" and {counted(pending, 'byte')} of another"
    size = counted(len(data), "byte")
    raise MalformedStreamError(f"expected one JSON object or array in {size}; found {found}")


def _parsed_at_once(data: bytes) -> Item | None:
    """Return the item, or ``None`` if the walk of ``Framing`` must parse *data* or refuse it.

    The walk runs Python code for each bracket, and its scanner for each integer. An answer of Embed
    has some hundred vectors of a thousand numbers, which would take two to four times as long.
    """
    if is_wide(data) or _depth(data) > DEFAULT_MAX_DEPTH or _has_long_digits(data):
        return None
    try:
        text = data.decode().strip(_SPACE)
        item, end = scan_short(text, 0)
    except (ValueError, StopIteration):
        return None
    return item if end == len(text) and isinstance(item, (dict, list)) else None


def _depth(data: bytes) -> int:
    """Return the depth of the JSON in *data*; more than the limit if its brackets do not match.

    It is exact for any beginning of *data* that is JSON, and the scanner reads no further than
    that. So the scanner never recurses deeper, whatever *data* is.
    """
    # First without the numbers, so that the copies below are small. A character that a backslash
    # may escape stays after it.
    marks = data.translate(None, _NO_MARKS)
    # Pairs of backslashes first: then a backslash before a quote escapes it.
    marks = marks.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_AS_SQUARE, _ESCAPES)
    # Every quote now begins or ends a string, and two with no bracket in between do not matter.
    brackets = b"".join(marks.replace(b'""', b"").split(b'"')[::2])  # those outside strings
    depth = 0
    while brackets and depth <= DEFAULT_MAX_DEPTH:
        brackets = brackets.replace(b"[]", b"")  # takes away the innermost level
        depth += 1
    return depth


def _has_long_digits(data: bytes) -> bool:
    """Return whether *data* may have an integer that is too long.

    Half of the digits of such an integer, or more, fill a whole step.
    """
    step = SHORT // 2
    return any(data[i : i + step].isdigit() for i in range(0, len(data), step))


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
