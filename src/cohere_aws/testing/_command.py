"""Serve and show recordings: ``python -m cohere_aws.testing serve DIR`` and ``… show FILE``."""

from __future__ import annotations

import argparse
import io
import logging
import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cohere_aws._dialects import DIALECTS

from ._listener import LOGGER
from ._recording import Recording
from ._serve import ENDPOINTS, serve
from ._show import show
from ._wire import Bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

__all__ = ["add_command", "add_commands", "discard_output", "main", "number", "positive"]

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
        discard_output(sys.stdout)
        return 1
    except OSError as error:  # a missing file, a busy port, a full disk
        if error.filename is None:
            discard_output(sys.stdout)
        parser.exit(1, f"{error.filename or 'standard output'}: {error.strerror}\n")
    except ValueError as error:  # a damaged file, an unknown operation, a fault that does not fit
        parser.exit(1, f"{error}\n")
    return 0


def add_commands(commands: Any) -> None:
    """Add both commands to *commands*, the subparsers of a parser.

    Each sets ``run``, a function to call with the parsed options.
    """
    for name, text, example, add_options in (
        (
            "serve",
            "answer calls over HTTP from recordings",
            "examples/recordings --port 8080",
            _add_serve,
        ),
        (
            "show",
            "print a recording, event by event",
            "examples/recordings/river-poem.jsonl",
            _add_show,
        ),
    ):
        add_options(add_command(commands, name, text, f"%(prog)s {example}"))


def add_command(commands: Any, name: str, text: str, example: str) -> argparse.ArgumentParser:
    """Add a command to *commands*; return its parser. Its help is *text* and *example*."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def discard_output(stream: TextIO) -> None:
    """Discard the buffer of *stream*, which the interpreter would try to write when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="recording")
    parser.add_argument(
        "--dialect",
        choices=[*DIALECTS],
        metavar="NAME",
        help=f"format of the answer: {', '.join(DIALECTS)}; default: recognised by its keys",
    )
    parser.set_defaults(run=lambda options: show(Recording.load(options.file), options.dialect))


def _add_serve(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("recordings", metavar="DIR", help="folder of recordings, or one recording")
    add("--port", type=_port, default=0, metavar="N", help="port to listen on; default: a free one")
    add(
        "--match",
        choices=["request", "order"],
        default="request",
        help="find the recording of a call by the request (default), or by the order of the calls",
    )
    add("--once", dest="reuse", action="store_false", help="use each recording for one call only")
    add("--delays", action="store_true", help="send events at the times of the recording")
    add("--cut", type=positive, metavar="N", help="cut payloads into events of N bytes")
    end = "end streams after N events, or Nb bytes"
    add("--truncate-after", type=_place, metavar="N", help=end)
    fail = "send the error event NAME after N events"
    add("--fail-after", type=_failure, metavar="N:NAME", help=fail)
    add("--flip", type=int, metavar="N", help="flip bit N of the body of streams")
    stall = "stop sending after N events, or Nb bytes"
    add("--stall-after", type=_place, metavar="N", help=stall)
    reset = "reset the connection after N events, or Nb bytes"
    add("--reset-after", type=_place, metavar="N", help=reset)
    throttle = "refuse the first N calls with status 429"
    add("--throttle", type=number, default=0, metavar="N", help=throttle)
    parser.set_defaults(run=_serve)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{port}; expected 0 to {_LAST_PORT}")
    return port


def number(text: str, *, least: int = 0) -> int:
    """Return *text* as an integer of *least* or more; for argparse."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r}; expected an integer of {least} or more")
    return int(text)


def positive(text: str) -> int:
    """Return *text* as an integer of 1 or more; for argparse."""
    return number(text, least=1)


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
        # An error of a file has the name of the file. All other errors are those of the port.
        if error.filename is None:
            error.filename = f"port {options.port}"
        raise
