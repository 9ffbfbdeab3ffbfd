"""Damaged frames, and damaged HTTP around them, become errors of this package.

The checksums of these frames are correct, as those of a service with a bug would be. botocore's
parser therefore reads the damaged content, and raises exceptions of many types there.
"""

from __future__ import annotations

import asyncio
import http.client
import ssl
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from clients import (
    BODIES,
    STREAMS,
    arguments,
    both_modes,
    local_client,
    stream_of,
    with_async_client,
)
from cohere_aws import (
    CohereError,
    Generation,
    Generations,
    MalformedStreamError,
    Mode,
    StreamingGenerations,
    TransportError,
)
from cohere_aws.testing._botocore import parse_frames
from damage import (
    OPERATIONS,
    chunk,
    event,
    frame,
    headers_of,
    raw_server,
    stream_response,
    string_header,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PIECE = b'{"is_finished":false,"text":"a"}'
LAST = b'{"is_finished":true}'
SO_FAR = Generations([Generation("a", index=0)])

BAD_HEADERS = {
    "a header of an unknown type": b"\x01a\x63",
    "a header that is cut": b"\x14:message-type",
    "a name that is not UTF-8": b"\x01\xff\x07\x00\x00",
    "a value that is not UTF-8": string_header(":message-type", b"\xff"),
    "a header twice": 2 * string_header("a", "b"),
}
BAD_CHUNKS = {
    "null": b"null",
    "a list": b"[1]",
    "a string": b'"oops"',
    "a number": b"5",
    "bytes that are not base64": b'{"bytes":"YWJjZ"}',
    "base64 with a character too many": b'{"bytes":"YWJjZA="}',
    "bytes that are a number": b'{"bytes":5}',
    "bytes that are an object": b'{"bytes":{}}',
    "JSON that is cut": b'{"bytes":"eyJ0',
    "nothing": b"",
    "nested too deep": b"[" * 100_000,
    "not UTF-8": b'{"bytes":"\xff"}',
}
DAMAGED = [
    *(
        pytest.param(mode, frame(headers, b"{}"), id=f"{mode.name}: {name}")
        for mode in Mode
        for name, headers in BAD_HEADERS.items()
    ),
    *(
        pytest.param(Mode.BEDROCK, frame(headers_of(Mode.BEDROCK), payload), id=f"a chunk: {name}")
        for name, payload in BAD_CHUNKS.items()
    ),
    *(
        pytest.param(mode, frame(headers_of(mode, "exception", name), payload), id=f"{name}: {payload!r:.20}")
        for mode, name in [(Mode.BEDROCK, "throttlingException"), (Mode.SAGEMAKER, "ModelStreamError")]
        for payload in (b"null", b"[1]", b"5", b'{"message":', b"\xff", b"[" * 100_000)
    ),
]  # fmt: skip


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("mode", "damaged"), DAMAGED)
def test_a_frame_with_damaged_content(mode: Mode, damaged: bytes, *, strict: bool) -> None:
    frames = [event(mode, PIECE), damaged, event(mode, LAST)]
    stream = StreamingGenerations(parse_frames(*OPERATIONS[mode], frames), mode, strict=strict)
    with pytest.raises(CohereError) as caught:
        stream.read()
    assert caught.value.partial == SO_FAR
    assert "secret" not in str(caught.value)
    with pytest.raises(type(caught.value)):  # reading again raises the same error
        stream.read()


@both_modes
def test_a_damaged_frame_through_a_real_client(mode: Mode) -> None:
    damaged = frame(b"\x01a\x63", b"{}")
    response = stream_response(chunk(event(mode, PIECE)), chunk(damaged), chunk(b"")[:-2] + b"\r\n")
    with raw_server(response) as url:
        client = local_client(url, mode)
        with stream_of(client, mode) as stream, pytest.raises(MalformedStreamError) as caught:
            stream.read()
        client.close()
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.partial == SO_FAR
    assert not caught.value.retryable


def read_async(url: str, mode: Mode) -> Generations:
    async def do(client: Any) -> Generations:
        response = await getattr(client, STREAMS[mode])(**arguments(mode))
        async with StreamingGenerations(response[BODIES[mode]], mode, strict=True) as stream:
            return await stream.aread()

    answer: Generations = with_async_client(mode, do, endpoint_url=url)
    return answer


@both_modes
def test_a_damaged_frame_through_an_asynchronous_client(mode: Mode) -> None:
    response = stream_response(
        chunk(event(mode, PIECE)), chunk(frame(b"\x01a\x63", b"{}")), b"0\r\n\r\n"
    )
    with raw_server(response) as url, pytest.raises(MalformedStreamError) as caught:
        read_async(url, mode)
    assert caught.value.partial == SO_FAR


@pytest.mark.parametrize("size", [b"-5", b"f" * 40, b"zz", b""])
def test_an_http_chunk_whose_size_is_not_a_number(size: bytes) -> None:
    mode = Mode.SAGEMAKER
    parts = stream_response(chunk(event(mode, PIECE))), size + b"\r\n{}\r\n"
    with raw_server(*parts) as url:
        client = local_client(url, mode)
        with stream_of(client, mode) as stream, pytest.raises(TransportError) as caught:
            stream.read()
        client.close()
    assert caught.value.partial == SO_FAR


def test_a_frame_above_the_maximum_length() -> None:
    lengths = struct.pack("!II", 25 * 2**20, 0)
    head = lengths + struct.pack("!I", zlib.crc32(lengths)) + bytes(8)
    frames = [event(Mode.BEDROCK, PIECE), head]
    source = parse_frames(*OPERATIONS[Mode.BEDROCK], frames)
    with pytest.raises(MalformedStreamError) as caught:
        StreamingGenerations(source, Mode.BEDROCK, strict=True).read()
    assert not caught.value.retryable


class Failing:
    """A source that yields a piece, and then fails."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __iter__(self) -> Iterator[dict[str, Any]]:
        yield {"PayloadPart": {"Bytes": PIECE}}
        raise self.error

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        for each in self:
            yield each


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (OSError("secret"), TransportError, True),
        (FileNotFoundError("secret"), TransportError, True),
        (ssl.SSLError("secret"), TransportError, True),
        (http.client.IncompleteRead(b"secret"), TransportError, True),
        (asyncio.TimeoutError("secret"), TransportError, True),
        (UnicodeDecodeError("utf-8", b"secret", 0, 1, "secret"), MalformedStreamError, False),
        (KeyError("secret"), MalformedStreamError, False),
        (TypeError("secret"), MalformedStreamError, False),
        (ValueError("secret"), TransportError, False),
        (OverflowError("secret"), TransportError, False),
        (ZeroDivisionError("secret"), TransportError, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_an_exception_of_any_source_of_events_is_translated(
    error: Exception, kind: type[CohereError], *, retryable: bool
) -> None:
    async def aread() -> None:
        await StreamingGenerations(Failing(error), Mode.SAGEMAKER).aread()

    for read in (
        StreamingGenerations(Failing(error), Mode.SAGEMAKER).read,
        lambda: asyncio.run(aread()),
    ):
        with pytest.raises(kind, match="the stream, after 32 bytes of payload, ") as caught:
            read()
        assert type(caught.value) is kind
        assert caught.value.retryable == retryable
        assert caught.value.__cause__ is error
        assert caught.value.partial == SO_FAR
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("error", [AssertionError("of a test"), KeyboardInterrupt()])
def test_assertions_and_interrupts_pass(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        StreamingGenerations(Failing(error), Mode.SAGEMAKER).read()
    assert caught.value is error
