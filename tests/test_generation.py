"""The public stream: the laws, over generated answers and all cuts, and its behaviour as an object.

The laws are those of the package: any cut gives the same outcome; a result is handed over by the
event that completes it; nothing is lost in silence.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import threading
import warnings
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import smithy_models
from cohere_aws import (
    CohereError,
    Generation,
    Generations,
    IncompleteStreamError,
    IncompleteStreamWarning,
    InvalidRequestError,
    Mode,
    ServiceError,
    StreamingText,
    Usage,
)
from cohere_aws._field import counted
from cohere_aws.generation import StreamingGenerations
from strategies import METRICS, Answer, answers, cut, cuttings, events, wires

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

modes = st.sampled_from(Mode)
PIECE, LAST = b'{"text":"a"}', b'{"is_finished":true,"finish_reason":"COMPLETE"}'
SO_FAR = Generations([Generation("a", index=0)])


def outcome(payloads: list[bytes], mode: Mode, **options: Any) -> dict[str, Any]:
    """Everything that a caller can learn from a stream."""
    stream = StreamingGenerations(events(payloads, mode), mode, **options)
    pieces, error = [], None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for piece in stream:
                pieces.append(piece)  # noqa: PERF402  # an error must not lose what came before it
        except CohereError as raised:
            error = (type(raised), str(raised), raised.partial)
    return {
        "pieces": pieces,
        "error": error,
        "warnings": [(str(w.message), w.message.partial) for w in caught],  # type: ignore[union-attr]
        "state": (stream.generations, stream.id, stream.prompt, stream.usage, stream.finish_reason),
        "text": stream.text,
        "other_items": stream.other_items,
    }


@given(st.data(), answers(), modes)
def test_any_cut_gives_the_answer(data: st.DataObject, answer: Answer, mode: Mode) -> None:
    wire = data.draw(wires(answer.items))
    found = outcome(data.draw(cuttings(wire)), mode, strict=True)
    whole = answer.generations
    assert found == {
        "pieces": answer.pieces,
        "error": None,
        "warnings": [],
        "state": (whole, whole.id, whole.prompt, whole.usage, answer.finish_reason),
        "text": whole[0].text,
        "other_items": [],
    }


@given(st.data(), answers(), modes)
def test_any_cut_of_anything_gives_the_same_outcome(
    data: st.DataObject, answer: Answer, mode: Mode
) -> None:
    strict = data.draw(st.booleans())
    wire = data.draw(wires(answer.items))
    begin = data.draw(st.integers(0, len(wire)))
    end = data.draw(st.integers(begin, len(wire)))
    wire = (
        wire[:begin] + data.draw(st.binary(max_size=3) | st.sampled_from([b'"', b"}"])) + wire[end:]
    )
    limits = {
        "max_item_bytes": data.draw(st.integers(2, 500)),
        "max_depth": data.draw(st.integers(1, 6)),
    }
    expected = outcome([wire], mode, strict=strict, **limits)
    assert outcome(data.draw(cuttings(wire)), mode, strict=strict, **limits) == expected


SHORT = [
    b'{"text":"\xc3\xa9\\n","index":1}\n{"text":"\\ud83d\\ude00","is_finished":false}{"index":0,"is_'
    b'finished":true}' + LAST,
    b'{"is_finished":true,"response":{"id":"r","generations":[{"text":"\xf0\x9f\x98\x80"}]}}',
    b'{"generations":[{"text":"a"},{"text":"b"}]}\n',
    b'{"text":"a"},{"text":"b"}',
    b'{"text":"a"}{"text":"\xff"}',
    b'{"text":"a"}{"te',
]  # fmt: skip


@pytest.mark.parametrize("wire", SHORT)
def test_every_pair_of_cuts(wire: bytes) -> None:
    expected = outcome([wire], Mode.SAGEMAKER)
    for pair in itertools.combinations_with_replacement(range(len(wire) + 1), 2):
        assert outcome(cut(wire, list(pair)), Mode.SAGEMAKER) == expected, pair


@given(st.data(), answers())
def test_a_result_is_handed_over_by_the_event_that_completes_it(
    data: st.DataObject, answer: Answer
) -> None:
    assume(all("\n" not in json.dumps(item) for item in answer.items))
    lines = [json.dumps(item).encode() + b"\n" for item in answer.items]
    payloads = data.draw(cuttings(b"".join(lines)))
    read = 0

    def source() -> Iterator[dict[str, Any]]:
        nonlocal read
        for event in events(payloads):
            read += 1
            yield event

    # Items with a result, by the byte that ends them, in order.
    ends = [end - 1 for end in itertools.accumulate(map(len, lines))]
    ends = [
        end for end, item in zip(ends, answer.items, strict=True) if item.get("text") is not None
    ]
    sizes = list(itertools.accumulate(map(len, payloads)))
    for _, end in zip(StreamingGenerations(source(), Mode.SAGEMAKER), ends, strict=True):
        assert sizes[read - 1] >= end
        assert read == 1 or sizes[read - 2] < end


@given(st.data(), answers())
def test_nothing_is_lost_in_silence_wherever_a_stream_ends(
    data: st.DataObject, answer: Answer
) -> None:
    lines = [json.dumps(item).encode() for item in answer.items]
    wire = b"".join(lines)
    end = data.draw(st.integers(0, len(wire) - 1))
    found = outcome([wire[:end]], Mode.BEDROCK)
    ends = list(itertools.accumulate(map(len, lines)))
    whole = [item for item, stop in zip(answer.items, ends, strict=True) if stop <= end]
    texts = [item["text"] for item in whole if item.get("text") is not None]
    assert [piece.text for piece in found["pieces"]] == texts
    ((message, partial),) = found["warnings"]
    left = end - max([stop for stop in ends if stop <= end], default=0)
    place = f"after {counted(len(whole), 'item')}"
    if left:
        place += f" and {counted(left, 'byte')} of the next"
    assert message == f"the stream ended before its last item, {place}"
    assert partial == found["state"][0]
    assert sorted("".join(texts).replace("<EOS_TOKEN>", "")) == sorted(
        "".join(generation.text for generation in partial)
    )


@given(st.data(), answers(), modes)
def test_an_error_keeps_what_arrived_before_it(
    data: st.DataObject, answer: Answer, mode: Mode
) -> None:
    wire = data.draw(wires(answer.items[:-1]))
    source = [*events(data.draw(cuttings(wire)), mode), {"throttlingException": {"message": "m"}}]
    stream = StreamingGenerations(source, mode)
    pieces = []
    with pytest.raises(ServiceError) as caught:  # the loop is what is tested
        for piece in stream:
            pieces.append(piece)  # noqa: PERF402
    texts = [item["text"] for item in answer.items[:-1] if item.get("text") is not None]
    assert [piece.text for piece in pieces] == texts
    assert caught.value.partial == stream.generations
    assert (caught.value.code, caught.value.retryable) == ("throttlingException", True)


@given(st.data(), answers())
def test_a_loop_that_is_left_anywhere_can_be_taken_up(data: st.DataObject, answer: Answer) -> None:
    payloads = data.draw(cuttings(data.draw(wires(answer.items))))
    stream = StreamingGenerations(events(payloads), Mode.SAGEMAKER)
    pieces: list[StreamingText] = []
    for size in data.draw(st.lists(st.integers(1, 4), max_size=4)):
        for piece in stream:
            pieces.append(piece)
            if len(pieces) >= size:
                break
    assert [*pieces, *stream] == answer.pieces
    assert stream.generations == answer.generations


def handed_on(stream: StreamingGenerations) -> Iterator[StreamingText]:
    yield from stream


def test_a_loop_that_is_left_from_outside_can_be_taken_up() -> None:
    source = events([PIECE + PIECE, PIECE + PIECE, LAST])
    stream = StreamingGenerations(source, Mode.SAGEMAKER, strict=True)
    for _ in handed_on(stream):
        break
    next(iter(stream))
    for _ in handed_on(stream):
        break
    assert len(list(stream)) == 1
    assert stream.text == "aaaa"


async def asynchronous(source: list[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    for event in source:
        yield event


@given(st.data(), answers(), modes)
def test_the_asynchronous_loop_gives_the_same(
    data: st.DataObject, answer: Answer, mode: Mode
) -> None:
    source = events(data.draw(cuttings(data.draw(wires(answer.items)))), mode)

    async def loop() -> None:
        async with StreamingGenerations(asynchronous(source), mode, strict=True) as stream:
            pieces = []
            async for piece in stream:
                pieces.append(piece)
                break
            pieces += [piece async for piece in stream]
            assert pieces == answer.pieces
        assert stream.generations == await stream.aread() == answer.generations

    asyncio.run(loop())


def test_an_asynchronous_loop_that_is_closed_can_be_taken_up() -> None:
    source = asynchronous(events([PIECE + PIECE, PIECE + PIECE, LAST]))
    stream = StreamingGenerations(source, Mode.SAGEMAKER, strict=True)

    async def loop() -> None:
        for _ in range(3):
            async with aclosing(aiter(stream)) as left:  # type: ignore[type-var]
                await anext(left)
        assert len([piece async for piece in stream]) == 1

    asyncio.run(loop())
    assert stream.text == "aaaa"


class Elsewhere:
    """An asynchronous source that outlives an event loop."""

    def __init__(self, source: list[dict[str, Any]]) -> None:
        self.left = iter(source)

    def __aiter__(self) -> Elsewhere:
        return self

    async def __anext__(self) -> dict[str, Any]:
        for event in self.left:
            return event
        raise StopAsyncIteration


def test_an_asynchronous_stream_goes_on_in_another_event_loop() -> None:
    source = Elsewhere(events([PIECE + PIECE, PIECE, LAST]))
    stream = StreamingGenerations(source, Mode.SAGEMAKER, strict=True)

    async def first() -> StreamingText:
        return await anext(aiter(stream))

    assert asyncio.run(first()).text == "a"
    asyncio.run(stream.aread())
    assert stream.text == "aaa"


def test_nothing_follows_a_failure_in_the_midst_of_an_event() -> None:
    source = asynchronous(events([PIECE + b'{"message":"m"}' + PIECE]))
    stream = StreamingGenerations(source, Mode.SAGEMAKER)

    async def loop() -> None:
        async for _ in stream:
            pass

    for _ in range(2):
        with pytest.raises(ServiceError):
            asyncio.run(loop())
    assert stream.generations == SO_FAR


def test_the_documented_constructor_and_attributes() -> None:
    source = events([PIECE, LAST], Mode.BEDROCK)
    stream = StreamingGenerations(source, Mode.BEDROCK)
    assert stream.stream is source
    assert (stream.id, stream.generations, stream.finish_reason) == (None, None, None)
    assert (stream.payload_key, stream.bytes_key) == ("chunk", "bytes")
    stream = StreamingGenerations([], Mode.SAGEMAKER)
    assert (stream.payload_key, stream.bytes_key) == ("PayloadPart", "Bytes")


@pytest.mark.parametrize("mode", [None, "BEDROCK", 2])
def test_an_unsupported_mode(mode: Any) -> None:
    with pytest.raises(CohereError, match=r"^Unsupported mode: .*; expected Mode"):
        StreamingGenerations([], mode)


@pytest.mark.parametrize("strict", ["false", 1, None])
def test_strict_is_a_bool(strict: Any) -> None:
    found = "None" if strict is None else f"of type {type(strict).__name__}"
    with pytest.raises(InvalidRequestError, match=f"^strict is {found}; expected True or False$"):
        StreamingGenerations([], Mode.SAGEMAKER, strict=strict)


def test_the_state_is_filled_as_the_stream_ends() -> None:
    response = {"id": "r", "prompt": "p", "generations": [{"text": "ab"}]}
    last = {"is_finished": True, "finish_reason": "COMPLETE", "response": response}
    stream = StreamingGenerations(events([PIECE, json.dumps(last).encode()]), Mode.SAGEMAKER)
    for _ in stream:
        assert (stream.text, stream.generations) == ("a", None)
    assert (stream.id, stream.prompt, stream.finish_reason) == ("r", "p", "COMPLETE")
    assert stream.generations == Generations([Generation("ab")], id="r", prompt="p")
    assert stream.generations is stream.generations
    assert next(stream.generations).text == "ab"
    assert stream["generations"][0]["text"] == "ab"


def test_one_item_read_by_hand() -> None:
    stream = StreamingGenerations([], Mode.BEDROCK)
    assert stream._make_response_item({"text": "a"}) == StreamingText(0, "a", is_finished=False)
    assert stream._make_response_item({"is_finished": True, "finish_reason": "COMPLETE"}) is None
    assert stream.finish_reason == "COMPLETE"
    assert stream.generations == Generations([Generation("a", index=0, finish_reason="COMPLETE")])
    assert stream._make_response_item({METRICS: {"inputTokenCount": 1}}) is None
    assert stream.generations is not None
    assert stream.generations.usage == Usage(1)


def test_next_on_the_answer_goes_on_from_the_last_item_on() -> None:
    stream = StreamingGenerations([], Mode.BEDROCK)
    for item in ({"text": "a"}, {"text": "b", "index": 1}, {"is_finished": True}):
        stream._make_response_item(item)
    assert stream.generations is not None
    assert [next(stream.generations).text for _ in range(2)] == ["a", "b"]


def test_the_repr_shows_the_state_and_neither_source_nor_payloads() -> None:
    stream = StreamingGenerations(events([PIECE, b'{"text":"secret'], Mode.BEDROCK), Mode.BEDROCK)
    assert repr(stream) == (
        "cohere.StreamingGenerations {\n\tid: None\n\tgenerations: None\n\tfinish_reason: None\n"
        "\tpayload_key: chunk\n\tbytes_key: bytes\n}"
    )
    with pytest.warns(IncompleteStreamWarning):
        list(stream)
    assert "\tgenerations: cohere.Generations {" in repr(stream)
    assert "secret" not in repr(stream)


def test_read_drains_and_returns_the_answer() -> None:
    stream = StreamingGenerations(events([PIECE, PIECE, LAST]), Mode.SAGEMAKER)
    next(iter(stream))
    assert stream.read() == stream.read() == stream.generations
    assert stream.text == "aa"


def test_each_line_that_reads_a_part_is_warned() -> None:
    def part(source: Any) -> StreamingGenerations:
        return StreamingGenerations(source, Mode.SAGEMAKER)

    async def loop() -> None:
        await part(asynchronous(events([PIECE]))).aread()
        [_ async for _ in part(asynchronous(events([PIECE])))]

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(2):
            part(events([PIECE])).read()
            list(part(events([PIECE])))
            for _ in part(events([PIECE])):
                pass
            asyncio.run(loop())
    assert {warning.filename for warning in caught} == {__file__}
    assert len({warning.lineno for warning in caught}) == len(caught) == 5


def test_read_does_not_take_a_part_for_the_whole() -> None:
    stream = StreamingGenerations(events([PIECE]), Mode.SAGEMAKER, strict=True)
    for _ in range(2):
        with pytest.raises(IncompleteStreamError):
            stream.read()
    stream = StreamingGenerations(events([PIECE, LAST]), Mode.SAGEMAKER, strict=True)
    stream.close()
    with pytest.raises(IncompleteStreamError, match="after 0 items"):
        stream.read()


def endless() -> Iterator[dict[str, Any]]:
    while True:
        yield from events([PIECE])


def test_with_closes_the_source_when_the_loop_is_left() -> None:
    source = endless()
    with StreamingGenerations(source, Mode.SAGEMAKER) as stream:
        for _ in stream:
            break
    with pytest.raises(StopIteration):
        next(source)
    assert stream.generations == SO_FAR
    stream.close()  # a second time


def test_close_inside_of_the_loop_ends_it() -> None:
    stream = StreamingGenerations(endless(), Mode.SAGEMAKER)
    pieces = []
    for piece in stream:
        pieces.append(piece)
        stream.close()
    assert len(pieces) == 1


def test_async_with_closes_the_source_when_the_loop_is_left() -> None:
    source = asynchronous(list(itertools.islice(endless(), 5)))

    async def loop() -> None:
        async with StreamingGenerations(source, Mode.SAGEMAKER) as stream:
            async for _ in stream:
                break
        with pytest.raises(StopAsyncIteration):
            await anext(source)
        assert stream.generations == SO_FAR
        await stream.aclose()
        with pytest.warns(IncompleteStreamWarning):
            assert [piece async for piece in stream] == []

    asyncio.run(loop())


def test_an_asynchronous_stream_is_read_and_closed_without_a_loop() -> None:
    async def loop() -> None:
        stream = StreamingGenerations(asynchronous(events([PIECE, LAST])), Mode.SAGEMAKER)
        assert (await stream.aread())[0].text == "a"
        stream = StreamingGenerations(asynchronous(events([PIECE, LAST])), Mode.SAGEMAKER)
        await stream.aclose()
        assert stream.generations == Generations([])

    asyncio.run(loop())


def test_a_close_that_is_refused_leaves_the_loop() -> None:
    class Source:
        def __iter__(self) -> Iterator[dict[str, Any]]:
            return iter(events([PIECE, PIECE, LAST]))

        async def aclose(self) -> None:
            pass

    stream = StreamingGenerations(Source(), Mode.SAGEMAKER)
    for _ in stream:
        break
    with pytest.raises(TypeError, match="aclose"):
        stream.close()
    assert next(iter(stream)).text == "a"
    asyncio.run(stream.aclose())


class Waiting:
    """A source in the middle of waiting for its first event, which closing ends."""

    def __init__(self) -> None:
        self.waits, self.ends = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self.waits.set()
        self.ends.wait()
        yield from ()

    def close(self) -> None:
        self.ends.set()


def test_another_thread_may_close_a_stream_that_waits() -> None:
    source = Waiting()
    stream = StreamingGenerations(source, Mode.SAGEMAKER, strict=True)
    errors: list[BaseException] = []

    def loop() -> None:
        try:
            stream.read()
        except IncompleteStreamError as error:
            errors.append(error)

    thread = threading.Thread(target=loop)
    thread.start()
    source.waits.wait()
    stream.close()
    thread.join()
    assert len(errors) == 1


# CPython decides by bytes that change with each round of a loop, so one round shows nothing.
CLOSED_WHILE_READ = """
import threading
from cohere_aws import CohereError, Mode, StreamingGenerations

class Waiting:
    def __init__(self):
        self.waits, self.ends = threading.Event(), threading.Event()

    def __iter__(self):
        return self

    def __next__(self):
        self.waits.set()
        self.ends.wait()
        raise StopIteration

def generator(waiting):
    for event in waiting:
        yield event

def read(stream):
    try:
        stream.read()
    except CohereError:
        ended.append(stream)

for of in (lambda waiting: waiting, generator):
    ended = []
    for _ in range(400):
        waiting = Waiting()
        stream = StreamingGenerations(of(waiting), Mode.SAGEMAKER, strict=True)
        thread = threading.Thread(target=read, args=(stream,))
        thread.start()
        waiting.waits.wait()
        stream.close()
        waiting.ends.set()
        thread.join()
    assert len(ended) == 400
"""


def test_closing_what_another_thread_reads_does_not_crash_python() -> None:
    subprocess.run([sys.executable, "-c", CLOSED_WHILE_READ], check=True)


class Handed:
    """A source that waits for its second event after it was closed, and then yields it."""

    def __init__(self) -> None:
        self.waits, self.goes_on = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        first, *rest = events([PIECE, PIECE, LAST])
        yield first
        self.waits.set()
        self.goes_on.wait()
        yield from rest

    def close(self) -> None:
        pass


def test_what_arrives_after_a_close_from_another_thread_is_not_missed() -> None:
    source = Handed()
    stream = StreamingGenerations(source, Mode.SAGEMAKER, strict=True)
    thread = threading.Thread(target=stream.read)
    thread.start()
    source.waits.wait()
    stream.close()
    assert stream.generations == SO_FAR
    source.goes_on.set()
    thread.join()
    assert stream.generations == Generations([Generation("aa", index=0, finish_reason="COMPLETE")])
    assert stream.generations is stream.generations


def test_another_task_may_close_a_stream_that_waits() -> None:
    class Source:
        def __init__(self) -> None:
            self.end = asyncio.Event()

        async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
            await self.end.wait()
            for event in events([]):
                yield event

        def close(self) -> None:
            self.end.set()

    async def loop() -> None:
        stream = StreamingGenerations(Source(), Mode.SAGEMAKER, strict=True)
        reading = asyncio.create_task(stream.aread())
        await asyncio.sleep(0)
        await stream.aclose()
        with pytest.raises(IncompleteStreamError):
            await reading

    asyncio.run(loop())


def test_the_loop_for_the_other_kind_of_source() -> None:
    async def loop() -> None:
        source = asynchronous(events([PIECE, LAST]))
        async with StreamingGenerations(source, Mode.SAGEMAKER) as stream:
            for _ in range(2):
                with pytest.raises(TypeError, match="use 'async for'"):
                    iter(stream)
            assert len([piece async for piece in stream]) == 1
        with pytest.raises(TypeError, match="use 'for'"):
            aiter(StreamingGenerations([], Mode.SAGEMAKER))

    asyncio.run(loop())


END = b'{"text":"<EOS_TOKEN>"}'


@pytest.mark.parametrize(
    ("payloads", "texts"),
    [
        ([PIECE, PIECE, LAST], ["a", "a"]),
        ([PIECE, b'{"text":""}', PIECE, END, LAST], ["a", "a"]),
        ([PIECE, END, PIECE, LAST], ["a", "<EOS_TOKEN>a"]),
        ([PIECE, END, END, LAST], ["a", "<EOS_TOKEN>"]),
        ([b'{"generations":[{"text":"whole"}]}'], ["whole"]),
        ([LAST], []),
    ],
)
def test_the_pieces_of_text_alone(payloads: list[bytes], texts: list[str]) -> None:
    stream = StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True)
    assert list(stream.text_stream) == texts
    assert "".join(texts) == stream.text

    async def loop() -> list[str]:
        source = asynchronous(events(payloads))
        async with StreamingGenerations(source, Mode.SAGEMAKER, strict=True) as stream:
            return [text async for text in stream.text_stream]

    assert asyncio.run(loop()) == texts


@given(answers())
def test_the_pieces_of_text_join_to_the_text(answer: Answer) -> None:
    wire = b"".join(json.dumps(item).encode() for item in answer.items if item.get("index", 0) == 0)
    stream = StreamingGenerations(events([wire]), Mode.SAGEMAKER)
    texts = list(stream.text_stream)
    if "response" not in answer.items[-1]:
        assert "".join(texts) == stream.text


def test_pieces_of_text_of_several_generations_keep_their_ends_apart() -> None:
    payloads = [b'{"text":"a","index":0}', b'{"text":"<EOS_TOKEN>","index":0}']
    payloads += [b'{"text":"b","index":1}', b'{"text":"<EOS_TOKEN>","index":1}', LAST]
    stream = StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True)
    assert list(stream.text_stream) == ["a", "b"]


def test_a_loop_over_the_text_can_be_taken_up() -> None:
    stream = StreamingGenerations(events([PIECE, PIECE, PIECE, LAST]), Mode.SAGEMAKER)
    for text in stream.text_stream:
        assert text == "a"
        break
    assert next(iter(stream)).text == "a"
    assert list(stream.text_stream) == ["a"]


def test_items_that_are_not_text_are_kept_where_a_stream_is_strict() -> None:
    start = {"event_type": "stream-start", "generation_id": "g", "is_finished": False}
    calls = {"event_type": "tool-calls-generation", "tool_calls": [{"name": "f"}]}
    end = {
        "is_finished": True,
        "event_type": "stream-end",
        "finish_reason": "COMPLETE",
        "response": {"response_id": "r", "text": "a", "citations": [{"start": 0}]},
    }
    payloads = [json.dumps(item).encode() for item in (start, {"text": "a"}, calls, end)]
    stream = StreamingGenerations(events(payloads), Mode.SAGEMAKER, strict=True)
    answer = stream.read()
    assert stream.other_items == [start, calls]
    assert (answer.id, answer.extra) == ("r", {"citations": [{"start": 0}]})
    assert answer.text == "a"


@pytest.mark.parametrize("name", ["body", "stream"])
def test_a_response_instead_of_its_stream(name: str) -> None:
    response = {"ResponseMetadata": {}, name: events([PIECE])}
    with pytest.raises(TypeError, match=rf"; expected response\['{name}'\], the stream in a resp"):
        StreamingGenerations(response, Mode.BEDROCK)  # type: ignore[arg-type]


def test_an_asynchronous_stream_is_closed_by_aclose() -> None:
    class Source:
        def __aiter__(self) -> AsyncIterator[Any]:
            raise NotImplementedError

        async def aclose(self) -> None:
            return

    stream = StreamingGenerations(Source(), Mode.BEDROCK)
    with pytest.raises(TypeError, match=r"asynchronous; use 'async with' or aclose\(\)"):
        stream.close()
    asyncio.run(stream.aclose())
    stream.close()  # it is closed already


def test_a_stream_whose_close_has_to_be_awaited_is_closed_by_aclose() -> None:
    source = smithy_models.OutputEventStream([])
    stream = StreamingGenerations(source, Mode.BEDROCK)
    assert stream.stream is source
    with pytest.raises(TypeError, match=r"asynchronous; use 'async with' or aclose\(\)"):
        stream.close()
    assert not source.output_stream.closed
    asyncio.run(stream.aclose())
    assert source.output_stream.closed
    stream.close()


def test_the_dialect_of_a_stream() -> None:
    stream = StreamingGenerations([{"chunk": {"bytes": b'{"text":"a"}'}}], Mode.BEDROCK)
    assert stream.dialect is None
    with pytest.warns(IncompleteStreamWarning):
        stream.read()
    assert stream.dialect == "command"
    assert StreamingGenerations([], Mode.BEDROCK, dialect="tgi").dialect == "tgi"


def test_a_view_says_whether_the_stream_goes_on() -> None:
    stream = StreamingGenerations(events([PIECE, LAST], Mode.BEDROCK), Mode.BEDROCK)
    next(iter(stream))
    assert ">in progress" in stream.to_html()
    stream.read()
    assert ">in progress" not in stream.to_html()
    assert ">a</div>" in stream.to_html()
