"""Blocks for the fixture of pytest: answer every client that is made inside, or record it."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ._ending import ReplayError
from ._files import files_of, in_order, numbered
from ._matching import Matcher
from ._record import record
from ._replay import Replay, answering, check_used, load_all
from ._scrub import Scrubber
from ._serve import Server, environment, serve
from ._watch import clients_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["answered", "recorded"]


@contextmanager
def answered(files: list[Path], *, use_all: bool = False, **options: Any) -> Iterator[Server]:
    """Answer all clients that are made while the block runs, here and in processes it starts.

    Raises:
        ReplayError: At the end of the block: a call was not answered, even if the code went on;
            or recordings are left over and *use_all* is set.
    """
    # As in replay(), each recording answers one call.
    with serve(files, **{"reuse": False, **options}) as server:
        try:
            with _environment(environment(server.url)):
                yield server
        except Exception:
            _check_answered(server)  # which says more than the error of the code that was refused
            raise
    _check_answered(server)
    if use_all:
        check_used(server)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables while the block runs, and restore these alone."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _check_answered(server: Server) -> None:
    if server.unanswered:
        raise ReplayError("\n".join(server.unanswered))


@contextmanager
def recorded(
    path: Path,
    client: Any,
    *,
    scrub: Callable[[str], str] | None,
    before_send: Callable[..., None],
    known: Sequence[Path] = (),
    **matching: Any,
) -> Iterator[Any]:
    """Record *client*, or all that are made while the block runs, and put the files at *path*.

    Calls that one of the *known* files answers are neither sent nor recorded, and these files are
    kept; *matching* is ``match`` and ``ignore`` of ``replay``. A block that raises changes nothing
    there. *before_send* sees each request that is sent first. Yields an object whose ``paths`` are
    the new files, in the end.
    """
    answers = Replay(Matcher(load_all(known), **matching)) if known else None
    # Beside the files if their folder is there, so that they are moved within one file system.
    place = next(folder for folder in path.parents if folder.is_dir())
    with TemporaryDirectory(prefix=f".{path.stem}-", dir=place) as folder:
        with ExitStack() as stack:

            def add(client: Any) -> Any:
                recorder = stack.enter_context(record(client, folder, scrub=scrub))
                if answers is not None:
                    skip = recorder.skip
                    block = answering(client, answers, Scrubber(scrub, client), on_answer=skip)
                    stack.enter_context(block)

                # botocore asks all handlers, though one has answered: that of the more specific
                # event first.
                def send(**facts: Any) -> None:
                    if recorder.is_under_way():
                        before_send(**facts)

                client.meta.events.register_first("before-send", send)
                stack.callback(client.meta.events.unregister, "before-send", send)
                return recorder

            def add_if_runtime(client: Any) -> None:
                with suppress(ValueError):  # it is of another service
                    add(client)

            if client is None:
                stack.enter_context(clients_seen(add_if_runtime))
                state: Any = SimpleNamespace(paths=[])
            else:
                state = add(client)
            yield state
        state.paths = _put(in_order(type(path)(folder)), path, kept=len(known))


def _put(files: list[Path], path: Path, *, kept: int) -> list[Path]:
    """Move *files* to where those of *path* are, after the first *kept*, and remove the others."""
    if files:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in files_of(path)[kept:]:
            old.unlink()
    return [file.replace(numbered(path, number)) for number, file in enumerate(files, kept + 1)]
