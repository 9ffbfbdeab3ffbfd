"""Typed parameters of a request for generated text, with their limits.

The limits are those of the Command models; each stands once, where the field is. Source:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html, and for
Converse https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any, final

from ._field import kind
from .error import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    # Says what is wrong with a value, as "is 7; expected …", or None if it is fine.
    Rule = Callable[[Any], str | None]

__all__ = ["GenerateRequest"]


_SHOWN_BITS = 64
_MOST_DIGITS = 20  # of a token id: those of 64 bits


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) else f"is {_shown(value)}; expected a string"


def _between(low: float, high: float, *, whole: bool = False) -> Rule:
    """A number from *low* to *high*; a *whole* one has no fraction."""
    expected = f"{'an integer' if whole else 'a number'} from {low} to {high}"
    if high == math.inf:
        expected = f"{'an integer' if whole else 'a number'} of {low} or more"

    def rule(value: Any) -> str | None:
        fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if fits and low <= value <= high and value != math.inf:  # what is no number is not between
            return None
        return f"is {_shown(value)}; expected {expected}"

    return rule


def _one_of(*values: str) -> Rule:
    def rule(value: Any) -> str | None:
        if isinstance(value, str) and value in values:
            return None
        return f"is {_shown(value)}; expected one of {', '.join(values)}"

    return rule


def _strings(most: int, shortest: int = 0) -> Rule:
    """A list of strings; not a string, which is a sequence of strings, too."""
    expected = f"a list of at most {most} strings"
    if shortest:
        expected += f" of {shortest} or more characters"

    def rule(value: Any) -> str | None:
        if isinstance(value, str) or not isinstance(value, Sequence):
            return f"is {_shown(value)}; expected {expected}"
        wrong = [text for text in value if not isinstance(text, str) or len(text) < shortest]
        if wrong:
            return f"holds {_shown(wrong[0])}; expected {expected}"
        return f"holds {len(value)}; expected {expected}" if len(value) > most else None

    return rule


def _biases(value: Any) -> str | None:
    expected = "expected token ids (integers of 0 or more) with numbers from -10 to 10"
    if not isinstance(value, Mapping):
        return f"is {_shown(value)}; {expected}"
    bias = _between(-10, 10)
    for token, number in value.items():
        digits = token if isinstance(token, str) else _shown(token)
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
            return f"has the token {_shown(token)}; {expected}"
        if bias(number):
            return f"holds {_shown(number)} for token {token}; {expected}"
    return None


def _object(value: Any) -> str | None:
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return None
    return f"is {_shown(value)}; expected a dict with strings for keys"


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
        max_tokens: The most tokens to generate, 1 to 4096. What is not set, the service sets: this
            to 20.
        temperature: How random the answer is, 0 to 5; the service sets it to 0.9.
        k: Choose among so many tokens, 0 to 500; 0, as the service sets it, stands for all.
        p: Choose among tokens of so much probability together, 0 to 1; the service sets it to 0.75.
        stop_sequences: At most 4 texts that end the answer.
        return_likelihoods: For which tokens to tell them: ``GENERATION``, ``ALL`` or ``NONE``.
        truncate: Which end of a prompt to cut that is too long: ``NONE``, ``START`` or ``END``.
        num_generations: How many answers, 1 to 5; the service gives 1.
        logit_bias: By token id, how much more likely to make it, -10 to 10.
        extra: What the model takes besides; it is merged last and not looked at.

    Raises:
        InvalidRequestError: A limit is broken. The message tells all that are, each with field,
            value and rule; texts by their length alone.
    """

    model: str | None = _optional(_text)
    prompt: str = field(metadata={"rule": _text, "converse": None})
    max_tokens: int | None = _optional(
        _between(1, 4096, whole=True), ("maxTokens", _between(1, math.inf, whole=True))
    )
    temperature: float | None = _optional(_between(0, 5), ("temperature", _between(0, 1)))
    k: float | None = _optional(_between(0, 500))
    p: float | None = _optional(_between(0, 1), ("topP", _between(0, 1)))
    stop_sequences: Sequence[str] | None = _optional(
        _strings(4), ("stopSequences", _strings(2500, shortest=1))
    )
    return_likelihoods: str | None = _optional(_one_of("GENERATION", "ALL", "NONE"))
    truncate: str | None = _optional(_one_of("NONE", "START", "END"))
    num_generations: int | None = _optional(_between(1, 5, whole=True))
    logit_bias: Mapping[int, float] | None = _optional(_biases, hash_=False)
    extra: Mapping[str, Any] | None = _optional(_object, hash_=False)

    def __new__(cls, **given: Any) -> Self:
        """Look at all that is given before it is spread over the fields, to tell all at once."""
        problems = [] if given.get("prompt") is not None else ["prompt is missing"]
        for name, value in given.items():
            known = _FIELDS.get(name)
            if known is None:
                problems.append(f"{name:.40} is not a parameter; {_nearest(name)}")
            elif value is not None and (problem := known.metadata["rule"](value)):
                problems.append(f"{name} {problem}")
        if problems:
            raise InvalidRequestError(_told(problems))
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
        problem = _object(body)
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
            InvalidRequestError: ``extra`` holds what is no JSON.
        """
        values = self._given()
        extra = values.pop("extra", {})
        if stream is not None:
            values["stream"] = stream
        return _json({**values, **extra})

    def inference_configuration(self, *, additional: bool = False) -> dict[str, Any]:
        """The arguments for ``Converse`` and ``ConverseStream`` besides model and messages.

        That is ``inferenceConfig``, and if *additional*, what it has no name for as
        ``additionalModelRequestFields``. The prompt is not among them: it goes into a message.

        Raises:
            InvalidRequestError: A value is outside of Converse's own limits; or Converse has no
                name for a parameter, and *additional* is not set.
        """
        values = json.loads(self.replace(extra=None).body())
        extra = json.loads(_json(self.extra or {}))
        del values["prompt"]
        problems, found = [], {}
        for name, field_ in _FIELDS.items():
            if name in values and (converse := field_.metadata["converse"]):
                there, rule = converse
                found[there] = values.pop(name)
                if problem := rule(found[there]):
                    problems.append(f"{name} {problem} (for Converse)")
        more = {**values, **extra}
        if not additional:
            problems += [
                f"{name} has no name in Converse; ask for it as additional" for name in more
            ]
        if problems:
            raise InvalidRequestError(_told(problems))
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


def _nearest(name: str) -> str:
    import difflib  # noqa: PLC0415  # takes a while, and only mistakes need it

    near = difflib.get_close_matches(name, _FIELDS, n=1)
    return f"did you mean {near[0]}?" if near else "what the model takes besides goes into extra"


def _told(problems: list[str]) -> str:
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems:\n" + "\n".join(f"  {each}" for each in problems)


def _shown(value: Any) -> str:
    """A value without content: numbers as they are, everything else by kind and size."""
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, (str, list, tuple, Mapping)):
        unit = "characters" if isinstance(value, str) else "elements"
        return f"{kind(value)} of {len(value)} {unit}"
    return kind(value)
