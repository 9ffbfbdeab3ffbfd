"""What both clients have in common, which is everything but waiting.

They differ in what ``generate`` gives: the answer, or what is awaited to get it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar, overload

from ._aws import is_asynchronous, service_of
from ._envelope import envelope_for
from ._plan import DOCUMENTED, SERVICES, Plan, Target, plan
from .error import CohereError, InvalidRequestError
from .mode import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .request import GenerateRequest

__all__ = ["Asking"]

_Plain = TypeVar("_Plain")
_Streamed = TypeVar("_Streamed")

# By whether a client is asynchronous: what makes it, and which of ours takes the others.
_LIBRARIES = {False: ("boto3", "AsyncClient"), True: ("aiobotocore", "Client")}


class Asking(ABC, Generic[_Plain, _Streamed]):
    """The names that a client is made from, and the questions that can be asked of it.

    ``Client`` documents the arguments.
    """

    _asynchronous: ClassVar[bool]

    def __init__(
        self,
        aws_region: str | None = None,
        mode: Mode = Mode.SAGEMAKER,
        *,
        region_name: str | None = None,
        endpoint_name: str | None = None,
        session: Any = None,
        client: Any = None,
        config: Any = None,
    ) -> None:
        envelope_for(mode)  # anything else is an error here, and not at the first call
        if aws_region and region_name and aws_region != region_name:
            raise CohereError(f"aws_region is {aws_region} and region_name is {region_name}")
        if client is not None:
            self._check_given(mode, client, aws_region or region_name, session, config)
        self.mode = mode
        self._region = aws_region or region_name
        self._endpoint_name = endpoint_name
        self._session = session
        self._given = client
        self._config = config
        self._start()

    def _check_given(self, mode: Mode, client: Any, *unused: Any) -> None:
        """See that a ready client is one that ``_ask`` can use, and all that there is to use."""
        if is_asynchronous(client) is not self._asynchronous:
            library, other = _LIBRARIES[self._asynchronous]
            raise TypeError(f"client is not one of {library}; expected that, or {other}")
        service = service_of(client)
        if service != SERVICES[mode].name:
            raise CohereError(f"client is of {service}; expected one of {SERVICES[mode].name}")
        if any(value is not None for value in unused):
            raise CohereError("region, session or config given beside a client that is ready")

    @abstractmethod
    def _start(self) -> None:
        """Have no client yet."""

    @abstractmethod
    def _ask(self, plan: Plan, pool: int = 1) -> Any:
        """Make a call, by a client that keeps *pool* connections if it is made now."""

    def connect_to_endpoint(self, endpoint_name: str) -> None:
        """Ask this SageMaker endpoint from now on.

        Nothing is sent: whether the endpoint exists is told by the first call, as a
        ``ServiceError``.
        """
        if not endpoint_name:
            raise InvalidRequestError("endpoint_name is empty; expected the name of an endpoint")
        self._endpoint_name = endpoint_name

    @overload
    def generate(
        self,
        prompt: str | GenerateRequest,
        model: str | None = None,
        model_id: str | None = None,
        num_generations: int | None = 1,
        max_tokens: int | None = 400,
        temperature: float | None = 1.0,
        k: float | None = 0,
        p: float | None = 0.75,
        stop_sequences: Sequence[str] | None = None,
        return_likelihoods: str | None = None,
        truncate: str | None = None,
        variant: str | None = None,
        stream: Literal[True] = True,
        *,
        logit_bias: Mapping[int, float] | None = None,
        inference_component: str | None = None,
    ) -> _Streamed: ...
    @overload
    def generate(
        self,
        prompt: str | GenerateRequest,
        model: str | None = None,
        model_id: str | None = None,
        num_generations: int | None = 1,
        max_tokens: int | None = 400,
        temperature: float | None = 1.0,
        k: float | None = 0,
        p: float | None = 0.75,
        stop_sequences: Sequence[str] | None = None,
        return_likelihoods: str | None = None,
        truncate: str | None = None,
        variant: str | None = None,
        *,
        stream: Literal[False],
        logit_bias: Mapping[int, float] | None = None,
        inference_component: str | None = None,
    ) -> _Plain: ...
    @overload
    def generate(
        self,
        prompt: str | GenerateRequest,
        model: str | None = None,
        model_id: str | None = None,
        num_generations: int | None = 1,
        max_tokens: int | None = 400,
        temperature: float | None = 1.0,
        k: float | None = 0,
        p: float | None = 0.75,
        stop_sequences: Sequence[str] | None = None,
        return_likelihoods: str | None = None,
        truncate: str | None = None,
        variant: str | None = None,
        stream: bool = True,
        *,
        logit_bias: Mapping[int, float] | None = None,
        inference_component: str | None = None,
    ) -> _Plain | _Streamed: ...
    def generate(
        self,
        prompt: str | GenerateRequest,
        model: str | None = None,
        model_id: str | None = None,
        num_generations: int | None = 1,
        max_tokens: int | None = 400,
        temperature: float | None = 1.0,
        k: float | None = 0,
        p: float | None = 0.75,
        stop_sequences: Sequence[str] | None = None,
        return_likelihoods: str | None = None,
        truncate: str | None = None,
        variant: str | None = None,
        stream: bool = True,
        *,
        logit_bias: Mapping[int, float] | None = None,
        inference_component: str | None = None,
    ) -> _Plain | _Streamed:
        """Ask for generated text.

        The defaults are those of the documented client, not those of the service.

        Args:
            prompt: The text to go on from; or a whole ``GenerateRequest``, and then none of its
                parameters beside it.
            model: See ``GenerateRequest``; likewise the other parameters that are not told here.
            model_id: The model on Bedrock; not used on SageMaker.
            num_generations: See ``GenerateRequest``.
            max_tokens: See ``GenerateRequest``.
            temperature: See ``GenerateRequest``.
            k: See ``GenerateRequest``.
            p: See ``GenerateRequest``.
            stop_sequences: See ``GenerateRequest``.
            return_likelihoods: See ``GenerateRequest``.
            truncate: See ``GenerateRequest``.
            variant: The production variant of the SageMaker endpoint; not used on Bedrock.
            stream: Whether to give the answer while it arrives.
            logit_bias: See ``GenerateRequest``.
            inference_component: The inference component of the SageMaker endpoint; not used on
                Bedrock.

        Returns:
            The whole answer, or a stream that is strict: an answer that is cut off is an error.

        Raises:
            InvalidRequestError: A limit is broken; nothing was sent.
            ServiceError: AWS or the model refused.
            TransportError: No answer came, or it broke off.
            CohereError: There is no endpoint or model id, or boto3 misses credentials or a region.
        """
        given = {
            "model": model,
            "num_generations": num_generations,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "k": k,
            "p": p,
            "stop_sequences": stop_sequences,
            "return_likelihoods": return_likelihoods,
            "truncate": truncate,
            "logit_bias": logit_bias,
        }
        target = self._target(model_id, variant, inference_component)
        answer: _Plain | _Streamed = self._ask(
            plan(self.mode, target, prompt, given, stream=stream)
        )
        return answer

    def _target(
        self, model_id: str | None, variant: str | None, inference_component: str | None
    ) -> Target:
        return Target(self._endpoint_name, model_id, variant, inference_component)

    def _ask_one(self, target: Target, pool: int, request: str | GenerateRequest) -> Any:
        """Ask for one of many answers."""
        return self._ask(plan(self.mode, target, request, DOCUMENTED, stream=False), pool)

    def _names(self, pool: int) -> dict[str, Any]:
        """What the client of AWS is made from."""
        return {
            "region": self._region,
            "session": self._session,
            "config": self._config,
            "pool": pool,
        }

    def __getstate__(self) -> dict[str, Any]:
        """The names; what is live stays where it is."""
        for name, live in (("client", self._given), ("session", self._session)):
            if live is not None:
                raise TypeError(
                    f"it was made from a live {name}, so it cannot be pickled; use names"
                )
        names = ("mode", "_region", "_endpoint_name", "_session", "_given", "_config")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._start()
