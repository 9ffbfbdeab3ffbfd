"""Frames with damaged content and correct checksums, and raw HTTP responses."""

from __future__ import annotations

import base64
import socket
import struct
import threading
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cohere_aws import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

# The streaming operation of each service, and the type of its events.
OPERATIONS = {
    Mode.BEDROCK: ("bedrock-runtime", "InvokeModelWithResponseStream"),
    Mode.SAGEMAKER: ("sagemaker-runtime", "InvokeEndpointWithResponseStream"),
}
EVENT_TYPES = {Mode.BEDROCK: "chunk", Mode.SAGEMAKER: "PayloadPart"}


def string_header(name: str, value: str | bytes) -> bytes:
    """Return a header with a string value."""
    data = value.encode() if isinstance(value, str) else value
    return b"%c%b%c%b%b" % (len(name), name.encode(), 7, struct.pack("!H", len(data)), data)


def frame(headers: bytes, payload: bytes) -> bytes:
    """Return a frame with these headers and payload, with correct lengths and checksums."""
    lengths = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    data = lengths + struct.pack("!I", zlib.crc32(lengths)) + headers + payload
    return data + struct.pack("!I", zlib.crc32(data))


def headers_of(mode: Mode, kind: str = "event", name: str | None = None) -> bytes:
    """Return the headers of an event, or of an exception by its name."""
    return string_header(":message-type", kind) + string_header(
        f":{kind}-type", name or EVENT_TYPES[mode]
    )


def event(mode: Mode, payload: bytes) -> bytes:
    """Return a frame of the service with *payload*, undamaged."""
    if mode is Mode.BEDROCK:
        payload = b'{"bytes":"%b"}' % base64.b64encode(payload)
    return frame(headers_of(mode), payload)


@contextmanager
def raw_server(*parts: bytes) -> Iterator[str]:
    """Answer one request on loopback with these parts, 0.1 s apart; yield the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                for part in parts:
                    connection.sendall(part)
                    time.sleep(0.1)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            thread.join()


def stream_response(*chunks: bytes) -> bytes:
    """Return an HTTP response with these chunks, which contain their sizes."""
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n"
        b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    )
    return head + b"".join(chunks)


def chunk(data: bytes) -> bytes:
    """Return an HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)
