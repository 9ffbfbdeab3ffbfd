"""Typed parameters of a request to AI21's Jurassic-2 models, with their limits.

Python names are in snake case, and the names in the body in camel case. The limits are those of
Bedrock, each at its field. Sources:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-jurassic2.html, and
https://docs.ai21.com/reference/j2-complete-api-ref for the parameters that Bedrock does not
document.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from ._field import check_flag, is_finite
from ._request import Request, optional
from ._rules import OverLimit, between, flag, mapping, string, strings
from .error import InvalidRequestError

if TYPE_CHECKING:
    from ._rules import Rule

__all__ = ["JurassicPenalty", "JurassicRequest"]


class _CamelCase(Request):
    """A request whose body has the names of the fields in camel case."""

    @classmethod
    def _nest(cls, values: dict[str, Any]) -> dict[str, Any]:
        names = cls._names()
        return {
            names.get(name, name): _nested(value) if isinstance(value, JurassicPenalty) else value
            for name, value in values.items()
        }

    @classmethod
    def _flatten(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        fields = {sent: name for name, sent in cls._names().items()}
        return {fields.get(key, key): value for key, value in body.items()}

    @classmethod
    def _names(cls) -> dict[str, str]:
        """Return the names in the body, by those of the fields."""
        return {name: _camel_case(name) for name in cls.__dataclass_fields__ if name != "extra"}


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


@final
@dataclass(frozen=True, kw_only=True)
class JurassicPenalty(_CamelCase):
    """A penalty for tokens that repeat; part of a ``JurassicRequest``.

    Attributes:
        scale: Size of the penalty, 0 or more; its maximum depends on the penalty.
        apply_to_whitespaces: Whether it applies to white space and newlines. Service default:
            ``True``.
        apply_to_punctuations: Whether it applies to punctuation. Service default: ``True``.
        apply_to_numbers: Whether it applies to numbers. Service default: ``True``.
        apply_to_stopwords: Whether it applies to words such as "the". Service default: ``True``.
        apply_to_emojis: Whether it applies to emojis. Service default: ``True``.
        extra: Other parameters of the penalty; merged last, and not checked.

    Raises:
        InvalidRequestError: As for ``JurassicRequest``.
    """

    scale: float = field(metadata={"rule": between(0, math.inf)})
    apply_to_whitespaces: bool | None = optional(flag)
    apply_to_punctuations: bool | None = optional(flag)
    apply_to_numbers: bool | None = optional(flag)
    apply_to_stopwords: bool | None = optional(flag)
    apply_to_emojis: bool | None = optional(flag)
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)


def _nested(penalty: JurassicPenalty) -> dict[str, Any]:
    values = penalty._values()  # noqa: SLF001  # of this module
    extra = values.pop("extra", {})
    return penalty._nest({**values, **extra})  # noqa: SLF001  # likewise


def _penalty(high: float) -> Rule:
    """Return a rule for a penalty with a scale of at most *high*."""
    limit = between(0, high)

    def rule(value: Any) -> str | OverLimit | None:
        if not isinstance(value, JurassicPenalty):
            return f"is of type {type(value).__name__}; expected a JurassicPenalty"
        problem = limit(value.scale)
        if not isinstance(problem, OverLimit):
            return problem
        return OverLimit(f"has a scale that {problem.problem}", f'{{"scale": {problem.shown}}}')

    return rule


def _biases(value: Any) -> str | None:
    """Check a dict of numbers by token; a token is a string, such as ``▁hello``."""
    problem = mapping(value)
    if problem or all(map(is_finite, value.values())):
        return problem
    return "holds a value that is not a number; expected numbers by token"


@final
@dataclass(frozen=True, kw_only=True)
class JurassicRequest(_CamelCase, dialect="jurassic"):
    """Parameters of a Jurassic-2 model; only those that are set are sent.

    These models do not stream.

    Attributes:
        prompt: Text that the model continues.
        num_results: Number of answers, 1 or more. Service default: 1.
        max_tokens: Maximum number of tokens to generate in each answer, 0 to 8191. Service default:
            200 on Bedrock, 16 on SageMaker.
        min_tokens: Minimum number of tokens, 0 or more; stop sequences before it are ignored.
            Service default: 0.
        temperature: Randomness of the answer, 0 to 1. Service default: 0.5 on Bedrock, 0.7 on
            SageMaker.
        top_p: Sample from the most likely tokens whose probabilities add up to *top_p*, 0 to 1.
            Service default: 0.5 on Bedrock, 1 on SageMaker.
        top_k_return: Number of alternatives to return for each token, 0 or more. Service default:
            0.
        stop_sequences: Strings that end the answer.
        logit_bias: Bias of each token, by its text.
        count_penalty: Penalty by the number of times that a token has occurred, with a scale of 0
            to 1.
        presence_penalty: Penalty for a token that has occurred at all, with a scale of 0 to 5.
        frequency_penalty: Penalty by the share of a token in the text, with a scale of 0 to 500.
        extra: Other parameters of the model; merged last, and not checked. Bedrock refuses
            parameters that it does not know.

    Raises:
        InvalidRequestError: A limit is broken. The message names every problem, with field, value,
            rule and workaround. It shows numbers, and no text.
    """

    prompt: str = field(metadata={"rule": string})
    num_results: int | None = optional(between(1, math.inf, whole=True))
    max_tokens: int | None = optional(between(0, 8191, whole=True))
    min_tokens: int | None = optional(between(0, math.inf, whole=True))
    temperature: float | None = optional(between(0, 1))
    top_p: float | None = optional(between(0, 1))
    top_k_return: int | None = optional(between(0, math.inf, whole=True))
    stop_sequences: Sequence[str] | None = optional(strings(), copy=tuple)
    logit_bias: Mapping[str, float] | None = optional(_biases, copy=dict, hashable=False)
    count_penalty: JurassicPenalty | None = field(default=None, metadata={"rule": _penalty(1)})
    presence_penalty: JurassicPenalty | None = field(default=None, metadata={"rule": _penalty(5)})
    frequency_penalty: JurassicPenalty | None = field(
        default=None, metadata={"rule": _penalty(500)}
    )
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)

    def body(self, *, stream: bool | None = None) -> str:
        """Return the JSON body for ``InvokeModel`` and ``InvokeEndpoint``.

        Args:
            stream: ``False`` or ``None``. The key ``stream`` is never sent.

        Raises:
            InvalidRequestError: *stream* is ``True``; or as for other requests.
        """
        if stream is not None:
            check_flag(stream=stream)
        if stream:
            raise InvalidRequestError("Jurassic-2 models do not stream; pass stream=False")
        return super().body()

    @classmethod
    def _flatten(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        values = super()._flatten(body)
        for name in ("count_penalty", "presence_penalty", "frequency_penalty"):
            if isinstance(values.get(name), Mapping):
                values[name] = JurassicPenalty.from_dict(values[name])
        return values
