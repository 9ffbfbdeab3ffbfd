"""Tokens of TGI and LMI in each of their forms. All data is constructed."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from cohere_aws import StreamError, StreamingText, TokenLikelihood
from cohere_aws._dialects._tgi_tokens import (
    LazyPiece,
    Texts,
    plain_index,
    read_all,
    read_alternatives,
    read_token,
    texts_of,
)

TGI = {"id": 305, "text": " 5", "logprob": -6.5, "special": False}
LMI = {"id": 305, "text": " 5", "log_prob": -6.5}
VLLM = {"id": 305, "text": " 5", "logprob": -6.5}


@pytest.mark.parametrize(
    ("value", "token"),
    [
        (TGI, TokenLikelihood(" 5", -6.5, id=305, special=False)),
        ({**TGI, "special": True}, TokenLikelihood(" 5", -6.5, id=305, special=True)),
        ({**TGI, "logprob": None}, TokenLikelihood(" 5", None, id=305, special=False)),
        (LMI, TokenLikelihood(" 5", -6.5, id=305, special=False)),
        ({**LMI, "special_token": True}, TokenLikelihood(" 5", -6.5, id=305, special=True)),
        ({**LMI, "id": [305]}, TokenLikelihood(" 5", -6.5, id=305, special=False)),
        ({"id": 5, "text": "a"}, TokenLikelihood("a", 0.0, id=5, special=False)),
        ({"log_prob": -1, "special_token": True}, TokenLikelihood("", -1, special=True)),
        ({**LMI, "log_prob": None}, TokenLikelihood(" 5", None, id=305, special=False)),
        (VLLM, TokenLikelihood(" 5", -6.5, id=305)),
        ({"id": None, "text": None, "logprob": None}, TokenLikelihood("", None)),
        ({**VLLM, "rank": 1}, TokenLikelihood(" 5", -6.5, id=305, extra={"rank": 1})),
    ],
)
def test_each_form_of_a_token(value: dict[str, Any], token: TokenLikelihood) -> None:
    assert read_token(value, "token") == token


def test_the_place_decides_what_a_missing_field_means() -> None:
    assert read_token(VLLM, "token", unmarked=False).special is False
    assert read_token({"text": "a"}, "token", missing=None).likelihood is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("secret", "token is a string; expected an object"),
        ({**TGI, "id": "secret"}, "token.id is a string; expected an integer of 0 or more"),
        ({**LMI, "id": []}, "token.id is an array; expected an integer of 0 or more"),
        ({**TGI, "id": -1}, "token.id is below 0; expected an integer of 0 or more"),
        ({**TGI, "text": 5}, "token.text is a number; expected a string"),
        ({**TGI, "logprob": "secret"}, "token.logprob is a string; expected a number"),
        ({**LMI, "log_prob": float("-inf")}, "token.log_prob is not finite; expected a number"),
        ({**TGI, "special": 1}, "token.special is a number; expected true or false"),
    ],
)
def test_a_token_of_the_wrong_types(value: Any, message: str) -> None:
    with pytest.raises(StreamError) as caught:
        read_token(value, "token")
    assert str(caught.value) == message


def test_alternatives() -> None:
    assert read_alternatives([TGI, LMI], "top_tokens") == [
        TokenLikelihood(" 5", -6.5, id=305, special=False),
        TokenLikelihood(" 5", -6.5, id=305, special=False),
    ]
    with pytest.raises(StreamError, match=r"^top_tokens is an object; expected an array$"):
        read_alternatives(TGI, "top_tokens")
    with pytest.raises(StreamError, match=r"^top_tokens\[1\] is null; expected an object$"):
        read_alternatives([TGI, None], "top_tokens")


@pytest.mark.parametrize(
    ("index", "token", "expected"),
    [
        (None, TGI, 0),
        (7, TGI, 0),  # it counts tokens
        (None, LMI, 0),
        (7, VLLM, 7),
        (None, VLLM, None),
        (-1, VLLM, None),
        (True, VLLM, None),
        (0, LMI, None),
        (None, {**TGI, "special": None}, None),
        (None, {**TGI, "special": 1}, None),
        (None, {**TGI, "logprob": None}, None),
        (None, {**TGI, "logprob": float("inf")}, None),
        (None, {**TGI, "logprob": 0}, None),
        (None, {**TGI, "text": None}, None),
        (None, {**TGI, "id": None}, None),
        (None, {**TGI, "id": -1}, None),
        (None, {**TGI, "rank": 1}, None),
        (None, {"id": 305, "text": " 5"}, None),
    ],
)
def test_a_plain_token_is_valid_and_has_an_index(
    index: Any, token: dict[str, Any], expected: int | None
) -> None:
    item = {"token": token} if index is None else {"token": token, "index": index}
    assert plain_index(item, token) == expected


def piece(text: str, value: dict[str, Any]) -> LazyPiece:
    found = LazyPiece(0, text, is_finished=False)
    found.value = value
    return found


@pytest.mark.parametrize("copied", [copy.copy, lambda each: pickle.loads(pickle.dumps(each))])
def test_a_piece_reads_its_token_when_it_is_asked_for(copied: Any) -> None:
    first = piece(" 5", TGI)
    for each in (first, copied(first)):
        assert each == (0, " 5", False)
        assert repr(each) == "StreamingText(index=0, text=' 5', is_finished=False)"
        assert each.token == TokenLikelihood(" 5", -6.5, id=305, special=False)
    changed = first._replace(text="a")
    for each in (changed, copied(changed)):
        assert each == (0, "a", False)
        assert each.token is None
    assert isinstance(changed, StreamingText)


def test_reading_all_tokens() -> None:
    token = read_token(TGI, "token")
    assert read_all([token, TGI, LMI]) == [token, token, token]


@pytest.mark.parametrize(
    ("tokens", "texts"),
    [
        ([], None),
        ([TGI, LMI], Texts(" 5 5", " 5 5", are_special=False, are_unmarked=False)),
        ([VLLM], Texts(" 5", " 5", are_special=False, are_unmarked=True)),
        (
            [TGI, TokenLikelihood("</s>", -1.0, special=True)],
            Texts(" 5</s>", " 5", are_special=False, are_unmarked=False),
        ),
        (
            [{**TGI, "special": True}],
            Texts(" 5", "", are_special=True, are_unmarked=False),
        ),
    ],
)
def test_the_joined_texts_of_tokens(tokens: list[Any], texts: Texts | None) -> None:
    assert texts_of(tokens) == texts
