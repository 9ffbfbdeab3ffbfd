"""Random streams of frames, usual and damaged, and what a loop over a body of botocore observes.

A ``Case`` is built from a ``random.Random``: one with a seed, or one that hypothesis controls.
``difference`` reads it twice, by botocore alone and with the loops of this package, in the same
order of steps. Each step takes one event, by a loop of the package or by a loop over the body
itself. Everything that a caller can observe is compared: the events with the order and types of
their members, the errors with their attributes, and how many chunks were pulled at each step.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.eventstream import EventStream
from botocore.parsers import EventStreamJSONParser

from cohere_aws import Mode
from cohere_aws._botocore_streams import async_events_of, events_of
from cohere_aws._services import SERVICES
from cohere_aws.testing._botocore import operation_model
from damage import frame, string_header

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from random import Random

OPERATIONS = {
    "bedrock": ("bedrock-runtime", "InvokeModelWithResponseStream", "chunk"),
    "sagemaker": ("sagemaker-runtime", "InvokeEndpointWithResponseStream", "PayloadPart"),
    "converse": ("bedrock-runtime", "ConverseStream", "contentBlockDelta"),
}

PADDING = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
BASE64 = base64.b64encode(b'{"text":" a piece"}')

# JSON whose form differs from the usual one in a single place; %b is base64.
ODD_CHUNKS = [
    *(b'{"bytes":"%b"}', b'{"bytes": "%b"}', b'{"bytes":"%b","p":""}', b'{"bytes":"%b","p":"a b"}'),
    *(b'{"bytes":"%b","p":"a\\u0062"}', b'{"bytes":"%b","p":1}', b'{"bytes":"%b","q":"a"}'),
    *(b'{"p":"ab","bytes":"%b"}', b'{"bytes":"%b","bytes":"QQ=="}', b'{"bytes":"%b","p":"a"'),
    *(b'{"bytes":"%b","p":"}', b'{"bytes":"%b","p":"a"}}', b'{"bytes":"%b","p":"a"} ', b' {"bytes":"%b"}'),
    *(b'{"bytes":"%b","p":"a","r":"b"}', b'{"bytes":"%b\\u003d"}', b'{"bytes":"%b\\n"}', b'{"bytes":"%b"}x'),
    *(b'{"bytes":"%b="}', b'{"bytes":"=%b"}', b'{"bytes":"A%b"}', b'{"bytes":"AA%b"}', b'{"bytes":"%b!"}'),
    *(b'{"bytes":" %b"}', b'{"bytes":"%b\n"}', b'{"bytes":"%b","p":"\xff"}', b'{"bytes":"\xc3\xa9%b"}'),
    *(b'{"bytes":"%bAB=="}', b'{"bytes":"%bABC"}', b'{"bytes":"-_%b"}', b'{"bytes":"%b","p":"\xc3\xa9"}'),
    *(b'{"bytes":"%b","p":"abc"]', b'{"bytes":"%b","p":"abcde', b'{"bytes":"%b","x":"abc"}'),
    *(b'{"bytes" :"%b"}', b'["%b"]', b'"%b"', b'\xef\xbb\xbf{"bytes":"%b"}', b'{"Bytes":"%b"}', b'{"bytes":["%b"]}'),
]  # fmt: skip
OTHER_CHUNKS = [
    *(b"", b"{}", b"null", b"[]", b"1", b'"', b"\xff", b'{"bytes":null}', b'{"bytes":""}'),
    *(b'{"bytes":7}', b'{"bytes":"}', b'{"bytes":"', b'{"bytes', b"[" * 2000, b'{"message":"no"}'),
]
ODD_DELTAS = [
    *({"text": ""}, {"text": None}, {"text": 1}, {"text": ["a"]}, {"text": {}}, {}, None, "a", []),
    *({"text": "a", "p": "b"}, {"text": "a", "toolUse": {"input": "b"}}, {"other": {"text": "a"}}),
    *({"__type": "a"}, {"text": "a", "__type": "b"}, {"text": {"text": "a"}}, {"toolUse": "a"}),
    *({"toolUse": {"input": "{"}}, {"toolUse": {"input": "a", "x": 1}}, {"toolUse": {"input": 1}}),
    *({"toolUse": {}}, {"toolUse": None}, {"reasoningContent": {"text": "a"}}, {"text": "\ud800"}),
    *({"reasoningContent": {"signature": "a"}}, {"reasoningContent": {"redactedContent": "QQ=="}}),
    *({"reasoningContent": {"text": "a", "signature": "b"}}, {"input": "a"}, {"text": True}),
    *(
        {"citation": {"title": "a"}},
        {"toolUse": {"text": "a"}},
        {"reasoningContent": {"input": "a"}},
    ),
]
CONVERSE_EVENTS = {
    "messageStart": {"role": "assistant"},
    "contentBlockStart": {"contentBlockIndex": 1, "start": {"toolUse": {"name": "a", "toolUseId": "b"}}},
    "contentBlockStop": {"contentBlockIndex": 1},
    "messageStop": {"stopReason": "end_turn"},
    "metadata": {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, "metrics": {"latencyMs": 4}},
}  # fmt: skip

# The types of header values, in AWS's specification, with a value of each; 10 is not one.
VALUES = {
    0: b"",
    1: b"",
    2: b"\x01",
    3: b"\x01\x02",
    4: b"\x01\x02\x03\x04",
    5: b"\x00" * 8,
    6: b"\x00\x02ab",
    7: b"\x00\x02ab",
    8: b"\x00" * 7 + b"\x01",
    9: bytes(range(16)),
    10: b"ab",
}


@dataclass
class Case:
    """A stream, and the order of steps in which it is read."""

    operation: str
    chunks: list[Any]
    error: Exception | None
    steps: list[int]  # each is the number of a loop: 0 of the package, 1 and 2 over the body


def case_from(random: Random) -> Case:
    """Return a random case."""
    operation = random.choice(list(OPERATIONS))
    blocks = [headers(random, operation) for _ in range(random.randint(1, 3))]
    space = random.choice([b"", b" "])
    others = other_frames(random, operation)
    frames = []
    for _ in range(random.randint(0, 16)):
        if random.random() < 0.15:
            block, payload = random.choice(others)
        else:
            block, payload = random.choice(blocks), payload_from(random, operation, space)
        made = frame(block, payload)
        frames.append(damaged(random, made) if random.random() < 0.06 else made)
    chunks = [kind_of(random, part) for part in cut(random, frames)]
    error = ConnectionResetError("reset") if random.random() < 0.1 else None
    return Case(operation, chunks, error, steps(random))


def steps(random: Random) -> list[int]:
    if random.random() < 0.5:
        return [0] * 8
    return [
        random.choice([0, 0, 1, 2, 3] if random.random() < 0.1 else [0, 0, 1]) for _ in range(8)
    ]


def headers(random: Random, operation: str) -> bytes:
    """Return the headers of an event with bytes, usual or with one more of any type."""
    name = OPERATIONS[operation][2]
    made = [
        string_header(":event-type", name),
        string_header(":content-type", "application/json"),
        string_header(":message-type", "event"),
    ]
    if random.random() < 0.2:
        kind = random.choice([*VALUES])
        made.insert(random.randint(0, 3), b"\x01x%c%b" % (kind, VALUES[kind]))
    if random.random() < 0.1:
        random.shuffle(made)
    return b"".join(made)


def other_frames(random: Random, operation: str) -> list[tuple[bytes, bytes]]:
    """Return the headers and payload of frames that are not events with bytes."""
    block = headers(random, operation)
    kind, kind_of_error = string_header(":message-type", "exception"), ":exception-type"
    error = b'{"message":"slow down","originalStatusCode":429}'
    short = string_header(":message-type", "event")
    made = [
        (kind + string_header(kind_of_error, "throttlingException"), error),
        (kind + string_header(kind_of_error, "ModelStreamError"), b'{"Message":"a","ErrorCode":"b"}'),
        (kind + string_header(kind_of_error, "unknown"), error),
        (kind + string_header(kind_of_error, "throttlingException"), random.choice(OTHER_CHUNKS)),
        (kind, b""),
        (string_header(":message-type", "error") + string_header(":error-code", "a"), b""),
        (short + string_header(":event-type", "unknown"), b'{"bytes":"QQ=="}'),
        (short + string_header(":event-type", "initial-response"), b"{}"),
        (block + block, b"a"),
        (block[: random.randint(0, len(block))], payload_from(random, operation)),
        (b"", payload_from(random, operation)),
        (block, b"a" * random.choice([60_000, 65_536, 70_000])),
        *((short + string_header(":event-type", name), json.dumps(event).encode()) for name, event in CONVERSE_EVENTS.items()),
    ]  # fmt: skip
    return [*made, (block + b"\x01" * random.randint(1, 4), b"")]


def payload_from(random: Random, operation: str, space: bytes = b"") -> bytes:
    is_odd = random.random() < 0.2
    text = json.dumps({"text": " a" * random.randint(0, 20)}).encode()
    if operation == "converse":
        return delta(random, is_odd=is_odd)
    if operation == "sagemaker":
        return random.choice([*OTHER_CHUNKS, b"\x00", text[:3]]) if is_odd else text
    if is_odd:
        return (
            random.choice(ODD_CHUNKS).replace(b"%b", base64.b64encode(text))
            if random.random() < 0.8
            else random.choice(OTHER_CHUNKS)
        )
    padding = PADDING[: random.randint(1, 62)]
    return b'{"bytes":%b"%b",%b"p":%b"%b"}' % (space, base64.b64encode(text), space, space, padding)


def delta(random: Random, *, is_odd: bool) -> bytes:
    """Return the payload of a delta of Converse, usual or odd in one place."""
    found: Any = {"contentBlockIndex": 0, "delta": {"text": "a é"}, "p": "abc"}
    if is_odd:
        match random.randint(0, 5):
            case 0:
                found = random.choice([None, [], "a", {}, {"delta": {"text": "a"}}, [found]])
            case 1:
                found["contentBlockIndex"] = random.choice([None, True, 1.5, "0", 10**30, [], -1])
            case 2:
                found["other"] = random.choice([None, 1, {}])
            case 3:
                return random.choice(
                    [*OTHER_CHUNKS, b'{"contentBlockIndex":0,"delta":{"text":"\xff"}}']
                )
            case _:
                found["delta"] = random.choice(ODD_DELTAS)
    if random.random() < 0.2 and isinstance(found, dict):
        found.pop("p", None)
    if random.random() < 0.2 and isinstance(found, dict):
        found = dict(reversed(found.items()))
    return json.dumps(found, ensure_ascii=random.random() < 0.5).encode(errors="surrogatepass")


def damaged(random: Random, made: bytes) -> bytes:
    """Return *made* with lengths that lie, flipped bits, or bytes missing or added."""
    match random.randint(0, 4):
        case 0:
            return lying(random, made)
        case 1:
            at = random.randint(0, len(made) - 1)
            return made[:at] + bytes([made[at] ^ 1 << random.randint(0, 7)]) + made[at + 1 :]
        case 2:
            return made[: random.randint(0, len(made) - 1)]
        case 3:
            return made + bytes(random.randint(0, 255) for _ in range(random.randint(1, 20)))
        case _:
            # Its headers end where the checksum begins, or inside it.
            total = random.randint(12, len(made))
            return relabelled(made[:total], total, max(0, total - random.randint(12, 20)))


def lying(random: Random, made: bytes) -> bytes:
    total, length = struct.unpack_from("!II", made)
    limits = [0, 1, 11, 12, 15, 16, 17, total - 1, total + 1, 65_536, 65_537, 131_072, 131_073]
    limits += [length + 15, length + 16, length + 17, 2**24 + 1, 24 * 2**20 + 17, 2**32 - 1]
    if random.random() < 0.5:
        total = random.choice(limits)
    else:
        length = random.choice(limits)
    if random.random() < 0.2:
        return struct.pack("!II", total, length) + made[8:]
    return relabelled(made, total, length)


def relabelled(made: bytes, total: int, length: int) -> bytes:
    """Return *made* with these lengths, and both checksums right as far as possible."""
    lengths = struct.pack("!II", total, length)
    data = lengths + struct.pack("!I", zlib.crc32(lengths)) + made[12:]
    end = total - 4 if 16 <= total <= len(data) else len(data) - 4
    return data[:end] + struct.pack("!I", zlib.crc32(data[:end])) + data[end + 4 :]


def cut(random: Random, frames: list[bytes]) -> list[bytes]:
    """Return the bytes of *frames*, cut in one of several ways."""
    joined = b"".join(frames)
    match random.randint(0, 6):
        case 0 | 1:
            return frames
        case 2:
            return [joined]
        case 3 if len(joined) < 1000:
            return [joined[at : at + 1] for at in range(len(joined))]
        case 4:
            at = random.randint(0, len(joined))
            return [joined[:at], joined[at:]]
        case _:
            parts = []
            while joined:
                size = random.choice([0, 1, 3, 12, 13, 16, 100, 250, 1000])
                parts.append(joined[:size])
                joined = joined[size:]
                if len(parts) > 2000:
                    return [*parts, joined]
            return parts


def kind_of(random: Random, part: bytes) -> Any:
    kind = random.choice([bytes] * 8 + [bytearray, memoryview])
    return part if kind is bytes else kind(part)


class Raw:
    """The part of an HTTP response that botocore and aiobotocore use; counts chunks."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.pulled = 0
        self.content = self

    def stream(self) -> Iterator[Any]:
        for each in self._case.chunks:
            self.pulled += 1
            yield each
            if isinstance(each, bytearray):
                each[:] = b"\x00" * len(each)  # a source may reuse its buffer
        if self._case.error is not None:
            raise self._case.error

    async def iter_chunks(self) -> AsyncIterator[tuple[Any, bool]]:
        for each in self.stream():
            await asyncio.sleep(0)
            yield each, True

    def close(self) -> None:
        pass

    def copy(self) -> Raw:
        chunks = [bytearray(c) if isinstance(c, bytearray) else c for c in self._case.chunks]
        return Raw(Case(self._case.operation, chunks, self._case.error, self._case.steps))


def body_of(case: Case) -> EventStream:
    """Return the body of boto3 for the stream."""
    return made_by(EventStream, EventStreamJSONParser, case)


def made_by(kind: Any, parser: Any, case: Case) -> Any:
    service, operation, _ = OPERATIONS[case.operation]
    shape = operation_model(service, operation).get_event_stream_output()
    return kind(Raw(case).copy(), shape, parser(), operation)


def service_of(case: Case) -> Any:
    return SERVICES[Mode.SAGEMAKER if case.operation == "sagemaker" else Mode.BEDROCK]


_ENDED = "ended"


def seen(take: Callable[[], Any]) -> Any:
    """Return what a step gives: the text of an event, or all of an error."""
    try:
        return repr(take())
    except (StopIteration, StopAsyncIteration):
        return _ENDED
    except Exception as error:  # noqa: BLE001  # botocore raises errors of many types
        return error_in(error)


def error_in(error: Exception) -> Any:
    found = getattr(error, "response", None), getattr(error, "operation_name", None)
    return type(error), str(error), repr(error.args), repr(found)


def read(case: Case, *, with_ours: bool) -> list[Any]:
    """Return what each step sees, until three loops in a row have ended."""
    body = body_of(case)
    first = events_of(body, service_of(case)) if with_ours else iter(body)
    assert first is not None
    loops: list[Any] = [first, iter(body), iter(body)]
    found: list[Any] = []
    while not (len(found) > 2 and all(each[1] == _ENDED for each in found[-3:])):
        step = case.steps[len(found)] if len(found) < len(case.steps) else 0
        if step == 3:
            what = seen(lambda: body.get_initial_response().payload)
        else:
            what = seen(lambda: next(loops[step]))  # noqa: B023  # called at once
            if what == _ENDED or isinstance(what, tuple):
                loops[step] = iter(body)
        found.append((step, what, body._raw_stream.pulled))
    return found


async def aread(case: Case, *, with_ours: bool) -> list[Any]:
    """Return the same for a body of aiobotocore."""
    from aiobotocore.eventstream import AioEventStream
    from aiobotocore.parsers import AioResponseParserFactory

    factory = AioResponseParserFactory()
    parser = factory.create_parser("rest-json").EVENT_STREAM_PARSER_CLS
    body = made_by(AioEventStream, parser, case)
    first = async_events_of(body, service_of(case)) if with_ours else aiter(body)
    assert first is not None
    loops: list[Any] = [first, aiter(body), aiter(body)]
    found: list[Any] = []
    while not (len(found) > 2 and all(each[1] == _ENDED for each in found[-3:])):
        step = case.steps[len(found)] if len(found) < len(case.steps) else 0
        what: Any
        try:
            if step == 3:
                what = repr((await body.get_initial_response()).payload)
            else:
                what = repr(await anext(loops[step]))
        except StopAsyncIteration:
            what = _ENDED
        except Exception as error:  # noqa: BLE001  # likewise
            what = error_in(error)
        if step != 3 and (what == _ENDED or isinstance(what, tuple)):
            loops[step] = aiter(body)
        found.append((step, what, body._raw_stream.pulled))
    return found


def difference(case: Case) -> Any:
    """Return ``None`` if botocore alone and the loops of this package see the same."""
    theirs, ours = read(case, with_ours=False), read(case, with_ours=True)
    return None if ours == theirs else (theirs, ours)


async def async_difference(case: Case) -> Any:
    """Return the same for aiobotocore."""
    theirs, ours = await aread(case, with_ours=False), await aread(case, with_ours=True)
    return None if ours == theirs else (theirs, ours)
