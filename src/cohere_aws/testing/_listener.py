"""HTTP: a server on the loopback interface that speaks HTTP as the AWS runtimes do.

``Listener`` accepts connections, and runs a thread for each. ``_Connection`` reads requests and
writes replies; the function *answer* returns the reply to each request.

A web page in a browser on this machine can send requests to any local port, under a host name that
its owner lets resolve to 127.0.0.1 (DNS rebinding). So a request is answered only if its ``Host``
header names this machine.
"""

from __future__ import annotations

import json
import logging
import re
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from ._body import Pace
from ._wire import REQUEST_ID, Part, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._ending import RecordedEnd
    from ._wire import Bytes, Faults

__all__ = ["HOST", "LOGGER", "POLL_INTERVAL", "Listener", "Options", "refusal"]

LOGGER = logging.getLogger("cohere_aws.testing")

HOST = "127.0.0.1"
# Seconds between two checks: whether a request is too late, whether a stalled client has left, and
# whether the server is to stop.
POLL_INTERVAL = 0.05

# Seconds until a complete request has to arrive, from the beginning of the connection or the end of
# the last reply. So it also limits the time that an idle connection is kept.
_ARRIVAL = 60.0
# Bytes of a request body that Bedrock accepts, by the shape Body of botocore's service model.
# SageMaker accepts less.
_LARGEST = 25_000_000
_SIZE = re.compile("[0-9]{1,19}")
_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)

# Refusals of requests that are not calls: the code and the message of each. Messages do not quote
# the request. ``_BAD`` is for all other statuses that the standard library sends.
_REFUSALS = {
    HTTPStatus.METHOD_NOT_ALLOWED: ("MethodNotAllowed", "the method is not POST"),
    HTTPStatus.LENGTH_REQUIRED: ("LengthRequired", "the request has no Content-Length"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "RequestEntityTooLarge",
        f"the body has more than {_LARGEST} bytes",
    ),
    HTTPStatus.REQUEST_URI_TOO_LONG: ("RequestURITooLong", "the path is too long"),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "RequestHeaderFieldsTooLarge",
        "a header is too long, or there are too many headers",
    ),
    HTTPStatus.MISDIRECTED_REQUEST: (
        "MisdirectedRequest",
        "the header Host does not name this machine: expected 127.0.0.1, localhost or [::1]",
    ),
}
_BAD = ("BadRequest", "it is not an HTTP/1.1 request")

# The reply to a client that begins with HTTP/2 (RFC 9113, 6.5, 6.8 and 7): empty settings, and the
# end of the connection with the error HTTP_1_1_REQUIRED.
_HTTP_1_1_REQUIRED = bytes.fromhex("000000040000000000 000008070000000000 00000000 0000000d")
_NO_HTTP2 = (
    "a client uses HTTP/2, but only HTTP/1.1 is supported; configure the client, for example by "
    "requestHandler: new NodeHttpHandler() in JavaScript, protocol(Protocol.HTTP1_1) in Java"
)

# SO_LINGER, on, 0 seconds: closing the connection resets it.
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a server; ``serve`` documents them."""

    faults: Faults
    stall_after: int | Bytes | None
    reset_after: int | Bytes | None
    throttle: int
    delays: bool


class Listener(ThreadingHTTPServer):
    """A listening socket and its open connections.

    Args:
        port: The port; 0 means any free port.
        answer: Returns the reply to a request: its path, its headers and its body.
        connections: Kept up to date with the open connections.
        options: The options of the server.
    """

    daemon_threads = False  # so that server_close() waits for the threads
    request_queue_size = 1024  # many streams may begin at the same time

    def __init__(
        self,
        port: int,
        answer: Callable[[str, Mapping[str, str], bytes], Reply],
        connections: set[socket.socket],
        options: Options,
    ) -> None:
        self.answer = answer
        self.connections = connections
        self.options = options
        self.stopping = threading.Event()
        self.deadlines: dict[socket.socket, float] = {}  # of connections that wait for a request
        super().__init__((HOST, port), _Connection)

    # Connections are noted here, before their threads begin, so that stop() knows all of them.

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note a connection, and start its thread."""
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, and forget it."""
        self.connections.discard(request)
        self.deadlines.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Drop clients whose request is too late; ``serve_forever`` calls this regularly."""
        now = time.monotonic()
        for connection, deadline in list(self.deadlines.items()):
            if deadline < now:
                LOGGER.warning("dropped a client: no complete request arrived in %g s", _ARRIVAL)
                self.deadlines.pop(connection, None)
                _shut(connection)

    def stop(self) -> None:
        """Close all connections, and wait for their threads to end."""
        self.stopping.set()
        self.shutdown()
        for connection in list(self.connections):
            _shut(connection)
        self.server_close()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # the client has closed it
        connection.shutdown(socket.SHUT_RDWR)


def refusal(status: int, code: str, words: str) -> Reply:
    """Return an error in the form in which AWS sends it."""
    headers = {
        "content-type": "application/json",
        "x-amzn-errortype": code,
        "x-amzn-requestid": REQUEST_ID,
    }
    return Reply(status, headers, [Part(None, json.dumps({"message": words}).encode())])


class _Connection(BaseHTTPRequestHandler):
    """One connection, and the requests on it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def handle(self) -> None:
        """Answer requests until the connection is closed or breaks off."""
        with suppress(OSError):
            super().handle()

    def handle_one_request(self) -> None:
        """Set the deadline of the next request, and answer it."""
        self.server.deadlines[self.connection] = time.monotonic() + _ARRIVAL
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Read the head of a request; refuse it unless it is a POST to this machine."""
        if not super().parse_request():
            return False
        hosts = self.headers.get_all("host", [])
        if len(hosts) != 1 or not _LOOPBACK.fullmatch(hosts[0]):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif self.command != "POST":
            self.send_error(HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            return True
        return False

    def do_POST(self) -> None:
        """Answer one request."""
        body = self._body()
        if body is None:
            return
        self.server.deadlines.pop(self.connection, None)
        headers = {name.lower(): value for name, value in self.headers.items()}
        pace = Pace(delays=self.server.options.delays)
        reply = self.server.answer(self.path, headers, body)
        self._send_head(reply)
        stopping = self.server.stopping
        for at, data in reply.parts:
            if pause := pace.until(at):  # waiting for no time would take as long as sending
                stopping.wait(pause)
            if stopping.is_set():
                return
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if reply.is_stream else data)
        if reply.is_stream:
            self._end_stream(reply.end, pace)

    def _body(self) -> bytes | None:
        """Return the body of the request, or ``None`` if it is refused or did not arrive."""
        size = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers:  # AWS SDKs do not send chunks
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif not _SIZE.fullmatch(size):
            self.send_error(HTTPStatus.BAD_REQUEST)
        elif int(size) > _LARGEST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif len(body := self.rfile.read(int(size))) == int(size):
            return body
        else:  # the client left, or was dropped
            self.close_connection = True
        return None

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse a request as AWS does; the standard library calls this, too."""
        self.close_connection = True
        # After an invalid request line this is HTTP/0.9, and the reply would have no status line.
        self.request_version = self.protocol_version
        if code == HTTPStatus.HTTP_VERSION_NOT_SUPPORTED:
            LOGGER.warning(_NO_HTTP2)
            self.wfile.write(_HTTP_1_1_REQUIRED)
        else:
            name, words = _REFUSALS.get(HTTPStatus(code), _BAD)
            LOGGER.warning("refused a request with HTTP %d: %s", code, words)
            reply = refusal(code, name, words)
            self._send_head(reply)
            if self.command != "HEAD":
                self.wfile.write(reply.parts[0].data)
        self.connection.shutdown(socket.SHUT_WR)
        # Closing with unread data would reset the connection, and the client might lose the reply.
        while self.rfile.read1():
            pass

    def _send_head(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("allow", "POST")
        if self.close_connection:
            self.send_header("connection", "close")
        if reply.is_stream:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(sum(len(part.data) for part in reply.parts)))
        self.end_headers()

    def _end_stream(self, end: RecordedEnd | None, pace: Pace) -> None:
        kind = None if end is None else end.kind
        if kind == "stalled":
            self.close_connection = True
            self.connection.settimeout(0)  # for _client_is_there
            while not self.server.stopping.wait(POLL_INTERVAL) and self._client_is_there():
                pass
        # The rest of a stream that its reader closed is unknown, so it must not end regularly.
        elif end is not None and kind in ("reset", "closed"):
            self.server.stopping.wait(pace.until(end.at))
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.connection.close()
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _client_is_there(self) -> bool:
        # A client that has closed the connection gives b""; one that waits gives nothing.
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True

    def log_message(self, *_: object) -> None:
        """Log nothing: the logger has what the server found for the request."""
