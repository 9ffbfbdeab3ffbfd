"""Completion in the shell."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

import pytest

from _cli.models import command
from cohere_aws._cli._completion import complete


def test_the_shell_gets_the_subcommands() -> None:
    pytest.importorskip("argcomplete")
    line = "cohere-aws as"
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    read, write = os.pipe()
    # argcomplete writes to descriptor 8, which a shell opens for it.
    code = "import os, sys; os.dup2(int(sys.argv[1]), 8); os.execv(sys.argv[2], sys.argv[2:])"
    subprocess.run(
        [sys.executable, "-c", code, str(write), *command()],
        env={**os.environ, **asked},
        check=True,
        pass_fds=[write],
        timeout=60,
    )
    os.close(write)
    with os.fdopen(read) as found:
        assert found.read().strip() == "ask"


def test_without_argcomplete_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    complete(argparse.ArgumentParser())


def test_a_run_that_completes_nothing() -> None:
    complete(argparse.ArgumentParser())
