"""A thin client: typed requests in, results out, and boto3 in between as it is.

It adds nothing to what boto3 does about credentials, regions, profiles, retries and timeouts, and
hides nothing of it: hand it a configured session, client or ``botocore.config.Config``.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, overload

from ._asking import Asking
from ._aws import foreign_errors, make_client, translated
from ._many import Many
from ._plan import SERVICES
from .generation import Generations, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self

    from ._many import OnError
    from ._plan import Plan
    from .error import CohereError
    from .request import GenerateRequest

__all__ = ["Client"]


class Client(Asking[Generations, StreamingGenerations]):
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

    def _start(self) -> None:
        self._made: Any = None
        self._lock = threading.Lock()

    def _client(self, pool: int) -> Any:
        """The boto3 client; one that is made now keeps *pool* connections."""
        if self._given is not None:
            return self._given
        with self._lock:
            if self._made is None:
                self._made = make_client(SERVICES[self.mode].name, **self._names(pool))
            return self._made

    def _ask(self, plan: Plan, pool: int = 1) -> Any:
        try:
            response = getattr(self._client(pool), plan.operation)(**plan.arguments)
        except foreign_errors() as error:
            raise translated(error, plan.operation) from error
        if plan.stream:
            return StreamingGenerations(response[plan.body], self.mode, strict=True)
        return Generations.from_response(response, self.mode)

    @overload
    def generate_many(
        self,
        requests: Iterable[str | GenerateRequest],
        *,
        max_concurrency: int = 8,
        on_error: Literal["raise"] = "raise",
        progress: bool = False,
        model_id: str | None = None,
        variant: str | None = None,
        inference_component: str | None = None,
    ) -> Many[Generations]: ...
    @overload
    def generate_many(
        self,
        requests: Iterable[str | GenerateRequest],
        *,
        max_concurrency: int = 8,
        on_error: OnError,
        progress: bool = False,
        model_id: str | None = None,
        variant: str | None = None,
        inference_component: str | None = None,
    ) -> Many[Generations | CohereError]: ...
    def generate_many(
        self,
        requests: Iterable[str | GenerateRequest],
        *,
        max_concurrency: int = 8,
        on_error: OnError = "raise",
        progress: bool = False,
        model_id: str | None = None,
        variant: str | None = None,
        inference_component: str | None = None,
    ) -> Many[Any]:
        """Ask for many answers at once, and give them in the order of the requests.

        *requests* are read, and answers held, no further ahead than *max_concurrency*, so both may
        be without end. A failure is told at its position (``error.position``), and iterating can go
        on behind it. Leave early inside of ``with``, or call ``close()``.

        Args:
            requests: Prompts, or whole requests.
            max_concurrency: How many calls may be in flight, 1 or more.
            on_error: Whether to ``"raise"`` a failure, or ``"return"`` it in place of the answer.
            progress: Whether to show a bar (needs the extra ``progress``).
            model_id: See ``generate``.
            variant: See ``generate``.
            inference_component: See ``generate``.
        """
        target = self._target(model_id, variant, inference_component)
        ask = partial(self._ask_one, target, max_concurrency)
        return Many(
            requests, ask, max_concurrency=max_concurrency, on_error=on_error, progress=progress
        )

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
