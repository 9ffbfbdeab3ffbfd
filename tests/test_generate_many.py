"""``generate_many`` of both clients."""

from __future__ import annotations

import asyncio
import queue
import signal
import socket
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, get_args

import pytest
from botocore.config import Config

import cohere_aws
from clients import both_modes
from cohere_aws import (
    AsyncClient,
    Client,
    GenerateRequest,
    InvalidRequestError,
    Mode,
    ServiceError,
)
from maybe_async import (
    CALL_ARGUMENTS,
    URL_VARIABLES,
    both_clients,
    call,
    close,
    results_of,
)
from testing.samples import plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

NO_RETRIES = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def silent() -> Iterator[str]:
    """Run a server that accepts connections and does not answer; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


INTERRUPTED = """
    import sys, threading, time
    from botocore.config import Config
    from cohere_aws import Client

    config = Config(read_timeout=60, retries={"total_max_attempts": 1})
    client = Client(endpoint_name="target", config=config)
    many = client.generate_many(["a"] * 9, max_concurrency=3, retries=3)
    threading.Timer(1, print, ("waiting",), {"flush": True}).start()
    if sys.argv[1] == "with":
        with many:
            next(many)
    next(many)
"""


@both_clients
@both_modes
def test_all_prompts_share_the_parameters(kind: type, mode: Mode, served: Any) -> None:
    sampling = {"max_tokens": 7, "temperature": 0.5, "stop_sequences": ["."], "extra": {"seed": 1}}

    async def do(client: Any) -> Any:
        whole = GenerateRequest(prompt="whole")
        return await results_of(
            client.generate_many(
                ["a", whole, "b"], max_concurrency=1, **sampling, **CALL_ARGUMENTS[mode]
            )
        )

    with served(mode, plain(mode)) as server:
        first, refused, last = call(kind, mode, do)
    assert first[0].text == last[0].text == " I am"
    assert (type(refused), refused.position) == (InvalidRequestError, 1)
    assert str(refused).startswith(
        "request 1: pass max_tokens, temperature, stop_sequences, extra in the request: request.r"
    )
    assert [made.request["prompt"] for made in server.calls] == ["a", "b"]
    for made in server.calls:
        assert {
            "max_tokens": 7,
            "temperature": 0.5,
            "stop_sequences": ["."],
            "seed": 1,
            "k": 0,
        }.items() <= made.request.items()


@both_clients
def test_an_error_of_all_prompts_is_raised_at_once(kind: type) -> None:
    client = kind(endpoint_name="target")
    with pytest.raises(InvalidRequestError, match=r"^temperature is 9; expected a number from 0"):
        client.generate_many(["a"], temperature=9)


@both_clients
@both_modes
def test_a_throttled_call_is_retried(
    kind: type, mode: Mode, served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)

    async def do(client: Any) -> Any:
        options = {"max_concurrency": 1, "on_error": "return", **CALL_ARGUMENTS[mode]}
        retried = await results_of(client.generate_many(["a", "b"], retries=2, **options))
        return retried + await results_of(client.generate_many(["a"], **options))

    with served(mode, plain(mode), throttle=2) as server:
        first, second, third = call(kind, mode, do, config=NO_RETRIES)
    assert [found[0].text for found in (first, second, third)] == [" I am"] * 3
    with served(mode, plain(mode), throttle=4) as server:
        first, second, third = call(kind, mode, do, config=NO_RETRIES)
    assert (type(first), first.retryable, first.position) == (ServiceError, True, 0)
    assert second[0].text == third[0].text == " I am"
    assert len(server.calls) == 3 + 2 + 1


@both_clients
def test_requests_may_come_from_answers(kind: type, served: Any) -> None:
    mode = Mode.SAGEMAKER
    fed: Any = queue.Queue() if kind is Client else asyncio.Queue()
    fed.put_nowait("prompt")

    async def later() -> AsyncIterator[str]:
        while (prompt := await fed.get()) is not None:
            yield prompt

    async def do(client: Any) -> list[str]:
        many: Any = client.generate_many(later() if kind is AsyncClient else iter(fed.get, None))
        texts = []
        for number in range(5):
            answer = await (anext(many) if kind is AsyncClient else asyncio.to_thread(next, many))
            texts.append(answer[0].text)
            fed.put_nowait(answer[0].text if number < 4 else None)
        await close(many)
        return texts

    with served(mode, plain(mode)) as server:
        assert call(kind, mode, do) == [" I am"] * 5
    assert [made.request["prompt"] for made in server.calls] == ["prompt", *[" I am"] * 4]


@pytest.mark.parametrize("how", ["with", "bare"])
def test_ctrl_c_ends_a_program_that_waits_for_answers(
    how: str, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLES[Mode.SAGEMAKER], silent)
    python = [sys.executable, "-c", textwrap.dedent(INTERRUPTED), how]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(python, text=True, **pipes) as running:  # type: ignore[call-overload]
        try:
            assert running.stdout.readline() == "waiting\n"
            running.send_signal(signal.SIGINT)
            before = time.monotonic()
            _, errors = running.communicate(timeout=20)
            assert time.monotonic() - before < 10
        finally:
            with suppress(ProcessLookupError):
                running.kill()
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert running.returncode == -signal.SIGINT


@both_clients
def test_the_returned_classes_are_public(kind: type) -> None:
    many = kind().generate_many([])
    assert type(many) is getattr(cohere_aws, type(many).__name__)
    assert set(get_args(cohere_aws.OnError)) == {"raise", "return"}
