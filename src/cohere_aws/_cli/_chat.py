"""``cohere-aws chat``: a conversation, one line for each message."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from cohere_aws.error import CohereError

from ._answer import answer
from ._ask import checked
from ._exits import line_of
from ._model import add_model, add_parameters, create_client, request_for
from ._output import is_terminal, note, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from cohere_aws.client import Client

    Messages = list[tuple[str, str]]

__all__ = ["EXAMPLE", "HELP", "add_options", "run"]

HELP = "hold a conversation; each line is a message, and Ctrl-D ends it"
EXAMPLE = "cohere-aws chat --endpoint chat-model --system 'Answer in one sentence.'"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    add_model(parser, only_chat=True)
    add_parameters(parser)


def run(options: argparse.Namespace) -> int:
    """Answer each line of standard input, until it ends; return the exit status."""
    is_dialogue = is_terminal(sys.stdin) and is_terminal(sys.stdout)
    messages: Messages = []
    with create_client(options) as client:
        # Standard input is None if it is closed.
        for line in _lines_of_terminal() if is_dialogue else sys.stdin or ():
            if not line.strip():
                continue
            try:
                messages = _answered(client, options, messages, line.rstrip("\n"))
            except CohereError as error:
                # A person can type the message again. A script cannot, so its run ends.
                if not is_dialogue:
                    raise
                note(f"cohere-aws: {line_of(error)}", "red")
    return 0


def _answered(
    client: Client, options: argparse.Namespace, messages: Messages, text: str
) -> Messages:
    """Write the answer to *text*; return *messages* with both added."""
    asked = [*messages, ("user", checked(text))]
    found = answer(client, request_for(options, asked), options.model_id)
    # Services refuse a history with an empty message, so both are left out after an empty answer.
    return [*asked, ("assistant", found.text)] if found.text.strip() else messages


def _lines_of_terminal() -> Iterator[str]:
    with suppress(ImportError):  # Windows does not have readline
        import readline  # noqa: F401, PLC0415  # after this import, input() can edit lines
    try:
        while True:
            yield input("> ")
    except EOFError:  # Ctrl-D, after which the prompt of the shell begins a line
        write("\n")
