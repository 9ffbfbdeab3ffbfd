"""Answers in files, whose kind is recognised by their first bytes.

===================================  =============================================================
recording                            the first line has the key ``recording``
event stream, as AWS sends it        a frame, whose first 12 bytes have their checksum at the end
output of a batch                    the first line has the key ``recordId`` or ``modelOutput``
body                                 one JSON value
stream of a model                    anything else: server-sent events, or JSON values
===================================  =============================================================
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from cohere_aws._kinds import class_of
from cohere_aws._services import SERVICES
from cohere_aws.batch import read_lines
from cohere_aws.error import MalformedStreamError
from cohere_aws.generation import Generations, StreamingGenerations
from cohere_aws.mode import Mode
from cohere_aws.testing import Recording
from cohere_aws.testing._botocore import parse_frames, parse_headers
from cohere_aws.testing._frames import FrameCutter, begins_frame
from cohere_aws.testing._show import MODES, answer_in

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from cohere_aws._dialects import DialectName
    from cohere_aws._services import CallName

__all__ = ["Saved", "answers_in"]


class Saved(NamedTuple):
    """Answer in a file.

    Attributes:
        answer: Result; in the output of a batch, perhaps a ``ServiceError``.
        record_id: ID in the output of a batch.
        is_record: Whether it is from the output of a batch.
    """

    answer: Any
    record_id: str | None = None
    is_record: bool = False


def answers_in(path: Path, dialect: DialectName | None) -> Iterator[Saved]:
    """Yield the answers in a file; the path ``-`` is standard input.

    Raises:
        CohereError: The file does not have an answer of a known form, or a stream failed.
        RecordingError: A recording is damaged.
        OSError: The file cannot be read.
    """
    data = _standard_input() if str(path) == "-" else path.read_bytes()
    first = _first_line(data)
    if "recording" in first:
        recording = Recording._parsed(data, path)  # noqa: SLF001  # of this package
        yield Saved(_in_recording(recording, dialect))
    elif begins_frame(data):
        yield Saved(_in_frames(data, dialect))
    elif "recordId" in first or "modelOutput" in first:
        for record in read_lines(data.split(b"\n")):
            yield Saved(record.error or record.answer, record.record_id, is_record=True)
    else:
        yield Saved(_in_body(data, dialect))


def _standard_input() -> bytes:
    return b"" if sys.stdin is None else sys.stdin.buffer.read()  # None if it is closed


def _first_line(data: bytes) -> dict[str, Any]:
    """Return the JSON object in the first line; empty if there is none."""
    try:
        value = json.loads(data.lstrip().partition(b"\n")[0])
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _in_recording(recording: Recording, dialect: DialectName | None) -> Any:
    mode = MODES.get(recording.operation)
    if mode is None:
        known = ", ".join(MODES)
        raise MalformedStreamError(f"the operation is {recording.operation}; expected {known}")
    if recording.response is not None:
        return answer_in(recording.operation, recording.response, dialect)
    return _streamed(recording.events(), mode, dialect)


def _in_frames(data: bytes, dialect: DialectName | None) -> Generations:
    frames = FrameCutter().feed(data)
    if not frames:
        raise MalformedStreamError("the first frame of the event stream is damaged")
    block, _ = frames[0]
    headers = parse_headers(block)
    name = headers.get(":event-type") or headers.get(":exception-type")
    for mode, service in SERVICES.items():
        events: dict[CallName, Container[object]] = {
            "invoke": {service.payload_key, *service.error_events},
            "converse": service.item_events,
        }
        for call, names in events.items():
            if name in names:
                operation = service.calls[call].stream_method.title().replace("_", "")
                return _streamed(parse_frames(service.name, operation, [data]), mode, dialect)
    raise MalformedStreamError(f"the first event is {name!r:.40}; expected an event of a model")


def _in_body(data: bytes, dialect: DialectName | None) -> Any:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        event = {"PayloadPart": {"Bytes": data}}
        return _streamed([event], Mode.SAGEMAKER, dialect)
    if dialect is None:
        return class_of(body).from_dict(body)
    return Generations.from_dict(body, dialect=dialect)


def _streamed(events: Iterable[Any], mode: Mode, dialect: DialectName | None) -> Generations:
    with StreamingGenerations(events, mode, dialect=dialect, strict=True) as stream:
        return stream.read()
