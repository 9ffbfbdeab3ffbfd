"""A server of event streams for the benchmarks: an HTTP chunk, and a TLS record, for each frame.

Run it by ``python frame_server.py [CERTIFICATE KEY]``; it prints its port. The path of a request
begins with the number of events and the milliseconds between them, as in ``/5000-0/model/…``. The
text of an event that is sent after a pause is the time when it was sent, for the latency.
"""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
import sys
import time

from cohere_aws.testing._frames import encode

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n"
    b"x-amzn-sagemaker-content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
)
PADDING = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
PATH = re.compile(rb"POST /(\d+)-(\d+)/\S*/(\S+) ")


def frame(kind: str, content_type: str, payload: bytes) -> bytes:
    """Return a frame as an HTTP chunk."""
    names = {":event-type": kind, ":content-type": content_type, ":message-type": "event"}
    made = encode(names, payload)
    return b"%x\r\n%b\r\n" % (len(made), made)


def chunk(operation: bytes, number: int, text: bytes, *, is_last: bool) -> bytes:
    """Return the chunk of one event."""
    padding = PADDING[: number * 7 % len(PADDING) + 1]
    if operation == b"converse-stream":
        if is_last:
            return frame("messageStop", "application/json", b'{"stopReason":"end_turn","p":"a"}')
        if not number:
            return frame("messageStart", "application/json", b'{"role":"assistant","p":"a"}')
        item = b'{"contentBlockIndex":0,"delta":{"text":"%b"},"p":"%b"}' % (text, padding)
        return frame("contentBlockDelta", "application/json", item)
    item = b'{"is_finished":false,"text":"%b"}\n' % text
    if is_last:
        item = b'{"is_finished":true,"finish_reason":"COMPLETE"}\n'
    if operation == b"invocations-response-stream":
        return frame("PayloadPart", "application/octet-stream", item)
    sealed = b'{"bytes":"%b","p":"%b"}' % (base64.b64encode(item), padding)
    return frame("chunk", "application/json", sealed)


MADE: dict[tuple[bytes, int], list[bytes]] = {}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await request(reader):
        found = PATH.match(head)
        assert found is not None
        count, pause, operation = int(found[1]), int(found[2]) / 1000, found[3]
        chunks = MADE.get((operation, count))
        if chunks is None:
            chunks = [
                chunk(operation, at, b" pieces", is_last=at == count - 1) for at in range(count)
            ]
            MADE[operation, count] = chunks
        writer.write(HEAD)
        for number, each in enumerate(chunks):
            if pause:
                await asyncio.sleep(pause)
                sent = b"%d" % time.monotonic_ns()
                writer.write(chunk(operation, number, sent, is_last=number == count - 1))
            else:
                writer.write(each)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
    writer.close()


async def request(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    return head


async def main() -> None:
    context = None
    if len(sys.argv) > 1:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*sys.argv[1:3])
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context, backlog=500)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
