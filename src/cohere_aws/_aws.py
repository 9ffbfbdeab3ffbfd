"""The one door to boto3 and botocore, and to the HTTP libraries below them.

Nothing here imports any of them at import time, so that results and streams are light to import
and work without AWS.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ._field import kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "finds",
    "http_response",
    "is_asynchronous",
    "operation_model",
    "parse_frames",
    "parse_headers",
    "service_of",
    "stream_errors",
    "streaming_body",
]


@lru_cache
def operation_model(service: str, operation: str) -> Any:
    """What botocore knows about an operation.

    Raises:
        ValueError: botocore does not know it; the message says which version of botocore.
    """
    import botocore.exceptions
    import botocore.loaders
    import botocore.model

    # Not by a session, which fails if the profile of the environment is not there.
    loader = botocore.loaders.create_loader(os.environ.get("AWS_DATA_PATH"))
    try:
        model = botocore.model.ServiceModel(
            loader.load_service_model(service, "service-2"), service
        )
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
