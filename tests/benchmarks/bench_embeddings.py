"""Benchmarks of embeddings: reading a body, and converting the vectors to arrays.

The data is drawn at random, with as many digits as the service sends. Run them by
``pytest tests/benchmarks/bench_embeddings.py``.
"""

from __future__ import annotations

import io
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import Embeddings, Mode

if TYPE_CHECKING:
    from benchmarks.conftest import Figures

DIMENSION = 1536


def vectors_of(type_: str, count: int) -> list[list[Any]]:
    draw = random.Random(1)  # not for security
    if type_ == "float":
        return [[round(draw.gauss(0, 0.03), 9) for _ in range(DIMENSION)] for _ in range(count)]
    low, high = (-128, 127) if type_ == "int8" else (0, 255)
    return [[draw.randint(low, high) for _ in range(DIMENSION)] for _ in range(count)]


@pytest.mark.parametrize("type_", ["float", "int8", "uint8"])
def test_a_body(figures: Figures, type_: str) -> None:
    vectors = vectors_of(type_, 96)
    body = {"id": "r", "embeddings": vectors if type_ == "float" else {type_: vectors}}
    data = json.dumps(body, separators=(",", ":"))
    ratio = figures.versus(
        lambda: Embeddings.from_dict(json.loads(data)), lambda: json.loads(data), rounds=31
    )
    work = f"from_dict of 96 x 1,536 numbers ({type_}), against bare json.loads of the body"
    goal, met = ("<= 1.1", ratio <= 1.1) if type_ == "float" else ("", None)
    figures.row(work, f"{ratio:.2f} x the time", goal, met=met)


@pytest.mark.parametrize("type_", ["float", "int8"])
def test_a_response(figures: Figures, type_: str) -> None:
    data = json.dumps({"embeddings": {type_: vectors_of(type_, 96)}}).encode()
    ratio = figures.versus(
        lambda: Embeddings.from_response({"body": io.BytesIO(data)}, Mode.BEDROCK),
        lambda: json.loads(data),
        rounds=21,
    )
    work = f"from_response of the same ({type_}), against bare json.loads of the body"
    figures.row(work, f"{ratio:.2f} x the time", "", met=None)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_array(figures: Figures, dtype: str) -> None:
    np = pytest.importorskip("numpy")
    vectors = vectors_of("float", 1000)
    answer = Embeddings(vectors)
    assert np.array_equal(np.asarray(answer, dtype), np.array(vectors, dtype))
    ratio = figures.versus(lambda: np.asarray(answer, dtype), lambda: np.array(vectors, dtype))
    work = f"numpy.asarray of 1,000 x 1,536 floats ({dtype}), against numpy.array of the lists"
    figures.row(work, f"{ratio:.2f} x the time", "<= 1", met=ratio <= 1)
