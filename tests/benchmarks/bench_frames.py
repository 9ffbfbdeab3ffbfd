"""Benchmarks of whole streams over boto3 and aiobotocore, from the socket to the pieces.

The figures are the CPU time of this process, user and system, for an event. All clients read the
same streams from a server in a process of its own, in turns; the baseline is the bare loop with
``json.loads``. Run them by ``pytest tests/benchmarks/bench_frames.py``.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from cohere_aws import Mode, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.conftest import Figures

SERVER = Path(__file__).with_name("frame_server.py")
COUNT, STREAMS = 5000, 200
MESSAGES = [{"role": "user", "content": [{"text": "hello"}]}]
# LangChain streams only the models whose names it knows.
MODELS = {"bedrock": "cohere.command-text-v14", "converse": "anthropic.claude-3-5-sonnet-20240620-v1:0"}  # fmt: skip
SERVICES = {"bedrock": "bedrock-runtime", "converse": "bedrock-runtime", "sagemaker": "sagemaker-runtime"}  # fmt: skip
BASELINE = "bare, json.loads"


@pytest.fixture(scope="module", params=["http", "https"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the server; for TLS with a certificate that is made for this run."""
    folder, files = tmp_path_factory.mktemp("tls"), []
    if request.param == "https":
        files = [str(folder / "certificate.pem"), str(folder / "key.pem")]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run([*command, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)  # fmt: skip
    command = [sys.executable, str(SERVER), *files]
    with pytest.MonkeyPatch.context() as patch:
        if files:
            patch.setenv("AWS_CA_BUNDLE", files[0])
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            yield f"{request.param}://127.0.0.1:{server.stdout.readline().strip()}"
            server.terminate()


CONFIG = {"max_pool_connections": STREAMS, "read_timeout": 60, "retries": {"total_max_attempts": 1}}


@contextmanager
def client_for(kind: str, url: str) -> Iterator[Any]:
    made = boto3.client(SERVICES[kind], endpoint_url=url, config=Config(**CONFIG))
    yield made
    made.close()


def call(client: Any, kind: str) -> Any:
    """Return the stream in the response, or an awaitable response."""
    if kind == "sagemaker":
        return client.invoke_endpoint_with_response_stream(EndpointName="e", Body=b"{}")
    if kind == "bedrock":
        return client.invoke_model_with_response_stream(modelId=MODELS[kind], body=b"{}")
    return client.converse_stream(modelId=MODELS[kind], messages=MESSAGES)


MEMBERS = {"bedrock": "body", "sagemaker": "Body", "converse": "stream"}


def body(client: Any, kind: str) -> Any:
    return call(client, kind)[MEMBERS[kind]]


def mode(kind: str) -> Mode:
    return Mode.SAGEMAKER if kind == "sagemaker" else Mode.BEDROCK


def bare(client: Any, kind: str) -> None:
    for _ in body(client, kind):
        pass


def text_in(event: Any) -> Any:
    if "chunk" in event:
        return json.loads(event["chunk"]["bytes"]).get("text")
    if "PayloadPart" in event:
        return json.loads(event["PayloadPart"]["Bytes"]).get("text")
    return event.get("contentBlockDelta", {}).get("delta", {}).get("text")  # JSON already


def loads(client: Any, kind: str) -> None:
    for event in body(client, kind):
        text_in(event)


def ours(client: Any, kind: str) -> None:
    for _ in StreamingGenerations(body(client, kind), mode(kind)):
        pass


def through_botocore(client: Any, kind: str) -> None:
    """Read by this package, from events of botocore's own loop."""
    for _ in StreamingGenerations(iter(body(client, kind)), mode(kind)):
        pass


def documented(client: Any, kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from cohere.manually_maintained.cohere_aws import generation
    service = getattr(generation.Mode, mode(kind).name)
    for _ in generation.StreamingGenerations(body(client, kind), service):
        pass


def langchain(client: Any, kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in langchain_model(client, kind).stream("hello"):
            pass


def langchain_model(client: Any, kind: str) -> Any:
    import langchain_aws
    from langchain_aws.llms.sagemaker_endpoint import LLMContentHandler

    class Handler(LLMContentHandler):
        content_type = accepts = "application/json"

        def transform_input(self, prompt: str, model_kwargs: dict[str, Any]) -> bytes:
            return json.dumps({"prompt": prompt, **model_kwargs}).encode()

        def transform_output(self, output: Any) -> str:
            return str(json.loads(output).get("text", ""))

    if kind == "converse":
        return langchain_aws.ChatBedrockConverse(client=client, model=MODELS[kind], region_name="us-east-1")  # fmt: skip
    if kind == "bedrock":
        return langchain_aws.BedrockLLM(client=client, model_id=MODELS[kind], region_name="us-east-1", streaming=True)  # fmt: skip
    return langchain_aws.SagemakerEndpoint(client=client, endpoint_name="e", content_handler=Handler(), streaming=True)  # fmt: skip


def clients_for(kind: str) -> dict[str, Callable[[Any, str], None]]:
    """Return the functions that read a stream; those of libraries that are not installed are left out."""
    found = {"bare": bare, BASELINE: loads, "cohere_aws": ours}
    from importlib.util import find_spec

    if find_spec("cohere") and kind != "converse":
        found["the class of cohere"] = documented
    if find_spec("langchain_aws"):
        found["langchain-aws"] = langchain
    return found


def compare(
    figures: Figures,
    title: str,
    works: dict[str, Callable[[], Any]],
    *,
    rounds: int,
    events: int,
    goal: float | None,
) -> None:
    """Run *works* in turns, and add a row for each: CPU time for an event, and the ratio."""
    times = figures.cpu(works, rounds=rounds)
    for name, found in times.items():
        ratios = [mine / base for mine, base in zip(found, times[BASELINE], strict=True)]
        ratio, wanted = statistics.median(ratios), goal if name == "cohere_aws" else None
        figure = f"{statistics.median(found) / events * 1e6:.2f} µs an event, {ratio:.2f} x"
        limit = f"<= {wanted}" if wanted else ""
        figures.row(f"{title}: {name}", figure, limit, met=ratio <= wanted if wanted else None)


kinds = pytest.mark.parametrize("kind", ["bedrock", "sagemaker", "converse"])
pauses = pytest.mark.parametrize(("count", "pause"), [(300, 0), (60, 20)])


@kinds
def test_one_stream(figures: Figures, kind: str, url: str) -> None:
    goal = 0.40 if url.startswith("http:") else 0.55
    with client_for(kind, f"{url}/{COUNT}-0") as client:
        works = {
            name: lambda read=read: read(client, kind)  # type: ignore[misc]
            for name, read in clients_for(kind).items()
        }
        works["cohere_aws over a loop of botocore"] = lambda: through_botocore(client, kind)
        title = f"{kind}, {url.partition(':')[0]}, one stream"
        compare(figures, title, works, rounds=7, events=COUNT, goal=goal)


@kinds
@pauses
def test_threads(figures: Figures, kind: str, url: str, count: int, pause: int) -> None:
    with client_for(kind, f"{url}/{count}-{pause}") as client, ThreadPoolExecutor(STREAMS) as pool:

        def together(read: Callable[[Any, str], None]) -> None:
            list(pool.map(lambda _: read(client, kind), range(STREAMS)))

        works = {
            name: lambda read=read: together(read)  # type: ignore[misc]
            for name, read in clients_for(kind).items()
        }
        title = f"{kind}, {url.partition(':')[0]}, {STREAMS} threads"
        title += f", an event every {pause} ms" if pause else ", at once"
        compare(
            figures, title, works, rounds=3, events=count * STREAMS, goal=0.80 if pause else None
        )


async def async_bare(response: Any, kind: str) -> None:
    async for _ in response[MEMBERS[kind]]:
        pass


async def async_loads(response: Any, kind: str) -> None:
    async for event in response[MEMBERS[kind]]:
        text_in(event)


async def async_ours(response: Any, kind: str) -> None:
    async for _ in StreamingGenerations(response[MEMBERS[kind]], mode(kind)):
        pass


ASYNC = {"bare": async_bare, BASELINE: async_loads, "cohere_aws": async_ours}


@kinds
@pytest.mark.parametrize("load", [(1, COUNT, 0), (STREAMS, 300, 0), (STREAMS, 60, 20)])
def test_tasks(figures: Figures, kind: str, url: str, load: tuple[int, int, int]) -> None:
    streams, count, pause = load  # the milliseconds between two events
    import aiobotocore.session
    from aiobotocore.config import AioConfig

    with asyncio.Runner() as runner:
        making = aiobotocore.session.get_session().create_client(
            SERVICES[kind], endpoint_url=f"{url}/{count}-{pause}", config=AioConfig(**CONFIG)
        )
        client = runner.run(making.__aenter__())

        async def one(read: Any) -> None:
            await read(await call(client, kind), kind)

        async def together(read: Any) -> None:
            await asyncio.gather(*(one(read) for _ in range(streams)))

        works = {
            name: lambda read=read: runner.run(together(read))  # type: ignore[misc]
            for name, read in ASYNC.items()
        }
        title = f"{kind}, {url.partition(':')[0]}, {streams} task{'s' * (streams > 1)}"
        title += f", an event every {pause} ms" if pause else ", at once"
        goal = {1: 0.40 if url.startswith("http:") else 0.55}.get(streams, 0.80 if pause else None)
        compare(
            figures, title, works, rounds=3 if streams > 1 else 9, events=count * streams, goal=goal
        )
        runner.run(making.__aexit__(None, None, None))


@kinds
def test_latency(figures: Figures, kind: str, url: str) -> None:
    def latency(texts: Iterator[str | None]) -> float:
        found = [time.monotonic_ns() - int(text) for text in texts if text and text.isdigit()]
        return statistics.median(found) / 1000

    with client_for(kind, f"{url}/300-4") as client:
        medians: dict[str, list[float]] = {BASELINE: [], "cohere_aws": []}

        def one_round() -> None:
            medians[BASELINE].append(latency(text_in(event) for event in body(client, kind)))
            stream = StreamingGenerations(body(client, kind), mode(kind))
            medians["cohere_aws"].append(latency(piece.text for piece in stream))

        figures.median(one_round, rounds=5)
    base, mine = (statistics.median(each) for each in medians.values())
    title = f"{kind}, {url.partition(':')[0]}: time from sending an event to its text, 4 ms apart"
    figures.row(title, f"{mine:.0f} µs, {BASELINE} {base:.0f} µs", "not later", met=mine <= base)
