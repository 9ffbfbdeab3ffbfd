"""The life of a streamed answer, which is the same for both classes."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import (
    Chat,
    CohereError,
    Generations,
    IncompleteStreamError,
    IncompleteStreamWarning,
    InvalidRequestError,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamingChat,
    StreamingGenerations,
    TransportError,
    Usage,
)
from strategies import METRICS, events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

KINDS: dict[Any, type] = {StreamingGenerations: Generations, StreamingChat: Chat}
PIECE = b'{"is_finished":false,"event_type":"text-generation","text":"a"}'
LAST = b'{"is_finished":true,"event_type":"stream-end","finish_reason":"COMPLETE"}'

streams = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def texts_of(found: Any) -> list[str]:
    return [each.text for each in found if getattr(each, "text", None)]


class Source:
    """Events that can be closed."""

    def __init__(self, *payloads: bytes) -> None:
        self._events = iter(events([*payloads]))
        self.closed = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._events

    def close(self) -> None:
        self.closed += 1


async def asynchronous(*payloads: bytes) -> AsyncIterator[dict[str, Any]]:
    for event in events([*payloads]):
        yield event


@streams
def test_the_end_of_a_stream(kind: Any) -> None:
    metrics = b'{"%b":{"inputTokenCount":5,"new":1}}' % METRICS.encode()
    source = Source(PIECE, b'{"new":1}', PIECE, LAST, metrics)
    stream = kind(source, Mode.SAGEMAKER, strict=True)
    assert (stream.payload_key, stream.bytes_key) == ("PayloadPart", "Bytes")
    assert (stream.text, stream.finish_reason, stream.usage, stream.dialect) == (
        "",
        None,
        None,
        None,
    )
    assert texts_of(stream) == ["a", "a"]
    assert (stream.text, stream.finish_reason, stream.dialect) == ("aa", "COMPLETE", "command")
    assert (stream.other_items, stream.usage) == ([{"new": 1}], Usage(5))
    assert source.closed == 1
    answer = stream.read()
    assert type(answer) is KINDS[kind]
    assert (answer.text, answer.usage) == ("aa", Usage(5))
    assert answer == stream._at_end()
    assert stream._at_end() is stream._at_end()
    assert list(stream) == []


@streams
def test_the_answer_is_unknown_as_long_as_the_stream_goes_on(kind: Any) -> None:
    stream = kind(Source(PIECE, LAST), Mode.SAGEMAKER)
    next(iter(stream))
    assert stream._at_end() is None
    stream.close()
    assert stream._at_end().text == "a"


@streams
def test_the_answer_is_known_from_the_last_item_on(kind: Any) -> None:
    known = []

    def source() -> Iterator[dict[str, Any]]:
        for event in events([PIECE, LAST, b""]):
            yield event
            known.append(stream._at_end() is not None)

    stream = kind(source(), Mode.SAGEMAKER, strict=True)
    stream.read()
    assert known == [False, True, True]


@streams
def test_a_loop_that_was_left_is_continued(kind: Any) -> None:
    def handed_on() -> Iterator[Any]:
        yield from stream

    stream = kind(Source(PIECE + PIECE, PIECE, LAST), Mode.SAGEMAKER, strict=True)
    for _ in handed_on():
        break
    next(iter(stream))
    assert texts_of(stream) == ["a"]
    assert stream.text == "aaa"


@streams
def test_a_stream_that_is_cut_off(kind: Any) -> None:
    stream = kind(events([PIECE + b"{"]), Mode.SAGEMAKER)
    with pytest.warns(
        IncompleteStreamWarning, match=r"^the stream ended before its last"
    ) as caught:
        answer = stream.read()
    assert answer.text == stream._at_end().text == "a"
    assert caught[0].message.partial == answer  # type: ignore[union-attr]
    strict = kind(events([PIECE]), Mode.SAGEMAKER, strict=True)
    with pytest.raises(IncompleteStreamError) as raised:
        strict.read()
    assert raised.value.partial == strict._at_end()
    assert type(raised.value.partial) is KINDS[kind]


@streams
@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b'{"message":"m"}', ServiceError),
        (b"<html>", MalformedStreamError),
        (b"[5]", MalformedStreamError),
        (b'{"text":5}', MalformedStreamError),
    ],
)
def test_an_error_has_what_arrived_before_it(kind: Any, payload: bytes, error: type) -> None:
    source = Source(PIECE, PIECE + payload, LAST)
    stream, found = kind(source, Mode.SAGEMAKER), []
    for _ in range(2):  # a later loop raises it, too
        with pytest.raises(error) as caught:
            for each in stream:
                found.append(each)  # noqa: PERF402
        assert caught.value.partial == stream._at_end()  # type: ignore[attr-defined]
    assert (texts_of(found), stream.text, source.closed) == (["a", "a"], "aa", 1)


@streams
def test_an_error_before_the_first_item(kind: Any) -> None:
    stream = kind(events([b'{"error":"m"}']), Mode.SAGEMAKER)
    with pytest.raises(ServiceError) as caught:
        stream.read()
    assert caught.value.partial == stream._at_end()
    assert type(caught.value.partial) is KINDS[kind]
    assert stream.other_items == [{"error": "m"}]


@streams
def test_an_error_of_the_source(kind: Any) -> None:
    def source() -> Iterator[dict[str, Any]]:
        yield from events([PIECE])
        raise ConnectionResetError("reset by peer")

    with pytest.raises(TransportError) as caught:
        kind(source(), Mode.SAGEMAKER).read()
    assert caught.value.partial.text == "a"  # type: ignore[union-attr]


@streams
def test_with_closes_the_source_when_the_loop_is_left(kind: Any) -> None:
    source = Source(PIECE, PIECE, LAST)
    with kind(source, Mode.SAGEMAKER) as stream:
        for _ in stream:
            break
    stream.close()
    assert (source.closed, stream.text) == (1, "a")
    with pytest.warns(IncompleteStreamWarning):
        assert list(stream) == []


@streams
def test_an_asynchronous_stream(kind: Any) -> None:
    async def loop() -> None:
        async with kind(
            asynchronous(PIECE, PIECE, PIECE, LAST), Mode.SAGEMAKER, strict=True
        ) as stream:
            async for _ in stream:
                break
            async with aclosing(aiter(stream)) as pieces:  # closing its generator
                await anext(pieces)
            answer = await stream.aread()
        assert answer.text == stream.text == "aaa"
        async with kind(asynchronous(PIECE), Mode.SAGEMAKER) as left:
            with pytest.raises(TypeError, match="this stream is asynchronous; use 'async for'"):
                next(iter(left))
            with pytest.raises(TypeError, match="use 'async with' or aclose"):
                left.close()
            await anext(aiter(left))
        assert left._at_end().text == "a"
        with pytest.warns(IncompleteStreamWarning):
            assert [each async for each in left] == []
        unread = kind(asynchronous(PIECE), Mode.SAGEMAKER)
        await unread.aclose()
        assert unread.text == ""

    asyncio.run(loop())


@streams
def test_another_task_may_close_a_stream_that_waits(kind: Any) -> None:
    async def loop() -> None:
        started, never = asyncio.Event(), asyncio.Event()

        async def source() -> AsyncIterator[dict[str, Any]]:
            yield events([PIECE])[0]
            started.set()
            await never.wait()

        stream = kind(source(), Mode.SAGEMAKER)
        task = asyncio.create_task(stream.aread())
        await started.wait()
        await stream.aclose()
        assert stream.text == "a"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(loop())


@streams
def test_another_thread_may_close_a_stream_that_waits(kind: Any) -> None:
    waits, goes_on = threading.Event(), threading.Event()

    class Waiting:
        def __iter__(self) -> Iterator[dict[str, Any]]:
            return self

        def __next__(self) -> dict[str, Any]:
            waits.set()
            goes_on.wait()
            raise StopIteration

        def close(self) -> None:
            goes_on.set()

    def read() -> None:
        with pytest.raises(IncompleteStreamError):
            stream.read()

    stream = kind(Waiting(), Mode.SAGEMAKER, strict=True)
    thread = threading.Thread(target=read)
    thread.start()
    waits.wait()
    stream.close()
    thread.join()
    assert stream.text == ""


@streams
def test_arguments_are_checked(kind: Any) -> None:
    with pytest.raises(
        InvalidRequestError, match=r"^strict is of type str; expected True or False$"
    ):
        kind([], Mode.SAGEMAKER, strict="false")
    with pytest.raises(InvalidRequestError, match=r"^dialect is 'other'; expected one of "):
        kind([], Mode.SAGEMAKER, dialect="other")
    with pytest.raises(CohereError, match="Unsupported mode"):
        kind([], "BEDROCK")
    with pytest.raises(TypeError, match="the stream is of type int"):
        kind(5, Mode.SAGEMAKER)
    with pytest.raises(MalformedStreamError, match="is longer than"):
        kind(events([PIECE]), Mode.SAGEMAKER, max_item_bytes=9).read()
    with pytest.raises(MalformedStreamError, match="is nested deeper than"):
        kind(events([b'{"text":"a","b":{"c":{}}}']), Mode.SAGEMAKER, max_depth=2).read()


@streams
def test_the_response_of_a_stream(kind: Any) -> None:
    stream = kind(events([PIECE, b"[5"]), Mode.SAGEMAKER, strict=True)
    assert (stream.request_id, stream.response_headers) == (None, {})
    stream._belongs_to({"RequestId": "r-1", "HTTPHeaders": {"date": "today"}}, None)
    with pytest.raises(IncompleteStreamError) as caught:
        stream.read()
    assert caught.value.request_id == "r-1"
    for found in (stream, stream._at_end(), caught.value.partial):
        assert (found.request_id, found.response_headers) == ("r-1", {"date": "today"})
    assert "r-1" not in repr(stream)


@streams
def test_a_stream_is_logged(kind: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def loop() -> None:
        await kind(asynchronous(PIECE, LAST), Mode.SAGEMAKER).aread()
        async with kind(asynchronous(PIECE, LAST), Mode.SAGEMAKER) as left:
            await anext(aiter(left))

    caplog.set_level("DEBUG", "cohere_aws")
    with kind(events([PIECE, LAST]), Mode.SAGEMAKER) as stream:
        stream.read()
    with kind(events([PIECE, LAST]), Mode.SAGEMAKER) as stream:
        next(iter(stream))
    asyncio.run(loop())
    records = [record for record in caplog.records if record.name == "cohere_aws"]
    outcomes = [record.args["outcome"] for record in records]  # type: ignore[index,call-overload]
    assert outcomes == ["complete", "closed"] * 2
