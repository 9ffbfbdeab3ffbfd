"""Parameters that are written and read in the names of the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from cohere_aws import InvalidRequestError
from cohere_aws._parameters import optional
from cohere_aws._rules import between, strings
from cohere_aws._service_parameters import ServiceParameters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


@dataclass(frozen=True, kw_only=True)
class Sampling(ServiceParameters):
    """Parameters with other names in the service."""

    top_p: float | None = optional(between(0, 1), member="topP")
    stop: Sequence[str] | None = optional(strings(), copy=tuple, member="stopSequences")


@dataclass(frozen=True, kw_only=True)
class Whole(ServiceParameters):
    """Parameters with a part."""

    sampling: Sampling | None = field(
        default=None, metadata={"rule": lambda _: None, "member": "samplingConfig"}
    )


def problem(members: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        Sampling.from_dict(members)
    return str(caught.value)


def test_a_dict_has_the_names_of_the_service() -> None:
    sampling = Sampling(top_p=0.5, stop=["a"])
    members = {"topP": 0.5, "stopSequences": ["a"]}
    assert sampling.to_dict() == members
    assert Sampling.from_dict(members) == sampling
    assert Sampling().to_dict() == {}
    assert Sampling.from_dict({}) == Sampling.from_dict({"topP": None}) == Sampling()
    assert Whole(sampling=sampling).to_dict() == {"samplingConfig": members}


def test_one_error_names_all_problems() -> None:
    assert problem({"topP": 2, "top_p": 1, "seed": 7}) == (
        "3 problems:\n"
        "  top_p is not a parameter; did you mean topP?\n"
        "  seed is not a parameter; expected one of topP, stopSequences\n"
        "  top_p is 2; expected a number from 0 to 1"
    )
    assert problem([1]) == "members is a list of 1 item; expected a dict with strings for keys"
