"""``generate`` and ``generate_many``, with one signature and one docstring for both clients.

Both check their arguments and describe a call; the subclass makes it. ``Client`` returns answers,
``AsyncClient`` coroutines and asynchronous iterators. The type parameters of ``GenerateMethods``
stand for these types, so that type checkers know what each client returns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from ._operations import (
    DOCUMENTED_DEFAULTS,
    Operation,
    Target,
    check_names,
    operation_for,
    request_for,
    warn_of_ignored,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Unpack

    from ._concurrent import OnError
    from ._operations import Sampling
    from .mode import Mode
    from .request import GenerateRequest

__all__ = [
    "Answer",
    "AnswerIterator",
    "AnswerOrErrorIterator",
    "AnswerStream",
    "GenerateMethods",
    "Requests",
]

Answer = TypeVar("Answer")  # returned by generate(stream=False)
AnswerStream = TypeVar("AnswerStream")  # returned by generate(stream=True)
AnswerIterator = TypeVar("AnswerIterator")  # returned by generate_many(on_error="raise")
AnswerOrErrorIterator = TypeVar("AnswerOrErrorIterator")  # by generate_many(on_error="return")
Requests = TypeVar("Requests")  # the iterables that generate_many() accepts


class GenerateMethods(
    ABC, Generic[Answer, AnswerStream, AnswerIterator, AnswerOrErrorIterator, Requests]
):
    """The public methods of both clients; a subclass makes the calls."""

    mode: Mode
    _endpoint_name: str | None

    # Answers or AsyncAnswers, which makes the calls of generate_many().
    _answers_class: Callable[..., Any]

    @abstractmethod
    def _call(self, create_operation: Callable[[], Operation]) -> Any:
        """Make the call that *create_operation* returns.

        It is a callable and not an ``Operation``, because creating one checks the request. So an
        invalid request is raised where errors of the call are raised: when the coroutine of an
        ``AsyncClient`` is awaited, or at its position among the answers of ``generate_many``.
        """

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
    ) -> AnswerStream: ...
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
    ) -> Answer: ...
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
    ) -> Answer | AnswerStream: ...
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
    ) -> Answer | AnswerStream:
        """Generate text.

        The defaults are those of the documented client, and not those of the service. A
        ``GenerateRequest`` has no defaults: only the parameters that are set in it are sent.

        Args:
            prompt: Text that the model continues, or a ``GenerateRequest``. Together with a
                ``GenerateRequest``, other parameters are an error, unless they equal their defaults
                here; those are not sent.
            model: See ``GenerateRequest``, as for all parameters without a description here.
            model_id: Model on Bedrock. On SageMaker it is ignored, with a warning.
            num_generations: See ``GenerateRequest``.
            max_tokens: See ``GenerateRequest``.
            temperature: See ``GenerateRequest``.
            k: See ``GenerateRequest``.
            p: See ``GenerateRequest``.
            stop_sequences: See ``GenerateRequest``.
            return_likelihoods: See ``GenerateRequest``.
            truncate: See ``GenerateRequest``.
            variant: Production variant of the SageMaker endpoint. On Bedrock it is ignored, with a
                warning.
            stream: ``True`` to return a stream of the answer, ``False`` for the whole answer.
            logit_bias: See ``GenerateRequest``.
            extra: See ``GenerateRequest``.
            inference_component: Inference component of the SageMaker endpoint.
            unknown: Not accepted; the error suggests a parameter with a similar name.

        Returns:
            A stream or the whole answer. The stream is strict: it raises an error if the answer is
            cut off.

        Raises:
            InvalidRequestError: A limit is broken, or a parameter is unknown. Nothing was sent.
            ServiceError: AWS or the model answered with an error.
            TransportError: The service did not answer, or the connection broke.
            StreamError: A whole answer does not have the documented form.
            CohereError: The endpoint or model ID is missing, or boto3 has no credentials or region.
        """
        check_names(self.generate, unknown)
        parameters = {
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
        warn_of_ignored(self.mode, target)
        answer: Answer | AnswerStream = self._call(
            partial(operation_for, self.mode, target, prompt, parameters, stream=stream)
        )
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
    ) -> AnswerIterator: ...
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
    ) -> AnswerOrErrorIterator: ...
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
    ) -> AnswerIterator | AnswerOrErrorIterator:
        """Make many calls at once, and return their answers in the order of the requests.

        An answer is returned as soon as it and all before it have arrived. At most
        *max_concurrency* requests are read or in flight ahead of the loop over the answers, so
        *requests* may be endless. ``Client`` reads *requests* in a separate thread, so they may
        block, even to wait for answers. ``AsyncClient`` reads them in a task, and accepts
        asynchronous iterables, and plain ones that do not block.

        An error is raised at its position (``error.position``), and the iterator continues after
        it. To leave the loop early, use ``with`` (``async with``) or ``close()`` (``aclose()``).

        Args:
            requests: Prompts, with the same defaults as in ``generate``, or ``GenerateRequest``s.
            max_concurrency: Maximum number of calls in flight, 1 or more.
            on_error: ``"raise"`` to raise the error of a call, ``"return"`` to return it in place
                of the answer.
            retries: Maximum number of retries of a call whose error is ``retryable``, in addition
                to those of boto3. The wait before a retry is random, from 0 to a limit that doubles
                from 1 second up to 20. Later answers wait for it; their calls continue.
            progress: ``True`` to show a progress bar (needs the extra ``progress``).
            model_id: See ``generate``.
            variant: See ``generate``.
            inference_component: See ``generate``.
            sampling: ``max_tokens``, ``temperature`` and the other parameters of
                ``GenerateRequest``, for all prompts. A ``GenerateRequest`` among the requests is
                then an ``InvalidRequestError``.

        Raises:
            InvalidRequestError: An argument is invalid. Nothing was sent.
        """
        check_names(self.generate_many, sampling)
        parameters = {**DOCUMENTED_DEFAULTS, **sampling}
        # An error that all prompts would have is raised here, and not once for each of them.
        request_for(self.mode, "", parameters)
        target = Target(self._endpoint_name, model_id, variant, inference_component)
        warn_of_ignored(self.mode, target)
        answers: AnswerIterator | AnswerOrErrorIterator = self._answers_class(
            requests,
            lambda request: self._call(
                partial(operation_for, self.mode, target, request, parameters, stream=False)
            ),
            max_concurrency=max_concurrency,
            on_error=on_error,
            retries=retries,
            progress=progress,
        )
        return answers
