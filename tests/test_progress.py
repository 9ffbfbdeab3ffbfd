"""Progress bars."""

from __future__ import annotations

import re
import sys

import pytest

from cohere_aws._progress import progress_bar


def test_a_bar_with_a_total(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress_bar(["a", "b"], wanted=True)
    bar.update()
    bar.update()
    bar.close()
    assert re.search(
        r"\r100%\|█+\| 2/2 \[00:00<00:00, +[\d.]+ requests/s\]", capsys.readouterr().err
    )


def test_a_bar_without_a_total(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress_bar(iter(["a", "b", "c"]), wanted=True)
    for _ in range(3):
        bar.update()
    bar.close()
    assert re.search(r"\r3 requests \[00:00, +[\d.]+ requests/s\]", capsys.readouterr().err)


def test_a_slow_rate_is_not_inverted(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress_bar(iter(["a"]), wanted=True)
    bar.start_t -= 10
    bar.update()
    bar.close()
    assert re.search(r"\r1 requests \[00:10, +0\.10 requests/s\]", capsys.readouterr().err)


def test_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress_bar(["a"], wanted=False)
    bar.update()
    bar.close()
    assert capsys.readouterr() == ("", "")


def test_without_tqdm_the_error_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r"tqdm.*the extra 'progress'"):
        progress_bar(["a"], wanted=True)
