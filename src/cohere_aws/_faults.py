"""Turn an error that a service or a model reports into a ``ServiceError``.

There are four ways to report one. A refused call has a code, an HTTP status and a body
(``service_error``). An error event of a stream has a name and a body (``is_fault``, then
``service_error``); it has no HTTP status, so ``_services`` gives the status for each name. A model
behind an endpoint may put an error where the answer should be (``error_in``). And a ``ModelError``
of SageMaker quotes the error of the model, most often as JSON (``_quoted_cause``).

``RETRYABLE_STATUSES`` and ``RETRYABLE_CODES`` list the errors after which the same call may
succeed. The tables are copies, because importing botocore to read its own takes a second.

Sources of the tables:

* the retry tables of botocore: ``botocore.retries.standard`` and ``data/_retry.json``;
* 408 and 424, which botocore does not retry: Bedrock sends 408 when the model timed out, and both
  services send 424 when the model failed
  (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html,
  https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html);
* the types of errors of TGI: ``InferError`` in ``router/src/infer/mod.rs``, and its statuses in
  ``router/src/server.rs`` (https://github.com/huggingface/text-generation-inference).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ._field import kind
from ._json import parse
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

# The types of errors that TGI reports, and the HTTP status of each outside a stream. The status of
# a stream is 200 even if its first item is an error.
_MODEL_ERRORS = {
    "generation": 424,
    "incomplete_generation": 500,
    "incomplete_generation_stream": 500,
    "missing_template_variable": 422,
    "overloaded": 429,
    "stream_serialization_error": 500,
    "template_error": 422,
    "tool_error": 422,
    "validation": 422,
}

# The event_type of an item of Cohere that reports an error.
ERROR_EVENT = "stream-error"
# The keys that hold an error inside an answer: its message, or an object with the message. An
# "error" or "err" makes the item an error beside any other key. A "message" alone does so only if
# the item has no key of an answer, because an answer may have a message, too. A message with a role
# is one of a chat.
_ERROR_KEYS = ("message", "error", "err")
_DECLARING_KEYS = ("error", "err")
# The keys of its name, and those of its status. A "code" may be either one.
_NAME_KEYS = ("code", "error_type", "type")
_STATUS_KEYS = ("code", "http_status_code")
_ERROR_STATUSES = range(400, 600)

_MODEL_FAILED = 424
_CLIENT_ERRORS = range(400, 500)
# A timeout; a failure of the model, in the words of TGI and LMI; too many requests.
_TEMPORARY_CLIENT_ERRORS = frozenset((408, 424, 429))


class _Cause:
    """An error of a model, as the model wrote it."""

    # Not a NamedTuple: to create one takes a twentieth of the time of the import.
    def __init__(self, name: str | None, status: int | None, detail: Mapping[str, Any]) -> None:
        self.name, self.status, self.detail = name, status, detail


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
        code: The name of the error; anything else than a string or number counts as none. The
            type of an error that the body quotes has precedence.
        detail: The body of the error.
        http_status: The HTTP status; by default the one that ``_services`` has for *code*.
        headers: The HTTP headers that came with it.
    """
    from ._redact import redact  # noqa: PLC0415  # needed for an error only

    # Bedrock writes originalStatusCode, and SageMaker OriginalStatusCode.
    facts = {_lower(key): value for key, value in detail.items()}
    status = _ERROR_EVENTS.get(_lower(code)) if http_status is None else http_status
    original_status = _typed(int, facts.get("originalstatuscode"))
    original_message = _typed(str, facts.get("originalmessage"))
    name = str(code) if code and isinstance(code, (str, int)) else None
    message = _message(name or "an error without a code", facts)
    cause = _quoted_cause(original_message) if original_message else None
    models_status = original_status
    if cause and original_message:
        # SageMaker quotes the JSON in its own message; its words take that place.
        words = _message(cause.name or "", cause.detail)
        quoted = original_message in message
        message = message.replace(original_message, words) if quoted else f"{message}: {words}"
        name, models_status = cause.name or name, original_status or cause.status
    return ServiceError(
        redact(message),
        status,
        headers,
        code=name,
        retryable=_is_retryable(_lower(code), status, models_status),
        original_status=original_status,
        original_message=redact(original_message) if original_message else original_message,
    )


def error_in(item: Mapping[str, Any], answer_keys: Iterable[str]) -> ServiceError | None:
    """Return the error that a model reports inside an answer, or ``None`` if *item* is an answer.

    *answer_keys* are the keys that make an item an answer. A key whose value is ``null`` or empty
    is ignored, because some containers send every key in every item.
    """
    cause = _cause_in(item, answer_keys)
    if cause is None:
        return None
    return service_error(cause.name, cause.detail, http_status=cause.status)


def _is_chat_message(value: object) -> bool:
    # A part of an answer, {"role": "assistant", "content": …}; an error has no role.
    return isinstance(value, dict) and "role" in value


def _cause_in(item: Mapping[str, Any], answer_keys: Iterable[str]) -> _Cause | None:
    values = [item[key] for key in _ERROR_KEYS if item.get(key) is not None]
    found = [value for value in values if not _is_chat_message(value)]
    declared = item.get("event_type") == ERROR_EVENT or any(map(item.get, _DECLARING_KEYS))
    if not declared and (not found or any(map(item.get, answer_keys))):
        return None
    readable = [value for value in found if value and isinstance(value, (str, dict))]
    # Without a readable value, the message says which type the first value has.
    value = next(iter(readable or found), None)
    if isinstance(value, dict):
        detail: Mapping[str, Any] = value
    else:
        # LMI sends {"message": "invoke handler failure", "error": …, "code": 424}.
        words = dict.fromkeys(each for each in readable if isinstance(each, str))
        facts = {key: item[key] for key in (*_NAME_KEYS, *_STATUS_KEYS) if key in item}
        detail = {**facts, "message": ": ".join(words) or value}
    # Some containers send {"message": …, "code": 429}, others {"message": …, "type": "overloaded"}.
    names = (detail.get(key) for key in _NAME_KEYS)
    name = next((each for each in names if each and isinstance(each, str)), None)
    codes = (detail.get(key) for key in _STATUS_KEYS)
    statuses = (code for code in codes if isinstance(code, int) and code in _ERROR_STATUSES)
    type_status = _MODEL_ERRORS.get(_lower(detail.get("error_type")))
    return _Cause(name, next(statuses, type_status), detail)


def _quoted_cause(text: str) -> _Cause | None:
    """Return the error in *text*, the body of a model; ``None`` if it is not JSON of an error."""
    try:
        body, _ = parse(text)
    except (ValueError, RecursionError):
        return None  # most often plain text, and then the message of the service quotes it
    return _cause_in(body, ()) if isinstance(body, dict) else None


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
    return ": ".join(filter(None, (name, message)))


def _typed(type_: type[_T], value: object) -> _T | None:
    # An error must not fail because a detail of it is malformed, as ``_field`` would.
    return value if isinstance(value, type_) else None


def _lower(value: object) -> str:
    return str(value).lower()
