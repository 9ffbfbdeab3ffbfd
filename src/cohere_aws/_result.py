"""The results, as records, and how a plain answer is read into them.

``cohere_aws.generation`` is where they are public.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, overload

from ._aws import foreign_errors, translated
from ._envelope import body_of, envelope_for, usage_headers
from ._field import array, integer, kind, number, object_, quoted, string
from ._framing import parse_object
from .error import StreamError
from .response import CohereObject

if TYPE_CHECKING:
    from .mode import Mode

__all__ = ["METRICS", "Generation", "Generations", "StreamingText", "TokenLikelihood", "Usage"]

# The key under which Bedrock puts its metrics into the last item of a stream.
METRICS = "amazon-bedrock-invocationMetrics"

_USAGE_KEYS = {
    "input_tokens": "inputTokenCount",
    "output_tokens": "outputTokenCount",
    "invocation_latency_ms": "invocationLatency",
    "first_byte_latency_ms": "firstByteLatency",
}


class StreamingText(NamedTuple):
    """A piece of text, as it arrives in a stream.

    Attributes:
        index: Which of the ``num_generations`` answers it belongs to; 0 where the wire says none.
        text: The piece, most often one token with its leading space.
        is_finished: Whether it is the last piece of its generation, as far as the wire tells.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index(), as documented
    text: str
    is_finished: bool


@dataclass(frozen=True, repr=False)
class TokenLikelihood(CohereObject):
    """A token and how likely the model found it.

    Attributes:
        token: The text of the token.
        likelihood: The natural logarithm of its probability, 0 or less; ``None`` for the first
            token of a prompt, before which there is nothing to expect it by.
    """

    _documented: ClassVar = ("token", "likelihood")

    token: str
    likelihood: float | None

    def to_dict(self) -> dict[str, Any]:
        """The token as it stands in a plain answer."""
        return _without_none(token=self.token, likelihood=self.likelihood)


@dataclass(frozen=True, repr=False)
class Generation(CohereObject):
    """One answer of the model.

    Attributes:
        text: The generated text.
        token_likelihoods: The likelihood of each token, or ``None`` if they were not asked for
            (``return_likelihoods``).
        id: The service's name for this generation.
        index: Its place among several; known in streams.
        likelihood: The mean of ``token_likelihoods``, if they were asked for.
        finish_reason: Why it ended: ``COMPLETE``, ``MAX_TOKENS``, ``ERROR``, ``ERROR_TOXIC``, or
            whatever else the service says. ``None`` where it says nothing, as in bodies of 2023,
            and for a stream that was cut off.
    """

    _documented: ClassVar = ("text", "token_likelihoods")

    text: str
    token_likelihoods: list[TokenLikelihood] | None = field(default=None, hash=False)
    id: str | None = field(default=None, kw_only=True)
    index: int | None = field(default=None, kw_only=True)
    likelihood: float | None = field(default=None, kw_only=True)
    finish_reason: str | None = field(default=None, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        """The generation as it stands in a plain answer."""
        tokens = self.token_likelihoods
        return _without_none(
            text=self.text,
            token_likelihoods=None if tokens is None else [token.to_dict() for token in tokens],
            id=self.id,
            index=self.index,
            likelihood=self.likelihood,
            finish_reason=self.finish_reason,
        )


@dataclass(frozen=True, repr=False)
class Usage(CohereObject):
    """What a call cost, as far as the service says; ``None`` is unknown.

    Attributes:
        input_tokens: Tokens of the prompt.
        output_tokens: Tokens generated, over all generations.
        invocation_latency_ms: Milliseconds from the request to the end of the answer.
        first_byte_latency_ms: Milliseconds from the request to the first piece; streams only.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    invocation_latency_ms: int | None = None
    first_byte_latency_ms: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The usage as Bedrock writes it, under ``amazon-bedrock-invocationMetrics``."""
        return _without_none(**{key: getattr(self, name) for name, key in _USAGE_KEYS.items()})


@dataclass(frozen=True, repr=False)
class Generations(CohereObject):
    """The answers to one prompt, in the order of the service; iterable again and again.

    ``iter()`` starts over, and ``next()`` goes on from the latest start.

    Attributes:
        generations: The answers.
        id: The service's name for the call.
        prompt: The prompt, where the service sends it back.
        usage: What the call cost, where the service says it (Bedrock).
    """

    _documented: ClassVar = ("generations",)
    _iterator: ClassVar[Iterator[Generation] | None] = None

    generations: list[Generation] = field(hash=False)
    id: str | None = field(default=None, kw_only=True)
    prompt: str | None = field(default=None, kw_only=True)
    usage: Usage | None = field(default=None, kw_only=True)

    @classmethod
    def from_dict(cls, response: Mapping[str, Any]) -> Generations:
        """Read the body of a plain answer, as ``InvokeModel`` and ``InvokeEndpoint`` give it.

        Unknown and missing fields are fine, and ``null`` reads as missing. Token likelihoods may
        be ``{"token": " time", "likelihood": -0.98}``, as the services send them, or
        ``{" time": -0.98}``, as the AWS page of the Command models writes them
        (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html).

        Raises:
            StreamError: It has no list of generations, a generation has no text, a token has no
                name, or a field has another type than documented. The message says which.
        """
        if not isinstance(response, Mapping):
            raise StreamError(f"the response is {kind(response)}; expected an object")
        generations = array(response, "generations", "")
        if generations is None:
            raise StreamError(f"no 'generations' in the response; it has {quoted(response)}")
        return cls(
            [_generation(item, f"generations[{i}]") for i, item in enumerate(generations)],
            id=string(response, "id", ""),
            prompt=string(response, "prompt", ""),
            usage=usage_of(response),
        )

    @classmethod
    def from_response(cls, response: Mapping[str, Any], mode: Mode) -> Generations:
        """Read what ``invoke_model`` or ``invoke_endpoint`` of boto3 returned.

        Reads the body to its end and closes it. On Bedrock ``usage`` comes from the HTTP headers.

        Raises:
            TransportError: The body broke off.
            MalformedStreamError: The body is not one JSON object.
            StreamError: As ``from_dict``; or *response* or *mode* is not what is documented.
        """
        envelope = envelope_for(mode)
        body = body_of(response, envelope)
        try:
            data = body.read()
        except foreign_errors() as error:
            raise translated(error, "reading the body") from error
        finally:
            body.close()
        if inspect.iscoroutine(data):
            data.close()
            raise TypeError("the body is asynchronous: await its read() and use from_dict()")
        if not isinstance(data, bytes):
            raise TypeError(f"the body holds {kind(data)}; expected bytes")
        result = parse_object(data)
        if (usage := usage_headers(response, envelope)) and METRICS not in result:
            result[METRICS] = {_USAGE_KEYS[name]: count for name, count in usage.items()}
        return cls.from_dict(result)

    def to_dict(self) -> dict[str, Any]:
        """A dict that ``from_dict`` reads to an equal object."""
        usage = None if self.usage is None else self.usage.to_dict()
        generations = [generation.to_dict() for generation in self.generations]
        return _without_none(
            generations=generations, id=self.id, prompt=self.prompt, **{METRICS: usage}
        )

    def __iter__(self) -> Iterator[Generation]:
        iterator = iter(self.generations)
        object.__setattr__(self, "_iterator", iterator)  # the one thing about it that moves
        return iterator

    def __next__(self) -> Generation:
        return next(self._iterator or iter(self))

    def __len__(self) -> int:
        return len(self.generations)

    @overload
    def __getitem__(self, key: int) -> Generation: ...
    @overload
    def __getitem__(self, key: slice) -> list[Generation]: ...
    @overload
    def __getitem__(self, key: str) -> Any: ...
    def __getitem__(self, key: int | slice | str) -> Any:
        return super().__getitem__(key) if isinstance(key, str) else self.generations[key]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) if isinstance(key, str) else key in self.generations

    def __getstate__(self) -> dict[str, Any]:
        # A copy starts over, instead of moving along with the original.
        return {name: getattr(self, name) for name in self._fields()}


def usage_of(response: Mapping[str, Any]) -> Usage | None:
    """Read the metrics of Bedrock in *response*, an item or a plain answer."""
    metrics = object_(response, METRICS, "")
    if metrics is None:
        return None
    return Usage(**{name: integer(metrics, key, METRICS) for name, key in _USAGE_KEYS.items()})


def _generation(item: object, where: str) -> Generation:
    if not isinstance(item, Mapping):
        raise StreamError(f"{where} is {kind(item)}; expected an object")
    text = string(item, "text", where)
    if text is None:
        raise StreamError(f"{where}.text is missing; it has {quoted(item)}")
    tokens = array(item, "token_likelihoods", where)
    if tokens is not None:
        path = f"{where}.token_likelihoods"
        tokens = [_token_likelihood(token, f"{path}[{i}]") for i, token in enumerate(tokens)]
    return Generation(
        text,
        tokens,
        id=string(item, "id", where),
        index=integer(item, "index", where),
        likelihood=number(item, "likelihood", where),
        finish_reason=string(item, "finish_reason", where),
    )


def _token_likelihood(item: object, where: str) -> TokenLikelihood:
    if not isinstance(item, Mapping):
        raise StreamError(f"{where} is {kind(item)}; expected an object")
    if len(item) == 1 and "likelihood" not in item:
        ((token, value),) = item.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return TokenLikelihood(str(token), value)
    token = string(item, "token", where)
    if token is None:
        # The keys are not shown here: in the second form they are generated text.
        raise StreamError(f"{where}.token is missing; expected a token and its likelihood")
    return TokenLikelihood(token, number(item, "likelihood", where))


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
