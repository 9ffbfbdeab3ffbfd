"""Lines of Bedrock's batch inference: write the input of a job, and read its output.

A job reads ``.jsonl`` files from S3, and writes a ``.jsonl.out`` file there for each. A line is one
JSON object, called a record: ``{"recordId": …, "modelInput": {…}}``. The output adds
``modelOutput``, or ``error`` in its place. Its records may be in another order.

``modelInput`` is the body of a call to ``InvokeModel`` or ``Converse``, as the job says, and
``modelOutput`` is the body of the plain answer. So a request writes the one, and its dialect reads
the other, as in a single call. HTTP headers are missing: there is usage only if the body has it.

The functions take and return values, and do no I/O. Dask, Ray Data and Spark can map them over
lines, because requests and results can be pickled. Sources:
https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ._faults import service_error
from ._field import counted, extra_of, object_, python_type, quoted, string
from ._framing import DEFAULT_MAX_DEPTH, Framing
from ._generations import Generations
from ._request import Request
from ._results import copied
from .embeddings import Embeddings
from .error import (
    IncompleteStreamError,
    InvalidRequestError,
    MalformedStreamError,
    ServiceError,
    StreamError,
)
from .mode import Mode
from .response import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .embeddings import EmbeddingsByType

__all__ = ["BatchRecord", "read_line", "read_lines", "write_line"]

_KEYS = frozenset(("recordId", "modelInput", "modelOutput", "error"))
# The fields of an error that ServiceError has a place for, by their types.
_ERROR_TYPES: Mapping[str, tuple[type, ...]] = {"errorCode": (str, int), "errorMessage": (str,)}

# A body may be as deep here as in a single call; the line is one level around it.
_MAX_DEPTH = DEFAULT_MAX_DEPTH + 1


class BatchRecord(Record):
    """A line of the output of a job, with either an answer or an error.

    Attributes:
        record_id: The ID that the record has in the input. Bedrock makes one for a record without
            an ID.
        answer: The answer of the model: ``Generations``; in an Embed job, ``Embeddings`` or
            ``EmbeddingsByType``. ``None`` if there is an error.
        error: The error of the service or the model; ``None`` if there is an answer. It is a value,
            and not raised, so that the records after it can be read.
        model_input: The body of the request, where the line repeats it.
        extra: Fields of the line that no other attribute holds, unchanged; or ``None``.
    """

    record_id: str | None
    answer: Generations | Embeddings | EmbeddingsByType | None
    error: ServiceError | None
    model_input: Mapping[str, Any] | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        record_id: str | None,
        answer: Generations | Embeddings | EmbeddingsByType | None = None,
        error: ServiceError | None = None,
        *,
        model_input: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._set(
            record_id=record_id,
            answer=answer,
            error=error,
            model_input=model_input,
            extra=copied(extra),
        )

    def _values(self) -> dict[str, Any]:
        # For comparison: an exception equals only itself, so its fields take its place.
        return super()._values() | {"error": self.error and vars(self.error)}

    def __getstate__(self) -> dict[str, Any]:
        return super()._values()


def write_line(request: Request, record_id: str) -> str:
    """Return *request* as a line of the input of a job, without a newline at its end.

    Args:
        request: Any request to a model on Bedrock, such as an ``EmbedRequest``. A
            ``ConverseRequest`` is for jobs with ``modelInvocationType="Converse"``, and all others
            are for ``InvokeModel``.
        record_id: A string that identifies the record. Bedrock does not keep the order of records,
            and is not documented to check that IDs differ. Its older documentation asks for 11
            letters or digits.

    Raises:
        InvalidRequestError: *request* is not a request, or its models do not run on Bedrock;
            *record_id* is not a string, or is empty; or ``extra`` cannot be written as JSON.
    """
    if not isinstance(request, Request):
        raise InvalidRequestError(
            f"request is {python_type(request)}; expected a request, such as a GenerateRequest"
        )
    if Mode.BEDROCK not in request.modes:
        expected = " or ".join(map(str, request.modes))
        name = type(request).__name__
        raise InvalidRequestError(
            f"{name} is for {expected}; batch inference is for {Mode.BEDROCK}"
        )
    if not isinstance(record_id, str):
        raise InvalidRequestError(f"record_id is {python_type(record_id)}; expected a string")
    if not record_id:
        # Bedrock would make an ID, and the answer could not be matched with its request.
        raise InvalidRequestError("record_id is empty; expected at least 1 character")
    # The body is JSON text already, and json.dumps() escapes the newlines of strings.
    body = request._batch_body()  # noqa: SLF001  # of this package
    return f'{{"recordId": {json.dumps(record_id)}, "modelInput": {body}}}'


def read_line(line: str | bytes) -> BatchRecord:
    """Return the record in *line*, a line of the output of a job.

    The keys of the answer say which dialect it is.

    Args:
        line: The line, with or without the newline at its end.

    Raises:
        IncompleteStreamError: The line ends before its JSON object does, because the file is cut
            off, or the job is still writing it.
        MalformedStreamError: The line is not one JSON object.
        StreamError: The line has neither an answer nor an error; the answer belongs to no dialect;
            or a field has another type than documented. The message names the record and the field.
        InvalidRequestError: *line* is neither a string nor bytes.
    """
    fields = _parse(line)
    record_id = string(fields, "recordId")
    try:
        return _record(record_id, fields)
    except StreamError as error:
        name = "a record without an ID" if record_id is None else f"record {record_id!r:.40}"
        raise StreamError(f"{name}: {error}") from None


def read_lines(lines: Iterable[str | bytes]) -> Iterator[BatchRecord]:
    """Yield the record of each line, and skip blank lines. One line at a time is in memory.

    A malformed line ends the iteration with an error. To read the lines after it as well, call
    ``read_line`` for each line.

    Args:
        lines: A file, opened as text or binary, or another iterable of lines, such as
            ``iter_lines()`` of the body of an S3 object.

    Raises:
        StreamError: As for ``read_line``, with its subclasses. The message begins with the number
            of the line, from 1.
        InvalidRequestError: *lines* is a string or bytes, is not iterable, or yields another
            type.
    """
    if isinstance(lines, (str, bytes)) or not isinstance(lines, Iterable):
        found = python_type(lines)
        raise InvalidRequestError(f"lines is {found}; expected an open file, or a list of lines")
    return _records(lines)


def _records(lines: Iterable[str | bytes]) -> Iterator[BatchRecord]:
    # A generator of its own, so that read_lines() checks its argument when it is called.
    for number, line in enumerate(lines, start=1):
        if isinstance(line, (str, bytes)) and not line.strip():
            continue
        try:
            record = read_line(line)
        except StreamError as error:
            raise type(error)(f"line {number}: {error}") from None
        yield record


def _parse(line: str | bytes) -> dict[str, Any]:
    """Return the JSON object in *line*, parsed as strictly as an item of a stream."""
    if isinstance(line, str):
        # A lone surrogate passes here, and is then an error as any other text that is not UTF-8.
        data = line.encode(errors="surrogatepass")
    elif isinstance(line, bytes):
        data = line
    else:
        raise InvalidRequestError(f"line is {python_type(line)}; expected a string or bytes")
    # The line is in memory already, so its length has no limit here.
    framing = Framing(max_item_bytes=max(len(data), len("{}")), max_depth=_MAX_DEPTH)
    items = list(framing.feed(data))
    size = counted(len(data), "byte")
    if framing.finish():
        raise IncompleteStreamError(f"the line ends before its JSON object does, after {size}")
    if len(items) != 1:
        found = counted(len(items), "JSON value")
        raise MalformedStreamError(f"expected one JSON object in the line of {size}; found {found}")
    if not isinstance(items[0], dict):
        raise MalformedStreamError(f"expected a JSON object in the line of {size}; found an array")
    return items[0]


def _record(record_id: str | None, fields: Mapping[str, Any]) -> BatchRecord:
    extra = extra_of(fields, _KEYS) or {}
    output, reported = fields.get("modelOutput"), object_(fields, "error")
    answer: Generations | Embeddings | EmbeddingsByType | None = None
    error: ServiceError | None = None
    if reported:
        error = _error_of(reported)
        if rest := _unread_of(reported):
            extra["error"] = rest
    elif output is None:
        found = quoted(fields)
        raise StreamError(f"no 'modelOutput' and no 'error' in the line; it has {found}")
    else:
        try:
            answer = _answer_in(output)
        except ServiceError as caught:
            # The model reports an error in place of its answer. The frames of the traceback would
            # keep the line in memory.
            error = caught.with_traceback(None)
    if error is not None and output is not None:
        extra["modelOutput"] = output
    model_input = object_(fields, "modelInput")
    return BatchRecord(record_id, answer, error, model_input=model_input, extra=extra)


def _answer_in(output: Any) -> Generations | Embeddings | EmbeddingsByType:
    # No dialect of generated text has this key.
    if isinstance(output, Mapping) and output.get("embeddings") is not None:
        return Embeddings.from_dict(output)
    return Generations.from_dict(output)


def _unread_of(reported: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an error that are not documented, or have another type."""
    return {
        key: value
        for key, value in reported.items()
        if value is not None and not isinstance(value, _ERROR_TYPES.get(key, ()))
    }


def _error_of(reported: Mapping[str, Any]) -> ServiceError:
    code = reported.get("errorCode")
    # Documented as a number, which is an HTTP status; clients in use declare it as a string.
    digits = re.fullmatch("[45][0-9]{2}", str(code))
    status = int(digits[0]) if digits else None
    return service_error(code, {"message": reported.get("errorMessage")}, http_status=status)
