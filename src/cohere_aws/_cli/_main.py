"""Parser of the command, and the end of each run: an exit status, and errors as one line."""

# PYTHON_ARGCOMPLETE_OK: argcomplete looks for this mark if it completes all commands of the shell.

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, NoReturn

from cohere_aws import __version__
from cohere_aws.error import CohereError
from cohere_aws.testing._command import add_command, add_commands, discard_output

from . import _ask, _batch, _chat, _read
from ._completion import complete
from ._exits import FILE, INTERRUPTED, STATUSES, USAGE, line_of, status_of
from ._output import note, prepare, write

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_COMMANDS = {"ask": _ask, "chat": _chat, "read": _read, "batch": _batch}

_COMPLETION = 'eval "$(register-python-argcomplete cohere-aws)"'


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; return the exit status for the process."""
    prepare()
    parser = _parser()
    complete(parser)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options) or 0
        write("")  # an error of standard output is raised here, and not when the interpreter exits
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # "… | head -1": head has exited
        discard_output(sys.stdout)
        return FILE
    except (CohereError, OSError, ValueError, ImportError) as error:
        if isinstance(error, OSError) and error.filename is None:
            discard_output(sys.stdout)
        note(f"cohere-aws: {line_of(error)}", "red")
        return status_of(error)
    return status


class _Parser(argparse.ArgumentParser):
    """Parser that reports an error in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Exit with *message*."""
        note(f"{self.prog}: {line_of(ValueError(message))}; see {self.prog} --help", "red")
        raise SystemExit(USAGE)


def _parser() -> argparse.ArgumentParser:
    table = "\n".join(f"  {status:<4} {meaning}" for status, meaning in STATUSES.items())
    completion = f"completion, if argcomplete is installed:\n  {_COMPLETION}"
    parser = _Parser(
        prog="cohere-aws",
        description="Call language models on Amazon SageMaker and Bedrock, and read their answers.",
        epilog=f"exit statuses:\n{table}\n\n{completion}\n\nexample:\n  {_ask.EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in _COMMANDS.items():
        command = add_command(commands, name, module.HELP, module.EXAMPLE)
        module.add_options(command)
        command.set_defaults(run=module.run)
    add_commands(commands)  # serve and show
    return parser
