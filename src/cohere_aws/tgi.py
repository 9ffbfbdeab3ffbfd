"""Typed parameters of a request to Hugging Face TGI or AWS LMI, with their limits.

The limits are those of TGI, each at its field. Maxima that a launcher of TGI sets are in the
docstring, and the server checks them. LMI takes the same names, and passes other parameters to its
engine. Sources: ``router/src/lib.rs`` and ``router/src/validation.rs`` of
https://github.com/huggingface/text-generation-inference, and
https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/lmi_input_output_schema.html.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence  # noqa: TC003  # for typing.get_type_hints()
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, final

from ._field import check_flag
from ._request import Request, optional
from ._rules import between, flag, json_object, mapping, message_for, one_of, string, strings
from .error import InvalidRequestError
from .mode import Mode

__all__ = ["TgiRequest"]

_is_type_of_grammar = one_of("json", "regex", "json_schema")


def _text(value: Any) -> str | None:
    """Check a string that is not empty."""
    return string(value) or (None if value else "is empty; expected a string with text")


def _grammar(value: Any) -> str | None:
    """Check a dict with a type and a value."""
    problem = json_object(value)
    if problem:
        return problem
    expected = "expected a dict with a type (json, regex or json_schema) and a value"
    if "value" not in value or _is_type_of_grammar(value.get("type")):
        return f"has another type, or no value; {expected}"
    return None


@final
@dataclass(frozen=True, kw_only=True)
class TgiRequest(Request, dialect="tgi", modes=(Mode.SAGEMAKER,)):
    """Parameters of a model on Hugging Face TGI or AWS LMI, which SageMaker endpoints run.

    Only those that are set are sent, and two that have a default here: ``details=True`` for
    tokens, finish reason and usage, and ``return_full_text=False``, so that the answer does not
    begin with the prompt. Pass ``None`` to leave them out.

    Attributes:
        inputs: Text that the model continues; not empty.
        best_of: Number of answers to generate, 1 or more; the best one comes first. Above 1, it
            needs sampling, and excludes *seed* and streams. The launcher of TGI has a maximum, 2 by
            default.
        temperature: Randomness of the answer, above 0.
        repetition_penalty: Penalty for tokens that repeat, above 0; 1 means none.
        frequency_penalty: Penalty by the number of times that a token has occurred, -2 to 2.
        top_k: Sample from the *top_k* most likely tokens, 1 or more.
        top_p: Sample from the most likely tokens whose probabilities add up to *top_p*, above 0 and
            below 1.
        typical_p: Sample from the most typical tokens whose probabilities add up to *typical_p*,
            above 0 and below 1.
        do_sample: Whether to sample instead of taking the most likely token. Service default:
            ``False``; a *temperature*, *top_k*, *top_p* or *typical_p* implies ``True``.
        max_new_tokens: Maximum number of tokens to generate, 1 or more. Service default: 20, 100 or
            as many as fit, by the version of TGI; 30 in LMI.
        return_full_text: Whether the answer begins with the prompt. Default: ``False``.
        stop: Strings that end the answer. The launcher of TGI has a maximum, 4 by default.
        truncate: Number of tokens, 1 or more, to which a prompt is cut; its end is kept.
        watermark: Whether to mark the text as generated.
        details: Whether to return tokens, finish reason and usage. Default: ``True``.
        decoder_input_details: Whether to return the tokens of the prompt; not in a stream.
        seed: Seed for sampling, an integer of 64 bits, 0 or more.
        top_n_tokens: Number of alternatives to return for each token, 0 or more. The launcher of
            TGI has a maximum, 5 by default. LMI with vLLM returns as many answers instead.
        grammar: Form of the answer: ``{"type": "json", "value": {…}}``, ``regex`` or
            ``json_schema``.
        adapter_id: LoRA adapter to use.
        extra: Other parameters of the model; merged last into ``parameters``, and not checked.

    Raises:
        InvalidRequestError: A limit is broken, or two parameters exclude each other. The message
            names every problem, with field, value, rule and workaround. It shows numbers, and no
            text.
    """

    inputs: str = field(metadata={"rule": _text})
    best_of: int | None = optional(between(1, math.inf, whole=True))
    temperature: float | None = optional(between(0, math.inf, strict=True))
    repetition_penalty: float | None = optional(between(0, math.inf, strict=True))
    frequency_penalty: float | None = optional(between(-2, 2))
    top_k: int | None = optional(between(1, math.inf, whole=True))
    top_p: float | None = optional(between(0, 1, strict=True))
    typical_p: float | None = optional(between(0, 1, strict=True))
    do_sample: bool | None = optional(flag)
    max_new_tokens: int | None = optional(between(1, math.inf, whole=True))
    return_full_text: bool | None = field(default=False, metadata={"rule": flag})
    stop: Sequence[str] | None = optional(strings(), copy=tuple)
    truncate: int | None = optional(between(1, math.inf, whole=True))
    watermark: bool | None = optional(flag)
    details: bool | None = field(default=True, metadata={"rule": flag})
    decoder_input_details: bool | None = optional(flag)
    seed: int | None = optional(between(0, 2**64 - 1, whole=True))
    top_n_tokens: int | None = optional(between(0, math.inf, whole=True))
    grammar: Mapping[str, Any] | None = optional(_grammar, copy=deepcopy, hashable=False)
    adapter_id: str | None = optional(string)
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)

    def body(self, *, stream: bool | None = None) -> str:
        """Return the JSON body for ``InvokeEndpoint`` and its stream.

        Args:
            stream: The value of the key ``stream``; ``None`` leaves it out.

        Raises:
            InvalidRequestError: A parameter excludes streams; or as for other requests.
        """
        if stream is not None:
            check_flag(stream=stream)
        if stream:
            problems = []
            if self.best_of not in (None, 1):
                problems.append(f"best_of is {self.best_of}; expected 1 with stream=True")
            if self.decoder_input_details:
                problems.append("decoder_input_details is True; expected False with stream=True")
            if problems:
                raise InvalidRequestError(message_for(problems))
        return super().body(stream=stream)

    @classmethod
    def _conflicts(cls, arguments: Mapping[str, Any]) -> list[str]:
        best_of = arguments.get("best_of")
        if isinstance(best_of, int) and best_of > 1 and arguments.get("seed") is not None:
            return [f"best_of is {best_of}; expected 1 with a seed"]
        return []

    @classmethod
    def _nest(cls, values: dict[str, Any]) -> dict[str, Any]:
        outer: dict[str, Any] = {}
        for name in ("inputs", "stream"):
            if name in values:
                outer[name] = values.pop(name)
        return {**outer, "parameters": {k: v for k, v in values.items() if v is not None}}

    @classmethod
    def _flatten(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        outer: dict[str, Any] = {key: body[key] for key in body if key != "parameters"}
        parameters = body.get("parameters") or {}
        problems = [f"parameters {problem}"] if (problem := mapping(parameters)) else []
        # They would become parameters.
        problems += [
            f"{name:.40} is not a key of the body; expected inputs, parameters or stream"
            for name in outer
            if name not in ("inputs", "stream")
        ]
        if problems:
            raise InvalidRequestError(message_for(problems))
        # A body without them is that of a request that leaves them out.
        return {"details": None, "return_full_text": None, **parameters, **outer}

    def _values(self) -> dict[str, Any]:
        # A copy needs them also if they are None, which is not their default.
        defaults = {"details": self.details, "return_full_text": self.return_full_text}
        return {**super()._values(), **defaults}
