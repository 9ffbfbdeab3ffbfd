"""Bytes in content blocks: base64 in JSON, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import Generations, StreamError
from cohere_aws._blobs import blob, decoded, encoded

SOURCE = {"source": {"bytes": b"\x00\xff"}}
BLOCKS: list[dict[str, Any]] = [
    {"reasoningContent": {"redactedContent": b"\x00\xff"}},
    {"image": {"format": "png", **SOURCE}},
    {"document": {"name": "n", **SOURCE}},
    {"video": SOURCE},
    {"audio": SOURCE},
    {"guardContent": {"image": SOURCE}},
    {"toolResult": {"toolUseId": "t", "content": [{"image": SOURCE}, {"document": SOURCE}, {"text": "a"}, 5]}},
]  # fmt: skip
# Blocks without a blob, however much they look like one.
OTHERS: list[dict[str, Any]] = [
    {},
    {"text": "QQ=="},
    {"text": 5, "image": "QQ==", "new": None},
    {"toolUse": {"input": {"source": {"bytes": "QQ=="}, "redactedContent": "QQ=="}}},
    {"toolResult": {"content": [{"json": {"image": {"source": {"bytes": "QQ=="}}}}]}},
    {"toolResult": {"content": "QQ=="}},
    {"reasoningContent": {"reasoningText": {"text": "QQ==", "signature": "QQ=="}}},
    {"reasoningContent": {"redactedContent": None}},
    {"image": {"source": {"s3Location": {"uri": "QQ=="}}}},
    {"image": {"source": {"bytes": None}, "error": {"message": "QQ=="}}},
    {"image": {"source": "QQ=="}},
    {"citationsContent": {"content": [{"text": "QQ=="}]}},
]


@pytest.mark.parametrize("block", [*BLOCKS, *OTHERS])
def test_a_block_goes_to_json_and_back(block: dict[str, Any]) -> None:
    written = json.loads(json.dumps(encoded([block])))[0]
    assert decoded(written, "block") == block
    assert decoded(block, "block") == block


@pytest.mark.parametrize("block", BLOCKS)
def test_base64_is_that_of_the_service(block: dict[str, Any]) -> None:
    assert str(encoded([block])) == str([block]).replace(r"b'\x00\xff'", "'AP8='")


@pytest.mark.parametrize("block", OTHERS)
def test_other_members_stay_as_they_are(block: dict[str, Any]) -> None:
    assert encoded([block, 5]) == [decoded(block, "block"), 5] == [block, 5]


def test_the_block_itself_is_not_changed() -> None:
    block = {"image": {"source": {"bytes": "QQ=="}}}
    assert decoded(block, "block") == {"image": {"source": {"bytes": b"A"}}}
    assert block == {"image": {"source": {"bytes": "QQ=="}}}


@pytest.mark.parametrize("data", [b"A", bytearray(b"A"), memoryview(b"A")])
def test_bytes_at_unknown_places_are_written_as_well(data: Any) -> None:
    def answer(data: Any) -> Any:
        return {
            "new": data,
            "output": {
                "message": {
                    "new": data,
                    "content": [
                        {"new": {"parts": [{"data": data}, data]}},
                        {"text": "a", "new": data},
                        {"toolUse": {"input": {"new": [data]}, "new": data}},
                        {"citationsContent": {"citations": [{"new": data}]}},
                    ],
                }
            },
            "usage": {"new": data},
            "metrics": {"new": data},
        }

    found = Generations.from_dict(answer(data))
    saved = json.loads(json.dumps(found.to_dict()))
    assert Generations.from_dict(saved) == Generations.from_dict(answer("QQ=="))
    assert found == Generations.from_dict(answer(data))  # to_dict() has not changed it


@given(st.binary())
def test_a_blob(data: bytes) -> None:
    assert blob(data, "") == blob(bytearray(data), "") == blob(memoryview(data), "") == data
    assert blob(encoded([{"image": data}])[0]["image"], "") == data


@pytest.mark.parametrize("value", ["?", "QQ", "QQ==\n", "é"])
def test_a_string_that_is_not_base64(value: str) -> None:
    with pytest.raises(StreamError, match=r"^x\.y is a string; expected base64$"):
        blob(value, "x.y")


def test_a_blob_of_another_type() -> None:
    with pytest.raises(StreamError, match=r"^x is a number; expected base64 in a string$"):
        blob(5, "x")
    for block, path in (
        ({"image": {"source": {"bytes": 5}}}, "b.image.source.bytes"),
        ({"reasoningContent": {"redactedContent": 5}}, "b.reasoningContent.redactedContent"),
        ({"guardContent": {"image": {"source": {"bytes": 5}}}}, "b.guardContent.image.source.b"),
        (
            {"toolResult": {"content": [{}, {"image": {"source": {"bytes": 5}}}]}},
            "b.toolResult.content[1].image.source.bytes",
        ),
    ):
        with pytest.raises(StreamError) as caught:
            decoded(block, "b")
        assert str(caught.value).startswith(path)


def test_a_deep_value_is_written() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    found = encoded([{"toolUse": {"input": deep}}])[0]["toolUse"]["input"]
    while found:  # a comparison would recurse
        (found,), (deep,) = found, deep
    assert deep == []
