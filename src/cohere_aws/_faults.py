"""Errors that a service reports: their names, their HTTP statuses, and whether to call again.

An error event of a stream has no HTTP status with it; ``_services`` lists these events with the
status of each. ``RETRYABLE_STATUSES`` and ``RETRYABLE_CODES`` say after which errors the same call
may succeed. They stand here as text, because importing botocore to read its tables takes a second.

Sources:

* the retry tables of botocore: ``botocore.retries.standard`` and ``data/_retry.json``;
* 408 and 424, which botocore does not retry: Bedrock sends 408 when the model timed out, and both
  services send 424 when the model failed
  (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html,
  https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ._field import kind
from ._redact import redact
from ._services import SERVICES
from .error import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "ERROR_EVENT",
    "RETRYABLE_CODES",
    "RETRYABLE_STATUSES",
    "error_in",
    "is_fault",
    "service_error",
]

_T = TypeVar("_T")


# In lower case: dicts made by hand and other SDKs also write ThrottlingException, as AWS does
# outside streams.
_ERROR_EVENTS = {
    name.lower(): status
    for service in SERVICES.values()
    for name, status in service.error_events.items()
}

RETRYABLE_STATUSES = frozenset((408, 424, 429, 500, 502, 503, 504, 509))

# In lower case. Most come with HTTP status 400, so the status alone would not do.
RETRYABLE_CODES = frozenset(
    (
        "bandwidthlimitexceeded",
        "ec2throttledexception",
        "internalstreamfailure",
        "limitexceededexception",
        "modelnotreadyexception",
        "modelstreamerror",
        "priorrequestnotcomplete",
        "provisionedthroughputexceededexception",
        "requestlimitexceeded",
        "requestthrottled",
        "requestthrottledexception",
        "requesttimeout",
        "requesttimeoutexception",
        "slowdown",
        "throttledexception",
        "throttling",
        "throttlingexception",
        "toomanyrequestsexception",
        "transactioninprogressexception",
    )
)

# The type of an event of Cohere that reports an error, and the keys of one. Those that declare an
# error do so beside anything; a "message" may be part of an answer.
ERROR_EVENT = "stream-error"
_ERROR_KEYS = ("message", "error", "err")
_DECLARING_KEYS = ("error", "err")
_ERROR_STATUSES = range(400, 600)

_MODEL_FAILED = 424
_CLIENT_ERRORS = range(400, 500)
_PASSING_CLIENT_ERRORS = frozenset((408, 429))  # a timeout, too many requests


def is_fault(code: object) -> bool:
    """Return whether *code* names an error event, in upper or lower case."""
    return _lower(code) in _ERROR_EVENTS


def service_error(
    code: object,
    detail: Mapping[str, Any],
    *,
    http_status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> ServiceError:
    """Return the error that a service reports as *code*.

    *detail* is the body of the error; the two services spell its keys with different cases.
    """
    facts = {_lower(key): value for key, value in detail.items()}
    status = _ERROR_EVENTS.get(_lower(code)) if http_status is None else http_status
    original_status = _typed(int, facts.get("originalstatuscode"))
    original_message = _typed(str, facts.get("originalmessage"))
    name = str(code) if code and isinstance(code, (str, int)) else None
    return ServiceError(
        redact(_message(name or "an error without a code", facts)),
        status,
        headers,
        code=name,
        retryable=_is_retryable(_lower(code), status, original_status),
        original_status=original_status,
        original_message=redact(original_message) if original_message else original_message,
    )


def error_in(item: Mapping[str, Any], answer_keys: Iterable[str]) -> ServiceError | None:
    """Return the error that a model reports inside an answer, if *item* is one.

    A key that is ``null`` or empty says nothing, whether it is one of the answer or of an error.
    """
    found = [item[key] for key in _ERROR_KEYS if item.get(key) is not None]
    declared = item.get("event_type") == ERROR_EVENT or any(map(item.get, _DECLARING_KEYS))
    if not declared and (not found or any(map(item.get, answer_keys))):
        return None
    words = (value for value in found if value and isinstance(value, (str, dict)))
    return _error(next(words, found[0] if found else None))


def _error(words: Any) -> ServiceError:
    """Return the error in *words*; some containers nest them: ``{"message": …, "code": 429}``."""
    detail = words if isinstance(words, dict) else {"message": words}
    name, code = detail.get("type"), detail.get("code")
    status = code if isinstance(code, int) and code in _ERROR_STATUSES else None
    names = (value for value in (code, name) if isinstance(value, str))
    return service_error(next(names, None), detail, http_status=status)


def _is_retryable(code: str, status: int | None, original_status: int | None) -> bool:
    if status == _MODEL_FAILED and original_status in _CLIENT_ERRORS:
        # The model refused this very request, for example a prompt that is too long.
        return original_status in _PASSING_CLIENT_ERRORS
    statuses = {status, _ERROR_EVENTS.get(code)}
    return code in RETRYABLE_CODES or not RETRYABLE_STATUSES.isdisjoint(statuses)


def _message(name: str, facts: Mapping[str, Any]) -> str:
    if reason := _typed(str, facts.get("errorcode")):
        name = f"{name} ({reason})"  # the kind of a ModelStreamError of SageMaker
    words = facts.get("message")
    if words is not None and not isinstance(words, str):
        words = f"its message is {kind(words)}"
    return f"{name}: {words}" if words else name


def _typed(type_: type[_T], value: object) -> _T | None:
    return value if isinstance(value, type_) else None


def _lower(value: object) -> str:
    return str(value).lower()
