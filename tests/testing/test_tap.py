"""Taps: bytes are passed on unchanged, and each event is written when it is complete."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import needs_aiobotocore
from cohere_aws.testing import RecordedEnd, RecordedEvent, RecordedResponse
from cohere_aws.testing._body import AsyncBody, Body, Pace
from cohere_aws.testing._frames import encode
from cohere_aws.testing._lines import Line
from cohere_aws.testing._scrub import Scrubber
from cohere_aws.testing._tap import AsyncTap, Tap, Writer
from cohere_aws.testing._wire import Part
from strategies import cut

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = [RecordedEvent("chunk", b'{"text":"a"}'), RecordedEvent("chunk", b"\xff")]
WIRE = b"".join(event.frame("bedrock-runtime") for event in EVENTS)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tap") / "a.jsonl"


def writer_of(path: Path, scrubber: Scrubber | None = None) -> Writer:
    return Writer(
        path.open("wb", buffering=0),
        b"{}\n",
        service="bedrock-runtime",
        elapsed=lambda: 0.25,
        scrubber=scrubber or Scrubber(),
    )


def written(path: Path) -> list[Any]:
    first, *lines = path.read_bytes().splitlines()
    assert first == b"{}"
    return [Line(path, 0, line).answer() for line in lines]


@given(places=st.lists(st.integers(0, len(WIRE)), max_size=5).map(sorted))
def test_events_are_written_at_any_cut_of_their_frames(path: Path, places: list[int]) -> None:
    parts = [Part(None, data) for data in cut(WIRE, places)]
    tap = Tap(Body(parts, Pace(delays=False)), writer_of(path))
    assert b"".join(tap.stream()) == WIRE
    assert written(path) == EVENTS
    assert written(path)[0].at == 0.25


def test_each_event_is_written_when_it_is_complete(path: Path) -> None:
    parts = [Part(None, data) for data in cut(WIRE, [len(WIRE) - 1])]
    tap = Tap(Body(parts, Pace(delays=False)), writer_of(path))
    stream = tap.stream(1024)
    next(stream)
    assert written(path) == EVENTS[:1]
    next(stream)
    assert written(path) == EVENTS
    tap.close()


def test_closing_closes_both(path: Path) -> None:
    body = Body([Part(None, WIRE)], Pace(delays=False))
    writer = writer_of(path)
    tap = Tap(body, writer)
    assert tap.getvalue() == WIRE  # other attributes are those of the body
    tap.close()
    assert body.closed
    writer.feed(WIRE)  # nothing is written after closing
    assert written(path) == [RecordedEnd("closed")]


def test_damaged_frames_end_the_recording(path: Path) -> None:
    damaged = WIRE[:-1] + b"?"
    tap = Tap(Body([Part(None, damaged)], Pace(delays=False)), writer_of(path))
    assert b"".join(tap.stream()) == damaged
    assert written(path) == [EVENTS[0], RecordedEnd("checksum")]


DUPLICATE = b"\x01a\x00" * 2  # one header, twice
UNKNOWN = b"\x01a\xff"  # an unknown type
SHORT = b"\x01"
NOT_TEXT = b"\x01\xff\x07\x00\x00"  # a name that is not UTF-8


@pytest.mark.parametrize("block", [DUPLICATE, UNKNOWN, SHORT, NOT_TEXT])
def test_damaged_headers_end_the_recording(path: Path, block: bytes) -> None:
    frame = bytearray(encode({}, block))
    frame[7] = len(block)  # the payload becomes a part of the headers
    frame[8:12] = zlib.crc32(frame[:8]).to_bytes(4, "big")
    frame[-4:] = zlib.crc32(frame[:-4]).to_bytes(4, "big")
    data = EVENTS[0].frame("bedrock-runtime") + frame
    tap = Tap(Body([Part(None, data)], Pace(delays=False)), writer_of(path))
    assert b"".join(tap.stream()) == data
    assert written(path) == [EVENTS[0], RecordedEnd("checksum")]


@pytest.mark.parametrize("sealed", [b'{"bytes": "eyJ0ZX', b'{"bytes": "e30=", "p": "a', b"{}"])
def test_a_chunk_whose_bytes_cannot_be_read(path: Path, sealed: bytes) -> None:
    headers = {":event-type": "chunk", ":message-type": "event"}
    writer = writer_of(path)
    data = EVENTS[0].frame("bedrock-runtime") + encode(headers, sealed) + WIRE
    list(Tap(Body([Part(None, data)], Pace(delays=False)), writer).stream())
    lost = RecordedEvent("chunk", b"", is_readable=False)
    assert written(path) == [EVENTS[0], lost, *EVENTS]
    assert (writer.ending, writer.is_whole) == (None, False)


def test_an_error_of_the_scrubber_reaches_the_caller(path: Path) -> None:
    def scrub(text: str) -> str:
        raise ValueError(f"{len(text)} characters")

    tap = Tap(Body([Part(None, WIRE)], Pace(delays=False)), writer_of(path, Scrubber(scrub)))
    with pytest.raises(ValueError, match="12 characters"):
        list(tap.stream())
    assert written(path) == [RecordedEnd("closed")]


def test_the_asynchronous_tap(path: Path) -> None:
    async def read() -> bytes:
        body = AsyncBody([Part(None, data) for data in cut(WIRE, [50])], Pace(delays=False))
        tap = AsyncTap(body, writer_of(path))
        return b"".join([data async for data, _ in tap.content.iter_chunks()])

    assert asyncio.run(read()) == WIRE
    assert written(path) == EVENTS


def test_payloads_are_scrubbed_and_responses_already_are(path: Path) -> None:
    writer = writer_of(path, Scrubber(lambda text: text.replace("a", "X")))
    writer.feed(RecordedEvent("chunk", b"a").frame("bedrock-runtime"))
    writer.write(RecordedResponse(200, b"a"))
    writer.close()
    writer.close()
    assert written(path) == [RecordedEvent("chunk", b"X"), RecordedResponse(200, b"a")]


def test_errors_of_both_kinds_are_written(path: Path) -> None:
    errors = [
        RecordedEvent("throttlingException", b'{"message":"m"}', kind="exception"),
        RecordedEvent("InternalError", b"words", kind="error"),
    ]
    for error in errors:
        writer = writer_of(path)
        assert writer.is_open
        writer.feed(error.frame("bedrock-runtime") + WIRE)
        assert not writer.is_open  # an error is the last event
        assert written(path) == [error]


def test_an_event_is_not_written_if_the_file_is_closed_while_it_is_scrubbed(path: Path) -> None:
    def scrub(text: str) -> str:
        writer.close()  # as at the end of the block, in another thread
        return text

    writer = writer_of(path, Scrubber(scrub))
    tap = Tap(Body([Part(None, WIRE)], Pace(delays=False)), writer)
    assert b"".join(tap.stream()) == WIRE
    assert written(path) == []


@needs_aiobotocore
@pytest.mark.parametrize("kind", ["reset", "stalled"])
def test_a_broken_connection_is_recorded(path: Path, kind: Any) -> None:
    end = RecordedEnd(kind)
    tap = Tap(Body([Part(None, WIRE)], Pace(delays=False), end), writer_of(path))
    with pytest.raises(type(end.error())):  # type: ignore[arg-type]
        list(tap.stream())
    assert written(path) == [*EVENTS, end]

    async def read() -> None:
        body = AsyncBody([Part(None, WIRE)], Pace(delays=False), end)
        async for _ in AsyncTap(body, writer_of(path)).iter_chunks():
            pass

    with pytest.raises(type(end.error(asynchronous=True))):  # type: ignore[arg-type]
        asyncio.run(read())
    assert written(path) == [*EVENTS, end]


def test_a_cut_frame_is_recorded(path: Path) -> None:
    writer = writer_of(path)
    list(Tap(Body([Part(None, WIRE[:-1])], Pace(delays=False)), writer).stream())
    assert written(path) == [EVENTS[0], RecordedEnd("cut")]
    assert writer.ending == "cut"


def test_a_stream_that_is_closed_early_is_recorded(path: Path) -> None:
    parts = [Part(None, data) for data in cut(WIRE, [50])]
    writer = writer_of(path)
    stream = Tap(Body(parts, Pace(delays=False)), writer).stream()
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # as for a generator without references
    assert written(path)[-1:] == [RecordedEnd("closed")]
    writer.close("reset")  # it is already closed
    assert writer.ending == "closed"
