"""The pytest plugin: a fixture and a marker that answer a test from a recording by its name.

Every run of pytest loads it where the package is installed. So everything else is imported inside
the functions, when a test uses a recording.
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
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

# A client needs credentials to sign its requests, even if nothing is sent. These variables set
# placeholders; those in _PREFERRED would take precedence over them.
_PLACEHOLDERS = {"AWS_ACCESS_KEY_ID": "replayed", "AWS_SECRET_ACCESS_KEY": "replayed"}
_PREFERRED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
)
_SIGNED = "Credential=replayed/"  # in the header of a request that is signed with a placeholder

# Characters that a file name takes from the name of a test. File systems allow 255 bytes.
_LONGEST_NAME = 100

# The open block of a marked test.
_BLOCK = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the command-line options."""
    group = parser.getgroup("cohere_aws", "recorded AWS streams")
    group.addoption(
        "--record-streams",
        choices=["once", "new", "all"],
        help="call AWS and record: recordings that do not exist (once), calls that no recording "
        "answers (new), or everything again (all)",
    )
    group.addoption(
        "--block-aws",
        action="store_true",
        help="fail each test that would call AWS outside a recording, and report its calls",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and block calls to AWS if ``--block-aws`` is given."""
    config.addinivalue_line(
        "markers",
        "stream_recording(name, **options): answer all clients that the test creates from the "
        "recording *name* (default: the name of the test); the options are those of serve",
    )
    if config.getoption("--block-aws"):
        from ._pytest_block_aws import BlockAWS

        config.pluginmanager.register(BlockAWS(config))


@pytest.fixture(scope="session")
def _finds_credentials() -> bool:
    """Return whether there are credentials; searching takes a second, so it is done once."""
    from .testing._botocore import finds

    return finds("credentials")


@pytest.fixture
def stream_recording(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AbstractContextManager[Any]]:
    """Return a function for ``with`` that replays a recording by its name, or records it.

    ``with stream_recording("name", client, **options)`` answers the calls of *client* from
    ``recordings/name.jsonl`` next to the test, further calls from ``name-2.jsonl`` and so on. The
    options are those of ``cohere_aws.testing.replay``.

    ``with stream_recording("name", **options)`` answers every client that is created inside the
    block: of boto3 or aiobotocore, in any thread, and in processes that inherit the environment.
    A server answers them; the variables ``AWS_ENDPOINT_URL_BEDROCK_RUNTIME`` and
    ``AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME`` point to it. The options are those of
    ``cohere_aws.testing.serve``, and ``use_all``. A call that no recording answers fails the block
    at its end, even if the code handled the error.

    With ``--record-streams``, the calls go to AWS, and the files are written. Of the options, only
    ``scrub`` is used then. With ``--record-streams=new``, the existing files answer the calls that
    they match, by ``match`` and ``ignore``; the other calls go to AWS and add files. If the block
    raises, no file is changed. Each name can be recorded once in a run. Without *client*, all
    clients that are created inside the block are recorded, but not those of other processes.

    The fixture sets placeholder credentials and a region, so a client that is created inside the
    test can replay without any configuration.
    """
    mode = request.config.getoption("--record-streams")
    # "all" always calls AWS, so it keeps the real configuration. "once" and "new" keep credentials
    # if there are any, because a call may have to be sent.
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
        return "AWS_DEFAULT_REGION" in os.environ  # the only variable that boto3 reads for it
    from .testing._botocore import finds

    return finds("region")


def _fail(reason: str) -> NoReturn:
    pytest.fail(reason, pytrace=False)


def _path(folder: Path, name: str) -> Path:
    """Return the file of the first call."""
    from .testing._files import follows

    pure = PureWindowsPath(name)  # recognises the separators of all systems
    if pure.anchor or ".." in pure.parts or not pure.name:
        _fail(f"{name!r} is not a file name inside the folder 'recordings' next to the test")
    if follows(pure.name):
        _fail(f"{name!r} ends in a number, like the files of further calls; choose another name")
    return folder / "recordings" / f"{name}.jsonl"


@contextmanager
def _recorded(
    request: pytest.FixtureRequest,
    path: Path,
    client: Any,
    known: list[Path],
    options: dict[str, Any],
) -> Iterator[Any]:
    """Record, unless another test of this run has recorded *path*."""
    from .testing._block import recorded

    claim = _claimed(request, path)
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
        claim.unlink()  # another test may record it
        raise
    if not state.paths:
        claim.unlink()
        if client is None and not path.exists():
            _fail("nothing was recorded: no client created inside the block called AWS")


def _claimed(request: pytest.FixtureRequest, path: Path) -> Path:
    """Return a new file that names the test of this run that records *path*."""
    own: Path = request.getfixturevalue("tmp_path_factory").getbasetemp()
    # The workers of pytest-xdist are processes with a folder each, inside a common one.
    folder = own.parent if hasattr(request.config, "workerinput") else own
    claim = folder / f"recorded-{hashlib.sha256(bytes(path)).hexdigest()}"
    with suppress(FileExistsError), claim.open("x", encoding="utf-8") as file:
        file.write(request.node.nodeid)
        return claim
    tests = f"{claim.read_text('utf-8')} and {request.node.nodeid}"
    _fail(f"two tests of this run record {path.name}: {tests}; choose another name")


def _refuse_placeholders(request: Any, **_: object) -> None:
    if _SIGNED in str(request.headers.get("Authorization")):
        _fail("recording needs AWS credentials; none were found")


# The marker


@pytest.fixture(autouse=True)
def _marked_recording(request: pytest.FixtureRequest) -> Iterator[None]:
    """Enter the block of a marked test, before other fixtures create clients."""
    marker = request.node.get_closest_marker("stream_recording")
    with ExitStack() as stack:
        if marker:
            recorded = request.getfixturevalue("stream_recording")
            block = recorded(*marker.args or (_name_of(request.node),), **marker.kwargs)
            stack.enter_context(suppress(_NotRunError))
            stack.enter_context(block)
            # pytest_runtest_call leaves the block, so that the test itself fails if the block does.
            request.node.stash[_BLOCK] = stack.pop_all()
        yield
        # The block is still open if the test was not run. It must not complain about unused
        # recordings then, nor write files, so it is left by an exception.
        if block_ := request.node.stash.get(_BLOCK, None):
            with block_:
                raise _NotRunError


class _NotRunError(Exception):
    """A marked test failed before it began."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Leave the block of a marked test right after the test, which fails if the block does."""
    if _BLOCK not in item.stash:
        return (yield)
    with item.stash[_BLOCK]:
        del item.stash[_BLOCK]
        result = yield
        # pytest keeps the exception of a unittest.TestCase until it reports the test. It is raised
        # here, because the block has to see it.
        for error in getattr(item, "_excinfo", None) or ():
            raise error.value
        return result


def _name_of(item: pytest.Item) -> str:
    """Return a file name for *item*, from its own name and those of its classes."""
    nodes = [node for node in item.listchain() if isinstance(node, pytest.Class)]
    name = ".".join(node.name for node in [*nodes, item])
    safe = re.sub(r"[^\w\[\].=,+-]", "_", name)[:_LONGEST_NAME]
    # A hash keeps names apart that differ only in the characters that were replaced or cut off.
    return safe if safe == name else f"{safe}.{hashlib.sha256(name.encode()).hexdigest()[:8]}"
