"""Output of ``cohere-aws batch``: a file that is correct after a crash at any moment.

* A record is written when its line, with the newline, is in the file. Each line is given to the
  operating system at once, so it survives the end of the process.
* A process that is killed while it writes leaves at most one line without a newline, the last one.
  The next run cuts it off, and asks for its record again. If only the newline is missing, the next
  run adds it.
* The file is only changed after all lines were read, and only if they are of such a file and of the
  same input: a wrong name in the command does not damage another file, and no record has the answer
  to a prompt that was there before the input changed.
* A lock excludes a second process, which would ask for the same records.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cohere_aws.error import CohereError, InvalidRequestError, ServiceError

from ._batch_input import hash_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from typing_extensions import Self

    from cohere_aws.generation import Generations

    from ._batch_input import Record

__all__ = ["BatchOutput", "reported"]

# The beginning of each line. A file whose last line begins otherwise is not cut.
_HEAD = b'{"recordId": '


class BatchOutput:
    """Open file of the output.

    Args:
        path: File; created if it does not exist.
        inputs: ID of each record of the input, with ``hash_of`` its input.

    Raises:
        InvalidRequestError: The file is not regular, has other lines, or is of another input; or
            another process writes it.
        OSError: The file cannot be opened or changed.

    Attributes:
        written: IDs of the records in the file.
        failures: Number of those that are errors.
    """

    def __init__(self, path: Path, inputs: Mapping[str, int]) -> None:
        self.written: set[str] = set()
        self.failures = 0
        self._path = path
        self._inputs = inputs
        if path.exists() and not path.is_file():  # such as a pipe, which opening would wait for
            raise InvalidRequestError(f"{path} is not a regular file; a batch continues its output")
        # Unbuffered: a buffer would be lost with the process. In this mode, all writes append.
        self._file = path.open("ab", buffering=0)
        try:
            self._lock()
            self._mend(self._read())
        except BaseException:
            self._file.close()
            raise

    def write(self, record: Record, outcome: Generations | CohereError) -> None:
        """Write a line with an answer, or with an error.

        Raises:
            OSError: The line cannot be written, for example because the disk is full.
        """
        line: dict[str, Any] = {"recordId": record.id, "modelInput": record.model_input}
        if isinstance(outcome, CohereError):
            line["error"] = reported(outcome)
        else:
            line["modelOutput"] = outcome.to_dict()
        self._append(json.dumps(line).encode() + b"\n")
        self.written.add(record.id)
        self.failures += isinstance(outcome, CohereError)

    def close(self) -> None:
        """Close the file, and release the lock."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _lock(self) -> None:
        try:
            import fcntl  # noqa: PLC0415  # it may be missing
        except ImportError:  # Windows, where the file is not locked
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InvalidRequestError(f"{self._path} is written by another process") from None

    def _read(self) -> bytes:
        """Count the whole lines; return the rest after the last newline."""
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    return line
                if not self._count(_parsed(line)):
                    place = f"{self._path}, line {number}"
                    raise InvalidRequestError(f"{place} is not a line of the output of a batch")
        return b""

    def _mend(self, rest: bytes) -> None:
        if not rest:
            return
        fields = _parsed(rest)
        if self._count(fields):
            self._append(b"\n")
        # A part of a line is not JSON. So the only line of an input, which is, is not cut off.
        elif fields is None and (rest.startswith(_HEAD) or _HEAD.startswith(rest)):
            self._file.truncate(self._path.stat().st_size - len(rest))
        else:
            raise InvalidRequestError(f"{self._path} does not end like the output of a batch")

    def _count(self, fields: Any) -> bool:
        """Count *fields* if they are a record of the output; otherwise return ``False``.

        Raises:
            InvalidRequestError: The record is not of the input.
        """
        if not isinstance(fields, dict) or not isinstance(fields.get("recordId"), str):
            return False
        if "error" not in fields and "modelOutput" not in fields:
            return False
        name = fields["recordId"]
        self._check(name, fields.get("modelInput"))
        if name not in self.written:  # lines may have been copied
            self.written.add(name)
            self.failures += "error" in fields
        return True

    def _check(self, name: str, model_input: Any) -> None:
        if name not in self._inputs:
            problem = f"has the record {name!r:.40}, which is not in the input"
        elif model_input is not None and hash_of(model_input) != self._inputs[name]:
            problem = f"has the record {name!r:.40} with another modelInput than the input"
        else:
            return
        raise InvalidRequestError(f"{self._path} {problem}; expected the output of this input")

    def _append(self, data: bytes) -> None:
        try:
            # The operating system may accept a part, for example on a disk that is almost full.
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            # It does not know the name. An error without a name is one of standard output.
            error.filename = str(self._path)
            raise


def _parsed(line: bytes) -> Any:
    """Return the JSON value in *line*, or ``None``."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def reported(error: CohereError) -> dict[str, Any]:
    """Return *error* as Bedrock writes it: the code is an HTTP status if there is one."""
    code = error.code if isinstance(error, ServiceError) else None
    name = error.http_status or code or type(error).__name__
    return {"errorCode": name, "errorMessage": str(error)}
