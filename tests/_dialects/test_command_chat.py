"""An answer of Cohere's chat v1, where only its text is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from chats import Reply, body_1
from cohere_aws import Generation, Generations, StreamError, ToolUse, Usage
from cohere_aws._dialects._command_chat import is_chat, is_plain_chat, read_chat
from cohere_aws._dialects.command import read_body
from strategies import METRICS

BODY = body_1(Reply(["Oh", " hi"]))
REST = {name: BODY[name] for name in ("chat_history", "token_count", "meta")}
CALLS = [{"name": "tool", "parameters": {"a": 1}}]


def test_a_plain_body() -> None:
    answer = read_body(BODY)
    assert (answer.id, answer.dialect) == ("response 1", "command")
    assert answer.usage == Usage(7001, 7002)
    assert answer.extra == REST
    (generation,) = answer
    assert generation == Generation(
        "Oh hi", id="generation 1", index=0, finish_reason="COMPLETE", finish="complete"
    )
    assert Generations.from_dict(BODY) == answer == Generations.from_dict(answer.to_dict())


def test_missing_and_null_fields() -> None:
    nulls = dict.fromkeys(["response_id", "finish_reason", "meta", "token_count", "tool_calls"])
    answer = read_chat({"text": "a", **nulls})
    assert (answer.id, answer.usage, answer[0]) == (None, None, Generation("a", index=0))
    assert read_chat({}) == Generations([Generation("", index=0)])


def test_counts_of_the_body() -> None:
    tokens = {"tokens": {"input_tokens": 9.0, "output_tokens": 8.0}, "cached_tokens": 7}
    assert read_chat({**BODY, "meta": tokens}).usage == Usage(9, 8, cache_read_tokens=7)
    metrics = {"inputTokenCount": 5, "invocationLatency": 6, "newCount": 4}
    answer = read_chat({**BODY, METRICS: metrics})
    assert answer.usage == Usage(5, 7002, 6)
    assert answer.extra == {**REST, METRICS: {"newCount": 4}}


def test_calls_of_tools() -> None:
    answer = read_chat({**BODY, "tool_calls": CALLS})
    (generation,) = answer
    assert generation.tool_calls == [ToolUse(None, "tool", {"a": 1})]
    # The service calls it COMPLETE.
    assert (generation.finish_reason, generation.finish) == ("COMPLETE", "tool_use")
    assert answer.extra == {**REST, "tool_calls": CALLS}
    cut_off = read_chat({**BODY, "tool_calls": CALLS, "finish_reason": "MAX_TOKENS"})
    assert cut_off[0].finish == "max_tokens"
    odd = read_chat({"tool_calls": ["words", {"name": 5}]})
    assert odd[0].tool_calls == [ToolUse(None, None, "words"), ToolUse(None, None, None)]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({"text": 5}, "response.text is a number; expected a string"),
        ({"tool_calls": {}}, "response.tool_calls is an object; expected an array"),
        ({"meta": []}, "response.meta is an array; expected an object"),
        ({"meta": {"tokens": 5}}, "response.meta.tokens is a number; expected an object"),
        (
            {"token_count": {"prompt_tokens": "9"}},
            "response.token_count.prompt_tokens is a string; expected an integer of 0 or more",
        ),
    ],
)
def test_a_field_of_another_type(field: dict[str, Any], message: str) -> None:
    with pytest.raises(StreamError) as caught:
        read_chat({**BODY, **field}, "response")
    assert str(caught.value) == message
    with pytest.raises(StreamError) as caught:
        read_chat({**BODY, **field})
    assert str(caught.value) == message.removeprefix("response.")


@pytest.mark.parametrize("name", ["response_id", "generation_id", "chat_history"])
def test_what_makes_a_body_a_chat(name: str) -> None:
    assert is_chat({name: None, "text": "a"})
    assert not is_chat({"text": "a", "id": "r", "finish_reason": "COMPLETE"})


def test_an_item_that_is_a_plain_body() -> None:
    assert is_plain_chat({"generation_id": None, "text": ""})
    assert is_plain_chat({"response_id": "r", "text": None})
    assert is_plain_chat({"response_id": "r"})
    assert not is_plain_chat({"response_id": None, "generation_id": "g", "text": None})
    assert not is_plain_chat({"generation_id": "g", "chat_history": []})
    assert not is_plain_chat({"text": "a"})
