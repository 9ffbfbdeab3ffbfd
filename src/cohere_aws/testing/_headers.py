"""Headers of an answer: which of them are written to a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cohere_aws._services import SERVICES

from ._answer import is_header
from ._members import answer_headers
from ._wire import EVENT_STREAM, REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._scrub import Scrubber

__all__ = ["kept_headers"]

# The only headers of an answer that are kept besides those that hold its members. None holds a
# credential, a signature or an account. A member may hold data of the caller, as a prompt does (as
# SageMaker's custom attributes do): programs read it, so it is written, and goes through "scrub".
_ALWAYS = frozenset(
    (
        "content-type",
        "retry-after",
        "x-amzn-bedrock-cache-read-input-token-count",
        "x-amzn-bedrock-cache-write-input-token-count",
        "x-amzn-errortype",
        "x-amzn-requestid",
        *(header for service in SERVICES.values() for header in service.usage_headers),
    )
)
# Values of headers that say nothing: a replayed answer without an id, and a stream's only type.
_UNWRITTEN = (REQUEST_ID, EVENT_STREAM)


def kept_headers(model: Any, headers: Mapping[str, str], scrubber: Scrubber) -> dict[str, str]:
    """Return the headers of an answer that are written, names in lower case.

    Args:
        model: botocore's model of the operation.
        headers: Those that came.
        scrubber: Takes out what must not be written.
    """
    wanted = _ALWAYS | answer_headers(model).keys()
    kept = {
        name.lower(): scrubber.text(value)
        for name, value in headers.items()
        if name.lower() in wanted and value not in _UNWRITTEN
    }
    # A server may send headers that HTTP cannot carry again: the call should not fail for one.
    return {name: value for name, value in kept.items() if is_header(name, value)}
