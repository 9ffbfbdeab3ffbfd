"""A plain body of Cohere's Command models: ``{"generations": [{"text": …}, …], …}``.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html and
https://docs.cohere.com/v1/reference/generate describe the fields. Unread fields are in ``extra`` of
the record that they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cohere_aws._faults import error_in
from cohere_aws._field import array, extra_of, integer, is_finite, kind, number, quoted, string
from cohere_aws._generations import Generations
from cohere_aws._results import Generation, TokenLikelihood
from cohere_aws.error import StreamError

from ._command_chat import is_chat, read_chat
from ._usage import METRICS, usage_of

if TYPE_CHECKING:
    from cohere_aws._framing import Item

__all__ = ["BODY_KEYS", "read_body"]

BODY_KEYS = frozenset(("generations", "id", "prompt", METRICS))
_GENERATION_KEYS = frozenset(
    ("text", "token_likelihoods", "id", "index", "likelihood", "finish_reason")
)
_TOKEN_KEYS = frozenset(("token", "likelihood"))


def read_body(body: Item | Mapping[str, Any]) -> Generations:
    """Return the answer in a plain body.

    Raises:
        ServiceError: The body reports an error, in place of a chat.
        StreamError: The body is not an answer, or a field has the wrong type.
    """
    if not isinstance(body, Mapping):
        raise StreamError(f"the response is {kind(body)}; expected an object")
    generations = array(body, "generations", "")
    if generations is None:
        if is_chat(body):
            # An error may have a "response_id", too.
            if body.get("text") is None and (error := error_in(body, ("finish_reason",))):
                raise error
            return read_chat(body)
        raise StreamError(f"no 'generations' in the response; it has {quoted(body)}")
    usage, unread_metrics = usage_of(body)
    extra = extra_of(body, BODY_KEYS) or {}
    return Generations(
        [_generation(each, f"generations[{i}]") for i, each in enumerate(generations)],
        id=string(body, "id", ""),
        prompt=string(body, "prompt", ""),
        usage=usage,
        dialect="command",
        extra={**extra, METRICS: unread_metrics} if unread_metrics else extra,
    )


def _generation(value: object, path: str) -> Generation:
    if not isinstance(value, Mapping):
        raise StreamError(f"{path} is {kind(value)}; expected an object")
    text = string(value, "text", path)
    if text is None:
        raise StreamError(f"{path}.text is missing; it has {quoted(value)}")
    tokens = array(value, "token_likelihoods", path)
    if tokens is not None:
        prefix = f"{path}.token_likelihoods"
        tokens = [_token_likelihood(token, f"{prefix}[{i}]") for i, token in enumerate(tokens)]
    return Generation(
        text,
        tokens,
        id=string(value, "id", path),
        index=integer(value, "index", path),
        likelihood=number(value, "likelihood", path),
        finish_reason=string(value, "finish_reason", path),
        extra=extra_of(value, _GENERATION_KEYS),
    )


def _token_likelihood(value: object, path: str) -> TokenLikelihood:
    if not isinstance(value, Mapping):
        raise StreamError(f"{path} is {kind(value)}; expected an object")
    if len(value) == 1:
        # {" time": -0.98}, as the AWS page writes it.
        ((text, likelihood),) = value.items()
        if is_finite(likelihood):
            return TokenLikelihood(str(text), likelihood)
    token = string(value, "token", path)
    if token is None:
        # The message shows no keys: in the form above they are generated text.
        raise StreamError(f"{path}.token is missing; expected a token and its likelihood")
    # Most tokens, of which an answer may have thousands, have only these two keys.
    extra = None if value.keys() <= _TOKEN_KEYS else extra_of(value, _TOKEN_KEYS)
    return TokenLikelihood(token, number(value, "likelihood", path), extra=extra)
