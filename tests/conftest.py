"""Fixtures of all tests: an environment without AWS, and a server for recordings."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from cohere_aws.testing import serve
from maybe_async import URL_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from cohere_aws import Mode
    from cohere_aws.testing import Recording, Server

# CI runs the same examples each time; other runs draw new ones, and replay earlier failures.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.load_profile("ci" if "CI" in os.environ else "dev")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--recordings",
        type=Path,
        metavar="DIR",
        help="also test every recording in DIR, for example real ones that are not in the project",
    )


def pytest_configure() -> None:
    # A shell without job control makes its background jobs ignore Ctrl-C, which some tests send.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _environment() -> Iterator[None]:
    """Set a region and placeholder credentials, and disable other sources of credentials."""
    with pytest.MonkeyPatch.context() as patch:
        # Some tests start pytest; it must not get the options of this run.
        patch.delenv("PYTEST_ADDOPTS", raising=False)
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(autouse=True, scope="session")
def _shared_service_models() -> Iterator[None]:
    """Parse the service models of botocore once, instead of for each session of a test.

    botocore shares them in the same way between the clients of one session. Parsing takes most of
    the time to create a client in a session of its own.
    """
    # Not imported here: it takes 0.2 s, and a test module that needs it has imported it.
    module = sys.modules.get("botocore.session")
    if module is None:
        yield
        return
    create = module.create_loader
    caches: dict[str | None, dict[Any, Any]] = {}  # by the search path, which a test may set

    def create_loader(search_path: str | None = None) -> Any:
        loader = create(search_path)
        loader._cache = caches.setdefault(search_path, loader._cache)
        return loader

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "create_loader", create_loader)
        yield


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AbstractContextManager[Server]]:
    """Return a function that serves recordings to clients created without an address."""

    @contextmanager
    def running(mode: Mode, *recordings: Recording, **options: Any) -> Iterator[Server]:
        with serve(recordings, **{"match": "order", **options}) as server:
            monkeypatch.setenv(URL_VARIABLES[mode], server.url)
            yield server

    return running
