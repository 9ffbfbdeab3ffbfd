"""The results that are records: values, with the documented reprs."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given

from cohere_aws import (
    Generation,
    InvalidRequestError,
    StreamingText,
    TokenLikelihood,
    ToolUse,
    Usage,
)
from cohere_aws._results import token_text, without_none
from strategies import plain_generations

SAMPLES = [
    StreamingText(0, " a", is_finished=False),
    TokenLikelihood(" a", -0.5),
    Generation(" a", [TokenLikelihood(" a", -0.5)], id="g", index=1, finish_reason="COMPLETE"),
    ToolUse("t", "weather", {"city": "Oslo"}),
    Usage(1, 2, 3, 4),
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample).__name__)
def test_records_are_values(sample: Any) -> None:
    for twin in (pickle.loads(pickle.dumps(sample)), copy.copy(sample), copy.deepcopy(sample)):
        assert twin == sample
        assert type(twin) is type(sample)
        assert hash(twin) == hash(sample)
    with pytest.raises(AttributeError):
        sample.text = sample.token = sample.input_tokens = "other"


def test_records_of_other_values_differ() -> None:
    assert Generation("a") != Generation("b")
    assert Generation("a") != Generation("a", [])
    assert TokenLikelihood("a", -1) != TokenLikelihood("a", -2)
    assert Usage(1) != Usage(None, 1)
    assert StreamingText(0, "a", is_finished=True) != StreamingText(0, "a", is_finished=False)


def test_records_are_public_where_they_are_documented() -> None:
    assert {type(sample).__module__ for sample in SAMPLES} == {"cohere_aws.generation"}


def test_the_documented_reprs() -> None:
    assert repr(TokenLikelihood(" a", -0.5)) == (
        "cohere.TokenLikelihood {\n\ttoken:  a\n\tlikelihood: -0.5\n}"
    )
    assert repr(Generation("a")) == "cohere.Generation {\n\ttext: a\n\ttoken_likelihoods: None\n}"
    assert repr(Usage(output_tokens=3)) == "cohere.Usage {\n\toutput_tokens: 3\n}"


@given(plain_generations())
def test_a_generation_as_a_dict(generation: Generation) -> None:
    written = json.loads(json.dumps(generation.to_dict()))
    assert None not in written.values()
    for name, value in written.items():
        if name != "token_likelihoods":
            assert value == generation[name]
    tokens = generation.token_likelihoods
    assert written.get("token_likelihoods") == (
        None if tokens is None else [without_none(**token.__getstate__()) for token in tokens]
    )


def test_an_empty_extra_is_none_and_a_copy_is_kept() -> None:
    extra = {"a": 1}
    generation = Generation("a", extra=extra)
    extra.clear()
    assert generation.extra == {"a": 1}
    assert Generation("a", extra={}).extra is None
    assert hash(generation) == hash(Generation("a", extra={"b": 2}))
    assert generation != Generation("a", extra={"b": 2})


def test_usage_as_a_dict() -> None:
    assert Usage(1, None, 3).to_dict() == {"input_tokens": 1, "invocation_latency_ms": 3}


def test_a_piece_with_its_token_is_a_tuple_of_three() -> None:
    token = TokenLikelihood("</s>", -0.5, id=2, special=True)
    piece = token_text(0, "", is_finished=False, token=token)
    assert piece == (0, "", False)
    assert piece == StreamingText(0, "", is_finished=False)
    assert isinstance(piece, StreamingText)
    index, text, is_finished = piece
    assert (index, text, is_finished) == (0, "", False)
    assert piece.token is token
    assert repr(piece) == "StreamingText(index=0, text='', is_finished=False)"
    for twin in (pickle.loads(pickle.dumps(piece)), copy.copy(piece), copy.deepcopy(piece)):
        assert (twin, twin.token) == (piece, token)
    assert piece._replace(text="a").token is None
    assert StreamingText(0, "a", is_finished=False).token is None


def test_a_token_as_a_dict() -> None:
    token = TokenLikelihood("a", None, alternatives=[TokenLikelihood("b", -1.0, special=False)])
    assert token.to_dict() == {
        "token": "a",
        "alternatives": [{"token": "b", "likelihood": -1.0, "special": False}],
    }


def test_a_call_of_a_tool() -> None:
    use = ToolUse("t", "weather", {"city": "Oslo"})
    assert use.to_dict() == {"id": "t", "name": "weather", "input": {"city": "Oslo"}}
    assert ToolUse(None, "weather", None).to_dict() == {"name": "weather"}
    assert Generation("", tool_calls=[use]).to_dict()["tool_calls"] == [use.to_dict()]


def test_bytes_in_the_content_are_written_as_base64() -> None:
    content: list[Any] = [{"reasoningContent": {"redactedContent": b"A"}}, {"text": "a"}, "b"]
    written = Generation("a", content=content).to_dict()["content"]
    assert written == [{"reasoningContent": {"redactedContent": "QQ=="}}, {"text": "a"}, "b"]
    assert Generation("a", content=[]).to_dict()["content"] == []


def test_a_generation_as_a_message() -> None:
    expected = {"role": "assistant", "content": [{"text": "a"}]}
    assert Generation("a").message() == expected
    assert Generation("a", content=[{"text": ""}, {"text": "a"}]).message() == expected
    with pytest.raises(InvalidRequestError, match=r"^the generation has no content that Converse"):
        Generation("").message()


def test_a_view_of_a_generation() -> None:
    assert ">a river</span>" in Generation("", [TokenLikelihood("a river", -1)]).to_html()
