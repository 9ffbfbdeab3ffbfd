"""The errors and the one warning of this package.

::

    CohereError(message, http_status, headers)
    ├── InvalidRequestError      also a ValueError: a documented limit is broken; nothing was sent
    ├── ServiceError             AWS or the model answered with an error, before or inside a stream
    ├── TransportError           no answer, or it broke off: refused, reset, stalled, bad checksum
    └── StreamError              the answer made no sense
        ├── MalformedStreamError     not a sequence of JSON objects; too long; too deep
        └── IncompleteStreamError    it ended before its last item

    IncompleteStreamWarning      what a stream that is not strict says instead of the last one

Every error can be asked for ``retryable``, and survives pickle with all its fields. What is raised
while a stream is iterated carries ``partial``, the ``Generations`` that had arrived by then. No
message holds a prompt or generated text: messages name kinds, byte offsets and lengths. The words
of a ``ServiceError`` are those of the service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._results import Generations

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
    """Whatever this package raises on purpose.

    Attributes:
        message: What went wrong, or ``None``.
        http_status: The HTTP status that came with it, or ``None``.
        headers: The HTTP headers that came with it, as they were given: boto3 gives the names in
            lower case. May be empty.
        retryable: Whether the same call may succeed when it is made again.
        partial: What had arrived when a stream failed; ``None`` outside of streams.
        position: Which of many requests failed, from 0; ``None`` where there was one.
    """

    retryable: bool = False
    partial: Generations | None = None
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

    def __str__(self) -> str:
        return self.message or "<empty message>"

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(message={self.message!r}, http_status={self.http_status!r})"


class InvalidRequestError(CohereError, ValueError):
    """A request breaks a documented limit; nothing was sent."""


class ServiceError(CohereError):
    """AWS or the model answered with an error, before a stream or inside one.

    Attributes:
        code: The service's name of the error, as it spells it: ``ThrottlingException`` before a
            stream, ``throttlingException`` inside of one; ``None`` where it gave none.
        retryable: See ``CohereError``.
        original_status: The HTTP status of the model behind the service, where the service says it.
        original_message: The words of the model behind the service, where the service says them.

    For an error event inside a stream, botocore drops what the service says beside its code and its
    message, so the last two, and the ``ErrorCode`` of SageMaker in the message, are only there
    where the event comes as a dict, as from another SDK.
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
    """No answer came, or it broke off on its way: refused, reset, stalled, or a bad checksum.

    ``__cause__`` is what the HTTP library or botocore raised.
    """

    retryable = True


class StreamError(CohereError):
    """The answer made no sense."""


class MalformedStreamError(StreamError):
    """The bytes are not a sequence of JSON objects as described, or one is too long or too deep."""


class IncompleteStreamError(StreamError):
    """The stream ended before its last item, so the answer is cut off.

    AWS closes a stream in good order even when its last frame is missing, so this is most often a
    broken connection, and worth another try.
    """

    retryable = True


class IncompleteStreamWarning(UserWarning):
    """A stream that is not strict ended before its last item, so the answer is cut off.

    Attributes:
        partial: The ``Generations`` that had arrived.
    """

    def __init__(self, message: str, partial: Generations | None = None) -> None:
        super().__init__(message)
        self.partial = partial
