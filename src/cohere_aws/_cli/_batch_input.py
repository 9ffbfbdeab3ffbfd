"""Input of ``cohere-aws batch``: lines of Bedrock's batch inference.

The file is read twice. ``check`` reads it before the first call, so that an error in the last line
costs nothing. ``records`` reads it again, one line at a time. Only the IDs are kept in memory, each
with a hash of its input.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from cohere_aws.error import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cohere_aws._request import Request

__all__ = ["BatchInput", "Record", "hash_of"]


class Record(NamedTuple):
    """Line of the input.

    Attributes:
        id: ``recordId``, or the number of the line, from 1.
        model_input: Body of the request.
        request: Request with this body.
    """

    id: str
    model_input: dict[str, Any]
    request: Request


class BatchInput:
    """Records in a file.

    Args:
        path: File.
        request_class: Class of the requests.

    Raises:
        InvalidRequestError: *path* is not a regular file; a pipe cannot be read twice.
    """

    def __init__(self, path: Path, request_class: type[Request]) -> None:
        if path.exists() and not path.is_file():
            raise InvalidRequestError(f"{path}: expected a regular file, which can be read twice")
        self._path = path
        self._class = request_class

    def check(self) -> dict[str, int]:
        """Return the ID of each record, and the hash of its input.

        Raises:
            InvalidRequestError: A line is not a record, its request breaks a limit, or two records
                have the same ID. The message has the number of the line.
        """
        lines: dict[str, int] = {}
        hashes: dict[str, int] = {}
        for number, record in self._numbered():
            if record.id in lines:
                both = f"lines {lines[record.id]} and {number}"
                hint = "; the ID of a line without recordId is its number"
                raise InvalidRequestError(
                    f"{self._path}: {both} have the same recordId {record.id!r:.40}{hint}"
                )
            lines[record.id] = number
            hashes[record.id] = hash_of(record.model_input)
        return hashes

    def records(self) -> Iterator[Record]:
        """Yield the records in their order."""
        for _, record in self._numbered():
            yield record

    def _numbered(self) -> Iterator[tuple[int, Record]]:
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    yield number, self._record(number, line)
                except InvalidRequestError as error:
                    place = f"{self._path}, line {number}"
                    raise InvalidRequestError(f"{place}: {error}") from None

    def _record(self, number: int, line: bytes) -> Record:
        try:
            fields = json.loads(line)
            # Python reads NaN, and reads 1e999 as infinite. The output would not be JSON.
            json.dumps(fields, allow_nan=False)
        except (ValueError, RecursionError):
            raise InvalidRequestError("expected a JSON object with finite numbers") from None
        body = fields.get("modelInput") if isinstance(fields, dict) else None
        if not isinstance(body, dict):
            raise InvalidRequestError("expected a JSON object whose 'modelInput' is an object")
        name = fields.get("recordId")
        if name is None:
            name = str(number)
        if not isinstance(name, str) or not name:
            raise InvalidRequestError("expected a string of 1 or more characters as 'recordId'")
        return Record(name, body, self._class.from_dict(body))


def hash_of(model_input: Any) -> int:
    """Return a hash of *model_input*; equal inputs have equal hashes in one process."""
    return hash(json.dumps(model_input, sort_keys=True))
