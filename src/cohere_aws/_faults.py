"""Turn an error that a service or a model reports into a ``ServiceError``.

There are three ways to report one. A refused call has a code, an HTTP status and a body
(``service_error``). An error event of a stream has a name and a body (``is_fault``, then
``service_error``); it has no HTTP status, so ``_services`` gives the status for each name. And a
model behind an endpoint may put an error where the answer should be (``error_in``).

``RETRYABLE_STATUSES`` and ``RETRYABLE_CODES`` list the errors after which the same call may
succeed. The tables are copies, because importing botocore to read its own takes a second.

Sources of the tables:

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


# By lower-case names. Streams of boto3 say throttlingException; error codes outside streams, other
# SDKs and events written by hand say ThrottlingException.
_ERROR_EVENTS = {
    name.lower(): status
    for service in SERVICES.values()
    for name, status in service.error_events.items()
}

RETRYABLE_STATUSES = frozenset((408, 424, 429, 500, 502, 503, 504, 509))

# In lower case. Most of these errors have HTTP status 400, so the statuses alone are not enough.
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

# The event_type of an item of Cohere that reports an error.
ERROR_EVENT = "stream-error"
# The keys that hold an error inside an answer; the first one that can be read gives the message. An
# "error" or "err" makes the item an error beside any other key. A "message" alone does so only if
# the item has no key of an answer, because an answer may have a message, too.
_ERROR_KEYS = ("message", "error", "err")
_DECLARING_KEYS = ("error", "err")
_ERROR_STATUSES = range(400, 600)  # a "code" in this range is an HTTP status

_MODEL_FAILED = 424
_CLIENT_ERRORS = range(400, 500)
_TEMPORARY_CLIENT_ERRORS = frozenset((408, 429))  # a timeout; too many requests


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

    Args:
        code: The name of the error; anything else than a string or number counts as none.
        detail: The body of the error.
        http_status: The HTTP status; by default the one that ``_services`` has for *code*.
        headers: The HTTP headers that came with it.
    """
    # Bedrock writes originalStatusCode, and SageMaker OriginalStatusCode.
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
    """Return the error that a model reports inside an answer, or ``None`` if *item* is an answer.

    *answer_keys* are the keys that make an item an answer. A key whose value is ``null`` or empty
    is ignored, because some containers send every key in every item.
    """
    found = [item[key] for key in _ERROR_KEYS if item.get(key) is not None]
    declared = item.get("event_type") == ERROR_EVENT or any(map(item.get, _DECLARING_KEYS))
    if not declared and (not found or any(map(item.get, answer_keys))):
        return None
    readable = (value for value in found if value and isinstance(value, (str, dict)))
    # Without a readable value, the message says which type the first value has.
    return _error_from(next(readable, found[0] if found else None))


def _error_from(value: Any) -> ServiceError:
    """Return the error for a *value* of an error key: a message, or an object that holds one."""
    detail = value if isinstance(value, dict) else {"message": value}
    # Some containers send {"message": …, "code": 429}, others {"message": …, "type": "overloaded"}.
    name, code = detail.get("type"), detail.get("code")
    status = code if isinstance(code, int) and code in _ERROR_STATUSES else None
    names = (value for value in (code, name) if isinstance(value, str))
    return service_error(next(names, None), detail, http_status=status)


def _is_retryable(code: str, status: int | None, original_status: int | None) -> bool:
    if status == _MODEL_FAILED and original_status in _CLIENT_ERRORS:
        # The model refused the request itself, for example because its prompt is too long.
        return original_status in _TEMPORARY_CLIENT_ERRORS
    # Both statuses count: an internalServerException with HTTP status 400 is retryable as well.
    statuses = {status, _ERROR_EVENTS.get(code)}
    return code in RETRYABLE_CODES or not RETRYABLE_STATUSES.isdisjoint(statuses)


def _message(name: str, facts: Mapping[str, Any]) -> str:
    if reason := _typed(str, facts.get("errorcode")):
        name = f"{name} ({reason})"  # SageMaker: what made a stream end in a ModelStreamError
    message = facts.get("message")
    if message is not None and not isinstance(message, str):
        message = f"its message is {kind(message)}"
    return f"{name}: {message}" if message else name


def _typed(type_: type[_T], value: object) -> _T | None:
    # An error must not fail because a detail of it is malformed, as ``_field`` would.
    return value if isinstance(value, type_) else None


def _lower(value: object) -> str:
    return str(value).lower()
