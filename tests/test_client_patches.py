"""Patched clients against a loopback server: unreadable errors, redirects, streams without a body."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from clients import SERVICES, both_modes, local_client, needs_aiobotocore, with_async_client
from cohere_aws import Mode
from cohere_aws._client_patches import patch_client
from cohere_aws._translations import translated
from cohere_aws.testing._botocore import operation_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[tuple[str, list[Any]]]:
    """Run a server with one answer; yield its address and the headers of the requests to it."""
    requests: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            requests.append(self.headers)
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", requests
        finally:
            server.shutdown()
            thread.join()


CALLS: Mapping[Mode, tuple[str, dict[str, str]]] = {
    Mode.BEDROCK: ("invoke_model", {"modelId": "m", "body": "{}"}),
    Mode.SAGEMAKER: ("invoke_endpoint", {"EndpointName": "e", "Body": "{}"}),
}


def error_of(url: str, mode: Mode, asynchronous: bool, **options: Any) -> Any:
    """Return the error that a patched client raises for a call."""
    operation, arguments = CALLS[mode]
    config = Config(retries={"total_max_attempts": options.pop("attempts", 1)}, **options)
    with pytest.raises(ClientError) as caught:
        if asynchronous:

            async def do(client: Any) -> None:
                patch_client(client)
                patch_client(client)  # the second time has no effect
                await getattr(client, operation)(**arguments)

            with_async_client(mode, do, endpoint_url=url, config=config)
        else:
            client = boto3.client(SERVICES[mode], endpoint_url=url, config=config)
            patch_client(client)
            try:
                getattr(client, operation)(**arguments)
            finally:
                client.close()
    return caught.value


# Bodies of errors, and the message that each results in.
BODIES = {
    "<h1>gesperrt: für immer</h1>".encode("latin-1"): "<h1>gesperrt: f\ufffdr immer</h1>",
    b"[1]": "[1]",
    b"null": "",
    b'"oops"': "oops",
    b"5": "5",
    b"[" * 100_000: "",
    b"": "",
    b'{"originalStatusCode":[],"message":"m"}': "m",
    b'{"OriginalStatusCode":"no number","Message":"m"}': "m",
    b'{"originalStatusCode":null,"code":[],"__type":5,"message":"m"}': "m",
    b'{"originalStatusCode":404,"resourceName":{},"message":"m"}': "m",
}


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("status", [403, 503])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: ascii(body[:30]))
def test_every_error_body_results_in_an_error_with_its_status(
    body: bytes, status: int, asynchronous: bool
) -> None:
    for mode in Mode:
        with answering(status, body, x_amzn_errortype="ModelError", x_one="1") as (url, _):
            error = error_of(url, mode, asynchronous)
        found = translated(error, "the call")
        assert found.http_status == status
        assert found.headers["x-one"] == "1"
        assert found.retryable is (status == 503)
        # botocore has a message of its own for a server error without a body.
        message = "Service Unavailable" if not body and status == 503 else BODIES[body]
        assert (found.message or "").endswith(message)


def test_a_readable_error_is_unchanged() -> None:
    body = b'{"message": "m", "more": {"a": [1]}, "originalStatusCode": 404}'
    with answering(424, body, x_amzn_errortype="ModelErrorException") as (url, _):
        error = error_of(url, Mode.BEDROCK, asynchronous=False)
    assert error.response["Error"] == {"Message": "m", "Code": "ModelErrorException"}
    assert error.response["originalStatusCode"] == 404


def test_an_answer_is_unchanged() -> None:
    with answering(200, b"\xff") as (url, _):
        client = local_client(url, Mode.BEDROCK)
        patch_client(client)
        assert client.invoke_model(modelId="m", body="{}")["body"].read() == b"\xff"
        client.close()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_an_unreadable_error_is_retried(asynchronous: bool) -> None:
    with answering(503, b"\xff") as (url, requests):
        error_of(url, Mode.BEDROCK, asynchronous, attempts=2)
    assert len(requests) == 2


@pytest.mark.parametrize("service", SERVICES.values())
def test_all_typed_fields_of_errors_are_known(service: str) -> None:
    operation = {"bedrock-runtime": "InvokeModel", "sagemaker-runtime": "InvokeEndpoint"}[service]
    shapes = operation_model(service, operation).service_model.error_shapes
    typed = {
        member.lower()
        for shape in shapes
        for member, model in shape.members.items()
        if model.type_name != "string"
    }
    assert typed == {"originalstatuscode"}


@both_modes
@pytest.mark.parametrize(
    ("asynchronous", "status"),
    [
        *((True, status) for status in (301, 302, 303, 304, 307, 308)),
        # Not 303: urllib3 fails on the headers that botocore passes, and does not follow it.
        *((False, status) for status in (301, 302, 307, 308)),
    ],
)
def test_no_redirect_is_followed(mode: Mode, asynchronous: bool, status: int) -> None:
    with answering(200, b"{}") as (other, other_requests):
        with answering(status, b"", location=f"{other}/elsewhere") as (url, requests):
            error = error_of(url, mode, asynchronous)
    assert (len(requests), other_requests) == (1, [])
    assert translated(error, "the call").http_status == status


EMPTY = """
import asyncio, sys
from cohere_aws import AsyncClient
async def main():
    async with AsyncClient(endpoint_name="target", endpoint_url=sys.argv[1]) as client:
        for _ in range(3):
            try:
                async for _ in await client.generate("hello"):
                    pass
            except Exception as error:
                print(type(error).__name__)
asyncio.run(main())
"""


@needs_aiobotocore
def test_each_stream_without_a_body_ends() -> None:
    """In a separate process, because a loop that never ends blocks the event loop."""
    with answering(204, b"") as (url, requests):
        command = [sys.executable, "-W", "error", "-c", EMPTY, url]
        run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=20)
    assert run.stdout.split() == ["IncompleteStreamError"] * 3
    assert len(requests) == 3


def test_a_client_of_another_library_is_unchanged() -> None:
    class Fake:
        class meta:  # noqa: N801
            pass

    patch_client(Fake())
