"""A plain answer as a record, and how it is read; ``cohere_aws.generation`` is its public home."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, overload

from ._envelope import body_of, usage_headers
from ._field import array, integer, is_finite, kind, number, quoted, string
from ._framing import parse_object
from ._result import (
    METRICS,
    USAGE_KEYS,
    Generation,
    TokenLikelihood,
    Usage,
    kept,
    usage_of,
    without_none,
)
from ._services import service_for
from ._translations import translating
from .error import StreamError
from .response import Record

if TYPE_CHECKING:
    from .mode import Mode

__all__ = ["Generations", "extra_of"]


class Generations(Record):
    """The answers to one prompt, in the order of the service; iterable again and again.

    ``iter()`` starts over, and ``next()`` goes on from the latest start.

    Attributes:
        generations: The answers.
        id: The service's name for the call.
        prompt: The prompt, where the service sends it back.
        usage: What the call cost, where the service says it (Bedrock).
        extra: The fields that the service sent and no attribute holds, as they came, or ``None``.
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
        self._set(generations=generations, id=id, prompt=prompt, usage=usage, extra=kept(extra))

    @property
    def text(self) -> str:
        """Return the text of the first generation; empty where there is none."""
        return self.generations[0].text if self.generations else ""

    @classmethod
    def from_dict(cls, response: Mapping[str, Any]) -> Generations:
        """Read the body of a plain answer, as ``InvokeModel`` and ``InvokeEndpoint`` give it.

        Missing fields are fine, ``null`` reads as missing, and fields that no attribute holds are
        in ``extra``. Token likelihoods may be ``{"token": " time", "likelihood": -0.98}``, as the
        services send them, or ``{" time": -0.98}``, as the AWS page of the Command models writes
        them (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html).
        A dict that ``to_dict()`` returned reads back to an equal object.

        Raises:
            StreamError: It has no list of generations, a generation has no text, a token has no
                name, or a field has another type than documented. The message says which.
        """
        if not isinstance(response, Mapping):
            raise StreamError(f"the response is {kind(response)}; expected an object")
        generations = array(response, "generations", "")
        if generations is None:
            raise StreamError(f"no 'generations' in the response; it has {quoted(response)}")
        usage, unread = usage_of(response)
        known = _BODY_KEYS
        if usage is None and _is_neutral_usage(response.get("usage")):
            usage = Usage(
                **{name: integer(response["usage"], name, "usage") for name in USAGE_KEYS}
            )
            known = _BODY_KEYS | {"usage"}
        extra = extra_of(response, known) or {}
        return cls(
            [_generation(item, f"generations[{i}]") for i, item in enumerate(generations)],
            id=string(response, "id", ""),
            prompt=string(response, "prompt", ""),
            usage=usage,
            extra={**extra, METRICS: unread} if unread else extra,
        )

    @classmethod
    def from_response(cls, response: Mapping[str, Any], mode: Mode) -> Generations:
        """Read what ``invoke_model`` or ``invoke_endpoint`` of boto3 returned.

        Reads the body to its end and closes it. On Bedrock ``usage`` comes from the HTTP headers.

        Raises:
            TransportError: The body broke off.
            MalformedStreamError: The body is not one JSON object.
            StreamError: As ``from_dict``.
            CohereError: *response* or *mode* is not what is documented.
            TypeError: The body is asynchronous, or holds something else than bytes.
        """
        body = body_of(response, service_for(mode))
        with translating("reading the body"):
            try:
                data = body.read()
            finally:
                body.close()
        if inspect.iscoroutine(data):
            data.close()
            raise TypeError("the body is asynchronous: await its read() and use from_dict()")
        return cls._from_body(data, response, mode)

    @classmethod
    def _from_body(cls, data: bytes, response: Mapping[str, Any], mode: Mode) -> Generations:
        """Read the bytes of the body of *response*."""
        if not isinstance(data, bytes):
            raise TypeError(f"the body holds {kind(data)}; expected bytes")
        answer = cls.from_dict(parse_object(data))
        counts = usage_headers(response, service_for(mode))
        if counts and answer.usage is None:
            answer._set(usage=Usage(**counts))  # nobody else has seen it yet
        return answer

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that JSON can write and ``from_dict`` reads to an equal object."""
        return without_none(
            generations=[generation.to_dict() for generation in self.generations],
            id=self.id,
            prompt=self.prompt,
            usage=None if self.usage is None else self.usage.to_dict(),
            extra=self.extra,
        )

    def __iter__(self) -> Iterator[Generation]:
        iterator = iter(self.generations)
        self._set(_iterator=iterator)  # the one thing about it that moves; it is no field
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


_BODY_KEYS = frozenset(("generations", "id", "prompt", METRICS))
_GENERATION_KEYS = frozenset(
    ("text", "token_likelihoods", "id", "index", "likelihood", "finish_reason")
)
_TOKEN_KEYS = frozenset(("token", "likelihood"))


def extra_of(source: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any] | None:
    """Return the fields of *source* that are not *known*, as they came; ``None`` if all are.

    If ``extra`` is the only unknown key, ``to_dict()`` wrote it, and its value is returned.
    """
    unread = {key: source[key] for key in source if key not in known}
    if len(unread) == 1 and isinstance(unread.get("extra"), Mapping):
        return dict(unread["extra"])
    return unread or None


def _is_neutral_usage(value: object) -> bool:
    """Return whether *value* is what ``Usage.to_dict()`` returns."""
    return isinstance(value, Mapping) and value.keys() <= USAGE_KEYS.keys()


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
        extra=extra_of(item, _GENERATION_KEYS),
    )


def _token_likelihood(item: object, where: str) -> TokenLikelihood:
    if not isinstance(item, Mapping):
        raise StreamError(f"{where} is {kind(item)}; expected an object")
    if len(item) == 1 and "likelihood" not in item:
        ((token, value),) = item.items()
        if is_finite(value):
            return TokenLikelihood(str(token), value)
    token = string(item, "token", where)
    if token is None:
        # The keys are not shown here: in the second form they are generated text.
        raise StreamError(f"{where}.token is missing; expected a token and its likelihood")
    # Most tokens have these two fields alone.
    extra = None if item.keys() <= _TOKEN_KEYS else extra_of(item, _TOKEN_KEYS)
    return TokenLikelihood(token, number(item, "likelihood", where), extra=extra)
