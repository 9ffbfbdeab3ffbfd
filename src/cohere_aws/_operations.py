"""The call that ``generate`` makes: a method of a boto3 client, and its arguments.

An ``Operation`` is data, so both clients make it in the same way, and creating one checks it. The
differences between the services are in their rows of ``_services.SERVICES``.
"""

from __future__ import annotations

import inspect
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from ._aws import botocore_version, is_asynchronous, service_of, unknown_members
from ._field import check_flag
from ._request import Request
from ._rules import mapping, message_for, string, unknown_parameter
from ._services import SERVICES
from .error import CohereError, InvalidRequestError
from .request import GenerateRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ._dialects import DialectName
    from .mode import Mode

__all__ = [
    "DOCUMENTED_DEFAULTS",
    "Operation",
    "Sampling",
    "Target",
    "check_client",
    "check_members",
    "check_names",
    "operation_for",
    "operation_of",
    "request_for",
    "target_of",
    "warn_of_ignored",
]


class Target(NamedTuple):
    """The names that address a model; each service uses some of them."""

    endpoint_name: str | None
    model_id: str | None
    variant: str | None
    inference_component: str | None


# The parameters of generate(), with the defaults of the documented client. The service has others.
DOCUMENTED_DEFAULTS: Mapping[str, Any] = {
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
    """Parameters that all prompts of ``generate_many`` share."""

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


# By whether a client of ours is asynchronous: the library of its AWS client, and the class for
# clients of the other library.
_LIBRARIES = {False: ("boto3", "AsyncClient"), True: ("aiobotocore", "Client")}


class Operation(NamedTuple):
    """A call of a boto3 client."""

    method: str
    arguments: dict[str, Any]
    members: dict[str, Any]  # of the arguments, those that the request sets
    member: str | None  # of the response: it holds the body or the stream; None: the whole response
    stream: bool
    dialect: DialectName  # of the answer
    uses_request_id: bool  # for the ID of the answer


def operation_for(
    mode: Mode,
    target: Target,
    prompt: str | Request,
    parameters: Mapping[str, Any],
    *,
    stream: bool,
    aws: Mapping[str, Any] | None = None,
) -> Operation:
    """Return the call for a prompt with *parameters*, or for a request.

    Raises:
        InvalidRequestError: *parameters* and a request are passed together; the service does not
            run the model of the request; or as ``operation_of``.
        CohereError: As ``operation_of``.
    """
    create_request = partial(request_for, mode, prompt, parameters)
    return operation_of(mode, target, create_request, stream=stream, aws=aws)


def operation_of(
    mode: Mode,
    target: Target,
    create_request: Callable[[], Request],
    *,
    stream: bool = False,
    aws: Mapping[str, Any] | None = None,
) -> Operation:
    """Return the call for the request that *create_request* returns.

    It is a callable, so that a missing endpoint is reported before a limit of the request.

    Raises:
        InvalidRequestError: A limit is broken; *stream* is not a bool; the service does not have an
            argument; or *aws* repeats an argument.
        CohereError: The endpoint or the model ID is missing.
    """
    check_flag(stream=stream)
    service = SERVICES[mode]
    refused = [name for name in service.refused if getattr(target, name)]
    if refused:
        raise InvalidRequestError(f"{', '.join(refused)} cannot be used in {mode}")
    required, message = service.required
    if not getattr(target, required):
        raise CohereError(message)  # the documented class and message
    names = {argument: getattr(target, name) for name, argument in service.arguments.items()}
    request = create_request()
    members = request._arguments(mode, service.body, stream=stream)  # noqa: SLF001  # of this package
    arguments = {
        **{argument: name for argument, name in names.items() if name},
        **service.fixed_arguments,
        **members,
    }
    _check_further_arguments(aws, arguments)
    calls = service.calls[request.call]
    method = calls.stream_method if stream else calls.plain_method
    member = calls.stream_member if stream else calls.plain_member
    arguments |= aws or {}
    return Operation(
        method, arguments, members, member, stream, request.dialect, calls.uses_request_id
    )


def target_of(mode: Mode, operation: Operation) -> str:
    """Return the name of the endpoint or model that *operation* calls."""
    service = SERVICES[mode]
    target: str = operation.arguments[service.arguments[service.required[0]]]
    return target


def _check_further_arguments(aws: object, arguments: Mapping[str, Any]) -> None:
    if aws is None:
        return
    if problem := mapping(aws):
        raise InvalidRequestError(f"aws {problem}")
    repeated = [name for name in arguments if name in aws]  # type: ignore[operator]
    if repeated:
        raise InvalidRequestError(f"aws has {', '.join(repeated)}, which the request sets")


def request_for(mode: Mode, prompt: str | Request, parameters: Mapping[str, Any]) -> Request:
    """Return the request for a prompt with *parameters*, or the request as it is.

    Raises:
        InvalidRequestError: As for ``operation_for``.
    """
    if not isinstance(prompt, Request):
        if prompt is not None and (problem := string(prompt)):
            raise InvalidRequestError(f"prompt {problem} or a request, such as ConverseRequest")
        implied = SERVICES[mode].implied
        # Types are compared, too: True equals 1, but is not a valid number of generations.
        sent = {
            name: value
            for name, value in parameters.items()
            if (type(value), value) != (type(implied.get(name)), implied.get(name))
        }
        return GenerateRequest(prompt=prompt, **sent)
    changed = [name for name, value in parameters.items() if value != DOCUMENTED_DEFAULTS[name]]
    if changed:
        names = ", ".join(changed)
        raise InvalidRequestError(f"pass {names} in the request: request.replace({changed[0]}=…)")
    if not prompt.generates:
        raise InvalidRequestError(
            f"{type(prompt).__name__} is not for generated text; call embed()"
        )
    if mode not in prompt.modes:
        expected = " or ".join(map(str, prompt.modes))
        raise InvalidRequestError(f"{type(prompt).__name__} is for {expected}; this is {mode}")
    return prompt


def check_names(method: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """Check that the keyword *arguments* of *method* that its signature does not name are known.

    Raises:
        InvalidRequestError: They are not; the message suggests similar names.
    """
    wrong = [name for name in arguments if name not in DOCUMENTED_DEFAULTS]
    if wrong:
        known = [*inspect.signature(method).parameters, *DOCUMENTED_DEFAULTS]
        raise InvalidRequestError(message_for([unknown_parameter(name, known) for name in wrong]))


def warn_of_ignored(mode: Mode, target: Target, *, stacklevel: int = 3) -> None:
    """Warn of names that the documented client accepts in this mode, and ignores.

    They are not errors, so that programs written for it run unchanged. A warning is attributed to
    the caller of the public method that calls this, which is *stacklevel* frames away from here.
    """
    for name in SERVICES[mode].ignored:
        if getattr(target, name):
            message = f"{name} is not used in {mode}"
            warnings.warn(message, UserWarning, stacklevel=stacklevel)


def check_client(client: Any, mode: Mode, *, asynchronous: bool) -> None:
    """Check that an AWS client is from the right library and for the service of *mode*.

    Raises:
        TypeError: It is from the other library.
        InvalidRequestError: It is for another service.
    """
    found, expected = service_of(client), SERVICES[mode].name
    if is_asynchronous(client) is not asynchronous:
        library, other = _LIBRARIES[asynchronous]
        raise TypeError(f"client is not from {library}; pass one that is, or use {other}")
    if found != expected:
        raise InvalidRequestError(f"client is for {found}; expected a client for {expected}")


def check_members(client: Any, operation: Operation) -> None:
    """Check that the service model of *client* has all members that a request sets.

    boto3 would refuse others, too, but its message does not say that an old version is installed.

    Raises:
        InvalidRequestError: It does not; the message names the members and the version.
    """
    unknown = unknown_members(client, operation.method, operation.members)
    if unknown:
        found = f"botocore {botocore_version()} does not know {', '.join(unknown)}"
        raise InvalidRequestError(f"{operation.method} was not sent: {found}")
