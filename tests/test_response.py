"""What all results have in common, and what those that are values have besides."""

from __future__ import annotations

import copy
import pickle
from typing import Any, ClassVar

import pytest

from cohere_aws.response import CohereObject, Record


class Sample(CohereObject):
    _documented: ClassVar = ("token", "likelihood")

    def __init__(self) -> None:
        self.token = " a"
        self.likelihood = None
        self.id = None
        self.index = 0
        self._hidden = "never shown"


def test_the_documented_repr_without_new_fields_that_are_none() -> None:
    assert repr(Sample()) == "cohere.Sample {\n\ttoken:  a\n\tlikelihood: None\n\tindex: 0\n}"


def test_fields_read_like_keys() -> None:
    sample = Sample()
    assert sample["token"] == sample.token == sample.get("token")
    assert sample["likelihood"] is None
    assert "token" in sample
    assert "likelihood" not in sample  # a dict of the service would not have it
    assert sample.get("likelihood", 1.0) == 1.0
    assert sample.get("unknown") is None


@pytest.mark.parametrize("key", ["unknown", "_hidden", "get", 0])
def test_an_unknown_key_names_the_fields(key: object) -> None:
    with pytest.raises(KeyError, match=r"no field of Sample; it has token, likelihood, id, index"):
        Sample()[key]
    assert key not in Sample()


class Value(Record):
    def __init__(self, *, name: str, parts: list[Any]) -> None:
        self._set(name=name, parts=parts, _hidden=object())


class Other(Value):
    pass


def test_records_are_equal_by_value_and_by_kind() -> None:
    assert Value(name="a", parts=[1]) == Value(name="a", parts=[1])
    assert Value(name="a", parts=[1]) != Value(name="b", parts=[1])
    assert Value(name="a", parts=[1]) != Value(name="a", parts=[2])
    assert Value(name="a", parts=[]) != Other(name="a", parts=[])
    assert Value(name="a", parts=[]) != "a"


def test_records_can_be_hashed_though_they_hold_lists() -> None:
    assert (
        len({Value(name="a", parts=[1]), Value(name="a", parts=[1]), Value(name="b", parts=[])})
        == 2
    )


def test_records_are_frozen() -> None:
    value = Value(name="a", parts=[])
    with pytest.raises(AttributeError, match=r"Value\.name cannot be set: a result is frozen"):
        value.name = "b"
    with pytest.raises(AttributeError, match=r"Value\.name cannot be deleted: a result is frozen"):
        del value.name


def test_copies_and_pickles_take_the_fields_alone() -> None:
    value = Value(name="a", parts=[1])
    for twin in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert twin == value
        assert list(vars(twin)) == ["name", "parts"]
