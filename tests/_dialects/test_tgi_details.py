"""Details of TGI and LMI, and the prompt in front of a text. All data is constructed."""

from __future__ import annotations

from typing import Any

import pytest

from cohere_aws import Generation, StreamError, TokenLikelihood
from cohere_aws._dialects._tgi_details import Details, failure_in, read_details, total
from cohere_aws._dialects._tgi_tokens import Texts


def token(text: str, *, special: bool | None = False) -> dict[str, Any]:
    mark = {} if special is None else {"special": special}
    return {"id": 5, "text": text, "logprob": -1.5, **mark}


def read(text: str, *tokens: dict[str, Any], **more: Any) -> Details:
    return read_details({"generated_text": text, "details": {"tokens": list(tokens), **more}})


END = token("</s>", special=True)


@pytest.mark.parametrize(
    ("text", "tokens", "found", "prompt"),
    [
        ("a b", [token("a"), token(" b"), END], "a b", None),
        ("Is it? a b", [token(" a"), token(" b"), END], " a b", "Is it?"),
        ("Is it? a</s>", [token(" a"), END], " a</s>", "Is it?"),  # LMI
        ("a</s>", [token("a"), END], "a</s>", None),
        ("a b", [token(" a"), token(" b")], "a b", None),  # TGI removed the first space
        (" a b", [token("a"), token(" b")], " a b", None),  # white space is not a prompt
        ("Is it?", [END], "", "Is it?"),
        ("", [END], "", None),
        ("Is it?\ufffd", [token("")], "Is it?\ufffd", None),  # a part of a character
        ("Is it? a\ufffd", [token(" a"), token("")], "Is it? a\ufffd", None),
        ("Is it? a", [], "Is it? a", None),
    ],
)
def test_a_prompt_that_the_tokens_prove_is_removed(
    text: str, tokens: list[dict[str, Any]], found: str, prompt: str | None
) -> None:
    details = read(text, *tokens)
    assert (details.generations[0].text, details.prompt) == (found, prompt)


def test_without_details_a_prompt_stays() -> None:
    details = read_details({"generated_text": "Is it? a", "details": None})
    assert details == Details([Generation("Is it? a", index=0)])


def test_the_prompt_and_its_tokens() -> None:
    first = {"id": 1, "text": "Is"}
    details = read("a", token("a"), inputs="Is it?", prefill=[first, {**first, "logprob": -2.0}])
    assert details.prompt == "Is it?"
    assert details.prompt_tokens == [
        TokenLikelihood("Is", None, id=1, special=False),
        TokenLikelihood("Is", -2.0, id=1, special=False),
    ]
    assert read("a", prefill=[]).prompt_tokens is None
    prefill = [{"id": 0, "text": "<pad>", "logprob": None}]
    assert read("a", prefill=prefill).prompt_tokens == [TokenLikelihood("<pad>", None, id=0)]


def test_other_sequences_and_the_counts_of_all() -> None:
    seed = 2**64 - 1  # more than a float can hold
    prefill = [{"id": 0, "text": "<pad>", "logprob": None}]
    facts = {"generated_tokens": 1, "finish_reason": "length", "seed": seed, "prefill": prefill}
    others = {
        "best_of_sequences": [{"generated_text": "b", "tokens": [token("b")], **facts}],
        "beam_sequences": [{"generated_text": "c", "prefill": [], "generated_tokens": None}],
    }
    details = read("a", token("a"), **facts, **others, input_length=7)
    tokens = [TokenLikelihood(each, -1.5, id=5, special=False) for each in "ab"]
    reason = "length"
    assert details.generations == [
        Generation("a", tokens[:1], index=0, finish_reason=reason, extra={"seed": seed}),
        Generation("b", tokens[1:], index=1, finish_reason=reason, extra={"seed": seed}),
        Generation("c", index=1, extra={"prefill": []}),
    ]
    assert (details.input_tokens, details.output_tokens) == (7, 2)


def test_alternatives_belong_to_the_tokens_in_their_places() -> None:
    top = [[token("a"), token("b")]]
    first, second = read("ac", token("a"), token("c"), top_tokens=top).generations[0][
        "token_likelihoods"
    ]
    assert first.alternatives == [
        TokenLikelihood("a", -1.5, id=5, special=False),
        TokenLikelihood("b", -1.5, id=5, special=False),
    ]
    assert second.alternatives is None


@pytest.mark.parametrize("tokens", [[], [token("a")]])
def test_alternatives_without_a_place_are_in_extra(tokens: list[dict[str, Any]]) -> None:
    top = [[token("a")], [token("b")]]
    assert read("a", *tokens, top_tokens=top).generations[0].extra == {"top_tokens": top}


@pytest.mark.parametrize(
    ("reason", "special", "word", "finish", "extra"),
    [
        ("eos_token", False, "eos_token", "complete", None),
        ("length", None, "length", "max_tokens", None),
        ("stop", None, "stop", "complete", None),
        ("abort", None, "abort", "other", None),
        ("\n\n", None, "\n\n", "stop_sequence", None),  # vLLM: the string that stopped it
        ("new", False, "new", "other", None),
        (128009, None, None, "complete", {"finish_reason": 128009}),  # vLLM: a token
        (None, None, None, None, None),
    ],
)
def test_reasons(
    reason: Any, special: bool | None, word: Any, finish: str | None, extra: Any
) -> None:
    found = read("a", token("a", special=special), finish_reason=reason).generations[0]
    assert (found.finish_reason, found.finish, found.extra) == (word, finish, extra)


def test_the_count_of_vllm_is_one_too_high_in_a_stream() -> None:
    item = {"generated_text": "a", "details": {"generated_tokens": 2}}
    texts = Texts("a", "a", are_special=False, are_unmarked=True)
    assert read_details(item, streamed=texts).output_tokens == 1
    assert read_details(item, streamed=texts._replace(are_unmarked=False)).output_tokens == 2
    assert read_details(item).output_tokens == 2


def test_unread_fields_are_in_extra() -> None:
    assert read("a", seed=None, new={"b": 5}).generations[0].extra == {"new": {"b": 5}}
    both = read("a", new=1).with_extra({"new": 2, "old": 3})
    assert both.generations[0].extra == {"new": 1, "old": 3}
    assert both.with_extra(None) == both


def test_a_prompt_can_move_to_extra() -> None:
    details = read("a", inputs="Is it?", prefill=[token("Is")]).with_prompt_in_extra()
    assert (details.prompt, details.prompt_tokens) == (None, None)
    tokens = [{"token": "Is", "likelihood": -1.5, "id": 5, "special": False}]
    assert details.generations[0].extra == {"prompt": "Is it?", "prompt_tokens": tokens}


@pytest.mark.parametrize(
    ("details", "message"),
    [
        ("secret", "details is a string; expected an object"),
        ({"finish_reason": True}, "details.finish_reason is a boolean; expected a string"),
        ({"tokens": 5}, "details.tokens is a number; expected an array"),
        ({"tokens": [5]}, "details.tokens[0] is a number; expected an object"),
        ({"prefill": [5]}, "details.prefill[0] is a number; expected an object"),
        ({"generated_tokens": 1.5}, "details.generated_tokens is a number; expected an integer of 0 or more"),
        ({"best_of_sequences": [5]}, "details.best_of_sequences[0] is a number; expected an object"),
        (
            {"best_of_sequences": [{"secret": 5}]},
            "no 'generated_text' in details.best_of_sequences[0]; it has 'secret'",
        ),
        (
            {"tokens": [token("a")], "top_tokens": [5]},
            "details.top_tokens[0] is a number; expected an array",
        ),
    ],
)  # fmt: skip
def test_details_of_the_wrong_types(details: Any, message: str) -> None:
    with pytest.raises(StreamError) as caught:
        read_details({"generated_text": "a", "details": details})
    assert str(caught.value) == message
    with pytest.raises(StreamError) as caught:
        read_details({"generated_text": "a", "details": details}, "[1]")
    assert str(caught.value) == message.replace("details", "[1].details", 1)


def test_a_text_is_required() -> None:
    with pytest.raises(StreamError, match=r"^no 'generated_text' in the response; it has 'det"):
        read_details({"details": {}})


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"details": None}, None),
        ({"details": {"finish_reason": "length"}}, None),
        (
            {"details": {"finish_reason": "error"}},
            "an error without a code: the answer ended with the finish_reason error",
        ),
        (
            {"details": {"finish_reason": "error"}, "token": {"error_msg": "out of memory"}},
            "an error without a code: out of memory",
        ),
    ],
)
def test_a_failure_is_an_error_of_the_model(item: dict[str, Any], message: str | None) -> None:
    error = failure_in(item)
    assert (error and error.message) == message
    assert error is None or (error.http_status, error.retryable) == (424, True)


def test_a_total_of_counts() -> None:
    assert total([1, None, 2]) == 3
    assert total([None]) is None
    assert total([0]) == 0
