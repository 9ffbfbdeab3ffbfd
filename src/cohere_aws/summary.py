"""Result of summarize: a summary of a text.

The body of Cohere's own platform has the key ``summary``, which the documented client reads
(https://docs.cohere.com/reference/summarize). The published sample of the SageMaker package has
``result`` instead (``examples/sample_summarize_output.json`` of
https://github.com/cohere-ai/cohere-aws).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ._answers import common_fields, object_of, written
from ._field import quoted, string
from ._plain import parse_body, read_response, usage_counts
from ._results import Usage
from .error import StreamError
from .response import AnswerRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .mode import Mode

__all__ = ["Summary"]

_DIALECT = "summarize"


class Summary(AnswerRecord):
    """A summary; ``str(summary)`` is its text.

    It is created from the parsed body of a response of ``InvokeEndpoint``. Fields that no attribute
    holds are kept in ``extra``.

    Args:
        response: The body, or a dict that ``to_dict()`` returned.
        usage: Tokens and time that the call took, where they are known from elsewhere.

    Raises:
        ServiceError: The body reports an error.
        StreamError: The summary is missing or empty, or a field has another type than documented.
            The message says which.

    Attributes:
        result: The text of the summary.
        id: The service's name for the call.
        meta: Facts about the call from the service, such as ``billed_units``.
        usage: Tokens and time that the call took, where the service reports them.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
    """

    _documented: ClassVar = ("result",)

    result: str
    id: str | None
    meta: dict[str, Any] | None
    usage: Usage | None
    extra: dict[str, Any] | None

    def __init__(
        self, response: Mapping[str, Any] | None = None, *, usage: Usage | None = None
    ) -> None:
        body = object_of(response, "summary", "result")
        key = "summary" if body.get("summary") else "result"
        result = string(body, key)
        if not result:
            # "Response lacks a summary" is the whole message of the documented module.
            raise StreamError(f"Response lacks a summary; it has {quoted(body)}")
        self._set(result=result, **common_fields(body, _DIALECT, frozenset((key,)), usage))

    @property
    def summary(self) -> str:
        """Return the text of the summary, by the name that the service has for it."""
        return self.result

    @classmethod
    def from_dict(cls, response: Mapping[str, Any]) -> Summary:
        """Read the parsed body of a response of summarize, as ``Summary(response)`` does."""
        return cls(response)

    @classmethod
    def from_response(cls, response: Mapping[str, Any], mode: Mode) -> Summary:
        """Read the response of boto3's ``invoke_endpoint``.

        The body is read to its end and closed.

        Args:
            response: The response of boto3.
            mode: The service that it comes from.

        Raises:
            TransportError: The body broke off.
            MalformedStreamError: The body is not one JSON object or array.
            ServiceError: As for ``Summary``.
            StreamError: As for ``Summary``.
            CohereError: *response* is not a response of boto3, or *mode* is not a ``Mode``.
            TypeError: The body is asynchronous, or does not hold bytes.
        """
        return read_response(cls._from_body, response, mode)

    @classmethod
    def _from_body(cls, data: bytes, response: Mapping[str, Any], mode: Mode) -> Summary:
        """Read the bytes of the body of *response*."""
        body: Any = parse_body(data)
        return cls(body, usage=Usage(**usage_counts(response, mode)))

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that JSON can write and ``from_dict`` reads to an equal object."""
        return written(self, _DIALECT, summary=self.result)

    def __str__(self) -> str:
        return self.result
