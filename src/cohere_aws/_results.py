"""Results as records: frozen values with typed fields. ``generation`` is their public home.

They do not know how a service or a model family writes them: ``_plain`` reads the responses of
boto3, and the module of a dialect reads what is in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, overload

from ._dialects import dialect_of
from ._field import kind
from ._plain import parse_body, read_body, usage_counts
from .error import StreamError
from .response import Part, Record

if TYPE_CHECKING:
    from .mode import Mode

__all__ = ["Generation", "Generations", "StreamingText", "TokenLikelihood", "Usage"]


class StreamingText(NamedTuple):
    """A piece of text, as it arrives in a stream.

    Attributes:
        index: The generation that it belongs to, from 0; 0 where the service sends no index.
        text: The piece, most often one token with its leading space.
        is_finished: Whether the service marks it as the last piece of its generation.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index(), as documented
    text: str
    is_finished: bool


class TokenLikelihood(Part):
    """A token with its likelihood.

    Attributes:
        token: The text of the token.
        likelihood: The natural logarithm of its probability, 0 or less; ``None`` for the first
            token of a prompt, which has no probability because no token comes before it.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
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
        self._set(token=token, likelihood=likelihood, extra=_copied(extra))

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that ``Generations.from_dict`` reads back, as part of an answer."""
        return _without_none(token=self.token, likelihood=self.likelihood, extra=self.extra)


class Generation(Part):
    """One answer of the model.

    Attributes:
        text: The generated text.
        token_likelihoods: The likelihood of each token; ``None`` unless the request asked for them
            (``return_likelihoods``).
        id: The service's name for this generation.
        index: Its number among the generations, from 0; known in streams.
        likelihood: The mean of ``token_likelihoods``, where there are any.
        finish_reason: Why it ended, in the service's word: ``COMPLETE``, ``MAX_TOKENS``, ``ERROR``,
            ``ERROR_TOXIC`` or another. ``None`` where the service sends none, as in bodies of 2023,
            and for a stream that was cut off.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
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
            extra=_copied(extra),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that ``Generations.from_dict`` reads back, as part of an answer."""
        tokens = self.token_likelihoods
        return _without_none(
            text=self.text,
            token_likelihoods=None if tokens is None else [token.to_dict() for token in tokens],
            id=self.id,
            index=self.index,
            likelihood=self.likelihood,
            finish_reason=self.finish_reason,
            extra=self.extra,
        )


class Usage(Part):
    """Tokens and time that a call took; a field is ``None`` if the service does not report it.

    Attributes:
        input_tokens: Tokens of the prompt.
        output_tokens: Tokens generated, in all generations together.
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
        return _without_none(**self.__getstate__())


class Generations(Record):
    """A whole answer: the generations for one prompt, in the order of the service.

    It can be iterated any number of times. ``next()`` continues the latest iteration.

    Attributes:
        generations: The generations.
        id: The service's name for the call.
        prompt: The prompt, where the service returns it.
        usage: Tokens and time that the call took, where the service reports them (Bedrock).
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
    """

    _documented: ClassVar = ("generations",)
    _iterator: ClassVar[Iterator[Generation] | None] = None

    generations: list[Generation]
    id: str | None
    prompt: str | None
    usage: Usage | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        generations: list[Generation],
        *,
        id: str | None = None,  # noqa: A002  # as the service calls it
        prompt: str | None = None,
        usage: Usage | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._set(generations=generations, id=id, prompt=prompt, usage=usage, extra=_copied(extra))

    @property
    def text(self) -> str:
        """Return the text of the first generation; empty where there is none."""
        return self.generations[0].text if self.generations else ""

    @classmethod
    def from_dict(cls, response: Mapping[str, Any]) -> Generations:
        """Read the parsed body of a response to ``InvokeModel`` or ``InvokeEndpoint``.

        A field may be missing or ``null``. Fields that no attribute holds are kept in ``extra``.
        Token likelihoods may be ``{"token": " time", "likelihood": -0.98}``, as the
        services send them, or ``{" time": -0.98}``, as the AWS page of the Command models writes
        them (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html).
        A dict that ``to_dict()`` returned reads back to an equal object.

        Raises:
            StreamError: It has no list of generations, a generation has no text, a token has no
                name, or a field has another type than documented. The message says which.
        """
        if not isinstance(response, Mapping):
            raise StreamError(f"the response is {kind(response)}; expected an object")
        return dialect_of("command").read_body(response)

    @classmethod
    def from_response(cls, response: Mapping[str, Any], mode: Mode) -> Generations:
        """Read the response of boto3's ``invoke_model`` or ``invoke_endpoint``.

        The body is read to its end and closed. On Bedrock, ``usage`` comes from the HTTP headers.

        Raises:
            TransportError: The body broke off.
            MalformedStreamError: The body is not one JSON object.
            StreamError: As ``from_dict``.
            CohereError: *response* or *mode* is not what is documented.
            TypeError: The body is asynchronous, or does not hold bytes.
        """
        return cls._from_body(read_body(response, mode), response, mode)

    @classmethod
    def _from_body(cls, data: bytes, response: Mapping[str, Any], mode: Mode) -> Generations:
        """Read the bytes of the body of *response*."""
        answer = cls.from_dict(parse_body(data))
        counts = usage_counts(response, mode)
        if counts and answer.usage is None:
            answer._set(usage=Usage(**counts))  # no other code holds the answer yet
        return answer

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that JSON can write and ``from_dict`` reads to an equal object."""
        return _without_none(
            generations=[generation.to_dict() for generation in self.generations],
            id=self.id,
            prompt=self.prompt,
            usage=None if self.usage is None else self.usage.to_dict(),
            extra=self.extra,
        )

    def __iter__(self) -> Iterator[Generation]:
        iterator = iter(self.generations)
        self._set(_iterator=iterator)  # the only state that changes; it is not a field
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


def _copied(extra: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a copy of *extra*, or ``None`` if it is empty."""
    return dict(extra) if extra else None


def _without_none(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not ``None``."""
    return {name: value for name, value in fields.items() if value is not None}
