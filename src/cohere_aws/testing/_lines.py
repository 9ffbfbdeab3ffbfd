r"""The lines of a recording: a file format that reads well in a diff.

A file is JSON Lines in UTF-8. The first line is the header; each further line is one event of a
stream, or the one response of a plain call::

    {"recording": 1, "service": "bedrock-runtime", "operation": "InvokeModelWithResponseStream",
     "target": "<model id or endpoint>", "members": {…}, "request": {…}, "headers": {…},
     "origin": "recorded", …}
    {"event": "chunk", "at": 0.194, "text": "{\"is_finished\":false,\"text\":\" I\"}"}
    {"exception": "throttlingException", "at": 1.2, "text": "{\"message\":\"…\"}"}
    {"end": "reset", "at": 1.3}
    {"response": 200, "headers": {"content-type": "application/json"}, "text": "{…}"}

In the header:

* ``members`` are the input members of the call except target and body, by the names of the service
  model;
* ``headers`` are the HTTP headers of an answer that is a stream;
* ``origin`` is ``recorded`` from AWS, ``published`` by the vendor, or ``constructed`` by hand.

In the other lines:

* ``text`` is the payload if it is UTF-8; otherwise ``base64`` is. The payload of a Bedrock chunk is
  the bytes inside its wrapping. If they could not be read, ``text`` is null;
* ``at`` is in seconds since the request;
* ``error`` instead of ``event`` is an unmodelled error of the event-stream format: a code, and its
  message as the text;
* ``end`` is the last line of a stream that did not end regularly: ``reset``, ``stalled``, ``cut``,
  ``checksum``, or ``closed`` by its reader.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, cast, get_args

from cohere_aws._field import kind

from ._answer import Kind, RecordedEvent, RecordedResponse
from ._ending import RecordedEnd

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["Line", "RecordingError", "beginning_of", "line_from", "line_of", "line_with"]

_encode = json.JSONEncoder(ensure_ascii=False).encode  # made once, and not for every line


class RecordingError(ValueError):
    """A file that is not a recording, or not one that this version can read.

    The message gives the file and the line.
    """


def line_of(answer: RecordedEvent | RecordedResponse | RecordedEnd) -> bytes:
    """Return the line for *answer*."""
    if isinstance(answer, RecordedEnd):
        return f'{{"end": "{answer.kind}"{_time(answer.at)}}}\n'.encode()
    if isinstance(answer, RecordedEvent):
        payload = answer.payload if answer.is_readable else None
        return line_from(beginning_of(answer.kind, answer.name), answer.at, payload)
    beginning = f'"response": {answer.status}, "headers": {_encode(dict(answer.headers))}'
    return line_from(beginning, answer.at, answer.body)


def beginning_of(kind: Kind, name: str) -> str:
    """Return the beginning of the line for each event of this kind and name."""
    return f'"{kind}": {_encode(name)}'


def line_from(beginning: str, at: float | None, data: bytes | None) -> bytes:
    """Return a line from its beginning, its time, and its bytes, or ``None`` if unreadable.

    It is formatted by hand for speed: recording does this for each event, while the caller waits.
    """
    if data is None:
        return f'{{{beginning}{_time(at)}, "text": null}}\n'.encode()
    try:
        content = f'"text": {_encode(data.decode())}'
    except UnicodeDecodeError:
        content = f'"base64": "{base64.b64encode(data).decode()}"'
    return f"{{{beginning}{_time(at)}, {content}}}\n".encode()


def _time(at: float | None) -> str:
    # In milliseconds: times on a network are not more precise.
    if not isinstance(at, float):
        return "" if at is None else f', "at": {at}'
    # As round(at, 3) shows it, in half of the time.
    digits = f"{at:.3f}".rstrip("0")
    return f', "at": {digits}0' if digits.endswith(".") else f', "at": {digits}'


def line_with(fields: Mapping[str, Any]) -> bytes:
    """Return the line for a JSON object."""
    try:
        return _encode(fields).encode() + b"\n"
    except UnicodeEncodeError:  # UTF-8 has no lone surrogates; JSON can escape them
        return json.dumps(fields).encode() + b"\n"


class Line:
    """One line of a file, which is named in error messages.

    Raises:
        RecordingError: The line is not a JSON object.
    """

    def __init__(self, path: str | os.PathLike[str], number: int, data: bytes) -> None:
        self._place = f"{path}, line {number}"
        try:
            fields = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self.wrong(f"not JSON ({type(error).__name__})") from None
        if not isinstance(fields, dict):
            raise self.wrong("not a JSON object")
        self.fields: dict[str, Any] = fields

    def wrong(self, reason: str) -> RecordingError:
        """Return an error that names the file and the line."""
        return RecordingError(f"{self._place}: {reason}")

    def find(self, key: str, type_: type | tuple[type, ...]) -> Any:
        """Return the value of *key*, or ``None`` if it is absent or null."""
        value = self.fields.get(key)
        # No field of the format is a boolean; in Python, a bool is an int, too.
        if value is not None and (isinstance(value, bool) or not isinstance(value, type_)):
            raise self.wrong(f"{key!r} is {kind(value)}")
        return value

    def get(self, key: str, type_: type) -> Any:
        """Return the value of *key*, which is required."""
        value = self.find(key, type_)
        if value is None:
            raise self.wrong(f"{key!r} is missing")
        return value

    def choice(self, key: str, values: tuple[str, ...]) -> Any:
        """Return the value of *key*, which is required and one of *values*."""
        value = self.get(key, str)
        if value not in values:
            raise self.wrong(f"{key!r} is not one of {', '.join(values)}")
        return value

    def answer(self) -> RecordedEvent | RecordedResponse | RecordedEnd:
        """Return the event, the response or the end in this line."""
        at = self.find("at", (int, float))
        name = self._one_of(("response", *get_args(Kind), "end"))
        if name == "end":
            return self._end(at)
        value = self.get(name, int if name == "response" else str)
        headers = self.find("headers", dict) or {}
        is_readable = name != "event" or self.fields.get("text", "") is not None
        data = self._data() if is_readable else b""
        try:
            if name == "response":
                return RecordedResponse(value, data, headers, at)
            return RecordedEvent(value, data, at, cast("Kind", name), is_readable)
        except UnicodeDecodeError:
            raise self.wrong("the message of an error is not UTF-8") from None
        except ValueError as error:
            raise self.wrong(str(error)) from None

    def _end(self, at: float | None) -> RecordedEnd:
        kind = self.get("end", str)
        try:
            return RecordedEnd(kind, at)
        except ValueError as error:
            raise self.wrong(str(error)) from None

    def _one_of(self, names: tuple[str, ...]) -> str:
        found = [name for name in names if name in self.fields]
        if len(found) != 1:
            words = f"expected exactly one of {', '.join(names)}"
            raise self.wrong(f"{words}; found {', '.join(found) or 'none'}")
        return found[0]

    def _data(self) -> bytes:
        name = self._one_of(("text", "base64"))
        value: str = self.get(name, str)
        try:
            return value.encode() if name == "text" else base64.b64decode(value, validate=True)
        except UnicodeEncodeError:
            raise self.wrong("'text' contains a lone surrogate") from None
        except ValueError:
            raise self.wrong("'base64' is not base64") from None
