"""The package can be run with ``python -m``."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from cohere_aws import testing


def test_it_runs_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["testing", "--help"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(Path(testing.__file__).with_name("__main__.py")), run_name="__main__")
    assert caught.value.code == 0
    assert "usage: python -m cohere_aws.testing" in capsys.readouterr().out
