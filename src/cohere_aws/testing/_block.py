"""Blocks for the pytest fixture: answer or record every client that is created inside.

Clients are answered by a server, to which environment variables point them, so this includes
threads and child processes. They are recorded in this process only.
"""

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
    """Answer all clients that are created while the block runs, also those of child processes.

    Raises:
        ReplayError: At the end of the block: a call was not answered, even if the code handled the
            error; or a recording is left over and *use_all* is set.
    """
    # serve() reuses recordings by default. In a test, each answers one call, as in replay().
    with serve(files, **{"reuse": False, **options}) as server:
        try:
            with _environment(environment(server.url)):
                yield server
        except Exception:
            _check_answered(server)  # the reason of the refusal is the better message
            raise
    _check_answered(server)
    if use_all:
        check_used(server)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables while the block runs, and restore these only."""
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
    """Record *client*, or all clients that are created in the block, and put the files at *path*.

    If the block raises, no file is changed.

    Args:
        path: The file of the first call.
        client: A client, or ``None`` for all that are created while the block runs.
        scrub: As in ``record``.
        before_send: Called with each request before it is sent.
        known: Files that are kept. A call that one of them answers is neither sent nor recorded.
        matching: ``match`` and ``ignore`` as in ``replay``, to find the known file of a call.

    Yields:
        An object whose ``paths`` are the new files, after the end of the block.
    """
    answers = Replay(Matcher(load_all(known), **matching)) if known else None
    # Next to the files, so that moving them stays on one file system; their folder may not exist.
    place = next(folder for folder in path.parents if folder.is_dir())
    with TemporaryDirectory(prefix=f".{path.stem}-", dir=place) as folder:
        with ExitStack() as stack:

            def add(client: Any) -> Any:
                recorder = stack.enter_context(record(client, folder, scrub=scrub))
                if answers is not None:
                    skip = recorder.skip
                    block = answering(client, answers, Scrubber(scrub, client), on_answer=skip)
                    stack.enter_context(block)

                # "before-send" without a service is the less specific event, so this handler is
                # called after that of "answering". botocore calls it even for an answered request,
                # which skip() has left out by then.
                def send(**facts: Any) -> None:
                    if recorder.is_under_way():
                        before_send(**facts)

                client.meta.events.register_first("before-send", send)
                stack.callback(client.meta.events.unregister, "before-send", send)
                return recorder

            def add_if_runtime(client: Any) -> None:
                with suppress(ValueError):  # a client of another service
                    add(client)

            if client is None:
                stack.enter_context(clients_seen(add_if_runtime))
                state: Any = SimpleNamespace(paths=[])
            else:
                state = add(client)
            yield state
        state.paths = _put(in_order(type(path)(folder)), path, kept=len(known))


def _put(files: list[Path], path: Path, *, kept: int) -> list[Path]:
    """Move *files* after the first *kept* files of *path*, replacing the others; return them."""
    if files:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in files_of(path)[kept:]:
            old.unlink()
    return [file.replace(numbered(path, number)) for number, file in enumerate(files, kept + 1)]
