"""Options that name a model and its parameters, the same for all subcommands that call one."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from cohere_aws.client import Client
from cohere_aws.error import InvalidRequestError
from cohere_aws.mode import Mode

from ._requests import FORMS, create_request, request_class

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cohere_aws._request import Request

__all__ = ["add_model", "add_parameters", "create_client", "number", "positive", "request_for"]

# The API that most models of the service have.
_DEFAULTS = {Mode.SAGEMAKER: "completions", Mode.BEDROCK: "converse"}


def add_model(parser: argparse.ArgumentParser, *, only_chat: bool = False) -> None:
    """Add the options that name a model, and the settings of boto3."""
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--endpoint", metavar="NAME", help="endpoint on SageMaker")
    target.add_argument("--model-id", metavar="ID", help="model on Bedrock")
    names = [name for name, form in FORMS.items() if form.takes_messages or not only_chat]
    parser.add_argument(
        "--dialect",
        choices=names,
        metavar="NAME",
        help=f"format of the model: {', '.join(names)}; "
        "default: converse on Bedrock, completions on SageMaker",
    )
    parser.add_argument("--region", metavar="NAME", help="AWS region; default: as for boto3")
    parser.add_argument("--profile", metavar="NAME", help="profile of the AWS configuration")
    parser.add_argument("--endpoint-url", metavar="URL", help="URL in place of that of AWS")


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """Add the parameters of a request."""
    add = parser.add_argument
    add("--max-tokens", type=int, metavar="N", help="maximum number of tokens to generate")
    add("--temperature", type=float, metavar="X", help="randomness of the answer")
    add("--top-p", type=float, metavar="X", help="share of the tokens to sample from")
    add("--stop", action="append", metavar="TEXT", help="text that ends the answer; repeatable")
    add("--system", metavar="TEXT", help="system prompt, for chat dialects and Converse")
    add("--extra", type=_object, metavar="JSON", help="other parameters, as a JSON object")


def create_client(options: argparse.Namespace) -> Client:
    """Return a client for the model that *options* name, and set ``options.dialect``.

    Raises:
        InvalidRequestError: The service does not have models of the dialect.
    """
    mode = Mode.BEDROCK if options.endpoint is None else Mode.SAGEMAKER
    options.dialect = options.dialect or _DEFAULTS[mode]
    # Checked here, because a batch would write the error once for each record.
    if mode not in request_class(options.dialect).modes:
        raise InvalidRequestError(f"the dialect {options.dialect} is not for {mode}")
    return Client(
        options.region,
        mode,
        profile_name=options.profile,
        endpoint_url=options.endpoint_url,
        endpoint_name=options.endpoint,
    )


def request_for(
    options: argparse.Namespace,
    messages: Sequence[tuple[str, str]],
    *,
    likelihoods: bool = False,
) -> Request:
    """Return a request of ``options.dialect``; see ``create_request``."""
    return create_request(
        options.dialect,
        messages,
        {name: getattr(options, name) for name in FORMS[options.dialect].fields},
        system=options.system,
        likelihoods=likelihoods,
        extra=options.extra,
        counts_tokens=options.endpoint is not None,
    )


def number(text: str, *, least: int = 0) -> int:
    """Return *text* as an integer of *least* or more, for argparse."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r}; expected an integer of {least} or more")
    return int(text)


def positive(text: str) -> int:
    """Return *text* as an integer of 1 or more, for argparse."""
    return number(text, least=1)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("the value is not a JSON object")
    return value
