"""Results as records: frozen values with typed fields. They are public in ``generation``.

They do not know how a service or a model family writes them: ``_plain`` reads the responses of
boto3, and the module of a dialect reads what is in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ._blobs import encoded
from ._finish import finish_of
from .response import Part, Viewable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._finish import Finish

__all__ = [
    "Generation",
    "StreamingText",
    "TokenLikelihood",
    "ToolUse",
    "Usage",
    "copied",
    "dicts_of",
    "token_text",
    "without_none",
]


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

    @property
    def token(self) -> TokenLikelihood | None:
        """Return the token that the piece is the text of, where the dialect sends tokens.

        A special token is not part of the text: it is here, and ``text`` is empty.
        """
        return vars(self).get("token") if type(self) is not StreamingText else None


class _TokenText(StreamingText):
    """A piece with its token; a tuple of exactly three, all the same."""

    def __reduce__(self) -> tuple[Any, ...]:
        return token_text, (*self, self.token)


_TokenText.__name__ = StreamingText.__name__  # for its repr


def token_text(index: int, text: str, is_finished: bool, token: TokenLikelihood) -> StreamingText:  # noqa: FBT001  # as pickle calls it
    """Return the piece of text of *token*."""
    piece = _TokenText(index, text, is_finished)
    vars(piece)["token"] = token
    return piece


class TokenLikelihood(Part):
    """A token with its likelihood.

    Attributes:
        token: The text of the token.
        likelihood: The natural logarithm of its probability, 0 or less; ``None`` for the first
            token of a prompt, which has no probability because no token comes before it.
        id: The number of the token in the model's vocabulary.
        special: Whether the token controls the model, as an end of sequence does, and is not text.
        alternatives: The most likely tokens in its place, where the request asked for them.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
    """

    _documented: ClassVar = ("token", "likelihood")

    token: str
    likelihood: float | None
    id: int | None
    special: bool | None
    alternatives: list[TokenLikelihood] | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        token: str,
        likelihood: float | None,
        *,
        id: int | None = None,  # noqa: A002  # as the services call it
        special: bool | None = None,
        alternatives: list[TokenLikelihood] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._set(
            token=token,
            likelihood=likelihood,
            id=id,
            special=special,
            alternatives=alternatives,
            extra=copied(extra),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that ``Generations.from_dict`` reads back, as part of an answer."""
        return without_none(
            token=self.token,
            likelihood=self.likelihood,
            id=self.id,
            special=self.special,
            alternatives=dicts_of(self.alternatives),
            extra=self.extra,
        )


class ToolUse(Part):
    """A call of a tool that the model asks for.

    Attributes:
        id: The service's name for the call, which the result of the tool refers to.
        name: The name of the tool.
        input: Its arguments, parsed; the string as it came if it is not JSON.
    """

    id: str | None
    name: str | None
    input: Any

    def __init__(self, id: str | None, name: str | None, input: Any) -> None:  # noqa: A002  # likewise
        self._set(id=id, name=name, input=input)

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that ``Generations.from_dict`` reads back, as part of an answer."""
        return without_none(id=self.id, name=self.name, input=encoded(self.input))


class Generation(Viewable, Part):
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
        finish: The meaning of *finish_reason* in any dialect: ``complete``, ``max_tokens``,
            ``stop_sequence``, ``tool_use``, ``filtered``, ``error`` or ``other``.
        content: The parts of a message of a chat model in order, as the dialect writes them.
        tool_calls: The calls of tools that the model asks for; ``None`` if there are none.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
    """

    _documented: ClassVar = ("text", "token_likelihoods")

    text: str
    token_likelihoods: list[TokenLikelihood] | None
    id: str | None
    index: int | None
    likelihood: float | None
    finish_reason: str | None
    finish: Finish | None
    content: list[dict[str, Any]] | None
    tool_calls: list[ToolUse] | None
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
        finish: Finish | None = None,
        content: list[dict[str, Any]] | None = None,
        tool_calls: list[ToolUse] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._set(
            text=text,
            token_likelihoods=token_likelihoods,
            id=id,
            index=index,
            likelihood=likelihood,
            finish_reason=finish_reason,
            finish=finish or finish_of(finish_reason),
            content=content,
            tool_calls=tool_calls,
            extra=copied(extra),
        )

    def message(self) -> dict[str, Any]:
        """Return the answer as a message for the next request to Converse.

        ``{"role": "assistant", "content": […]}`` has the blocks of ``content``, without the parts
        that Converse refuses: blank text, unknown members, and a reasoning or tool call that was
        cut off. Any other input of a tool that is not an object becomes ``{}``. A generation of
        another dialect gives its text and ``tool_calls``. The next message must have a
        ``toolResult`` for each tool call.

        Raises:
            InvalidRequestError: Nothing is left. Converse refuses a message without content.
        """
        from ._message import message_of  # noqa: PLC0415  # needed in conversations only

        return message_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Return a dict for ``Generations.from_dict``, with bytes as base64."""
        return without_none(
            text=self.text,
            token_likelihoods=dicts_of(self.token_likelihoods),
            id=self.id,
            index=self.index,
            likelihood=self.likelihood,
            finish_reason=self.finish_reason,
            finish=self.finish,
            content=encoded(self.content),
            tool_calls=dicts_of(self.tool_calls),
            extra=encoded(self.extra),
        )

    def _view(self) -> str:
        from ._html import generation_view  # noqa: PLC0415  # needed in notebooks only

        return generation_view(self)


class Usage(Part):
    """Tokens and time that a call took; a field is ``None`` if the service does not report it.

    Attributes:
        input_tokens: Tokens of the prompt. Chat completions include those that were read from a
            cache; Bedrock counts them separately.
        output_tokens: Tokens generated, in all generations together.
        invocation_latency_ms: Milliseconds from the request to the end of the answer.
        first_byte_latency_ms: Milliseconds from the request to the first piece; streams only.
        cache_read_tokens: Tokens of the prompt that were read from a cache.
        cache_write_tokens: Tokens of the prompt that were written to a cache.
    """

    input_tokens: int | None
    output_tokens: int | None
    invocation_latency_ms: int | None
    first_byte_latency_ms: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None

    def __init__(
        self,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        invocation_latency_ms: int | None = None,
        first_byte_latency_ms: int | None = None,
        *,
        cache_read_tokens: int | None = None,
        cache_write_tokens: int | None = None,
    ) -> None:
        self._set(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            invocation_latency_ms=invocation_latency_ms,
            first_byte_latency_ms=first_byte_latency_ms,
            cache_read_tokens=cache_read_tokens,
            cache_write_tokens=cache_write_tokens,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a dict of the fields that are known."""
        return without_none(**self.__getstate__())


def copied(extra: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a copy of *extra*, or ``None`` if it is empty."""
    return dict(extra) if extra else None


def without_none(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not ``None``."""
    return {name: value for name, value in fields.items() if value is not None}


def dicts_of(parts: Sequence[TokenLikelihood | ToolUse] | None) -> list[dict[str, Any]] | None:
    """Return the dicts of *parts*; ``None`` if there are none to know of."""
    return None if parts is None else [part.to_dict() for part in parts]
