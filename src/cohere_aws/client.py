"""A thin client: typed requests in, results out, and boto3 in between as it is.

It adds nothing to what boto3 does about credentials, regions, profiles, retries and timeouts, and
hides nothing of it: hand it a configured session, client or ``botocore.config.Config``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakSet

from ._aws_clients import create_client, secrets_of
from ._base_client import BaseClient
from ._concurrent import OnError
from ._concurrent_threads import Answers
from ._connections import Connections
from ._services import SERVICES
from ._translations import translating
from .error import CohereError
from .generation import Generations, StreamingGenerations
from .request import GenerateRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from ._operations import Operation

__all__ = ["Answers", "Client", "OnError"]

Answers.__module__ = __name__  # where it is public


class Client(
    BaseClient[
        Generations,
        StreamingGenerations,
        Answers[Generations],
        Answers[Generations | CohereError],
        Iterable[str | GenerateRequest],
    ]
):
    """A client for text generation with Cohere models on SageMaker and Bedrock, based on boto3.

    The boto3 client is created at the first call. Several threads may use one ``Client`` at once.
    After a fork, the child process creates its own boto3 client, or, if *client* was given, drops
    the connections that it shares with its parent. A ``Client`` created without *client* and
    *session* can be pickled; the unpickled one creates its own boto3 client.

    Args:
        aws_region: The AWS region; by default the one that boto3 is configured for.
        mode: The service.
        region_name: Another name for *aws_region*.
        profile_name: The profile of the AWS configuration to use.
        endpoint_url: The address of the service, in place of the one of the region.
        endpoint_name: The SageMaker endpoint; see ``connect_to_endpoint``.
        session: A ``boto3.Session`` to make the client from, instead of the default one.
        client: A ready boto3 client of the service; it stays open. It is changed in one way: an
            error of the service that botocore cannot parse becomes a ``ClientError``, too.
        config: A ``botocore.config.Config``, for timeouts, retries, the size of the pool, which is
            1000 connections by default.

    Raises:
        CohereError: ``Unsupported mode``; two regions that differ; or *client* is for the other
            service, or is combined with a region, session or other settings.
        TypeError: *client* is from aiobotocore.
    """

    _asynchronous = False
    _answers_class = Answers
    _instances: ClassVar[WeakSet[Client]] = WeakSet()

    # Sessions of boto3 are not safe to make clients in two threads at once.
    _creation_lock = threading.Lock()

    def _init_runtime_state(self) -> None:
        self._client_created: Any = None
        self._shared_with_parent = (
            False  # whether its connections are those of the parent process, too
        )
        self._lock = threading.Lock()
        self._instances.add(self)

    @property
    def _client(self) -> Any:
        """The boto3 client; it is made when it is first asked for, and may be assigned."""
        if self._client_assigned is not None:
            return self._client_assigned
        with self._lock:
            if self._client_given is not None:
                if self._shared_with_parent:
                    self._client_given.close()  # which it opens others after
                    self._shared_with_parent = False
                return self._client_given
            if self._client_created is None:
                with Client._creation_lock:
                    self._client_created = create_client(SERVICES[self.mode].name, self._settings)
                self._connections = Connections(self._client_created)
            return self._client_created

    @_client.setter
    def _client(self, client: Any) -> None:
        self._client_assigned = client

    @_client.deleter
    def _client(self) -> None:  # so that unittest.mock.patch.object can take back what it put there
        self._client_assigned = None

    def _call(self, create_operation: Callable[[], Operation]) -> Any:
        operation = create_operation()
        client = self._client
        with translating(operation.method, secrets=partial(secrets_of, client)):
            response = getattr(client, operation.method)(**operation.arguments)
        if operation.stream:
            return StreamingGenerations(response[operation.body_key], self.mode, strict=True)
        return Generations.from_response(response, self.mode)

    def close(self) -> None:
        """Close the boto3 client, if it was created here; the next call creates another.

        A call in flight in another thread ends with a ``TransportError`` that is not retryable, and
        so does a stream that is read.
        """
        with self._lock:
            made, self._client_created = self._client_created, None
        if made is not None:
            self._connections.end()
            made.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _after_fork() -> None:
    """Stop using, after a fork, the connections and locks of the parent process.

    The child has a copy of each connection, and would read answers to the other's questions. It
    also has a copy of each lock, which a thread may hold that is not there.
    """
    Client._creation_lock = threading.Lock()  # noqa: SLF001  # of this module
    for client in Client._instances:  # noqa: SLF001
        client._client_created = None  # noqa: SLF001
        client._shared_with_parent, client._lock = True, threading.Lock()  # noqa: SLF001


# Where there is no fork(), there is no such function.
getattr(os, "register_at_fork", lambda **_: None)(after_in_child=_after_fork)
