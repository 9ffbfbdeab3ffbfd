"""A plugin for pytest: one fixture, which gives a test its recording by name.

It is loaded by every run of pytest where the package is installed, so it imports nothing before a
test asks for the fixture.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

# What a client needs to be made and to sign, where nothing is sent.
_PLACEHOLDERS = {"AWS_ACCESS_KEY_ID": "replayed", "AWS_SECRET_ACCESS_KEY": "replayed"}
_SIGNED = "Credential=replayed/"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that records."""
    parser.getgroup("cohere_aws", "recorded AWS streams").addoption(
        "--record-streams",
        choices=["once", "all"],
        help="call AWS and record: what has no recording yet (once), or everything anew (all)",
    )


@pytest.fixture(scope="session")
def _finds_credentials() -> bool:
    """Whether AWS could be called; looking for it may take a second, so it is done once."""
    from ._aws import finds

    return finds("credentials")


@pytest.fixture
def stream_recording(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AbstractContextManager[Any]]:
    """Replay a recording by name, or make it.

    ``with stream_recording("name", client, **options)`` answers the calls of *client* from
    ``recordings/name.jsonl`` beside the test (and ``name-2.jsonl`` and so on, for further calls);
    the options are those of ``cohere_aws.testing.replay``. With ``--record-streams`` the calls go
    to AWS and make these files; of the options, only ``scrub`` matters then. A block that raises
    makes no files, and leaves those that there were.

    A client that is made inside of the test needs neither credentials nor a region to replay.
    """
    mode = request.config.getoption("--record-streams")
    if mode is None or (mode == "once" and not request.getfixturevalue("_finds_credentials")):
        for name, value in _PLACEHOLDERS.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
    if mode != "all" and not _has_region(mode):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    @contextmanager
    def recorded(name: str, client: Any, **options: Any) -> Iterator[Any]:
        from .testing import replay

        if re.search(r"-\d+$", name):
            reason = f"{name!r} ends as the names of further calls do; choose another name"
            pytest.fail(reason, pytrace=False)
        path = request.path.parent / "recordings" / f"{name}.jsonl"
        files = _files(path)
        if mode is None and not files:
            command = f"pytest '{request.node.nodeid}' --record-streams=once"
            pytest.fail(f"there is no {path}; to make it, call AWS with: {command}", pytrace=False)
        if mode is None or (mode == "once" and files):
            with replay(client, files, **options) as state:
                yield state
            return
        client.meta.events.register_first("before-send", _refuse_placeholders)
        try:
            with _recorded(client, path, options.get("scrub")) as state:
                yield state
        finally:
            client.meta.events.unregister("before-send", _refuse_placeholders)

    return recorded


def _has_region(mode: str | None) -> bool:
    if mode is None:
        return "AWS_DEFAULT_REGION" in os.environ  # boto3 reads no other variable for it
    from ._aws import finds

    return finds("region")


def _refuse_placeholders(request: Any, **_: object) -> None:
    if _SIGNED in str(request.headers.get("Authorization")):
        pytest.fail("there are no credentials to record with", pytrace=False)


@contextmanager
def _recorded(client: Any, path: Path, scrub: Callable[[str], str] | None) -> Iterator[Any]:
    """Record beside the files at *path*, and put them in their place when the block succeeds."""
    from .testing import record

    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as folder:
        with record(client, Path(folder) / path.name, scrub=scrub) as state:
            yield state
        if state.paths:  # a block that called nobody made nothing better
            for file in _files(path):
                file.unlink()
        state.paths = [file.replace(path.parent / file.name) for file in state.paths]


def _files(path: Path) -> list[Path]:
    """The file of the first call, and those of further ones, as ``record`` names them."""
    files = []
    while path.exists():
        files.append(path)
        stem = files[0].stem
        path = path.with_stem(f"{stem}-{len(files) + 1}")
    return files
