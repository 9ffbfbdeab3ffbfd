"""The pages under .github: their links, and a row for every documented name."""

from __future__ import annotations

import inspect
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / ".github").glob("*.md"))
MODULES = ["mode", "error", "response", "generation", "chat", "embeddings", "rerank",
           "classification", "summary", "client"]  # fmt: skip


def test_all_pages_exist() -> None:
    names = {page.name for page in PAGES}
    assert names == {"CHANGELOG.md", "CONTRIBUTING.md", "MIGRATION.md", "SECURITY.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def names_of(module: Any) -> set[str]:
    """Return the public classes of a documented module, and the methods of its client."""
    classes = {
        name: found
        for name, found in vars(module).items()
        if inspect.isclass(found) and found.__module__ == module.__name__
    }
    methods = {name for name in dir(classes.get("Client")) if not name.startswith("_")}
    return {*classes, *methods} - set(dir(None))


@pytest.mark.parametrize("module", MODULES)
def test_every_documented_name_has_a_row(module: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = "cohere.manually_maintained.cohere_aws"
        loaded = pytest.importorskip(f"{package}.{module}", exc_type=ImportError)
    page = (ROOT / ".github" / "MIGRATION.md").read_text(encoding="utf-8")
    assert {name for name in names_of(loaded) if not re.search(rf"\b{name}\b", page)} == set()
