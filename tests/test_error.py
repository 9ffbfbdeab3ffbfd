"""The tree of errors, their fields, and pickling."""

from __future__ import annotations

import inspect
import pickle
from typing import TYPE_CHECKING

import pytest

from cohere_aws import Generation, Generations, error
from cohere_aws.error import (
    CohereError,
    IncompleteStreamError,
    IncompleteStreamWarning,
    InvalidRequestError,
    MalformedStreamError,
    ServiceError,
    StreamError,
    TransportError,
)
from cohere_aws.response import with_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

ERRORS = [
    value
    for value in vars(error).values()
    if inspect.isclass(value) and issubclass(value, CohereError)
]


def tree_of(kind: type, depth: int = 0) -> Iterator[str]:
    yield f"{'    ' * depth}{kind.__name__}"
    for child in kind.__subclasses__():
        yield from tree_of(child, depth + 1)


def test_the_docstring_of_the_module_shows_the_tree() -> None:
    assert error.__doc__ is not None
    tree = error.__doc__.split("::\n\n", 1)[1].split("\n\n", 1)[0].splitlines()
    shown = [line.translate(str.maketrans("├└│─", "    ")).split("(")[0] for line in tree]
    named = [f"{line[4 : len(line) - len(line.lstrip())]}{line.split()[0]}" for line in shown]
    assert named == list(tree_of(CohereError))


def test_an_invalid_request_is_a_value_error() -> None:
    assert issubclass(InvalidRequestError, ValueError)


def test_the_documented_arguments() -> None:
    caught = CohereError("went wrong", 429, {"x-amzn-requestid": "1"})
    assert (caught.message, caught.http_status) == ("went wrong", 429)
    assert caught.headers == {"x-amzn-requestid": "1"}
    assert str(caught) == "went wrong"
    assert repr(caught) == "CohereError(message='went wrong', http_status=429)"


def test_the_documented_defaults() -> None:
    caught = CohereError()
    assert (caught.message, caught.http_status, caught.headers) == (None, None, {})
    assert str(caught) == "<empty message>"
    assert repr(caught) == "CohereError(message=None, http_status=None)"


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_survives_pickle_with_all_its_fields(kind: type[CohereError]) -> None:
    caught = kind("went wrong", 503, {"a": "b"})
    caught.partial = Generations([Generation("so far")])
    caught.retryable = True
    caught.position = 7
    if isinstance(caught, ServiceError):
        caught.code, caught.original_status, caught.original_message = "code", 500, "words"
    copy = pickle.loads(pickle.dumps(caught))
    assert type(copy) is kind
    assert vars(copy) == vars(caught)
    assert str(copy) == "went wrong"


def test_the_fields_of_a_service_error() -> None:
    plain = ServiceError("went wrong")
    assert (plain.code, plain.retryable) == (None, False)
    assert (plain.original_status, plain.original_message) == (None, None)
    full = ServiceError(
        "went wrong", code="c", retryable=True, original_status=500, original_message="words"
    )
    assert (full.code, full.retryable) == ("c", True)
    assert (full.original_status, full.original_message) == (500, "words")


def test_which_errors_are_retryable() -> None:
    assert {kind for kind in ERRORS if kind("").retryable} == {
        TransportError,
        IncompleteStreamError,
    }
    assert not StreamError("").retryable
    assert not MalformedStreamError("").retryable


def test_the_warning_has_partial_results_and_survives_pickle() -> None:
    partial = Generations([Generation("so far")])
    warning = IncompleteStreamWarning("cut off", partial)
    assert isinstance(warning, UserWarning)
    copy = pickle.loads(pickle.dumps(warning))
    assert (str(copy), copy.partial) == ("cut off", partial)


def test_the_request_id() -> None:
    assert CohereError("wrong").request_id is None
    assert CohereError("wrong", 400, {"x-amzn-requestid": "r-1"}).request_id == "r-1"
    in_stream = CohereError("wrong")
    # An answer without generations has a length of 0, and is false.
    in_stream.partial = with_metadata(Generations([]), {"RequestId": "r-2"})
    assert in_stream.request_id == "r-2"
