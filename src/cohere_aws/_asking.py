"""What both clients have in common, which is everything but waiting.

They differ in what ``generate`` gives: the answer, or what is awaited to get it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar, overload

from ._envelope import envelope_for
from ._make import Names, one_region, prepare
from ._plan import DOCUMENTED, Plan, Target, check_client, plan
from .error import CohereError, InvalidRequestError
from .mode import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ._many import OnError
    from .request import GenerateRequest

__all__ = ["Asking"]

_Plain = TypeVar("_Plain")
_Streamed = TypeVar("_Streamed")
_Many = TypeVar("_Many")
_Kept = TypeVar("_Kept")  # likewise, where errors are kept in place of answers


class Asking(ABC, Generic[_Plain, _Streamed, _Many, _Kept]):
    """The names that a client is made from, and the questions that can be asked of it.

    ``Client`` documents the arguments.
    """

    _asynchronous: ClassVar[bool]
    _assigned: Any = None  # the client that was assigned to _client

    def __init__(
        self,
        aws_region: str | None = None,
        mode: Mode = Mode.SAGEMAKER,
        *,
        region_name: str | None = None,
        profile_name: str | None = None,
        endpoint_url: str | None = None,
        endpoint_name: str | None = None,
        session: Any = None,
        client: Any = None,
        config: Any = None,
    ) -> None:
        envelope_for(mode)  # anything else is an error here, and not at the first call
        region = one_region(aws_region, region_name)
        self.mode = mode
        self._endpoint_name = endpoint_name
        self._names = Names(region, profile_name, endpoint_url, session, config)
        self._names.check(client)
        if client is not None:
            check_client(client, mode, asynchronous=self._asynchronous)
            prepare(client)
        self._given = client
        self._start()

    @abstractmethod
    def _start(self) -> None:
        """Have no client yet."""

    # What gives the results of many calls.
    _ask_many: Callable[..., Any]

    @abstractmethod
    def _ask(self, planned: Callable[[], Plan]) -> Any:
        """Make the call that *planned* gives, or raises what is wrong with it."""

    def connect_to_endpoint(self, endpoint_name: str) -> None:
        """Ask this SageMaker endpoint from now on.

        Nothing is sent: whether the endpoint exists is told by the first call, as a
        ``ServiceError``.
        """
        if self.mode is not Mode.SAGEMAKER:
            raise CohereError("This method is only supported in SageMaker mode.")
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

        The defaults are those of the documented client, not those of the service. A request that is
        given whole has none of them: only what is set in it is sent.

        Args:
            prompt: The text to go on from; or a whole ``GenerateRequest``, and then none of its
                parameters beside it (one that equals its default here cannot be told, and is not
                sent).
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
            StreamError: A whole answer is not as documented.
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
        target = Target(self._endpoint_name, model_id, variant, inference_component)
        planned = partial(plan, self.mode, target, prompt, given, stream=stream)
        answer: _Plain | _Streamed = self._ask(planned)
        return answer

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
    ) -> _Many: ...
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
    ) -> _Kept: ...
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
    ) -> _Many | _Kept:
        """Ask for many answers at once, and give them in the order of the requests.

        *requests* are read, and answers held, no further ahead than *max_concurrency*, so both may
        be without end. A failure is told at its position (``error.position``), and iterating can go
        on behind it. Leave early inside of ``with`` (``async with``), or ``close()`` it.

        Args:
            requests: Prompts, with the defaults of ``generate``, or whole requests.
            max_concurrency: How many calls may be in flight, 1 or more.
            on_error: Whether to ``"raise"`` a failure, or ``"return"`` it in place of the answer.
            progress: Whether to show a bar (needs the extra ``progress``).
            model_id: See ``generate``.
            variant: See ``generate``.
            inference_component: See ``generate``.
        """
        target = Target(self._endpoint_name, model_id, variant, inference_component)
        answers: _Many | _Kept = self._ask_many(
            requests,
            partial(self._ask_one, target),
            max_concurrency=max_concurrency,
            on_error=on_error,
            progress=progress,
        )
        return answers

    def _ask_one(self, target: Target, request: str | GenerateRequest) -> Any:
        """Ask for one of many answers."""
        return self._ask(partial(plan, self.mode, target, request, DOCUMENTED, stream=False))

    def __repr__(self) -> str:
        shown = self._names.shown(self.mode, self._endpoint_name, self._given)
        return f"{type(self).__name__}({shown})"

    def __getstate__(self) -> dict[str, Any]:
        """Return the names; what is live stays where it is."""
        live = {"client": self._assigned or self._given, "session": self._names.session}
        for name in (name for name, one in live.items() if one is not None):
            raise TypeError(f"it was made from a live {name}, so it cannot be pickled; use names")
        kept = ("mode", "_endpoint_name", "_names", "_given")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._start()
