"""The neutral form of an answer: every field goes to a dict and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import Generation, Generations, StreamError, TokenLikelihood, ToolUse, Usage
from cohere_aws._dialects._neutral import neutral_fields
from strategies import counts, extras, likelihoods, names, texts, usages, values

tokens = st.recursive(
    st.builds(TokenLikelihood, texts, st.none() | likelihoods),
    lambda inner: st.builds(
        TokenLikelihood,
        texts,
        st.none() | likelihoods,
        id=counts,
        special=st.none() | st.booleans(),
        alternatives=st.none() | st.lists(inner, max_size=2),
        extra=extras,
    ),
    max_leaves=3,
)
token_lists = st.none() | st.lists(tokens, max_size=2)
tool_uses = st.builds(ToolUse, st.none() | names, st.none() | texts, values)
generations = st.builds(
    Generation,
    texts,
    token_lists,
    id=st.none() | names,
    index=counts,
    likelihood=st.none() | likelihoods,
    finish_reason=st.none() | st.sampled_from(["stop", "SOMETHING_NEW"]),
    finish=st.sampled_from([None, "complete", "stop_sequence"]),
    content=st.none() | st.lists(st.dictionaries(texts, values, max_size=2), max_size=2),
    tool_calls=st.none() | st.lists(tool_uses, max_size=2),
    extra=extras,
)
answers = st.builds(
    Generations,
    st.lists(generations, max_size=2),
    id=st.none() | names,
    prompt=st.none() | texts,
    usage=st.none() | usages,
    prompt_tokens=token_lists,
    dialect=st.sampled_from([None, "command"]),
    extra=extras,
)


@given(answers)
def test_an_answer_goes_to_a_dict_and_back(answer: Generations) -> None:
    found = Generations.from_dict(json.loads(json.dumps(answer.to_dict())))
    assert found == answer
    assert found.dialect == answer.dialect


def test_null_counts_as_absent() -> None:
    fields = dict.fromkeys(["id", "prompt", "usage", "prompt_tokens", "dialect", "extra"])
    assert neutral_fields({"generations": [], **fields}) == {"generations": []}
    token = {"token": "a", **dict.fromkeys(["id", "special", "alternatives", "likelihood"])}
    found = neutral_fields({"generations": [], "prompt_tokens": [token]})
    assert found["prompt_tokens"] == [TokenLikelihood("a", None)]
    assert neutral_fields({"generations": [], "usage": {}})["usage"] == Usage()


def of_generation(**fields: Any) -> dict[str, Any]:
    return {"generations": [{"text": "a", **fields}]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "the response has no 'generations'; it has no keys"),
        ({"generations": None}, "the response has no 'generations'; it has 'generations'"),
        ({"generations": {}}, "generations is an object; expected an array"),
        ({"generations": ["secret"]}, "generations[0] is a string; expected an object"),
        ({"generations": [{}]}, "generations[0] has no 'text'; it has no keys"),
        (
            {"generations": [], "meta": "secret"},
            "the response has the keys 'meta', which to_dict() does not write",
        ),
        (of_generation(text=5), "generations[0].text is a number; expected a string"),
        (of_generation(new="secret"), "generations[0] has the keys 'new', which to_dict() does"),
        (of_generation(tool_calls=[5]), "generations[0].tool_calls[0] is a number"),
        (
            of_generation(token_likelihoods=[{"token": "a", "alternatives": [{"likelihood": 0}]}]),
            "generations[0].token_likelihoods[0].alternatives[0] has no 'token'; it has",
        ),
        (
            of_generation(token_likelihoods=[{"token": "a", "special": "secret"}]),
            "generations[0].token_likelihoods[0].special is a string; expected true or false",
        ),
        ({"generations": [], "usage": "secret"}, "usage is a string; expected an object"),
        ({"generations": [], "usage": {"input_tokens": -1}}, "usage.input_tokens is below 0"),
        ({"generations": [], "extra": "secret"}, "extra is a string; expected an object"),
    ],
)
def test_a_dict_of_another_shape_is_an_error(body: dict[str, Any], message: str) -> None:
    with pytest.raises(StreamError) as caught:
        neutral_fields(body)
    assert str(caught.value).startswith(message)
    assert "secret" not in str(caught.value)


def test_bytes_are_read_back_in_messages_of_converse() -> None:
    redacted = {"reasoningContent": {"redactedContent": b"\x00\xff"}}
    for content in ([redacted, {"text": "a"}], [], None):
        answer = Generations([Generation("a", content=content)], dialect="converse")
        written = json.loads(json.dumps(answer.to_dict()))
        assert Generations.from_dict(written) == answer
    block = {"reasoningContent": {"redactedContent": "?"}}
    body = {"dialect": "converse", **of_generation(content=["secret", block])}
    with pytest.raises(StreamError) as caught:
        neutral_fields(body)
    where = "generations[0].content[1].reasoningContent.redactedContent"
    assert str(caught.value) == f"{where} is a string; expected base64"
    # A block of another dialect may have a field of that name.
    found = neutral_fields({**body, "dialect": "completions"})
    assert found["generations"][0].content == ["secret", block]
