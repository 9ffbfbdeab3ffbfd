"""HTTP: frames as chunks, the lifetime of connections, and requests that are refused."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import threading
import time
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clients import local_client, stream_of
from cohere_aws import Mode
from cohere_aws.testing import _listener, serve
from testing.samples import plain, streamed

if TYPE_CHECKING:
    from pytest import LogCaptureFixture  # noqa: PT013

    from cohere_aws.testing import Server


def test_any_http_client_reads_frames() -> None:
    recording = streamed(Mode.BEDROCK, members=None)
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


PATH = "/model/target/invoke"
HOST = "host: 127.0.0.1"


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


def say(server: Server, data: bytes) -> bytes:
    """Send bytes; return all bytes until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port_of(server)), 5) as client:
        client.sendall(data)
        with client.makefile("rb") as answer:
            return answer.read()


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (f"POST {PATH} HTTP/1.1|{HOST}|content-length: abc", 400, "BadRequest"),
        (f"POST {PATH} HTTP/1.1|{HOST}|content-length: -1", 400, "BadRequest"),
        (f"POST {PATH} HTTP/1.1|{HOST}|content-length: 99999999999999999999", 400, "BadRequest"),
        (f"POST {PATH} HTTP/1.1|{HOST}|content-length: 25000001", 413, "RequestEntityTooLarge"),
        (f"POST {PATH} HTTP/1.1|{HOST}|transfer-encoding: chunked", 411, "LengthRequired"),
        (f"GET {PATH} HTTP/1.1|{HOST}", 405, "MethodNotAllowed"),
        (f"PRINT {PATH} HTTP/1.1|{HOST}", 405, "MethodNotAllowed"),
        (f"POST {PATH} HTTP/1.1|host: evil.example", 421, "MisdirectedRequest"),
        (f"POST {PATH} HTTP/1.1|host: 127.0.0.1.evil.example:80", 421, "MisdirectedRequest"),
        (f"POST {PATH} HTTP/1.1|host: localhost|host: evil.example", 421, "MisdirectedRequest"),
        (f"POST {PATH} HTTP/1.1", 421, "MisdirectedRequest"),
        (f"POST {PATH} HTTP/one|{HOST}", 400, "BadRequest"),
        (f"POST /{70_000 * 'x'} HTTP/1.1|{HOST}", 414, "RequestURITooLong"),
        (f"POST {PATH} HTTP/1.1|a: {70_000 * 'x'}", 431, "RequestHeaderFieldsTooLarge"),
    ],
)
def test_a_request_that_is_not_a_call_is_refused_as_aws_refuses(
    head: str, status: int, code: str, capfd: pytest.CaptureFixture[str], caplog: LogCaptureFixture
) -> None:
    with serve(plain(Mode.BEDROCK)) as server:
        text = head.replace("|", "\r\n") + "\r\n\r\n"
        answer = say(server, text.encode() + 99_999 * b"2\r\n{}\r\n")
        assert server.calls == []
    head_, _, body = answer.partition(b"\r\n\r\n")
    first, *headers = head_.decode().lower().split("\r\n")
    assert first.split()[:2] == ["http/1.1", str(status)]
    assert f"x-amzn-errortype: {code.lower()}" in headers
    assert {"content-type: application/json", "connection: close"} <= set(headers)
    assert ("allow: post" in headers) == (status == 405)
    message = json.loads(body)["message"]
    assert caplog.messages == [f"refused a request with HTTP {status}: {message}"]
    assert capfd.readouterr() == ("", "")


def test_the_answer_to_a_head_has_no_body() -> None:
    with serve(plain(Mode.BEDROCK)) as server:
        answer = say(server, f"HEAD {PATH} HTTP/1.1\r\n{HOST}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "LocalHost", "localhost:1", "[::1]", "[::1]:65535"])
def test_each_name_of_this_machine_is_accepted(host: str) -> None:
    with serve(plain(Mode.BEDROCK)) as server:
        head = f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\nconnection: close"
        answer = say(server, f"{head}\r\ncontent-length: 2\r\n\r\n{{}}".encode())
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_request_of_the_largest_size_is_read() -> None:
    body = json.dumps({"prompt": (25_000_000 - 14) * "x"}).encode()
    assert len(body) == 25_000_000
    with serve(plain(Mode.BEDROCK), match="order") as server:
        with urllib.request.urlopen(f"{server.url}{PATH}", data=body) as response:
            assert json.load(response)["id"] == "r"


def test_a_client_of_http_2_is_asked_to_use_http_1_1(caplog: LogCaptureFixture) -> None:
    settings = b"\0\0\0\4\0\0\0\0\0"
    with serve(plain(Mode.BEDROCK)) as server:
        answer = say(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)
    # Frames: length, type, flags, stream; then the content.
    assert struct.unpack("!3sBBI", answer[:9]) == (b"\0\0\0", 4, 0, 0)
    assert struct.unpack("!3sBBIII", answer[9:]) == (b"\0\0\10", 7, 0, 0, 0, 13)
    assert caplog.messages == [_listener._NO_HTTP2]
    assert "NodeHttpHandler" in caplog.text


def drip(client: socket.socket) -> None:
    head = f"POST {PATH} HTTP/1.1\r\n{HOST}\r\n"
    with contextlib.suppress(OSError):  # it is dropped
        for byte in head.encode() + 999 * b"a: b\r\n":
            client.sendall(bytes([byte]))
            time.sleep(0.01)


def promise(client: socket.socket) -> None:
    client.sendall(f"POST {PATH} HTTP/1.1\r\n{HOST}\r\ncontent-length: 9\r\n\r\n".encode())


def linger(client: socket.socket) -> None:
    client.sendall(f"POST {PATH} HTTP/1.1\r\n{HOST}\r\ncontent-length: 2\r\n\r\n{{}}".encode())
    assert client.recv(99).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("begin", [lambda _: None, drip, promise, linger])
def test_a_client_is_dropped_that_sends_nothing_or_too_slowly(
    begin: Any, monkeypatch: pytest.MonkeyPatch, caplog: LogCaptureFixture
) -> None:
    monkeypatch.setattr(_listener, "_ARRIVAL", 0.3)
    start = time.perf_counter()
    with serve(plain(Mode.BEDROCK)) as server:
        with socket.create_connection(("127.0.0.1", port_of(server)), 5) as client:
            begin(client)
            with contextlib.suppress(ConnectionResetError):  # of what it sent too late
                while client.recv(999):
                    pass
        assert 0.3 <= time.perf_counter() - start < 5
        assert len(server.calls) == (begin is linger)
        assert not server.unanswered
    assert "dropped a client: no complete request arrived in 0.3 s" in caplog.messages


def test_a_long_answer_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_listener, "_ARRIVAL", 0.1)
    events = [replace(event, at=0.5) for event in streamed(Mode.BEDROCK).stream or ()]
    late = streamed(Mode.BEDROCK, stream=tuple(events))
    with serve(late, delays=True) as server:
        client = local_client(server.url, Mode.BEDROCK, read_timeout=5)
        assert stream_of(client, Mode.BEDROCK, strict=True).read()[0].text == " I am"
        client.close()


@pytest.mark.parametrize("fault", [{}, {"stall_after": 1}, {"delays": True}])
def test_it_stops_cleanly_while_streams_are_open(fault: dict[str, Any]) -> None:
    first, *rest = streamed(Mode.BEDROCK).stream or ()
    stream_ = (first, *(replace(event, at=60.0) for event in rest))
    late = streamed(Mode.BEDROCK, stream=stream_)
    before = set(threading.enumerate())
    start = time.perf_counter()
    with serve(late, **fault) as server:
        client = local_client(server.url, Mode.BEDROCK)
        stream = stream_of(client, Mode.BEDROCK)
        next(iter(stream))
    stream.close()
    client.close()
    assert set(threading.enumerate()) <= before
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


def test_a_client_may_close_the_connection_early(capfd: pytest.CaptureFixture[str]) -> None:
    with serve(streamed(Mode.BEDROCK), stall_after=1) as server:
        for _ in range(3):
            client = local_client(server.url, Mode.BEDROCK)
            with stream_of(client, Mode.BEDROCK) as stream:
                next(iter(stream))
            client.close()
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        with socket.create_connection(address) as rude:
            rude.sendall(b"POST /model/target/invoke-with-response-stream HTTP/1.1\r\n")
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    assert capfd.readouterr() == ("", "")


def test_it_answers_on_the_loopback_interface_only() -> None:
    with serve(streamed(Mode.BEDROCK)) as server:
        port = int(server.url.rpartition(":")[2])
        # All of 127.0.0.0/8 is this machine: a server on all interfaces would answer.
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", port), 1)


@pytest.mark.parametrize("count", [0, 1])
def test_a_connection_can_be_reset(count: int) -> None:
    with serve(streamed(Mode.BEDROCK, members=None), reset_after=count) as server:
        url = f"{server.url}/model/target/invoke-with-response-stream"
        with urllib.request.urlopen(url, data=b"{}") as response:
            with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
                response.read()


def test_a_stalled_connection_is_kept_until_the_client_closes_it() -> None:
    with serve(streamed(Mode.BEDROCK), stall_after=1) as server:
        client = local_client(server.url, Mode.BEDROCK)
        with stream_of(client, Mode.BEDROCK) as stream:
            next(iter(stream))
            time.sleep(0.2)
            assert len(server.connections) == 1
        client.close()
        end = time.perf_counter() + 5
        while server.connections:
            assert time.perf_counter() < end
            time.sleep(0.01)
