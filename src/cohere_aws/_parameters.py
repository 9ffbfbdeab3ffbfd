"""Frozen dataclasses of parameters, whose values are checked: the base of requests and their parts.

Each field has a rule for its values (``_rules``). ``Parameters`` checks all arguments before any is
assigned, and raises one error that names every problem.
"""

from __future__ import annotations

import inspect
from copy import deepcopy
from dataclasses import MISSING, Field, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ._rules import message_for, problems_with, unknown_parameter
from .error import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from typing_extensions import Self

    from ._rules import PartsRule

__all__ = ["Parameters", "copied_list", "optional"]


def optional(
    rule: PartsRule,
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


def copied_list(values: Iterable[Any]) -> list[Any]:
    """Return a list of copies of *values*, with all that is in them; for ``copy`` of a field."""
    return deepcopy(list(values))


class _InitSignature:
    """Signature of a class that ``help()`` and editors show: of ``__init__``, not ``__new__``.

    A descriptor, because a base class does not know the fields of its subclasses.
    """

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        _, *parameters = inspect.signature(owner.__init__).parameters.values()  # type: ignore[misc]
        return inspect.Signature(parameters)


class Parameters:
    """Base class of requests and their parts; a subclass defines the fields.

    A subclass is a dataclass with ``frozen=True`` and ``kw_only=True``. If its last field is
    ``extra``, that holds the parameters of the model that it does not define.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __signature__: ClassVar[_InitSignature] = _InitSignature()

    def __new__(cls, **arguments: Any) -> Self:
        """Check all *arguments*, so that one error names all problems.

        ``__init__`` of a dataclass would raise a ``TypeError`` for the first unknown name.
        """
        if problems := cls._problems(arguments):
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

    def replace(self, **changes: Any) -> Self:
        """Return a copy with other values; ``None`` removes a parameter."""
        return type(self)(**{**self._values(), **changes})

    @classmethod
    def _problems(cls, arguments: Mapping[str, Any]) -> list[str]:
        """Return a message for each problem with *arguments*."""
        known = cls.__dataclass_fields__
        has_extra = "extra" in known
        problems = [
            f"{name} is missing"
            for name, each in known.items()
            if each.default is MISSING and arguments.get(name) is None
        ]
        for name, value in arguments.items():
            if name not in known:
                problems.append(unknown_parameter(name, known, has_extra=has_extra))
            elif value is not None:
                found = known[name].metadata["rule"](value)
                problems += problems_with(name, found, has_extra=has_extra)
        return problems + cls._conflicts(arguments)

    @classmethod
    def _conflicts(cls, arguments: Mapping[str, Any]) -> list[str]:  # noqa: ARG003  # for subclasses
        """Return a problem for each pair of *arguments* that exclude each other.

        The values may break the rules of their fields.
        """
        return []

    def _values(self) -> dict[str, Any]:
        """Return the fields that are set, in order."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in values.items() if value is not None}
