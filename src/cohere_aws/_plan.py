"""Which call of which service a question becomes; the services differ in a row of ``SERVICES``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from ._aws import is_asynchronous, service_of
from ._envelope import envelope_for
from ._field import check_flag
from .error import CohereError, InvalidRequestError
from .mode import Mode
from .request import GenerateRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "DOCUMENTED",
    "SERVICES",
    "Plan",
    "Sampling",
    "Target",
    "check_client",
    "plan",
    "request_for",
]


class Target(NamedTuple):
    """Whom to ask."""

    endpoint_name: str | None
    model_id: str | None
    variant: str | None
    inference_component: str | None


def _sagemaker(target: Target) -> dict[str, Any]:
    if not target.endpoint_name:
        raise CohereError("No endpoint connected. Run connect_to_endpoint() first.")
    named = {
        "EndpointName": target.endpoint_name,
        "ContentType": "application/json",
        "TargetVariant": target.variant,
        "InferenceComponentName": target.inference_component,
    }
    return {name: value for name, value in named.items() if value}


def _bedrock(target: Target) -> dict[str, Any]:
    if not target.model_id:
        raise CohereError("must supply model_id arg when calling bedrock")
    return {"modelId": target.model_id}


class Service(NamedTuple):
    """What a service calls things."""

    name: str
    plain: str
    streamed: str
    arguments: Callable[[Target], dict[str, Any]]
    # The parameters of generate() that are not sent when they have this value, the model's own.
    implied: Mapping[str, Any]
    # Names that the documented client takes and does not use: a warning.
    ignored: tuple[str, ...]
    # Names that have no meaning and are not documented there: an error.
    refused: tuple[str, ...] = ()


SERVICES: Mapping[Mode, Service] = {
    Mode.SAGEMAKER: Service(
        name="sagemaker-runtime",
        plain="invoke_endpoint",
        streamed="invoke_endpoint_with_response_stream",
        arguments=_sagemaker,
        implied={},
        ignored=("model_id",),
    ),
    Mode.BEDROCK: Service(
        name="bedrock-runtime",
        plain="invoke_model",
        streamed="invoke_model_with_response_stream",
        arguments=_bedrock,
        implied={"num_generations": 1},  # some models there refuse the key
        ignored=("endpoint_name", "variant"),
        refused=("inference_component",),
    ),
}

# The parameters of generate() and their documented defaults, which are not those of the service.
DOCUMENTED: Mapping[str, Any] = {
    "model": None,
    "num_generations": 1,
    "max_tokens": 400,
    "temperature": 1.0,
    "k": 0,
    "p": 0.75,
    "stop_sequences": None,
    "return_likelihoods": None,
    "truncate": None,
    "logit_bias": None,
    "extra": None,
}


class Sampling(TypedDict, total=False):
    """The parameters of ``generate`` that prompts of ``generate_many`` share."""

    model: str | None
    num_generations: int | None
    max_tokens: int | None
    temperature: float | None
    k: float | None
    p: float | None
    stop_sequences: Sequence[str] | None
    return_likelihoods: str | None
    truncate: str | None
    logit_bias: Mapping[int, float] | None
    extra: Mapping[str, Any] | None


# By whether a client is asynchronous: what makes it, and which of ours takes the others.
_LIBRARIES = {False: ("boto3", "AsyncClient"), True: ("aiobotocore", "Client")}


class Plan(NamedTuple):
    """A call that is ready to be made."""

    operation: str
    arguments: dict[str, Any]
    body: str  # where the body of the response is
    stream: bool


def plan(
    mode: Mode,
    target: Target,
    prompt: str | GenerateRequest,
    given: Mapping[str, Any],
    *,
    stream: bool,
) -> Plan:
    """Return the call for a prompt with the parameters *given*, or for a whole request.

    Raises:
        InvalidRequestError: A limit is broken; there are parameters beside a request; *stream* is
            not a bool; or the service does not have an argument.
        CohereError: The endpoint or the model id is missing.
    """
    check_flag(stream=stream)
    service = SERVICES[mode]
    refused = [name for name in service.refused if getattr(target, name)]
    if refused:
        raise InvalidRequestError(f"{', '.join(refused)} cannot be used in {mode}")
    arguments = service.arguments(target)
    body = envelope_for(mode).body  # the argument has the name that the response has for it
    arguments[body] = request_for(mode, prompt, given).body(stream=stream)
    return Plan(service.streamed if stream else service.plain, arguments, body, stream)


def request_for(
    mode: Mode, prompt: str | GenerateRequest, given: Mapping[str, Any]
) -> GenerateRequest:
    """Return the request for a prompt with the parameters *given*, or a whole request.

    Raises:
        InvalidRequestError: As for ``plan``.
    """
    if not isinstance(prompt, GenerateRequest):
        implied = SERVICES[mode].implied
        # By type, too: True is 1, but not a number of generations.
        sent = {
            name: value
            for name, value in given.items()
            if (type(value), value) != (type(implied.get(name)), implied.get(name))
        }
        return GenerateRequest(prompt=prompt, **sent)
    changed = [name for name, value in given.items() if value != DOCUMENTED[name]]
    if changed:
        hint = "they belong into it, for example by request.replace()"
        raise InvalidRequestError(f"{', '.join(changed)} given beside a request; {hint}")
    return prompt


def check_client(client: Any, mode: Mode, *, asynchronous: bool) -> None:
    """Check that an AWS client is from the right library and for the service of *mode*.

    Raises:
        TypeError: It is from the other library.
        CohereError: It is for another service.
    """
    found, expected = service_of(client), SERVICES[mode].name
    if is_asynchronous(client) is not asynchronous:
        library, other = _LIBRARIES[asynchronous]
        raise TypeError(f"client is not from {library}; expected one that is, or use {other}")
    if found != expected:
        raise CohereError(f"client is for {found}; expected one for {expected}")
