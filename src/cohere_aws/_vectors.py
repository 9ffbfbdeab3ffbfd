"""Check vectors as they come from JSON, and convert them to arrays of numpy.

An answer of Embed has up to some hundred thousand numbers, so no Python code runs for each of them:

* ``check_vectors`` adds up the numbers of a float vector. That fails for a string, ``null``, an
  array or an object among them, and a sum is finite only if all of its numbers are. It packs the
  numbers of an integer vector as bytes, which also fails for a fraction and outside the range. Only
  a vector that fails is searched in Python, for the position that the error names. Not found:
  ``true`` and ``false``, which count as 1 and 0 in both operations. To look at the type of each
  number would take twice as long as the sum.
* ``as_array`` packs vectors into one buffer of floats, which takes less than half the time that
  numpy needs for the same lists.

numpy is imported only when an array is asked for.
"""

from __future__ import annotations

from base64 import b64decode
from math import isfinite
from struct import Struct, error
from typing import TYPE_CHECKING, Any

from ._field import counted, is_finite, kind
from .error import StreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["TYPES", "as_array", "check_types", "check_vectors", "decoded"]

# The types of vectors that Cohere documents, the most precise first, each with the character that
# struct and numpy have for one number. In base64, a vector is a string of 32-bit floats. A binary
# vector has 8 dimensions in each number.
# https://docs.cohere.com/reference/embed#response.body.embeddings
TYPES = {"float": "d", "base64": "f", "int8": "b", "uint8": "B", "binary": "b", "ubinary": "B"}

_SHOWN_CHARACTERS = 40  # of the name of a type, in an error; Cohere's have up to 7
_RANGES = {"b": range(-128, 128), "B": range(256)}


def check_vectors(vectors: object, type_: str, where: str) -> None:
    """Check the vectors of one type; an error calls them *where*.

    Vectors of a type that is not in ``TYPES`` are checked to be an array, and no further.

    Raises:
        StreamError: A vector or a number has another type, or the vectors differ in length.
    """
    if not isinstance(vectors, list):
        raise StreamError(f"{where} is {kind(vectors)}; expected an array of vectors")
    if type_ == "base64":
        sizes = [_decoded_size(text, f"{where}[{i}]") for i, text in enumerate(vectors)]
    elif type_ in TYPES:
        sizes = [_size(vector, TYPES[type_], f"{where}[{i}]") for i, vector in enumerate(vectors)]
    else:
        return
    for i, size in enumerate(sizes):
        if size != sizes[0]:
            found = f"{where}[{i}] has {counted(size, 'number')}"
            raise StreamError(f"{found}; expected {sizes[0]}, as {where}[0]")


def check_types(by_type: Mapping[str, Any], where: str) -> None:
    """Check the vectors of each type, and that all types have the same number of them.

    An error calls them *where*. A type may be ``None``.

    Raises:
        StreamError: As for ``check_vectors``, or the types differ in the number of vectors.
    """
    first = ""
    for type_, vectors in by_type.items():
        if vectors is None:
            continue
        path = f"{where}.{type_[:_SHOWN_CHARACTERS]}"
        check_vectors(vectors, type_, path)
        first = first or type_
        if len(vectors) != len(by_type[first]):
            found = f"{path} has {counted(len(vectors), 'vector')}"
            raise StreamError(f"{found}; expected {len(by_type[first])}, as the types before it")


def _size(vector: object, code: str, where: str) -> int:
    if not isinstance(vector, list):
        raise StreamError(f"{where} is {kind(vector)}; expected an array of numbers")
    if not _are_valid(vector, code):
        is_valid, expected = _rule(code)
        # If all of them are valid, only their sum is not finite.
        for i, value in enumerate(vector):
            if not is_valid(value):
                raise StreamError(f"{where}[{i}] is {kind(value)}; expected {expected}")
    return len(vector)


def _are_valid(vector: list[Any], code: str) -> bool:
    """Return whether all numbers are valid; where it is ``False``, they may be all the same."""
    try:
        if code == "d":
            return isfinite(sum(vector))
        Struct(f"{len(vector)}{code}").pack(*vector)
    except (TypeError, OverflowError, error):
        return False
    return True


def _rule(code: str) -> tuple[Callable[[object], bool], str]:
    if code == "d":
        return is_finite, "a finite number"
    allowed = _RANGES[code]
    expected = f"an integer of {allowed.start} to {allowed.stop - 1}"
    return lambda value: type(value) is int and value in allowed, expected


def _decoded_size(text: object, where: str) -> int:
    if not isinstance(text, str):
        raise StreamError(f"{where} is {kind(text)}; expected a string of base64")
    try:
        return len(decoded(text))
    except (ValueError, error):
        # The error of the codec is left out, because it may quote the content.
        raise StreamError(f"{where} is not base64 of 32-bit floats") from None


def decoded(text: str) -> list[float]:
    """Return the vector that *text* is the base64 of: floats of 32 bits, the lowest byte first.

    Raises:
        ValueError: *text* is not base64.
        struct.error: The size is not that of whole floats.
    """
    data = b64decode(text, validate=True)
    return list(Struct(f"<{len(data) // 4}f").unpack(data))


def as_array(vectors: Sequence[Any], type_: str, dtype: Any, copy: bool | None) -> Any:  # noqa: FBT001  # as numpy calls __array__
    """Return *vectors* as an array of numpy; by default, of the dtype of their type."""
    if copy is False:
        raise ValueError("vectors are lists of Python, so their array is always a copy")
    import numpy as np  # noqa: PLC0415  # not a dependency; a caller of __array__ has it

    code = TYPES.get(type_)
    if dtype is None:
        dtype = code  # None for an unknown type: numpy finds a dtype that fits
    if type_ == "base64":
        vectors = [decoded(text) for text in vectors]
    wanted = None if dtype is None else np.dtype(dtype)
    # Equal dtypes have the byte order of this machine, which struct writes as well.
    if code and vectors and wanted in (np.float32, np.float64):
        shape = len(vectors), len(vectors[0])
        row = Struct(f"{shape[1]}{wanted.char}")
        buffer = bytearray(row.size * len(vectors))  # not bytes: numpy would not write to them
        try:
            for i, vector in enumerate(vectors):
                row.pack_into(buffer, i * row.size, *vector)
        except error:
            pass  # not all are numbers, or of one length: the error of numpy says more
        else:
            return np.frombuffer(buffer, wanted).reshape(shape)
    return np.array(vectors, wanted)
