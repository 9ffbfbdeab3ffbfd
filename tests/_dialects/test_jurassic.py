"""AI21's Jurassic-2: plain bodies. The bodies here are made up, in the shape of real ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import (
    Generations,
    Mode,
    ServiceError,
    StreamError,
    StreamingGenerations,
    StreamingText,
    TokenLikelihood,
    Usage,
)
from cohere_aws._dialects.jurassic import Reader, read_body
from strategies import cuttings, events, texts


def token(raw: str, start: int | None, end: int | None, **fields: Any) -> dict[str, Any]:
    """Return a token as AI21 writes it; one with a range of its own if *start* is given."""
    generated = {"token": raw, "logprob": 0.0, "raw_logprob": -0.5}
    range_ = None if start is None else {"start": start, "end": end}
    return {"generatedToken": generated, "topTokens": None, "textRange": range_, **fields}


def completion(text: str, tokens: list[dict[str, Any]] | None, **reason: Any) -> dict[str, Any]:
    return {"data": {"text": text, "tokens": tokens}, "finishReason": reason}


HELLO = [
    token("<|newline|>", 0, 1), token("▁Oh▁hi", 1, 6), token("!", 6, 7),
    token("<|endoftext|>", 7, 7),
]  # fmt: skip
PLAIN: dict[str, Any] = {
    "id": 1234,
    "prompt": {"text": "Say hi", "tokens": [token("▁Say", 0, 3), token("▁hi", 3, 6)]},
    "completions": [completion("\nOh hi!", HELLO, reason="endoftext")],
}


def body(*completions: Any, **fields: Any) -> dict[str, Any]:
    return {"completions": list(completions), **fields}


def tokens_of(text: str, *tokens: dict[str, Any]) -> list[TokenLikelihood]:
    """Read *tokens* as those of a completion."""
    found = read_body(body(completion(text, list(tokens))))[0].token_likelihoods
    assert found is not None
    return found


def test_the_documented_shape() -> None:
    answer = Generations.from_dict(PLAIN)
    assert answer.dialect == "jurassic"
    assert (answer.id, answer.prompt, answer.usage) == ("1234", "Say hi", Usage(2, 4))
    assert [each.token for each in answer.prompt_tokens or ()] == ["Say", " hi"]
    (generation,) = answer
    assert (generation.text, generation.index) == ("\nOh hi!", 0)
    assert (generation.finish_reason, generation.finish) == ("endoftext", "complete")
    assert generation.extra is None
    newline, hi, mark, end = generation.token_likelihoods or ()
    assert newline == TokenLikelihood(
        "\n",
        -0.5,
        special=False,
        extra={"token": "<|newline|>", "textRange": {"start": 0, "end": 1}, "logprob": 0.0},
    )
    assert (hi.token, mark.token) == ("Oh hi", "!")
    assert (end.token, end.special) == ("<|endoftext|>", True)
    assert Generations.from_dict(answer.to_dict()) == answer


def test_several_completions_are_numbered_by_position() -> None:
    answer = read_body(body(completion("a", []), completion("b", None), completion("c", [])))
    assert [(each.index, each.text) for each in answer] == [(0, "a"), (1, "b"), (2, "c")]
    assert answer[1].token_likelihoods is None


@pytest.mark.parametrize(
    ("value", "read"), [(1234, "1234"), (2**70, str(2**70)), ("7e-1", "7e-1"), (None, None)]
)
def test_an_id_of_either_type(value: object, read: str | None) -> None:
    assert read_body(body(id=value)).id == read


@pytest.mark.parametrize(
    ("reason", "finish", "extra"),
    [
        ({"reason": "length", "length": 10}, "max_tokens", {"finishReason": {"length": 10}}),
        ({"reason": "stop", "sequence": "."}, "stop_sequence", {"finishReason": {"sequence": "."}}),
        ({"reason": "stop"}, "complete", None),
        ({"reason": "endoftext"}, "complete", None),
        ({"reason": "else"}, "other", None),
        ({"reason": None}, None, None),
        (None, None, None),
    ],
)
def test_finish_reasons(
    reason: dict[str, Any] | None, finish: str | None, extra: dict[str, Any] | None
) -> None:
    answer = read_body(body({"data": {"text": "a"}, "finishReason": reason}))
    assert answer[0].finish_reason == (reason or {}).get("reason")
    assert (answer[0].finish, answer[0].extra) == (finish, extra)


def test_the_likelihood_is_the_one_of_the_model() -> None:
    first = token("a", 0, 1, generatedToken={"token": "a", "logprob": -0.1, "raw_logprob": -2})
    older = token("b", 1, 2, generatedToken={"token": "b", "logprob": -0.2})
    neither = token("c", 2, 3, generatedToken={"token": "c"})
    raw = token("d", 3, 4, generatedToken={"token": "d", "logprob": None, "raw_logprob": -3})
    found = tokens_of("abcd", first, older, neither, raw)
    assert [each.likelihood for each in found] == [-2, -0.2, None, -3]
    logprobs = [each.extra["logprob"] for each in found if each.extra and "logprob" in each.extra]
    assert logprobs == [-0.1]


def test_a_range_decides_the_text_of_a_token() -> None:
    # The first space is dropped, and the stop sequence is not in the text.
    found = tokens_of("A B", token("▁A", 0, 1), token("▁B", 1, 3), token(".", 3, 3))
    assert [each.token for each in found] == ["A", " B", ""]


@pytest.mark.parametrize(
    "ranges",
    [
        [(0, 1), (1, 4)],  # beyond the text
        [(1, 2), (2, 3)],  # not from the start
        [(0, 1), (2, 3)],  # with a gap
        [(0, 2), (2, 1)],  # backwards
        [(0, 1), (None, None)],  # missing
        [(0, 1), (1, None)],
    ],
)
def test_ranges_that_do_not_fit_the_text(ranges: list[tuple[int | None, int | None]]) -> None:
    (a, b), (c, d) = ranges
    found = tokens_of("A B", token("<|newline|>", a, b), token("▁B▁", c, d))
    assert [each.token for each in found] == ["\n", " B "]


@given(st.lists(texts, max_size=4))
def test_tokens_join_to_the_text(parts: list[str]) -> None:
    text, tokens, end = "".join(parts), [], 0
    for part in parts:
        tokens.append(token("▁", end, end + len(part)))
        end += len(part)
    tokens.append(token("<|endoftext|>", end, end))
    found = tokens_of(text, *tokens)
    assert "".join(each.token for each in found if not each.special) == text


@pytest.mark.parametrize("top", [None, "None"])
def test_tokens_without_alternatives(top: object) -> None:
    (found,) = tokens_of("a", token("a", 0, 1, topTokens=top))
    assert found.alternatives is None


def test_alternatives() -> None:
    top = [{"token": "▁a", "logprob": -1}, {"token": "<|endoftext|>", "logprob": -2, "rank": 5}]
    (found,) = tokens_of("a", token("a", 0, 1, topTokens=top))
    assert found.alternatives == [
        TokenLikelihood(" a", -1, special=False, extra={"token": "▁a"}),
        TokenLikelihood(
            "<|endoftext|>",
            -2,
            special=True,
            extra={"token": "<|endoftext|>", "generatedToken": {"rank": 5}},
        ),
    ]


@pytest.mark.parametrize(
    ("given", "usage"),
    [
        (body(), None),
        (body(completion("a", None)), None),
        (body(completion("a", [])), None),
        (body(completion("a", None), prompt={"tokens": [token("a", 0, 1)]}), Usage(1)),
        (body(completion("a", [token("a", 0, 1)]), prompt={"text": "a"}), Usage(None, 1)),
        (body(*[completion("a", [token("a", 0, 1)])] * 2, prompt={"tokens": []}), Usage(0, 2)),
    ],
)
def test_usage_is_the_number_of_tokens(given: dict[str, Any], usage: Usage | None) -> None:
    assert read_body(given).usage == usage


def test_what_no_attribute_holds_is_in_extra() -> None:
    each = token("a", 0, 1, new=1)
    each["generatedToken"]["new"] = 2
    data = {"text": "a", "tokens": [each], "new": 3}
    answer = read_body(
        {
            "completions": [{"data": data, "finishReason": {"reason": "x", "new": 4}, "new": 5}],
            "prompt": {"text": "p", "new": 6},
            "new": 7,
        }
    )
    assert answer.extra == {"new": 7, "prompt": {"new": 6}}
    assert answer[0].extra == {"new": 5, "data": {"new": 3}, "finishReason": {"new": 4}}
    (found,) = answer[0].token_likelihoods or ()
    assert found.extra is not None
    assert (found.extra["new"], found.extra["generatedToken"]) == (1, {"new": 2})
    assert Generations.from_dict(answer.to_dict()) == answer


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "the response is an array; expected an object"),
        ({"id": "secret"}, "no 'completions' in the response; it has 'id'"),
        (body(id=1.5), "id is a number; expected a string or an integer"),
        (body(id=True), "id is a boolean; expected a string or an integer"),
        (body(prompt="secret"), "prompt is a string; expected an object"),
        (body("secret"), "completions[0] is a string; expected an object"),
        (body({}), "completions[0].data.text is missing; it has no keys"),
        (body({"data": {}}), "completions[0].data.text is missing; it has 'data'"),
        (body(completion("a", [1])), "completions[0].data.tokens[0] is a number; "),  # type: ignore[list-item]
        (body(completion("a", [{}])), "tokens[0].generatedToken.token is missing; it has no keys"),
        (body(completion("a", [token("a", 0, 1, topTokens="x")])), "[0].topTokens is a string; "),
        (body(completion("a", [token("a", 0, 1, topTokens=[5])])), "[0].topTokens[0] is a number"),
        (body({"data": {"text": "a"}, "finishReason": "x"}), "finishReason is a string; "),
    ],
)
def test_a_body_of_another_shape(given: Any, message: str) -> None:
    with pytest.raises(StreamError) as caught:
        read_body(given)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("given", [{"message": "crashed"}, {"completions": [], "error": "crashed"}])
def test_an_error_in_place_of_an_answer(given: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="crashed"):
        Generations.from_dict(given, dialect="jurassic")


def wire(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False, indent=1).encode()


@given(st.data())
def test_a_body_in_place_of_a_stream(data: st.DataObject) -> None:
    whole = {**PLAIN, "completions": [*PLAIN["completions"], completion("b", [], reason="length")]}
    cut = data.draw(cuttings(wire(whole)))
    with StreamingGenerations(events(cut), Mode.SAGEMAKER, strict=True) as stream:
        pieces = list(stream)
    assert pieces == [
        StreamingText(0, "\nOh hi!", is_finished=True),
        StreamingText(1, "b", is_finished=True),
    ]
    assert stream.generations == Generations.from_dict(whole)
    assert (stream.id, stream.prompt, stream.usage) == ("1234", "Say hi", Usage(2, 4))
    assert (stream.finish_reason, stream.text) == ("endoftext", "\nOh hi!")


def test_before_the_body() -> None:
    reader = Reader()
    assert not reader.may_end
    assert reader.generations() == Generations([])
    assert (reader.id, reader.text(), reader.finish_reason) == (None, "", None)


def test_a_body_without_completions() -> None:
    reader = Reader()
    assert reader.read(body(id="r")) == ()
    assert (reader.may_end, reader.finish_reason) == (True, None)


@pytest.mark.parametrize("item", [PLAIN, {}, []])
def test_nothing_comes_after_the_body(item: Any) -> None:
    reader = Reader()
    reader.read(PLAIN)
    with pytest.raises(StreamError, match="the last item came before"):
        reader.read(item)


def test_an_error_after_the_body() -> None:
    reader = Reader()
    reader.read(PLAIN)
    error = {"error": "crashed"}
    with pytest.raises(ServiceError, match="crashed"):
        reader.read(error)
    assert reader.other_items == [error]
    assert reader.text() == "\nOh hi!"


def test_the_refusal_to_stream() -> None:
    refusal = {"validationException": {"message": "The model is unsupported for streaming"}}
    with pytest.raises(ServiceError, match="unsupported for streaming"):
        StreamingGenerations([refusal], Mode.BEDROCK, dialect="jurassic").read()
