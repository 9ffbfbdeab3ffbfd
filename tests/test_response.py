"""What all results have in common."""

from __future__ import annotations

from typing import ClassVar

import pytest

from cohere_aws.response import CohereObject


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
