"""Tokens of TGI and LMI, plain and streamed.

A token of TGI is ``{"id": 305, "text": " 5", "logprob": -6.1, "special": false}``. LMI writes it in
other ways:

* with the keys ``log_prob`` and ``special_token``, the second one only where it is true;
* 0.26 and 0.27 leave out each field that is 0 or empty: the likelihood is then 0.0, and the text is
  empty. A missing ``id`` stays unknown;
* in 0.27, ``id`` is a list of one;
* 0.33 and later, with vLLM, never say which tokens are special.

Sources: ``router/src/lib.rs`` of https://github.com/huggingface/text-generation-inference, and
``engines/python/setup/djl_python`` of https://github.com/deepjavalibrary/djl-serving.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cohere_aws._field import boolean, extra_of, integer, kind, number, string
from cohere_aws._results import StreamingText, TokenLikelihood, token_text
from cohere_aws.error import StreamError

if TYPE_CHECKING:
    from collections.abc import Sequence

    # A token, or the valid object that read_token() makes one of.
    LazyToken = TokenLikelihood | dict[str, Any]

__all__ = [
    "LazyPiece",
    "Texts",
    "plain_index",
    "read_all",
    "read_alternatives",
    "read_token",
    "texts_of",
]

_KEYS = frozenset(("id", "text", "logprob", "log_prob", "special", "special_token"))
_LARGEST = 1e300  # any bound will do: it excludes infinite likelihoods


def read_token(
    value: object,
    path: str,
    *,
    unmarked: bool | None = None,
    missing: float | None = 0.0,
    alternatives: list[TokenLikelihood] | None = None,
) -> TokenLikelihood:
    """Return the token in *value*, an object of the keys in the docstring of this module.

    Args:
        value: The token.
        path: Its place, for an error.
        unmarked: ``special`` of a token that does not say it.
        missing: The likelihood of a token that has none.
        alternatives: The most likely tokens in its place.
    """
    if not isinstance(value, Mapping):
        raise StreamError(f"{path} is {kind(value)}; expected an object")
    id_ = value.get("id")
    if isinstance(id_, list) and len(id_) == 1:
        value = {**value, "id": id_[0]}
    key = "logprob" if "logprob" in value else "log_prob"
    mark = "special" if "special" in value else "special_token"
    special = unmarked if "logprob" in value else False
    return TokenLikelihood(
        string(value, "text", path) or "",
        number(value, key, path) if key in value else missing,
        id=integer(value, "id", path),
        special=special if value.get(mark) is None else boolean(value, mark, path),
        alternatives=alternatives,
        extra=None if value.keys() <= _KEYS else extra_of(value, _KEYS),
    )


def read_alternatives(value: object, path: str) -> list[TokenLikelihood]:
    """Return the tokens in *value*, the most likely ones in one place."""
    if not isinstance(value, list):
        raise StreamError(f"{path} is {kind(value)}; expected an array")
    return [read_token(each, f"{path}[{i}]") for i, each in enumerate(value)]


def plain_index(item: Mapping[str, Any], token: Mapping[str, Any]) -> int | None:
    """Return the index of the generation of *item*, or ``None`` if its token needs a closer look.

    Most tokens of most streams have a text, an ID, a finite likelihood and perhaps a mark, and no
    other field. Such a token is valid, and ``read_token`` can wait until the caller asks for it.
    """
    is_marked = "special" in token
    likelihood = token.get("logprob" if is_marked or "index" in item else "log_prob")
    if (
        type(likelihood) is float
        and -_LARGEST < likelihood < _LARGEST
        and type(token.get("text")) is str
        and type(id_ := token.get("id")) is int
        and id_ >= 0
        and len(token) == 3 + is_marked
    ):
        if is_marked:
            return 0 if type(token["special"]) is bool else None
        index = item.get("index", 0)
        return index if type(index) is int and index >= 0 else None
    return None


class LazyPiece(StreamingText):
    """A piece whose token is read when it is asked for, because most callers only want the text."""

    value: Mapping[str, Any] | None = None  # the object of the token; None in a copy by _replace()

    @property
    def token(self) -> TokenLikelihood | None:
        """Return the token that the piece is the text of."""
        return None if self.value is None else read_token(self.value, "token")

    def __reduce__(self) -> tuple[Any, ...]:
        if self.value is None:
            return StreamingText, tuple(self)
        return token_text, (*self, self.token)


LazyPiece.__name__ = StreamingText.__name__  # for its repr


def read_all(tokens: Sequence[LazyToken]) -> list[TokenLikelihood]:
    """Return *tokens*, all of them read."""
    # tuple() copies at once, because another thread may append to a list.
    return [
        each if isinstance(each, TokenLikelihood) else read_token(each, "token")
        for each in tuple(tokens)
    ]


class Texts(NamedTuple):
    """Texts of all tokens of a generation, joined.

    Attributes:
        joined: With the special tokens.
        plain: Without them.
        are_special: Whether all tokens are special.
        are_unmarked: Whether they do not say whether they are special (vLLM).
    """

    joined: str
    plain: str
    are_special: bool
    are_unmarked: bool


def texts_of(tokens: Sequence[LazyToken]) -> Texts | None:
    """Return the texts of *tokens*; ``None`` if there are no tokens."""
    if not tokens:
        return None
    texts = [each.token if isinstance(each, TokenLikelihood) else each["text"] for each in tokens]
    marks = [_mark(each) for each in tokens]
    plain = [text for text, mark in zip(texts, marks, strict=True) if not mark]
    return Texts("".join(texts), "".join(plain), all(marks), marks[0] is None)


def _mark(token: LazyToken) -> bool | None:
    if isinstance(token, TokenLikelihood):
        return token.special
    return token.get("special", None if "logprob" in token else False)
