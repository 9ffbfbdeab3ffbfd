"""A thin client: typed requests in, results out, and boto3 in between as it is.

It adds nothing to what boto3 does about credentials, regions, profiles, retries and timeouts, and
hides nothing of it: hand it a configured session, client or ``botocore.config.Config``.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ._asking import Asking
from ._aws import make_client
from ._foreign import foreign_errors, translated
from ._many import Many
from ._plan import SERVICES
from .error import CohereError
from .generation import Generations, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from ._plan import Plan

__all__ = ["Client"]

# Sessions of boto3 are not safe to make clients in two threads at once.
_making = threading.Lock()


class Client(
    Asking[Generations, StreamingGenerations, Many[Generations], Many[Generations | CohereError]]
):
    """Asks Cohere models on SageMaker and Bedrock for generated text, by boto3.

    The boto3 client is made at the first call. Several threads may use one ``Client`` at once. What
    was made from names can be pickled, and makes a boto3 client of its own on the other side.

    Args:
        aws_region: The AWS region; by default the one that boto3 is configured for.
        mode: The service.
        region_name: Another name for *aws_region*.
        endpoint_name: The SageMaker endpoint; see ``connect_to_endpoint``.
        session: A ``boto3.Session`` to make the client from, instead of the default one.
        client: A ready boto3 client of the service, to be used as it is; it stays open.
        config: A ``botocore.config.Config``, for timeouts, retries, the size of the pool.

    Raises:
        CohereError: ``Unsupported mode``; two regions that differ; or *client* is one of the other
            service, or has names beside it.
        TypeError: *client* is one of aiobotocore.
    """

    _asynchronous = False
    _ask_many = Many

    def _start(self) -> None:
        self._made: Any = None
        self._lock = threading.Lock()

    def _client(self) -> Any:
        """The boto3 client."""
        if self._given is not None:
            return self._given
        with self._lock:
            if self._made is None:
                with _making:
                    self._made = make_client(SERVICES[self.mode].name, **self._names())
            return self._made

    def _ask(self, planned: Callable[[], Plan]) -> Any:
        plan = planned()
        try:
            response = getattr(self._client(), plan.operation)(**plan.arguments)
        except foreign_errors() as error:
            raise translated(error, plan.operation) from error
        if plan.stream:
            return StreamingGenerations(response[plan.body], self.mode, strict=True)
        return Generations.from_response(response, self.mode)

    def close(self) -> None:
        """Close the boto3 client, if it was made here; the next call makes another."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
