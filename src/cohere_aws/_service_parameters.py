"""Parameters that become a dict with the names of the service, and are read from one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._parameters import Parameters
from ._rules import mapping, message_for, unknown_parameter
from ._shapes import plain
from .error import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

__all__ = ["ServiceParameters"]


class ServiceParameters(Parameters):
    """Base class of parameters whose dict has the names of the service.

    The metadata of each field of a subclass has the key ``member``: the name for the service.
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters that are set, under the names of the service.

        ``from_dict`` reads the dict to an equal object.
        """
        fields = self.__dataclass_fields__
        return {
            fields[name].metadata["member"]: (
                value.to_dict() if isinstance(value, ServiceParameters) else plain(value)
            )
            for name, value in self._values().items()
        }

    @classmethod
    def from_dict(cls, members: Mapping[str, Any]) -> Self:
        """Return the parameters whose ``to_dict()`` is *members*.

        Raises:
            InvalidRequestError: As for the class; *members* is not a dict; or it has unknown keys,
                which the message names.
        """
        if problem := mapping(members):
            raise InvalidRequestError(f"members {problem}")
        values, problems = cls._read(members)
        if problems:
            raise InvalidRequestError(message_for(problems))
        return cls(**values)

    @classmethod
    def _read(cls, members: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return the values in *members* by field, and all problems with them."""
        fields = {each.metadata["member"]: name for name, each in cls.__dataclass_fields__.items()}
        problems = [
            unknown_parameter(name, fields, has_extra=False)
            for name in members
            if name not in fields
        ]
        values = {fields[name]: members[name] for name in members if name in fields}
        return values, problems + cls._problems(values)
