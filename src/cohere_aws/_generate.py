"""``generate``, with one signature and one docstring for both clients.

It checks its arguments and describes a call; the subclass makes it. ``Client`` returns an answer,
``AsyncClient`` a coroutine. The type parameters of ``GenerateMethod`` stand for these types, so
that type checkers know what each client returns.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from ._caller import Caller
from ._operations import Target, check_names, operation_for, warn_of_ignored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._request import Request

__all__ = ["Answer", "AnswerStream", "GenerateMethod"]

Answer = TypeVar("Answer")  # returned by generate(stream=False)
AnswerStream = TypeVar("AnswerStream")  # returned by generate(stream=True)


class GenerateMethod(Caller, Generic[Answer, AnswerStream]):
    """Method ``generate`` of both clients; a subclass makes the call."""

    @overload
    def generate(
        self,
        prompt: str | Request,
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
        aws: Mapping[str, Any] | None = None,
    ) -> AnswerStream: ...
    @overload
    def generate(
        self,
        prompt: str | Request,
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
        aws: Mapping[str, Any] | None = None,
    ) -> Answer: ...
    @overload
    def generate(
        self,
        prompt: str | Request,
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
        aws: Mapping[str, Any] | None = None,
    ) -> Answer | AnswerStream: ...
    def generate(
        self,
        prompt: str | Request,
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
        aws: Mapping[str, Any] | None = None,
        **unknown: Any,
    ) -> Answer | AnswerStream:
        """Generate text.

        The defaults are those of the documented client, and not those of the service. A request,
        such as ``ConverseRequest`` or ``TgiRequest``, is sent with what is set in it. It fixes the
        call, and the dialect in which the answer is read; a prompt is for models of the dialect
        ``command``.

        Args:
            prompt: Text that the model continues, or a request. Together with a request, other
                parameters are an error, unless they equal their defaults here; those are not sent.
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
            aws: Further arguments of the boto3 call, such as ``CustomAttributes`` on SageMaker or
                ``guardrailIdentifier`` on Bedrock. boto3 checks them.
            unknown: Not accepted; the error suggests a parameter with a similar name.

        Returns:
            A stream or the whole answer. The stream is strict: it raises an error if the answer is
            cut off.

        Raises:
            InvalidRequestError: A limit is broken, or a parameter is unknown, perhaps only to the
                installed botocore. Nothing was sent.
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
            partial(operation_for, self.mode, target, prompt, parameters, stream=stream, aws=aws)
        )
        return answer
