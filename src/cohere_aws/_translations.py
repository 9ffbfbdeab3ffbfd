"""Translate the exceptions of boto3, aiobotocore and the libraries below them into errors of ours.

No library is imported for this. An exception is recognised by its type, and its library is loaded
if there is one: a process that never imported ``urllib3`` cannot be handed an exception of it.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ._faults import service_error
from ._redact import redact, redact_addresses
from .error import (
    CohereError,
    InvalidRequestError,
    MalformedStreamError,
    ServiceError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    # The module and the name of an exception, and what makes an error of ours from it.
    _Answer = tuple[str, str, Callable[[Any, str], CohereError]]

__all__ = ["translatable_errors", "translated", "translated_in_stream", "translating"]


def _nothing() -> Iterable[str]:
    return ()


@contextmanager
def translating(
    doing: str, *, secrets: Callable[[], Iterable[str]] = _nothing, configures: bool = False
) -> Iterator[None]:
    """Translate the exceptions that foreign code raises inside this block.

    Keep code of ours out of the block, so that its bugs are not reported as theirs.
    An ``AssertionError``, such as botocore's ``StubAssertionError``, is for the test that provoked
    it, and passes.

    Args:
        doing: What the block does, for the message.
        secrets: Gives the credentials that are in use, to be taken out of the message.
        configures: Whether the block only reads a configuration: an exception is then an error in
            the configuration, and its words are shown.

    Raises:
        CohereError: The block raised an ``Exception``, which is the cause.
    """
    try:
        yield
    except (AssertionError, CohereError):
        raise
    except Exception as error:  # foreign code may raise anything
        translate = _configured if configures else translated
        raise translate(error, doing, secrets()) from error


def translatable_errors() -> tuple[type[BaseException], ...]:
    """Return the exception types that ``translated_in_stream`` recognises.

    Meant for an ``except`` clause, which evaluates it only after something was raised.
    """
    return tuple(type_ for type_, _ in _known(_TRANSLATIONS_IN_STREAM))


def translated(error: BaseException, doing: str, secrets: Iterable[str] = ()) -> CohereError:
    """Return the ``CohereError`` for *error* of foreign code; *doing* says what failed.

    Every exception has one. Its message holds no credentials: neither *secrets* nor text in the
    form of one. The caller raises it ``from error``.
    """
    return _translated(error, doing, _TRANSLATIONS, secrets)


def translated_in_stream(error: BaseException, doing: str) -> CohereError:
    """Return the ``CohereError`` for *error*, which a source of events raised."""
    return _translated(error, doing, _TRANSLATIONS_IN_STREAM, ())


def _translated(
    error: BaseException, doing: str, answers: tuple[_Answer, ...], secrets: Iterable[str]
) -> CohereError:
    for type_, translate in _known(answers):
        if isinstance(error, type_):
            return _without(translate(error, doing), secrets)
    return _unknown_error(error, doing)


def _configured(error: BaseException, doing: str, secrets: Iterable[str] = ()) -> CohereError:
    """Return the ``CohereError`` for *error* in a configuration, with its words.

    Most of these are built-in: botocore reads numbers by ``int()``, and programs by ``json``.
    """
    if type(error).__module__.partition(".")[0] in ("botocore", "boto3", "aiobotocore"):
        return translated(error, doing, secrets)
    return _without(CohereError(f"{doing} failed: {_name(error)}: {error}"), secrets)


def _without(error: CohereError, secrets: Iterable[str]) -> CohereError:
    """Take credentials out of the words of *error*."""
    error.message = redact(error.message or "", secrets)
    if isinstance(error, ServiceError):
        if error.original_message is not None:
            error.original_message = redact(error.original_message, secrets)
    else:  # an address in the words of a service is its own, such as one of its documentation
        error.message = redact_addresses(error.message)
    error.args = (error.message,)
    return error


def _known(
    answers: tuple[_Answer, ...],
) -> Iterator[tuple[type[BaseException], Callable[[Any, str], CohereError]]]:
    # A module that is None is one that may not be imported, as the import system defines it.
    for module, name, translate in answers:
        type_ = getattr(sys.modules.get(module), name, None)
        if type_ is not None:
            yield type_, translate


def _service_error(error: Any, _doing: str) -> CohereError:
    """Return the error for a ``ClientError``, or an ``EventStreamError``, which is one."""
    facts = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    # Members of the error that the service model names stand beside "Error", the rest inside it. Of
    # an error event botocore keeps the code and the message alone (``EventStreamJSONParser``).
    return service_error(
        facts.get("Code"),
        {**error.response, **facts},
        http_status=metadata.get("HTTPStatusCode"),
        headers=metadata.get("HTTPHeaders"),
    )


def _unanswered_error(error: BaseException, doing: str) -> CohereError:
    # Its words are the address, which says what is wrong with a region or a name.
    return TransportError(f"{doing} was not answered: {error}")


def _transport_error(error: BaseException, doing: str) -> CohereError:
    # The words of some of these quote bytes of the answer, so only the type is named here.
    return TransportError(f"{doing} broke off: {_name(error)}")


def _request_error(error: BaseException, doing: str) -> CohereError:
    """Return the error for a request that botocore refuses to send.

    The words of *error* show each value, which may be a prompt and is left out here. They have one
    line per problem, but a value may span several, so a problem ends where the next one begins.
    """
    problems = re.split(r"\n(?=Invalid |Missing |Must |Unknown )", str(error))
    said = "\n".join(re.sub(_VALUE, ", type:", problem) for problem in problems)
    return InvalidRequestError(f"{doing} was not sent: {said}")


_VALUE = "(?s), value: .*, type:"


def _text_error(error: UnicodeEncodeError, doing: str) -> CohereError:
    """Return the error for text that cannot be encoded; the words of *error* quote that text."""
    found = f"a string has a character that {error.encoding} cannot encode: {error.reason}"
    return InvalidRequestError(f"{doing} was not sent: {found}")


def _malformed_error(error: BaseException, doing: str) -> CohereError:
    return MalformedStreamError(f"{doing} gave bytes that cannot be parsed: {_name(error)}")


def _other_error(error: BaseException, doing: str) -> CohereError:
    """Return the error for missing credentials, or a missing region, profile or file."""
    return CohereError(f"{doing} failed: {error}")


def _unknown_error(error: BaseException, doing: str) -> CohereError:
    """Return the error for an undocumented exception, whose words may hold anything."""
    found = TransportError(f"{doing} failed: {_name(error)}")
    found.retryable = False  # it is unknown whether a retry may help
    return found


def _name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


# The first row whose type fits counts. From inside a stream the HTTP library's own exceptions come
# out bare: botocore wraps what happens before it, and while a plain body is read.
_TRANSLATIONS: tuple[_Answer, ...] = (
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
    ("asyncio", "TimeoutError", _transport_error),  # what aiohttp raises, and no OSError in 3.10
    # Of a configuration, such as the program of credential_process.
    ("builtins", "FileNotFoundError", _other_error),
    ("builtins", "PermissionError", _other_error),
    ("builtins", "OSError", _transport_error),  # and so ssl.SSLError, which is one
    # What the code of botocore that reads frames and JSON raises.
    ("builtins", "UnicodeEncodeError", _text_error),
    ("builtins", "UnicodeDecodeError", _malformed_error),
    ("builtins", "RecursionError", _malformed_error),
    ("json", "JSONDecodeError", _malformed_error),
    ("binascii", "Error", _malformed_error),
    ("struct", "error", _malformed_error),
)

# The same for what comes out of a source of events, where these rows come first. A bad checksum is
# damage on the way, which another try may spare; all else that botocore's parser raises is damage
# inside a frame whose checksums fit. It checks little, so most of that are plain Python errors.
_TRANSLATIONS_IN_STREAM: tuple[_Answer, ...] = (
    ("botocore.eventstream", "ChecksumMismatch", _transport_error),
    ("botocore.eventstream", "ParserError", _malformed_error),
    ("builtins", "UnicodeError", _malformed_error),
    ("builtins", "LookupError", _malformed_error),
    ("builtins", "TypeError", _malformed_error),
    ("builtins", "AttributeError", _malformed_error),
    ("builtins", "OSError", _transport_error),
    *_TRANSLATIONS,
)
