"""Calls of the public methods of both clients, and the classes that read their answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ._operations import Operation, Target, operation_of, warn_of_ignored
from .generation import Generations, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._dialects import DialectName
    from ._request import Request
    from ._streaming import StreamingAnswer
    from .mode import Mode

__all__ = ["GENERATIONS", "AnswerForm", "Caller", "read_generations"]


class AnswerForm(NamedTuple):
    """Classes that read an answer, plain and streamed."""

    # From the bytes of a body, the response of boto3, the service and the dialect.
    read: Callable[[bytes, Mapping[str, Any], Mode, DialectName], Any]
    # Created from the events, the service, strict= and dialect=. Some models never stream.
    stream: Callable[..., StreamingAnswer[Any, Any]] = StreamingGenerations


def read_generations(
    data: bytes, response: Mapping[str, Any], mode: Mode, dialect: DialectName
) -> Generations:
    """Return the generations in a body; see ``AnswerForm``."""
    return Generations._from_body(data, response, mode, dialect=dialect)  # noqa: SLF001  # ours


GENERATIONS = AnswerForm(read_generations)


class Caller(ABC):
    """Base class of the methods of both clients; a subclass makes the call."""

    mode: Mode
    _endpoint_name: str | None

    @abstractmethod
    def _call(
        self, create_operation: Callable[[], Operation], form: AnswerForm = GENERATIONS
    ) -> Any:
        """Make the call that *create_operation* returns, and return its answer.

        It is a callable and not an ``Operation``, because creating one checks the request. So an
        invalid request is raised where errors of the call are raised: when the coroutine of an
        ``AsyncClient`` is awaited, or at its position among the answers of ``generate_many``.
        """

    def _ask(
        self,
        create_request: Callable[[], Request],
        form: AnswerForm,
        target: Target,
        *,
        stream: bool = False,
        aws: Mapping[str, Any] | None = None,
    ) -> Any:
        """Make the call of the request that *create_request* returns; see ``_call``.

        A public method calls this itself, because a warning is attributed to its caller.
        """
        warn_of_ignored(self.mode, target, stacklevel=4)
        return self._call(
            partial(operation_of, self.mode, target, create_request, stream=stream, aws=aws), form
        )
