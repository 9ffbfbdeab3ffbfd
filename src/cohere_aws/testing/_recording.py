"""Recordings: one call and its answer, as an object, as a file, and as frames."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from cohere_aws._field import kind

from ._answer import RecordedEvent, RecordedResponse, check_headers, misfit
from ._botocore import parse_frames
from ._ending import RecordedEnd
from ._lines import Line, RecordingError, line_of, line_with

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

__all__ = ["Recording", "header_line"]

VERSION = 1

# The fields of the first line, in their order, and those that are left out if they are ``None``.
_HEADER = (
    *("service", "operation", "target", "members", "request", "headers"),
    *("origin", "source", "recorded_at"),
)
_OPTIONAL = ("members", "headers")

Origin = Literal["recorded", "published", "constructed"]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One call and its answer.

    Two recordings are equal if the calls and the answers are. Times, origin, source and path are
    ignored.

    Attributes:
        service: The service by boto3's name, ``bedrock-runtime`` or ``sagemaker-runtime``.
        operation: The operation by the name of the service model, such as ``ConverseStream``.
        target: The model or endpoint; ``None`` matches any.
        request: The body of the request as JSON; ``None`` matches any.
        members: The other input members of the call, by the names of the service model, as text.
            ``None`` for one of them, or for all, matches anything.
        stream: The events, if the answer is a stream.
        headers: The HTTP headers of a stream, names in lower case. ``None`` means those that AWS
            always sends. A response has headers of its own.
        end: The end of the stream, if it did not end regularly.
        response: The response, if the answer is not a stream.
        origin: ``recorded`` from AWS, ``published`` by the vendor, or ``constructed`` by hand.
        source: A free text about the source of the recording.
        recorded_at: The time of the recording, as text.
        path: The file of the recording, if it was read from one.

    Raises:
        RecordingError: The recording could not be written to a file and read back.
    """

    service: str
    operation: str
    target: str | None = None
    request: Any = field(default=None, hash=False)
    stream: tuple[RecordedEvent, ...] | None = None
    response: RecordedResponse | None = None
    origin: Origin = field(default="constructed", compare=False)
    source: str | None = field(default=None, compare=False)
    recorded_at: str | None = field(default=None, compare=False)
    members: Mapping[str, str | None] | None = field(default=None, hash=False)
    headers: Mapping[str, str] | None = field(default=None, hash=False)
    end: RecordedEnd | None = None
    path: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if (self.stream is None) == (self.response is None):
            raise RecordingError("a recording has either a stream or a response")
        if self.stream is not None:
            object.__setattr__(self, "stream", tuple(self.stream))
            self._check_events(self.stream)
            if not self.stream and "Stream" not in self.operation:
                raise RecordingError(f"the response is missing; {self.operation} is a plain call")
        try:  # tuples become lists, as they will be when the file is read
            object.__setattr__(self, "request", json.loads(json.dumps(self.request)))
        except (TypeError, ValueError, RecursionError) as error:
            raise RecordingError(f"the request is not JSON ({type(error).__name__})") from None
        if self.members is not None:
            object.__setattr__(self, "members", _checked_members(self.members))
        if self.end is not None and self.stream is None:
            raise RecordingError("'end' is only for a stream; a response has none")
        if self.headers is not None:
            self._check_headers(self.headers)

    def _check_events(self, events: tuple[RecordedEvent, ...]) -> None:
        for number, event in enumerate(events):
            if reason := misfit(event, self.service):
                raise RecordingError(f"event {number}: {reason}")

    def _check_headers(self, headers: Mapping[str, str]) -> None:
        if self.stream is None:
            raise RecordingError("'headers' is only for a stream; a response has its own")
        try:
            check_headers(headers)
        except ValueError as error:
            raise RecordingError(str(error)) from None
        object.__setattr__(self, "headers", dict(headers))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Recording:
        """Read a recording from a file.

        Raises:
            RecordingError: The file is damaged or of another version. The message names the line.
            OSError: The file cannot be read.
        """
        return cls._parsed(Path(path).read_bytes(), path)

    @classmethod
    def _parsed(cls, data: bytes, path: str | os.PathLike[str]) -> Recording:
        """Return the recording in *data*; errors call it *path*."""
        # Not splitlines(): a text may contain other line separators of Unicode.
        lines = data.split(b"\n")
        parsed = [Line(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
        if not parsed:
            raise RecordingError(f"{path} is empty; expected a recording")
        header, rest = parsed[0], parsed[1:]
        if header.get("recording", int) != VERSION:
            version = header.fields["recording"]
            raise header.wrong(f"the version of the recording is {version}; expected {VERSION}")
        answers = [line.answer() for line in rest]
        end = answers.pop() if answers and isinstance(answers[-1], RecordedEnd) else None
        stream = [answer for answer in answers if isinstance(answer, RecordedEvent)]
        responses = [answer for answer in answers if isinstance(answer, RecordedResponse)]
        if responses and len(answers) > 1:
            raise rest[1].wrong("a plain call has one response; expected no further line")
        if len(stream) + len(responses) < len(answers):
            first = next(i for i, each in enumerate(answers) if isinstance(each, RecordedEnd))
            raise rest[first + 1].wrong("expected no line after the end of a stream")
        facts = {
            "operation": header.get("operation", str),
            "service": header.get("service", str),
            "target": header.find("target", str),
            "request": header.fields.get("request"),
            "members": header.find("members", dict),
            "headers": header.find("headers", dict),
            "origin": header.choice("origin", get_args(Origin)),
            "source": header.find("source", str),
            "recorded_at": header.find("recorded_at", str),
            "stream": None if responses else tuple(stream),
            "response": responses[0] if responses else None,
            "end": end,
        }
        try:
            return cls(**facts, path=Path(path))
        except RecordingError as error:
            raise header.wrong(str(error)) from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording to a file."""
        answers = (*(self.stream or ()), self.response, self.end)
        lines = [line_of(answer) for answer in answers if answer is not None]
        Path(path).write_bytes(b"".join([self.header(), *lines]))

    def header(self) -> bytes:
        """Return the first line of the file."""
        return header_line(
            service=self.service,
            operation=self.operation,
            target=self.target,
            request=self.request,
            members=self.members,
            headers=self.headers,
            origin=self.origin,
            source=self.source,
            recorded_at=self.recorded_at,
        )

    def frames(self) -> list[bytes]:
        """Return the frames of the events, with both checksums.

        All frames are whole, also if the stream ended inside one.
        """
        return [event.frame(self.service) for event in self._events()]

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield the events as boto3 does, by its own parser.

        Raise an error event, and the error of a stream that did not end regularly.
        """
        return parse_frames(self.service, self.operation, self._wire(self.frames()))

    def _wire(self, frames: list[bytes]) -> Iterator[bytes]:
        yield from frames
        if self.end is not None:
            yield self.end.tail()
            if error := self.end.error():
                raise error

    def _events(self) -> tuple[RecordedEvent, ...]:
        if self.stream is None:
            raise RecordingError(f"{self.path or self.operation} has a response, but no events")
        return self.stream


def _checked_members(members: Mapping[str, Any]) -> dict[str, str | None]:
    for name, value in members.items():
        if value is not None and not isinstance(value, str):
            words = f"'members' has {name!r}, which is {kind(value)}; expected a string"
            raise RecordingError(words)
    return dict(members)


def header_line(**facts: Any) -> bytes:
    """Return the first line of a file, from all fields of a ``Recording`` except the answer."""
    known = {name: facts[name] for name in _HEADER if name in facts}
    for name in _OPTIONAL:
        if known.get(name) is None:
            known.pop(name, None)
    return line_with({"recording": VERSION, **known})
