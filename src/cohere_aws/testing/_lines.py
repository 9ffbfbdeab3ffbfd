r"""Recordings: what was asked of AWS and what it answered, in a file that reads well in a diff.

A file is JSON Lines in UTF-8. The first line is the header; each further line is one event of a
stream, or the one response of a plain call::

    {"recording": 1, "service": "bedrock-runtime", "operation": "InvokeModelWithResponseStream",
     "target": "<model id or endpoint>", "members": {…}, "request": {…}, "headers": {…},
     "origin": "recorded", …}
    {"event": "chunk", "at": 0.194, "text": "{\"is_finished\":false,\"text\":\" I\"}"}
    {"exception": "throttlingException", "at": 1.2, "text": "{\"message\":\"…\"}"}
    {"end": "reset", "at": 1.3}
    {"response": 200, "headers": {"content-type": "application/json"}, "text": "{…}"}

``text`` is the payload where it is UTF-8, else it is ``base64``. The payload of a Bedrock chunk is
the bytes inside of it, without their wrapping; where they could not be read, ``text`` is null.
``at`` is in seconds since the request. ``members`` are the input members of the call besides target
and body, by the names of the service model; ``headers`` are those of the answer to a stream.
``origin`` says how the file came to be: ``recorded`` from AWS, ``published`` by the vendor, or
``constructed`` by hand. A third kind of line, ``error``, is for what the event-stream format calls
an unmodelled error: a code, and its message as the text. ``end`` is there when a stream did not end
in good order, and says how: ``reset``, ``stalled``, ``cut``, ``checksum`` or, by its reader,
``closed``.
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
    """A file is no recording, or not one that this version can read; the message says where."""


def line_of(answer: RecordedEvent | RecordedResponse | RecordedEnd) -> bytes:
    """The line of a file that holds *answer*."""
    if isinstance(answer, RecordedEnd):
        return f'{{"end": "{answer.kind}"{_time(answer.at)}}}\n'.encode()
    if isinstance(answer, RecordedEvent):
        payload = answer.payload if answer.is_readable else None
        return line_from(beginning_of(answer.kind, answer.name), answer.at, payload)
    beginning = f'"response": {answer.status}, "headers": {_encode(dict(answer.headers))}'
    return line_from(beginning, answer.at, answer.body)


def beginning_of(kind: Kind, name: str) -> str:
    """How the line of every event of this kind and name begins."""
    return f'"{kind}": {_encode(name)}'


def line_from(beginning: str, at: float | None, data: bytes | None) -> bytes:
    """A line of a beginning, a time and bytes, if they could be read.

    Put together by hand, because it is done for every event of a stream while it passes by.
    """
    if data is None:
        return f'{{{beginning}{_time(at)}, "text": null}}\n'.encode()
    try:
        content = f'"text": {_encode(data.decode())}'
    except UnicodeDecodeError:
        content = f'"base64": "{base64.b64encode(data).decode()}"'
    return f"{{{beginning}{_time(at)}, {content}}}\n".encode()


def _time(at: float | None) -> str:
    # To the millisecond: times on a network are not more exact.
    return "" if at is None else f', "at": {round(at, 3)}'


def line_with(fields: Mapping[str, Any]) -> bytes:
    """The line of a file that holds a JSON object."""
    try:
        return _encode(fields).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate can be written as an escape only
        return json.dumps(fields).encode() + b"\n"


class Line:
    """One line of a file, with its place for error messages."""

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
        """An error that names the line."""
        return RecordingError(f"{self._place}: {reason}")

    def find(self, key: str, type_: type | tuple[type, ...]) -> Any:
        """The value of *key*, or ``None``."""
        value = self.fields.get(key)
        # What is asked for is never a boolean, which Python counts among the integers.
        if value is not None and (isinstance(value, bool) or not isinstance(value, type_)):
            raise self.wrong(f"{key!r} is {kind(value)}")
        return value

    def get(self, key: str, type_: type) -> Any:
        """The value of *key*, which must be there."""
        value = self.find(key, type_)
        if value is None:
            raise self.wrong(f"{key!r} is missing")
        return value

    def choice(self, key: str, values: tuple[str, ...]) -> Any:
        """The value of *key*, which must be one of *values*."""
        value = self.get(key, str)
        if value not in values:
            raise self.wrong(f"{key!r} is none of {', '.join(values)}")
        return value

    def answer(self) -> RecordedEvent | RecordedResponse | RecordedEnd:
        """The event, the response or the end that the line holds."""
        at = self.find("at", (int, float))
        name = self._one_of("an answer", ("response", *get_args(Kind), "end"))
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

    def _one_of(self, what: str, names: tuple[str, ...]) -> str:
        found = [name for name in names if name in self.fields]
        if len(found) != 1:
            raise self.wrong(f"{what} is one of {', '.join(names)}; here are {len(found)}")
        return found[0]

    def _data(self) -> bytes:
        name = self._one_of("a payload", ("text", "base64"))
        value: str = self.get(name, str)
        try:
            return value.encode() if name == "text" else base64.b64decode(value, validate=True)
        except UnicodeEncodeError:
            raise self.wrong("'text' has half a character, a lone surrogate") from None
        except ValueError:
            raise self.wrong("'base64' is not base64") from None
