"""Files of recordings: their names, their order, and their replacement by a new recording.

A recording of several calls has one file for each call. If the caller names a file, they are
``poem.jsonl``, ``poem-2.jsonl`` and so on; in a folder, ``001-InvokeModel.jsonl``,
``002-Converse.jsonl`` and so on. A new recording deletes the files of an old one, and no others: a
file is deleted only if it has such a name and its header says that ``record`` wrote it.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Open = Callable[[str], tuple[Path, io.FileIO]]

__all__ = ["WRITTEN_BY", "files_of", "follows", "in_order", "numbered", "opened_in"]

# The end of ``source`` in each recording that ``record`` wrote.
WRITTEN_BY = "by cohere_aws.testing.record"

_FOLLOWER = re.compile(r"(.+)-([0-9]+)")
_NUMBERED = re.compile(r"[0-9]{3,}-\w+")
_LONGEST_HEADER = 32 * 1024 * 1024  # bytes; it contains the request, which has at most 25 MB


def in_order(folder: Path) -> list[Path]:
    """Return the recordings in *folder* in the order in which they were made.

    Numbers count as numbers: ``poem.jsonl`` comes first, ``poem-2.jsonl`` before ``poem-10.jsonl``.
    """
    return sorted(folder.glob("*.jsonl"), key=lambda path: _place(path.stem))


def _place(stem: str) -> tuple[object, ...]:
    found = _FOLLOWER.fullmatch(stem)
    base, number = (found[1], int(found[2])) if found else (stem, 1)
    # The parts are text and digits in turn, so that text is compared with text, int with int.
    parts = [int(p) if i % 2 else p for i, p in enumerate(re.split("([0-9]+)", base))]
    return parts, number, stem


def follows(name: str) -> bool:
    """Return whether *name*, without suffix, is that of a further call, such as ``poem-2``."""
    return _FOLLOWER.fullmatch(name) is not None


def files_of(path: Path) -> list[Path]:
    """Return the existing files of the recording at *path*, the first call first."""
    files = (numbered(path, number) for number in itertools.count(1))
    return list(itertools.takewhile(lambda file: file.exists(), files))


def numbered(path: Path, number: int) -> Path:
    """Return the file of a call of the recording at *path*; the first has number 1."""
    return path if number == 1 else path.with_stem(f"{path.stem}-{number}")


@contextmanager
def opened_in(path: Path) -> Iterator[Open]:
    """Yield a function that opens the file of the next call, given the name of its operation.

    The first call deletes the files of an earlier recording at *path*; without a call, they are
    kept. Recorders that use one folder at the same time make one recording: their files are
    numbered together, and none deletes the files of another.
    """
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        yield _File(path).open
        return
    with _LOCK:
        key = path.resolve()
        folder = _FOLDERS.get(key) or _FOLDERS.setdefault(key, _Folder(path))
        folder.recorders += 1
    try:
        yield folder.open
    finally:
        with _LOCK:
            folder.recorders -= 1
            if not folder.recorders:
                del _FOLDERS[key]


class _File:
    """The files of one recorder, of the first call and of further ones."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0

    def open(self, _operation: str) -> tuple[Path, io.FileIO]:
        if not self._count:
            _delete([file for file in files_of(self._path)[1:] if _is_recorded(file)])
        self._count += 1
        path = numbered(self._path, self._count)
        return path, path.open("wb", buffering=0)


class _Folder:
    """The files of all recorders that use one folder at the same time."""

    def __init__(self, path: Path) -> None:
        self.recorders = 0
        self._path = path
        self._lock = threading.Lock()
        # Listed before this recording begins, so that its own files are not among them.
        self._old = [
            file
            for file in path.glob("*.jsonl")
            if _NUMBERED.fullmatch(file.stem) and _is_recorded(file)
        ]

    def open(self, operation: str) -> tuple[Path, io.FileIO]:
        with self._lock:
            _delete(self._old)
            self._old = []
            names = [file.name.partition("-")[0] for file in self._path.glob("*.jsonl")]
            number = max((int(name) for name in names if name.isdecimal()), default=0)
            while True:
                number += 1
                path = self._path / f"{number:03}-{operation}.jsonl"
                with suppress(FileExistsError):  # another process took the number
                    return path, path.open("xb", buffering=0)


# The folders that recorders of this process use now.
_FOLDERS: dict[Path, _Folder] = {}
_LOCK = threading.Lock()


def _is_recorded(path: Path) -> bool:
    with path.open("rb") as file:
        line = file.readline(_LONGEST_HEADER)
    with suppress(ValueError, RecursionError):
        header = json.loads(line)
        return isinstance(header, dict) and str(header.get("source")).endswith(WRITTEN_BY)
    return False


def _delete(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
