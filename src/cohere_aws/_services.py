"""The AWS services that host models, in one table with all differences between them.

To read a further service, add a member of ``Mode`` and a row here.

Sources:

* the service models of botocore, ``bedrock-runtime`` of 2023-09-30 and ``sagemaker-runtime`` of
  2017-05-13: the operations, their arguments, and the members of ``ResponseStream`` and
  ``ConverseStreamOutput``, their error events among them;
* https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html and
  https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html;
* recordings of plain calls to Bedrock, for the usage headers, which those pages do not list.
"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from ._field import word
from .error import CohereError
from .mode import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SERVICES", "CallName", "Calls", "Service", "service_for"]

# The kinds of calls: with a body in the format of the model, or in the common one of Converse.
CallName = Literal["invoke", "converse"]


class _Row:
    """A row of a table, which has all fields that its class declares."""

    def __init__(self, **fields: Any) -> None:
        # Not a NamedTuple: to create one takes up to a tenth of the time of the import, and each
        # event of a stream reads two fields of a service, which takes twice as long.
        vars(self).update(fields)


class Calls(_Row):
    """Two calls of one kind: methods of the boto3 client, and members of their responses."""

    plain_method: str
    stream_method: str
    plain_member: str | None  # holds the body of a whole answer; None: the response is the answer
    stream_member: str  # holds the events
    uses_request_id: bool = False  # an answer has no other ID


class Service(_Row):
    """Names and formats of one AWS service; a row has all of these fields."""

    name: str  # the name in ``boto3.client(name)``, and in recordings

    # The call. The methods of the boto3 client, by the kind of the call; the name that the service
    # has for each argument of ``generate``; and the arguments that every call has.
    calls: Mapping[CallName, Calls]
    arguments: Mapping[str, str]
    fixed_arguments: Mapping[str, str]
    # The argument of ``generate`` that every call needs, and the documented error without it.
    required: tuple[str, str]
    # The other arguments of ``generate``. The documented client accepts those that are ignored, so
    # they cause a warning only; those that are refused are not documented, so they are an error.
    ignored: tuple[str, ...]
    refused: tuple[str, ...]
    # Parameters of ``generate`` that are not sent if they have this value, the model's default.
    implied: Mapping[str, object]

    # The answer. The body has the same name in a request and in its response.
    body: str
    # An event of a stream is a dict: ``{payload_key: {bytes_key: b"…"}}``.
    payload_key: str
    bytes_key: str
    # The names of the events without bytes. Each is a JSON object by itself: ``{name: {…}}``.
    item_events: frozenset[str]
    # The content type of an event's frame on the wire. In a sealed event, the payload is base64
    # inside a JSON object; otherwise the payload is the content of the frame.
    event_content_type: str
    is_sealed: bool
    # The names of error events of all streams, each with its HTTP status in the service model, or
    # None.
    error_events: Mapping[str, int | None]
    # The HTTP headers of a plain answer that hold usage, each with the field of ``Usage`` it fills.
    usage_headers: Mapping[str, str]

    @property
    def streams(self) -> list[str]:
        """Return the members of a response that hold a stream."""
        return [calls.stream_member for calls in self.calls.values()]


SERVICES: Mapping[Mode, Service] = MappingProxyType(
    {
        Mode.SAGEMAKER: Service(
            name="sagemaker-runtime",
            calls={
                "invoke": Calls(
                    plain_method="invoke_endpoint",
                    stream_method="invoke_endpoint_with_response_stream",
                    plain_member="Body",
                    stream_member="Body",
                )
            },
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
            item_events=frozenset(),
            event_content_type="application/octet-stream",
            is_sealed=False,
            error_events={"InternalStreamFailure": None, "ModelStreamError": None},
            usage_headers={},
        ),
        Mode.BEDROCK: Service(
            name="bedrock-runtime",
            calls={
                "invoke": Calls(
                    plain_method="invoke_model",
                    stream_method="invoke_model_with_response_stream",
                    plain_member="body",
                    stream_member="body",
                ),
                "converse": Calls(
                    plain_method="converse",
                    stream_method="converse_stream",
                    plain_member=None,
                    stream_member="stream",
                    uses_request_id=True,
                ),
            },
            arguments={"model_id": "modelId"},
            fixed_arguments={},
            required=("model_id", "must supply model_id arg when calling bedrock"),
            ignored=("endpoint_name", "variant"),
            refused=("inference_component",),
            implied={"num_generations": 1},  # some models on Bedrock refuse the key
            body="body",
            payload_key="chunk",
            bytes_key="bytes",
            item_events=frozenset(
                (
                    "messageStart",
                    "contentBlockStart",
                    "contentBlockDelta",
                    "contentBlockStop",
                    "messageStop",
                    "metadata",
                )
            ),
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
                "x-amzn-bedrock-cache-read-input-token-count": "cache_read_tokens",
                "x-amzn-bedrock-cache-write-input-token-count": "cache_write_tokens",
            },
        ),
    }
)


def service_for(mode: Mode) -> Service:
    """Return the row of *mode*.

    Raises:
        CohereError: *mode* is not a ``Mode``; the message begins with ``Unsupported mode``.
    """
    if isinstance(mode, Mode):
        return SERVICES[mode]
    # "Unsupported mode" is the whole message of the documented module.
    raise CohereError(f"Unsupported mode: {_named(mode)}; expected {' or '.join(map(str, Mode))}")


def _named(mode: object) -> str:
    # A likely mistake is the Mode of the documented module, so the message names the module.
    if isinstance(mode, Enum):
        return f"{type(mode).__name__}.{mode.name} of {type(mode).__module__}"
    return word(mode) if isinstance(mode, str) else f"an object of type {type(mode).__name__}"
