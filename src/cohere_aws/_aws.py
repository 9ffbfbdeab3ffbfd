"""The one door to boto3 and botocore, and to the HTTP libraries below them.

Nothing here imports any of them at import time, so that results and streams are light to import
and work without AWS. What they raise is recognised by type, where they are loaded anyway: a process
that never imported ``urllib3`` cannot be handed an exception of it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ._envelope import service_error
from .error import CohereError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["foreign_errors", "translated"]


def foreign_errors() -> tuple[type[BaseException], ...]:
    """The exceptions of other libraries that ``translated`` understands.

    For an ``except`` clause, which asks only when something was raised.
    """
    return tuple(type_ for type_, _ in _doors())


def translated(error: BaseException, doing: str) -> CohereError:
    """What *error*, one of ``foreign_errors()``, is in our terms; *doing* says what failed.

    The caller raises it ``from error``.
    """
    for type_, translate in _doors():
        if isinstance(error, type_):
            return translate(error, doing)
    raise TypeError(f"{type(error)} is not one of foreign_errors()")


def _doors() -> list[tuple[type[BaseException], Callable[[Any, str], CohereError]]]:
    return [
        (getattr(sys.modules[module], name), translate)
        for module, name, translate in _DOORS
        if module in sys.modules
    ]


def _service_error(error: Any, _doing: str) -> CohereError:
    """A ``ClientError``, or an ``EventStreamError``, which botocore derives from it."""
    facts = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    # Members of the error that the service model names stand beside "Error", the rest inside it.
    return service_error(
        facts.get("Code"),
        {**error.response, **facts},
        http_status=metadata.get("HTTPStatusCode"),
        headers=metadata.get("HTTPHeaders"),
    )


def _transport_error(error: BaseException, doing: str) -> CohereError:
    # The words of some of these quote bytes of the answer, so only the type is named here.
    kind = type(error)
    return TransportError(f"{doing} broke off: {kind.__module__}.{kind.__qualname__}")


# The first row whose type fits counts. From inside a stream the HTTP library's own exceptions come
# out bare: botocore wraps what happens before it, and while a plain body is read.
_DOORS: tuple[tuple[str, str, Callable[[Any, str], CohereError]], ...] = (
    ("botocore.exceptions", "ClientError", _service_error),
    ("botocore.exceptions", "HTTPClientError", _transport_error),
    ("botocore.exceptions", "ConnectionError", _transport_error),
    ("botocore.exceptions", "IncompleteReadError", _transport_error),
    ("botocore.eventstream", "ParserError", _transport_error),
    ("urllib3.exceptions", "HTTPError", _transport_error),
    ("aiohttp", "ClientError", _transport_error),
    ("asyncio", "TimeoutError", _transport_error),  # what aiohttp raises, and no OSError in 3.10
    ("builtins", "TimeoutError", _transport_error),
    ("builtins", "ConnectionError", _transport_error),
)
