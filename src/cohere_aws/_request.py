"""The base class of all typed requests.

A request is a frozen dataclass of checked parameters (``_parameters``). ``Request`` turns it into a
JSON body and back, or into other arguments of a boto3 call. Another kind of request is a subclass:
its fields, their limits and a docstring.
"""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003  # for typing.get_type_hints()
from typing import TYPE_CHECKING, Any, ClassVar

from ._dialects import DialectName  # noqa: TC001  # likewise
from ._field import check_flag
from ._parameters import Parameters, optional
from ._rules import mapping
from ._services import CallName  # noqa: TC001  # likewise
from .error import InvalidRequestError
from .mode import Mode

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Request", "in_json", "optional"]


class Request(Parameters):
    """Base class of requests; a subclass defines the fields."""

    # The dialect of the answers, the call that gives them, and the services that have such models.
    dialect: ClassVar[DialectName]
    call: ClassVar[CallName]
    modes: ClassVar[tuple[Mode, ...]]
    # Whether the answer is generated text, so that generate() accepts the request.
    generates: ClassVar[bool] = True
    # Where the model streams only if the body has the key "stream".
    stream_key_modes: ClassVar[tuple[Mode, ...]]

    def __init_subclass__(
        cls,
        *,
        dialect: DialectName = "command",
        call: CallName = "invoke",
        modes: tuple[Mode, ...] = tuple(Mode),
        stream_key_modes: tuple[Mode, ...] = tuple(Mode),
    ) -> None:
        """Set the class attributes of a subclass, which are arguments after its bases."""
        super().__init_subclass__()
        cls.dialect, cls.call, cls.modes = dialect, call, modes
        cls.stream_key_modes = stream_key_modes

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Self:
        """Return the request whose ``body()``, parsed, is *body*.

        Unknown parameters become ``extra``, or are an error in a request that has no ``extra``.
        ``stream`` is left out: it is an argument of ``body()``. Limits also hold for parameters
        that were sent in ``extra``.

        Raises:
            InvalidRequestError: As for the class; or *body* is not a dict.
        """
        problem = mapping(body)
        if problem:
            raise InvalidRequestError(f"body {problem}")
        values = {name: it for name, it in cls._flatten(body).items() if name != "stream"}
        if "extra" not in cls.__dataclass_fields__:
            return cls(**values)
        known = cls.__dataclass_fields__.keys() - {"extra"}
        extra = {name: values.pop(name) for name in [*values] if name not in known}
        return cls(**values, extra=extra or None)

    def body(self, *, stream: bool | None = None) -> str:
        """Return the JSON body for ``InvokeModel``, ``InvokeEndpoint`` and their streams.

        Args:
            stream: The value of the key ``stream``; ``None`` leaves it out. Command needs ``True``
                to stream, and Command R refuses the key.

        Raises:
            InvalidRequestError: ``extra`` cannot be written as JSON; or *stream* is not a bool.
        """
        values = self._values()
        extra = values.pop("extra", {})
        if stream is not None:
            check_flag(stream=stream)
            values["stream"] = stream
        return in_json(self._nest({**values, **extra}))

    def _arguments(self, mode: Mode, body: str, *, stream: bool) -> dict[str, Any]:
        """Return the arguments of the boto3 call that this request sets.

        Args:
            mode: The service.
            body: The name of the argument that is the JSON body of a call.
            stream: Whether the answer is streamed.

        Raises:
            InvalidRequestError: As for ``body``.
        """
        sends_key = mode in self.stream_key_modes or not stream
        return {body: self.body(stream=stream if sends_key else None)}

    def _batch_body(self) -> str:
        """Return the JSON body for batch inference, which is on Bedrock."""
        return self.body()

    @classmethod
    def _nest(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the body for *values*, a dict by field name; override it to nest some of them."""
        return values

    @classmethod
    def _flatten(cls, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the values in *body* by field name; override it together with ``_nest``."""
        return body


def in_json(values: Mapping[str, Any]) -> str:
    """Return *values* as JSON text.

    Raises:
        InvalidRequestError: A value in ``extra`` is not JSON.
    """
    try:
        return json.dumps(values, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        # All values but those in extra were checked.
        raise InvalidRequestError(f"extra is not JSON: {type(error).__name__}") from None
