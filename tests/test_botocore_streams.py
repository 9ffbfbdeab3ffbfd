"""Loops over bodies of botocore: when they are used, and that they see what botocore sees."""

from __future__ import annotations

import asyncio
import base64
import functools
import inspect
import logging
import random
import sys
import threading
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.eventstream import (
    ChecksumMismatch,
    EventStream,
    EventStreamBuffer,
    EventStreamHeaderParser,
    EventStreamMessage,
)
from botocore.parsers import EventStreamJSONParser, ResponseParser, ResponseParserFactory
from hypothesis import given
from hypothesis import strategies as st

import cohere_aws._botocore_streams as module
from clients import (
    BODIES,
    STREAMS,
    arguments,
    both_modes,
    client_of,
    local_client,
    needs_aiobotocore,
    stream_of,
    with_async_client,
)
from cohere_aws import Mode, StreamingGenerations
from cohere_aws._botocore_streams import async_events_of, events_of
from cohere_aws._frame_reader import FrameReader
from cohere_aws._services import SERVICES
from cohere_aws.testing import RecordedEvent, Recording, record, replay, serve
from damage import event, frame, headers_of
from frame_cases import (
    OPERATIONS,
    Case,
    Raw,
    aread,
    async_difference,
    body_of,
    case_from,
    difference,
    error_in,
    made_by,
    seen,
    service_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

OPERATION = {Mode.BEDROCK: "bedrock", Mode.SAGEMAKER: "sagemaker"}
PIECE, LAST = b'{"is_finished":false,"text":"a"}', b'{"is_finished":true}'


def case_of(*frames: bytes, mode: Mode = Mode.BEDROCK, error: Exception | None = None) -> Case:
    return Case(OPERATION[mode], list(frames), error, [])


def small(mode: Mode = Mode.BEDROCK) -> Case:
    return case_of(*[event(mode, PIECE)] * 9, event(mode, LAST), mode=mode)


def is_fast(body: Any, mode: Mode = Mode.BEDROCK) -> bool:
    return events_of(body, SERVICES[mode]) is not None


def recording(operation: str) -> Recording:
    service, name, _ = OPERATIONS[operation]
    if operation == "converse":
        piece = b'{"contentBlockIndex":0,"delta":{"text":"a"},"p":"abc"}'
        events = [RecordedEvent("messageStart", b'{"role":"assistant"}')]
        events += [RecordedEvent("contentBlockDelta", piece)] * 9
        events += [RecordedEvent("messageStop", b'{"stopReason":"end_turn"}')]
    else:
        kind = "chunk" if operation == "bedrock" else "PayloadPart"
        events = [RecordedEvent(kind, PIECE)] * 9 + [RecordedEvent(kind, LAST)]
    return Recording(service=service, operation=name, stream=tuple(events))


def calls(function: Any, do: Callable[[], Any]) -> int:
    """Return how often *do* calls *function*, which is not replaced: that would be noticed."""
    count = 0

    def count_call(frame: Any, kind: str, _: Any) -> None:
        nonlocal count
        count += kind == "call" and frame.f_code is function.__code__

    sys.setprofile(count_call)
    try:
        do()
    finally:
        sys.setprofile(None)
    return count


def stream_from(client: Any, operation: str) -> StreamingGenerations:
    if operation == "converse":
        messages = [{"role": "user", "content": [{"text": "hello"}]}]
        body = client.converse_stream(modelId="model", messages=messages)["stream"]
        return StreamingGenerations(body, Mode.BEDROCK)
    return stream_of(client, Mode.BEDROCK if operation == "bedrock" else Mode.SAGEMAKER)


# If one of these two fails, with a new version of botocore perhaps, all streams still work, but each
# event takes three times as long.
@pytest.mark.parametrize(
    ("operation", "kinds"), [("bedrock", 1), ("sagemaker", 1), ("converse", 3)]
)
def test_botocore_parses_each_kind_of_frame_once(operation: str, kinds: int) -> None:
    mode = Mode.SAGEMAKER if operation == "sagemaker" else Mode.BEDROCK
    for function in (EventStreamHeaderParser.parse, EventStream._parse_event):
        with replay(client_of(mode), recording(operation)):
            stream = stream_from(client_of(mode), operation)
            assert calls(function, stream.read) == kinds
        assert stream.text == "a" * 9


@needs_aiobotocore
@both_modes
def test_aiobotocore_parses_each_kind_of_frame_once(mode: Mode) -> None:
    async def read(client: Any) -> str:
        response = await getattr(client, STREAMS[mode])(**arguments(mode))
        stream = StreamingGenerations(response[BODIES[mode]], mode)
        await stream.aread()
        return stream.text

    found: list[str] = []
    with serve(recording(OPERATION[mode])) as server:

        def run() -> None:
            found.append(with_async_client(mode, read, endpoint_url=server.url))

        assert calls(EventStreamHeaderParser.parse, run) == 1
    assert found == ["a" * 9]


def test_the_frames_are_parsed_once_over_loopback() -> None:
    with serve(recording("bedrock")) as server:
        client = local_client(server.url, Mode.BEDROCK)
        stream = stream_of(client, Mode.BEDROCK)
        assert calls(EventStreamHeaderParser.parse, stream.read) == 1
        client.close()


# --- Another body is iterated as it is


def test_a_proxy() -> None:
    class Proxy:  # as those of OpenTelemetry, which are made by the package wrapt
        def __init__(self, body: Any) -> None:
            self.seen: list[Any] = []
            self._body = body

        def __getattr__(self, name: str) -> Any:
            return getattr(self._body, name)

        @property
        def __class__(self) -> Any:
            return EventStream

        def __iter__(self) -> Iterator[Any]:
            for each in self._body:
                self.seen.append(each)
                yield each

    proxy = Proxy(body_of(small()))
    assert isinstance(proxy, EventStream)
    assert not is_fast(proxy)
    assert StreamingGenerations(proxy, Mode.BEDROCK).read()[0].text == "a" * 9
    assert len(proxy.seen) == 10


def test_a_subclass() -> None:
    class Special(EventStream):  # type: ignore[misc,unused-ignore]  # botocore has no types
        pass

    body = made_by(Special, EventStreamJSONParser, small())
    assert not is_fast(body)


def test_a_body_that_was_begun_or_read() -> None:
    body = body_of(small())
    loop = iter(body)
    assert is_fast(body_of(small()))
    next(loop)
    assert not is_fast(body)
    assert len([*loop]) == 9
    assert not is_fast(body)


def test_a_body_that_another_stream_reads() -> None:
    body = body_of(small())
    first = StreamingGenerations(body, Mode.BEDROCK)
    assert next(iter(first)).text == "a"
    assert not is_fast(body)
    assert StreamingGenerations(body, Mode.BEDROCK).read()[0].text == "a" * 8
    first.close()


def test_a_generator_of_another_kind() -> None:
    body = body_of(small())
    body._event_generator = (each for each in ())
    assert not is_fast(body)


METHODS = [
    (EventStream, "__iter__"),
    (EventStream, "_create_raw_event_generator"),
    (EventStream, "_parse_event"),
    (EventStreamBuffer, "next"),
    (EventStreamHeaderParser, "parse"),
    (EventStreamMessage, "to_response_dict"),
    (EventStreamJSONParser, "_parse_body_as_json"),
    (EventStreamJSONParser, "parse"),
]


@pytest.mark.parametrize(
    ("kind", "name"), METHODS, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_method_that_was_replaced(kind: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = getattr(kind, name)
    body = body_of(small())

    @functools.wraps(original)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        return original(*arguments, **options)

    whole = functools.partialmethod(original)
    for replaced in (wrapper, staticmethod(wrapper), whole, whole.__get__(None, kind)):
        owner = next(each for each in kind.__mro__ if name in vars(each) or each is kind)
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, replaced)
            assert not is_fast(body)
    if kind is EventStream and name != "__iter__":
        with monkeypatch.context() as patch:
            patch.setattr(body, name, wrapper, raising=False)
            assert not is_fast(body)
    assert is_fast(body)


@pytest.mark.parametrize(
    "kind", [EventStreamBuffer, EventStreamHeaderParser, EventStreamJSONParser, ResponseParser]
)
def test_a_class_that_was_replaced(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    body = body_of(small())
    with monkeypatch.context() as patch:
        patch.setattr(f"{kind.__module__}.{kind.__name__}", type(kind.__name__, (kind,), {}))
        assert not is_fast(body)
    assert is_fast(body)


def test_a_session_with_a_parser_for_blobs() -> None:
    factory = ResponseParserFactory()
    factory.set_parser_defaults(blob_parser=base64.b64decode)
    parser = factory.create_parser("rest-json")._event_stream_parser
    assert not is_fast(made_by(EventStream, lambda: parser, small()))
    parser = ResponseParserFactory().create_parser("rest-json")._event_stream_parser
    assert is_fast(made_by(EventStream, lambda: parser, small()))


def test_a_parser_that_was_replaced() -> None:
    class Parser(EventStreamJSONParser):  # type: ignore[misc,unused-ignore]
        pass

    assert not is_fast(made_by(EventStream, Parser, small()))
    body = body_of(small())
    body._parser.parse = body._parser.parse
    assert not is_fast(body)


def test_debug_logging_of_events(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "botocore.parsers"):
        body = body_of(small())
        assert not is_fast(body)
        assert StreamingGenerations(body, Mode.BEDROCK).read()[0].text == "a" * 9
    assert sum("Response body" in each.message for each in caplog.records) == 10
    with caplog.at_level(logging.INFO, "botocore.parsers"):
        assert is_fast(body_of(small()))


def test_a_model_that_is_not_known() -> None:
    assert not is_fast(body_of(small()), Mode.SAGEMAKER)
    body = body_of(small())
    body._output_shape.members["chunk"].members["p"] = body._output_shape.members["chunk"]
    try:
        assert not is_fast(body)
    finally:
        del body._output_shape.members["chunk"].members["p"]
    assert is_fast(body)


@pytest.mark.parametrize("name", ["_event_generator", "_output_shape", "_parser"])
def test_a_version_of_botocore_without_a_name(name: str) -> None:
    body = body_of(small())
    vars(body).pop(name)
    assert not is_fast(body)


def test_a_version_of_botocore_with_another_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(EventStream, "_create_raw_event_generator")
    body = object.__new__(EventStream)
    vars(body).update(vars(object.__new__(EventStream)))
    assert not is_fast(body)


def test_sources_of_other_types() -> None:
    for source in ([], None, EventStream, Raw(small())):
        assert not is_fast(source)
        assert async_events_of(source, SERVICES[Mode.BEDROCK]) is None


@needs_aiobotocore
def test_an_asynchronous_body_that_was_begun() -> None:
    from aiobotocore.eventstream import AioEventStream

    async def check() -> None:
        service = service_of(small())
        body = await_body(small())
        assert type(body) is AioEventStream
        assert events_of(body, service) is None
        loop = aiter(body)
        await anext(loop)
        assert async_events_of(body, service) is None
        assert [each async for each in loop]
        assert async_events_of(body, service) is None  # nor one at its end
        body = await_body(small())
        generator = body._event_generator
        running = asyncio.create_task(anext(generator))
        body._raw_stream.content = Endless()
        await asyncio.sleep(0)
        assert async_events_of(body, service) is None
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        body = await_body(small())
        # One of another function, which begins at the same line.
        line = AioEventStream._create_raw_event_generator.__code__.co_firstlineno
        code = Endless.iter_chunks.__code__.replace(co_firstlineno=line)
        body._event_generator = FunctionType(code, globals())(Endless())
        assert async_events_of(body, service) is None
        assert async_events_of(await_body(small()), service) is not None

    asyncio.run(check())


class Endless:
    async def iter_chunks(self) -> Any:
        await asyncio.sleep(60)
        yield b"", True


def await_body(case: Case) -> Any:
    from aiobotocore.eventstream import AioEventStream
    from aiobotocore.parsers import AioResponseParserFactory

    parser = AioResponseParserFactory().create_parser("rest-json").EVENT_STREAM_PARSER_CLS
    return made_by(AioEventStream, parser, case)


# --- The same as botocore


@given(st.randoms(use_true_random=False))
def test_the_same_as_botocore(drawn: random.Random) -> None:
    assert difference(case_from(drawn)) is None


@pytest.mark.parametrize("seed", range(20))
def test_the_same_as_botocore_for_many_streams(seed: int) -> None:
    for number in range(20):
        assert difference(case_from(random.Random(f"{seed}.{number}"))) is None


@needs_aiobotocore
@pytest.mark.parametrize("seed", range(5))
def test_the_same_as_aiobotocore(seed: int) -> None:
    async def check() -> None:
        for number in range(20):
            assert await async_difference(case_from(random.Random(f"{seed}.{number}"))) is None

    asyncio.run(check())


@pytest.mark.parametrize("at", range(0, 130, 1))
def test_two_chunks_cut_at_every_byte(at: int) -> None:
    data = event(Mode.SAGEMAKER, PIECE) + event(Mode.SAGEMAKER, LAST)
    first = event(Mode.SAGEMAKER, PIECE)
    case = case_of(first, data[:at], data[at:], mode=Mode.SAGEMAKER)
    assert difference(case) is None
    case.steps = [0, 1, 0, 1]
    assert difference(case) is None


def test_nothing_is_read_ahead() -> None:
    body = body_of(small())
    for number, _ in enumerate(events_of(body, service_of(small())) or (), 1):
        assert body._raw_stream.pulled == number


def test_loops_in_turns() -> None:
    bad = bytearray(event(Mode.BEDROCK, PIECE))
    bad[-1] ^= 1
    error = frame(headers_of(Mode.BEDROCK, "exception", "throttlingException"), b'{"message":"m"}')
    good = event(Mode.BEDROCK, PIECE)
    for frames in (
        [good, error, good],
        [good, bytes(bad), good],
        [error] * 3,
        [good * 3, good],
        [bytes(bad)] * 2,
    ):
        for parts in (frames, [b"".join(frames)]):
            for number in range(27):
                steps = [number % 3, number // 3 % 3, number // 9] * 2
                case = Case("bedrock", parts, None, steps)
                assert difference(case) is None


@pytest.mark.parametrize("steps", [[], [0, 1], [0, 0, 1, 0]])
@pytest.mark.parametrize("odd", [None, "text", 5])
def test_a_chunk_that_is_not_bytes_ends_all_loops(odd: Any, steps: list[int]) -> None:
    good = event(Mode.BEDROCK, PIECE)
    for chunks in ([good, odd, good], [good[:9], odd, good[9:], good]):
        assert difference(Case("bedrock", chunks, None, steps)) is None


def test_a_damaged_frame_ends_the_loop_over_the_socket() -> None:
    class Closing(Raw):
        is_open = True

        def stream(self) -> Iterator[Any]:
            try:
                yield from super().stream()
            finally:
                self.is_open = False

    good = event(Mode.BEDROCK, PIECE)
    body = body_of(small())
    body._raw_stream = Closing(case_of(good, good[:-1] + bytes([good[-1] ^ 1]), good))
    events = events_of(body, service_of(small()))
    assert next(events or iter(())) == {"chunk": {"bytes": PIECE}}
    with pytest.raises(ChecksumMismatch):
        next(events or iter(()))
    assert not body._raw_stream.is_open


def test_another_thread_while_a_loop_waits() -> None:
    def observed(*, with_ours: bool) -> list[Any]:
        waiting, go_on = threading.Event(), threading.Event()

        class Slow(Raw):
            def stream(self) -> Iterator[Any]:
                for number, each in enumerate(super().stream()):
                    if number == 1:
                        waiting.set()
                        assert go_on.wait(10)
                    yield each

        body = body_of(small())
        body._raw_stream = Slow(small())
        loop = events_of(body, service_of(small())) if with_ours else iter(body)
        assert loop is not None
        found = [seen(lambda: next(loop))]
        thread = threading.Thread(target=lambda: found.append(seen(lambda: next(loop))))
        thread.start()
        assert waiting.wait(10)
        found += [seen(lambda: next(iter(body))) for _ in range(2)]
        go_on.set()
        thread.join()
        return [*found, *map(repr, body)]

    found = observed(with_ours=True)
    assert found == observed(with_ours=False)
    assert [each[1] for each in found[1:3]] == ["generator already executing"] * 2
    assert len(found) == 12


@needs_aiobotocore
def test_another_task_while_a_loop_waits() -> None:
    async def observed(*, with_ours: bool) -> list[Any]:
        go_on = asyncio.Event()

        class Slow(Raw):
            async def iter_chunks(self) -> AsyncIterator[tuple[Any, bool]]:
                for number, each in enumerate(self.stream()):
                    if number == 1:
                        await go_on.wait()
                    yield each, True

        body = await_body(small())
        body._raw_stream = Slow(small())
        loop = async_events_of(body, service_of(small())) if with_ours else aiter(body)
        assert loop is not None
        found: list[Any] = [repr(await anext(loop))]
        task = asyncio.ensure_future(anext(loop))
        await asyncio.sleep(0)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="already running") as caught:
                await anext(aiter(body))
            found.append(error_in(caught.value))
        go_on.set()
        return [*found, repr(await task), *[repr(each) async for each in body]]

    found = asyncio.run(observed(with_ours=True))
    assert found == asyncio.run(observed(with_ours=False))
    assert len(found) == 12


@needs_aiobotocore
def test_chunks_of_aiohttp_are_read_together() -> None:
    async def check(frames: list[bytes]) -> tuple[list[str], str]:
        reader = stream_reader()
        for each in frames:
            reader.begin_http_chunk_receiving()
            reader.feed_data(each)
            reader.end_http_chunk_receiving()
        reader.feed_eof()
        body = await_body(small())
        body._raw_stream.content = reader
        events = async_events_of(body, service_of(small()))
        assert events is not None
        found, error = [], ""
        try:
            async for each in events:
                found.append(repr(each))  # noqa: PERF401  # keeps those before an error
        except Exception as raised:  # noqa: BLE001  # botocore's, for a checksum
            error = type(raised).__name__
            assert [each async for each in body] == []  # botocore reads no further
        return found, error

    good = event(Mode.BEDROCK, PIECE)
    expected = [repr({"chunk": {"bytes": PIECE}})] * 3
    assert asyncio.run(check([good] * 3)) == (expected, "")
    assert asyncio.run(check([good[:50], good[50:] + good, good])) == (expected, "")
    bad = good[:-1] + bytes([good[-1] ^ 1])
    assert asyncio.run(check([good * 3 + bad, good])) == (expected, "ChecksumMismatch")


def stream_reader() -> Any:
    """Return a reader of aiohttp for the loop that runs."""
    from aiohttp.base_protocol import BaseProtocol
    from aiohttp.streams import StreamReader

    loop = asyncio.get_running_loop()
    return StreamReader(BaseProtocol(loop), 2**16, loop=loop)


@needs_aiobotocore
def test_no_chunk_of_aiohttp_is_read_after_an_error() -> None:
    good = event(Mode.BEDROCK, PIECE)

    async def check() -> None:
        body = await_body(small())
        content = body._raw_stream.content = stream_reader()
        events = async_events_of(body, service_of(small()))
        assert events is not None
        content.feed_data(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(ChecksumMismatch):
            await anext(events)
        content.feed_data(good)
        assert [each async for each in body] == []

    asyncio.run(check())


@needs_aiobotocore
def test_only_a_reader_of_aiohttp_itself_is_read_in_larger_parts() -> None:
    class Wrapper:  # as those of a recorder, which know one method
        def __init__(self, content: Any) -> None:
            self.content, self.seen = content, 0

        def __getattr__(self, name: str) -> Any:
            return getattr(self.content, name)

        async def iter_chunks(self) -> Any:
            async for each in self.content.iter_chunks():
                self.seen += 1
                yield each

    async def check(*, is_wrapped: bool) -> int:
        body, content = await_body(small()), stream_reader()
        for _ in range(3):
            content.begin_http_chunk_receiving()
            content.feed_data(event(Mode.BEDROCK, PIECE))
            content.end_http_chunk_receiving()
        content.feed_eof()
        body._raw_stream.content = wrapper = Wrapper(content)
        if not is_wrapped:
            body._raw_stream.content = content
        events = async_events_of(body, service_of(small()))
        assert events is not None
        assert len([each async for each in events]) == 3
        return wrapper.seen

    from aiohttp.streams import StreamReader

    assert asyncio.run(check(is_wrapped=True)) == 3
    assert calls(StreamReader.iter_any, lambda: asyncio.run(check(is_wrapped=False))) == 1


@needs_aiobotocore
def test_events_that_the_model_does_not_know_are_skipped() -> None:
    unknown = frame(headers_of(Mode.BEDROCK, "event", "unknown"), b"{}")
    case = case_of(unknown, event(Mode.BEDROCK, PIECE), unknown)

    async def check() -> list[Any]:
        events = async_events_of(await_body(case), service_of(case))
        assert events is not None
        return [each async for each in events]

    expected = [{"chunk": {"bytes": PIECE}}]
    assert [*(events_of(body_of(case), service_of(case)) or ())] == expected
    assert asyncio.run(check()) == expected


@needs_aiobotocore
def test_an_error_ends_all_loops_over_a_body_of_aiobotocore() -> None:
    good = event(Mode.BEDROCK, PIECE)
    bad = good[:-1] + bytes([good[-1] ^ 1])
    for steps in (
        [0, 0, 0, 0],
        [0, 1, 0, 1],
        [1, 0, 1, 1],
        [1, 1, 1, 0],
        [0, 0, 1, 0],
        [1, 1, 0, 0],
    ):
        case = Case("bedrock", [good, bad, good, good], None, steps)
        assert asyncio.run(async_difference(case)) is None
        assert asyncio.run(aread(case, with_ours=True))


@pytest.mark.parametrize("is_awaited", [True, False])  # aiobotocore since 2.22, and before it
def test_a_parser_that_is_awaited_and_one_that_is_not(*, is_awaited: bool) -> None:
    def parse(message: Any) -> Any:
        return {"payload": message.payload}

    async def parse_async(message: Any) -> Any:
        await asyncio.sleep(0)
        return parse(message)

    async def check() -> list[Any]:
        body: Any = SimpleNamespace(_parse_event=parse_async if is_awaited else parse)
        body._raw_stream = Raw(small())
        reader = FrameReader([])
        chunks = module._async_chunks(body, reader)
        return [each async for each in module._async_events(body, chunks, reader)]

    found = asyncio.run(check())
    assert [each.keys() for each in found] == [{"payload"}] * 10


@both_modes
def test_a_recorder_gets_all_bytes(mode: Mode, tmp_path: Path) -> None:
    made = recording(OPERATION[mode])
    with replay(client_of(mode), made), record(client_of(mode), tmp_path / "again.jsonl"):
        assert stream_of(client_of(mode), mode).read()[0].text == "a" * 9
    again = Recording.load(tmp_path / "again.jsonl")
    assert [each.payload for each in again.stream or ()] == [
        each.payload for each in made.stream or ()
    ]


@needs_aiobotocore
@both_modes
def test_a_recorder_of_an_asynchronous_stream_gets_all_bytes(mode: Mode, tmp_path: Path) -> None:
    made = recording(OPERATION[mode])

    async def read(client: Any) -> Any:
        with record(client, tmp_path / "again.jsonl"):
            response = await getattr(client, STREAMS[mode])(**arguments(mode))
            await StreamingGenerations(response[BODIES[mode]], mode).aread()

    with serve(made) as server:
        with_async_client(mode, read, endpoint_url=server.url)
    again = Recording.load(tmp_path / "again.jsonl")
    assert [each.payload for each in again.stream or ()] == [
        each.payload for each in made.stream or ()
    ]


def test_the_names_that_are_listed_are_those_that_are_used() -> None:
    names = {"_raw_stream", "_output_shape", "_parser", "_parse_event", "_event_generator"}
    assert all(f"``{name}``" in (module.__doc__ or "") for name in names)
    assert names <= {*vars(body_of(small())), *dir(EventStream)}
    names = {"_blob_parser", "_default_blob_parser"}
    assert all(f"``{name}``" in (module.__doc__ or "") for name in names)
    assert names <= {*dir(body_of(small())._parser)}
    assert inspect.isgenerator(body_of(small())._event_generator)
