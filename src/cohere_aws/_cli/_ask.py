"""``cohere-aws ask``: stream the answer to one prompt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cohere_aws.error import InvalidRequestError

from ._answer import answer, show_likelihoods
from ._model import add_model, add_parameters, create_client, request_for

if TYPE_CHECKING:
    import argparse

__all__ = ["EXAMPLE", "HELP", "add_options", "checked", "run"]

HELP = "stream the answer to a prompt"
EXAMPLE = 'cohere-aws ask --model-id amazon.nova-lite-v1:0 --max-tokens 50 "What does a river do?"'


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    prompt = parser.add_mutually_exclusive_group()
    prompt.add_argument("prompt", nargs="?", metavar="PROMPT", help="text; default: standard input")
    prompt.add_argument("--file", type=Path, help="file with the prompt, in UTF-8")
    add_model(parser)
    add_parameters(parser)
    parser.add_argument("--json", action="store_true", help="write the whole answer as JSON")
    parser.add_argument(
        "--likelihoods",
        action="store_true",
        help="list the tokens and their likelihoods after the text",
    )


def run(options: argparse.Namespace) -> int:
    """Write the answer to the prompt; return the exit status."""
    prompt = _prompt(options)
    if not prompt.strip():  # such as the output of a command that failed
        raise InvalidRequestError("the prompt is empty")
    with create_client(options) as client:
        request = request_for(options, [("user", prompt)], likelihoods=options.likelihoods)
        found = answer(client, request, options.model_id, as_json=options.json)
    if options.likelihoods and not options.json:
        for generation in found:
            show_likelihoods(generation)
    return 0


def _prompt(options: argparse.Namespace) -> str:
    """Return the prompt.

    Raises:
        InvalidRequestError: The prompt is not text in the expected encoding.
    """
    if options.file is None:
        return checked(_standard_input() if options.prompt is None else options.prompt)
    try:
        # With or without a byte order mark, which editors on Windows write.
        return str(options.file.read_text(encoding="utf-8-sig"))
    except UnicodeError:
        raise InvalidRequestError(f"{options.file} is not text in UTF-8") from None


def _standard_input() -> str:
    return "" if sys.stdin is None else sys.stdin.read()  # None if it is closed


def checked(text: str) -> str:
    """Return *text*, which is an argument or comes from standard input.

    Raises:
        InvalidRequestError: *text* has bytes that are not text in the encoding of the terminal.
    """
    try:
        text.encode()  # Python reads such bytes as lone surrogates
    except UnicodeError:
        raise InvalidRequestError("the prompt is not text in the terminal's encoding") from None
    return text
