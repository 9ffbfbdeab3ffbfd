"""The fields of a chat, of both versions."""

from __future__ import annotations

from typing import Any

import pytest

from chats import Reply, body_1, body_2, calls_1, citations_1, citations_2, usage_2
from cohere_aws import Generation, Generations, InvalidRequestError, StreamError, ToolUse, Usage
from cohere_aws._chat_fields import calls_in, chat_fields, check_chat_dialect, neutral_fields

TOOLS = Reply(plan=["I look."], calls=[("f", {"a": 1}), ("g", {})])
CITED = Reply(["Oh", " hi"], thinking=["Hm"], citations=[(0, 2)])


def fields_of(body: dict[str, Any]) -> dict[str, Any]:
    found = chat_fields(Generations.from_dict(body))
    return {name: value for name, value in found.items() if value is not None}


def test_fields_of_version_1() -> None:
    body = body_1(CITED) | {"new": 5, "is_search_required": False, "conversation_id": "c"}
    rest = ("chat_history", "token_count", "meta", "documents")
    assert fields_of(body) == {
        "response_id": "response 1",
        "generation_id": "generation 1",
        "text": "Oh hi",
        "finish_reason": "COMPLETE",
        "finish": "complete",
        "citations": citations_1(CITED),
        "is_search_required": False,
        "conversation_id": "c",
        **{name: body[name] for name in rest},
        "usage": Usage(7001, 7002),
        "dialect": "command",
        "extra": {"new": 5},
    }
    found = fields_of(body_1(TOOLS))
    assert (found["text"], found["finish"]) == ("I look.", "tool_use")
    assert found["tool_calls"] == [{**call, "generation_id": None} for call in calls_1(TOOLS)]


def test_fields_of_version_2() -> None:
    assert fields_of(body_2(CITED) | {"new": 5}) == {
        "response_id": "message 1",
        "generation_id": "message 1",
        "text": "Oh hi",
        "finish_reason": "COMPLETE",
        "finish": "complete",
        "citations": citations_2(CITED),
        "content": [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Oh hi"}],
        "meta": usage_2(),
        "usage": Usage(7001, 7002, cache_read_tokens=7003),
        "dialect": "chat",
        "extra": {"new": 5, "message": {"role": "assistant"}},
    }
    found = fields_of(body_2(TOOLS))
    assert (found["text"], found["tool_plan"], found["finish"]) == ("", "I look.", "tool_use")
    assert found["tool_calls"] == [
        {"id": "call 0", "name": "f", "parameters": {"a": 1}, "generation_id": None},
        {"id": "call 1", "name": "g", "parameters": {}, "generation_id": None},
    ]


def test_fields_of_a_part_of_a_stream() -> None:
    earlier = {"generation_id": "g", "citations": [{"start": 0}]}
    assert chat_fields(Generations([]), earlier)["generation_id"] == "g"
    answer = Generations([Generation("a", id="h")], extra={"citations": [{"start": 1}]})
    found = chat_fields(answer, earlier)
    assert (found["generation_id"], found["citations"]) == ("h", [{"start": 1}])
    nothing = chat_fields(Generations([], dialect="chat"))
    assert (nothing["text"], nothing["generation_id"]) == ("", None)
    bare = chat_fields(Generations([Generation("a", tool_calls=[ToolUse(None, None, {})])], dialect="chat"))  # fmt: skip
    assert bare["tool_calls"] == [{"name": None, "parameters": {}, "generation_id": None}]


def test_the_text_of_the_last_item_takes_precedence() -> None:
    answer = Generations([Generation("joined")], extra={"text": "whole"})
    assert chat_fields(answer)["text"] == "whole"


def test_an_answer_of_another_dialect() -> None:
    with pytest.raises(StreamError) as caught:
        chat_fields(Generations([], dialect="tgi"))
    assert str(caught.value) == (
        "the response is of the dialect tgi; expected a chat, of the dialect command or chat"
    )


@pytest.mark.parametrize(
    "generations",
    [[{"text": "a"}, {"text": "b"}], [{"text": "a", "likelihood": -1}], [{"text": "a", "new": 5}]],
)
def test_generations_that_a_chat_has_no_place_for(generations: list[dict[str, Any]]) -> None:
    with pytest.raises(StreamError, match=r"^the response is a text generation of Command; exp"):
        fields_of({"generations": generations})
    assert fields_of({"generations": [{"text": "a"}]})["text"] == "a"


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({"citations": {}}, "citations is an object; expected an array"),
        ({"chat_history": "a"}, "chat_history is a string; expected an array"),
        ({"is_search_required": "false"}, "is_search_required is a string; expected true or false"),
        ({"conversation_id": 5}, "conversation_id is a number; expected a string"),
        ({"tool_calls": ["a"]}, "tool_calls[0] is a string; expected an object"),
    ],
)
def test_a_field_of_another_type(field: dict[str, Any], message: str) -> None:
    with pytest.raises(StreamError) as caught:
        fields_of(body_1(CITED) | field)
    assert str(caught.value) == message
    with pytest.raises(StreamError) as caught:
        neutral_fields({"text": "a", "dialect": "command", **field})
    assert str(caught.value) == message


def test_calls_in_an_item() -> None:
    assert calls_in({}) is calls_in({"tool_calls": None}) is None
    assert calls_in({"tool_calls": []}) == []


def test_the_neutral_form() -> None:
    body = {"text": "a", "usage": {"input_tokens": 5}, "is_search_required": None, "dialect": None}
    assert neutral_fields(body) == {
        "response_id": None, "generation_id": None, "text": "a", "usage": Usage(5)
    }  # fmt: skip
    assert neutral_fields({"dialect": "chat", "usage": None}) == {
        "response_id": None, "generation_id": None, "text": "", "dialect": "chat"
    }  # fmt: skip
    with pytest.raises(StreamError) as caught:
        neutral_fields({"dialect": "chat", "new": 5})
    assert str(caught.value) == "the response has the keys 'new', which to_dict() does not write"
    with pytest.raises(StreamError, match=r"^usage.input_tokens is a string; expected an integer"):
        neutral_fields({"dialect": "chat", "usage": {"input_tokens": "5"}})
    with pytest.raises(StreamError, match=r"^usage has the keys 'new', which to_dict\(\) does not"):
        neutral_fields({"dialect": "chat", "usage": {"input_tokens": 5, "new": 5}})


@pytest.mark.parametrize("name", ["tgi", "", 5, ["chat"], "x" * 100])
def test_the_name_of_another_dialect(name: Any) -> None:
    with pytest.raises(
        InvalidRequestError, match=r"^dialect is .*; expected one of command, chat$"
    ):
        check_chat_dialect(name)
    for known in (None, "command", "chat"):
        check_chat_dialect(known)
