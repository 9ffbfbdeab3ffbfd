"""The results that are records; ``cohere_aws.generation`` is their public home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ._field import integer, object_
from .response import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "METRICS",
    "USAGE_KEYS",
    "Generation",
    "StreamingText",
    "TokenLikelihood",
    "Usage",
    "kept",
    "usage_of",
    "without_none",
]

# The key under which Bedrock puts its metrics into the last item of a stream.
METRICS = "amazon-bedrock-invocationMetrics"

USAGE_KEYS = {
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


class TokenLikelihood(Part):
    """A token and how likely the model found it.

    Attributes:
        token: The text of the token.
        likelihood: The natural logarithm of its probability, 0 or less; ``None`` for the first
            token of a prompt, before which there is nothing to expect it by.
        extra: The fields that the service sent and no attribute holds, as they came, or ``None``.
    """

    _documented: ClassVar = ("token", "likelihood")

    token: str
    likelihood: float | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        token: str,
        likelihood: float | None,
        *,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._set(token=token, likelihood=likelihood, extra=kept(extra))

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that ``Generations.from_dict`` reads back, as part of an answer."""
        return without_none(token=self.token, likelihood=self.likelihood, extra=self.extra)


class Generation(Part):
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
        extra: The fields that the service sent and no attribute holds, as they came, or ``None``.
    """

    _documented: ClassVar = ("text", "token_likelihoods")

    text: str
    token_likelihoods: list[TokenLikelihood] | None
    id: str | None
    index: int | None
    likelihood: float | None
    finish_reason: str | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        text: str,
        token_likelihoods: list[TokenLikelihood] | None = None,
        *,
        id: str | None = None,  # noqa: A002  # as the service calls it
        index: int | None = None,
        likelihood: float | None = None,
        finish_reason: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._set(
            text=text,
            token_likelihoods=token_likelihoods,
            id=id,
            index=index,
            likelihood=likelihood,
            finish_reason=finish_reason,
            extra=kept(extra),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that ``Generations.from_dict`` reads back, as part of an answer."""
        tokens = self.token_likelihoods
        return without_none(
            text=self.text,
            token_likelihoods=None if tokens is None else [token.to_dict() for token in tokens],
            id=self.id,
            index=self.index,
            likelihood=self.likelihood,
            finish_reason=self.finish_reason,
            extra=self.extra,
        )


class Usage(Part):
    """What a call cost, as far as the service says; ``None`` is unknown.

    Attributes:
        input_tokens: Tokens of the prompt.
        output_tokens: Tokens generated, over all generations.
        invocation_latency_ms: Milliseconds from the request to the end of the answer.
        first_byte_latency_ms: Milliseconds from the request to the first piece; streams only.
    """

    input_tokens: int | None
    output_tokens: int | None
    invocation_latency_ms: int | None
    first_byte_latency_ms: int | None

    def __init__(
        self,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        invocation_latency_ms: int | None = None,
        first_byte_latency_ms: int | None = None,
    ) -> None:
        self._set(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            invocation_latency_ms=invocation_latency_ms,
            first_byte_latency_ms=first_byte_latency_ms,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a dict of the fields that are known."""
        return without_none(**self.__getstate__())


def usage_of(response: Mapping[str, Any]) -> tuple[Usage | None, dict[str, Any]]:
    """Read the metrics of Bedrock in *response*, an item or a plain answer.

    Returns:
        The usage, and the metrics that none of its fields holds.
    """
    metrics = object_(response, METRICS, "")
    if metrics is None:
        return None, {}
    usage = Usage(**{name: integer(metrics, key, METRICS) for name, key in USAGE_KEYS.items()})
    return usage, {key: metrics[key] for key in metrics if key not in USAGE_KEYS.values()}


def kept(extra: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a copy of *extra*; without anything in it, ``None``."""
    return dict(extra) if extra else None


def without_none(**fields: Any) -> dict[str, Any]:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
