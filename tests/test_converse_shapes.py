"""The table of Converse's members and limits, compared with the service model of botocore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.validate import ParamValidator

from cohere_aws import _converse_shapes as shapes
from cohere_aws._rules import problems_with
from converse_shapes import (
    edges,
    faults,
    input_of,
    is_newest,
    members_of,
    needs_newest,
    smallest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# The rules of the table by the members of the request. Others are fields of dataclasses.
RULES = {
    "messages": shapes.MESSAGES,
    "system": shapes.SYSTEM,
    "toolConfig": shapes.TOOLS,
    "guardrailConfig": shapes.GUARDRAIL,
    "additionalModelResponseFieldPaths": shapes.FIELD_PATHS,
    "requestMetadata": shapes.METADATA,
    "promptVariables": shapes.PROMPT_VARIABLES,
    "performanceConfig": shapes.PERFORMANCE,
    "serviceTier": shapes.SERVICE_TIER,
    "outputConfig": shapes.OUTPUT,
}
MODEL = input_of("ConverseStream")
members = pytest.mark.parametrize("name", [name for name in RULES if name in MODEL.members])


def problems(name: str, value: Any) -> list[str]:
    return problems_with(name, RULES[name](value))


def test_the_table_has_each_member_of_a_request() -> None:
    others = {"inferenceConfig", "additionalModelRequestFields"}
    assert members_of(MODEL).keys() <= RULES.keys() | others
    if is_newest:
        assert members_of(MODEL).keys() == RULES.keys() | others


@needs_newest
@members
def test_each_limit_of_the_service_model_is_in_the_table(name: str) -> None:
    cases = list(faults(MODEL.members[name]))
    assert len(cases) > 2
    for path, value in cases:
        found = problems(name, value)
        assert any(each.startswith((f"{name}{path} ", f"{name}{path}[")) for each in found), (
            path,
            found,
        )


@needs_newest
@members
def test_values_at_the_limits_are_valid(name: str) -> None:
    for value in edges(MODEL.members[name]):
        assert problems(name, value) == []


@members
def test_all_that_the_table_accepts_passes_the_validation_of_botocore(name: str) -> None:
    shape = MODEL.members[name]
    for _, value in cases_of(shape):
        if not problems(name, value):
            report = ParamValidator().validate(value, shape)
            assert not report.has_errors(), report.generate_report()


def cases_of(shape: Any) -> Iterator[tuple[str, Any]]:
    if is_newest:  # an older one requires members that the newest does not
        yield from faults(shape)
    yield from (("", value) for value in edges(shape))
    yield "", smallest(shape)


@pytest.mark.parametrize(
    ("name", "is_valid"),
    [
        ("a", True),
        ("report (2) [final]-b", True),
        ("Übersicht 東京", True),
        ("a  b", False),
        ("a \nb", False),
        ("report.pdf", False),
        ("a_b", False),
        ("", False),
        ("a" * 200, True),
        ("a" * 201, False),
        ("a " * 100, True),
    ],
)
def test_names_of_documents(name: str, is_valid: bool) -> None:
    document = {"name": name, "source": {"text": "a"}}
    message = {"role": "user", "content": [{"document": document}]}
    assert (problems("messages", [message]) == []) is is_valid


def test_a_member_that_is_newer_than_the_table_is_left_to_botocore() -> None:
    block = {"hologram": {"format": "new"}}
    assert problems("messages", [{"role": "user", "content": [block], "mood": 1}]) == []
