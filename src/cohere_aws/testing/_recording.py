"""Recordings: what was asked of AWS and what it answered."""

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

# The fields of the first line, in its order, and those that are left out when there are none.
_HEADER = (
    *("service", "operation", "target", "members", "request", "headers"),
    *("origin", "source", "recorded_at"),
)
_OPTIONAL = ("members", "headers")

Origin = Literal["recorded", "published", "constructed"]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What one call asked and what came back.

    Two recordings are equal if the same was asked and the same came back; when and where it was
    recorded does not count.

    Attributes:
        service: The service by boto3's name, ``bedrock-runtime`` or ``sagemaker-runtime``.
        operation: The operation by the name of the service model, such as ``ConverseStream``.
        target: The model or endpoint; ``None`` stands for any when calls are matched.
        request: The body of the request as JSON; ``None`` stands for any when calls are matched.
        members: The other input members of the call, by the names of the service model, as text;
            ``None``, for one or for all, stands for anything when calls are matched.
        stream: The events, if it was answered by a stream.
        headers: The HTTP headers of the answer that is a stream, names in lower case; ``None`` are
            those that AWS always sends. A response has headers of its own.
        end: How the stream ended, if not in good order.
        response: The response, if it was not.
        origin: ``recorded`` from AWS, ``published`` by the vendor, or ``constructed`` by hand.
        source: Where it comes from, in words.
        recorded_at: When it was recorded, in words.
        path: The file that it was read from.

    Raises:
        RecordingError: No file could hold it.
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
        try:  # as it will be when it is read from a file
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
            RecordingError: The file is damaged, or made by a newer version; it names the line.
            OSError: The file cannot be read.
        """
        # Only "\n" ends a line: other separators of Unicode may stand inside of a text.
        lines = Path(path).read_bytes().split(b"\n")
        parsed = [Line(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
        if not parsed:
            raise RecordingError(f"{path} is empty; expected a recording")
        header, rest = parsed[0], parsed[1:]
        if header.get("recording", int) != VERSION:
            version = header.fields["recording"]
            raise header.wrong(f"it is of version {version}; expected {VERSION}")
        answers = [line.answer() for line in rest]
        end = answers.pop() if answers and isinstance(answers[-1], RecordedEnd) else None
        stream = [answer for answer in answers if isinstance(answer, RecordedEvent)]
        responses = [answer for answer in answers if isinstance(answer, RecordedResponse)]
        if responses and len(answers) > 1:
            raise rest[1].wrong("a plain call has one response and no events")
        if len(stream) + len(responses) < len(answers):
            first = next(i for i, each in enumerate(answers) if isinstance(each, RecordedEnd))
            raise rest[first + 1].wrong("no line may follow the end of a stream")
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
        """The first line of the file."""
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
        """The events as they travel: a frame each, with both checksums.

        Only whole frames are here, however the stream ended.
        """
        return [event.frame(self.service) for event in self._events()]

    def events(self) -> Iterator[dict[str, Any]]:
        """The events as boto3 hands them out, by its own parser.

        An error event is raised, and so is an end that was not in good order.
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
            raise RecordingError(f"{self.path or self.operation} has a response and no events")
        return self.stream


def _checked_members(members: Mapping[str, Any]) -> dict[str, str | None]:
    for name, value in members.items():
        if value is not None and not isinstance(value, str):
            words = f"'members' has {name!r}, which is {kind(value)}; expected a string"
            raise RecordingError(words)
    return dict(members)


def header_line(**facts: Any) -> bytes:
    """Return the first line of a file, of the fields that are not the answer."""
    known = {name: facts[name] for name in _HEADER if name in facts}
    for name in _OPTIONAL:
        if known.get(name) is None:
            known.pop(name, None)
    return line_with({"recording": VERSION, **known})
