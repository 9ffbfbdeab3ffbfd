"""HTTP: what listens on a port, and speaks as the runtimes do with whoever connects."""

from __future__ import annotations

import re
import socket
import struct
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from ._body import Pace
from ._call import INVOCATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._wire import Bytes, Faults, Reply

__all__ = ["HOST", "PATIENCE", "Listener", "Manners"]

HOST = "127.0.0.1"
PATIENCE = 0.05  # seconds between two looks at whether a client that is stalled has left
_SIZE = re.compile("[0-9]{1,9}")  # of a request; AWS itself takes no more than 25 MB

# Linger for no time: closing the connection resets it.
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How to answer: see ``serve``."""

    faults: Faults
    stall_after: int | Bytes | None
    reset_after: int | Bytes | None
    throttle: int
    delays: bool


class Listener(ThreadingHTTPServer):
    """Accepts connections, and knows those that are open."""

    daemon_threads = False  # so that closing the server waits for them
    request_queue_size = 1024  # many streams may begin at the same moment

    def __init__(
        self,
        port: int,
        answer: Callable[[str, bytes, str | None], Reply],
        connections: set[socket.socket],
        manners: Manners,
    ) -> None:
        self.answer = answer
        self.connections = connections
        self.manners = manners
        self.stopping = threading.Event()
        super().__init__((HOST, port), _Connection)

    # Kept here and not by the handler, whose thread may not have begun when the server stops.

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin with a connection."""
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        self.connections.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Close every connection, and wait until no thread is left."""
        self.stopping.set()
        self.shutdown()
        for connection in list(self.connections):
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Connection(BaseHTTPRequestHandler):
    """One connection: reads requests, and writes what the server makes of them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def handle(self) -> None:
        """Answer requests until the client leaves, in whatever way."""
        with suppress(OSError):
            super().handle()

    def do_POST(self) -> None:
        """Answer one request."""
        body = self._body()
        if body is None:
            return
        pace = Pace(delays=self.server.manners.delays)
        reply = self.server.answer(self.path, body, self.headers.get(INVOCATION))
        self._send_head(reply)
        for at, data in reply.parts:
            if self.server.stopping.wait(pace.until(at)):
                return
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if reply.is_stream else data)
        if reply.is_stream:
            self._end_stream()

    do_GET = do_POST  # noqa: N815  # the name that the standard library calls

    def _body(self) -> bytes | None:
        """The body of the request; if it does not say how long that is, refuse it."""
        size = self.headers.get("content-length", "0")
        if "transfer-encoding" not in self.headers and _SIZE.fullmatch(size):
            return self.rfile.read(int(size))
        is_chunked = "transfer-encoding" in self.headers  # no SDK of AWS sends chunks
        self.send_error(HTTPStatus.LENGTH_REQUIRED if is_chunked else HTTPStatus.BAD_REQUEST)
        self.connection.shutdown(socket.SHUT_WR)
        while self.rfile.read1():  # or the client would get a reset, and not the answer
            pass
        return None

    def _send_head(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.is_stream:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(sum(len(part.data) for part in reply.parts)))
        self.end_headers()

    def _end_stream(self) -> None:
        if self.server.manners.stall_after is not None:
            self.close_connection = True
            self.connection.settimeout(0)
            while not self.server.stopping.wait(PATIENCE) and self._client_is_there():
                pass
        elif self.server.manners.reset_after is not None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.connection.close()
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _client_is_there(self) -> bool:
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True

    def log_message(self, *_: object) -> None:
        """Say nothing: a request holds a prompt."""
