"""Whole answer as a record, and how it is read; public in ``generation``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, overload

from ._blobs import encoded
from ._dialects import check_name, dialect_of_body
from ._plain import output_body, parse_body, read_response, usage_counts
from ._results import Generation, TokenLikelihood, Usage, copied, dicts_of, without_none
from ._services import service_for
from .response import AnswerRecord, Viewable, metadata_of, with_metadata

if TYPE_CHECKING:
    from ._dialects import DialectName
    from ._smithy import Output
    from .mode import Mode

__all__ = ["Generations"]


class Generations(Viewable, AnswerRecord):
    """A whole answer: the generations for one prompt, in the order of the service.

    It can be iterated any number of times. ``next()`` continues the latest iteration.

    Attributes:
        generations: The generations.
        id: The service's name for the call.
        prompt: The prompt, where the service returns it.
        usage: Tokens and time that the call took, where the service or the model reports them.
        prompt_tokens: The tokens of the prompt, where the service returns them.
        dialect: The dialect that the answer was read as; ``None`` for one that was not read. It
            does not count for equality.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
    """

    _documented: ClassVar = ("generations",)
    _iterator: ClassVar[Iterator[Generation] | None] = None

    generations: list[Generation]
    id: str | None
    prompt: str | None
    usage: Usage | None
    prompt_tokens: list[TokenLikelihood] | None
    dialect: DialectName | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        generations: list[Generation],
        *,
        id: str | None = None,  # noqa: A002  # as the service calls it
        prompt: str | None = None,
        usage: Usage | None = None,
        prompt_tokens: list[TokenLikelihood] | None = None,
        dialect: DialectName | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._set(
            generations=generations,
            id=id,
            prompt=prompt,
            usage=usage,
            prompt_tokens=prompt_tokens,
            extra=copied(extra),
            dialect=dialect,
        )

    @property
    def text(self) -> str:
        """Return the text of the first generation; empty where there is none."""
        return self.generations[0].text if self.generations else ""

    @classmethod
    def from_dict(
        cls, response: Mapping[str, Any] | list[Any] | Output, *, dialect: DialectName | None = None
    ) -> Generations:
        """Read the parsed body of a plain answer, or the response of boto3's ``converse``.

        The keys of the body say which dialect it is. A field may be missing or ``null``. Fields
        that no attribute holds are kept in ``extra``. A dict that ``to_dict()`` returned reads back
        to an equal object.

        Args:
            response: The body: an object, or a list where the dialect has one. Or an output of the
                smithy SDK (``aws_sdk_bedrock_runtime``), as its call returned it.
            dialect: Read the body as this dialect; by default, as the one that it belongs to. A
                dict of ``to_dict()`` names its own.

        Raises:
            ServiceError: The body reports an error.
            StreamError: The body belongs to no dialect, or to another than *dialect*; a field is
                missing, or has another type than documented. The message says which.
            InvalidRequestError: *dialect* is not the name of one.
        """
        body = output_body(response)
        if isinstance(body, Mapping) and "dialect" in body:
            check_name(dialect)
            from ._dialects._neutral import neutral_fields  # noqa: PLC0415  # seldom needed

            return cls(**neutral_fields(body))
        return dialect_of_body(body, dialect).read_body(body)

    @classmethod
    def from_response(
        cls, response: Mapping[str, Any] | Output, mode: Mode, *, dialect: DialectName | None = None
    ) -> Generations:
        """Read the response of boto3's ``invoke_model``, ``invoke_endpoint`` or ``converse``.

        The body is read to its end and closed, unless ``converse`` has read it already. On Bedrock,
        ``usage`` comes from the HTTP headers, and from the body for what they lack.

        Args:
            response: The response of boto3, or an output of the smithy SDK, which has no headers.
            mode: The service that it comes from.
            dialect: As for ``from_dict``.

        Raises:
            TransportError: The body broke off.
            MalformedStreamError: The body is not one JSON object or array.
            ServiceError: As ``from_dict``; also ``StreamError`` and ``InvalidRequestError``.
            CohereError: *response* or *mode* is not what is documented.
            TypeError: The body is asynchronous, or does not hold bytes.
        """
        service_for(mode)  # checks it
        body = output_body(response)
        # An output of the smithy SDK, and a response of converse, have been read already.
        is_converse = isinstance(body, Mapping) and isinstance(body.get("output"), Mapping)
        if is_converse or body is not response:
            return with_metadata(cls.from_dict(body, dialect=dialect), metadata_of(response))
        return read_response(partial(cls._from_body, dialect=dialect), response, mode)

    @classmethod
    def _from_body(
        cls,
        data: bytes,
        response: Mapping[str, Any],
        mode: Mode,
        *,
        dialect: DialectName | None = None,
    ) -> Generations:
        """Read the bytes of the body of *response*."""
        answer = cls.from_dict(parse_body(data), dialect=dialect)
        counts = usage_counts(response, mode)
        if counts:
            # Bedrock counts itself. A body may lack a field, or have counts that the dialect
            # derived from it.
            earlier = {} if answer.usage is None else answer.usage.to_dict()
            answer._set(usage=Usage(**earlier | counts))  # no other code holds the answer yet
        return answer

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that JSON can write and ``from_dict`` reads to an equal object."""
        return without_none(
            generations=[generation.to_dict() for generation in self.generations],
            id=self.id,
            prompt=self.prompt,
            usage=None if self.usage is None else self.usage.to_dict(),
            prompt_tokens=dicts_of(self.prompt_tokens),
            extra=encoded(self.extra),
        ) | {"dialect": self.dialect}

    def _view(self) -> str:
        from ._html import answer_view  # noqa: PLC0415  # needed in notebooks only

        return answer_view(self)

    def _fields(self) -> list[str]:
        return [name for name in super()._fields() if name != "dialect"]

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"dialect": self.dialect}

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
