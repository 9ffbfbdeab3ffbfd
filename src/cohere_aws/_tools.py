"""Tools and their calls, as dicts whose keys are attributes; public in ``chat``.

They are dicts, because the documented ones are: they are written as JSON in a request as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .response import CohereObject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

__all__ = ["Tool", "ToolCall", "ToolParameterDefinitionsValue"]


class _Dict(dict[str, Any], CohereObject):
    """A dict whose keys are attributes as well, with the documented repr."""

    # dict is the first base, because json.dumps needs its methods. The documented class sets
    # self.__dict__ = self, which makes a reference cycle, and copies that lose the link.
    def __repr__(self) -> str:
        return CohereObject.__repr__(self)

    def _fields(self) -> list[str]:
        return list(self)

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message) from None

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        self.__getattr__(name)  # raises an error if there is none
        del self[name]


class ToolParameterDefinitionsValue(_Dict):
    """A parameter of a tool.

    Attributes:
        type: The type of its values, in Python's words: ``str``, ``int`` or another.
        description: Its meaning, for the model.
        required: Whether the model must give it; absent unless given.
    """

    type: str
    description: str
    required: bool

    def __init__(
        self,
        type: str,  # noqa: A002  # the documented name
        description: str,
        required: bool | None = None,  # noqa: FBT001  # likewise
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.type = type
        self.description = description
        if required is not None:
            self.required = required


class Tool(_Dict):
    """A tool that the model may call.

    Attributes:
        name: Its name.
        description: Its use, for the model.
        parameter_definitions: Its parameters by their names; absent unless given.
    """

    name: str
    description: str
    parameter_definitions: Mapping[str, ToolParameterDefinitionsValue]

    def __init__(
        self,
        name: str,
        description: str,
        parameter_definitions: Mapping[str, ToolParameterDefinitionsValue] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.description = description
        if parameter_definitions is not None:
            self.parameter_definitions = parameter_definitions


class ToolCall(_Dict):
    """A call of a tool that the model asks for.

    Attributes:
        name: The name of the tool.
        parameters: Its arguments by their names, parsed; the string as it came if it is not JSON.
        generation_id: The service's name for the generation, where the call has it.
        id: The service's name for the call; absent in version 1 of the chat.
    """

    name: str
    parameters: dict[str, Any]
    generation_id: str | None
    id: str

    def __init__(
        self,
        name: str,
        parameters: dict[str, Any],
        generation_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.parameters = parameters
        self.generation_id = generation_id

    @classmethod
    def from_dict(cls, tool_call_res: Mapping[str, Any]) -> Self:
        """Return a call as the service writes it; fields without an attribute are kept as keys."""
        # Through Any, because each may be missing, as in the documented class.
        known: Any = tool_call_res.get
        call = cls(known("name"), known("parameters"), known("generation_id"))
        call.update(tool_call_res)
        return call

    @classmethod
    def from_list(cls, tool_calls_res: list[Mapping[str, Any]] | None) -> list[Self] | None:
        """Return the calls in a list; ``None`` if it is not a list."""
        if not isinstance(tool_calls_res, list):
            return None
        return [cls.from_dict(each) for each in tool_calls_res]
