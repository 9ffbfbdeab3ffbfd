"""The message of a generation, checked by botocore as the input of the next request."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.validate import ParamValidator
from hypothesis import given

from cohere_aws import Generation, Generations, InvalidRequestError, ToolUse
from cohere_aws.testing._botocore import operation_model
from converse_messages import body_of, messages

MODEL = operation_model("bedrock-runtime", "Converse")
# A member that botocore has known since all blocks of answers are in its model.
KNOWS_ALL = (
    "audio" in MODEL.input_shape.members["messages"].member.members["content"].member.members
)
# The members that only requests have.
FOR_REQUESTS = {"guardContent", "cachePoint", "toolAddition", "toolRemoval"}


def problems(message: dict[str, Any]) -> str:
    """Return what botocore finds wrong with *message* in a request."""
    request = {"modelId": "m", "messages": [message]}
    report: str = ParamValidator().validate(request, MODEL.input_shape).generate_report()
    return report


def message_of(*blocks: Any, **fields: Any) -> dict[str, Any]:
    fields = {"finish_reason": "end_turn", **fields}
    return Generation("a text", content=[*blocks], **fields).message()


def block_shape() -> Any:
    return MODEL.input_shape.members["messages"].member.members["content"].member


def samples(shape: Any, words: Any) -> list[Any]:
    """Return values with all members of *shape*; several where a union allows one at a time."""
    if getattr(shape, "is_document_type", False):
        return [{"a": [1, None]}]
    if shape.type_name == "structure":
        if shape.is_tagged_union or shape.name in ("ContentBlock", "ToolResultContentBlock"):
            members = [(n, s) for n, s in shape.members.items() if n not in FOR_REQUESTS]
            return [{name: each} for name, inner in members for each in samples(inner, words)]
        found = {name: samples(inner, words) for name, inner in shape.members.items()}
        count = max(map(len, found.values()), default=1)
        return [{name: each[i % len(each)] for name, each in found.items()} for i in range(count)]
    if shape.type_name == "list":
        return [samples(shape.member, words)]
    if shape.type_name == "string":
        return [shape.enum[0] if shape.enum else words()]
    return [{"blob": b"\x00\xff", "integer": 5, "long": 5, "boolean": True}[shape.type_name]]


def every_block() -> list[dict[str, Any]]:
    return samples(block_shape(), lambda: "a word")


@pytest.mark.parametrize("block", every_block(), ids=lambda block: next(iter(block)))
def test_all_that_the_service_model_knows_is_kept(block: dict[str, Any]) -> None:
    found = message_of(block)
    assert found == {"role": "assistant", "content": [block]}
    assert problems(found) == ""


def with_unknown_members(value: Any) -> Any:
    if isinstance(value, list):
        return [with_unknown_members(each) for each in value]
    if isinstance(value, dict) and "a" not in value:  # not that of a document
        return {**{k: with_unknown_members(v) for k, v in value.items()}, "new": {"b": 1}}
    return value


@pytest.mark.parametrize("block", every_block(), ids=lambda block: next(iter(block)))
def test_unknown_members_are_left_out(block: dict[str, Any]) -> None:
    more = with_unknown_members(block)
    before = copy.deepcopy(more)
    assert message_of(more)["content"] == [block]
    assert more == before


@pytest.mark.skipif(not KNOWS_ALL, reason="this version of botocore does not know all blocks")
@given(messages())
def test_the_message_of_an_answer_is_valid(drawn: list[dict[str, Any]]) -> None:
    (generation,) = Generations.from_dict(body_of(drawn))
    try:
        found = generation.message()
    except InvalidRequestError:
        assert not generation.text.strip()
        return
    assert problems(found) == ""
    again = Generation("", content=found["content"], finish_reason="end_turn")
    assert again.message() == found


@pytest.mark.parametrize(
    "block",
    [
        {},
        {"text": ""},
        {"text": " \n\u3000"},
        {"text": None},
        {"SDK_UNKNOWN_MEMBER": {"name": "audio"}},
        {"newKind": {"text": "b"}},
        {"cachePoint": {"type": "default"}},
        {"text": "b", "toolUse": {"toolUseId": "t", "name": "n", "input": {}}},
        {"toolUse": {"input": {}}},
        {"toolUse": {"toolUseId": "t", "input": {}}},
        {"toolUse": {"toolUseId": "", "name": "n", "input": {}}},
        {"toolUse": "words"},
        {"toolResult": {"content": []}},
        {"toolResult": {"toolUseId": "t", "content": "words"}},
        {"reasoningContent": {}},
        {"reasoningContent": {"reasoningText": {"text": " "}}},
        {"reasoningContent": {"reasoningText": {"signature": "s"}}},
        {"reasoningContent": {"redactedContent": b""}},
        {"reasoningContent": {"redactedContent": "QQ=="}},
        {"reasoningContent": {"SDK_UNKNOWN_MEMBER": {"name": "x"}}},
        {"citationsContent": {"content": [{"text": " "}], "citations": [{"title": "a"}]}},
        {"citationsContent": {"citations": []}},
        {"image": {"format": "png"}},
        {"image": {"format": "png", "error": {"message": "m"}}},
        {"image": {"format": "png", "source": {"bytes": b"a", "s3Location": {"uri": "s3://a"}}}},
    ],
    ids=str,
)
def test_a_block_that_converse_refuses_is_left_out(block: dict[str, Any]) -> None:
    assert message_of(block, {"text": "b"})["content"] == [{"text": "b"}]
    with pytest.raises(InvalidRequestError) as caught:
        message_of(block)
    assert str(caught.value) == "the generation has no content that Converse accepts in a message"


@pytest.mark.parametrize("value", ['{"a', "", None, [1], 5])
def test_the_input_of_a_tool_that_is_not_an_object(value: Any) -> None:
    use = {"toolUseId": "t", "name": "n"}
    for fields in ({**use, "input": value}, use):
        found = message_of({"toolUse": fields})
        assert found["content"] == [{"toolUse": {**use, "input": {}}}]
        assert problems(found) == ""


def test_the_type_of_a_tool_call() -> None:
    use = {"toolUseId": "t", "name": "n", "input": {}}
    found = message_of({"toolUse": {**use, "type": "tool_use"}})
    assert found["content"] == [{"toolUse": use}]
    server = {"toolUse": {**use, "type": "server_tool_use"}}
    assert message_of(server)["content"] == [server]


def test_parts_of_a_block_that_converse_refuses() -> None:
    result = {
        "toolUseId": "t",
        "status": "running",
        "content": [{"text": ""}, {"json": [1]}, {"json": {}}, {"SDK_UNKNOWN_MEMBER": {}}],
    }
    found = message_of({"toolResult": result})
    assert found["content"] == [{"toolResult": {"toolUseId": "t", "content": [{"json": {}}]}}]
    citation = {"title": "a", "location": {"SDK_UNKNOWN_MEMBER": {"name": "x"}}}
    cited = {"content": [{"text": "b"}, {}], "citations": [citation, {}, {"location": {"web": {}}}]}
    assert message_of({"citationsContent": cited})["content"] == [
        {"citationsContent": {"content": [{"text": "b"}], "citations": [{"title": "a"}]}}
    ]
    place = {"documentIndex": -1, "start": "0", "end": 5}
    cited = {"content": [{"text": "b"}], "citations": [{"location": {"documentChar": place}}]}
    (block,) = message_of({"citationsContent": cited})["content"]
    assert block["citationsContent"]["citations"] == [{"location": {"documentChar": {"end": 5}}}]
    document = {"name": "n", "source": {"text": "a"}, "citations": {"enabled": 5}}
    assert message_of({"document": document})["content"] == [
        {"document": {"name": "n", "source": {"text": "a"}}}
    ]


def reasoning(**fields: str) -> dict[str, Any]:
    return {"reasoningContent": {"reasoningText": fields}}


def test_reasoning_goes_back_with_its_signature() -> None:
    for block in (reasoning(text="a", signature="s"), reasoning(text="", signature="s")):
        assert message_of(block)["content"] == [block]
        assert message_of(block, finish_reason="max_tokens")["content"] == [block]
    # Nova refuses an empty signature.
    assert message_of(reasoning(text="a", signature=""))["content"] == [reasoning(text="a")]


@pytest.mark.parametrize("reason", [None, "max_tokens"])
def test_reasoning_that_was_cut_off_is_left_out(reason: str | None) -> None:
    blocks = [{"text": "a"}, reasoning(text="b")]
    assert message_of(*blocks, finish_reason=reason)["content"] == [{"text": "a"}]
    assert message_of(*blocks)["content"] == blocks
    assert message_of(*blocks[::-1], finish_reason=reason)["content"] == blocks[::-1]
    with pytest.raises(InvalidRequestError):
        message_of(reasoning(text="b"), finish_reason=reason)
    for odd in ({"reasoningContent": "b"}, {"reasoningContent": {"reasoningText": "b"}}):
        assert message_of({"text": "a"}, odd, finish_reason=reason)["content"] == [{"text": "a"}]


@pytest.mark.parametrize("reason", [None, "max_tokens", "model_context_window_exceeded"])
def test_a_tool_call_that_was_cut_off_is_left_out(reason: str | None) -> None:
    use = {"toolUseId": "t", "name": "n"}
    cut, whole = ({"toolUse": {**use, "input": value}} for value in ('{"a', {"a": 1}))
    blocks = [{"text": "a"}, cut]
    assert message_of(*blocks, finish_reason=reason)["content"] == [{"text": "a"}]
    assert message_of({"text": "a"}, whole, finish_reason=reason)["content"][1] == whole
    # Only the last block can be cut off.
    empty = {"toolUse": {**use, "input": {}}}
    for found in (message_of(cut, whole, finish_reason=reason), message_of(cut, whole)):
        assert found["content"] == [empty, whole]
    assert message_of({"text": "a"}, {"toolUse": 5}, finish_reason=reason)["content"] == [{"text": "a"}]  # fmt: skip


def test_a_generation_of_another_dialect() -> None:
    assert Generation("a").message() == {"role": "assistant", "content": [{"text": "a"}]}
    call = {"id": "c", "type": "function", "function": {"name": "n", "arguments": '{"a": 1}'}}
    part = {"type": "text", "text": "b"}
    calls = [ToolUse("c", "n", {"a": 1}), ToolUse(None, "n", {})]
    uses = {"toolUse": {"toolUseId": "c", "name": "n", "input": {"a": 1}}}
    for content in ([part, call], [{"function": {}}], None, []):
        found = Generation("b", content=content, tool_calls=calls).message()
        assert found == {"role": "assistant", "content": [{"text": "b"}, uses]}
        assert problems(found) == ""
    with pytest.raises(InvalidRequestError):
        Generation(" ").message()
