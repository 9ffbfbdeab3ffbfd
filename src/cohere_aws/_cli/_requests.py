"""Requests of each dialect, created from the same options.

``FORMS`` has one row for each dialect: the class of its requests, the field for the conversation,
and the field for each option. The class checks the values, so this module does not repeat limits.
An option that a dialect does not have is an error here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import cohere_aws
from cohere_aws.error import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cohere_aws._dialects import DialectName
    from cohere_aws._request import Request

__all__ = ["FORMS", "Form", "create_request", "request_class"]


class Form(NamedTuple):
    """Row of the table.

    Attributes:
        request: Name of the class.
        prompt: Field for the conversation.
        fields: Field for each option.
        takes_messages: Whether the conversation is a list of messages; otherwise one text.
        likelihoods: Fields that ask for the likelihoods of tokens; ``None`` if the models do not
            return likelihoods.
        inference: Class of the field ``inference``, if that field has the parameters.
        extra: Field for other parameters.
        streams: Whether the models stream.
        while_streaming: Further fields of a request for a stream of SageMaker.
    """

    request: str
    prompt: str
    fields: Mapping[str, str]
    takes_messages: bool = False
    likelihoods: Mapping[str, Any] | None = {}
    inference: str | None = None
    extra: str = "extra"
    streams: bool = True
    while_streaming: Mapping[str, Any] = {}


def _fields(max_tokens: str, top_p: str, stop: str) -> dict[str, str]:
    return {"max_tokens": max_tokens, "temperature": "temperature", "top_p": top_p, "stop": stop}


FORMS: Mapping[DialectName, Form] = {
    "command": Form(
        "GenerateRequest",
        "prompt",
        _fields("max_tokens", "p", "stop_sequences"),
        likelihoods={"return_likelihoods": "GENERATION"},
    ),
    "tgi": Form("TgiRequest", "inputs", _fields("max_new_tokens", "top_p", "stop")),
    "completions": Form(
        "CompletionsRequest",
        "messages",
        _fields("max_tokens", "top_p", "stop"),
        takes_messages=True,
        likelihoods={"logprobs": True},
        # TGI, LMI and vLLM count the tokens of a stream only if they are asked to.
        while_streaming={"stream_options": {"include_usage": True}},
    ),
    "jurassic": Form(
        "JurassicRequest", "prompt", _fields("max_tokens", "top_p", "stop_sequences"), streams=False
    ),
    "converse": Form(
        "ConverseRequest",
        "messages",
        _fields("max_tokens", "top_p", "stop_sequences"),
        takes_messages=True,
        likelihoods=None,
        inference="InferenceConfiguration",
        extra="additional_model_request_fields",
    ),
    "chat": Form(
        "ChatV2Request",
        "messages",
        _fields("max_tokens", "p", "stop_sequences"),
        takes_messages=True,
        likelihoods={"logprobs": True},
    ),
}


def request_class(dialect: DialectName) -> type[Request]:
    """Return the class of the requests of *dialect*."""
    found: type[Request] = getattr(cohere_aws, FORMS[dialect].request)
    return found


def create_request(
    dialect: DialectName,
    messages: Sequence[tuple[str, str]],
    parameters: Mapping[str, Any],
    *,
    system: str | None = None,
    likelihoods: bool = False,
    extra: Mapping[str, Any] | None = None,
    counts_tokens: bool = False,
) -> Request:
    """Return a request.

    Args:
        dialect: Dialect of the model.
        messages: Role and text of each message, in order.
        parameters: Values of the options in ``Form.fields``; ``None`` for those that are not set.
        system: System prompt.
        likelihoods: Whether to ask for the likelihoods of tokens.
        extra: Other parameters, by their names in the body.
        counts_tokens: Whether to add the fields ``Form.while_streaming``.

    Raises:
        InvalidRequestError: The dialect does not have an option, or a limit is broken.
    """
    form = FORMS[dialect]
    _check(dialect, form, system=system, likelihoods=likelihoods)
    fields = {form.fields[name]: value for name, value in parameters.items() if value is not None}
    if form.inference is not None:
        configuration = getattr(cohere_aws, form.inference)(**fields)
        # An empty configuration would be sent, too.
        fields = {"inference": configuration} if fields else {}
    if likelihoods:
        fields |= form.likelihoods or {}
    if extra is not None:
        fields[form.extra] = extra
    if counts_tokens:
        fields |= form.while_streaming
    fields |= _conversation(form, messages, system)
    return request_class(dialect)(**fields)


def _check(dialect: str, form: Form, *, system: str | None, likelihoods: bool) -> None:
    if likelihoods and form.likelihoods is None:
        raise InvalidRequestError(f"the dialect {dialect} does not return likelihoods")
    if system is not None and not form.takes_messages:
        raise InvalidRequestError(f"the dialect {dialect} does not have a system prompt")


def _conversation(
    form: Form, messages: Sequence[tuple[str, str]], system: str | None
) -> dict[str, Any]:
    if not form.takes_messages:
        return {form.prompt: messages[-1][1]}
    if form.inference is not None:  # Converse, whose content is a list of blocks
        found: list[Any] = [{"role": role, "content": [{"text": text}]} for role, text in messages]
        return {form.prompt: found} | ({} if system is None else {"system": system})
    first = [] if system is None else [("system", system)]
    return {form.prompt: [{"role": role, "content": text} for role, text in [*first, *messages]]}
