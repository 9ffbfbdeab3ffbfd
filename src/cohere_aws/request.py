"""Typed parameters of a request for generated text, with their limits.

The limits are those of the Command models; each stands once, at its field. Source:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence  # noqa: TC003  # for typing.get_type_hints()
from dataclasses import dataclass, field
from typing import Any, final

from ._field import check_flag
from ._request import Request, in_json, optional
from ._rules import (
    between,
    mapping,
    message_for,
    one_of,
    problems_with,
    string,
    strings,
    token_biases,
)
from .error import InvalidRequestError

__all__ = ["GenerateRequest"]


@final
@dataclass(frozen=True, kw_only=True)
class GenerateRequest(Request):
    """Parameters of a Command model; only those that are set are sent.

    Attributes:
        model: Variant of a stacked fine-tuning deployment (SageMaker).
        prompt: Text that the model continues.
        max_tokens: Maximum number of tokens to generate, 1 to 4096. Service default: 20.
        temperature: Randomness of the answer, 0 to 5. Service default: 0.9.
        k: Sample from the *k* most likely tokens, 0 to 500; 0 means no limit. Service default: 0.
        p: Sample from the most likely tokens whose probabilities add up to *p*, 0 to 1. Service
            default: 0.75.
        stop_sequences: At most 4 strings that end the answer.
        return_likelihoods: Tokens whose likelihoods are returned: ``GENERATION``, ``ALL`` or
            ``NONE``.
        truncate: End at which a prompt is cut that is too long: ``START`` or ``END``; with ``NONE``
            such a prompt is an error.
        num_generations: Number of answers, 1 to 5. Service default: 1.
        logit_bias: Bias of each token ID, -10 (less likely) to 10 (more likely).
        extra: Other parameters of the model; merged last, and not checked.

    Raises:
        InvalidRequestError: A limit is broken. The message names every problem, with field, value,
            rule and workaround. It shows numbers and short words, and no other text.
    """

    # converse: the field of InferenceConfiguration for the parameter. Its limits differ.
    model: str | None = optional(string)
    prompt: str = field(metadata={"rule": string})
    max_tokens: int | None = optional(between(1, 4096, whole=True), converse="max_tokens")
    temperature: float | None = optional(between(0, 5), converse="temperature")
    k: float | None = optional(between(0, 500))
    p: float | None = optional(between(0, 1), converse="top_p")
    stop_sequences: Sequence[str] | None = optional(
        strings(4), copy=tuple, converse="stop_sequences"
    )
    return_likelihoods: str | None = optional(one_of("GENERATION", "ALL", "NONE"))
    truncate: str | None = optional(one_of("NONE", "START", "END"))
    num_generations: int | None = optional(between(1, 5, whole=True))
    logit_bias: Mapping[int, float] | None = optional(
        token_biases,
        copy=lambda biases: {int(token): bias for token, bias in biases.items()},
        hashable=False,
    )
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)

    def inference_configuration(self, *, additional: bool = False) -> dict[str, Any]:
        """Return the arguments for ``Converse`` and ``ConverseStream`` besides model and messages.

        The dict has the key ``inferenceConfig``. It does not have the prompt, which is part of a
        message.

        Args:
            additional: ``True`` to return the parameters that Converse has no name for, and
                ``extra``, as ``additionalModelRequestFields``. With ``False`` they are an error.

        Raises:
            InvalidRequestError: A value is outside the limits of Converse; Converse has no name for
                a parameter, and *additional* is ``False``; or *additional* is not a bool.
        """
        from .converse import InferenceConfiguration  # noqa: PLC0415  # few requests need it

        check_flag(additional=additional)
        # Parsed from the body, so that all values are those of JSON: tuples are lists, and the
        # keys of logit_bias are strings. Without extra, whose names are never those of Converse.
        values = json.loads(self.replace(extra=None).body())
        extra = json.loads(in_json(self.extra or {}))
        del values["prompt"]
        problems, configuration = [], {}
        for name, each in self.__dataclass_fields__.items():
            if name in values and (converse := each.metadata.get("converse")):
                value = configuration[converse] = values.pop(name)
                rule = InferenceConfiguration.__dataclass_fields__[converse].metadata["rule"]
                # There is no workaround: Converse itself refuses the value.
                found = problems_with(name, rule(value))
                problems += [f"{problem} (for Converse)" for problem in found]
        others = {**values, **extra}
        if not additional:
            problems += [f"{name} has no name in Converse; pass additional=True" for name in others]
        if problems:
            raise InvalidRequestError(message_for(problems))
        additional_fields = {"additionalModelRequestFields": others} if others else {}
        inference = InferenceConfiguration(**configuration)
        return {"inferenceConfig": inference.to_dict(), **additional_fields}
