"""The adapter of the testing kit to botocore and aiobotocore.

The kit reads service models, parses frames and builds responses with them, instead of imitating
them, so that a test meets the very code that runs against AWS.

Both are imported inside the functions: a run of pytest that never calls AWS should not pay for
them, and aiobotocore may not be installed.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from cohere_aws._aws import is_asynchronous

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "finds",
    "http_response",
    "operation_model",
    "parse_frames",
    "parse_headers",
    "stream_errors",
    "streaming_body",
]


@lru_cache
def operation_model(service: str, operation: str) -> Any:
    """Return botocore's model of an operation.

    Raises:
        ValueError: botocore does not know it. The message gives the version of botocore.
    """
    import botocore.exceptions
    import botocore.loaders
    import botocore.model

    # Without a session, which would fail if the profile in the environment does not exist.
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
    """Return the error events of a stream, each with the name of its message member."""
    shape = operation_model(service, operation).get_event_stream_output()
    return {
        # The services spell the member differently: message, or Message.
        name: next(member for member in event.members if member.lower() == "message")
        for name, event in shape.members.items()
        if event.metadata.get("exception")
    }


def parse_frames(service: str, operation: str, frames: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the events in *frames* as boto3 yields them; raise an error event."""
    from botocore.eventstream import EventStream
    from botocore.parsers import EventStreamJSONParser

    shape = operation_model(service, operation).get_event_stream_output()
    # Both services use the rest-json protocol.
    return iter(EventStream(_Frames(frames), shape, EventStreamJSONParser(), operation))


class _Frames:
    """The part of an HTTP response that botocore's event stream uses."""

    def __init__(self, frames: Iterable[bytes]) -> None:
        self._frames = frames

    def stream(self) -> Iterator[bytes]:
        return iter(self._frames)


def parse_headers(block: bytes) -> dict[str, Any]:
    """Return the headers of a frame, parsed by botocore."""
    from botocore.eventstream import EventStreamHeaderParser

    headers: dict[str, Any] = EventStreamHeaderParser().parse(block)
    return headers


def http_response(client: Any, url: str, status: int, headers: Mapping[str, str], raw: Any) -> Any:
    """Return a response that a ``before-send`` handler of *client* returns instead of sending."""
    if is_asynchronous(client):
        from aiobotocore.awsrequest import AioAWSResponse as Response

        # aiobotocore before 2.21 reads these, and ignores the headers of its own response.
        raw.raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]
    else:
        from botocore.awsrequest import AWSResponse as Response
    return Response(url, status, headers, raw)


def streaming_body(client: Any, raw: Any, size: int) -> Any:
    """Return the body of a plain response, of the class that *client* returns."""
    if is_asynchronous(client):
        from aiobotocore.response import StreamingBody
    else:
        from botocore.response import StreamingBody
    return StreamingBody(raw, size)


def finds(setting: Literal["credentials", "region"]) -> bool:
    """Return whether botocore finds *setting*, in any place where it looks."""
    import botocore.session
    from botocore.exceptions import BotoCoreError

    session = botocore.session.get_session()
    try:
        if setting == "credentials":
            return session.get_credentials() is not None
        return session.get_config_variable("region") is not None
    except BotoCoreError:  # for example, the profile does not exist
        return False
