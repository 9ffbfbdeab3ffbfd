"""Typed parameters of Bedrock's Converse API, with their limits.

Python names are in snake case, and the names of the service in camel case. Below the fields of a
request, in messages for example, names and values are those of the service, as boto3 takes them.
The limits are in ``_converse_shapes``, and those of ``InferenceConfiguration`` at its fields.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from ._blobs import decoded
from ._converse_shapes import (
    FIELD_PATHS,
    GUARDRAIL,
    MESSAGES,
    METADATA,
    OUTPUT,
    PERFORMANCE,
    PROMPT_VARIABLES,
    SERVICE_TIER,
    SYSTEM,
    TOOLS,
)
from ._field import check_flag, python_type
from ._parameters import optional
from ._request import Request
from ._rules import between, shown, strings
from ._service_parameters import ServiceParameters
from ._shapes import document, plain
from .error import InvalidRequestError, StreamError
from .mode import Mode

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._rules import Problem

__all__ = ["ConverseRequest", "InferenceConfiguration"]


@final
@dataclass(frozen=True, kw_only=True)
class InferenceConfiguration(ServiceParameters):
    """Parameters that all models on Converse share; only those that are set are sent.

    Attributes:
        max_tokens: Maximum number of tokens to generate, 1 or more. Service default: the maximum of
            the model.
        temperature: Randomness of the answer, 0 to 1.
        top_p: Sample from the most likely tokens whose probabilities add up to *top_p*, 0 to 1.
        stop_sequences: At most 2500 strings that end the answer, each of at least 1 character.

    Raises:
        InvalidRequestError: A limit is broken. The message names every problem, with field, value
            and rule. It shows numbers, and no text.
    """

    max_tokens: int | None = optional(between(1, math.inf, whole=True), member="maxTokens")
    temperature: float | None = optional(between(0, 1), member="temperature")
    top_p: float | None = optional(between(0, 1), member="topP")
    stop_sequences: Sequence[str] | None = optional(
        strings(2500, shortest=1), copy=tuple, member="stopSequences"
    )

    @classmethod
    def from_sdk(cls, configuration: Any) -> Self:
        """Return the parameters in an ``InferenceConfiguration`` of ``aws_sdk_bedrock_runtime``.

        Its attributes are read. The package need not be installed.

        Args:
            configuration: An object with the attributes of that class.

        Raises:
            InvalidRequestError: As for the class; *configuration* lacks an attribute; or it has a
                value for an attribute that this class does not know.
        """
        known = [*cls.__dataclass_fields__]
        missing = [name for name in known if not hasattr(configuration, name)]
        if missing:
            found = f"configuration is {python_type(configuration)} without {', '.join(missing)}"
            raise InvalidRequestError(f"{found}; expected an object with {', '.join(known)}")
        given = {name: getattr(configuration, name) for name in known}
        # A newer version may have more fields. Such a field is an error, and not left out.
        others = getattr(configuration, "__dict__", {})
        newer = {name: others[name] for name in others if others[name] is not None}
        return cls(**{**newer, **given})

    def to_sdk(self) -> Any:
        """Return an ``InferenceConfiguration`` of ``aws_sdk_bedrock_runtime``.

        Raises:
            ImportError: The package is not installed.
        """
        from ._smithy_sdk import new_inference_configuration  # noqa: PLC0415  # seldom needed

        return new_inference_configuration(**plain(self._values()))


def _is_inference(value: Any) -> Problem:
    if isinstance(value, InferenceConfiguration):
        return None
    # The smithy SDK has a class of the same name.
    expected = (
        "expected an InferenceConfiguration of cohere_aws; from_dict() and from_sdk() make one"
    )
    return f"is {python_type(value)}; {expected}"


def _messages(value: Any) -> Problem | list[str]:
    """Check a string, which is one message of the user, or a list of messages."""
    return None if isinstance(value, str) else _list_problem(value) or MESSAGES(value)


def _list_of_messages(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [{"role": "user", "content": [{"text": value}]}]
    return plain(value)  # type: ignore[no-any-return]  # a list


def _system(value: Any) -> Problem | list[str]:
    """Check a string, which is one block, or a list of blocks."""
    if isinstance(value, str):
        return SYSTEM([{"text": value}])
    return _list_problem(value) or SYSTEM(value)


def _list_of_blocks(value: Any) -> Any:
    return [{"text": value}] if isinstance(value, str) else plain(value)


def _list_problem(value: Any) -> str | None:
    # The rules of the lists do not mention that a string will do, too.
    is_list = isinstance(value, (list, tuple))
    return None if is_list else f"is {shown(value)}; expected a string or a list of dicts"


@final
@dataclass(frozen=True, kw_only=True)
class ConverseRequest(
    ServiceParameters, Request, dialect="converse", call="converse", modes=(Mode.BEDROCK,)
):
    """Parameters of ``Converse`` and ``ConverseStream``; only those that are set are sent.

    Bytes, such as those of images, stay bytes: boto3 encodes them. Members that are not in the
    service model of botocore 1.44.5 are not checked. When the request is sent, a member that the
    installed botocore does not know is an error.

    Attributes:
        messages: Conversation so far, as dicts: ``{"role": "user", "content": [{"text": "Hi"}]}``.
            A string is one message of the user. It may be left out with a prompt of Prompt
            management.
        system: System prompt: a string, or blocks as dicts.
        inference: Parameters that all models share.
        tool_config: Tools that the model may call: ``{"tools": […], "toolChoice": {…}}``.
        guardrail_config: Guardrail: ``{"guardrailIdentifier": …, "guardrailVersion": …}``. The key
            ``streamProcessingMode`` is for streams only.
        additional_model_request_fields: Parameters of the model that Converse has no name for.
        additional_model_response_field_paths: At most 10 JSON pointers to fields of the model's
            answer to return, each of 1 to 256 characters.
        request_metadata: 1 to 16 pairs of strings for the log of invocations.
        performance_config: ``{"latency": "standard"}`` or ``"optimized"``.
        service_tier: ``{"type": "default"}``, ``"priority"``, ``"flex"`` or ``"reserved"``.
        prompt_variables: Values of the variables in a prompt of Prompt management:
            ``{"name": {"text": …}}``.
        output_config: Format of the answer, and the effort of the model.

    Raises:
        InvalidRequestError: A limit is broken. The message names every problem, with the path of
            the value and the rule. It shows numbers and short words, and no other text.
    """

    messages: str | Sequence[Mapping[str, Any]] | None = optional(
        _messages, copy=_list_of_messages, hashable=False, member="messages"
    )
    system: str | Sequence[Mapping[str, Any]] | None = optional(
        _system, copy=_list_of_blocks, hashable=False, member="system"
    )
    inference: InferenceConfiguration | None = field(
        default=None, metadata={"rule": _is_inference, "member": "inferenceConfig"}
    )
    tool_config: Mapping[str, Any] | None = optional(
        TOOLS, copy=plain, hashable=False, member="toolConfig"
    )
    guardrail_config: Mapping[str, Any] | None = optional(
        GUARDRAIL, copy=plain, hashable=False, member="guardrailConfig"
    )
    additional_model_request_fields: Mapping[str, Any] | None = optional(
        document, copy=plain, hashable=False, member="additionalModelRequestFields"
    )
    additional_model_response_field_paths: Sequence[str] | None = optional(
        FIELD_PATHS, copy=tuple, member="additionalModelResponseFieldPaths"
    )
    request_metadata: Mapping[str, str] | None = optional(
        METADATA, copy=plain, hashable=False, member="requestMetadata"
    )
    performance_config: Mapping[str, Any] | None = optional(
        PERFORMANCE, copy=plain, hashable=False, member="performanceConfig"
    )
    service_tier: Mapping[str, Any] | None = optional(
        SERVICE_TIER, copy=plain, hashable=False, member="serviceTier"
    )
    prompt_variables: Mapping[str, Any] | None = optional(
        PROMPT_VARIABLES, copy=plain, hashable=False, member="promptVariables"
    )
    output_config: Mapping[str, Any] | None = optional(
        OUTPUT, copy=plain, hashable=False, member="outputConfig"
    )

    def body(self, *, stream: bool | None = None) -> str:
        """Return the JSON body that boto3 sends, in which bytes are base64.

        Args:
            stream: ``True`` for ``ConverseStream``. The body has no key ``stream``.

        Raises:
            InvalidRequestError: A member is for streams only; or *stream* is not a bool.
        """
        if stream is not None:
            check_flag(stream=stream)
        members = self._sent(stream=stream is True)
        return json.dumps(members, default=lambda data: b64encode(data).decode())

    def _arguments(self, mode: Mode, body: str, *, stream: bool) -> dict[str, Any]:  # noqa: ARG002
        return self._sent(stream=stream)

    def _sent(self, *, stream: bool) -> dict[str, Any]:
        """Return the members for ``Converse``, or ``ConverseStream`` if *stream*."""
        members = self.to_dict()
        if not stream and "streamProcessingMode" in members.get("guardrailConfig", {}):
            name = "guardrail_config.streamProcessingMode"
            raise InvalidRequestError(f"{name} is set; expected only with stream=True")
        return members

    @classmethod
    def _read(cls, members: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        problems: list[str] = []
        if isinstance(inference := members.get("inferenceConfig"), Mapping):
            values, found = InferenceConfiguration._read(inference)  # noqa: SLF001  # of this module
            problems = [f"inference.{each}" for each in found]
            read = None if found else InferenceConfiguration(**values)
            members = {**members, "inferenceConfig": read}
        members, found = _decoded(members)
        problems += found
        values, found = super()._read(members)
        return values, problems + found


def _decoded(members: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return *members* with base64 in their blocks as bytes, and the problems with it."""
    found, problems = {**members}, []

    def blocks(value: Any, path: str) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        read = [*value]
        for index, block in enumerate(value):
            if isinstance(block, Mapping):
                try:
                    read[index] = decoded(block, f"{path}[{index}]")
                except StreamError as error:
                    problems.append(str(error))
                    # Not checked again, for the same problem.
                    read[index] = {"text": "-"}
        return read

    if "system" in members:
        found["system"] = blocks(members["system"], "system")
    if isinstance(messages := members.get("messages"), (list, tuple)):
        found["messages"] = [
            {**each, "content": blocks(each["content"], f"messages[{index}].content")}
            if isinstance(each, Mapping) and "content" in each
            else each
            for index, each in enumerate(messages)
        ]
    return found, problems
