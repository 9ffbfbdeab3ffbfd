"""HTTP: frames as chunks, connections that are kept, lost or left, and what is no request."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
import urllib.request
from dataclasses import replace
from typing import Any

import pytest
from samples import plain, streamed

from clients import impatient, stream_of
from cohere_aws import Mode
from cohere_aws.testing import _listener, serve


def test_any_http_client_reads_frames() -> None:
    recording = streamed(Mode.BEDROCK)
    with serve(recording) as server:
        url = f"{server.url}/model/target/invoke-with-response-stream"
        with urllib.request.urlopen(url, data=b"{}") as response:
            assert response.headers["content-type"] == "application/vnd.amazon.eventstream"
            assert response.read() == b"".join(recording.frames())


def test_each_frame_is_sent_at_once() -> None:
    recording = streamed(Mode.BEDROCK)
    with serve(recording, delays=True) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        connection.request("POST", "/model/target/invoke-with-response-stream", b"{}")
        with connection.getresponse() as response:
            times = []
            for frame in recording.frames():
                assert response.read(len(frame)) == frame
                times.append(time.perf_counter())
        connection.close()
    assert times[2] - times[0] > 0.005


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("content-length: abc", 400),
        ("content-length: -1", 400),
        ("content-length: 99999999999999999999", 400),
        ("transfer-encoding: chunked", 411),
    ],
)
def test_a_body_of_unknown_length_is_refused(
    header: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with serve(plain(Mode.BEDROCK)) as server:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        with socket.create_connection(address, 5) as client, client.makefile("rb") as answer:
            head = f"POST /model/target/invoke HTTP/1.1\r\n{header}\r\n\r\n"
            client.sendall(head.encode() + 99_999 * b"2\r\n{}\r\n")
            assert answer.readline().split()[1] == str(status).encode()
            assert b"connection: close" in answer.read().lower()
        assert server.calls == []
    assert capfd.readouterr() == ("", "")


def test_a_get_is_answered_too() -> None:
    with serve(replace(plain(Mode.BEDROCK), request=None)) as server:
        with urllib.request.urlopen(f"{server.url}/model/target/invoke") as response:
            assert json.load(response)["id"] == "r"


@pytest.mark.parametrize("fault", [{}, {"stall_after": 1}, {"delays": True}])
def test_it_stops_cleanly_while_streams_are_open(fault: dict[str, Any]) -> None:
    first, *rest = streamed(Mode.BEDROCK).stream or ()
    stream_ = (first, *(replace(event, at=60.0) for event in rest))
    late = streamed(Mode.BEDROCK, stream=stream_)
    before = threading.active_count()
    start = time.perf_counter()
    with serve(late, **fault) as server:
        client = impatient(server.url, Mode.BEDROCK)
        stream = stream_of(client, Mode.BEDROCK)
        next(iter(stream))
    stream.close()
    client.close()
    assert threading.active_count() == before
    assert time.perf_counter() - start < 5
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), 1)


def test_it_stops_while_a_connection_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    setup, begun = _listener._Connection.setup, threading.Event()

    def slow(connection: Any) -> None:
        begun.set()
        connection.server.stopping.wait()
        time.sleep(0.1)
        setup(connection)

    monkeypatch.setattr(_listener._Connection, "setup", slow)
    start = time.perf_counter()
    with serve(streamed(Mode.BEDROCK)) as server:
        client = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))
        release = threading.Timer(5, client.close)
        release.start()
        begun.wait()
        assert len(server.connections) == 1
    assert time.perf_counter() - start < 5
    assert server.connections == set()
    release.cancel()
    client.close()


def test_a_client_that_leaves_is_no_trouble(capfd: pytest.CaptureFixture[str]) -> None:
    with serve(streamed(Mode.BEDROCK), stall_after=1) as server:
        for _ in range(3):
            client = impatient(server.url, Mode.BEDROCK)
            with stream_of(client, Mode.BEDROCK) as stream:
                next(iter(stream))
            client.close()
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        with socket.create_connection(address) as rude:
            rude.sendall(b"POST /model/target/invoke-with-response-stream HTTP/1.1\r\n")
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    assert capfd.readouterr() == ("", "")


def test_it_answers_on_the_loopback_interface_alone() -> None:
    with serve(streamed(Mode.BEDROCK)) as server:
        port = int(server.url.rpartition(":")[2])
        # All of 127.0.0.0/8 is this machine: what listens on every interface would answer.
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", port), 1)


@pytest.mark.parametrize("count", [0, 1])
def test_a_connection_that_is_reset(count: int) -> None:
    with serve(streamed(Mode.BEDROCK), reset_after=count) as server:
        url = f"{server.url}/model/target/invoke-with-response-stream"
        with urllib.request.urlopen(url, data=b"{}") as response:
            with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
                response.read()


def test_a_stalled_connection_is_kept_until_the_client_leaves() -> None:
    with serve(streamed(Mode.BEDROCK), stall_after=1) as server:
        client = impatient(server.url, Mode.BEDROCK)
        with stream_of(client, Mode.BEDROCK) as stream:
            next(iter(stream))
            time.sleep(0.2)
            assert len(server.connections) == 1
        client.close()
        end = time.perf_counter() + 5
        while server.connections:
            assert time.perf_counter() < end
            time.sleep(0.01)
