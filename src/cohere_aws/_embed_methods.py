"""``embed`` and ``embed_many``, with one signature and docstring for both clients.

The classes of Embed are imported by the first call: many programs only generate text.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar, overload

from ._batches import MAX_TEXTS, batches_of
from ._caller import AnswerForm, Caller
from ._concurrent import check_iterable
from ._field import counted
from ._operations import Target, operation_of, warn_of_ignored
from .error import InvalidRequestError, StreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ._concurrent import OnError
    from ._dialects import DialectName
    from .embed import EmbedRequest
    from .embeddings import Embeddings, EmbeddingsByType
    from .mode import Mode

__all__ = ["EmbedMethods", "Embedded", "EmbeddedMany", "EmbeddedOrErrors", "Texts"]

Embedded = TypeVar("Embedded")  # returned by embed()
EmbeddedMany = TypeVar("EmbeddedMany")  # returned by embed_many(on_error="raise")
EmbeddedOrErrors = TypeVar("EmbeddedOrErrors")  # returned by embed_many(on_error="return")
Texts = TypeVar("Texts")  # the iterables that embed_many() accepts


class EmbedMethods(Caller, Generic[Embedded, EmbeddedMany, EmbeddedOrErrors, Texts]):
    """Methods ``embed`` and ``embed_many`` of both clients."""

    _asynchronous: ClassVar[bool]
    # Answers or AsyncAnswers, which makes the calls of embed_many().
    _answers_class: Callable[..., Any]

    def embed(
        self,
        texts: Sequence[str] | None = None,
        truncate: str | None = None,
        variant: str | None = None,
        input_type: str | None = None,
        model_id: str | None = None,
        output_dimension: int | None = None,
        embedding_types: Sequence[str] | None = None,
        *,
        images: Sequence[str] | None = None,
        inputs: Sequence[Mapping[str, Any]] | None = None,
        max_tokens: int | None = None,
        extra: Mapping[str, Any] | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Embedded:
        """Return the vectors of texts or images, by a model of Cohere's Embed.

        Pass exactly one of *texts*, *images* and *inputs*.

        Args:
            texts: Texts, at most 96; ``embed_many`` takes any number.
            truncate: Treatment of a text that is too long: ``NONE`` (an error), ``START`` or
                ``END``; for Embed 4 on Bedrock, ``NONE``, ``LEFT`` or ``RIGHT``.
            variant: Production variant of the SageMaker endpoint. On Bedrock it is ignored, with a
                warning.
            input_type: Use of the vectors: ``search_document``, ``search_query``,
                ``classification``, ``clustering`` or ``image``. Bedrock needs it, and so does Embed
                3 or later on SageMaker.
            model_id: Model on Bedrock. On SageMaker it is ignored, with a warning.
            output_dimension: Numbers in each vector; Embed 4 has 256, 512, 1024 and 1536.
            embedding_types: Types of the vectors: ``float``, ``int8``, ``uint8``, ``binary``,
                ``ubinary``, ``base64``.
            images: Images as data URIs, at most 96. Embed 3 takes 1.
            inputs: Texts with images, at most 96 dicts (Embed 4):
                ``{"content": [{"type": "text", "text": "…"}]}``.
            max_tokens: Maximum number of tokens of each input (Embed 4).
            extra: Other parameters of the model; merged last, and not checked.
            inference_component: Inference component of the SageMaker endpoint.
            aws: Further arguments of the boto3 call; see ``generate``.

        Returns:
            An ``Embeddings``, or an ``EmbeddingsByType``, which reads like a dict by type, if the
            model answers by type.

        Raises:
            InvalidRequestError: A limit is broken. Nothing was sent.
            ServiceError: AWS or the model answered with an error.
            TransportError: The service did not answer, or the connection broke.
            StreamError: The answer does not have the documented form, or has another number of
                vectors than the request has inputs. The error then has it as ``answer``.
            CohereError: The endpoint or model ID is missing, or boto3 has no credentials or region.
        """
        call = _EmbedCall(
            texts=texts,
            images=images,
            inputs=inputs,
            truncate=truncate,
            input_type=input_type,
            output_dimension=output_dimension,
            embedding_types=embedding_types,
            max_tokens=max_tokens,
            extra=extra,
        )
        target = Target(self._endpoint_name, model_id, variant, inference_component)
        answer: Embedded = self._ask(call.create_request, call.form, target, aws=aws)
        return answer

    @overload
    def embed_many(
        self,
        texts: Texts,
        *,
        batch_size: int = MAX_TEXTS,
        max_concurrency: int = 8,
        on_error: Literal["raise"] = "raise",
        retries: int = 0,
        progress: bool = False,
        truncate: str | None = None,
        input_type: str | None = None,
        output_dimension: int | None = None,
        embedding_types: Sequence[str] | None = None,
        max_tokens: int | None = None,
        extra: Mapping[str, Any] | None = None,
        model_id: str | None = None,
        variant: str | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> EmbeddedMany: ...
    @overload
    def embed_many(
        self,
        texts: Texts,
        *,
        batch_size: int = MAX_TEXTS,
        max_concurrency: int = 8,
        on_error: OnError,
        retries: int = 0,
        progress: bool = False,
        truncate: str | None = None,
        input_type: str | None = None,
        output_dimension: int | None = None,
        embedding_types: Sequence[str] | None = None,
        max_tokens: int | None = None,
        extra: Mapping[str, Any] | None = None,
        model_id: str | None = None,
        variant: str | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> EmbeddedOrErrors: ...
    def embed_many(
        self,
        texts: Texts,
        *,
        batch_size: int = MAX_TEXTS,
        max_concurrency: int = 8,
        on_error: OnError = "raise",
        retries: int = 0,
        progress: bool = False,
        truncate: str | None = None,
        input_type: str | None = None,
        output_dimension: int | None = None,
        embedding_types: Sequence[str] | None = None,
        max_tokens: int | None = None,
        extra: Mapping[str, Any] | None = None,
        model_id: str | None = None,
        variant: str | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> EmbeddedMany | EmbeddedOrErrors:
        """Return the vectors of any number of texts, in batches, in the order of the texts.

        Each batch is a call of ``embed``, and its answer is returned as soon as it and all before
        it have arrived. At most *max_concurrency* batches are read or in flight ahead of the loop
        over the answers, so *texts* may be endless. The iterator is that of ``generate_many``,
        with the same rules for errors and closing; positions and progress count batches.

        Args:
            texts: Texts; ``AsyncClient`` also accepts an asynchronous iterable.
            batch_size: Number of texts in each call, 1 to 96.
            max_concurrency: Maximum number of calls in flight, 1 or more.
            on_error: See ``generate_many``.
            retries: See ``generate_many``.
            progress: See ``generate_many``.
            truncate: See ``embed``, as for all parameters below.
            input_type: See ``embed``.
            output_dimension: See ``embed``.
            embedding_types: See ``embed``.
            max_tokens: See ``embed``.
            extra: See ``embed``.
            model_id: See ``embed``.
            variant: See ``embed``.
            inference_component: See ``embed``.
            aws: See ``embed``.

        Raises:
            InvalidRequestError: An argument is invalid. Nothing was sent.
        """
        check_iterable(
            texts, (AsyncIterable, Iterable) if self._asynchronous else Iterable, "texts", "strings"
        )
        _check_batch_size(batch_size)
        call_for = partial(
            _EmbedCall,
            truncate=truncate,
            input_type=input_type,
            output_dimension=output_dimension,
            embedding_types=embedding_types,
            max_tokens=max_tokens,
            extra=extra,
        )
        target = Target(self._endpoint_name, model_id, variant, inference_component)
        # An error that all batches would have is raised here, and not once for each of them.
        operation_of(self.mode, target, call_for(texts=["a text"]).create_request, aws=aws)
        warn_of_ignored(self.mode, target)

        def embed(batch: list[str]) -> Any:
            call = call_for(texts=batch)
            return self._call(
                partial(operation_of, self.mode, target, call.create_request, aws=aws), call.form
            )

        batches: Any = batches_of(texts, batch_size)  # type: ignore[arg-type]  # it was checked
        answers: EmbeddedMany | EmbeddedOrErrors = self._answers_class(
            batches,
            embed,
            max_concurrency=max_concurrency,
            on_error=on_error,
            retries=retries,
            progress=progress,
        )
        return answers


def _check_batch_size(value: object) -> None:
    if type(value) is not int or not 1 <= value <= MAX_TEXTS:  # a bool is an int, but not a size
        expected = f"expected an integer from 1 to {MAX_TEXTS}"
        raise InvalidRequestError(f"batch_size is {value!r:.40}; {expected}")


class _EmbedCall:
    """One call of Embed, whose answer is compared with its request."""

    def __init__(self, **parameters: Any) -> None:
        self._parameters = parameters
        self._request: EmbedRequest
        self.form = AnswerForm(self._read)

    def create_request(self) -> EmbedRequest:
        from .embed import EmbedRequest  # noqa: PLC0415  # see the docstring of the module

        self._request = EmbedRequest(**self._parameters)
        return self._request

    def _read(
        self,
        data: bytes,
        response: Mapping[str, Any],
        mode: Mode,
        dialect: DialectName,  # noqa: ARG002  # Embed has one form
    ) -> Embeddings | EmbeddingsByType:
        from .embeddings import Embeddings  # noqa: PLC0415  # likewise

        answer = Embeddings._from_body(data, response, mode)  # noqa: SLF001  # of this package
        self._check_count(answer)
        return answer

    def _check_count(self, answer: Embeddings | EmbeddingsByType) -> None:
        """Check that each input has its vector: they belong together by position alone."""
        inputs = self._request._inputs_sent()  # noqa: SLF001  # of this package
        lists = answer.values() if isinstance(answer, dict) else [answer]
        # All types have the same number of vectors. A type may be null, like any field.
        count = next((len(vectors) for vectors in lists if vectors is not None), 0)
        if inputs is None or count == len(inputs[1]):
            return
        name, values = inputs
        asked = counted(len(values), name.removesuffix("s"))
        error = StreamError(f"embeddings has {counted(count, 'vector')}; the request has {asked}")
        error.answer = answer
        raise error
