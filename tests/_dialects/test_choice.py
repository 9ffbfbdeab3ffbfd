"""A choice of a completion as a generation."""

from __future__ import annotations

from typing import Any

import pytest

from cohere_aws import Generation, TokenLikelihood, ToolUse
from cohere_aws._dialects._choice import Choice

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
TEXT = {"type": "text", "text": "hi"}


def generation(text: str = "hi", **message: Any) -> Generation:
    choice = Choice()
    choice.message.add(message)
    return choice.generation(text, 0, "stop")


def test_text_alone_has_no_content() -> None:
    assert generation() == Generation("hi", index=0, finish_reason="stop")
    assert generation(content=None, tool_calls=None).content is None
    assert generation(tool_calls=[]).tool_calls is None


def test_tool_calls_come_after_the_text() -> None:
    found = generation(tool_calls=[CALL])
    assert found.content == [TEXT, CALL]
    assert found.tool_calls == [ToolUse("c", "f", {"a": 1})]
    assert generation("", tool_calls=[CALL]).content == [CALL]


def test_parts_are_kept_as_they_came() -> None:
    image = {"type": "image", "new": 1}
    assert generation(content=[TEXT, image]).content == [TEXT, image]
    assert generation(content=[TEXT, image], tool_calls=[CALL]).content == [TEXT, image, CALL]


def test_other_fields_are_in_extra() -> None:
    choice = Choice()
    choice.message.add({"role": "assistant", "reasoning_content": "hm"})
    choice.fields.add({"stop_reason": 518})
    choice.tokens.append(TokenLikelihood("hi", -1))
    found = choice.generation("hi", 2, None)
    message = {"role": "assistant", "reasoning_content": "hm"}
    assert found.extra == {"stop_reason": 518, "message": message}
    assert (found.index, found.token_likelihoods) == (2, [TokenLikelihood("hi", -1)])


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        ('{"a": [1]}', {"a": [1]}),
        (' {"a": 1}\n', {"a": 1}),
        ("5", 5),
        ("", ""),
        ('{"a": ', '{"a": '),
        ('{"a": 1} or so', '{"a": 1} or so'),
        ('{"a": NaN}', '{"a": NaN}'),
        ("[" * 100_000, "[" * 100_000),
        ({"a": 1}, {"a": 1}),
        (None, None),
    ],
)
def test_arguments_of_a_tool(arguments: Any, read: Any) -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": arguments}}
    assert generation(tool_calls=[call]).tool_calls == [ToolUse("c", "f", read)]


@pytest.mark.parametrize(
    ("call", "read"),
    [
        ({}, ToolUse(None, None, None)),
        ({"id": 0, "function": {"name": "f", "arguments": {}}}, ToolUse("0", "f", {})),
        ({"id": "c", "function": "f"}, ToolUse("c", None, None)),
        ({"id": "c", "function": {"name": 5}}, ToolUse("c", None, None)),
    ],
)
def test_calls_of_another_shape(call: dict[str, Any], read: ToolUse) -> None:
    found = generation("", tool_calls=[call])
    assert (found.content, found.tool_calls) == ([call], [read])
