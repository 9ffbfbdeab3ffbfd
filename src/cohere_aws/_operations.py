"""From the arguments of ``generate`` to the method of a boto3 client and its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from ._aws import is_asynchronous, service_of
from ._field import check_flag
from ._services import SERVICES
from .error import CohereError, InvalidRequestError
from .request import GenerateRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .mode import Mode

__all__ = [
    "DOCUMENTED",
    "Operation",
    "Sampling",
    "Target",
    "check_client",
    "operation_for",
    "request_for",
]


class Target(NamedTuple):
    """The names that address a model: each service uses some of them."""

    endpoint_name: str | None
    model_id: str | None
    variant: str | None
    inference_component: str | None


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


class Operation(NamedTuple):
    """A call that is ready to be made."""

    method: str
    arguments: dict[str, Any]
    body: str  # where the body of the response is
    stream: bool


def operation_for(
    mode: Mode,
    target: Target,
    prompt: str | GenerateRequest,
    given: Mapping[str, Any],
    *,
    stream: bool,
) -> Operation:
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
    name, missing = service.required
    if not getattr(target, name):
        raise CohereError(missing)
    named = {there: getattr(target, here) for here, there in service.arguments.items()}
    body = request_for(mode, prompt, given).body(stream=stream)
    arguments = {
        **{there: value for there, value in named.items() if value},
        **service.fixed_arguments,
        service.body: body,
    }
    method = service.stream_method if stream else service.plain_method
    return Operation(method, arguments, service.body, stream)


def request_for(
    mode: Mode, prompt: str | GenerateRequest, given: Mapping[str, Any]
) -> GenerateRequest:
    """Return the request for a prompt with the parameters *given*, or a whole request.

    Raises:
        InvalidRequestError: As for ``operation_for``.
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
