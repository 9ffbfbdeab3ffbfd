"""Translate exceptions of AWS's SDKs and of the libraries below them to a ``CohereError``.

Two tables at the end of this file map exception types to the functions that translate them: one
table for calls, and one for sources of events. The first row whose type matches is used.

No library is imported for this. The tables name a type by its module, and ``_loaded`` looks the
module up in ``sys.modules``: a process that never imported ``urllib3`` never sees its exceptions.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ._faults import service_error
from ._redact import redact, redact_addresses
from ._smithy import as_boto3, dropped_error
from .error import (
    CohereError,
    InvalidRequestError,
    MalformedStreamError,
    ServiceError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    # Translates an exception, given the name of the call or stream that raised it.
    _Translate = Callable[[Any, str], CohereError]
    # The module and the name of an exception type, and the function that translates it.
    _Table = tuple[tuple[str, str, _Translate], ...]

__all__ = ["translatable_errors", "translated", "translated_in_stream", "translating"]


def _no_secrets() -> Iterable[str]:
    return ()


@contextmanager
def translating(
    action: str, *, secrets: Callable[[], Iterable[str]] = _no_secrets, configures: bool = False
) -> Iterator[None]:
    """Translate exceptions that code of other libraries raises inside this block.

    Keep code of this package out of the block, so that its bugs are not reported as theirs.
    An ``AssertionError``, such as botocore's ``StubAssertionError``, passes unchanged: it is meant
    for the test that stubbed the client.

    Args:
        action: The subject of the error message, for example the name of the method of boto3.
        secrets: Returns the credentials to remove from the message. It is a function because
            reading them takes time and is needed only after an error.
        configures: Whether the block only reads a configuration. An exception is then an error in
            that configuration, and the error of this package shows its message.

    Raises:
        CohereError: The block raised an ``Exception``, which is the cause.
    """
    try:
        yield
    except (AssertionError, CohereError):
        raise
    except Exception as error:  # other libraries raise any type
        translate = _configuration_error if configures else translated
        raise translate(error, action, secrets()) from error


def translatable_errors() -> tuple[type[BaseException], ...]:
    """Return the exception types that ``translated_in_stream`` recognises.

    Use it in an ``except`` clause: Python evaluates that only after something was raised, when the
    libraries of all possible exceptions are loaded.
    """
    return tuple(type_ for type_, _ in _loaded(_TRANSLATIONS_IN_STREAM))


def translated(error: BaseException, action: str, secrets: Iterable[str] = ()) -> CohereError:
    """Return the ``CohereError`` for *error*, which a call of another library raised.

    Every exception has a translation. The message begins with *action*, the name of the call, and
    holds no credentials: neither *secrets* nor text that has the form of a credential. Raise the
    result ``from error``.
    """
    return _translate(error, action, _TRANSLATIONS, secrets)


def translated_in_stream(error: BaseException, action: str) -> CohereError:
    """Return the ``CohereError`` for *error*, which a source of events raised."""
    return _translate(error, action, _TRANSLATIONS_IN_STREAM, ())


def _translate(
    error: BaseException, action: str, table: _Table, secrets: Iterable[str]
) -> CohereError:
    for type_, translate in _loaded(table):
        if isinstance(error, type_):
            return _redacted(translate(error, action), secrets)
    return _unknown_error(error, action)


def _configuration_error(
    error: BaseException, action: str, secrets: Iterable[str] = ()
) -> CohereError:
    """Return the ``CohereError`` for *error* in a configuration, with the message of *error*.

    Most such errors have a built-in type: botocore reads numbers with ``int()``, and the output of
    a ``credential_process`` with ``json``. Their messages quote the wrong setting, not a prompt.
    """
    if type(error).__module__.partition(".")[0] in ("botocore", "boto3", "aiobotocore"):
        return translated(error, action, secrets)
    return _redacted(CohereError(f"{action} failed: {_name(error)}: {error}"), secrets)


def _redacted(error: CohereError, secrets: Iterable[str]) -> CohereError:
    """Remove credentials from the messages of *error*, and return it."""
    error.message = redact(error.message or "", secrets)
    if isinstance(error, ServiceError):
        if error.original_message is not None:
            error.original_message = redact(error.original_message, secrets)
    else:
        # Only the caller's own addresses may hold a password. An address in the message of a
        # service is the service's own, for example of its documentation, and stays whole.
        error.message = redact_addresses(error.message)
    error.args = (error.message,)  # what a pickle of the error restores it from
    return error


def _loaded(table: _Table) -> Iterator[tuple[type[BaseException], _Translate]]:
    """Yield the rows of *table* whose library is loaded."""
    for module, name, translate in table:
        # sys.modules may hold None: that is how Python marks a module that must not be imported.
        type_ = getattr(sys.modules.get(module), name, None)
        if type_ is not None:
            yield type_, translate


def _service_error(error: Any, _action: str) -> CohereError:
    """Return the error for a ``ClientError``, or for its subclass ``EventStreamError``."""
    facts = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    # botocore puts the members that the service model names beside "Error", and the rest inside it.
    # Of an error event it keeps only the code and the message (``EventStreamJSONParser``), and both
    # are empty if its service model does not have the event.
    detail = {**error.response, **facts}
    if not any(map(detail.get, ("Code", "Message"))):
        detail["Message"] = "botocore does not know this error, and dropped its content"
    return service_error(
        facts.get("Code"),
        detail,
        http_status=metadata.get("HTTPStatusCode"),
        headers=metadata.get("HTTPHeaders"),
    )


def _modelled_error(error: Any, _action: str) -> CohereError:
    """Return the error for an error event, which the smithy SDK raises as an object of its class.

    The class has the name that the error has outside streams: ``ThrottlingException``.
    """
    name = type(error).__name__
    return service_error(name[0].lower() + name[1:], as_boto3(error))


def _unmodelled_error(error: Any, _action: str) -> CohereError:
    return service_error(error.code, {"message": error.message})


def _key_error(error: KeyError, action: str) -> CohereError:
    code = dropped_error(error)
    if code is None:
        return _malformed_error(error, action)
    return service_error(code, {"message": "the SDK does not know this error, and dropped it"})


def _unanswered_error(error: BaseException, action: str) -> CohereError:
    # Its message shows the address, and so a wrong region or a mistyped name.
    return TransportError(f"{action} was not answered: {error}")


def _transport_error(error: BaseException, action: str) -> CohereError:
    # Some of these messages quote bytes of the response, so only the type is shown.
    return TransportError(f"{action} broke off: {_name(error)}")


def _request_error(error: BaseException, action: str) -> CohereError:
    """Return the error for a request that botocore refuses to send.

    The message of *error* shows each wrong value. A value may be a prompt, so it is left out here.
    Each problem begins on a new line, but a value may hold newlines as well. A problem therefore
    extends to the next line that begins like one of botocore's problems.
    """
    problems = re.split(r"\n(?=Invalid |Missing |Must |Unknown )", str(error))
    shown = "\n".join(re.sub(_VALUE, ", type:", problem) for problem in problems)
    return InvalidRequestError(f"{action} was not sent: {shown}")


# Greedy: a value may itself contain ", type:", and botocore's own one is the last.
_VALUE = "(?s), value: .*, type:"


def _text_error(error: UnicodeEncodeError, action: str) -> CohereError:
    """Return the error for text that cannot be encoded; the message of *error* quotes that text."""
    found = f"a string has a character that {error.encoding} cannot encode: {error.reason}"
    return InvalidRequestError(f"{action} was not sent: {found}")


def _read_error(error: OSError, action: str) -> CohereError:
    """Return the error for an ``OSError`` of a source of events.

    The smithy SDK wraps each exception that is not its own in a plain ``OSError``.
    """
    cause = error.__cause__
    if type(error) is OSError and isinstance(cause, translatable_errors()):
        return translated_in_stream(cause, action)
    return _transport_error(error, action)


def _malformed_error(error: BaseException, action: str) -> CohereError:
    return MalformedStreamError(f"{action} gave bytes that cannot be parsed: {_name(error)}")


def _other_error(error: BaseException, action: str) -> CohereError:
    """Return the error for missing credentials, or a missing region, profile or file."""
    return CohereError(f"{action} failed: {error}")


def _unknown_error(error: BaseException, action: str) -> CohereError:
    """Return the error for an exception without a row; its message may hold anything."""
    unknown = TransportError(f"{action} failed: {_name(error)}")
    unknown.retryable = False  # another call might fail in the same way
    return unknown


def _name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


# The first row whose type matches is used, so a subclass stands before its base class. botocore
# wraps exceptions of the HTTP libraries in its own before a stream begins, and while it reads a
# plain body. While a stream is read they arrive unwrapped, so their own types are listed as well.
_TRANSLATIONS: _Table = (
    ("botocore.exceptions", "ClientError", _service_error),
    ("botocore.exceptions", "EndpointConnectionError", _unanswered_error),
    ("botocore.exceptions", "ConnectTimeoutError", _unanswered_error),
    ("botocore.exceptions", "HTTPClientError", _transport_error),
    ("botocore.exceptions", "ConnectionError", _transport_error),
    ("botocore.exceptions", "IncompleteReadError", _transport_error),
    ("botocore.exceptions", "ParamValidationError", _request_error),
    ("botocore.exceptions", "BotoCoreError", _other_error),
    ("botocore.parsers", "ResponseParserError", _malformed_error),
    ("urllib3.exceptions", "HTTPError", _transport_error),
    ("http.client", "HTTPException", _transport_error),
    ("aiohttp", "ClientError", _transport_error),
    ("asyncio", "TimeoutError", _transport_error),  # of aiohttp; not an OSError in Python 3.10
    # Raised while boto3 reads its configuration: a program of credential_process is missing.
    ("builtins", "FileNotFoundError", _other_error),
    ("builtins", "PermissionError", _other_error),
    ("builtins", "OSError", _transport_error),  # ssl.SSLError is a subclass
    # Raised by the code of botocore that writes requests, and reads frames and JSON.
    ("builtins", "UnicodeEncodeError", _text_error),
    ("builtins", "UnicodeDecodeError", _malformed_error),
    ("builtins", "RecursionError", _malformed_error),
    ("json", "JSONDecodeError", _malformed_error),
    ("binascii", "Error", _malformed_error),
    ("struct", "error", _malformed_error),
)

# A source of events has some rows of its own, which come first. A wrong checksum means that a frame
# was damaged on its way, so the same call may succeed; so does a frame without its end, which the
# smithy SDK calls InvalidEventBytes. Every other exception of botocore's parser, and of the SDK's,
# means that a frame with a correct checksum is malformed. The parsers check little, so most of
# these are built-in exceptions. An OSError is one of the connection: a stream opens no files.
_TRANSLATIONS_IN_STREAM: _Table = (
    ("botocore.eventstream", "ChecksumMismatch", _transport_error),
    ("botocore.eventstream", "ParserError", _malformed_error),
    ("smithy_core.exceptions", "ModeledError", _modelled_error),
    ("smithy_aws_event_stream.exceptions", "UnmodeledEventError", _unmodelled_error),
    ("smithy_aws_event_stream.exceptions", "ChecksumMismatch", _transport_error),
    ("smithy_aws_event_stream.exceptions", "InvalidEventBytes", _transport_error),
    ("smithy_core.exceptions", "SmithyError", _malformed_error),
    ("ijson.common", "JSONError", _malformed_error),  # the SDK's parser of JSON
    ("builtins", "UnicodeError", _malformed_error),
    ("builtins", "KeyError", _key_error),
    ("builtins", "LookupError", _malformed_error),
    ("builtins", "TypeError", _malformed_error),
    ("builtins", "AttributeError", _malformed_error),
    ("builtins", "OSError", _read_error),
    *_TRANSLATIONS,
)
