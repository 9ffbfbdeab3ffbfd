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

# Each module may import those before it; imports for type checkers alone do not count.
LAYERS = [
    "mode", "error", "_field", "_html_page", "_html", "response", "_log_lines", "_call_log", "_smithy", "_services",
    "_json", "_separators", "_lines", "_framing",
    "_redact", "_faults", "_envelope", "_translations", "_rules", "_aws", "_client_patches",
    "_aws_clients", "_plain", "_finish", "_blobs", "_message", "_results",
    "_dialects/_value_shapes", "_dialects/__init__", "_dialects/_neutral",
    "_generations", "_dialects/_usage", "_dialects/_pieces", "_dialects/_first",
    "_dialects/_cohere_usage", "_dialects/_command_chat",
    "_dialects/_command_body", "_dialects/command", "_dialects/_tgi_tokens",
    "_dialects/_tgi_details", "_dialects/_tgi_plain", "_dialects/tgi", "_dialects/_deltas",
    "_dialects/_choice", "_dialects/_logprobs", "_dialects/completions", "_dialects/jurassic",
    "_dialects/_converse_blocks", "_dialects/_converse_facts", "_dialects/_converse_body",
    "_dialects/converse",
    "_dialects/_chat_message", "_dialects/chat",
    "_event_forms", "_frame_reader", "_botocore_streams", "_sources", "_stream", "_streaming", "_text_stream", "generation", "_vectors", "_answers", "embeddings",
    "rerank", "classification", "summary", "_parameters", "_request", "_tools", "_chat_events", "_chat_fields",
    "_chat", "_chat_reader", "_chat_requests", "chat", "_batches", "_cohere_requests", "embed",
    "_shapes", "_service_parameters", "_smithy_sdk", "_converse_shapes", "converse", "request", "tgi",
    "jurassic", "completions", "batch", "_kinds", "_operations", "_progress", "_concurrent", "_concurrent_threads",
    "_concurrent_tasks", "_caller", "_chat_method", "_embed_methods", "_answer_methods", "_generate", "_generate_many", "_replacements", "_connections",
    "_base_client", "client", "aio", "__init__", "testing/_frames", "testing/_botocore",
    "testing/_answer", "testing/_ending", "testing/_lines", "testing/_recording",
    "testing/_files", "testing/_members", "testing/_scrub", "testing/_call",
    "testing/_matching", "testing/_wire", "testing/_body", "testing/_replay", "testing/_tap",
    "testing/_headers", "testing/_record", "testing/_listener", "testing/_serve",
    "testing/_watch", "testing/_block", "testing/__init__", "testing/_show", "testing/_command",
    "testing/__main__", "_pytest_block_aws", "_pytest_plugin", "_cli/__init__", "_cli/_output",
    "_cli/_exits", "_cli/_completion", "_cli/_requests", "_cli/_model", "_cli/_answer", "_cli/_ask",
    "_cli/_bar", "_cli/_batch_input", "_cli/_batch_output", "_cli/_batch", "_cli/_chat", "_cli/_saved", "_cli/_read", "_cli/_main", "__main__",
]  # fmt: skip

# The adapters: the only modules that may import foreign libraries, and which.
ADAPTERS = {
    "_aws_clients": {"aiobotocore", "boto3", "botocore"},
    "_botocore_streams": {"botocore"},
    "_cli/_completion": {"argcomplete"},
    "_client_patches": {"aiohttp"},
    "_frame_reader": {"botocore"},
    "_progress": {"tqdm"},
    "_pytest_block_aws": {"pytest"},
    "_pytest_plugin": {"pytest"},
    "_smithy_sdk": {"aws_sdk_bedrock_runtime"},
    "_vectors": {"numpy"},
    "testing/_botocore": {"aiobotocore", "botocore"},
    "testing/_ending": {"aiohttp", "urllib3"},
}
TYPES_ONLY = {"typing_extensions"}


def name_of(module: str) -> str:
    return f"cohere_aws.{module}".replace("/", ".").removesuffix(".__init__")


def imports(module: str, *, types: bool = True) -> set[str]:
    """The full names of the modules that *module* imports; *types* counts those for types, too."""
    package = name_of(module) if module.endswith("__init__") else name_of(module).rpartition(".")[0]
    tree = ast.parse((SOURCE / f"{module}.py").read_text(encoding="utf-8"))
    if not types:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                node.body.clear()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level < 2
            parts = [package if node.level else "", node.module or ""]
            found.add(".".join(filter(None, parts)))
    return found


def test_every_module_has_its_layer() -> None:
    assert sorted(LAYERS) == MODULES


@pytest.mark.parametrize("module", LAYERS)
def test_imports_point_one_way(module: str) -> None:
    below = {name_of(name) for name in LAYERS[: LAYERS.index(module)]}
    found = imports(module, types=False)
    assert {name for name in found if name.startswith("cohere_aws")} <= below


@pytest.mark.parametrize("module", LAYERS)
def test_only_adapters_import_foreign_libraries(module: str) -> None:
    outside = {name.partition(".")[0] for name in imports(module)} - set(sys.stdlib_module_names)
    assert outside - {"cohere_aws"} - TYPES_ONLY <= ADAPTERS.get(module, set())


@pytest.mark.parametrize("module", [name for name in LAYERS if "__main__" not in name])
def test_every_name_that_is_listed_is_there_once(module: str) -> None:
    loaded = importlib.import_module(name_of(module))
    listed = getattr(loaded, "__all__", [])
    assert len(set(listed)) == len(listed)
    assert all(hasattr(loaded, name) for name in listed)


def test_every_name_of_the_package_has_one_public_home() -> None:
    # batch and testing are public modules themselves: code calls batch.read_line().
    homes = [name for name in LAYERS if "_" not in name and name != "batch"]
    listed = [
        name for home in homes for name in importlib.import_module(f"cohere_aws.{home}").__all__
    ]
    assert sorted(listed) == sorted(cohere_aws.__all__)
    for home in homes:
        loaded = importlib.import_module(f"cohere_aws.{home}")
        for name in loaded.__all__:
            found = getattr(loaded, name)
            assert getattr(cohere_aws, name) is found
            if isinstance(found, type):  # an alias of types has the module of typing
                assert found.__module__ == loaded.__name__


def test_names_that_are_loaded_later_are_there_all_the_same() -> None:
    code = "import cohere_aws; assert set(cohere_aws.__all__) <= set(dir(cohere_aws))"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert set(cohere_aws.__all__) <= set(dir(cohere_aws))
    with pytest.raises(AttributeError, match=r"^module 'cohere_aws' has no attribute 'Cleint'$"):
        cohere_aws.Cleint  # noqa: B018


def test_completion_shows_our_names_alone() -> None:
    assert dir(cohere_aws) == sorted([*cohere_aws.__all__, "__version__"])


def test_importing_it_loads_nothing_outside_the_standard_library() -> None:
    code = "import sys; old = set(sys.modules); import cohere_aws; print(*(set(sys.modules) - old))"
    python = [sys.executable, "-I", "-c", code]
    loaded = subprocess.run(python, check=True, capture_output=True, text=True).stdout.split()
    packages = {name.split(".")[0] for name in loaded}
    assert "cohere_aws" in packages
    assert packages - {"cohere_aws"} <= set(sys.stdlib_module_names)
    assert not packages & {"asyncio", "logging", "socket", "http", "email", "urllib"}
    later = {f"cohere_aws.{module}" for module in cohere_aws._LATER.values()}
    assert later.isdisjoint(loaded)


def test_the_version_stands_in_one_place() -> None:
    assert cohere_aws.__version__ == version("cohere-aws")
    assert re.fullmatch(r"\d+\.\d+\.\d+", cohere_aws.__version__)


def test_a_type_checker_finds_the_types() -> None:
    assert (SOURCE / "py.typed").exists()


def test_a_file_is_read_in_one_sitting() -> None:
    lengths = {name: len((SOURCE / f"{name}.py").read_text().splitlines()) for name in MODULES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}
