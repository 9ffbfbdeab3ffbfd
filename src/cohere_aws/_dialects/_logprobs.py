"""Read the likelihoods of tokens, as chat completions and text completions write them.

=========================================================  =======================================
``{"content": [{"token", "logprob", "top_logprobs"}, …]}``  chat completions
``[{"content": […]}]``                                     the same, from LMI
``{"tokens": […], "token_logprobs": […], …}``              text completions: arrays side by side
=========================================================  =======================================

Servers deviate from these forms. Likelihoods are an addition to an answer, so another form is not
an error: it is returned unread, for the caller to keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cohere_aws._field import extra_of, is_finite
from cohere_aws._results import TokenLikelihood

__all__ = ["tokens_of"]

_TOP = "top_logprobs"
_TOKEN_KEYS = frozenset(("token", "logprob"))
_TOKEN_KEYS_WITH_TOP = _TOKEN_KEYS | {_TOP}

# The arrays of text completions, and their names in a token of chat completions.
_COLUMNS = {
    "tokens": "token",
    "token_logprobs": "logprob",
    "top_logprobs": _TOP,
    "text_offset": "text_offset",
}


def tokens_of(logprobs: Any) -> tuple[list[TokenLikelihood], Any]:
    """Return the tokens in *logprobs*, and what is unread of it; ``None`` if all is read."""
    source = logprobs[0] if isinstance(logprobs, list) and len(logprobs) == 1 else logprobs
    if not isinstance(source, Mapping):
        return [], logprobs
    is_chat = isinstance(source.get("content"), list)
    rows = source["content"] if is_chat else _rows(source)
    tokens = [token for token in map(_token, rows) if token is not None]
    if not tokens or len(tokens) < len(rows):
        return [], logprobs if any(source.values()) else None
    known = ("content",) if is_chat else _COLUMNS
    unread = {key: each for key, each in source.items() if key not in known and each is not None}
    return tokens, unread or None


def _rows(source: Mapping[str, Any]) -> list[Any]:
    """Return the tokens of a text completion as those of chat completions; none if they differ."""
    columns = {_COLUMNS[key]: source[key] for key in _COLUMNS if source.get(key) is not None}
    if not all(isinstance(column, list) for column in columns.values()):
        return []
    if len({len(column) for column in columns.values()}) != 1:
        return []
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _token(value: Any) -> TokenLikelihood | None:
    """Return a token with its alternatives; ``None`` if *value* has another form."""
    if not isinstance(value, Mapping) or not isinstance(value.get("token"), str):
        return None
    likelihood, top = value.get("logprob"), value.get(_TOP)
    if likelihood is not None and not is_finite(likelihood):
        return None
    if isinstance(top, Mapping):  # in text completions: by token
        top = [{"token": token, "logprob": logprob} for token, logprob in top.items()]
    others = [_token(each) for each in top] if isinstance(top, list) else []
    alternatives = [each for each in others if each is not None]
    # In answers of LMI, the token of an alternative is a number.
    is_read = top is None or (isinstance(top, list) and len(alternatives) == len(top))
    return TokenLikelihood(
        value["token"],
        likelihood,
        alternatives=alternatives or None if is_read else None,
        extra=extra_of(value, _TOKEN_KEYS_WITH_TOP if is_read else _TOKEN_KEYS),
    )
