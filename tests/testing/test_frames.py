"""Frames: encoded for botocore's parser, and cut out of bytes."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws.testing._frames import (
    FrameCutter,
    begins_frame,
    block_of,
    encode,
    frame_of,
    seal,
    unseal,
)
from strategies import cut

# The padding of a chunk of Bedrock begins with the first letter and may have all of them.
PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
headers = st.dictionaries(names, st.text(st.characters(codec="utf-8"), max_size=200), max_size=4)


def test_the_beginning_of_a_frame_is_recognised() -> None:
    frame = encode({":event-type": "chunk"}, b"{}")
    for end in range(len(frame)):
        assert begins_frame(frame[:end]) is (end >= 12)
        assert begins_frame(bytes(3) + frame[:end], 3) is (end >= 12)
    for position in range(12):
        damaged = bytearray(frame)
        damaged[position] ^= 1
        assert not begins_frame(damaged)


@given(headers, st.binary(max_size=300))
def test_botocore_reads_encoded_frames(headers: dict[str, str], payload: bytes) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode(headers, payload))
    (message,) = list(buffer)
    assert (message.headers, message.payload) == (headers, payload)


# The examples of https://github.com/awslabs/aws-c-event-stream and of the specification: a frame
# without headers and payload, and one with a payload only, byte for byte.
EMPTY = bytes.fromhex("000000100000000005c248eb7d98c8ff")
PAYLOAD_ONLY = bytes.fromhex("0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936")


def test_the_frames_of_the_specification() -> None:
    assert encode({}, b"") == EMPTY
    assert encode({}, b"{'foo':'bar'}") == PAYLOAD_ONLY


@given(headers, st.binary(max_size=100))
def test_both_checksums(headers: dict[str, str], payload: bytes) -> None:
    frame = encode(headers, payload)
    assert int.from_bytes(frame[:4], "big") == len(frame)
    assert int.from_bytes(frame[8:12], "big") == zlib.crc32(frame[:8])
    assert int.from_bytes(frame[-4:], "big") == zlib.crc32(frame[:-4])


@given(st.data(), st.binary(max_size=50))
def test_botocore_refuses_every_flipped_bit(data: st.DataObject, payload: bytes) -> None:
    frame = bytearray(encode({":event-type": "chunk"}, payload))
    bit = data.draw(st.integers(0, 8 * len(frame) - 1))
    frame[bit // 8] ^= 0x80 >> bit % 8
    buffer = EventStreamBuffer()
    buffer.add_data(bytes(frame))
    with pytest.raises(ChecksumMismatch):
        list(buffer)


@pytest.mark.parametrize(
    ("headers", "payload", "message"),
    [
        ({"n" * 256: ""}, b"", "the name of a header has 256 bytes; a frame holds at most 255"),
        ({"n": "v" * 65_536}, b"", "the value of a header has 65536 bytes"),
        ({str(n): "v" * 65_535 for n in range(2)}, b"", "the headers has 131080 bytes"),
        ({}, bytes(24 * 1024 * 1024 + 1), "the payload has 25165825 bytes"),
    ],
)
def test_headers_and_payloads_that_are_too_long_are_refused(
    headers: dict[str, str], payload: bytes, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        encode(headers, payload)


@given(st.binary(max_size=100))
def test_a_chunk_of_bedrock_is_sealed_and_padded(payload: bytes) -> None:
    sealed = seal(payload)
    assert unseal(sealed) == payload
    content = json.loads(sealed)
    assert base64.b64decode(content["bytes"]) == payload
    assert PADDING.startswith(content["p"])
    assert seal(payload) == sealed


@given(st.binary(max_size=300))
def test_the_wrapping_is_that_of_a_json_encoder(payload: bytes) -> None:
    # Recordings that were served before have to give the same bytes.
    padding = PADDING[: zlib.crc32(payload) % 62 + 1]
    wrapping = {"bytes": base64.b64encode(payload).decode(), "p": padding}
    assert seal(payload) == json.dumps(wrapping).encode()


@pytest.mark.parametrize(
    ("sealed", "payload"),
    [
        (b'{"bytes":"e30=","p":"abc"}', b"{}"),
        (b'{"p":"abc","bytes":"e30="}', b"{}"),
        (b' {"bytes" : "e3\\u0030="}', b"{}"),
    ],
)
def test_chunks_of_bedrock_in_any_json_form_are_unsealed(sealed: bytes, payload: bytes) -> None:
    assert unseal(sealed) == payload


@pytest.mark.parametrize(
    "sealed",
    [
        *(b"[]", b"null", b"{}", b"?", b'{"bytes":5}', b'{"bytes":null}', b'{"bytes":"a"}'),
        *(b'{"bytes":"e30="', b'{"bytes":"e30=","p":"ab', b'{"p":"abc"}', b"[" * 99999, b"\xff"),
    ],
)
def test_other_payloads_are_not_unsealed(sealed: bytes) -> None:
    with pytest.raises(ValueError, match=r"bytes of a chunk|Expecting|base64|Unterminated|decode"):
        unseal(sealed)


@given(headers, st.binary(max_size=100))
def test_a_block_of_headers_serves_many_frames(headers: dict[str, str], payload: bytes) -> None:
    block = block_of(headers)
    assert frame_of(block, payload) == encode(headers, payload)
    assert [found for found, _ in FrameCutter().feed(frame_of(block, payload))] == [block]


frames = st.lists(st.builds(encode, headers, st.binary(max_size=50)), max_size=4)


@given(st.data(), frames)
def test_frames_are_cut_out_of_bytes_in_any_parts(data: st.DataObject, frames: list[bytes]) -> None:
    wire = b"".join(frames)
    places = data.draw(st.lists(st.integers(0, len(wire)), max_size=6).map(sorted))
    cutter, found = FrameCutter(), []
    for part in cut(wire, places):
        found += cutter.feed(part)
        assert not cutter.is_damaged
    buffer = EventStreamBuffer()
    buffer.add_data(wire)
    assert [payload for _, payload in found] == [message.payload for message in buffer]
    assert [len(block) for block, _ in found] == [int.from_bytes(f[4:8], "big") for f in frames]


@pytest.mark.parametrize("damaged", [bytes(16), EMPTY[:-1] + b"?", PAYLOAD_ONLY[:20] + b"?" * 20])
def test_bytes_that_are_not_a_frame_are_refused(damaged: bytes) -> None:
    cutter = FrameCutter()
    assert cutter.feed(EMPTY) == [(b"", b"")]
    assert not cutter.is_damaged
    assert cutter.feed(damaged) == []
    assert cutter.is_damaged
    cutter = FrameCutter()
    assert cutter.feed(EMPTY + damaged) == [(b"", b"")]  # the frames before the damage are read
    assert cutter.is_damaged


def test_bytes_that_end_inside_a_frame() -> None:
    frame, cutter = encode({"a": "b"}, b"payload"), FrameCutter()
    assert not cutter.is_inside
    assert cutter.feed(frame + frame[:5]) != []
    assert cutter.is_inside
    assert cutter.feed(frame[5:20]) == []
    assert cutter.is_inside
    assert cutter.feed(frame[20:]) != []
    assert not cutter.is_inside
    assert not cutter.is_damaged


@pytest.mark.parametrize("bit", range(8 * 12))
def test_damaged_lengths_are_found_before_the_frame_is_complete(bit: int) -> None:
    frame = bytearray(encode({"a": "b"}, b"payload"))
    frame[bit // 8] ^= 0x80 >> bit % 8
    cutter = FrameCutter()
    assert cutter.feed(bytes(frame[:-1])) == []
    assert cutter.is_damaged
