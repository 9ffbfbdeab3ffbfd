"""Output of ``cohere-aws batch``: a file that a run can continue after a crash at any moment.

* A record is written when its line, with the newline, is in the file. Each line is passed to the
  operating system at once, so it survives the end of the process.
* A process that is killed while it writes leaves at most one line without a newline, the last one.
  The next run removes this line, and asks its record again. If only the newline is missing, the
  next run adds it.
* All lines are read before the file is changed. A file with other lines, or with records of another
  input, is an error: a wrong name in the command does not damage a file, and no record keeps the
  answer to an earlier prompt.
* A lock excludes a second process, which would ask the same records.
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

# The beginning of each line. A last line with another beginning is not removed.
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
        failures: Number of records in the file that are errors.
    """

    def __init__(self, path: Path, inputs: Mapping[str, int]) -> None:
        self.written: set[str] = set()
        self.failures = 0
        self._path = path
        self._inputs = inputs
        if path.exists() and not path.is_file():  # opening a pipe would wait for its reader
            raise InvalidRequestError(f"{path}: expected a regular file, which can be continued")
        # Unbuffered, because a buffer is lost when the process is killed. The mode "a" appends all
        # writes, and creates the file, but does not empty it.
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
            import fcntl  # noqa: PLC0415  # Windows does not have it, and the file is not locked
        except ImportError:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InvalidRequestError(f"another process is writing {self._path}") from None

    def _read(self) -> bytes:
        """Count the whole lines; return the rest after the last newline."""
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    return line
                if not self._count(_parsed(line)):
                    place = f"{self._path}, line {number}"
                    raise InvalidRequestError(f"{place}: expected a line that a batch has written")
        return b""

    def _mend(self, rest: bytes) -> None:
        """Complete or remove *rest*, the last line, which lacks its newline."""
        if not rest:
            return
        fields = _parsed(rest)
        if self._count(fields):
            self._append(b"\n")
        # A part of a line is not JSON. A whole line of another file is JSON, and is not removed.
        elif fields is None and (rest.startswith(_HEAD) or _HEAD.startswith(rest)):
            self._file.truncate(self._path.stat().st_size - len(rest))
        else:
            place = f"{self._path}, last line"
            raise InvalidRequestError(f"{place}: expected a line that a batch has written")

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
            # The operating system may write only a part, for example on a disk that is almost full.
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            # The error does not have the name of the file. Without one, it is reported as an error
            # of standard output.
            error.filename = str(self._path)
            raise


def _parsed(line: bytes) -> Any:
    """Return the JSON value in *line*, or ``None``."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def reported(error: CohereError) -> dict[str, Any]:
    """Return *error* in the form of Bedrock; the code is the HTTP status, if *error* has one."""
    code = error.code if isinstance(error, ServiceError) else None
    name = error.http_status or code or type(error).__name__
    return {"errorCode": name, "errorMessage": str(error)}
