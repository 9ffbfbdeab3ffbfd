"""A client that sends typed requests through boto3 and returns typed results.

Credentials, regions, profiles, retries and timeouts are those of boto3; pass a configured session,
client or ``botocore.config.Config`` to change them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakSet

from ._answer_methods import AnswerMethods
from ._aws_clients import create_client, secrets_of
from ._base_client import BaseClient
from ._call_log import logging_to
from ._caller import GENERATIONS
from ._chat_method import ChatMethod
from ._concurrent import OnError
from ._concurrent_threads import Answers
from ._connections import Connections
from ._embed_methods import EmbedMethods
from ._operations import check_members
from ._plain import read_body
from ._request import Request
from ._services import SERVICES
from ._translations import translating
from .error import CohereError
from .generation import Generations, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from ._caller import AnswerForm
    from ._operations import Operation
    from .chat import Chat, StreamingChat  # noqa: F401  # in quotes below, as those that follow
    from .classification import Classifications  # noqa: F401
    from .embeddings import Embeddings, EmbeddingsByType  # noqa: F401
    from .rerank import Reranking  # noqa: F401
    from .summary import Summary  # noqa: F401

__all__ = ["Answers", "Client", "OnError"]

Answers.__module__ = __name__  # where it is public


class Client(
    BaseClient[
        Generations,
        StreamingGenerations,
        Answers[Generations],
        Answers[Generations | CohereError],
        Iterable[str | Request],
    ],
    # In quotes, because the methods import these classes when they are first called.
    ChatMethod["Chat", "StreamingChat"],
    EmbedMethods[
        "Embeddings | EmbeddingsByType",
        Answers["Embeddings | EmbeddingsByType"],
        Answers["Embeddings | EmbeddingsByType | CohereError"],
        Iterable[str],
    ],
    AnswerMethods["Reranking", "Classifications", "Summary"],
):
    """A client for language models on SageMaker and Bedrock, based on boto3.

    The boto3 client is created at the first call. Several threads may use one ``Client`` at once.
    After a fork, the child process creates its own boto3 client, or, if *client* was given, drops
    the connections that it shares with its parent. A ``Client`` created without *client* and
    *session* can be pickled; the unpickled one creates its own boto3 client.

    Args:
        aws_region: AWS region; by default the one that boto3 is configured for.
        mode: Service.
        region_name: Another name for *aws_region*, whose form is not checked.
        profile_name: Profile of the AWS configuration.
        endpoint_url: URL of the service, in place of the default one of the region.
        endpoint_name: SageMaker endpoint; see ``connect_to_endpoint``.
        session: A ``boto3.Session`` to create the client from, in place of the default one.
        client: A boto3 client of the service; it stays open. It is patched to raise a
            ``ClientError`` also for an error of the service that botocore cannot parse.
        config: A ``botocore.config.Config``, for example for timeouts, retries, or the size of the
            connection pool, which is 1000 by default.

    Raises:
        CohereError: ``Unsupported mode``.
        InvalidRequestError: *aws_region* is not a region; two regions differ; *client* is for
            another service, or is combined with a region, session or config; or *config* is not a
            ``Config``.
        TypeError: *client* is from aiobotocore, or is not a client.
    """

    _asynchronous = False
    _answers_class = Answers
    _instances: ClassVar[WeakSet[Client]] = WeakSet()  # for _after_fork()

    # Held while a boto3 client is created. It is one for all instances, because they share the
    # default session of boto3, and sessions are not thread-safe.
    _creation_lock = threading.Lock()

    def _init_runtime_state(self) -> None:
        self._client_created: Any = None
        # After a fork, until the connections of the given client are dropped.
        self._shares_connections = False
        # Guards both attributes, so that threads create one client, and close it once.
        self._lock = threading.Lock()
        self._instances.add(self)

    @property
    def _client(self) -> Any:
        """Return the boto3 client, which the first access creates.

        It may be assigned, and patched by ``unittest.mock.patch.object``, which deletes it again.
        """
        if self._client_assigned is not None:
            return self._client_assigned
        with self._lock:
            if self._client_given is not None:
                if self._shares_connections:
                    # Closes this process's copies of the connections; the next call opens others.
                    self._client_given.close()
                    self._shares_connections = False
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
    def _client(self) -> None:
        self._client_assigned = None

    def _call(
        self, create_operation: Callable[[], Operation], form: AnswerForm = GENERATIONS
    ) -> Any:
        operation = create_operation()
        client = self._client
        with logging_to(self._log_of(operation)) as log:
            check_members(client, operation)
            with translating(operation.method, secrets=partial(secrets_of, client)):
                response = getattr(client, operation.method)(**operation.arguments)
            has_body = not operation.stream and operation.member is not None
            data = read_body(response, self.mode) if has_body else b""
            return self._answer_in(response, data, operation, form, log)

    def close(self) -> None:
        """Close the boto3 client if it was created here; the next call creates another.

        Calls in flight in other threads, and streams that they read, end with a ``TransportError``
        that is not retryable.
        """
        with self._lock:
            client, self._client_created = self._client_created, None
        if client is not None:
            self._connections.end()
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _after_fork() -> None:
    """Replace, in the child process after a fork, what it shares with its parent.

    The child has a copy of each connection, and both processes would read from it. It also has a
    copy of each lock, and the thread that holds a lock may not exist in the child.
    """
    Client._creation_lock = threading.Lock()  # noqa: SLF001  # of this module
    for client in Client._instances:  # noqa: SLF001
        client._client_created = None  # noqa: SLF001
        client._shares_connections, client._lock = True, threading.Lock()  # noqa: SLF001


# The function does not exist on platforms without fork().
getattr(os, "register_at_fork", lambda **_: None)(after_in_child=_after_fork)
