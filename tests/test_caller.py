"""The call behind the public methods of both clients."""

from __future__ import annotations

import subprocess
import sys
import warnings
from types import SimpleNamespace
from typing import Any

import pytest

from bodies import answered
from clients import both_modes
from cohere_aws import ChatRequest, Generations, InvalidRequestError, Mode
from cohere_aws._caller import GENERATIONS, AnswerForm
from cohere_aws._operations import Target
from maybe_async import both_clients, call, maybe_await

TARGETS = {
    Mode.SAGEMAKER: Target("target", None, None, None),
    Mode.BEDROCK: Target(None, "target", None, None),
}
BODY = {"text": "hi", "generation_id": "g"}


@both_clients
@both_modes
def test_the_form_reads_the_answer(kind: type, mode: Mode, served: Any) -> None:
    def read(data: bytes, response: Any, read_mode: Mode, dialect: str) -> Any:
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        return SimpleNamespace(read=(data, status, read_mode, dialect))

    async def do(client: Any) -> Any:
        ask = client._ask
        request = ChatRequest(message="hi")
        found = await maybe_await(ask(lambda: request, AnswerForm(read), TARGETS[mode]))
        return found, await maybe_await(ask(lambda: request, GENERATIONS, TARGETS[mode]))

    with served(mode, answered(mode, BODY)):
        found, generations = call(kind, mode, do)
    data, *others = found.read
    assert data == b'{"text": "hi", "generation_id": "g"}'
    assert others == [200, mode, "command"]
    assert isinstance(generations, Generations)
    assert generations.text == "hi"


@both_clients
@both_modes
def test_a_request_is_created_when_the_call_is_made(kind: type, mode: Mode) -> None:
    def create_request() -> Any:
        raise InvalidRequestError("created")

    async def do(client: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if kind.__name__ == "AsyncClient":
                waiting = client._ask(create_request, GENERATIONS, TARGETS[mode])
                with pytest.raises(InvalidRequestError, match=r"^created$"):
                    await waiting
            else:
                with pytest.raises(InvalidRequestError, match=r"^created$"):
                    client._ask(create_request, GENERATIONS, TARGETS[mode])

    call(kind, mode, do)


def test_a_client_imports_the_classes_of_an_answer_when_they_are_needed() -> None:
    code = "import sys, cohere_aws.client, cohere_aws.aio; print(*sorted(sys.modules))"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    later = {"chat", "embeddings", "rerank", "classification", "summary", "_cohere_requests"}
    assert "cohere_aws._chat_method" in loaded
    assert not {f"cohere_aws.{name}" for name in later} & set(loaded)
