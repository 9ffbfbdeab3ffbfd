"""Options that name a model and its parameters. All subcommands that call a model have them."""

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

__all__ = ["add_model", "add_parameters", "create_client", "request_for"]

# The dialect of most models of the service.
_DEFAULTS = {Mode.SAGEMAKER: "completions", Mode.BEDROCK: "converse"}


def add_model(parser: argparse.ArgumentParser, *, only_chat: bool = False) -> None:
    """Add the options that name a model, and the settings of boto3."""
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--endpoint", metavar="NAME", help="call this endpoint on SageMaker")
    target.add_argument("--model-id", metavar="ID", help="call this model on Bedrock")
    names = [name for name, form in FORMS.items() if form.takes_messages or not only_chat]
    parser.add_argument(
        "--dialect",
        choices=names,
        metavar="NAME",
        help=f"format of the model: {', '.join(names)}; "
        "default: completions on SageMaker, converse on Bedrock",
    )
    parser.add_argument("--region", metavar="NAME", help="AWS region; default: that of boto3")
    parser.add_argument("--profile", metavar="NAME", help="profile of the AWS configuration")
    parser.add_argument("--endpoint-url", metavar="URL", help="call this URL in place of AWS")


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """Add the parameters of a request."""
    add = parser.add_argument
    add("--max-tokens", type=int, metavar="N", help="maximum number of tokens to generate")
    add("--temperature", type=float, metavar="X", help="randomness of the answer; 0: least")
    add("--top-p", type=float, metavar="X", help="total probability of the tokens to sample from")
    add("--stop", action="append", metavar="TEXT", help="end the answer at TEXT; repeatable")
    add("--system", metavar="TEXT", help="system prompt (completions, converse, chat)")
    add("--extra", type=_object, metavar="JSON", help="JSON object with other parameters")


def create_client(options: argparse.Namespace) -> Client:
    """Return a client for the model that *options* name, and set ``options.dialect``.

    Raises:
        InvalidRequestError: The service does not have models of the dialect.
    """
    mode = Mode.BEDROCK if options.endpoint is None else Mode.SAGEMAKER
    options.dialect = options.dialect or _DEFAULTS[mode]
    # Checked here, because a batch would write the error once for each record.
    if mode not in request_class(options.dialect).modes:
        found, expected = "--model-id", "--endpoint"
        if mode is Mode.SAGEMAKER:
            found, expected = expected, found
        raise InvalidRequestError(f"--dialect {options.dialect} with {found}; expected {expected}")
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


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError('expected a JSON object, such as {"seed": 1}')
    return value
