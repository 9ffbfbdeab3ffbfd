"""Typed parameters of a request for generated text, with their limits.

The limits are those of the Command models; each stands once, where the field is. Source:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html, and for
Converse https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping, Sequence  # noqa: TC003  # for typing.get_type_hints()
from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any, final

from ._field import check_flag
from ._request import (
    Refused,
    between,
    biases,
    mapping,
    message_for,
    one_of,
    sentence,
    strings,
    text,
    unknown,
)
from .error import InvalidRequestError

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._request import Rule

__all__ = ["GenerateRequest"]


def _optional(rule: Rule, converse: tuple[str, Rule] | None = None, *, hash_: bool = True) -> Any:
    """A field that is sent only if it is set; *converse* is its name and its rule there.

    What cannot be hashed is left out of the hash, so that every request has one.
    """
    metadata = {"rule": rule, "converse": converse}
    return field(default=None, hash=None if hash_ else False, metadata=metadata)


@final
@dataclass(frozen=True, kw_only=True)
class GenerateRequest:
    """What to ask a Command model for; only what is set is sent.

    Attributes:
        model: Which model of a stacked fine-tuning deployment (SageMaker).
        prompt: The text to go on from.
        max_tokens: The most tokens to generate, 1 to 4096. Service default: 20.
        temperature: How random the answer is, 0 to 5. Service default: 0.9.
        k: Choose among the *k* most likely tokens, 0 to 500; 0 stands for all. Service default: 0.
        p: Choose among the most likely tokens whose probabilities add up to *p*, 0 to 1. Service
            default: 0.75.
        stop_sequences: At most 4 texts that end the answer.
        return_likelihoods: The tokens to return them for: ``GENERATION``, ``ALL`` or ``NONE``.
        truncate: Which end of a prompt to cut that is too long: ``NONE``, ``START`` or ``END``.
        num_generations: How many answers, 1 to 5. Service default: 1.
        logit_bias: By token id, how much more likely to make it, -10 to 10.
        extra: Other parameters of the model; merged last, and not checked.

    Raises:
        InvalidRequestError: A limit is broken. The message names each that is, with field, value,
            rule and workaround; it shows no text but a short word for an enumeration.
    """

    model: str | None = _optional(text)
    prompt: str = field(metadata={"rule": text, "converse": None})
    max_tokens: int | None = _optional(
        between(1, 4096, whole=True), ("maxTokens", between(1, math.inf, whole=True))
    )
    temperature: float | None = _optional(between(0, 5), ("temperature", between(0, 1)))
    k: float | None = _optional(between(0, 500))
    p: float | None = _optional(between(0, 1), ("topP", between(0, 1)))
    stop_sequences: Sequence[str] | None = _optional(
        strings(4), ("stopSequences", strings(2500, shortest=1))
    )
    return_likelihoods: str | None = _optional(one_of("GENERATION", "ALL", "NONE"))
    truncate: str | None = _optional(one_of("NONE", "START", "END"))
    num_generations: int | None = _optional(between(1, 5, whole=True))
    logit_bias: Mapping[int, float] | None = _optional(biases, hash_=False)
    extra: Mapping[str, Any] | None = _optional(mapping, hash_=False)

    def __new__(cls, **given: Any) -> Self:
        """Look at all that is given before it is spread over the fields, to tell all at once."""
        problems = [] if given.get("prompt") is not None else ["prompt is missing"]
        for name, value in given.items():
            known = _FIELDS.get(name)
            if known is None:
                problems.append(unknown(name, _FIELDS))
            elif value is not None and (problem := known.metadata["rule"](value)):
                problems.append(sentence(name, problem))
        if problems:
            raise InvalidRequestError(message_for(problems))
        return super().__new__(cls)

    def __post_init__(self) -> None:
        # What can be changed from outside is copied, so that a request stays what it was.
        for name, copied in (
            ("stop_sequences", tuple),
            ("logit_bias", lambda biases: {int(token): bias for token, bias in biases.items()}),
            ("extra", dict),
        ):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, copied(value))

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self._given()), ()

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Self:
        """Read a body back, as ``body()`` makes it.

        Names that are no parameter become ``extra``. ``stream`` is left out: it says how to
        answer, and is given when a body is made. Limits hold, also for what was in ``extra``.

        Raises:
            InvalidRequestError: As for the class; or *body* is no dict.
        """
        problem = mapping(body)
        if problem:
            raise InvalidRequestError(f"the body {problem}")
        given = {name: body[name] for name in body if name in _FIELDS and name != "extra"}
        extra = {name: body[name] for name in body if name not in given and name != "stream"}
        return cls(**{"prompt": None, **given}, extra=extra or None)

    def replace(self, **changes: Any) -> Self:
        """A request with other values; ``None`` leaves a parameter out."""
        return type(self)(**{**self._given(), **changes})

    def body(self, *, stream: bool | None = None) -> str:
        """The JSON text for ``InvokeModel`` and ``InvokeEndpoint``, and their streams.

        Args:
            stream: What to send for it. Command needs ``True`` in the body to stream; Command R
                refuses the key, so ``None`` leaves it out.

        Raises:
            InvalidRequestError: ``extra`` holds what is not JSON; or *stream* is not a bool.
        """
        values = self._given()
        extra = values.pop("extra", {})
        if stream is not None:
            check_flag(stream=stream)
            values["stream"] = stream
        return _json({**values, **extra})

    def inference_configuration(self, *, additional: bool = False) -> dict[str, Any]:
        """The arguments for ``Converse`` and ``ConverseStream`` besides model and messages.

        That is ``inferenceConfig``, and if *additional*, what it has no name for as
        ``additionalModelRequestFields``. The prompt is not among them: it goes into a message.

        Raises:
            InvalidRequestError: A value is outside Converse's own limits; Converse has no name for
                a parameter, and *additional* is not set; or *additional* is not a bool.
        """
        check_flag(additional=additional)
        values = json.loads(self.replace(extra=None).body())
        extra = json.loads(_json(self.extra or {}))
        del values["prompt"]
        problems, found = [], {}
        for name, field_ in _FIELDS.items():
            if name in values and (converse := field_.metadata["converse"]):
                there, rule = converse
                found[there] = values.pop(name)
                if problem := rule(found[there]):
                    problem = problem.problem if isinstance(problem, Refused) else problem
                    problems.append(f"{name} {problem} (for Converse)")
        more = {**values, **extra}
        if not additional:
            problems += [
                f"{name} has no name in Converse; ask for it as additional" for name in more
            ]
        if problems:
            raise InvalidRequestError(message_for(problems))
        return {
            "inferenceConfig": found,
            **({"additionalModelRequestFields": more} if more else {}),
        }

    def _given(self) -> dict[str, Any]:
        """The fields that are set, in order."""
        values = {name: getattr(self, name) for name in _FIELDS}
        return {name: value for name, value in values.items() if value is not None}


_FIELDS = {each.name: each for each in fields(GenerateRequest)}

# For help() and editors, which would show that of __new__.
_parameters = list(inspect.signature(GenerateRequest.__init__).parameters.values())[1:]
GenerateRequest.__signature__ = inspect.Signature(_parameters)  # type: ignore[attr-defined]


def _json(values: Mapping[str, Any]) -> str:
    try:
        return json.dumps(values, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:  # all else was looked at
        raise InvalidRequestError(f"extra is no JSON: {type(error).__name__}") from None
