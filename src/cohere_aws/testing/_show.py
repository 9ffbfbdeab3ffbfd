"""Print a recording with the answer that this package reads from it."""

from __future__ import annotations

import io
import json
import warnings
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cohere_aws import CohereError, Generations, Mode, StreamingGenerations
from cohere_aws._kinds import class_of
from cohere_aws._plain import parse_body
from cohere_aws._services import SERVICES

from ._botocore import operation_model, parse_frames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cohere_aws._dialects import DialectName

    from ._answer import RecordedEvent, RecordedResponse
    from ._recording import Recording

__all__ = ["MODES", "answer_in", "show"]

# The operations whose answers the classes of this package read. The service model writes
# InvokeModel for boto3's method invoke_model.
MODES = {
    method.title().replace("_", ""): mode
    for mode, service in SERVICES.items()
    for calls in service.calls.values()
    for method in (calls.plain_method, calls.stream_method)
}
_CONVERSE = "Converse"


def show(recording: Recording, dialect: DialectName | None) -> None:
    """Print *recording*: its call, each event with the pieces read from it, and the answer."""
    facts = ("service", "operation", "target", "members", "headers", "origin", "source")
    for name in (*facts, "recorded_at"):
        print(f"{name:12} {getattr(recording, name)}")
    print(f"{'request':12} {json.dumps(recording.request, ensure_ascii=False)}")
    mode = MODES.get(recording.operation)
    if recording.response is not None:
        _show_response(recording.response)
        if mode is not None and recording.response.status == HTTPStatus.OK:
            _show_answer(recording.operation, recording.response, dialect)
    elif mode is None:
        for number, event in enumerate(recording.stream or ()):
            _show_event(number, event)
    else:
        _show_stream(recording, mode, dialect)
    if recording.end is not None:
        at = "" if recording.end.at is None else f" at {recording.end.at:.3f} s"
        print(f"{'end':12} {recording.end.kind}{at}")


def _show_response(response: RecordedResponse) -> None:
    print(f"{'response':12} {response.status}")
    for name, value in response.headers.items():
        print(f"{name:12} {value}")
    print(response.body.decode(errors="backslashreplace"))


def _show_answer(operation: str, response: RecordedResponse, dialect: DialectName | None) -> None:
    try:
        print("=>", answer_in(operation, response, dialect))
    except CohereError as error:  # the answer of another model, or a damaged one
        print("=>", repr(error))


def answer_in(operation: str, response: RecordedResponse, dialect: DialectName | None) -> Any:
    """Return the result in the recorded *response* of one of the plain operations in ``MODES``.

    Raises:
        CohereError: As ``from_response`` of the class of the result.
    """
    # In the form in which boto3 returns it, so that the usage and ID in the headers are read.
    headers = dict(response.headers)
    metadata = {"HTTPHeaders": headers, "RequestId": headers.get("x-amzn-requestid")}
    if operation == _CONVERSE:
        # Not parsed by botocore, which drops the fields that its service model does not have.
        body = parse_body(response.body)
        if isinstance(body, dict):
            body["ResponseMetadata"] = metadata
        return Generations.from_dict(body, dialect=dialect)
    mode = MODES[operation]
    whole = {SERVICES[mode].body: io.BytesIO(response.body), "ResponseMetadata": metadata}
    if dialect is None:
        return class_of(parse_body(response.body)).from_response(whole, mode)
    return Generations.from_response(whole, mode, dialect=dialect)


def _show_stream(recording: Recording, mode: Mode, dialect: DialectName | None) -> None:
    names = recording.service, recording.operation
    # Before the loop below, which would report an unknown operation as an error of the stream.
    operation_model(*names)

    def source() -> Iterator[dict[str, Any]]:
        for number, event in enumerate(recording.stream or ()):
            _show_event(number, event)
            # One frame at a time, because botocore skips those of unknown types: this way each line
            # of the output is followed by what was read from it.
            yield from parse_frames(*names, [event.frame(recording.service)])

    stream = StreamingGenerations(source(), mode, dialect=dialect)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for piece in stream:
                print("    ->", piece)
        except CohereError as error:
            print("    ->", repr(error))
    for warning in caught:
        print("    ->", warning.message)
    print("=>", stream)


def _show_event(number: int, event: RecordedEvent) -> None:
    at = "" if event.at is None else f" at {event.at:.3f} s"
    name = event.name if event.kind == "event" else f"{event.kind} {event.name}"
    payload = event.payload.decode(errors="backslashreplace")
    print(f"{number:4} {name}{at}: {payload if event.is_readable else '(not readable)'}")
