"""The meaning of the reasons why a generation ends."""

from __future__ import annotations

from typing import get_args

import pytest

from cohere_aws import Generation
from cohere_aws._finish import _FINISHES, Finish, finish_of


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        (None, None),
        ("", None),
        ("COMPLETE", "complete"),
        ("MAX_TOKENS", "max_tokens"),
        ("ERROR_TOXIC", "filtered"),
        ("ERROR_LIMIT", "error"),
        ("length", "max_tokens"),
        ("eos_token", "complete"),
        ("tool_calls", "tool_use"),
        ("end_turn", "complete"),
        ("tool_use", "tool_use"),
        ("max_tokens", "max_tokens"),
        ("model_context_window_exceeded", "max_tokens"),
        ("stop_sequence", "stop_sequence"),
        ("guardrail_intervened", "filtered"),
        ("content_filtered", "filtered"),
        ("malformed_model_output", "error"),
        ("malformed_tool_use", "error"),
        ("SOMETHING_NEW", "other"),
    ],
)
def test_a_reason_has_one_meaning(reason: str | None, finish: Finish | None) -> None:
    assert finish_of(reason) == finish
    assert Generation("a", finish_reason=reason).finish == finish


def test_every_meaning_is_used() -> None:
    assert {*_FINISHES.values(), "other"} == set(get_args(Finish))


def test_a_reader_may_give_a_reason_another_meaning() -> None:
    generation = Generation("a", finish_reason="stop", finish="stop_sequence")
    assert (generation.finish_reason, generation.finish) == ("stop", "stop_sequence")
