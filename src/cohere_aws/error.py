"""The errors of this package, and its warning.

::

    CohereError(message, http_status, headers)
    ├── InvalidRequestError      the request breaks a documented limit, and was not sent
    ├── ServiceError             AWS or the model answered with an error, before or inside a stream
    ├── TransportError           no answer, or only a part: refused, reset, stalled, bad checksum
    └── StreamError              the answer is not as documented
        ├── MalformedStreamError     not a sequence of JSON objects, or one is too long or too deep
        └── IncompleteStreamError    the stream ended before its last item

    IncompleteStreamWarning      the same, of a stream that is not strict

Every error has ``retryable``, and survives pickle with all its fields. ``partial`` of an error is
the text that had arrived: a ``Generations`` or a ``Chat``. ``answer`` of a ``StreamError`` is a
whole answer that does not fit its request, such as one with another number of vectors.
Messages name types, byte offsets and lengths, and hold no prompt and no generated text. The message
of a ``ServiceError`` comes from the service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._chat import Chat
    from ._generations import Generations
    from .classification import Classifications
    from .embeddings import Embeddings, EmbeddingsByType
    from .rerank import Reranking

__all__ = [
    "CohereError",
    "IncompleteStreamError",
    "IncompleteStreamWarning",
    "InvalidRequestError",
    "MalformedStreamError",
    "ServiceError",
    "StreamError",
    "TransportError",
]


class CohereError(Exception):
    """Base class of all errors of this package.

    Attributes:
        message: The description of the error, or ``None``.
        http_status: The HTTP status of the response, or ``None``.
        headers: The HTTP headers of the response, with names as they were given (boto3 gives them
            in lower case). Empty if there was no response.
        retryable: Whether the same call may succeed if it is made again.
        partial: The results that had arrived when the text of an answer failed; ``None`` for other
            errors.
        position: The index of the failed request among those of ``generate_many``, from 0; ``None``
            for a single call.
    """

    retryable: bool = False
    partial: Generations | Chat | None = None
    position: int | None = None

    def __init__(
        self,
        message: str | None = None,
        http_status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.http_status = http_status
        self.headers: dict[str, str] = dict(headers or {})

    @property
    def request_id(self) -> str | None:
        """Return the ID that AWS gave to the failed call, if it answered; AWS Support asks for it.

        For an error inside a stream, it is known if a client of this package made the call.
        """
        found = self.headers.get("x-amzn-requestid")
        if found is None and self.partial is not None:
            return self.partial.request_id
        return found

    def __str__(self) -> str:
        return self.message or "<empty message>"

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(message={self.message!r}, http_status={self.http_status!r})"


class InvalidRequestError(CohereError, ValueError):
    """A request that breaks a documented limit, or a wrong argument; nothing was sent.

    It is a ``ValueError``, too.
    """


class ServiceError(CohereError):
    """An error that AWS or the model answered with, before a stream or inside one.

    Attributes:
        code: The name of the error as the service spells it: ``ThrottlingException`` before a
            stream, ``throttlingException`` inside one; ``None`` if there was none. If the model
            gives a type for its own error, such as ``validation``, it is that type.
        retryable: See ``CohereError``.
        original_status: The HTTP status of the model's own response, or ``None``.
        original_message: The message of the model's own response, or ``None``.

    For an error event inside a stream, botocore keeps only the code and the message. Then
    ``original_status`` and ``original_message`` are ``None``, and the message lacks the
    ``ErrorCode`` of SageMaker. The smithy SDK keeps them, and so does an event that came as a dict
    from another source.
    """

    def __init__(
        self,
        message: str | None = None,
        http_status: int | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        code: str | None = None,
        retryable: bool = False,
        original_status: int | None = None,
        original_message: str | None = None,
    ) -> None:
        super().__init__(message, http_status, headers)
        self.code = code
        self.retryable = retryable
        self.original_status = original_status
        self.original_message = original_message


class TransportError(CohereError):
    """A call without an answer, or whose answer broke off: refused, reset, stalled, bad checksum.

    ``__cause__`` is the exception of the HTTP library or of botocore.
    """

    retryable = True


class StreamError(CohereError):
    """An answer that does not have the documented form.

    Attributes:
        answer: The whole answer, if it does not fit the request of ``embed``, ``rerank`` or
            ``classify``; ``None`` for other errors.
    """

    # Not partial: typed code that reads the text of partial would have to exclude vectors first.
    answer: Embeddings | EmbeddingsByType | Reranking | Classifications | None = None


class MalformedStreamError(StreamError):
    """A stream that is not a sequence of JSON objects, or has one that is too long or too deep."""


class IncompleteStreamError(StreamError):
    """A strict stream that ended before its last item, so that the answer is cut off.

    The usual reason is a broken connection: even without its last frame, the HTTP response of AWS
    may end in good order. That is why the error is retryable.
    """

    retryable = True


class IncompleteStreamWarning(UserWarning):
    """Warning for a stream that is not strict and ended before its last item.

    Attributes:
        partial: The results that had arrived.
    """

    def __init__(self, message: str, partial: Generations | Chat | None = None) -> None:
        super().__init__(message)
        self.partial = partial
