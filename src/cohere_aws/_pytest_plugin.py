"""A plugin for pytest: a fixture and a marker that answer a test from a recording by name.

It is loaded by every run of pytest where the package is installed, so it imports nothing before a
test asks for a recording.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import ExitStack, contextmanager, suppress
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

# What a client needs to be made and to sign, where nothing is sent, and what would be preferred.
_PLACEHOLDERS = {"AWS_ACCESS_KEY_ID": "replayed", "AWS_SECRET_ACCESS_KEY": "replayed"}
_PREFERRED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
)
_SIGNED = "Credential=replayed/"

_LONGEST_NAME = 100  # characters of a name that is made of a test's; a file name may have 255 bytes

# The block of a test that is marked.
_BLOCK = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("cohere_aws", "recorded AWS streams")
    group.addoption(
        "--record-streams",
        choices=["once", "new", "all"],
        help="call AWS and record: missing recordings (once), also calls that no recording "
        "answers (new), or everything again (all)",
    )
    group.addoption(
        "--block-aws",
        action="store_true",
        help="fail every test that would call AWS outside a recording, and say what it called",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker, and block calls to AWS if ``--block-aws`` is given."""
    config.addinivalue_line(
        "markers",
        "stream_recording(name, **options): answer all clients that the test makes from the "
        "recording of this name, by default the name of the test; the options are those of serve",
    )
    if config.getoption("--block-aws"):
        config.pluginmanager.register(_Block(config))


@pytest.fixture(scope="session")
def _finds_credentials() -> bool:
    """Whether AWS could be called; looking for it may take a second, so it is done once."""
    from .testing._botocore import finds

    return finds("credentials")


@pytest.fixture
def stream_recording(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AbstractContextManager[Any]]:
    """Replay a recording by name, or make it.

    ``with stream_recording("name", client, **options)`` answers the calls of *client* from
    ``recordings/name.jsonl`` beside the test (and ``name-2.jsonl`` and so on, for further calls);
    the options are those of ``cohere_aws.testing.replay``.

    ``with stream_recording("name", **options)`` answers every client that is made inside the block:
    by boto3 or aiobotocore, in any thread, and in processes that inherit the environment. They find
    a server by ``AWS_ENDPOINT_URL_BEDROCK_RUNTIME`` and ``AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME``; the
    options are those of ``cohere_aws.testing.serve``, and ``use_all``. A call that no recording
    answers fails the block at its end, if the code has not failed because of it.

    With ``--record-streams`` the calls go to AWS and make these files; of the options, only
    ``scrub`` matters then. With ``--record-streams=new`` the files that there are answer what they
    can, as ``match`` and ``ignore`` say, and the other calls add files. A block that raises makes
    no files, and leaves those that there were. A name can be recorded once in a run. Without
    *client*, all clients that are made inside the block are recorded, but not those of other
    processes.

    A client that is made inside of the test needs neither credentials nor a region to replay.
    """
    mode = request.config.getoption("--record-streams")
    if mode is None or (mode != "all" and not request.getfixturevalue("_finds_credentials")):
        for name, value in _PLACEHOLDERS.items():
            monkeypatch.setenv(name, value)
        for name in _PREFERRED:
            monkeypatch.delenv(name, raising=False)
    if mode != "all" and not _has_region(mode):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    @contextmanager
    def recorded(name: str, client: Any = None, **options: Any) -> Iterator[Any]:
        from .testing import replay
        from .testing._block import answered
        from .testing._files import files_of

        path = _path(request.path.parent, name)
        files = files_of(path)
        if mode is None and not files:
            command = f"pytest '{request.node.nodeid}' --record-streams=once"
            _fail(f"{path} does not exist; to record it, call AWS with: {command}")
        block: AbstractContextManager[Any]
        if mode in ("new", "all") or not files:
            known = files if mode == "new" else []
            block = _recorded(request, path, client, known, options)
        elif client is None:
            block = answered(files, **options)
        else:
            block = replay(client, files, **options)
        with block as state:
            yield state

    return recorded


def _has_region(mode: str | None) -> bool:
    if mode is None:
        return "AWS_DEFAULT_REGION" in os.environ  # boto3 reads no other variable for it
    from .testing._botocore import finds

    return finds("region")


def _fail(reason: str) -> NoReturn:
    pytest.fail(reason, pytrace=False)


def _path(folder: Path, name: str) -> Path:
    """Return the file of the first call."""
    from .testing._files import follows

    pure = PureWindowsPath(name)  # which knows the separators of every system
    if pure.anchor or ".." in pure.parts or not pure.name:
        _fail(f"{name!r} is not a name of a file in the folder 'recordings' beside the test")
    if follows(pure.name):
        _fail(f"{name!r} ends in a number, as further calls do; choose another name")
    return folder / "recordings" / f"{name}.jsonl"


@contextmanager
def _recorded(
    request: pytest.FixtureRequest,
    path: Path,
    client: Any,
    known: list[Path],
    options: dict[str, Any],
) -> Iterator[Any]:
    """Record, unless another test of this run made the recording at *path*."""
    from .testing._block import recorded

    made = _claimed(request, path)
    try:
        with recorded(
            path,
            client,
            scrub=options.get("scrub"),
            before_send=_refuse_placeholders,
            known=known,
            **{name: options[name] for name in ("match", "ignore") if name in options},
        ) as state:
            yield state
    except BaseException:
        made.unlink()  # so another test may make it
        raise
    if not state.paths:
        made.unlink()
        if client is None and not path.exists():
            _fail("nothing was recorded: no client created inside the block called AWS")


def _claimed(request: pytest.FixtureRequest, path: Path) -> Path:
    """Return a new file that says which test of this run makes the recording at *path*."""
    own: Path = request.getfixturevalue("tmp_path_factory").getbasetemp()
    # The workers of xdist are processes, which share the folder above theirs.
    folder = own.parent if hasattr(request.config, "workerinput") else own
    claim = folder / f"recorded-{hashlib.sha256(bytes(path)).hexdigest()}"
    with suppress(FileExistsError), claim.open("x", encoding="utf-8") as file:
        file.write(request.node.nodeid)
        return claim
    tests = f"{claim.read_text('utf-8')} and {request.node.nodeid}"
    _fail(f"{path.name} would be recorded twice in one run, by {tests}: choose another name")


def _refuse_placeholders(request: Any, **_: object) -> None:
    if _SIGNED in str(request.headers.get("Authorization")):
        _fail("recording needs AWS credentials; none were found")


# The marker


@pytest.fixture(autouse=True)
def _marked_recording(request: pytest.FixtureRequest) -> Iterator[None]:
    """Begin the block of a test that is marked, before other fixtures make clients."""
    marker = request.node.get_closest_marker("stream_recording")
    with ExitStack() as stack:
        if marker:
            recorded = request.getfixturevalue("stream_recording")
            block = recorded(*marker.args or (_name_of(request.node),), **marker.kwargs)
            # A block that is still there at the end belongs to a test that was not run.
            stack.enter_context(suppress(_NotRunError))
            stack.enter_context(block)
            request.node.stash[_BLOCK] = stack.pop_all()
        yield
        if block_ := request.node.stash.get(_BLOCK, None):
            with block_:
                raise _NotRunError


class _NotRunError(Exception):
    """A marked test failed before it began."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """End the block of a test that is marked with the test, which fails if the block does."""
    if _BLOCK not in item.stash:
        return (yield)
    with item.stash[_BLOCK]:
        del item.stash[_BLOCK]
        result = yield
        # unittest keeps what a test raises until its report is made; the block has to see it now.
        for error in getattr(item, "_excinfo", None) or ():
            raise error.value
        return result


def _name_of(item: pytest.Item) -> str:
    """Return a name for the files of *item*: its own, and those of its classes."""
    nodes = [node for node in item.listchain() if isinstance(node, pytest.Class)]
    name = ".".join(node.name for node in [*nodes, item])
    safe = re.sub(r"[^\w\[\].=,+-]", "_", name)[:_LONGEST_NAME]
    # Names that differ only in characters that are replaced still need files of their own.
    return safe if safe == name else f"{safe}.{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class _Block:
    """The hooks that fail tests which would call AWS outside a recording."""

    def __init__(self, config: pytest.Config) -> None:
        from .testing._watch import requests_seen

        self._calls: list[str] = []
        block = ExitStack()
        block.enter_context(requests_seen(self._check))
        config.add_cleanup(block.close)

    def _check(self, operation: Any, url: str, context: Mapping[Any, Any]) -> None:
        from .testing import Recorder, ReplayError
        from .testing._watch import is_loopback

        if is_loopback(url) or any(isinstance(key, Recorder) for key in context):
            return
        called = f"{operation.name} of {operation.service_model.service_name}"
        self._calls.append(f"{called} would be sent to AWS, outside a recording (--block-aws)")
        # The code under test may handle this like an error of AWS, or run in a thread whose errors
        # are lost; so the test also fails at its end.
        raise ReplayError(self._calls[-1])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        return (yield from self._checked(item, "setup"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        return (yield from self._checked(item, "call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        return (yield from self._checked(item, "teardown"))

    def _checked(self, item: pytest.Item, when: str) -> Generator[None, Any, Any]:
        try:
            result = yield
        finally:
            calls = "\n".join(self._calls)
            self._calls.clear()
            if calls:
                item.add_report_section(when, "blocked", calls)
        if calls:
            _fail(calls)
        return result
