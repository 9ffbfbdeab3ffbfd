"""The invariant that is fuzzed, for all code that reads data of a service.

For any bytes, a caller gets results, a ``CohereError`` or an ``IncompleteStreamWarning``. There is
no other exception, and no incomplete answer without a warning. How the bytes are cut into events
does not change the outcome.
"""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import TYPE_CHECKING, Any

from cohere_aws import (
    Chat,
    CohereError,
    Generations,
    IncompleteStreamWarning,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamError,
    StreamingChat,
    StreamingGenerations,
)
from cohere_aws._json import decode
from cohere_aws.testing._botocore import parse_frames
from damage import OPERATIONS, event, frame, headers_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# The sizes of parts that the second byte selects: mostly small ones, which find most errors.
SIZES = [1, 2, 3, 5, 8, 16, 64, 1 << 20]
LOOP = asyncio.new_event_loop()
LIMITS: list[dict[str, int]] = [{}, {"max_item_bytes": 40}, {"max_depth": 3}]


def events(data: bytes, size: int, mode: Mode) -> Iterator[dict[str, Any]]:
    """Yield *data* as events with *size* bytes each."""
    for start in range(0, len(data), size):
        part = data[start : start + size]
        yield (
            {"chunk": {"bytes": part}} if mode is Mode.BEDROCK else {"PayloadPart": {"Bytes": part}}
        )


async def asynchronous(source: Iterator[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    """Yield the same events for ``async for``."""
    for each in source:
        yield each


def outcome(stream: StreamingGenerations, *, is_async: bool = False) -> tuple[Any, ...]:
    """Return all that a caller sees of a stream: pieces, error, warnings and state."""
    pieces = []
    error: Any = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if is_async:
                pieces = LOOP.run_until_complete(drain(stream))
            else:
                for piece in stream:
                    pieces.append((piece, piece.token))  # keeps the pieces before an error
        except CohereError as raised:
            error = (type(raised), str(raised), raised.partial)
    warned = [w.category for w in caught]
    state = (
        *(stream.dialect, stream.generations, stream.text, stream.finish_reason, stream.usage),
        *(stream.id, stream.prompt, stream.other_items),
    )
    # An incomplete stream raises an error or a warning, and a complete one neither.
    whole = stream._stream.reader.may_end and not stream._stream.framing.finish()
    assert error or warned == ([] if whole else [IncompleteStreamWarning])
    assert stream.generations is not None
    if error or warned:
        partial = error[2] if error else caught[0].message.partial  # type: ignore[union-attr]
        assert partial == stream.generations
    assert stream.generations.dialect == stream.dialect
    return (pieces if not (is_async and error) else None), error, warned, state


async def drain(stream: StreamingGenerations) -> list[Any]:
    """Return the pieces of an asynchronous stream, and the token of each."""
    return [(piece, piece.token) async for piece in stream]


def check_stream(data: bytes) -> None:
    """Check the invariant for a stream."""
    choice, size, data = data[0], SIZES[data[1] % len(SIZES)], data[2:]
    mode, limits = list(Mode)[choice % 2], LIMITS[choice // 2 % len(LIMITS)]
    whole = outcome(StreamingGenerations(events(data, len(data) + 1, mode), mode, **limits))
    cut = outcome(StreamingGenerations(events(data, size, mode), mode, **limits))
    assert cut == whole
    source = asynchronous(events(data, size, mode))
    again = outcome(StreamingGenerations(source, mode, **limits), is_async=True)
    assert again[1:] == whole[1:]


def check_chat(data: bytes) -> None:
    """Check the invariant for the stream of a chat, and that writing and reading it gives the same."""
    size, data = SIZES[data[1] % len(SIZES)], data[2:]
    whole = chat_outcome(events(data, len(data) + 1, Mode.SAGEMAKER))
    assert chat_outcome(events(data, size, Mode.SAGEMAKER)) == whole
    found, error, chat, _ = whole
    numbers = [event.index for event in found if event.index is not None]
    assert numbers == [*range(len(numbers))]
    if error is None:
        assert Chat.from_dict(json.loads(json.dumps(chat.to_dict()))) == chat


def chat_outcome(source: Iterator[dict[str, Any]]) -> tuple[Any, ...]:
    """Return all that a caller sees of the stream of a chat."""
    stream, found, error = StreamingChat(source, Mode.SAGEMAKER), [], None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for event in stream:
                found.append(event)  # noqa: PERF402  # keeps the events before an error
        except CohereError as raised:
            error = (type(raised), str(raised))
            assert raised.partial == stream.chat
    state = stream.text, stream.dialect, stream.finish_reason, stream.usage, stream.other_items
    return found, error, stream.chat, ([w.category for w in caught], *state)


def check_plain(data: bytes) -> None:
    """Check the invariant for a plain answer, and that writing and reading it gives the same."""
    try:
        # By the strict parser for bodies: NaN, which is not equal to itself, is refused.
        answer = Generations.from_dict(decode(bytearray(data)))
        written = json.dumps(answer.to_dict())
    except (ValueError, RecursionError, ServiceError, StreamError):
        return
    again = Generations.from_dict(json.loads(written))
    assert (again, again.dialect) == (answer, answer.dialect)
    repr(answer)


def check_event(data: bytes) -> None:
    """Check the invariant for events of any shape."""
    try:
        source = json.loads(data)
    except (ValueError, RecursionError):
        return
    for mode in Mode:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                list(StreamingGenerations(source if isinstance(source, list) else [source], mode))
        except CohereError as error:
            assert isinstance(error, MalformedStreamError) or error.partial is not None


def check_frames(data: bytes) -> None:
    """Check the invariant for frames with correct checksums, through botocore's parser.

    The first byte selects the mode and the headers; the second is the number of bytes in them.
    """
    choice, size, data = data[0], data[1], data[2:]
    mode = list(Mode)[choice % 2]
    made = [headers_of(mode), headers_of(mode, "exception", "ModelStreamError"), b"", data[:size]]
    frames = [
        event(mode, b'{"text":"a"}'),
        frame(made[choice // 2 % 4], data),
        frame(headers_of(mode) + data[:size], data[size:]),
    ]
    stream = StreamingGenerations(parse_frames(*OPERATIONS[mode], frames), mode)
    assert stream.generations is None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stream.read()
    except CohereError as error:
        assert error.partial is not None
        assert len(error.partial) > 0


def check(data: bytes) -> None:
    """Check the invariant for one input.

    The first byte selects mode and limits, the second the size of the parts; the rest is the data.
    """
    if len(data) >= 2:
        check_stream(data)
        check_chat(data)
        check_plain(data[2:])
        check_event(data[2:])
        check_frames(data)
