"""The state of one stream and its two loops: results, errors, closing."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

import smithy_models
from cohere_aws import (
    CohereError,
    Generation,
    Generations,
    IncompleteStreamError,
    IncompleteStreamWarning,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamingGenerations,
    TransportError,
)
from cohere_aws._dialects._first import FirstItems
from cohere_aws._framing import Framing
from cohere_aws._services import service_for
from cohere_aws._stream import Stream, async_results, results
from strategies import events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from cohere_aws import StreamingText

PIECE, LAST = b'{"text":"a"}', b'{"is_finished":true}'
SO_FAR = Generations([Generation("a", index=0)])


class Source:
    """A plain source that can be closed, and fails if asked to."""

    def __init__(self, *payloads: bytes, error: BaseException | None = None) -> None:
        self.closings = 0
        self._events = events(list(payloads))
        self._error = error

    def __iter__(self) -> Iterator[dict[str, Any]]:
        yield from self._events
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self.closings += 1


class AsyncSource(Source):
    """The same as an asynchronous source, in the manner of aiobotocore: closing does not wait."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        raise NotImplementedError("Use async-for instead")

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        for event in super().__iter__():
            await asyncio.sleep(0)
            yield event


class AwaitedSource(AsyncSource):
    """The same in the manner of an asynchronous generator: closing has to be awaited."""

    close: Any = property()  # hides that of the plain source

    async def aclose(self) -> None:
        await asyncio.sleep(0)
        self.closings += 1


def stream_of(source: Any, *, strict: bool = False) -> Stream:
    return Stream(source, service_for(Mode.SAGEMAKER), Framing(), FirstItems(None), strict=strict)


def drain(stream: Stream) -> list[StreamingText]:
    """Read what is left, in the loop that the source is for."""
    if not isinstance(stream.source, AsyncSource):
        return list(results(stream, stream.events()))

    async def loop() -> list[StreamingText]:
        return [result async for result in async_results(stream, stream.async_events())]

    return asyncio.run(loop())


sources = pytest.mark.parametrize("source", [Source, AsyncSource, AwaitedSource])


@sources
def test_the_source_is_closed_once_at_its_end(source: Callable[..., Source]) -> None:
    stream = stream_of(source(PIECE, LAST))
    assert [result.text for result in drain(stream)] == ["a"]
    assert stream.closed
    assert stream.source.closings == 1
    assert drain(stream) == []
    assert stream.source.closings == 1


@sources
@pytest.mark.parametrize(
    ("payloads", "place"),
    [
        ([], "after 0 items"),
        ([b'{"te'], "after 0 items and 4 bytes of the next"),
        ([PIECE], "after 1 item"),
        ([PIECE + b" {"], "after 1 item and 1 byte of the next"),
    ],
)
def test_a_stream_that_is_cut_off(
    source: Callable[..., Source], payloads: list[bytes], place: str
) -> None:
    partial = SO_FAR if PIECE in b"".join(payloads) else Generations([])
    message = f"^the stream ended before its last item, {place}$"
    stream = stream_of(source(*payloads))
    with pytest.warns(IncompleteStreamWarning, match=message) as caught:
        drain(stream)
    assert caught[0].message.partial == partial
    assert drain(stream) == []  # it is reported once

    stream = stream_of(source(*payloads), strict=True)
    for _ in range(2):  # but an error stays
        with pytest.raises(IncompleteStreamError, match=message) as raised:
            drain(stream)
        assert raised.value.partial == partial
    assert stream.source.closings == 1


def test_a_cut_inside_of_what_follows_the_last_item() -> None:
    message = "^the stream ended inside an item after its last one, after 2 items and 6 bytes of the next$"
    with pytest.warns(IncompleteStreamWarning, match=message):
        drain(stream_of([*events([PIECE, LAST + b'{"amaz'])]))


@sources
def test_an_error_beside_a_payload_comes_after_it(source: Callable[..., Source]) -> None:
    stream = stream_of(source(PIECE))
    stream.source._events[0]["throttlingException"] = {"message": "slow down"}
    with pytest.raises(ServiceError, match="slow down") as caught:
        drain(stream)
    assert caught.value.partial == SO_FAR


@sources
def test_a_fault_of_this_package_is_not_taken_for_one_of_the_source(
    source: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = stream_of(source(PIECE))
    monkeypatch.setattr(stream.reader, "read", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        drain(stream)
    assert stream.closed


async def read_typed(source: Any) -> list[StreamingText]:
    stream = Stream(source, service_for(Mode.BEDROCK), Framing(), FirstItems(None), strict=True)
    found = [result async for result in async_results(stream, stream.async_events())]
    assert stream.closed
    return found


@pytest.mark.parametrize("type_", [smithy_models.OutputEventStream, smithy_models.Receiver])
def test_typed_events_are_read_as_those_of_boto3(type_: Any) -> None:
    source = type_(map(smithy_models.chunk, (PIECE, LAST)))
    assert [result.text for result in asyncio.run(read_typed(source))] == ["a"]
    assert getattr(source, "output_stream", source).closed


def test_typed_events_may_come_from_a_plain_source() -> None:
    source = list(map(smithy_models.chunk, (PIECE, LAST)))
    stream = Stream(source, service_for(Mode.BEDROCK), Framing(), FirstItems(None), strict=True)
    assert [result.text for result in results(stream, stream.events())] == ["a"]


@pytest.mark.parametrize("in_loop", [True, False])
def test_a_typed_event_that_reports_an_error(in_loop: bool) -> None:
    detail = smithy_models.ThrottlingException(message="slow down")
    source = [
        smithy_models.chunk(PIECE),
        smithy_models.ResponseStreamThrottlingException(detail),
    ]
    stream = StreamingGenerations(
        smithy_models.Receiver(source) if in_loop else source, Mode.BEDROCK
    )
    with pytest.raises(ServiceError, match=r"^throttlingException: slow down$") as caught:
        asyncio.run(stream.aread()) if in_loop else stream.read()
    assert caught.value.partial == SO_FAR


def test_a_typed_event_without_its_bytes_is_an_error() -> None:
    source = [smithy_models.chunk(PIECE), smithy_models.chunk(None)]
    with pytest.raises(MalformedStreamError, match="its bytes were lost in transit") as caught:
        asyncio.run(read_typed(smithy_models.Receiver(source)))
    assert caught.value.partial == SO_FAR


def test_metrics_alone_may_be_the_last_item() -> None:
    metrics = b'{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}'
    ended = b'{"index":0,"text":"a","is_finished":true}'
    assert len(drain(stream_of(events([ended, metrics]), strict=True))) == 1


def test_the_warning_points_to_the_loop() -> None:
    with pytest.warns(IncompleteStreamWarning) as caught:
        for _ in results(stream := stream_of([]), stream.events()):
            pass
    assert caught[0].filename == __file__


@sources
@pytest.mark.parametrize(
    ("cause", "kind"),
    [(ConnectionResetError(), TransportError), (CohereError("of the source"), CohereError)],
)
def test_what_the_source_raises(
    source: Callable[..., Source], cause: BaseException, kind: type[CohereError]
) -> None:
    stream = stream_of(source(PIECE, error=cause))
    for _ in range(2):
        with pytest.raises(kind) as caught:
            drain(stream)
        assert type(caught.value) is kind
        assert caught.value.partial == SO_FAR
        assert cause in (caught.value, caught.value.__cause__)
    assert stream.source.closings == 1


class Stuck(Source):
    """A source that cannot be closed, either."""

    def __init__(self, *payloads: bytes, closing: Exception, **error: Any) -> None:
        super().__init__(*payloads, **error)
        self.closing = closing

    def close(self) -> None:
        raise self.closing


class AsyncStuck(Stuck, AsyncSource):
    """The same, asynchronous."""


stuck = pytest.mark.parametrize("source", [Stuck, AsyncStuck])
closings = pytest.mark.parametrize("closing", [ConnectionResetError(), OSError("bad descriptor")])


@stuck
@closings
@pytest.mark.parametrize(
    ("item", "error", "kind"),
    [
        (b'{"message":"m"}', None, ServiceError),
        (b'{"text":5}', None, MalformedStreamError),
        (PIECE, TimeoutError(), TransportError),
        (PIECE, ValueError("of the source"), TransportError),
        (PIECE, AssertionError("of a test"), AssertionError),
    ],
)
def test_the_first_error_counts(
    source: Any, closing: Exception, item: bytes, error: Exception | None, kind: type[Exception]
) -> None:
    stream = stream_of(source(PIECE, item, closing=closing, error=error))
    with pytest.raises(kind) as caught:
        drain(stream)
    if isinstance(caught.value, CohereError):
        assert caught.value.partial == stream.reader.generations()
        with pytest.raises(kind):  # and it stays
            drain(stream)


@stuck
def test_closing_that_fails_after_the_end(source: Any) -> None:
    stream = stream_of(source(PIECE, LAST, closing=ConnectionResetError()))
    with pytest.raises(TransportError) as caught:
        drain(stream)
    assert caught.value.partial == stream.reader.generations()
    with pytest.raises(TransportError, match=r"builtins\.ValueError$") as caught:
        drain(stream_of(source(PIECE, LAST, closing=ValueError("of the source"))))
    assert not caught.value.retryable


def test_another_thread_may_wait_in_a_generator_that_is_closed() -> None:
    waits, ends = threading.Event(), threading.Event()

    def generator() -> Iterator[dict[str, Any]]:
        waits.set()
        ends.wait()
        yield from events([PIECE, LAST])

    stream = stream_of(generator())
    found: list[StreamingText] = []
    thread = threading.Thread(target=lambda: found.extend(drain(stream)))
    thread.start()
    waits.wait()
    try:
        stream.close()
    finally:
        ends.set()
        thread.join()
    assert len(found) == 1


def test_another_task_may_wait_in_a_generator_that_is_closed() -> None:
    async def loop() -> None:
        ends = asyncio.Event()

        async def generator() -> AsyncIterator[dict[str, Any]]:
            await ends.wait()
            for event in events([PIECE, LAST]):
                yield event

        stream = stream_of(generator())
        first = async_results(stream, stream.async_events())
        waiting = asyncio.ensure_future(anext(first))
        await asyncio.sleep(0)
        await stream.aclose()
        ends.set()
        assert (await waiting).text == "a"
        assert [result async for result in first] == []

    asyncio.run(loop())


def test_the_traceback_of_an_error_that_stays_does_not_grow() -> None:
    stream, lengths = stream_of([], strict=True), []
    for _ in range(3):
        with pytest.raises(IncompleteStreamError) as caught:
            drain(stream)
        lengths.append(len(caught.traceback))
    assert lengths[1] == lengths[2]


def test_a_transport_error_says_how_far_it_came() -> None:
    with pytest.raises(TransportError, match="the stream, after 12 bytes of payload, broke off: "):
        drain(stream_of(Source(PIECE, error=TimeoutError())))


NEW_EVENT = {"newEvent": {"of": "the service"}}  # an event without bytes


def of_events(source: Callable[..., Source], *found: Any, **options: Any) -> Stream:
    """Return a stream of these events, which need not hold bytes."""
    made = source(**options)
    made._events = [*found]
    return stream_of(made)


@sources
@pytest.mark.parametrize(
    ("before", "place"),
    [
        ([], "after 0 bytes of payload"),
        ([NEW_EVENT], "after 1 item"),
        ([NEW_EVENT, NEW_EVENT], "after 2 items"),
        ([NEW_EVENT, *events([PIECE])], "after 12 bytes of payload"),
    ],
)
def test_a_transport_error_counts_items_where_no_event_has_bytes(
    source: Callable[..., Source], before: list[Any], place: str
) -> None:
    with pytest.raises(TransportError, match=f"^the stream, {place}, broke off: "):
        drain(of_events(source, *before, error=TimeoutError()))


@sources
def test_events_with_and_without_bytes_are_read_in_their_order(
    source: Callable[..., Source],
) -> None:
    stream = of_events(source, *events([PIECE[:5]]), NEW_EVENT, *events([PIECE[5:], LAST]))
    assert [result.text for result in drain(stream)] == ["a"]
    assert stream.reader.other_items == [NEW_EVENT]
    stream = of_events(source, NEW_EVENT, *events([PIECE + b" {"]))
    with pytest.warns(IncompleteStreamWarning, match="after 2 items and 1 byte of the next$"):
        drain(stream)


@sources
def test_a_wrong_field_of_an_event_without_bytes_names_its_item(
    source: Callable[..., Source],
) -> None:
    stream = of_events(source, *events([PIECE]), NEW_EVENT, {"text": {}})
    with pytest.raises(MalformedStreamError, match=r"^item 2: text is an object; expected a str"):
        drain(stream)
    assert stream.reader.generations() == SO_FAR


@sources
@pytest.mark.parametrize("cause", [AssertionError("of a test"), KeyboardInterrupt()])
def test_what_is_not_ours_passes(source: Callable[..., Source], cause: BaseException) -> None:
    stream = stream_of(source(PIECE, error=cause))
    with pytest.raises(type(cause)) as caught:
        drain(stream)
    assert caught.value is cause
    assert stream.source.closings == 1
    with pytest.warns(IncompleteStreamWarning):  # and whoever goes on hears that it was cut off
        drain(stream)


@sources
def test_a_field_of_another_type_names_the_item(source: Callable[..., Source]) -> None:
    with pytest.raises(
        MalformedStreamError, match=r"^item 1: text is a number; expected a "
    ) as caught:
        drain(stream_of(source(PIECE, b'{"text":5}')))
    assert caught.value.partial == SO_FAR
    assert caught.value.__cause__ is None


def test_a_loop_that_is_left_closes_nothing_and_can_be_taken_up() -> None:
    source = Source(PIECE + PIECE, PIECE, LAST)
    stream = stream_of(source)
    loop = results(stream, stream.events())
    for _ in loop:
        break
    assert source.closings == 0
    assert len(list(loop)) == 2
    assert source.closings == 1


def test_a_loop_that_is_given_up_closes_nothing() -> None:
    stream = stream_of(Source(PIECE, LAST))
    loop = results(stream, stream.events())
    next(loop)
    loop.close()
    assert stream.source.closings == 0
    stream.close()

    async def give_up() -> None:
        stream = stream_of(AsyncSource(PIECE + PIECE, PIECE, LAST))
        loop = async_results(stream, stream.async_events())
        await anext(loop)
        await loop.aclose()
        assert stream.source.closings == 0
        rest = async_results(stream, stream.async_events())
        assert len([result async for result in rest]) == 2
        assert stream.source.closings == 1

    asyncio.run(give_up())


def test_the_loop_for_the_other_kind_of_source() -> None:
    stream = stream_of(AsyncSource(PIECE))
    with pytest.raises(TypeError, match="this stream is asynchronous; use 'async for'"):
        stream.events()
    assert stream.source.closings == 0
    stream.close()
    with pytest.raises(TypeError, match="this stream is not asynchronous; use 'for'"):
        stream_of([]).async_events()


async def generate(*payloads: bytes) -> AsyncIterator[dict[str, Any]]:
    for event in events(list(payloads)):
        yield event


def test_an_asynchronous_generator_is_a_source() -> None:
    stream = stream_of(generate(PIECE, LAST))
    with pytest.raises(TypeError, match="use 'async for'"):
        stream.events()

    async def loop() -> list[StreamingText]:
        return [result async for result in async_results(stream, stream.async_events())]

    assert len(asyncio.run(loop())) == 1


def test_an_error_beside_a_payload_is_raised_after_a_loop_was_closed_inside_the_event() -> None:
    event = {"PayloadPart": {"Bytes": PIECE + PIECE}, "ModelStreamError": {"Message": "m"}}

    async def source() -> AsyncIterator[dict[str, Any]]:
        yield event

    async def read() -> list[StreamingText]:
        stream, found = stream_of(source()), []
        async with aclosing(async_results(stream, stream.async_events())) as first:
            async for result in first:
                found.append(result)
                break
        with pytest.raises(ServiceError, match="ModelStreamError"):
            async for result in async_results(stream, stream.async_events()):
                found.append(result)  # noqa: PERF401  # a comprehension would lose it
        return found

    assert len(asyncio.run(read())) == 2


def test_a_plain_source_that_only_closes_asynchronously() -> None:
    class Source(list[Any]):
        async def aclose(self) -> None:
            raise NotImplementedError

    stream = stream_of(Source(events([PIECE, LAST])))
    assert len(list(results(stream, stream.events()))) == 1
    assert stream.closed


@pytest.mark.parametrize("source", [None, 5, object()])
def test_what_is_no_source(source: Any) -> None:
    with pytest.raises(TypeError, match="expected an iterable of events"):
        stream_of(source)


def test_a_source_that_cannot_be_closed() -> None:
    stream = stream_of(events([PIECE, LAST]))
    stream.close()
    assert stream.closed
    stream = stream_of(events([PIECE, LAST]))
    asyncio.run(stream.aclose())
    assert stream.closed


@pytest.mark.parametrize("source", [Source(), AwaitedSource()])
def test_an_abandoned_open_stream_is_a_resource_warning(source: Source) -> None:
    with pytest.warns(ResourceWarning, match="an open stream was abandoned"):
        del [stream_of(source)][0]
        gc.collect()
    assert source.closings == 0  # the source belongs to who made it


def test_nothing_is_said_where_nothing_is_open() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stream_of([])
        stream_of(source := Source(PIECE, LAST)).close()
        asyncio.run(stream_of(AwaitedSource()).aclose())
        gc.collect()
    assert source.closings == 1


def test_an_error_of_a_source_that_cannot_begin_is_its_own() -> None:
    class Wrong:
        def __iter__(self) -> Any:
            raise TypeError("its own")

    with pytest.raises(TypeError, match=r"^its own$"):
        list(StreamingGenerations(Wrong(), Mode.SAGEMAKER))

    class Unreachable:
        def __iter__(self) -> Any:
            raise ConnectionRefusedError

        def __aiter__(self) -> Any:
            raise ConnectionRefusedError

    with pytest.raises(TransportError) as caught:
        list(StreamingGenerations(Unreachable(), Mode.SAGEMAKER))
    assert caught.value.partial == Generations([])
    with pytest.raises(TransportError) as caught:
        aiter(StreamingGenerations(Unreachable(), Mode.SAGEMAKER))
    assert caught.value.partial == Generations([])
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


@pytest.mark.parametrize(
    "error", [AssertionError("of a test"), CohereError("of the source"), TypeError("its own")]
)
def test_what_is_not_translated_comes_out_of_a_source_that_cannot_begin(error: Exception) -> None:
    class Wrong:
        def __iter__(self) -> Any:
            raise error

        def __aiter__(self) -> Any:
            raise error

    for begin in (iter, aiter):
        with pytest.raises(type(error)) as caught:
            begin(StreamingGenerations(Wrong(), Mode.SAGEMAKER))
        if not isinstance(error, TypeError):
            assert caught.value is error
            assert caught.value.__cause__ is None


def test_what_a_source_raises_that_was_closed_under_it_is_a_transport_error() -> None:
    def source() -> Any:
        yield from [{"PayloadPart": {"Bytes": b'{"is_finished":false,"text":"a"}'}}] * 2
        stream._stream.closed = True  # as another thread would
        raise ZeroDivisionError

    stream = StreamingGenerations(source(), Mode.SAGEMAKER)
    with pytest.raises(TransportError, match=r"^the stream was closed while it was read$") as told:
        list(stream)
    assert isinstance(told.value.__cause__, ZeroDivisionError)
    assert told.value.partial is not None
    assert told.value.partial[0].text == "aa"


def test_what_a_source_raises_when_it_is_closed_comes_out() -> None:
    def plain() -> Any:
        try:
            yield {}
        finally:
            raise ValueError("its own")

    async def later() -> Any:
        try:
            yield {}
        finally:
            raise RuntimeError("its own")

    async def leave() -> None:
        source = later()
        await anext(source)
        with pytest.raises(RuntimeError, match=r"^its own$"):
            await StreamingGenerations(source, Mode.SAGEMAKER).aclose()

    source = plain()
    next(source)
    with pytest.raises(ValueError, match=r"^its own$"):
        StreamingGenerations(source, Mode.SAGEMAKER).close()
    asyncio.run(leave())
