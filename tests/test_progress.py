"""The bar: tqdm's where it is wanted."""

from __future__ import annotations

import sys

import pytest

from cohere_aws._progress import progress_bar


def test_a_bar_counts_towards_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress_bar(["a", "b"], wanted=True)
    bar.update()
    bar.update()
    bar.close()
    assert "2/2" in capsys.readouterr().err


def test_a_bar_counts_without_an_end(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress_bar(iter(["a", "b"]), wanted=True)
    bar.update()
    bar.close()
    assert "1request" in capsys.readouterr().err


def test_there_is_no_bar_unless_it_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress_bar(["a"], wanted=False)
    bar.update()
    bar.close()
    assert capsys.readouterr() == ("", "")


def test_the_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r"tqdm.*the extra 'progress'"):
        progress_bar(["a"], wanted=True)
