"""Parsing JSON: large values, refused values, and errors without content."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws._json import decode, is_wide, parse

TEXT = "x" * 70_000


@given(st.text(st.sampled_from('\\\\"/{}u é€😀\U0010ffff\x00'), max_size=40))
def test_a_large_value_with_wide_characters(text: str) -> None:
    data = bytearray(json.dumps({"text": TEXT + text}, ensure_ascii=False).encode())
    assert decode(data) == {"text": TEXT + text}
    assert data == b""


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("😀", False),  # small
        (TEXT, False),
        (TEXT + "€", False),
        (TEXT + "😀", True),
        ("x" * 9 * 7000 + "😀" * 7000, True),
        ("x" * 7 * 7000 + "😀" * 7000, False),  # an escape for each would be longer
    ],
)
def test_only_large_text_with_few_wide_characters_is_wide(text: str, *, wide: bool) -> None:
    assert is_wide(text.encode()) == wide


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":secret}', "Expecting value at its character 5"),
        (b'{"a":"secret\xff"}', "it is not UTF-8 at its byte 12"),
        (b'{"a":NaN}', "NaN is not a JSON value"),
        (b'{"a":%s}' % (b"1" * 641), "an integer of 641 characters, above 640"),
        (f'{{"a":"{TEXT}😀"secret}}'.encode(), "Expecting ',' delimiter"),
        (f'{{"a":"{TEXT}😀'.encode() + b'\xff"}', "it is not UTF-8 at its byte 70010"),
        (f'{{"a":"{TEXT}'.encode() + b'\xf0\xff"}', "it is not UTF-8 at its byte 70006"),
    ],
)
def test_a_refused_value_has_a_reason_and_a_position(data: bytes, reason: str) -> None:
    buffer = bytearray(data)
    with pytest.raises(ValueError, match=f"^{reason}$") as caught:
        decode(buffer)
    assert buffer == b""
    assert caught.value.__context__ is None  # an error of the scanner holds the whole text


def test_an_integer_of_640_digits_is_accepted() -> None:
    assert parse("9" * 640)[0] == int("9" * 640)
