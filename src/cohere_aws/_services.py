"""The AWS services that host models: one row each, with all that differs between them.

Sources:

* the service models of botocore, ``bedrock-runtime`` of 2023-09-30 and ``sagemaker-runtime`` of
  2017-05-13: the operations, their arguments, and the members of ``ResponseStream``, its error
  events among them;
* https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html and
  https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html;
* recordings of plain calls to Bedrock, for the usage headers, which those pages do not list.
"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ._field import word
from .error import CohereError
from .mode import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SERVICES", "Service", "service_for"]


class Service(NamedTuple):
    """One AWS service."""

    name: str  # as boto3 and recordings call it

    # The methods of a boto3 client, and their arguments besides the body: the service's name of
    # each by the name that ``generate`` has for it, and those that are the same for every call.
    plain_method: str
    stream_method: str
    arguments: Mapping[str, str]
    fixed_arguments: Mapping[str, str]
    # The argument of ``generate`` without which nothing can be called, and the documented message.
    required: tuple[str, str]
    # Arguments that the documented client accepts and does not use (a warning), and those that
    # have no meaning here and are not documented (an error).
    ignored: tuple[str, ...]
    refused: tuple[str, ...]
    # Parameters of ``generate`` that are not sent when they have this value, the model's default.
    implied: Mapping[str, object]

    # The body of a request and of its response have the same name: ``response[body]``.
    body: str
    # An event of a stream is ``{payload_key: {bytes_key: b"…"}}``.
    payload_key: str
    bytes_key: str
    # In a frame, the payload of an event has this type. A sealed one is base64 inside JSON.
    event_content_type: str
    is_sealed: bool
    # The error events of a stream, with the HTTP status that the service model gives each, or None.
    error_events: Mapping[str, int | None]
    # The field of ``Usage`` that each HTTP header of a plain answer fills.
    usage_headers: Mapping[str, str]


SERVICES: Mapping[Mode, Service] = MappingProxyType(
    {
        Mode.SAGEMAKER: Service(
            name="sagemaker-runtime",
            plain_method="invoke_endpoint",
            stream_method="invoke_endpoint_with_response_stream",
            arguments={
                "endpoint_name": "EndpointName",
                "variant": "TargetVariant",
                "inference_component": "InferenceComponentName",
            },
            fixed_arguments={"ContentType": "application/json"},
            required=("endpoint_name", "No endpoint connected. Run connect_to_endpoint() first."),
            ignored=("model_id",),
            refused=(),
            implied={},
            body="Body",
            payload_key="PayloadPart",
            bytes_key="Bytes",
            event_content_type="application/octet-stream",
            is_sealed=False,
            error_events={"InternalStreamFailure": None, "ModelStreamError": None},
            usage_headers={},
        ),
        Mode.BEDROCK: Service(
            name="bedrock-runtime",
            plain_method="invoke_model",
            stream_method="invoke_model_with_response_stream",
            arguments={"model_id": "modelId"},
            fixed_arguments={},
            required=("model_id", "must supply model_id arg when calling bedrock"),
            ignored=("endpoint_name", "variant"),
            refused=("inference_component",),
            implied={"num_generations": 1},  # some models on Bedrock refuse the key
            body="body",
            payload_key="chunk",
            bytes_key="bytes",
            event_content_type="application/json",
            is_sealed=True,
            error_events={
                "internalServerException": 500,
                "modelStreamErrorException": 424,
                "modelTimeoutException": 408,
                "serviceUnavailableException": 503,
                "throttlingException": 429,
                "validationException": 400,
            },
            usage_headers={
                "x-amzn-bedrock-input-token-count": "input_tokens",
                "x-amzn-bedrock-output-token-count": "output_tokens",
                "x-amzn-bedrock-invocation-latency": "invocation_latency_ms",
            },
        ),
    }
)


def service_for(mode: Mode) -> Service:
    """Return the row of *mode*.

    Raises:
        CohereError: ``Unsupported mode``; *mode* is not a ``Mode``.
    """
    if isinstance(mode, Mode):
        return SERVICES[mode]
    # It begins as the message of the documented module, which ends there.
    raise CohereError(f"Unsupported mode: {_named(mode)}; expected {' or '.join(map(str, Mode))}")


def _named(mode: object) -> str:
    if isinstance(mode, Enum):  # most often that of the documented module
        return f"{type(mode).__name__}.{mode.name} of {type(mode).__module__}"
    return word(mode) if isinstance(mode, str) else f"an object of type {type(mode).__name__}"
