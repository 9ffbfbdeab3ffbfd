"""Ends of streams: the bytes and exceptions that repeat them."""

from __future__ import annotations

import asyncio

import pytest
import urllib3.exceptions
from botocore.eventstream import ChecksumMismatch

from cohere_aws.testing import RecordedEnd, ReplayError
from cohere_aws.testing._botocore import parse_frames
from cohere_aws.testing._ending import stalls

try:
    import aiohttp
except ImportError:  # it comes with aiobotocore
    aiohttp = None


def test_an_end_has_a_kind_and_a_time() -> None:
    assert RecordedEnd("reset", 1.5) == RecordedEnd("reset") != RecordedEnd("cut")
    with pytest.raises(
        ValueError, match=r"^the end is 'over'; expected reset, stalled, cut, check"
    ):
        RecordedEnd("over")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^'at' is -1; expected seconds from 0 to 4000000$"):
        RecordedEnd("reset", -1)


def test_a_broken_connection_raises_the_error_of_the_http_library() -> None:
    expected = {
        ("reset", False): (urllib3.exceptions, "ProtocolError"),
        ("stalled", False): (urllib3.exceptions, "ReadTimeoutError"),
    }
    if aiohttp is not None:
        expected |= {
            ("reset", True): (aiohttp, "ClientPayloadError"),
            ("stalled", True): (aiohttp, "ServerTimeoutError"),
        }
    for (kind, asynchronous), (module, name) in expected.items():
        end = RecordedEnd(kind)  # type: ignore[arg-type]
        error, type_ = end.error(asynchronous=asynchronous), getattr(module, name)
        assert isinstance(error, type_)
        assert stalls(error) is (kind == "stalled")
        assert end.tail() == b""


def test_the_tail_of_an_incomplete_frame() -> None:
    cut, damaged = RecordedEnd("cut"), RecordedEnd("checksum")
    assert cut.error() is damaged.error() is None
    names = "bedrock-runtime", "InvokeModelWithResponseStream"
    assert list(parse_frames(*names, [cut.tail()])) == []
    with pytest.raises(ChecksumMismatch):
        list(parse_frames(*names, [damaged.tail()]))


def test_reading_beyond_a_closed_stream_is_a_replay_error() -> None:
    error = RecordedEnd("closed").error()
    assert isinstance(error, ReplayError)
    assert str(error).startswith("the recording of this stream ends here, because its reader")


@pytest.mark.parametrize(
    ("error", "is_stalled"),
    [
        (TimeoutError(), True),
        (asyncio.TimeoutError(), True),
        (urllib3.exceptions.IncompleteRead(1, 2), False),
        (ConnectionResetError(), False),
        *([(aiohttp.ClientOSError(), False)] if aiohttp is not None else []),
        (ValueError(), None),
        (OSError("disk full"), None),
    ],
)
def test_timeouts_and_resets_are_distinguished(error: Exception, is_stalled: bool | None) -> None:
    assert stalls(error) is is_stalled
