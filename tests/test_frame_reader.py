"""The reader of frames: what it takes itself, what it leaves to botocore, and how it cuts."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from botocore.eventstream import (
    ChecksumMismatch,
    DuplicateHeader,
    EventStreamBuffer,
    EventStreamMessage,
    InvalidHeadersLength,
)

from cohere_aws._frame_reader import FrameReader
from damage import frame, string_header

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADERS = string_header(":message-type", "event") + string_header(":event-type", "chunk")
PARSED = {":message-type": "event", ":event-type": "chunk"}
LONGEST = 65_536 - 16 - len(HEADERS)


def plain(payload: bytes) -> dict[str, Any] | None:
    return {"chunk": payload} if payload != b"odd" else None


def reader_of(*parts: bytes, learned: bytes = HEADERS) -> FrameReader:
    """Return a reader that has learned the form of events with these headers, and has *parts*."""
    reader = FrameReader([plain])
    reader.add(frame(learned, b"first"))
    message = reader.take()
    assert isinstance(message, EventStreamMessage)
    reader.learn(message, {"chunk": b"first"})
    for part in parts:
        reader.add(part)
    return reader


def drain(reader: FrameReader) -> Iterator[Any]:
    while (found := reader.take()) is not None:
        yield found


def by_botocore(data: bytes) -> list[Any]:
    """Return the payloads that botocore parses, and the error."""
    buffer, found = EventStreamBuffer(), []
    buffer.add_data(data)
    try:
        for message in buffer:
            found.append(message.payload)  # noqa: PERF401  # keeps those before an error
    except Exception as error:  # noqa: BLE001  # of any type
        found.append((type(error), str(error)))
    return found


def by_reader(reader: FrameReader) -> list[Any]:
    found: list[Any] = []
    try:
        for each in drain(reader):
            payload = each["chunk"] if isinstance(each, dict) else each.payload
            found.append(payload)
    except Exception as error:  # noqa: BLE001  # likewise
        found.append((type(error), str(error)))
    return found


def test_frames_like_a_learned_one_are_events() -> None:
    reader = reader_of(frame(HEADERS, b"a") + frame(HEADERS, b""), frame(HEADERS, b"b"))
    assert [*drain(reader)] == [{"chunk": b"a"}, {"chunk": b""}, {"chunk": b"b"}]


def test_an_odd_payload_is_a_message_as_botocore_makes_it() -> None:
    data = frame(HEADERS, b"odd")
    (found,) = drain(reader_of(data))
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    (expected,) = buffer
    assert type(found) is type(expected)
    assert vars(found).keys() == vars(expected).keys()
    assert (found.headers, found.payload, found.crc) == (
        expected.headers,
        expected.payload,
        expected.crc,
    )
    assert type(found.prelude) is type(expected.prelude)
    assert vars(found.prelude) == vars(expected.prelude)


def test_every_message_has_headers_of_its_own() -> None:
    reader = FrameReader([])
    reader.add(frame(HEADERS, b"odd") * 3)
    for _ in range(3):
        message = reader.take()
        assert message.headers == PARSED
        message.headers.clear()


def test_a_loop_of_botocore_gets_messages() -> None:
    reader = reader_of(frame(HEADERS, b"a") * 2)
    assert reader.take(as_message=True).payload == b"a"
    assert reader.take() == {"chunk": b"a"}
    assert reader.take() is None


@pytest.mark.parametrize(
    "event", [{"chunk": bytearray(b"a")}, {"chunk": b"b"}, {}, {"chunk": b"a", "p": 1}, None]
)
def test_only_the_same_event_is_learned(event: Any) -> None:
    reader = FrameReader([plain])
    reader.add(frame(HEADERS, b"a"))
    reader.learn(reader.take(), event)
    reader.add(frame(HEADERS, b"b"))
    assert isinstance(reader.take(), EventStreamMessage)


def test_an_event_without_a_form_teaches_nothing() -> None:
    reader = FrameReader([plain])
    reader.add(frame(HEADERS, b"odd") + frame(HEADERS, b"b") + frame(HEADERS, b"c"))
    reader.learn(reader.take(), None)
    message = reader.take()
    assert message.payload == b"b"
    reader.learn(message, {"chunk": b"b"})  # a later one with the same headers does
    assert reader.take() == {"chunk": b"c"}


def test_what_is_learned_stays() -> None:
    reader = reader_of(frame(HEADERS, b"odd"), frame(HEADERS, b"b"))
    reader.learn(reader.take(), {"something": "else"})
    assert reader.take() == {"chunk": b"b"}


def test_known_headers_are_not_compared_again() -> None:
    calls: list[bytes] = []

    def form(payload: bytes) -> dict[str, Any] | None:
        calls.append(payload)
        return plain(payload)

    reader = FrameReader([form])
    reader.add(frame(HEADERS, b"a") + frame(HEADERS, b"odd"))
    reader.learn(reader.take(), {"chunk": b"a"})
    reader.learn(reader.take(), {"chunk": b"odd"})
    assert calls == [b"a", b"odd"]


def test_the_first_form_that_fits_is_learned() -> None:
    reader = FrameReader([lambda _: None, lambda payload: {"chunk": payload.upper()}, plain])
    reader.add(frame(HEADERS, b"a") + frame(HEADERS, b"b"))
    reader.learn(reader.take(), {"chunk": b"a"})
    assert reader.take() == {"chunk": b"b"}


@pytest.mark.parametrize("headers", [b"", HEADERS[:-1] + b"x", HEADERS + string_header("a", "b")])
def test_other_headers_are_parsed_by_botocore(headers: bytes) -> None:
    reader = reader_of(frame(headers, b"a"))
    assert isinstance(reader.take(), EventStreamMessage)


@pytest.mark.parametrize("at", range(0, len(frame(HEADERS, b"a")), 1))
def test_a_damaged_bit_is_reported_by_botocore(at: int) -> None:
    data = bytearray(frame(HEADERS, b"a"))
    data[at] ^= 1
    reader = reader_of(bytes(data) + frame(HEADERS, b"b"))
    with pytest.raises(ChecksumMismatch) as raised:
        reader.take()
    assert by_botocore(bytes(data)) == [(ChecksumMismatch, str(raised.value))]
    assert reader.has_failed
    reader.add(b"")
    assert reader.take() is None  # and nothing more is read


def test_an_error_in_new_headers_is_that_of_botocore() -> None:
    reader = reader_of(frame(HEADERS + HEADERS, b"a"))
    assert not reader.has_failed
    with pytest.raises(DuplicateHeader):
        reader.take()
    assert reader.has_failed


def relabelled(total: int, length: int, rest: bytes) -> bytes:
    """Return a frame with these lengths, whose checksums are right."""
    lengths = struct.pack("!II", total, length)
    data = lengths + struct.pack("!I", zlib.crc32(lengths)) + rest
    return data + struct.pack("!I", zlib.crc32(data))


def test_headers_that_reach_into_the_checksum() -> None:
    # The last bytes of the learned headers are the checksum of a frame without payload, whose length
    # of headers says that they belong to the headers. Only the lengths say that this is not usual.
    total = 12 + len(HEADERS) + 7
    start = relabelled(total, total - 12, HEADERS + b"\x01x\x04")[:-4]
    checksum = struct.pack("!I", zlib.crc32(start))
    learned = start[12:] + checksum  # the header "x" is a number of four bytes
    reader = reader_of(start + checksum, learned=learned)
    assert by_botocore(start + checksum) == [b""]
    message = reader.take()
    assert isinstance(message, EventStreamMessage)
    assert message.payload == b""


@pytest.mark.parametrize("length", [0, 1, 12, 40, 131_072, 131_073, 2**32 - 1])
@pytest.mark.parametrize("total", [0, 1, 11, 12, 15, 16, 17, 40, 2**32 - 1])
def test_lengths_that_lie(total: int, length: int) -> None:
    data = relabelled(total, length, HEADERS) + frame(HEADERS, b"a")
    for cut in (0, 5, 12, 16, len(data) - 1):
        assert by_reader(reader_of(data[:cut], data[cut:])) == by_botocore(data)


def test_a_limit_of_botocore_is_reported_with_the_prelude() -> None:
    prelude = relabelled(2**20, 131_073, b"")[:12]
    for cut in (5, 11, 12):
        reader = reader_of()
        reader.add(prelude[:cut])
        assert cut == 12 or reader.take() is None
        reader.add(prelude[cut:])
        with pytest.raises(InvalidHeadersLength):
            reader.take()


@pytest.mark.parametrize(("size", "is_fast"), [(LONGEST, True), (LONGEST + 1, False)])
def test_long_frames_are_left_to_botocore(size: int, *, is_fast: bool) -> None:
    data = frame(HEADERS, b"a" * size)
    for cut in (0, 5, 12, 100, len(data) - 1):
        reader = reader_of(data[:cut])
        assert reader.take() is None
        reader.add(data[cut:])
        assert isinstance(reader.take(), dict) is is_fast
    # Nothing is learned from one: the next frame, whose headers are new, is botocore's.
    reader = FrameReader([plain])
    reader.add(data)
    message = reader.take()
    reader.learn(message, {"chunk": message.payload})
    reader.add(frame(HEADERS, b"a") + frame(b"", b"a"))
    assert isinstance(reader.take(), dict) is is_fast
    assert isinstance(reader.take(), EventStreamMessage)


def test_a_message_that_another_loop_took_in_between_teaches_nothing() -> None:
    reader = FrameReader([plain])
    reader.add(frame(HEADERS, b"a") + frame(b"", b"b") + frame(b"", b"c"))
    message = reader.take()
    assert reader.take(as_message=True).payload == b"b"
    reader.learn(message, {"chunk": b"a"})
    assert isinstance(reader.take(), EventStreamMessage)


def test_headers_of_a_long_frame_are_not_those_of_the_frame_before() -> None:
    reader = FrameReader([plain])
    reader.add(frame(b"", b"odd"))
    assert reader.take().headers == {}
    reader.add(frame(HEADERS, b"a" * (LONGEST + 1)))
    message = reader.take()
    reader.learn(message, {"chunk": message.payload})
    reader.add(frame(b"", b"a"))
    assert isinstance(reader.take(), EventStreamMessage)


def test_headers_that_all_differ_do_not_fill_the_memory() -> None:
    reader = FrameReader([plain])
    for number in range(100):
        headers = HEADERS + string_header("date", str(number))
        reader.add(frame(headers, b"a") * 2)
        reader.learn(reader.take(), {"chunk": b"a"})
        assert isinstance(reader.take(), dict) is (number < 64)
    assert len(reader._headers) == len(reader._known) == 64


@pytest.mark.parametrize("size", [1, 2, 3, 11, 12, 13, 16, 70, 71, 1000])
def test_any_cut_gives_the_same(size: int) -> None:
    frames = [
        frame(HEADERS, b"a"),
        frame(HEADERS, b"odd"),
        frame(b"", b"b"),
        frame(HEADERS, b"c" * 200),
    ]
    data = b"".join(frames)
    reader, found = reader_of(), []
    ends = [sum(map(len, frames[: number + 1])) for number in range(4)]
    for start in range(0, len(data), size):
        reader.add(data[start : start + size])
        found += by_reader(reader)
        # Each is returned with its last byte.
        assert len(found) == sum(end <= start + size for end in ends)
    assert found == [b"a", b"odd", b"b", b"c" * 200]


def test_a_source_may_reuse_its_buffer() -> None:
    data = frame(HEADERS, b"a")
    reader, buffer = reader_of(), bytearray(data[:20])
    reader.add(buffer)
    buffer[:] = b"\x00" * 20
    reader.add(memoryview(data[20:]))
    assert reader.take() == {"chunk": b"a"}
    with pytest.raises(TypeError, match="concat"):
        reader.add("a")  # type: ignore[arg-type]  # as botocore


def test_chunks_of_a_frame_are_joined_once() -> None:
    data, reader = frame(HEADERS, b"a" * 2000), reader_of()
    reader.add(data[:16])
    assert reader.take() is None
    collected = reader._data
    for at in range(16, len(data) - 16, 16):
        reader.add(data[at : at + 16])
        assert reader.take() is None
        assert reader._data is collected  # so every byte is copied once, however many chunks
    reader.add(data[-(len(data) % 16 or 16) :])
    assert reader.take() == {"chunk": b"a" * 2000}
