"""``rerank``, ``classify`` and ``summarize``, with one signature and docstring for both clients.

Their classes are imported by the first call: many programs only generate text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._caller import AnswerForm, Caller
from ._field import counted
from ._operations import Target
from .error import StreamError
from .mode import Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._dialects import DialectName
    from ._request import Request

__all__ = ["AnswerMethods", "Classified", "Ranked", "Summarized"]

Ranked = TypeVar("Ranked")  # returned by rerank()
Classified = TypeVar("Classified")  # returned by classify()
Summarized = TypeVar("Summarized")  # returned by summarize()

# The version of Cohere's API whose form of a rerank request Bedrock requires.
_API_VERSION = 2


class AnswerMethods(Caller, Generic[Ranked, Classified, Summarized]):
    """Methods of both clients for Rerank, classify and summarize."""

    def rerank(
        self,
        query: str,
        documents: Sequence[str | Mapping[str, Any]],
        top_n: int | None = None,
        variant: str | None = None,
        max_chunks_per_doc: int | None = None,
        rank_fields: Sequence[str] | None = None,
        *,
        model_id: str | None = None,
        api_version: int | None = None,
        max_tokens_per_doc: int | None = None,
        extra: Mapping[str, Any] | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Ranked:
        """Order documents by their relevance to a query, by a model of Rerank.

        Args:
            query: Query.
            documents: Documents, as strings, or as dicts with several fields. Version 2 of the API
                documents strings alone.
            top_n: Maximum number of results; by default all documents.
            variant: Production variant of the SageMaker endpoint. On Bedrock it is ignored, with a
                warning.
            max_chunks_per_doc: Maximum number of parts that a document is cut into (version 1).
            rank_fields: Fields of the documents to read (Rerank 3).
            model_id: Model on Bedrock. On SageMaker it is ignored, with a warning.
            api_version: Version of Cohere's API, 2 or more. By default 2 on Bedrock, where models
                of Cohere need it. It is not sent by default on SageMaker, and to models of Amazon,
                which refuse it.
            max_tokens_per_doc: Maximum number of tokens of a document that are read (version 2).
            extra: Other parameters of the model; merged last, and not checked.
            inference_component: Inference component of the SageMaker endpoint.
            aws: Further arguments of the boto3 call; see ``generate``.

        Returns:
            A ``Reranking``: the results, the most relevant first, with their documents.

        Raises:
            InvalidRequestError: A limit is broken. Nothing was sent.
            ServiceError: AWS or the model answered with an error.
            TransportError: The service did not answer, or the connection broke.
            StreamError: The answer does not have the documented form, or results do not fit the
                documents. The error then has it as ``answer``.
            CohereError: The endpoint or model ID is missing, or boto3 has no credentials or region.
        """
        documents = _as_list(documents)
        if api_version is None and self.mode is Mode.BEDROCK and not _is_of_amazon(model_id):
            api_version = _API_VERSION
        # Version 1 takes a document as a dict, and returns the documents by default.
        is_version_1 = api_version is None and self.mode is Mode.SAGEMAKER
        create_request = partial(
            _request,
            "RerankRequest",
            query=query,
            documents=_as_dicts(documents) if is_version_1 else documents,
            top_n=top_n,
            return_documents=False if is_version_1 else None,
            max_chunks_per_doc=max_chunks_per_doc,
            rank_fields=rank_fields,
            max_tokens_per_doc=max_tokens_per_doc,
            api_version=api_version,
            extra=extra,
        )
        form = AnswerForm(partial(_read, "rerank", "Reranking", documents=documents))
        target = Target(self._endpoint_name, model_id, variant, inference_component)
        answer: Ranked = self._ask(create_request, form, target, aws=aws)
        return answer

    def classify(
        self,
        input: Sequence[str],  # noqa: A002  # as documented
        name: str,
        *,
        model_id: str | None = None,
        variant: str | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Classified:
        """Classify texts, by a model that was trained with labels.

        Args:
            input: Texts.
            name: Name of the trained model, which is part of the request.
            model_id: Model on Bedrock. On SageMaker it is ignored, with a warning.
            variant: Production variant of the SageMaker endpoint. On Bedrock it is ignored, with a
                warning.
            inference_component: Inference component of the SageMaker endpoint.
            aws: Further arguments of the boto3 call; see ``generate``.

        Returns:
            A ``Classifications``, in the order of the texts.

        Raises:
            InvalidRequestError: A limit is broken. Nothing was sent.
            ServiceError: AWS or the model answered with an error.
            TransportError: The service did not answer, or the connection broke.
            StreamError: The answer does not have the documented form, or has another number of
                classifications than *input* has texts. The error then has it as ``answer``.
            CohereError: The endpoint or model ID is missing, or boto3 has no credentials or region.
        """
        create_request = partial(_request, "ClassifyRequest", input=input, name=name)
        form = AnswerForm(partial(_read_classifications, input))
        target = Target(self._endpoint_name, model_id, variant, inference_component)
        answer: Classified = self._ask(create_request, form, target, aws=aws)
        return answer

    def summarize(
        self,
        text: str,
        length: str | None = "auto",
        format_: str | None = "auto",
        extractiveness: str | None = "auto",
        temperature: float | None = 0.3,
        additional_command: str | None = "",
        variant: str | None = None,
        *,
        model_id: str | None = None,
        inference_component: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Summarized:
        """Summarize a text.

        The defaults are sent, as by the documented client.

        Args:
            text: Text.
            length: ``short``, ``medium``, ``long`` or ``auto``.
            format_: ``paragraph``, ``bullets`` or ``auto``.
            extractiveness: Closeness to the words of the text: ``low``, ``medium``, ``high`` or
                ``auto``.
            temperature: Randomness of the summary, 0 to 5.
            additional_command: Instructions, such as ``"Focus on the dates."``.
            variant: Production variant of the SageMaker endpoint. On Bedrock it is ignored, with a
                warning.
            model_id: Model on Bedrock. On SageMaker it is ignored, with a warning.
            inference_component: Inference component of the SageMaker endpoint.
            aws: Further arguments of the boto3 call; see ``generate``.

        Returns:
            A ``Summary``.

        Raises:
            InvalidRequestError: A limit is broken. Nothing was sent.
            ServiceError: AWS or the model answered with an error.
            TransportError: The service did not answer, or the connection broke.
            StreamError: The answer does not have the documented form.
            CohereError: The endpoint or model ID is missing, or boto3 has no credentials or region.
        """
        create_request = partial(
            _request,
            "SummarizeRequest",
            text=text,
            length=length,
            format_=format_,
            extractiveness=extractiveness,
            temperature=temperature,
            additional_command=additional_command,
        )
        target = Target(self._endpoint_name, model_id, variant, inference_component)
        answer: Summarized = self._ask(create_request, _SUMMARY, target, aws=aws)
        return answer


def _is_of_amazon(model_id: str | None) -> bool:
    # An ID, or the ARN of a model: arn:aws:bedrock:us-west-2::foundation-model/amazon.rerank-v1:0.
    return str(model_id).rpartition("/")[2].startswith("amazon.")


def _as_list(documents: Any) -> Any:
    """Return *documents* as a list, which the documented client makes of any iterable.

    It is made once: a generator is empty after the request, and the results need the documents by
    position, which is not the index of a column of pandas.
    """
    if isinstance(documents, (str, bytes, Mapping)) or not isinstance(documents, Iterable):
        return documents  # the rule of the request reports it
    return list(documents)


def _as_dicts(documents: Any) -> Any:
    """Return *documents* with each string as a dict, as the documented client sends them."""
    if not isinstance(documents, list):
        return documents  # likewise
    return [{"text": each} if isinstance(each, str) else each for each in documents]


def _request(name: str, /, **parameters: Any) -> Request:
    """Return a request of the class *name*."""
    created: Request = getattr(import_module("._cohere_requests", __package__), name)(**parameters)
    return created


def _read(
    module: str,
    name: str,
    data: bytes,
    response: Mapping[str, Any],
    mode: Mode,
    dialect: DialectName,  # noqa: ARG001  # each of these answers has one form
    **options: Any,
) -> Any:
    """Return the answer in a body as the class *name* of *module*; see ``AnswerForm``."""
    class_ = getattr(import_module(f".{module}", __package__), name)
    return class_._from_body(data, response, mode, **options)  # noqa: SLF001  # of this package


def _read_classifications(texts: Sequence[str], *response: Any) -> Any:
    """Return the classifications in a body; each text and its own belong together by position."""
    answer = _read("classification", "Classifications", *response)
    if len(answer) != len(texts):
        found, asked = counted(len(answer), "item"), counted(len(texts), "text")
        error = StreamError(f"classifications has {found}; the request has {asked}")
        error.answer = answer
        raise error
    return answer


_SUMMARY = AnswerForm(partial(_read, "summary", "Summary"))
