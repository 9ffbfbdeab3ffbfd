"""Vectors: the checks that need no Python code for each number, and arrays of numpy."""

from __future__ import annotations

import base64
import math
import re
import struct
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import StreamError
from cohere_aws._vectors import TYPES, as_array, check_types, check_vectors, decoded

INT8 = {"int8", "binary"}
UINT8 = {"uint8", "ubinary"}
LARGE = 10**400  # a JSON integer above any float


def encoded(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


@pytest.mark.parametrize(
    ("type_", "vectors"),
    [
        ("float", []),
        ("float", [[]]),
        ("float", [[0.5, -1.0, 0, 1], [1e-45, 1e300, -0.0, 7]]),
        ("float", [[1e308, 1e308]]),  # finite, and their sum is not
        ("float", [[LARGE, 0.5]]),  # likewise
        ("int8", [[-128, 127, 0]]),
        ("uint8", [[0, 255]]),
        ("binary", [[-128], [127]]),
        ("ubinary", [[255], [0]]),
        ("base64", []),
        ("base64", [encoded([0.5, 1.0]), encoded([0.25, -1.0])]),
        ("float16", ["of a type that is not documented"]),
    ],
)
def test_valid_vectors(type_: str, vectors: list[Any]) -> None:
    check_vectors(vectors, type_, "embeddings")


@pytest.mark.parametrize(
    ("type_", "vectors", "message"),
    [
        ("float", None, "embeddings is null; expected an array of vectors"),
        ("float16", {}, "embeddings is an object; expected an array of vectors"),
        ("float", [[0.5], 0.5], "embeddings[1] is a number; expected an array of numbers"),
        ("float", ["secret"], "embeddings[0] is a string; expected an array of numbers"),
        ("float", [[0.5, "secret"]], "embeddings[0][1] is a string; expected a finite number"),
        ("float", [[None]], "embeddings[0][0] is null; expected a finite number"),
        ("float", [[[0.5]]], "embeddings[0][0] is an array; expected a finite number"),
        ("float", [[{}]], "embeddings[0][0] is an object; expected a finite number"),
        ("float", [[1.0, math.inf]], "embeddings[0][1] is a number; expected a finite number"),
        ("float", [[math.inf, -math.inf]], "embeddings[0][0] is a number; expected a finite"),
        ("float", [[math.nan]], "embeddings[0][0] is a number; expected a finite number"),
        ("float", [[True, None]], "embeddings[0][0] is a boolean; expected a finite number"),
        ("int8", [[0, 128]], "embeddings[0][1] is a number; expected an integer of -128 to 127"),
        ("binary", [[-129]], "embeddings[0][0] is a number; expected an integer of -128 to 127"),
        ("uint8", [[-1]], "embeddings[0][0] is a number; expected an integer of 0 to 255"),
        ("ubinary", [[256]], "embeddings[0][0] is a number; expected an integer of 0 to 255"),
        ("uint8", [[1.0]], "embeddings[0][0] is a number; expected an integer of 0 to 255"),
        ("uint8", [[LARGE]], "embeddings[0][0] is a number; expected an integer of 0 to 255"),
        ("uint8", [["1"]], "embeddings[0][0] is a string; expected an integer of 0 to 255"),
        ("float", [[0.5], [0.5, 1]], "embeddings[1] has 2 numbers; expected 1, as embeddings[0]"),
        ("int8", [[0, 1], [0]], "embeddings[1] has 1 number; expected 2, as embeddings[0]"),
        ("base64", [5], "embeddings[0] is a number; expected a string of base64"),
        ("base64", ["sec?ret"], "embeddings[0] is not base64 of 32-bit floats"),
        ("base64", ["AAAA?AA=="], "embeddings[0] is not base64 of 32-bit floats"),
        ("base64", ["é"], "embeddings[0] is not base64 of 32-bit floats"),
        ("base64", ["AAAAAAA="], "embeddings[0] is not base64 of 32-bit floats"),
        ("base64", ["AAAAAA==", ""], "embeddings[1] has 0 numbers; expected 1, as embeddings[0]"),
    ],
)
def test_vectors_that_are_not_valid(type_: str, vectors: Any, message: str) -> None:
    with pytest.raises(StreamError, match="^" + re.escape(message)) as caught:
        check_vectors(vectors, type_, "embeddings")
    # A traceback shows no content, either.
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_all_types_have_the_same_number_of_vectors() -> None:
    check_types({"base64": None, "float": [[0.5], [1.5]], "int8": [[1], [2]]}, "here")
    with pytest.raises(StreamError, match=r"^here\.int8 has 1 vector; expected 2, as the types"):
        check_types({"float": [[0.5], [1.5]], "int8": [[1]]}, "here")
    with pytest.raises(StreamError, match=f"^here\\.{'x' * 40} is a number; expected an array"):
        check_types({"x" * 99: 5}, "here")


@pytest.mark.parametrize("type_", ["float", "int8", "uint8"])
def test_a_boolean_alone_is_not_noticed(type_: str) -> None:
    # The documented limit of the check. It counts as the number that numpy makes of it.
    check_vectors([[True, False]], type_, "embeddings")
    assert as_array([[True, False]], type_, None, None).tolist() == [[1, 0]]


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite | st.integers()))
def test_any_finite_numbers_are_valid(vector: list[float]) -> None:
    check_vectors([vector], "float", "")


@given(st.sampled_from(sorted(INT8 | UINT8)), st.lists(st.integers(-300, 300)))
def test_integers_are_valid_in_their_range(type_: str, vector: list[int]) -> None:
    low, high = (-128, 127) if type_ in INT8 else (0, 255)
    if all(low <= number <= high for number in vector):
        check_vectors([vector], type_, "")
    else:
        with pytest.raises(StreamError, match=rf"expected an integer of {low} to {high}$"):
            check_vectors([vector], type_, "")


@given(st.lists(st.floats(width=32, allow_nan=False)))
def test_base64_is_decoded(vector: list[float]) -> None:
    assert decoded(encoded(vector)) == vector


DTYPES = {
    "float": "float64",
    "base64": "float32",
    "int8": "int8",
    "uint8": "uint8",
    "binary": "int8",
    "ubinary": "uint8",
}


@pytest.mark.parametrize("type_", TYPES)
def test_each_type_has_its_dtype(type_: str) -> None:
    array = as_array([encoded([1.0, 2.0])] if type_ == "base64" else [[1, 2]], type_, None, None)
    assert array.dtype == DTYPES[type_]
    assert array.tolist() == [[1, 2]]
    array[0, 0] = 3  # it can be written
    assert as_array([], type_, None, None).dtype == DTYPES[type_]


def test_a_type_that_is_not_documented_has_the_dtype_that_numpy_finds() -> None:
    assert as_array([[1, 2]], "int16", None, None).dtype == np.array([1]).dtype
    assert as_array([[1, 2]], "int16", "int16", None).dtype == "int16"


matrices = st.integers(0, 3).flatmap(
    lambda size: st.lists(st.lists(finite | st.integers(-9, 9), min_size=size, max_size=size))
)


@given(matrices, st.sampled_from([None, "float64", "float32", ">f8", "float16", "int32"]))
def test_an_array_is_that_of_numpy(vectors: list[list[float]], dtype: str | None) -> None:
    def made(make: Any) -> Any:
        try:
            with np.errstate(all="ignore"):
                return make()
        except (OverflowError, ValueError) as error:
            return type(error)

    expected = made(lambda: np.array(vectors, dtype or "float64"))
    found = made(lambda: as_array(vectors, "float", dtype, None))
    assert (found is expected) if isinstance(found, type) else np.array_equal(found, expected)
    if not isinstance(found, type):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)


def test_a_number_above_float32_becomes_infinite() -> None:
    assert as_array([[1e300]], "float", "float32", None).tolist() == [[math.inf]]


@pytest.mark.parametrize(
    ("type_", "vectors"),
    [("int8", [[1], [2]]), ("int8", []), ("int16", [[1], [2]]), ("int16", [1])],
)
def test_integers_as_floats(type_: str, vectors: list[Any]) -> None:
    array = as_array(vectors, type_, "float32", None)
    assert (array.dtype, array.tolist()) == ("float32", vectors)


def test_vectors_of_several_lengths_have_the_error_of_numpy() -> None:
    with pytest.raises(ValueError, match="inhomogeneous"):
        as_array([[0.5], [0.5, 1.0]], "float", None, None)


def test_an_array_is_always_a_copy() -> None:
    with pytest.raises(ValueError, match="their array is always a copy"):
        as_array([[0.5]], "float", None, copy=False)
    assert as_array([[0.5]], "float", None, copy=True).tolist() == [[0.5]]


def test_numpy_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, cohere_aws.embeddings; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
