"""``generate`` and ``generate_many``, the same for both clients.

The clients differ in what ``generate`` gives: the answer, or what is awaited to get it.
"""

from __future__ import annotations

import inspect
import warnings
from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from ._operations import DOCUMENTED, Operation, Target, operation_for, request_for
from ._rules import message_for, unknown_parameter
from ._services import SERVICES
from .error import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Unpack

    from ._concurrent import OnError
    from ._operations import Sampling
    from .mode import Mode
    from .request import GenerateRequest

__all__ = ["GenerateMethods", "Kept", "Many", "Plain", "Requests", "Streamed"]

Plain = TypeVar("Plain")
Streamed = TypeVar("Streamed")
Many = TypeVar("Many")
Kept = TypeVar("Kept")  # likewise, where errors are kept in place of answers
Requests = TypeVar("Requests")  # the iterables of requests that can be read


class GenerateMethods(ABC, Generic[Plain, Streamed, Many, Kept, Requests]):
    """The calls that both clients have; a subclass makes them."""

    mode: Mode
    _endpoint_name: str | None

    # What gives the results of many calls.
    _ask_many: Callable[..., Any]

    @abstractmethod
    def _ask(self, prepared: Callable[[], Operation]) -> Any:
        """Make the call that *prepared* returns; raise its error if it has one."""

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
        extra: Mapping[str, Any] | None = None,
        inference_component: str | None = None,
    ) -> Streamed: ...
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
        extra: Mapping[str, Any] | None = None,
        inference_component: str | None = None,
    ) -> Plain: ...
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
        extra: Mapping[str, Any] | None = None,
        inference_component: str | None = None,
    ) -> Plain | Streamed: ...
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
        extra: Mapping[str, Any] | None = None,
        inference_component: str | None = None,
        **unknown: Any,
    ) -> Plain | Streamed:
        """Ask for generated text.

        The defaults are those of the documented client, not those of the service. A request that is
        given whole has none of them: only what is set in it is sent.

        Args:
            prompt: The text to go on from; or a whole ``GenerateRequest``, and then none of its
                parameters beside it. (One that equals its default here is not recognised, and is
                not sent.)
            model: See ``GenerateRequest``, as for the other parameters without a description here.
            model_id: The model on Bedrock; on SageMaker it is not used, with a warning.
            num_generations: See ``GenerateRequest``.
            max_tokens: See ``GenerateRequest``.
            temperature: See ``GenerateRequest``.
            k: See ``GenerateRequest``.
            p: See ``GenerateRequest``.
            stop_sequences: See ``GenerateRequest``.
            return_likelihoods: See ``GenerateRequest``.
            truncate: See ``GenerateRequest``.
            variant: The production variant of the SageMaker endpoint; on Bedrock it is not used,
                with a warning.
            stream: Whether to give the answer while it arrives.
            logit_bias: See ``GenerateRequest``.
            extra: See ``GenerateRequest``.
            inference_component: The inference component of the SageMaker endpoint.
            unknown: Anything else is an error, which names the parameter that may be meant.

        Returns:
            The whole answer, or a stream that is strict: an answer that is cut off is an error.

        Raises:
            InvalidRequestError: A limit is broken, or a parameter is not known; nothing was sent.
            ServiceError: AWS or the model refused.
            TransportError: No answer came, or it broke off.
            StreamError: A whole answer is not as documented.
            CohereError: The endpoint or model id is missing, or boto3 has no credentials or region.
        """
        _check_names(self.generate, unknown)
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
            "extra": extra,
        }
        target = Target(self._endpoint_name, model_id, variant, inference_component)
        _warn_of_unused(self.mode, target)
        prepared = partial(operation_for, self.mode, target, prompt, given, stream=stream)
        answer: Plain | Streamed = self._ask(prepared)
        return answer

    @overload
    def generate_many(
        self,
        requests: Requests,
        *,
        max_concurrency: int = 8,
        on_error: Literal["raise"] = "raise",
        retries: int = 0,
        progress: bool = False,
        model_id: str | None = None,
        variant: str | None = None,
        inference_component: str | None = None,
        **sampling: Unpack[Sampling],
    ) -> Many: ...
    @overload
    def generate_many(
        self,
        requests: Requests,
        *,
        max_concurrency: int = 8,
        on_error: OnError,
        retries: int = 0,
        progress: bool = False,
        model_id: str | None = None,
        variant: str | None = None,
        inference_component: str | None = None,
        **sampling: Unpack[Sampling],
    ) -> Kept: ...
    def generate_many(
        self,
        requests: Requests,
        *,
        max_concurrency: int = 8,
        on_error: OnError = "raise",
        retries: int = 0,
        progress: bool = False,
        model_id: str | None = None,
        variant: str | None = None,
        inference_component: str | None = None,
        **sampling: Unpack[Sampling],
    ) -> Many | Kept:
        """Ask for many answers at once, and return them in the order of the requests.

        Each answer is handed over as soon as it and all before it have arrived. At most
        *max_concurrency* requests are read, or answers held, ahead of the loop, so *requests* may
        be endless. ``Client`` reads *requests* in a thread of its own, so they may block, even to
        wait for answers; ``AsyncClient`` reads them in a task, and takes asynchronous iterables as
        well as plain ones that do not block.

        A failure is raised at its position (``error.position``), and iterating can go on after it.
        To leave the loop early, use ``with`` (``async with``) or ``close()`` (``aclose()``).

        Args:
            requests: Prompts, asked as by ``generate``, or whole requests.
            max_concurrency: How many calls may be in flight, 1 or more.
            on_error: Whether to ``"raise"`` a failure, or ``"return"`` it in place of the answer.
            retries: How many times to retry a call whose error is ``retryable``, after boto3's own
                retries. The wait before a retry is random, from 0 up to a limit that doubles from
                1 second to 20. The answers after it wait for it, while the other calls go on.
                ``close()`` ends the wait.
            progress: Whether to show a bar (needs the extra ``progress``).
            model_id: See ``generate``.
            variant: See ``generate``.
            inference_component: See ``generate``.
            sampling: ``max_tokens``, ``temperature`` and the other fields of ``GenerateRequest``,
                for all prompts; together with a whole request, they are an
                ``InvalidRequestError``.

        Raises:
            InvalidRequestError: An argument is wrong; nothing was sent.
        """
        _check_names(self.generate_many, sampling)
        given = {**DOCUMENTED, **sampling}
        request_for(self.mode, "", given)  # what is wrong for all prompts is an error at once
        target = Target(self._endpoint_name, model_id, variant, inference_component)
        _warn_of_unused(self.mode, target)
        answers: Many | Kept = self._ask_many(
            requests,
            lambda request: self._ask(
                partial(operation_for, self.mode, target, request, given, stream=False)
            ),
            max_concurrency=max_concurrency,
            on_error=on_error,
            retries=retries,
            progress=progress,
        )
        return answers


def _check_names(method: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Raise an error for keywords that are not parameters, with what may be meant."""
    wrong = [name for name in given if name not in DOCUMENTED]
    if wrong:
        known = [*inspect.signature(method).parameters, *DOCUMENTED]
        raise InvalidRequestError(message_for([unknown_parameter(name, known) for name in wrong]))


def _warn_of_unused(mode: Mode, target: Target) -> None:
    """Warn of names that the documented client takes, and ignores, in this mode.

    They are not errors, so that a program that gives them there runs here, too.
    """
    for name in SERVICES[mode].ignored:
        if getattr(target, name):
            # Attributed to the line that called generate() or generate_many().
            warnings.warn(f"{name} is not used in {mode}", UserWarning, stacklevel=3)
