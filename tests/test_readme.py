"""The README: its examples run in order and print the text below them; its links exist."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cohere_aws
from cohere_aws._dialects import DIALECTS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```\n(?:```text\n(.*?)```\n)?", README, flags=re.DOTALL)
EXAMPLES = [block for block in BLOCKS if "def test_" not in block[0]]
TESTS = [code for code, _ in BLOCKS if "def test_" in code]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a directory that has the folder of examples, as the README assumes."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    # An example sets this variable. Setting and deleting it here makes monkeypatch restore it.
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "")
    monkeypatch.delenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_the_examples_print_the_text_below_them() -> None:
    names: dict[str, Any] = {}
    for code, expected in EXAMPLES:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), names)
        assert printed.getvalue() == expected


def test_the_example_of_a_test_passes(folder: Path) -> None:
    shutil.copytree(folder / "examples" / "recordings", folder / "recordings")
    assert len(TESTS) == 1
    (folder / "test_readme.py").write_text(TESTS[0], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "test_readme.py"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "1 passed" in run.stdout, run.stdout


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_two_commands_are_the_demo_and_the_tests() -> None:
    demo, tests = re.findall(r"^python3 .*$", README, flags=re.MULTILINE)
    assert (ROOT / demo.split()[-1]).exists()
    assert tests.endswith("-m pytest")


def test_a_row_names_each_dialect_with_its_keys() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|", README, flags=re.MULTILINE)
    keys = {name: re.findall(r"`(\w+)`", cell) for name, cell in rows if name in DIALECTS}
    assert keys == {name: list(facts.shapes) for name, facts in DIALECTS.items()}


def test_it_has_at_most_250_lines_and_every_public_name() -> None:
    assert len(README.splitlines()) <= 250
    assert [name for name in cohere_aws.__all__ if f"`{name}`" not in README] == []
