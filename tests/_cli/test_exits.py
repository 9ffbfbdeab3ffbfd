"""Exit statuses, and errors as one line."""

from __future__ import annotations

import pytest

from cohere_aws import (
    CohereError,
    IncompleteStreamError,
    InvalidRequestError,
    MalformedStreamError,
    ServiceError,
    TransportError,
)
from cohere_aws._cli._exits import STATUSES, line_of, status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (FileNotFoundError(2, "No such file"), 1),
        (ValueError("x"), 1),
        (CohereError("no region"), 2),
        (InvalidRequestError("a limit"), 2),
        (ServiceError("no", 403), 3),
        (ServiceError("later", 429, retryable=True), 4),
        (TransportError("reset"), 4),
        (IncompleteStreamError("cut off"), 4),
        (MalformedStreamError("not JSON"), 5),
    ],
)
def test_the_status_of_each_error(error: Exception, status: int) -> None:
    assert status_of(error) == status
    assert status in STATUSES


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FileNotFoundError(2, "No such file", "a.txt"), "a.txt: No such file"),
        (OSError(28, "No space left"), "standard output: No space left"),
        (OSError("only a message"), "only a message"),
        (ServiceError("two\n  lines \x1b[31m"), r"two lines \x1b[31m"),
        (InvalidRequestError("a limit"), "a limit"),
    ],
)
def test_an_error_is_one_line(error: Exception, line: str) -> None:
    assert line_of(error) == line
