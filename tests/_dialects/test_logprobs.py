"""Likelihoods of tokens in chat completions and text completions."""

from __future__ import annotations

from typing import Any

import pytest

from cohere_aws import TokenLikelihood
from cohere_aws._dialects._logprobs import tokens_of


def chat(*tokens: Any, **fields: Any) -> dict[str, Any]:
    return {"content": list(tokens), **fields}


A = {"token": "a", "logprob": -0.5}


@pytest.mark.parametrize("logprobs", [None, {}, {"content": None}, chat(), {"tokens": []}, []])
def test_no_likelihoods(logprobs: Any) -> None:
    tokens, unread = tokens_of(logprobs)
    assert (tokens, unread or None) == ([], None)


@pytest.mark.parametrize(
    ("token", "read"),
    [
        (A, TokenLikelihood("a", -0.5)),
        ({"token": "", "logprob": None}, TokenLikelihood("", None)),
        (A | {"bytes": [97]}, TokenLikelihood("a", -0.5, extra={"bytes": [97]})),
        (A | {"top_logprobs": None}, TokenLikelihood("a", -0.5)),
        (A | {"top_logprobs": []}, TokenLikelihood("a", -0.5)),
        (
            A | {"top_logprobs": [A, {"token": "b", "logprob": -2, "bytes": None}]},
            TokenLikelihood(
                "a",
                -0.5,
                alternatives=[
                    TokenLikelihood("a", -0.5),
                    TokenLikelihood("b", -2, extra={"bytes": None}),
                ],
            ),
        ),
        # As LMI writes them.
        (
            A | {"top_logprobs": [A, {"token": -0.5, "logprob": -0.5}]},
            TokenLikelihood(
                "a", -0.5, extra={"top_logprobs": [A, {"token": -0.5, "logprob": -0.5}]}
            ),
        ),
        (A | {"top_logprobs": 5}, TokenLikelihood("a", -0.5, extra={"top_logprobs": 5})),
    ],
)
def test_chat_completions(token: dict[str, Any], read: TokenLikelihood) -> None:
    assert tokens_of(chat(token, A)) == ([read, TokenLikelihood("a", -0.5)], None)
    assert tokens_of([chat(token)]) == ([read], None)


def test_fields_beside_the_tokens() -> None:
    assert tokens_of(chat(A, refusal=None)) == ([TokenLikelihood("a", -0.5)], None)
    assert tokens_of(chat(A, refusal=[A])) == ([TokenLikelihood("a", -0.5)], {"refusal": [A]})


def test_text_completions() -> None:
    logprobs = {
        "tokens": ["a", "b"],
        "token_logprobs": [None, -0.5],
        "top_logprobs": [None, {"b": -0.5, "c": -2}],
        "text_offset": [3, 4],
        "new": 1,
    }
    top = [TokenLikelihood("b", -0.5), TokenLikelihood("c", -2)]
    assert tokens_of(logprobs) == (
        [
            TokenLikelihood("a", None, extra={"text_offset": 3}),
            TokenLikelihood("b", -0.5, alternatives=top, extra={"text_offset": 4}),
        ],
        {"new": 1},
    )


@pytest.mark.parametrize(
    "logprobs",
    [
        -0.5,
        [-0.5],
        [-0.5, -0.25],
        [chat(A), chat(A)],
        {"content": [5]},
        {"content": [A, {"token": 5}]},
        {"content": [{"token": "a", "logprob": "-0.5"}]},
        {"content": [{"token": "a", "logprob": float("inf")}]},
        {"content": "a"},
        {"tokens": ["a"], "token_logprobs": [-0.5, -0.25]},
        {"tokens": ["a"], "token_logprobs": -0.5},
        {"token_logprobs": [-0.5]},
    ],
)
def test_another_form_is_returned_unread(logprobs: Any) -> None:
    assert tokens_of(logprobs) == ([], logprobs)
