"""The fourteen tests of the documented client's repository, written again for this client.

Like tests of programs that use the documented client, they stub ``client._client``, the boto3
client inside (https://github.com/cohere-ai/cohere-aws, folder ``tests``). There are four changes: a
recording answers in place of AWS; the defaults are those of the released client (400 tokens);
values of enumerations are valid; and the keys of a body have the order of this package.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from clients import BODIES, PLAIN, STREAMS, both_modes
from cohere_aws import (
    Client,
    CohereError,
    ConverseRequest,
    ServiceError,
    StreamingGenerations,
)
from cohere_aws.mode import Mode
from cohere_aws.testing import replay
from testing.samples import streamed

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMPT = "Hello world!"
TEXTS = ["Mock generation #1", "Mock generation #2"]
NAMES: dict[Mode, dict[str, Any]] = {
    Mode.SAGEMAKER: {"endpoint_name": "cohere-gpt-medium"},
    Mode.BEDROCK: {},
}
TARGETS: dict[Mode, dict[str, Any]] = {
    Mode.SAGEMAKER: {},
    Mode.BEDROCK: {"model_id": "model-id"},
}
# The arguments of the call besides the body, and the members that its response must have.
ARGUMENTS: dict[Mode, dict[str, Any]] = {
    Mode.SAGEMAKER: {"ContentType": "application/json", "EndpointName": "cohere-gpt-medium"},
    Mode.BEDROCK: {"modelId": "model-id"},
}
MEMBERS: dict[Mode, dict[str, Any]] = {
    Mode.SAGEMAKER: {},
    Mode.BEDROCK: {"contentType": "application/json"},
}
DEFAULTS = {"max_tokens": 400, "temperature": 1.0, "k": 0, "p": 0.75}
OVERRIDDEN = {
    "max_tokens": 40,
    "temperature": 0.0,
    "k": 1,
    "p": 0.5,
    "stop_sequences": ["."],
    "return_likelihoods": "GENERATION",
    "truncate": "START",
}


@pytest.fixture
def clients() -> Iterator[dict[Mode, Client]]:
    made = {mode: Client(region_name="us-west-2", mode=mode, **NAMES[mode]) for mode in Mode}
    yield made
    for client in made.values():
        client.close()


def expected(
    mode: Mode, parameters: dict[str, Any], generations: int = 1, **arguments: str
) -> dict[str, Any]:
    """Return the arguments of the call, with the body as it is sent."""
    body = {"prompt": PROMPT, **parameters}
    if mode is Mode.SAGEMAKER:  # on Bedrock, num_generations=1 is not sent
        body["num_generations"] = generations
    return {**ARGUMENTS[mode], BODIES[mode]: json.dumps({**body, "stream": False}), **arguments}


def stubbed(client: Client, arguments: dict[str, Any], texts: list[str]) -> Stubber:
    data = json.dumps({"generations": [{"text": text} for text in texts]}).encode()
    answer = {BODIES[client.mode]: StreamingBody(BytesIO(data), len(data)), **MEMBERS[client.mode]}
    stubber = Stubber(client._client)
    stubber.add_response(PLAIN[client.mode], answer, arguments)
    stubber.activate()
    return stubber


def check_generate(
    client: Client, arguments: dict[str, Any], texts: list[str], **asked: Any
) -> None:
    stubber = stubbed(client, arguments, texts)
    response = client.generate(PROMPT, stream=False, **TARGETS[client.mode], **asked)
    assert len(response.generations) == len(texts)
    assert [generation["text"] for generation in response.generations] == texts
    stubber.assert_no_pending_responses()


@both_modes
def test_generate_defaults(clients: dict[Mode, Client], mode: Mode) -> None:
    check_generate(clients[mode], expected(mode, DEFAULTS), TEXTS[:1])


@both_modes
def test_override_defaults(clients: dict[Mode, Client], mode: Mode) -> None:
    check_generate(clients[mode], expected(mode, OVERRIDDEN), TEXTS[:1], **OVERRIDDEN)


@both_modes
def test_streaming(clients: dict[Mode, Client], mode: Mode) -> None:
    client = clients[mode]
    target = ARGUMENTS[mode].get("modelId") or ARGUMENTS[mode]["EndpointName"]
    with replay(client._client, streamed(mode, target=target, request=None)):
        stream = client.generate(PROMPT, stream=True, temperature=0, max_tokens=10, **TARGETS[mode])
        assert isinstance(stream, StreamingGenerations)
        assert [piece.text for piece in stream] == [" I", " am"]


def test_variant(clients: dict[Mode, Client]) -> None:
    arguments = expected(Mode.SAGEMAKER, DEFAULTS, TargetVariant="AllTraffic")
    check_generate(clients[Mode.SAGEMAKER], arguments, TEXTS[:1], variant="AllTraffic")


def test_two_generations(clients: dict[Mode, Client]) -> None:
    arguments = expected(Mode.SAGEMAKER, DEFAULTS, generations=2)
    check_generate(clients[Mode.SAGEMAKER], arguments, TEXTS, num_generations=2)


def check_refusal(client: Client, message: str) -> None:
    """Check that the message of a refusal by the service is in the error."""
    stubber = Stubber(client._client)
    stubber.add_client_error(STREAMS[client.mode], service_message=message, http_status_code=400)
    stubber.activate()
    with pytest.raises(CohereError) as caught:
        client.generate(PROMPT, **TARGETS[client.mode])
    assert isinstance(caught.value, ServiceError)
    assert message in str(caught.value.message)
    assert caught.value.http_status == 400
    stubber.assert_no_pending_responses()


@both_modes
def test_bad_region(clients: dict[Mode, Client], mode: Mode) -> None:
    check_refusal(clients[mode], "Could not connect to the endpoint URL")


def test_wrong_region(clients: dict[Mode, Client]) -> None:
    message = "Endpoint cohere-gpt-medium of account 455073351313 not found."
    check_refusal(clients[Mode.SAGEMAKER], message)


def test_bad_variant(clients: dict[Mode, Client]) -> None:
    check_refusal(clients[Mode.SAGEMAKER], "Variant invalid-variant not found for Request")


def test_missing_model_id(clients: dict[Mode, Client]) -> None:
    check_refusal(clients[Mode.BEDROCK], "must supply model_id")
    with pytest.raises(CohereError, match="must supply model_id"):
        clients[Mode.BEDROCK].generate(PROMPT)


def test_client_not_connected() -> None:
    with pytest.raises(CohereError, match="No endpoint connected"):
        Client().generate(PROMPT)


def test_converse(clients: dict[Mode, Client]) -> None:
    client, messages = clients[Mode.BEDROCK], [{"role": "user", "content": [{"text": PROMPT}]}]
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"text": TEXTS[0]}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
        "metrics": {"latencyMs": 4},
    }
    arguments = {"modelId": "model-id", "messages": messages}
    with Stubber(client._client) as stubber:
        stubber.add_response("converse", answer, arguments)
        request = ConverseRequest(messages=PROMPT)
        found = client.generate(request, stream=False, model_id="model-id")
        stubber.assert_no_pending_responses()
    assert (found.text, found[0].finish) == (TEXTS[0], "complete")


@pytest.mark.parametrize("stream", [True, False])
def test_a_refusal_of_converse(clients: dict[Mode, Client], stream: bool) -> None:
    client, method = clients[Mode.BEDROCK], "converse_stream" if stream else "converse"
    message = "The provided model identifier is invalid."
    with Stubber(client._client) as stubber:
        stubber.add_client_error(method, "ValidationException", message, http_status_code=400)
        with pytest.raises(ServiceError) as caught:
            client.generate(ConverseRequest(messages=PROMPT), stream=stream, model_id="model-id")
    assert (caught.value.code, caught.value.http_status) == ("ValidationException", 400)
    assert message in str(caught.value)
