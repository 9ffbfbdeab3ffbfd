"""The package as a whole: its public names, its layers, and what importing it loads."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import cohere_aws

SOURCE = Path(cohere_aws.__file__).parent
MODULES = sorted(
    path.relative_to(SOURCE).with_suffix("").as_posix() for path in SOURCE.rglob("*.py")
)

# Each module may import those before it. ``TYPE_CHECKING`` imports count too, but for one: an error
# carries the results that had arrived, so its annotation names them.
LAYERS = [
    "mode", "error", "response", "_field", "_framing", "_envelope", "_aws", "_result", "_cohere",
    "_stream", "generation", "__init__",
]  # fmt: skip
UPWARDS = {("error", "_result")}


def imports(module: str) -> set[str]:
    """What *module* imports: modules of this package with a dot before, and other packages."""
    found = set()
    for node in ast.walk(ast.parse((SOURCE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            name = (node.module or "").split(".")[0]
            found |= {f".{name}"} if node.level else {name}
    return found


def test_every_module_has_its_layer() -> None:
    assert sorted(LAYERS) == MODULES


@pytest.mark.parametrize("module", LAYERS)
def test_imports_point_one_way(module: str) -> None:
    below = {f".{name}" for name in LAYERS[: LAYERS.index(module)]}
    below |= {f".{target}" for source, target in UPWARDS if source == module}
    inside = {name for name in imports(module) if name.startswith(".")}
    assert inside <= below


@pytest.mark.parametrize("module", LAYERS)
def test_foreign_libraries_enter_through_one_door(module: str) -> None:
    outside = {name for name in imports(module) if not name.startswith(".")}
    typing_only = {"typing_extensions"}
    assert outside - set(sys.stdlib_module_names) <= typing_only


@pytest.mark.parametrize("module", [name for name in LAYERS if name != "__init__"])
def test_every_public_name_is_listed_once(module: str) -> None:
    loaded = importlib.import_module(f"cohere_aws.{module}")
    assert len(set(loaded.__all__)) == len(loaded.__all__)
    assert all(hasattr(loaded, name) for name in loaded.__all__)
    if not module.startswith("_"):
        assert set(loaded.__all__) <= set(cohere_aws.__all__)


def test_every_name_of_the_package_has_one_public_home() -> None:
    homes = [name for name in LAYERS if not name.startswith("_")]
    listed = [
        name for home in homes for name in importlib.import_module(f"cohere_aws.{home}").__all__
    ]
    assert sorted(listed) == sorted(cohere_aws.__all__)
    for home in homes:
        loaded = importlib.import_module(f"cohere_aws.{home}")
        for name in loaded.__all__:
            assert getattr(cohere_aws, name) is getattr(loaded, name)
            assert getattr(loaded, name).__module__ == loaded.__name__


def test_importing_it_loads_nothing_outside_the_standard_library() -> None:
    code = "import sys; old = set(sys.modules); import cohere_aws; print(*(set(sys.modules) - old))"
    python = [sys.executable, "-I", "-c", code]
    loaded = subprocess.run(python, check=True, capture_output=True, text=True).stdout.split()
    packages = {name.split(".")[0] for name in loaded}
    assert "cohere_aws" in packages
    assert packages - {"cohere_aws"} <= set(sys.stdlib_module_names)
    assert not packages & {"asyncio", "logging", "socket", "http", "email", "urllib"}


def test_the_version_stands_in_one_place() -> None:
    assert cohere_aws.__version__ == version("cohere-aws")
    assert re.fullmatch(r"\d+\.\d+\.\d+", cohere_aws.__version__)


def test_a_type_checker_finds_the_types() -> None:
    assert (SOURCE / "py.typed").exists()


def test_a_file_is_read_in_one_sitting() -> None:
    lengths = {name: len((SOURCE / f"{name}.py").read_text().splitlines()) for name in MODULES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}
