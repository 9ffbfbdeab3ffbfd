"""Progress bar of a batch."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from _cli.models import terminal
from cohere_aws._cli._bar import Bar

if TYPE_CHECKING:
    import pytest

CODE = """
from cohere_aws._cli._bar import Bar
bar = Bar(4, 1)
bar.update(failed=False)
bar.update(failed=True)
bar.update(failed=True)
bar.close()
"""


def test_a_bar_on_a_terminal() -> None:
    with terminal() as screen:
        run = [sys.executable, "-c", CODE]
        subprocess.run(run, check=True, stderr=screen.descriptor, timeout=60)
    assert " 1/4 [00:00<?" in screen.shown  # the time left is not known yet
    assert " 4/4 [00:00<00:00, " in screen.shown
    assert "failures=2]" in screen.shown


def test_a_bar_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal() as screen, open(screen.descriptor, "w", closefd=False) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        bar = Bar(1, 0)
        bar.update(failed=False)
        bar.close()
    assert " 1/1 [" in screen.shown
    assert "failures" not in screen.shown


def test_a_slow_rate_is_not_inverted(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal() as screen, open(screen.descriptor, "w", closefd=False) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        bar = Bar(1, 0)
        bar._bar.start_t -= 10
        bar.update(failed=True)
        bar.close()
    assert " 0.10 records/s, failures=1]" in screen.shown


def test_no_bar_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar(4, 1)
    bar.update(failed=True)
    bar.close()
    assert capsys.readouterr() == ("", "")


def test_no_bar_without_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    bar = Bar(4, 1)
    bar.update(failed=True)
    bar.close()
