"""Headers of an answer: the few that are written to a recording."""

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

# The headers of an answer that are kept besides those with its members. None of them holds a
# credential, a signature or an account. A member may hold data of the caller, like a prompt;
# SageMaker's custom attributes do. Programs read it, so it is written, after "scrub".
_ALWAYS = frozenset(
    (
        "content-type",
        "retry-after",
        "x-amzn-errortype",
        "x-amzn-requestid",
        *(header for service in SERVICES.values() for header in service.usage_headers),
    )
)
# Header values without information: the ID of a replayed answer, and the content type of streams.
_UNWRITTEN = (REQUEST_ID, EVENT_STREAM)


def kept_headers(model: Any, headers: Mapping[str, str], scrubber: Scrubber) -> dict[str, str]:
    """Return the headers of an answer that are written, names in lower case.

    Args:
        model: botocore's model of the operation.
        headers: All headers of the answer.
        scrubber: Removes credentials and account IDs.
    """
    wanted = _ALWAYS | answer_headers(model).keys()
    kept = {
        name.lower(): scrubber.text(value)
        for name, value in headers.items()
        if name.lower() in wanted and value not in _UNWRITTEN
    }
    # A server may send a header that cannot be sent again. It is dropped; the call must not fail.
    return {name: value for name, value in kept.items() if is_header(name, value)}
