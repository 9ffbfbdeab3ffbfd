"""Results of Rerank: documents in the order of their relevance to a query.

A result refers to a document by its index among those of the request. The documents are part of the
answer only if the request asks for them. The documented client takes them from the request
instead, and so does ``Reranking`` if the caller passes them.

There are three forms of the body. That of Bedrock has ``results`` alone; on SageMaker there is an
``id``, too, and since Rerank 3.5 ``meta``. Sources:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-rerank.html, and the samples
in ``examples`` of https://github.com/cohere-ai/cohere-aws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ._answers import (
    Listed,
    common_fields,
    extra_in,
    is_written,
    object_of,
    required,
    written,
)
from ._field import array, counted, integer, kind, number, object_, python_type
from ._plain import parse_body, read_response, usage_counts
from ._results import Usage, copied, without_none
from .error import InvalidRequestError, StreamError
from .response import AnswerRecord, Part, Viewable

if TYPE_CHECKING:
    from .mode import Mode

    Documents = Sequence[str | Mapping[str, Any]]

__all__ = ["RerankDocument", "RerankResult", "Reranking"]

_DIALECT = "rerank"
_KEYS = frozenset(("results",))
_RESULT_KEYS = frozenset(("document", "index", "relevance_score"))


class RerankDocument(NamedTuple):
    """A document with text alone. Results have dicts instead, which may have further fields.

    Attributes:
        text: The text of the document.
    """

    text: str


RerankDocument.__name__ = "Document"  # as in the documented repr


class RerankResult(Part):
    """One document and its relevance.

    Attributes:
        document: The document, a dict that often has ``text``; ``None`` if the answer has no
            documents and the caller passed none.
        index: Its number among the documents of the request, from 0.
        relevance_score: Its relevance to the query, from 0 to 1.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
    """

    _documented: ClassVar = ("document", "index", "relevance_score")

    document: dict[str, Any] | None
    index: int  # None only in a result that was created without it
    relevance_score: float  # likewise
    extra: dict[str, Any] | None

    def __init__(
        self,
        document: dict[str, Any] | None = None,
        index: int | None = None,
        relevance_score: float | None = None,
        *,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._set(
            document=document, index=index, relevance_score=relevance_score, extra=copied(extra)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that ``Reranking.from_dict`` reads back, as part of an answer."""
        return without_none(**self.__getstate__())

    def __repr__(self) -> str:
        shown = f"index: {self.index}, relevance_score: {self.relevance_score}"
        if self.document is None:
            return f"RerankResult<{shown}>"
        if "text" in self.document:
            return f"RerankResult<text: {self.document['text']}, {shown}>"
        return f"RerankResult<document: {self.document}, {shown}>"


class Reranking(Viewable, AnswerRecord, Listed[RerankResult]):
    """An answer of Rerank: its results, the most relevant first.

    It is created from the parsed body of a response of ``InvokeModel`` or ``InvokeEndpoint``.
    Fields that no attribute holds are kept in ``extra``.

    Args:
        response: The body, or a dict that ``to_dict()`` returned.
        documents: The documents of the request. A result whose document is not in the body gets
            its own; a string becomes ``{"text": …}``, as in the documented client.
        usage: Tokens and time that the call took, where they are known from elsewhere.

    Raises:
        ServiceError: The body reports an error.
        StreamError: A field is missing, or has another type than documented; or, given *documents*,
            a result refers to a document that is not among them, or to that of an earlier result.
            The message says which; in the last two cases, ``answer`` of the error is this object.
        InvalidRequestError: A document is neither a string nor a dict.

    Attributes:
        results: The results.
        id: The service's name for the call.
        meta: Facts about the call from the service, such as ``billed_units``.
        usage: Tokens and time that the call took, where the service reports them.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
    """

    _documented: ClassVar = ("results",)
    _list: ClassVar = "results"

    results: list[RerankResult]
    id: str | None
    meta: dict[str, Any] | None
    usage: Usage | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        response: Mapping[str, Any] | None = None,
        *,
        documents: Documents | None = None,
        usage: Usage | None = None,
    ) -> None:
        body = object_of(response, "results")
        values = required(body, "results", array(body, "results"))
        from_to_dict = is_written(body, _DIALECT)
        known = () if documents is None else documents
        self._set(
            results=[
                _result(value, f"results[{i}]", known, from_to_dict=from_to_dict)
                for i, value in enumerate(values)
            ],
            **common_fields(body, _DIALECT, _KEYS, usage),
        )
        if documents is not None:
            self._check_indexes(len(documents))

    def _check_indexes(self, size: int) -> None:
        """Check that each result refers to a document of its own, of *size* in the request."""
        earlier: dict[int, int] = {}
        for i, result in enumerate(self.results):
            problem = None
            if result.index >= size:
                problem = f"the request has {counted(size, 'document')}"
            elif result.index in earlier:
                problem = f"results[{earlier[result.index]}] has the same"
            if problem:
                error = StreamError(f"results[{i}].index is {result.index}; {problem}")
                error.answer = self
                raise error
            earlier[result.index] = i

    @classmethod
    def from_dict(
        cls, response: Mapping[str, Any], *, documents: Documents | None = None
    ) -> Reranking:
        """Read the parsed body of a response of Rerank, as ``Reranking(response)`` does."""
        return cls(response, documents=documents)

    @classmethod
    def from_response(
        cls, response: Mapping[str, Any], mode: Mode, *, documents: Documents | None = None
    ) -> Reranking:
        """Read the response of boto3's ``invoke_model`` or ``invoke_endpoint``.

        The body is read to its end and closed. On Bedrock, ``usage`` comes from the HTTP headers.

        Args:
            response: The response of boto3.
            mode: The service that it comes from.
            documents: As for ``Reranking``.

        Raises:
            TransportError: The body broke off.
            MalformedStreamError: The body is not one JSON object or array.
            ServiceError: As ``Reranking``; also ``StreamError`` and ``InvalidRequestError``.
            CohereError: *response* is not a response of boto3, or *mode* is not a ``Mode``.
            TypeError: The body is asynchronous, or does not hold bytes.
        """
        return read_response(partial(cls._from_body, documents=documents), response, mode)

    @classmethod
    def _from_body(
        cls,
        data: bytes,
        response: Mapping[str, Any],
        mode: Mode,
        *,
        documents: Documents | None = None,
    ) -> Reranking:
        """Read the bytes of the body of *response*."""
        body: Any = parse_body(data)
        usage = Usage(**usage_counts(response, mode))
        return cls(body, documents=documents, usage=usage)

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that JSON can write and ``from_dict`` reads to an equal object."""
        return written(self, _DIALECT, results=[result.to_dict() for result in self.results])

    def _view(self) -> str:
        from ._html import reranking_view  # noqa: PLC0415  # needed in notebooks only

        return reranking_view(self)

    def __repr__(self) -> str:
        return repr(self.results)


def _result(value: object, where: str, documents: Documents, *, from_to_dict: bool) -> RerankResult:
    if not isinstance(value, Mapping):
        raise StreamError(f"{where} is {kind(value)}; expected an object")
    index = required(value, "index", integer(value, "index", where), where)
    score = number(value, "relevance_score", where)
    document = object_(value, "document", where)
    if document is None and index < len(documents):
        document = _document_of(documents, index)
    return RerankResult(
        None if document is None else dict(document),
        index,
        required(value, "relevance_score", score, where),
        extra=extra_in(value, _RESULT_KEYS, where, from_to_dict=from_to_dict),
    )


def _document_of(documents: Documents, index: int) -> Mapping[str, Any]:
    document: Any = documents[index]
    if isinstance(document, str):
        return {"text": document}
    if isinstance(document, Mapping):
        return document
    found = f"documents[{index}] is {python_type(document)}"
    raise InvalidRequestError(f"{found}; expected a string or a dict")
