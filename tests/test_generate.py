"""``generate`` and ``generate_many`` of both clients: arguments, warnings and errors."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from botocore.config import Config

from clients import both_modes
from cohere_aws import (
    Client,
    InvalidRequestError,
    Mode,
)
from maybe_async import (
    CALL_ARGUMENTS,
    both_clients,
    call,
    maybe_await,
    results_of,
)
from testing.samples import plain, streamed

NO_RETRIES = Config(retries={"total_max_attempts": 1})


@both_clients
def test_an_unknown_parameter_is_an_error_with_a_similar_name(kind: type) -> None:
    client = kind(endpoint_name="target")
    for name, hint in (
        ("max_token", "did you mean max_tokens?"),
        ("modelid", "did you mean model_id?"),
        ("streams", "did you mean stream?"),
        ("presence_penalty", "pass other parameters of the model in extra"),
    ):
        with pytest.raises(InvalidRequestError) as caught:
            client.generate("hello", **{name: 1})
        assert str(caught.value) == f"{name} is not a parameter; {hint}"
    with pytest.raises(InvalidRequestError) as caught:
        client.generate_many(["hello"], max_concurency=1, max_token=7)
    assert str(caught.value) == (
        "2 problems:\n"
        "  max_concurency is not a parameter; did you mean max_concurrency?\n"
        "  max_token is not a parameter; did you mean max_tokens?"
    )


@both_clients
@both_modes
def test_the_workaround_for_a_limit_is_sent(kind: type, mode: Mode, served: Any) -> None:
    async def do(client: Any) -> Any:
        with pytest.raises(InvalidRequestError, match=r'; to send it anyway: extra=\{"max_tokens'):
            await maybe_await(
                client.generate("hello", max_tokens=5000, stream=False, **CALL_ARGUMENTS[mode])
            )
        workaround = {"extra": {"max_tokens": 5000}, **CALL_ARGUMENTS[mode]}
        await maybe_await(client.generate("hello", stream=False, **workaround))
        return await results_of(client.generate_many(["hello"], **workaround))

    with served(mode, plain(mode)) as server:
        call(kind, mode, do)
    assert [made.request["max_tokens"] for made in server.calls] == [5000, 5000]


@both_clients
@both_modes
def test_flags_must_be_bools(kind: type, mode: Mode, served: Any) -> None:
    async def do(client: Any) -> None:
        with pytest.raises(InvalidRequestError, match=r"^stream is of type str; expected True or"):
            await maybe_await(client.generate("hello", stream="false", **CALL_ARGUMENTS[mode]))
        with pytest.raises(InvalidRequestError, match=r"^progress is of type str; expected True"):
            client.generate_many(["hello"], progress="false", **CALL_ARGUMENTS[mode])

    with served(mode, streamed(mode)) as server:
        call(kind, mode, do)
    assert server.calls == []


@both_clients
@both_modes
def test_an_ignored_name_is_a_warning_at_the_line_of_the_caller(
    kind: type, mode: Mode, served: Any
) -> None:
    unused = {Mode.SAGEMAKER: ["model_id"], Mode.BEDROCK: ["endpoint_name", "variant"]}[mode]
    names = {"endpoint_name": "target"}
    options = {**CALL_ARGUMENTS[mode], **{name: "x" for name in unused if name != "endpoint_name"}}

    async def do(client: Any) -> None:
        with pytest.warns(UserWarning, match="is not used in") as caught:
            answer = client.generate("hello", stream=False, **options)
        with pytest.warns(UserWarning, match="is not used in") as caught_too:
            many = client.generate_many(["hello"], **options)
        expected = [f"{name} is not used in {mode}" for name in unused]
        for warned in (caught, caught_too):
            assert [str(warning.message) for warning in warned] == expected
            assert {warning.filename for warning in warned} == {__file__}
        assert (await maybe_await(answer))[0].text == " I am"
        assert (await results_of(many))[0][0].text == " I am"

    with served(mode, plain(mode)):
        call(kind, mode, do, **names)


@both_clients
def test_an_inference_component_is_an_error_on_bedrock(kind: type) -> None:
    async def do(client: Any) -> None:
        with pytest.raises(
            InvalidRequestError, match=r"^inference_component cannot be used in Mod"
        ):
            await maybe_await(
                client.generate("hello", model_id="target", inference_component="component")
            )

    call(kind, Mode.BEDROCK, do)


def test_the_documented_signature() -> None:
    parameters = inspect.signature(Client.generate).parameters
    positions = [
        name
        for name, parameter in parameters.items()
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    assert positions == [
        "self", "prompt", "model", "model_id", "num_generations", "max_tokens", "temperature", "k",
        "p", "stop_sequences", "return_likelihoods", "truncate", "variant", "stream",
    ]  # fmt: skip
