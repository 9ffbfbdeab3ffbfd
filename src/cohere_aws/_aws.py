"""The one door to boto3 and botocore, and to the HTTP libraries below them.

Nothing here imports any of them at import time, so that results and streams are light to import
and work without AWS. What they raise is recognised by type, where they are loaded anyway: a process
that never imported ``urllib3`` cannot be handed an exception of it.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ._faults import service_error
from ._field import kind
from .error import CohereError, InvalidRequestError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = [
    "finds",
    "foreign_errors",
    "http_response",
    "is_asynchronous",
    "make_async_client",
    "make_client",
    "operation_model",
    "parse_frames",
    "parse_headers",
    "service_of",
    "stream_errors",
    "streaming_body",
    "translated",
]


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
    # A module that is None is one that may not be imported, as the import system defines it.
    return [
        (type_, translate)
        for module, name, translate in _DOORS
        if (type_ := getattr(sys.modules.get(module), name, None)) is not None
    ]


def _service_error(error: Any, _doing: str) -> CohereError:
    """A ``ClientError``, or an ``EventStreamError``, which botocore derives from it."""
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


def _nobody_error(error: BaseException, doing: str) -> CohereError:
    # Its words are the address, which says what is wrong with a region or a name.
    return TransportError(f"{doing} was not answered: {error}")


def _transport_error(error: BaseException, doing: str) -> CohereError:
    # The words of some of these quote bytes of the answer, so only the type is named here.
    kind = type(error)
    return TransportError(f"{doing} broke off: {kind.__module__}.{kind.__qualname__}")


def _request_error(error: BaseException, doing: str) -> CohereError:
    """What botocore itself refuses to send.

    It says the kind of a value and the value, which may be a prompt and is left out. Its report has
    a line a problem, but a value may have several, so a problem goes on to where the next begins.
    """
    problems = re.split(r"\n(?=Invalid |Missing |Must |Unknown )", str(error))
    said = "\n".join(_VALUE.sub(", type:", problem) for problem in problems)
    return InvalidRequestError(f"{doing} was not sent: {said}")


_VALUE = re.compile(", value: .*, type:", re.DOTALL)


def _other_error(error: BaseException, doing: str) -> CohereError:
    """What botocore misses: credentials, a region, a profile."""
    return CohereError(f"{doing} failed: {error}")


# The first row whose type fits counts. From inside a stream the HTTP library's own exceptions come
# out bare: botocore wraps what happens before it, and while a plain body is read.
_DOORS: tuple[tuple[str, str, Callable[[Any, str], CohereError]], ...] = (
    ("botocore.exceptions", "ClientError", _service_error),
    ("botocore.exceptions", "EndpointConnectionError", _nobody_error),
    ("botocore.exceptions", "ConnectTimeoutError", _nobody_error),
    ("botocore.exceptions", "HTTPClientError", _transport_error),
    ("botocore.exceptions", "ConnectionError", _transport_error),
    ("botocore.exceptions", "IncompleteReadError", _transport_error),
    ("botocore.exceptions", "ParamValidationError", _request_error),
    ("botocore.exceptions", "BotoCoreError", _other_error),
    ("botocore.eventstream", "ParserError", _transport_error),
    ("urllib3.exceptions", "HTTPError", _transport_error),
    ("aiohttp", "ClientError", _transport_error),
    ("asyncio", "TimeoutError", _transport_error),  # what aiohttp raises, and no OSError in 3.10
    ("builtins", "TimeoutError", _transport_error),
    ("builtins", "ConnectionError", _transport_error),
)


# How many connections a client keeps that is made of names. botocore keeps 10: boto3 opens others
# beside them and throws them away, while aiobotocore lets the 11th stream wait for one to end.
_POOL = 1000


def make_client(service: str, *, region: str | None, session: Any, config: Any) -> Any:
    """A client of boto3, from *session* as it is, or from the default one.

    No session may be used by two threads at once, and the default one belongs to all.

    Raises:
        TypeError: *session* is not one of boto3.
    """
    import boto3
    from botocore.config import Config

    if session is None:
        config = Config(max_pool_connections=_POOL).merge(config or Config())
    elif not hasattr(session, "client"):
        raise TypeError(f"session is {kind(session)}; expected one of boto3")
    return (session or boto3).client(service, region_name=region, config=config)


def make_async_client(service: str, *, region: str | None, session: Any, config: Any) -> Any:
    """The same for aiobotocore: what it gives is still to be entered."""
    try:
        import aiobotocore.session
        from aiobotocore.config import AioConfig
    except ImportError as error:
        told = "AsyncClient needs aiobotocore: install it, or the extra 'async'"
        raise ImportError(told) from error
    if session is None:
        session = aiobotocore.session.get_session()
        if not isinstance(config, AioConfig):  # which says more than one of botocore can
            ours = AioConfig(max_pool_connections=_POOL)
            config = ours.merge(config) if config else ours
    elif not isinstance(session, aiobotocore.session.AioSession):
        raise TypeError(f"session is {kind(session)}; expected one of aiobotocore")
    return session.create_client(service, region_name=region, config=config)


@lru_cache
def operation_model(service: str, operation: str) -> Any:
    """What botocore knows about an operation.

    Raises:
        ValueError: botocore does not know it; the message says which version of botocore.
    """
    import botocore.exceptions
    import botocore.session

    try:
        model = botocore.session.get_session().get_service_model(service)
        return model.operation_model(operation)
    except (botocore.exceptions.UnknownServiceError, botocore.model.OperationNotFoundError):
        known = f"botocore {botocore.__version__}"
        raise ValueError(f"{known} does not know {operation} of {service}") from None


def stream_errors(service: str, operation: str) -> dict[str, str]:
    """The errors that can come as an event of a stream, and how each spells its message."""
    shape = operation_model(service, operation).get_event_stream_output()
    return {
        name: next(member for member in event.members if member.lower() == "message")
        for name, event in shape.members.items()
        if event.metadata.get("exception")
    }


def parse_frames(service: str, operation: str, frames: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The events in *frames*, as boto3 hands them out; an error event is raised."""
    from botocore.eventstream import EventStream
    from botocore.parsers import EventStreamJSONParser

    shape = operation_model(service, operation).get_event_stream_output()
    # Both services speak rest-json.
    return iter(EventStream(_Frames(frames), shape, EventStreamJSONParser(), operation))


class _Frames:
    """As much of an HTTP response as botocore's event stream asks of one."""

    def __init__(self, frames: Iterable[bytes]) -> None:
        self._frames = frames

    def stream(self) -> Iterator[bytes]:
        return iter(self._frames)


def parse_headers(block: bytes) -> dict[str, Any]:
    """The headers of a frame, by botocore's own parser."""
    from botocore.eventstream import EventStreamHeaderParser

    headers: dict[str, Any] = EventStreamHeaderParser().parse(block)
    return headers


def is_asynchronous(client: Any) -> bool:
    """Whether *client* is one of aiobotocore, and not one of boto3."""
    return hasattr(client, "__aenter__")


def service_of(client: Any) -> str:
    """The name of the service that *client* asks.

    Raises:
        TypeError: It is no client.
    """
    if not hasattr(client, "meta"):
        hint = "one of aiobotocore is entered by 'async with' first; a Client has one inside of it"
        raise TypeError(f"client is {kind(client)}; expected one of boto3 or aiobotocore ({hint})")
    name: str = client.meta.service_model.service_name
    return name


def http_response(client: Any, url: str, status: int, headers: Mapping[str, str], raw: Any) -> Any:
    """What a ``before-send`` handler of *client* returns to answer in place of the network."""
    if is_asynchronous(client):
        from aiobotocore.awsrequest import AioAWSResponse as Response

        # Before 2.21, aiobotocore reads these, and not the headers of its own response.
        raw.raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]
    else:
        from botocore.awsrequest import AWSResponse as Response
    return Response(url, status, headers, raw)


def streaming_body(client: Any, raw: Any, size: int) -> Any:
    """The body of a plain answer, as *client* hands it out."""
    if is_asynchronous(client):
        from aiobotocore.response import StreamingBody
    else:
        from botocore.response import StreamingBody
    return StreamingBody(raw, size)


def finds(setting: Literal["credentials", "region"]) -> bool:
    """Whether botocore finds it, wherever it looks."""
    import botocore.session
    from botocore.exceptions import BotoCoreError

    session = botocore.session.get_session()
    try:
        if setting == "credentials":
            return session.get_credentials() is not None
        return session.get_config_variable("region") is not None
    except BotoCoreError:  # for example, there is no such profile
        return False
