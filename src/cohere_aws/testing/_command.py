"""Serve and show recordings: ``python -m cohere_aws.testing serve DIR`` and ``… show FILE``."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import signal
import sys
import threading
import warnings
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cohere_aws import CohereError, Generations, Mode, StreamingGenerations
from cohere_aws._dialects import DIALECTS
from cohere_aws._kinds import class_of
from cohere_aws._plain import parse_body
from cohere_aws._services import SERVICES

from ._botocore import operation_model, parse_frames
from ._listener import LOGGER
from ._recording import Recording
from ._serve import ENDPOINTS, serve
from ._wire import Bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cohere_aws._dialects import DialectName

    from ._answer import RecordedEvent, RecordedResponse

__all__ = ["MODES", "add_commands", "answer_in", "main"]

# The operations whose answers the classes of this package read. The service model writes
# InvokeModel for boto3's method invoke_model.
MODES = {
    method.title().replace("_", ""): mode
    for mode, service in SERVICES.items()
    for calls in service.calls.values()
    for method in (calls.plain_method, calls.stream_method)
}
_CONVERSE = "Converse"

_LAST_PORT = 65_535


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status for the process."""
    parser = argparse.ArgumentParser(prog="python -m cohere_aws.testing", description=__doc__)
    add_commands(parser.add_subparsers(required=True))
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A recording may contain characters that the terminal's encoding does not have.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options.run(options)
        # Not sys.stdout.flush(), because sys.stdout is None if standard output is closed.
        print(end="", flush=True)
    except BrokenPipeError:  # "show FILE | head -1": head has exited
        _discard_output()
        return 1
    except OSError as error:  # a missing file, a busy port, a full disk
        if error.filename is None:
            _discard_output()
        parser.exit(1, f"{error.filename or 'standard output'}: {error.strerror}\n")
    except ValueError as error:  # a damaged file, an unknown operation, a fault that does not fit
        parser.exit(1, f"{error}\n")
    return 0


def add_commands(commands: Any) -> None:
    """Add both commands to *commands*, the subparsers of a parser.

    Each sets ``run``, a function to call with the parsed options.
    """
    serve_help = "answer calls over TCP from recordings"
    example = "example: %(prog)s recordings --port 8080"
    _add_serve(commands.add_parser("serve", help=serve_help, epilog=example))
    show_help = "print a recording, event by event"
    example = "example: %(prog)s recordings/river-poem.jsonl"
    show = commands.add_parser("show", help=show_help, epilog=example)
    show.add_argument("file", metavar="FILE")
    show.add_argument(
        "--dialect",
        choices=[*DIALECTS],
        help="the dialect of the answer; default: the one that its keys belong to",
    )
    show.set_defaults(run=lambda options: _show(Recording.load(options.file), options.dialect))


def _discard_output() -> None:
    """Discard buffered output, which the interpreter would try to write when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _add_serve(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("recordings", metavar="DIR", help="a folder of recordings, or one recording")
    add("--port", type=_port, default=0, help="the port to listen on; default: any free port")
    add(
        "--match",
        choices=["request", "order"],
        default="request",
        help="the way to find the recording of a call",
    )
    add(
        "--once", dest="reuse", action="store_false", help="let each recording answer one call only"
    )
    add("--delays", action="store_true", help="send events at the times of the recording")
    add("--cut", type=_size, metavar="N", help="cut payloads into events of N bytes")
    add(
        "--truncate-after",
        type=_place,
        metavar="N",
        help="end streams after N events, or bytes (Nb)",
    )
    add(
        "--fail-after",
        type=_failure,
        metavar="N:NAME",
        help="send the error event NAME after N events",
    )
    add("--flip", type=int, metavar="N", help="flip bit N of the body of streams")
    add(
        "--stall-after", type=_place, metavar="N", help="stop sending after N events, or bytes (Nb)"
    )
    add(
        "--reset-after",
        type=_place,
        metavar="N",
        help="reset the connection after N events, or bytes (Nb)",
    )
    add(
        "--throttle", type=_number, default=0, metavar="N", help="refuse the first N calls with 429"
    )
    parser.set_defaults(run=_serve)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{port}; expected 0 to {_LAST_PORT}")
    return port


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}; expected a number")
    return int(text)


def _size(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r}; expected a number of bytes, 1 or more")
    return int(text)


def _place(text: str) -> int | Bytes:
    digits = text.removesuffix("b")
    if not digits.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}; expected events, as in 9, or bytes, as in 9b")
    return int(digits) if digits == text else Bytes(int(digits))


def _failure(text: str) -> tuple[int, str]:
    count, _, name = text.partition(":")
    if not count.isdecimal() or not name:
        raise argparse.ArgumentTypeError(f"{text!r}; expected N:NAME, as in 3:throttlingException")
    return int(count), name


@contextmanager
def _interruption() -> Iterator[threading.Event]:
    """Return an event that Ctrl-C and SIGTERM set; afterwards, restore what they did before."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)


def _serve(options: argparse.Namespace) -> None:
    settings = {key: value for key, value in vars(options).items() if key != "run"}
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")  # on standard error
    LOGGER.setLevel(logging.INFO)
    try:
        with _interruption() as stop, serve(**settings) as server:
            print("Answering at", server.url, "until interrupted.")
            for name in ENDPOINTS:
                print(f"export {name}={server.url}", flush=True)
            stop.wait()
    except OSError as error:
        # An error of a file has its name. The others are of the port, so this is their place.
        if error.filename is None:
            error.filename = f"port {options.port}"
        raise


def _show(recording: Recording, dialect: DialectName | None) -> None:
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
