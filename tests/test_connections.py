"""Ending the calls that a client of boto3 has in flight, through real sockets."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from clients import arguments, local_client
from cohere_aws import Client, Mode, TransportError
from cohere_aws._connections import Connections
from cohere_aws.testing import serve
from testing.samples import plain

if TYPE_CHECKING:
    from collections.abc import Iterator


class Silent:
    """A server that accepts connections and does not answer."""

    def __init__(self, listening: socket.socket) -> None:
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.accepted: list[socket.socket] = []
        self.received = threading.Event()
        self._listening = listening

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # the test is over
                return
            self.accepted.append(connection)
            if connection.recv(1):
                self.received.set()


@contextmanager
def silent_server() -> Iterator[Silent]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Silent(listening)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in server.accepted:
                connection.close()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_closing_a_client_ends_a_call_in_flight(mode: str, *, stream: bool) -> None:
    config = Config(retries={"mode": mode, "total_max_attempts": 5})
    with silent_server() as server, ThreadPoolExecutor() as threads:
        client = Client(endpoint_name="e", endpoint_url=server.url, config=config)
        call = threads.submit(client.generate, "hello", stream=stream)
        assert server.received.wait(10)
        client.close()
        with pytest.raises(TransportError, match=r"was closed while InvokeEndpoint") as caught:
            call.result(5)
        assert not caught.value.retryable
        assert len(server.accepted) == 1  # it was not retried


def test_a_closed_client_opens_no_connection_for_a_call_that_began_before() -> None:
    with serve(plain(Mode.BEDROCK)) as server:
        client = local_client(server.url, Mode.BEDROCK)
        connections = Connections(client)
        client.invoke_model(**arguments(Mode.BEDROCK))["body"].read()
        connections.end()
        connections.end()  # for a connection that is shut down
        with pytest.raises(TransportError, match="was closed while InvokeModel was in flight"):
            client.invoke_model(**arguments(Mode.BEDROCK))
        client.close()
        connections.end()  # for a connection that is closed


def test_a_connection_that_is_opened_after_the_end_is_not_used() -> None:
    with serve(plain(Mode.BEDROCK)) as server:
        client = local_client(server.url, Mode.BEDROCK)
        Connections(client).end()
        with pytest.raises(TransportError, match="was closed while InvokeModel was in flight"):
            client.invoke_model(**arguments(Mode.BEDROCK))
        assert server.calls == []
        client.close()


def test_calls_are_retried_until_the_client_is_closed() -> None:
    with serve(plain(Mode.BEDROCK), match="order", throttle=1) as server:
        client: Any = Client(
            mode=Mode.BEDROCK, endpoint_url=server.url, config=Config(retries={"mode": "standard"})
        )
        for _ in range(2):
            assert client.generate("hello", model_id="target", stream=False).text
            client.close()  # the next call creates another
