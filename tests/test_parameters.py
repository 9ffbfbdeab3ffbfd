"""The base of requests and their parts: checks of all arguments, copies, pickles and signatures."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import InvalidRequestError
from cohere_aws._parameters import Parameters, copied_list, optional
from cohere_aws._rules import between, mapping, string, strings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class Part(Parameters):
    """A part of a request."""

    name: str = field(metadata={"rule": string})
    size: int | None = optional(between(1, 9, whole=True))
    words: Sequence[str] | None = optional(strings(), copy=tuple)
    labels: Mapping[str, str] | None = optional(mapping, copy=dict, hashable=False, member="Labels")

    @classmethod
    def _conflicts(cls, arguments: Mapping[str, Any]) -> list[str]:
        sizes = arguments.get("size"), arguments.get("words")
        return ["words exclude a size"] if None not in sizes else []


@dataclass(frozen=True, kw_only=True)
class Whole(Parameters):
    """A request with parameters of the model that it does not define."""

    size: int | None = optional(between(1, 9, whole=True))
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)


def _odd(value: Sequence[int]) -> list[str]:
    return [f"[{index}] is odd" for index, number in enumerate(value) if number % 2]


@dataclass(frozen=True, kw_only=True)
class Nested(Parameters):
    """Parameters with a value that has parts."""

    words: Sequence[int] | None = optional(_odd)


def test_a_copied_list_shares_nothing_with_its_values() -> None:
    values = [{"words": ["a"]}]
    copied = copied_list(value for value in values)
    values[0]["words"].append("b")
    assert copied == [{"words": ["a"]}]


def problem(class_: type[Parameters], **given: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        class_(**given)
    return str(caught.value)


def test_one_error_names_all_problems() -> None:
    assert problem(Part, size=10, words=[], sise=1, zzz=1) == (
        "5 problems:\n"
        "  name is missing\n"
        "  size is 10; expected an integer from 1 to 9\n"
        "  sise is not a parameter; did you mean size?\n"
        "  zzz is not a parameter; expected one of name, size, words, labels\n"
        "  words exclude a size"
    )


def test_a_workaround_needs_extra() -> None:
    assert problem(Whole, size=10) == (
        'size is 10; expected an integer from 1 to 9; to send it anyway: extra={"size": 10}'
    )
    assert problem(Whole, zzz=1) == (
        "zzz is not a parameter; pass other parameters of the model in extra"
    )


def test_none_is_not_checked() -> None:
    assert Part(name="a", size=None) == Part(name="a")
    assert problem(Part, name=None) == "name is missing"


def test_a_rule_may_find_problems_in_parts() -> None:
    assert problem(Nested, words=[1, 2, 3]) == "2 problems:\n  words[0] is odd\n  words[2] is odd"
    assert Nested(words=[]).words == []


def test_later_changes_do_not_reach_the_parameters() -> None:
    words, labels = ["a"], {"b": "c"}
    part = Part(name="a", words=words, labels=labels)
    words.append("b")
    labels["d"] = "e"
    assert (part.words, part.labels) == (("a",), {"b": "c"})
    with pytest.raises(FrozenInstanceError):
        part.name = "b"  # type: ignore[misc]


def test_parameters_are_values() -> None:
    part = Part(name="a", words=["b"], labels={"c": "d"})
    for twin in (pickle.loads(pickle.dumps(part)), copy.copy(part), copy.deepcopy(part)):
        assert (twin, hash(twin), type(twin)) == (part, hash(part), Part)
    assert hash(part) == hash(part.replace(labels=None))
    assert part.replace(words=None, size=3) == Part(name="a", size=3, labels={"c": "d"})
    with pytest.raises(InvalidRequestError, match=r"^size is 0"):
        part.replace(size=0, words=None)


def test_metadata_is_for_subclasses() -> None:
    assert Part.__dataclass_fields__["labels"].metadata["member"] == "Labels"


def test_the_signature_shows_the_parameters() -> None:
    assert [*inspect.signature(Part).parameters] == ["name", "size", "words", "labels"]
