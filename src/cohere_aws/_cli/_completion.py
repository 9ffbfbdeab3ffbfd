"""Completion in the shell, by argcomplete, which is optional."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["complete"]


def complete(parser: argparse.ArgumentParser) -> None:
    """Print the completions and exit if the shell asked for them; otherwise do nothing."""
    with suppress(ImportError):
        import argcomplete

        argcomplete.autocomplete(parser)
