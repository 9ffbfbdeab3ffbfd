"""Plain bodies of Converse, and the generation of a message."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from cohere_aws import Generation, Generations, ServiceError, StreamError, ToolUse, Usage
from cohere_aws._dialects._converse_body import generation_of, read_body, rest_of_message
from converse_messages import body_of, messages, text_of

USE = {"toolUse": {"toolUseId": "t", "name": "n", "input": {"a": 1}}}


@given(messages())
def test_the_blocks_of_a_message(message: list[dict[str, Any]]) -> None:
    answer = Generations.from_dict(body_of(message))
    (generation,) = answer
    assert (generation.text, generation.index, generation.extra) == (text_of(message), 0, None)
    assert (generation.finish_reason, generation.finish) == ("end_turn", "complete")
    assert (answer.dialect, answer.id, answer.usage, answer.extra) == ("converse", *(None,) * 3)
    # to_dict() writes blobs as the service does.
    assert answer.to_dict()["generations"][0]["content"] == message
    assert Generations.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_the_response_of_boto3() -> None:
    response = {
        "ResponseMetadata": {"RequestId": "r", "HTTPStatusCode": 200, "HTTPHeaders": {}},
        **body_of([{"text": "Hi"}], usage={"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}),
        "metrics": {"latencyMs": 900},
        "trace": {"promptRouter": {"invokedModelId": "m"}},
    }
    answer = Generations.from_dict(response)
    assert (answer.id, answer.usage, answer.text) == ("r", Usage(3, 2, 900), "Hi")
    assert answer.extra == {"trace": response["trace"], "usage": {"totalTokens": 5}}


def test_unknown_blocks_are_kept_verbatim() -> None:
    blocks = [
        {"SDK_UNKNOWN_MEMBER": {"name": "audio"}},
        {"text": "a", "new": [1]},
        {"newKind": {"source": {"bytes": "QQ=="}}},
        {},
    ]
    answer = read_body(body_of(blocks))
    assert answer[0].content == blocks
    assert answer.text == "a"


def test_calls_of_tools() -> None:
    server = {"toolUse": {"toolUseId": "s", "name": "m", "input": {}, "type": "server_tool_use"}}
    plain = {"toolUse": {"toolUseId": "u", "name": "n", "input": "{", "type": "tool_use"}}
    odd: Any = {"toolUse": {"toolUseId": 5, "name": None}}
    found = generation_of([USE, server, plain, odd], "tool_use", {})
    assert found.tool_calls == [
        ToolUse("t", "n", {"a": 1}),
        ToolUse("u", "n", "{"),
        ToolUse(None, None, {}),
    ]
    assert found.finish == "tool_use"
    assert generation_of([server], None, {}).tool_calls is None


def test_the_text_of_citations() -> None:
    cited = {"citationsContent": {"content": [{"text": "b"}, {"new": 1}], "citations": []}}
    blocks = [{"text": "a"}, cited, {"citationsContent": {}}, {"text": None}, {"text": "c"}]
    assert read_body(body_of(blocks)).text == "abc"


@pytest.mark.parametrize(
    ("cited", "text"),
    [
        ("a", "z"),
        (["a"], "z"),
        ({"content": "a"}, "z"),
        ({"content": ["a", {}, {"text": 5}, {"text": "b"}]}, "bz"),
    ],
)
def test_citations_of_another_shape_do_not_lose_the_rest(cited: Any, text: str) -> None:
    # A stream sends citations as deltas of a text. A block may begin with anything, however.
    content = [{"citationsContent": cited}, {"text": "z"}]
    found = generation_of(content, None, {})
    assert (found.text, found.content) == (text, content)


def test_the_rest_of_a_message() -> None:
    assert rest_of_message({"role": "assistant", "content": []}) == {}
    assert rest_of_message({"role": "user", "content": [], "new": 1}) == {"role": "user", "new": 1}
    assert rest_of_message({"role": ["assistant"]}) == {"role": ["assistant"]}
    found = generation_of([], None, {"role": "user"})
    assert found == Generation("", index=0, content=[], extra={"message": {"role": "user"}})


def test_the_rest_of_the_output() -> None:
    body = {"output": {"message": {"content": []}, "new": 1}, "stopReason": "end_turn"}
    assert read_body(body).extra == {"output": {"new": 1}}


def test_an_answer_without_a_reason() -> None:
    body = body_of([{"text": "a"}])
    del body["stopReason"]
    assert read_body(body)[0].finish_reason is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "the response is an array; expected an object"),
        ({"id": "secret"}, "no 'output.message' in the response; it has 'id'"),
        ({"output": None}, "no 'output.message' in the response; it has 'output'"),
        ({"output": "secret"}, "output is a string; expected an object"),
        ({"output": {"message": ["secret"]}}, "output.message is an array; expected an object"),
        ({"output": {"message": {"role": "secret"}}}, "output.message.content is missing; the message has 'role'"),
        ({"output": {"message": {"content": None}}}, "output.message.content is null; expected an array"),
        ({"output": {"message": {"content": "secret"}}}, "output.message.content is a string; "),
        (body_of(["secret"]), "output.message.content[0] is a string; expected an object"),  # type: ignore[list-item]
        (body_of([{"text": 5}]), "output.message.content[0].text is a number; expected a string"),
        (body_of([{}, {"toolUse": "secret"}]), "output.message.content[1].toolUse is a string; "),
        (body_of([{"citationsContent": {"content": "secret"}}]), "output.message.content[0].citationsContent.content is a s"),
        (body_of([{"citationsContent": {"content": ["secret"]}}]), "output.message.content[0].citationsContent.content[0] is"),
        (body_of([{"citationsContent": {"content": [{"text": 5}]}}]), "output.message.content[0].citationsContent.content[0].text is a num"),
        (body_of([{"reasoningContent": {"redactedContent": "?"}}]), "output.message.content[0].reasoningContent.redactedContent is a string; expected base64"),
        (body_of([], stopReason=5), "stopReason is a number; expected a string"),
        (body_of([], usage=5), "usage is a number; expected an object"),
        (body_of([], ResponseMetadata=5), "ResponseMetadata is a number; expected an object"),
        (body_of([], ResponseMetadata={"RequestId": 5}), "ResponseMetadata.RequestId is a number; "),
    ],
)  # fmt: skip
def test_a_body_of_another_shape(body: Any, message: str) -> None:
    with pytest.raises(StreamError) as caught:
        read_body(body)
    assert str(caught.value).startswith(message)
    assert "secret" not in str(caught.value)


def test_an_error_in_place_of_an_answer() -> None:
    for body in ({"message": "crashed"}, body_of([]) | {"error": "crashed"}):
        with pytest.raises(ServiceError, match="crashed"):
            read_body(body)
