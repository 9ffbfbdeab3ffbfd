"""Chat completions and text completions. The items here are made up, in the shape of real ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import (
    Generation,
    Generations,
    IncompleteStreamError,
    Mode,
    ServiceError,
    StreamError,
    StreamingGenerations,
    StreamingText,
    TokenLikelihood,
    ToolUse,
    Usage,
)
from cohere_aws._dialects.completions import Reader, read_body
from strategies import METRICS, cuttings, events, texts

PLAIN: dict[str, Any] = {
    "object": "chat.completion",
    "id": "r",
    "created": 1736953799,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": " Two."},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29},
}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}


def chunk(delta: Any, index: Any = 0, reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return an item of a stream with one choice."""
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
    return {"id": "r", "object": "chat.completion.chunk", "choices": [choice | fields]}


def says(text: str, index: int = 0, reason: str | None = None, **fields: Any) -> dict[str, Any]:
    return chunk({"role": "assistant", "content": text}, index, reason, **fields)


def piece(text: str, index: int = 0, *, is_finished: bool = False) -> StreamingText:
    return StreamingText(index, text, is_finished)


def read(*items: dict[str, Any]) -> tuple[list[StreamingText], Reader]:
    reader = Reader()
    return [result for item in items for result in reader.read(item)], reader


def generation(text: str, index: int = 0, reason: str | None = "stop", **extra: Any) -> Generation:
    extra = {"message": {"role": "assistant"}} | extra
    return Generation(text, index=index, finish_reason=reason, extra=extra)


# Plain bodies


def test_a_plain_chat() -> None:
    answer = Generations.from_dict(PLAIN)
    assert (answer.dialect, answer.id, answer.usage) == ("completions", "r", Usage(20, 9))
    assert answer.generations == [generation(" Two.")]
    assert answer[0].finish == "complete"
    assert answer.extra == {
        "object": "chat.completion",
        "created": 1736953799,
        "model": "m",
        "usage": {"total_tokens": 29},
    }
    assert Generations.from_dict(answer.to_dict()) == answer


def test_a_plain_text_completion() -> None:
    logprobs = {"tokens": [" a"], "token_logprobs": [-0.5], "text_offset": [0]}
    choices = [
        {"index": 1, "text": " b", "finish_reason": "length", "logprobs": None},
        {"index": 0, "text": " a", "finish_reason": "eos_token", "logprobs": logprobs},
    ]
    answer = read_body({"object": "text_completion", "choices": choices})
    assert [(each.index, each.text, each.finish) for each in answer] == [
        (0, " a", "complete"),
        (1, " b", "max_tokens"),
    ]
    token = TokenLikelihood(" a", -0.5, extra={"text_offset": 0})
    assert answer[0].token_likelihoods == [token]


def test_choices_without_an_index_are_numbered_by_position() -> None:
    choices = [{"message": {"content": text}, "finish_reason": None} for text in "ab"]
    answer = read_body({"choices": choices})
    assert answer.generations == [Generation("a", index=0), Generation("b", index=1)]


def test_a_plain_call_of_a_tool() -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [CALL, CALL | {"id": "d"}]}
    answer = read_body({"choices": [{"message": message, "finish_reason": "tool_calls"}]})
    (found,) = answer
    assert (found.text, found.finish) == ("", "tool_use")
    assert found.content == message["tool_calls"]
    assert found.tool_calls == [ToolUse("c", "f", {"a": 1}), ToolUse("d", "f", {"a": 1})]
    assert Generations.from_dict(answer.to_dict()) == answer


def test_content_in_parts() -> None:
    content = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    answer = read_body({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]})
    assert (answer[0].text, answer[0].content) == ("ab", content)


def test_an_answer_without_choices() -> None:
    assert read_body({"choices": []}) == Generations([])


@pytest.mark.parametrize("value", [[1], [{"index": 0}, {"index": 0}], {"a": [[]]}, 1.5, "a", None])
def test_unknown_fields_are_kept_unchanged(value: Any) -> None:
    message = {"content": "a", "new": value}
    choice = {"message": message, "finish_reason": "stop", "new": value}
    answer = read_body({"choices": [choice], "new": value})
    assert answer.extra == {"new": value}
    assert answer[0].extra == {"new": value, "message": {"new": value}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "the response is an array; expected an object"),
        ({"id": "secret"}, "no 'choices' in the response; it has 'id'"),
        ({"usage": {}}, "no 'choices' in the response; it has 'usage'"),
        ({"choices": 5}, "choices is a number; expected an array"),
        ({"choices": ["secret"]}, "choices[0] is a string; expected an object"),
        ({"choices": [{"index": "0"}]}, "choices[0].index is a string; expected an integer"),
        ({"choices": [{"message": "secret"}]}, "choices[0].message is a string; "),
        ({"choices": [{"delta": "secret"}]}, "choices[0].delta is a string; expected an object"),
        ({"choices": [{"text": 5}]}, "choices[0].text is a number; expected a string"),
        ({"choices": [{"finish_reason": 5}]}, "choices[0].finish_reason is a number; "),
        ({"choices": [{"message": {"content": 5}}]}, "message.content is a number; "),
        ({"choices": [{"message": {"content": ["a"]}}]}, "message.content[0] is a string; "),
        ({"choices": [{"message": {"tool_calls": 5}}]}, "message.tool_calls is a number; "),
        ({"choices": [{"message": {"tool_calls": [5]}}]}, "message.tool_calls[0] is a number; "),
        ({"choices": [], "id": 5}, "id is a number; expected a string"),
        ({"choices": [], "usage": 5}, "usage is a number; expected an object"),
        ({"choices": [], "usage": {"prompt_tokens": "5"}}, "usage.prompt_tokens is a string; "),
        ({"choices": [], METRICS: 5}, f"{METRICS} is a number; expected an object"),
        (
            {"choices": [{"index": 0, "message": {"content": "a"}}] * 2},
            "choice 0 came before, and choices[1].message is a whole one",
        ),
    ],
)
def test_a_body_of_another_shape(body: Any, message: str) -> None:
    with pytest.raises(StreamError) as caught:
        read_body(body)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_error_in_place_of_an_answer() -> None:
    body = {"error": {"message": "crashed", "type": "BadRequestError", "code": 400}}
    with pytest.raises(ServiceError, match="crashed") as caught:
        Generations.from_dict(body, dialect="completions")
    assert (caught.value.code, caught.value.http_status) == ("BadRequestError", 400)


def test_a_plain_answer_that_ended_in_an_error() -> None:
    choices = [{"message": {"content": "a"}, "finish_reason": "error"}]
    with pytest.raises(ServiceError, match="the model ended the answer with this reason") as caught:
        read_body({"choices": choices})
    assert caught.value.partial is not None
    assert caught.value.partial.text == "a"


# Streams


def test_a_streamed_chat() -> None:
    results, reader = read(says(""), says(" The"), says(" end"), says("", reason="stop"))
    assert results == [piece(" The"), piece(" end")]
    assert reader.may_end
    assert reader.finish_reason == "stop"
    assert reader.text() == " The end"
    answer = reader.generations()
    assert (answer.id, answer.extra) == ("r", {"object": "chat.completion.chunk"})
    assert answer.generations == [generation(" The end")]


def test_the_last_piece_may_hold_the_reason() -> None:
    results, reader = read(says("a"), says("b", reason="length"))
    assert results == [piece("a"), piece("b", is_finished=True)]
    assert reader.generations()[0].finish == "max_tokens"


def test_an_empty_reason_is_none() -> None:
    items = [{"choices": [{"index": 0, "text": text, "finish_reason": ""}]} for text in "ab"]
    results, reader = read(*items)
    assert results == [piece("a"), piece("b")]
    assert (reader.may_end, reader.finish_reason) == (False, None)
    end = {"choices": [{"index": 0, "text": "", "finish_reason": "eos_token"}]}
    reader.read(end)
    assert reader.generations() == Generations(
        [Generation("ab", index=0, finish_reason="eos_token")]
    )


def test_choices_arrive_mixed() -> None:
    items = [says("a", 1), says("b"), says("c", 1, "length"), says("d")]
    results, reader = read(*items)
    assert results == [piece("a", 1), piece("b"), piece("c", 1, is_finished=True), piece("d")]
    assert not reader.may_end
    reader.read(chunk({}, 0, "stop"))
    assert reader.may_end
    assert reader.finish_reason == "stop"
    answer = reader.generations()
    assert answer.generations == [generation("bd"), generation("ac", 1, "length")]


def test_choices_in_one_item() -> None:
    both = {"choices": [says(text, i, "stop")["choices"][0] for i, text in enumerate("ab")]}
    results, reader = read(both)
    assert results == [piece("a", is_finished=True), piece("b", 1, is_finished=True)]
    assert len(reader.generations()) == 2


def test_usage_comes_last_without_choices() -> None:
    details = {"cached_tokens": 3}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": details}
    _, reader = read(
        says("a", reason="stop") | {"usage": None}, {"id": "r", "choices": [], "usage": usage}
    )
    assert reader.usage == Usage(5, 2, cache_read_tokens=3)
    extra = reader.generations().extra or {}
    assert extra["usage"] == {"prompt_tokens_details": details}
    assert reader.other_items == []


def test_the_latest_usage_counts() -> None:
    counts = [{"prompt_tokens": 5, "completion_tokens": count} for count in (1, 2)]
    _, reader = read(*(says("a") | {"usage": usage} for usage in counts))
    assert reader.usage == Usage(5, 2)
    assert reader.text() == "aa"


def test_metrics_in_an_item_of_their_own() -> None:
    metrics = {"inputTokenCount": 5, "firstByteLatency": 7, "new": 1}
    usage = {"prompt_tokens": 6, "completion_tokens": 2}
    items = [says("a", reason="stop"), {METRICS: metrics}, {"choices": [], "usage": usage}]
    _, reader = read(*items)
    assert reader.usage == Usage(5, 2, None, 7)
    assert (reader.generations().extra or {})[METRICS] == {"new": 1}


def test_fields_that_each_item_repeats() -> None:
    _, reader = read(
        says("a") | {"created": 1}, says("b") | {"created": 2, "new": None}, says("c") | {"new": 3}
    )
    extra = {"object": "chat.completion.chunk", "created": 1, "new": 3}
    assert reader.generations().extra == extra
    assert reader.other_items == []


@pytest.mark.parametrize(
    "second",
    [
        says("b") | {"new": 4},
        says("b") | {"id": "s"},
        chunk({"content": "b", "role": "user"}),
        says("b", stop_reason=5),
        says("", reason="length"),
    ],
)
def test_an_item_that_disagrees_with_the_earlier_ones_is_kept(second: dict[str, Any]) -> None:
    first = says("a", stop_reason=4) | {"new": 3}
    text = second["choices"][0]["delta"]["content"]
    if not text:
        first["choices"][0]["finish_reason"] = "stop"
    _, reader = read(first, second)
    assert reader.other_items == [second]
    assert reader.text() == "a" + text


def test_fields_of_messages_and_choices_are_joined() -> None:
    _, reader = read(
        chunk({"role": "assistant", "reasoning_content": "h"}, stop_reason=None),
        chunk({"reasoning_content": "m", "content": None}),
        chunk({"content": "a", "reasoning_content": None}, stop_reason=5, reason="stop"),
    )
    message = {"role": "assistant", "reasoning_content": "hm"}
    assert reader.generations().generations == [generation("a", message=message, stop_reason=5)]


def call(index: int, arguments: str, **fields: Any) -> dict[str, Any]:
    """Return a part of a tool call."""
    return {"index": index, "function": {"arguments": arguments}, **fields}


def test_calls_of_tools_are_joined() -> None:
    first = {"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    results, reader = read(
        chunk({"role": "assistant", "content": "a"}),
        chunk({"tool_calls": [{"index": 0, **first}]}),
        chunk({"tool_calls": [call(0, '{"a"')]}),
        chunk({"tool_calls": [call(1, "not JSON", id="d"), call(0, ": 1}")]}),
        chunk({}, 0, "tool_calls"),
    )
    assert results == [piece("a")]
    (found,) = reader.generations()
    assert found.tool_calls == [ToolUse("c", "f", {"a": 1}), ToolUse("d", None, "not JSON")]
    assert found.content == [
        {"type": "text", "text": "a"},
        CALL | {"index": 0},
        call(1, "not JSON", id="d"),
    ]


def test_a_call_without_an_array() -> None:
    parts = [call(0, text, id="", type="function") for text in ('{"a":', " 1}")]
    _, reader = read(*(chunk({"role": "assistant", "tool_calls": part}) for part in parts))
    assert reader.generations()[0].tool_calls == [ToolUse("", None, {"a": 1})]
    assert reader.other_items == []


def test_tokens() -> None:
    logprobs = [{"content": [{"token": text, "logprob": -1, "bytes": [97]}]} for text in "ab"]
    ended = {"content": [{"token": "</s>", "logprob": -2}]}
    results, reader = read(
        says("a", logprobs=logprobs[0]),
        says("b", logprobs=logprobs[1]),
        says("", reason="stop", logprobs=ended),
    )
    assert results == [piece("a"), piece("b"), piece("", is_finished=True)]
    tokens = [TokenLikelihood(text, -1, extra={"bytes": [97]}) for text in "ab"]
    tokens.append(TokenLikelihood("</s>", -2))
    assert [each.token for each in results] == tokens
    assert reader.generations()[0].token_likelihoods == tokens


def test_several_tokens_in_one_piece() -> None:
    content = [{"token": text, "logprob": -1} for text in "ab"]
    results, reader = read(says("ab", logprobs={"content": content}))
    assert results == [piece("ab")]
    assert results[0].token is None
    assert len(reader.generations()[0].token_likelihoods or ()) == 2


def test_likelihoods_of_another_form_are_kept() -> None:
    """LMI wraps them in an array, and writes a number as the token of an alternative."""
    top = [{"token": -1, "logprob": -1}]
    odd = [{"content": [{"token": "a", "logprob": -1, "top_logprobs": top}]}]
    (result,), _ = read(says("a", logprobs=odd))
    assert result.token == TokenLikelihood("a", -1, extra={"top_logprobs": top})
    _, reader = read(says("a", logprobs=[-1]), says("b", logprobs=[-2], reason="stop"))
    assert reader.generations().generations == [generation("ab", logprobs=[-1, -2])]


def test_items_without_any_known_field_are_kept() -> None:
    ping = {"type": "ping"}
    _, reader = read(says("a"), ping)
    assert reader.other_items == [ping]
    assert reader.generations().extra == {"object": "chat.completion.chunk"}


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": "crashed", "http_status_code": 422}},
        {"error": "crashed", "code": 424},
        {"object": "error", "message": "crashed", "code": 400},
    ],
)
def test_an_error_inside_a_stream(error: dict[str, Any]) -> None:
    reader = Reader()
    reader.read(says("a"))
    with pytest.raises(ServiceError, match="crashed"):
        reader.read(error)
    assert reader.other_items == [error]
    assert reader.text() == "a"


def test_a_stream_that_ended_in_an_error() -> None:
    stream = StreamingGenerations(
        events([json.dumps(item).encode() for item in (says("a"), says("b", reason="error"))]),
        Mode.SAGEMAKER,
    )
    with pytest.raises(ServiceError, match=r"^error: the model ended the answer") as caught:
        stream.read()
    assert caught.value.partial is not None
    assert caught.value.partial.text == "ab"


def test_text_may_come_with_and_after_the_reason() -> None:
    """LMI repeats the reason for each of several tokens that are generated at once."""
    results, reader = read(says("a"), says("b", reason="length"), says("c", reason="length"))
    assert results == [piece("a"), piece("b", is_finished=True), piece("c", is_finished=True)]
    reader.read(says("d"))
    assert reader.generations().generations == [generation("abcd", reason="length")]
    assert reader.other_items == []


def test_a_whole_message_comes_once() -> None:
    reader = Reader()
    reader.read(says("a"))
    with pytest.raises(StreamError, match=r"choice 0 came before, and choices\[0\].message is a w"):
        reader.read(PLAIN)
    assert reader.text() == "a"


def test_an_end_may_come_twice() -> None:
    _, reader = read(says("a", reason="stop"), says("", reason="stop"), chunk({}))
    assert reader.may_end
    assert reader.other_items == []


@pytest.mark.parametrize(
    "item",
    [
        chunk({"content": "b"}, index=[]),
        chunk({"content": "b"}, index=-1),
        chunk("b"),
        chunk({"content": 5}),
        {"choices": ["b"]},
        {"choices": "b"},
        {"choices": [{"index": 0, "delta": ["b"]}]},
        [says("b")],
    ],
)
def test_an_item_of_another_shape(item: Any) -> None:
    reader = Reader()
    reader.read(says("a"))
    with pytest.raises(StreamError, match="; expected "):
        reader.read(item)
    assert reader.text() == "a"


def test_a_plain_body_in_place_of_a_stream() -> None:
    results, reader = read(PLAIN)
    assert results == [piece(" Two.", is_finished=True)]
    assert reader.generations() == Generations.from_dict(PLAIN)
    assert reader.last_item_read


def test_before_the_first_item() -> None:
    _, reader = read()
    assert reader.generations() == Generations([])
    assert (reader.text(), reader.finish_reason, reader.usage) == ("", None, None)
    assert not reader.last_item_read


# Through the framing

FORMS = {"sse": ("data: %s\n\n", ""), "done": ("data:%s\n\n", "data: [DONE]\n\n"), "lines": ("%s\n", "")}  # fmt: skip


def wire(form: str, items: list[dict[str, Any]]) -> bytes:
    """Return *items* as a server sends them."""
    line, end = FORMS[form]
    return "".join([line % json.dumps(item, ensure_ascii=False) for item in items] + [end]).encode()


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[Generation], Usage | None]:
    """Draw the items of a stream, and the results that reading them must give."""
    count = draw(st.integers(1, 3))
    pieces: dict[int, list[str]] = {index: [] for index in range(count)}
    items = [says("", index) for index in pieces]
    for index in draw(st.lists(st.integers(0, count - 1), max_size=8)):
        text = draw(texts)
        pieces[index].append(text)
        items.append(says(text, index) if draw(st.booleans()) else chunk({"content": text}, index))
    items += [chunk({}, index, "stop") for index in draw(st.permutations(range(count)))]
    usage = draw(st.none() | st.builds(Usage, st.integers(0, 9), st.integers(0, 9)))
    if usage:
        counts = {"prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens}
        items.append({"id": "r", "choices": [], "usage": counts})
    return items, [generation("".join(pieces[index]), index) for index in pieces], usage


@given(streams(), st.sampled_from(sorted(FORMS)), st.data())
def test_any_cut_reads_the_same(
    drawn: tuple[list[dict[str, Any]], list[Generation], Usage | None],
    form: str,
    data: st.DataObject,
) -> None:
    items, expected, usage = drawn
    payloads = data.draw(cuttings(wire(form, items)))
    with StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True) as stream:
        pieces = list(stream)
    assert stream.generations is not None
    assert stream.generations.generations == expected
    assert (stream.usage, stream.finish_reason, stream.other_items) == (usage, "stop", [])
    for each in expected:
        assert "".join(text for index, text, _ in pieces if index == each.index) == each.text


@pytest.mark.parametrize("form", FORMS)
def test_a_stream_without_a_finish_reason_is_incomplete(form: str) -> None:
    payloads = [wire(form, [says("a"), says("b")])]
    with pytest.raises(IncompleteStreamError, match="before its last item") as caught:
        StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True).read()
    assert caught.value.partial is not None
    assert caught.value.partial.generations == [generation("ab", reason=None)]
