"""A plugin for pytest: one fixture, which gives a test its recording by name.

It is loaded by every run of pytest where the package is installed, so it imports nothing before a
test asks for the fixture.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

# What a client needs to be made and to sign, where nothing is sent.
_PLACEHOLDERS = {"AWS_ACCESS_KEY_ID": "replayed", "AWS_SECRET_ACCESS_KEY": "replayed"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that records."""
    parser.getgroup("cohere_aws", "recorded AWS streams").addoption(
        "--record-streams",
        choices=["once", "all"],
        help="call AWS and record: what has no recording yet (once), or everything anew (all)",
    )


@pytest.fixture
def stream_recording(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AbstractContextManager[Any]]:
    """Replay a recording by name, or make it.

    ``with stream_recording("name", client, **options)`` answers the calls of *client* from
    ``recordings/name.jsonl`` beside the test (and ``name-2.jsonl`` and so on, for further calls);
    the options are those of ``cohere_aws.testing.replay``. With ``--record-streams`` the calls go
    to AWS and make these files; of the options, only ``scrub`` matters then.

    A client that is made inside of the test needs neither credentials nor a region.
    """
    mode = request.config.getoption("--record-streams")
    if mode is None:
        for name, value in _PLACEHOLDERS.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        if "AWS_DEFAULT_REGION" not in os.environ:  # boto3 reads no other variable for it
            monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    @contextmanager
    def recorded(name: str, client: Any, **options: Any) -> Iterator[Any]:
        from .testing import record, replay

        path = request.path.parent / "recordings" / f"{name}.jsonl"
        files = _files(path)
        if mode is None and not files:
            command = f"pytest '{request.node.nodeid}' --record-streams=once"
            pytest.fail(f"there is no {path}; to make it, call AWS with: {command}", pytrace=False)
        if mode is None or (mode == "once" and files):
            with replay(client, files, **options) as state:
                yield state
            return
        for file in files:
            file.unlink()
        with record(client, path, scrub=options.get("scrub")) as state:
            yield state

    return recorded


def _files(path: Path) -> list[Path]:
    """The file of the first call, and those of further ones, as ``record`` names them."""
    files = []
    while path.exists():
        files.append(path)
        stem = files[0].stem
        path = path.with_stem(f"{stem}-{len(files) + 1}")
    return files
