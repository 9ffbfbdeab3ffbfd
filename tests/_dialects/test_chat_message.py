"""A message of Cohere's chat v2, whole and in parts."""

from __future__ import annotations

from typing import Any

import pytest

from cohere_aws import Generation, StreamError, ToolUse
from cohere_aws._dialects._chat_message import Message


def whole(**fields: Any) -> Generation:
    message = Message()
    message.add({"role": "assistant", **fields}, "message", begins=True)
    return message.generation("COMPLETE", {})


def parts(*found: tuple[int | None, bool, dict[str, Any]]) -> Message:
    """Return the message of parts, each with its index and whether it begins an object."""
    message = Message()
    for index, begins, part in found:
        message.add(part, "delta.message", index, begins=begins)
    return message


def text(value: str, **fields: Any) -> dict[str, Any]:
    return {"content": {"text": value, **fields}}


def test_a_whole_message() -> None:
    blocks = [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": " Oh", "new": 5}]
    calls = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": [1]}'}}]
    citations = [{"start": 0, "end": 2, "text": "Oh", "sources": [{"type": "tool", "id": "c:0"}]}]
    generation = whole(content=blocks, tool_calls=calls, citations=citations, tool_plan="I look.")
    assert (generation.text, generation.index, generation.finish) == (" Oh", 0, "complete")
    assert generation.content == [*blocks, *calls]
    assert generation.tool_calls == [ToolUse("c", "f", {"a": [1]})]
    assert generation.extra == {
        "message": {"role": "assistant", "tool_plan": "I look.", "citations": citations}
    }


def test_a_message_without_content() -> None:
    for nothing in ({}, {"content": [], "tool_plan": "", "tool_calls": [], "citations": None}):
        assert whole(**nothing) == Generation(
            "", index=0, finish_reason="COMPLETE", extra={"message": {"role": "assistant"}}
        )
    assert Message().generation(None, {"logprobs": [1]}).extra == {"logprobs": [1]}


def test_several_blocks_of_text() -> None:
    generation = whole(content=[{"type": "text", "text": "a"}, {"text": "b"}, {"type": "text"}])
    assert generation.text == "ab"
    assert generation.content == [{"type": "text", "text": "a"}, {"text": "b"}, {"type": "text"}]
    assert whole(content="a").content == [{"type": "text", "text": "a"}]


def test_a_text_of_another_block_is_not_the_text() -> None:
    image = {"type": "image_url", "text": "a caption"}
    generation = whole(content=[image, {"type": "text", "text": "a"}])
    assert (generation.text, generation.content) == ("a", [image, {"type": "text", "text": "a"}])
    streamed = parts((0, True, text("a", type="image_url")), (0, False, text("b")))
    assert streamed.text() == ""
    assert streamed.generation(None, {}).content == [{"type": "image_url", "text": "ab"}]


@pytest.mark.parametrize("type_", [5, False, ["text"], {"type": "text"}])
def test_a_block_with_a_type_that_is_not_a_string_is_not_text(type_: object) -> None:
    block = {"type": type_, "text": "a"}
    generation = whole(content=[block])
    assert (generation.text, generation.content) == ("", [block])


@pytest.mark.parametrize(
    ("arguments", "input_"),
    [
        ("", {}),
        ("null", {}),
        (None, {}),
        ("{}", {}),
        (" [1] ", [1]),
        ("{", "{"),
        ({"a": 1}, {"a": 1}),
        ("0", 0),
        ("false", False),
    ],
)
def test_the_arguments_of_a_tool(arguments: object, input_: object) -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": arguments}}
    generation = whole(tool_calls=[call])
    assert generation.tool_calls == [ToolUse("c", "f", input_)]
    assert type(generation.tool_calls[0].input) is type(input_)
    assert generation.content == [call]


@pytest.mark.parametrize("call", [{}, {"id": 5, "function": {"name": 5}}, {"function": "f"}])
def test_a_call_of_a_tool_with_fields_of_other_types(call: dict[str, Any]) -> None:
    generation = whole(tool_calls=[call])
    assert generation.tool_calls == [ToolUse(None, None, {})]
    assert generation.content == [call]


def test_parts_with_an_index() -> None:
    message = parts(
        (None, True, {"role": "assistant", "content": [], "tool_plan": ""}),
        (0, True, {"content": {"type": "thinking", "thinking": ""}}),
        (1, True, text("", type="text")),
        (0, False, {"content": {"thinking": "H"}}),
        (1, False, text("a")),
        (0, False, {"content": {"thinking": "m"}}),
        (1, False, text("b")),
        (2, False, text("c")),
        (None, False, {"tool_plan": "I "}),
        (None, False, {"tool_plan": "look."}),
        (0, True, {"tool_calls": {"id": "c", "function": {"name": "f", "arguments": ""}}}),
        (1, True, {"tool_calls": {"id": "d", "function": {"name": "g", "arguments": ""}}}),
        (0, False, {"tool_calls": {"function": {"arguments": '{"a":'}}}),
        (1, False, {"tool_calls": {"function": {"arguments": "[1]"}}}),
        (0, False, {"tool_calls": {"function": {"arguments": "1}"}}}),
    )
    generation = message.generation("TOOL_CALL", {})
    assert message.text() == generation.text == "abc"
    assert generation.content is not None
    assert generation.content[:3] == [
        {"type": "thinking", "thinking": "Hm"},
        {"type": "text", "text": "ab"},
        {"text": "c"},
    ]
    assert generation.tool_calls == [ToolUse("c", "f", {"a": 1}), ToolUse("d", "g", [1])]
    assert generation.extra == {"message": {"role": "assistant", "tool_plan": "I look."}}
    assert generation.finish == "tool_use"


def test_parts_without_an_index() -> None:
    message = parts(
        (None, False, text("a")),
        (None, False, text("b")),
        (None, True, text("", type="text")),
        (None, False, text("c")),
        (None, True, {"citations": {"start": 1, "end": 2}}),
        (None, True, {"citations": {"start": 3, "end": 4}}),
    )
    generation = message.generation(None, {})
    assert generation.content == [{"text": "ab"}, {"type": "text", "text": "c"}]
    citations = [{"start": 1, "end": 2}, {"start": 3, "end": 4}]
    assert generation.extra == {"message": {"citations": citations}}
    assert message.open_texts == {}


def test_an_index_that_begins_again() -> None:
    # Some servers of other dialects send the index 0 for each object.
    message = parts(
        (0, True, text("a", type="text")),
        (0, True, {"content": {"type": "thinking", "thinking": "b"}}),
        (0, False, {"content": {"thinking": "c"}}),
        (0, True, {"tool_calls": {"id": "c"}}),
        (0, True, {"tool_calls": {"id": "d"}}),
    )
    assert message.open_texts == {}
    assert message.generation(None, {}).content == [
        {"type": "text", "text": "a"},
        {"type": "thinking", "thinking": "bc"},
        {"id": "c"},
        {"id": "d"},
    ]


def test_the_pieces_of_a_block_can_be_appended_to() -> None:
    message = parts((1, True, text("a", type="text")))
    assert message.text() == "a"
    message.open_texts[1].append("b")
    assert message.text() == "ab"
    assert message.add(text("c"), "delta.message", 1, begins=False) == ("c", True)
    assert message.generation(None, {}).text == "abc"


def test_parts_that_disagree_are_reported() -> None:
    message = parts((0, True, {"role": "assistant", **text("a", type="text")}))
    for part in ({"role": "user"}, text("b", type="thinking"), {"content": {"id": "x"}}):
        expected = part == {"content": {"id": "x"}}
        assert message.add(part, "delta.message", 0, begins=False)[1] is expected
    assert message.generation(None, {}).content == [{"type": "text", "text": "a", "id": "x"}]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"role": 5}, "m.role is a number; expected a string"),
        ({"tool_plan": ["a"]}, "m.tool_plan is an array; expected a string"),
        ({"content": 5}, "m.content is a number; expected an object or array"),
        ({"tool_calls": "words"}, "m.tool_calls is a string; expected an object or array"),
        ({"citations": [{}, "words"]}, "m.citations[1] is a string; expected an object"),
        ({"content": [{"text": 5}]}, "m.content[0].text is a number; expected a string"),
        ({"content": {"text": 5}}, "m.content.text is a number; expected a string"),
    ],
)
def test_a_field_of_another_type_leaves_the_message_as_it_was(
    part: dict[str, Any], message: str
) -> None:
    joined = parts((0, True, text("a", type="text")))
    before = joined.generation(None, {})
    with pytest.raises(StreamError) as caught:
        joined.add({"content": {"text": "b"}, **part}, "m", 0, begins=False)
    assert str(caught.value) == message
    assert joined.generation(None, {}) == before
