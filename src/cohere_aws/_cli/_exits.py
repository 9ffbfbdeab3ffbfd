"""Exit statuses of the command, and errors as one line of text.

A script needs to know above all whether the same command may succeed later. So all retryable errors
have one status, whatever their class is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cohere_aws.error import CohereError, ServiceError, StreamError

from ._output import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FAILED_RECORDS",
    "FILE",
    "INTERRUPTED",
    "STATUSES",
    "USAGE",
    "line_of",
    "status_of",
]

FILE: Final = 1
USAGE: Final = 2  # the status of argparse
REFUSED: Final = 3
RETRYABLE: Final = 4
ANSWER: Final = 5
FAILED_RECORDS: Final = 6
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells report it

STATUSES: Mapping[int, str] = {
    0: "success",
    FILE: "a file, or standard output, cannot be read or written",
    USAGE: "the arguments, request or configuration are wrong; nothing was sent",
    REFUSED: "the service or the model answered with an error",
    RETRYABLE: "the call failed; the same command may succeed later",
    ANSWER: "the answer does not have a documented form",
    FAILED_RECORDS: "batch, read: some records are errors",
    INTERRUPTED: "interrupted by Ctrl-C",
}


def status_of(error: Exception) -> int:
    """Return the exit status for *error*."""
    if not isinstance(error, CohereError):
        return FILE
    if error.retryable:
        return RETRYABLE
    if isinstance(error, StreamError):
        return ANSWER
    if isinstance(error, ServiceError):
        return REFUSED
    # Other errors are raised before the call: the request breaks a limit, or boto3 did not find
    # credentials or a region.
    return USAGE


def line_of(error: Exception) -> str:
    """Return the message of *error* in one line, with control characters as escape sequences."""
    if isinstance(error, OSError) and error.strerror is not None:
        message = f"{error.filename or 'standard output'}: {error.strerror}"
    else:
        message = str(error)
    return visible(" ".join(message.split()))
