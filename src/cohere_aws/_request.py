"""The base class of all typed requests.

A request is a frozen dataclass, and each field has a rule for its values (``_rules``). ``Request``
checks all arguments before any is assigned, and raises one error that names every problem. It also
turns a request into a JSON body and back. Another kind of request is a subclass: its fields, their
limits and a docstring.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping  # noqa: TC003  # for typing.get_type_hints()
from dataclasses import MISSING, Field, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ._dialects import DialectName  # noqa: TC001  # likewise
from ._field import check_flag
from ._rules import mapping, message_for, problem_with, unknown_parameter
from .error import InvalidRequestError
from .mode import Mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from ._rules import Rule

__all__ = ["Request", "in_json", "optional"]


def optional(
    rule: Rule,
    *,
    copy: Callable[[Any], Any] | None = None,
    hashable: bool = True,
    **metadata: Any,
) -> Any:
    """Return a dataclass field that is sent only if it is set.

    A required field is ``field(metadata={"rule": rule})``, and not the result of a function of
    ours, because type checkers take any value but ``field(…)`` as the default of a field.

    Args:
        rule: The check of its values.
        copy: A function that copies a mutable value, so that later changes to the caller's list
            or dict do not change the request.
        hashable: ``False`` for dicts; the field is then not part of the hash of a request.
        metadata: Further metadata, for the methods of a subclass.
    """
    hash_ = None if hashable else False  # None: the hash includes what the comparison includes
    return field(default=None, hash=hash_, metadata={"rule": rule, "copy": copy, **metadata})


class _InitSignature:
    """The signature of a class that ``help()`` and editors show: of ``__init__``, not ``__new__``.

    A descriptor, because a base class does not know the fields of its subclasses.
    """

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        _, *parameters = inspect.signature(owner.__init__).parameters.values()  # type: ignore[misc]
        return inspect.Signature(parameters)


class Request:
    """Base class of requests; a subclass defines the fields.

    A subclass is a dataclass with ``frozen=True`` and ``kw_only=True``. The last of its fields is
    ``extra``, for the parameters of the model that it does not define.
    """

    # The dialect of the answers, and the services that run such models.
    dialect: ClassVar[DialectName]
    modes: ClassVar[tuple[Mode, ...]]
    # Where the model streams only if the body has the key "stream".
    stream_key_modes: ClassVar[tuple[Mode, ...]]

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __signature__: ClassVar[_InitSignature] = _InitSignature()

    def __init_subclass__(
        cls,
        *,
        dialect: DialectName = "command",
        modes: tuple[Mode, ...] = tuple(Mode),
        stream_key_modes: tuple[Mode, ...] = tuple(Mode),
    ) -> None:
        """Set the class attributes of a subclass, which are arguments after its bases."""
        super().__init_subclass__()
        cls.dialect, cls.modes, cls.stream_key_modes = dialect, modes, stream_key_modes

    def __new__(cls, **arguments: Any) -> Self:
        """Check all *arguments*, so that one error names all problems.

        ``__init__`` of a dataclass would raise a ``TypeError`` for the first unknown name.
        """
        known = cls.__dataclass_fields__
        problems = [
            f"{name} is missing"
            for name, each in known.items()
            if each.default is MISSING and arguments.get(name) is None
        ]
        for name, value in arguments.items():
            if name not in known:
                problems.append(unknown_parameter(name, known))
            elif value is not None and (problem := known[name].metadata["rule"](value)):
                problems.append(problem_with(name, problem))
        problems += cls._conflicts(arguments)
        if problems:
            raise InvalidRequestError(message_for(problems))
        return super().__new__(cls)

    def __post_init__(self) -> None:
        for name, each in self.__dataclass_fields__.items():
            value, copy = getattr(self, name), each.metadata.get("copy")
            if copy is not None and value is not None:
                # The dataclass is frozen, also for its own methods.
                object.__setattr__(self, name, copy(value))

    def __reduce__(self) -> tuple[Any, ...]:
        # Copying and unpickling call the class, and so check the values again.
        return partial(type(self), **self._values()), ()

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Self:
        """Return the request whose ``body()``, parsed, is *body*.

        Unknown parameters become ``extra``. ``stream`` is left out: it is an argument of
        ``body()``. Limits also hold for parameters that were sent in ``extra``.

        Raises:
            InvalidRequestError: As for the class; or *body* is not a dict.
        """
        problem = mapping(body)
        if problem:
            raise InvalidRequestError(f"body {problem}")
        values = cls._flatten(body)
        known = cls.__dataclass_fields__.keys() - {"extra"}
        extra = {name: values[name] for name in values if name not in known | {"stream"}}
        return cls(**{name: values[name] for name in values if name in known}, extra=extra or None)

    def replace(self, **changes: Any) -> Self:
        """Return a copy with other values; ``None`` removes a parameter."""
        return type(self)(**{**self._values(), **changes})

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

    @classmethod
    def _conflicts(cls, arguments: Mapping[str, Any]) -> list[str]:  # noqa: ARG003  # for subclasses
        """Return a problem for each pair of *arguments* that exclude each other.

        The values may break the rules of their fields.
        """
        return []

    @classmethod
    def _nest(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the body for *values*, a dict by field name; override it to nest some of them."""
        return values

    @classmethod
    def _flatten(cls, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the values in *body* by field name; override it together with ``_nest``."""
        return body

    def _values(self) -> dict[str, Any]:
        """Return the fields that are set, in order."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in values.items() if value is not None}


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
