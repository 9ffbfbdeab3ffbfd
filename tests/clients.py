"""Real clients of both services, boto3's and aiobotocore's, and their calls."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from cohere_aws import Mode, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager

    from cohere_aws import Generations

SERVICES = {Mode.BEDROCK: "bedrock-runtime", Mode.SAGEMAKER: "sagemaker-runtime"}
BODIES = {Mode.BEDROCK: "body", Mode.SAGEMAKER: "Body"}
STREAMS = {
    Mode.BEDROCK: "invoke_model_with_response_stream",
    Mode.SAGEMAKER: "invoke_endpoint_with_response_stream",
}
PLAIN = {Mode.BEDROCK: "invoke_model", Mode.SAGEMAKER: "invoke_endpoint"}

# aiobotocore is optional, and does not support the newest botocore at once.
_WITHOUT = "aiobotocore is not installed"
needs_aiobotocore = pytest.mark.skipif(find_spec("aiobotocore") is None, reason=_WITHOUT)

both_modes = pytest.mark.parametrize("mode", Mode, ids=lambda mode: mode.name)


@lru_cache
def client_of(mode: Mode) -> Any:
    """Return a client without configuration; tests answer it by replay."""
    return boto3.client(SERVICES[mode])


def local_client(url: str, mode: Mode, **options: Any) -> Any:
    """Return a client for a loopback server, without retries."""
    retries = {"total_max_attempts": 1}
    config = Config(**{"read_timeout": 30, "retries": retries, **options})
    return boto3.client(SERVICES[mode], endpoint_url=url, config=config)


def arguments(mode: Mode, target: str = "target", body: str = "{}") -> dict[str, Any]:
    """Return the arguments of any of the four calls."""
    if mode is Mode.BEDROCK:
        return {"modelId": target, "body": body}
    return {"EndpointName": target, "Body": body, "ContentType": "application/json"}


def events_of(client: Any, mode: Mode) -> Any:
    """Call the streaming operation; return the stream of boto3."""
    return getattr(client, STREAMS[mode])(**arguments(mode))[BODIES[mode]]


def stream_of(client: Any, mode: Mode, **options: Any) -> StreamingGenerations:
    """Call the streaming operation; return a ``StreamingGenerations``."""
    return StreamingGenerations(events_of(client, mode), mode, **options)


def async_session() -> Any:
    """Return a session of aiobotocore; skip the test without that."""
    return pytest.importorskip("aiobotocore.session", reason=_WITHOUT).get_session()


def async_config(**options: Any) -> Any:
    """Return a configuration of aiobotocore; skip the test without that."""
    return pytest.importorskip("aiobotocore.config", reason=_WITHOUT).AioConfig(**options)


def with_async_client(mode: Mode, do: Callable[[Any], Awaitable[Any]], **options: Any) -> Any:
    """Run *do* with an asynchronous client."""

    session = async_session()

    async def run() -> Any:
        async with session.create_client(SERVICES[mode], **options) as client:
            return await do(client)

    return asyncio.run(run())


def read_async(
    mode: Mode, around: Callable[[Any], AbstractContextManager[Any]], **options: Any
) -> Generations:
    """Read a stream with an asynchronous client, inside the context manager ``around(client)``."""

    async def do(client: Any) -> Generations:
        with around(client):
            response = await getattr(client, STREAMS[mode])(**arguments(mode))
            stream = StreamingGenerations(response[BODIES[mode]], mode, **options)
            return await stream.aread()

    answer: Generations = with_async_client(mode, do)
    return answer
