"""``cohere-aws batch``: make a call for each record of a file, and continue after a crash.

Threads make the calls. The main thread alone starts them and writes their outcomes, so two threads
never write into one line. A record without a whole line in the output is asked again by the next
run.
"""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cohere_aws._concurrent import backoff
from cohere_aws._field import counted
from cohere_aws.error import CohereError, InvalidRequestError, ServiceError
from cohere_aws.testing._command import number, positive

from ._bar import Bar
from ._batch_input import BatchInput, Record
from ._batch_output import BatchOutput
from ._exits import FAILED_RECORDS
from ._model import add_model, create_client
from ._output import note
from ._requests import request_class

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from cohere_aws.client import Client
    from cohere_aws.generation import Generations

    Outcome = Generations | CohereError
    Calls = dict[Future[Outcome], Record]
    Ask = Callable[[Record], Outcome]

__all__ = ["EXAMPLE", "HELP", "add_options", "run"]

HELP = "make a call for each record of a file, and continue after a crash"
EXAMPLE = "cohere-aws batch --endpoint cohere-command --dialect command rivers.jsonl out.jsonl"

# Access denied, or no such model. Every other call would fail in the same way, so the run ends.
_ENDS_ALL = (401, 403, 404)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    add = parser.add_argument
    lines = 'lines of Bedrock\'s batch inference: {"recordId": ID, "modelInput": BODY}'
    add("input", type=Path, metavar="IN", help=lines)
    add("output", type=Path, metavar="OUT", help='the same with "modelOutput" or "error"')
    add_model(parser)
    add(
        "--max-concurrency", type=positive, default=8, metavar="N", help="calls at once; default: 8"
    )
    add("--retries", type=number, default=5, metavar="N", help="retries of a call; default: 5")
    add("--ordered", action="store_true", help="write in the order of IN")


def run(options: argparse.Namespace) -> int:
    """Write a line for each record that OUT does not have; return the exit status."""
    start = time.monotonic()
    if options.output.exists() and options.output.samefile(options.input):
        raise InvalidRequestError(f"{options.output} is the input; expected another file")
    with create_client(options) as client:
        source = BatchInput(options.input, request_class(options.dialect))
        inputs = source.check()
        with BatchOutput(options.output, inputs) as output:
            before = len(output.written)
            _ask_all(client, source.records(), output, Bar(len(inputs), before), options)
            after = len(output.written)
    answers, errors = after - output.failures, output.failures
    counts = f"{counted(answers, 'answer')}, {counted(errors, 'error')}"
    counts += f"; {after - before} of them in this run"
    note(f"{options.output}: {counts}, in {time.monotonic() - start:.1f} s", "faint")
    return FAILED_RECORDS if output.failures else 0


def _ask_all(
    client: Client,
    records: Iterable[Record],
    output: BatchOutput,
    bar: Bar,
    options: argparse.Namespace,
) -> None:
    """Write an outcome for each record that *output* does not have.

    Raises:
        CohereError: A call failed, and every other call would fail in the same way. The answers to
            the calls in flight were written. The next run asks the other records.
    """
    stop = threading.Event()
    todo = (record for record in records if record.id not in output.written)
    started = itertools.takewhile(lambda _: not stop.is_set(), todo)
    ask = partial(_ask, client, options.model_id, options.retries, stop)
    failure: CohereError | None = None
    try:
        for record, outcome in _outcomes(ask, started, options):
            failed = isinstance(outcome, CohereError)
            if isinstance(outcome, CohereError) and _ends_all(outcome):
                failure = failure or outcome
                stop.set()
            # Later errors are not written: ``stop`` also ends the retries of the other calls.
            if not failed or not stop.is_set():
                output.write(record, outcome)
                bar.update(failed=failed)
    finally:
        # After Ctrl-C or on a full disk, do not wait for the calls in flight. They are not retried,
        # and end when run() closes the client, or with the process.
        stop.set()
        bar.close()
    if failure is not None:
        raise failure


def _outcomes(
    ask: Ask, records: Iterable[Record], options: argparse.Namespace
) -> Iterator[tuple[Record, Outcome]]:
    """Yield each record with its outcome, as calls end, or in the order of *records*."""
    calls: Calls = {}  # in the order of the records
    for record in records:
        calls[_started(ask, record)] = record
        # The limit includes calls that have ended, so that the memory is bounded with --ordered.
        if len(calls) == options.max_concurrency:
            yield from _ended(calls, ordered=options.ordered)
    while calls:
        yield from _ended(calls, ordered=options.ordered)


def _started(ask: Ask, record: Record) -> Future[Outcome]:
    """Start a call in a thread of its own."""
    call: Future[Outcome] = Future()

    def run() -> None:
        try:
            call.set_result(ask(record))
        except BaseException as error:  # noqa: BLE001  # raised where the outcome is taken
            call.set_exception(error)

    # No pool: the interpreter waits for the threads of a pool when it exits, and a call that
    # connects or waits for a retry of boto3 would let it wait for a minute after Ctrl-C.
    threading.Thread(target=run, daemon=True).start()
    return call


def _ended(calls: Calls, *, ordered: bool) -> Iterator[tuple[Record, Outcome]]:
    """Wait until a call ends, with *ordered* the first one; yield and remove each ended call."""
    first = next(iter(calls))
    done = [first] if ordered else wait(calls, return_when=FIRST_COMPLETED).done
    for call in done:
        outcome = call.result()
        yield calls.pop(call), outcome


def _ask(
    client: Client, model_id: str | None, retries: int, stop: threading.Event, record: Record
) -> Outcome:
    """Return the answer to *record*, or the error of the last attempt."""
    delays = backoff(retries)
    while True:
        try:
            return client.generate(record.request, model_id=model_id, stream=False)
        except CohereError as error:  # noqa: PERF203  # each attempt has its own error
            delay = next(delays, None) if error.retryable else None
            if delay is None or stop.wait(delay):
                return error


def _ends_all(error: CohereError) -> bool:
    if isinstance(error, ServiceError):
        return error.http_status in _ENDS_ALL
    # The base class itself: boto3 did not find credentials or a region.
    return type(error) is CohereError
