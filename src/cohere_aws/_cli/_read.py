"""``cohere-aws read``: print the answers in saved files of any kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cohere_aws._dialects import DIALECTS
from cohere_aws.error import CohereError, InvalidRequestError

from ._batch_output import reported
from ._exits import FAILED_RECORDS, line_of, status_of
from ._output import note, write
from ._saved import answers_in

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ._saved import Saved

__all__ = ["EXAMPLE", "HELP", "add_options", "run"]

HELP = "print the answers in saved bodies, streams, recordings and batch lines"
EXAMPLE = "cohere-aws read --json recordings/river-poem.jsonl"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="saved answers")
    parser.add_argument(
        "--dialect",
        choices=[*DIALECTS],
        metavar="NAME",
        help=f"format of the answers: {', '.join(DIALECTS)}; default: recognised by their keys",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="write a line of JSON for each answer")
    form.add_argument("--html", action="store_true", help="write one answer as a page of HTML")


def run(options: argparse.Namespace) -> int:
    """Print all answers; return the status of the first error."""
    if options.html:
        return _write_page(options)
    statuses = [_write_file(path, options) for path in options.files]
    return next(filter(None, statuses), 0)


def _write_file(path: Path, options: argparse.Namespace) -> int:
    """Write the answers in a file; return its exit status."""
    status = 0
    try:
        for saved in answers_in(path, options.dialect):
            if _write_saved(path, saved, options):
                status = FAILED_RECORDS
    except CohereError as error:
        # The next file may be whole. What had arrived of a stream that failed is shown.
        if error.partial is not None and error.partial.text and not options.json:
            write(error.partial.text, end="\n")
        note(f"cohere-aws: {path}: {line_of(error)}", "red")
        return status_of(error)
    return status


def _write_saved(path: Path, saved: Saved, options: argparse.Namespace) -> bool:
    """Write an answer; return whether it is an error."""
    failed = isinstance(saved.answer, CohereError)
    if options.json:
        write(json.dumps(_fields(saved)), end="\n")
    else:
        if saved.is_record or len(options.files) > 1:
            name = f"{path}: {saved.record_id}" if saved.is_record else str(path)
            write(f"==> {name} <==", end="\n")
        for text in _texts(saved.answer):
            write(text, end="" if text.endswith("\n") else "\n")
    return failed


def _texts(answer: Any) -> Iterator[str]:
    if isinstance(answer, CohereError):
        yield f"error: {line_of(answer)}"
    elif hasattr(answer, "generations"):
        yield from (generation.text for generation in answer)
    else:  # vectors, which have no text
        yield str(answer)


def _fields(saved: Saved) -> dict[str, Any]:
    if isinstance(saved.answer, CohereError):
        return {"recordId": saved.record_id, "error": reported(saved.answer)}
    answer: dict[str, Any] = saved.answer.to_dict()
    return {"recordId": saved.record_id, "modelOutput": answer} if saved.is_record else answer


def _write_page(options: argparse.Namespace) -> int:
    found = [saved for path in options.files for saved in answers_in(path, options.dialect)]
    pages = [saved.answer for saved in found if hasattr(saved.answer, "to_html")]
    if len(found) != 1 or not pages:
        raise InvalidRequestError(
            f"--html writes one generated answer; found {len(pages)} among {len(found)}"
        )
    write(pages[0].to_html())
    return 0
