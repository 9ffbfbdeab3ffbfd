"""``python -m cohere_aws``, and the console script."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cohere_aws


def test_it_runs_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["cohere_aws", "--help"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(Path(cohere_aws.__file__).with_name("__main__.py")), run_name="__main__")
    assert caught.value.code == 0
    assert "usage: cohere-aws" in capsys.readouterr().out


def test_the_console_script_is_installed() -> None:
    script = shutil.which("cohere-aws", path=str(Path(sys.executable).parent))
    assert script is not None
    shown = subprocess.run([script, "--help"], check=True, capture_output=True, text=True).stdout
    assert "usage: cohere-aws" in shown
