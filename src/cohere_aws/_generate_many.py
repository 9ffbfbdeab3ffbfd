"""``generate_many``, with one signature and one docstring for both clients; see ``_generate``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from ._generate import Answer, AnswerStream, GenerateMethod
from ._operations import (
    DOCUMENTED_DEFAULTS,
    Target,
    check_names,
    operation_for,
    request_for,
    warn_of_ignored,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Unpack

    from ._concurrent import OnError
    from ._operations import Sampling

__all__ = ["AnswerIterator", "AnswerOrErrorIterator", "GenerateMethods", "Requests"]

AnswerIterator = TypeVar("AnswerIterator")  # returned by generate_many(on_error="raise")
AnswerOrErrorIterator = TypeVar("AnswerOrErrorIterator")  # by generate_many(on_error="return")
Requests = TypeVar("Requests")  # the iterables that generate_many() accepts


class GenerateMethods(
    GenerateMethod[Answer, AnswerStream],
    Generic[Answer, AnswerStream, AnswerIterator, AnswerOrErrorIterator, Requests],
):
    """Public methods of both clients; a subclass makes the calls."""

    # Answers or AsyncAnswers, which makes the calls of generate_many().
    _answers_class: Callable[..., Any]

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
        aws: Mapping[str, Any] | None = None,
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
        aws: Mapping[str, Any] | None = None,
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
        aws: Mapping[str, Any] | None = None,
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
            requests: Prompts, with the same defaults as in ``generate``, or requests of any kind.
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
            aws: See ``generate``.
            sampling: ``max_tokens``, ``temperature`` and the other parameters of
                ``GenerateRequest``, for all prompts. A request among the prompts is then an
                ``InvalidRequestError``.

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
                partial(
                    operation_for, self.mode, target, request, parameters, stream=False, aws=aws
                )
            ),
            max_concurrency=max_concurrency,
            on_error=on_error,
            retries=retries,
            progress=progress,
        )
        return answers
