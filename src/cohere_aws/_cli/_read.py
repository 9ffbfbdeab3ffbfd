"""``cohere-aws read``: print the answers in files of any kind that ``_saved`` knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cohere_aws._dialects import DIALECTS
from cohere_aws.error import CohereError
from cohere_aws.response import Viewable
from cohere_aws.summary import Summary

from ._batch_output import reported
from ._exits import FAILED_RECORDS, line_of, status_of
from ._output import note, write
from ._saved import Saved, answers_in

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

__all__ = ["EXAMPLE", "HELP", "add_options", "run"]

HELP = "print the answers in saved bodies, streams, recordings and batch lines"
EXAMPLE = "cohere-aws read --json examples/recordings/river-poem.jsonl"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="saved answers; - is standard input"
    )
    parser.add_argument(
        "--dialect",
        choices=[*DIALECTS],
        metavar="NAME",
        help=f"format of the answers: {', '.join(DIALECTS)}; default: recognised by their keys",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="write a line of JSON for each answer")
    form.add_argument("--html", action="store_true", help="write a page of HTML with the answers")


def run(options: argparse.Namespace) -> int:
    """Print all answers; return the status of the first error."""
    views: list[str] = []
    statuses = [_write_file(path, options, views) for path in options.files]
    if views:
        from cohere_aws._html_page import page  # noqa: PLC0415  # needed for --html only

        write(page("Answers", "".join(views)))
    return next(filter(None, statuses), 0)


def _write_file(path: Path, options: argparse.Namespace, views: list[str]) -> int:
    """Write the answers in a file, or add their views; return its exit status."""
    status = 0
    saved = answers_in(path, options.dialect)
    while True:
        try:
            found = next(saved, None)
        except (CohereError, OSError, ValueError) as error:
            # The text before the failure is written, and the next file is read.
            partial = error.partial if isinstance(error, CohereError) else None
            if partial is not None and partial.text and not options.json:
                _write_saved(path, Saved(partial), options, views)
            note(f"cohere-aws: {_problem(path, error)}", "red")
            return status or status_of(error)
        if found is None:
            return status
        _write_saved(path, found, options, views)
        if isinstance(found.answer, CohereError):
            status = FAILED_RECORDS


def _problem(path: Path, error: Exception) -> str:
    line = line_of(error)
    return line if line.startswith(str(path)) else f"{path}: {line}"


def _write_saved(path: Path, saved: Saved, options: argparse.Namespace, views: list[str]) -> None:
    """Write an answer, or add its view."""
    name = f"{path}: {saved.record_id}" if saved.is_record else str(path)
    is_named = saved.is_record or len(options.files) > 1
    if options.html:
        views.append(_view(name if is_named else "", saved.answer))
    elif options.json:
        write(json.dumps(_fields(saved)), end="\n")
    else:
        if is_named:
            write(f"==> {name} <==", end="\n")
        for text in _texts(saved.answer):
            write(text, end="" if text.endswith("\n") else "\n")


def _texts(answer: Any) -> Iterator[str]:
    if isinstance(answer, CohereError):
        yield f"error: {line_of(answer)}"
    elif hasattr(answer, "generations"):
        yield from (generation.text for generation in answer)
    elif isinstance(answer, Summary):
        yield answer.result
    else:  # vectors, ranks or classes, which have no text
        yield str(answer)


def _fields(saved: Saved) -> dict[str, Any]:
    if isinstance(saved.answer, CohereError):
        return {"recordId": saved.record_id, "error": reported(saved.answer)}
    answer: dict[str, Any] = saved.answer.to_dict()
    return {"recordId": saved.record_id, "modelOutput": answer} if saved.is_record else answer


def _view(name: str, answer: Any) -> str:
    """Return the view of *answer* in HTML; its text if its class has none."""
    from cohere_aws._html_page import shown  # noqa: PLC0415  # likewise

    if isinstance(answer, Viewable):
        view = answer._view()  # noqa: SLF001  # of this package
    else:
        text = shown("\n".join(_texts(answer)))
        view = f'<div class="text" dir="auto">{text}</div>'
    return (f'<div class="head">{shown(name)}</div>' if name else "") + view
