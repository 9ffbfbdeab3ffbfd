"""The lines of the log: their values, and that no text of a prompt or an answer is in them."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import warnings
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients import both_modes, client_of
from cohere_aws import (
    Client,
    CohereError,
    IncompleteStreamWarning,
    Mode,
    ServiceError,
    StreamingGenerations,
)
from cohere_aws._dialects import DIALECTS
from cohere_aws._log_lines import CallLog
from cohere_aws.testing import replay
from dialect_streams import ANSWERS, framed
from maybe_async import CALL_ARGUMENTS, CLIENT_ARGUMENTS
from strategies import events
from testing.samples import plain, streamed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from cohere_aws._dialects import DialectName

PIECE = b'{"is_finished":false,"text":"secret"}'
LAST = b'{"is_finished":true,"finish_reason":"COMPLETE"}'
METADATA = {"HTTPStatusCode": 200, "RequestId": "r-1", "RetryAttempts": 0}
RESPONSE = {"ResponseMetadata": METADATA}


class Lines(logging.Handler):
    """The lines that the logger wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.values: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        # Times differ in each run.
        self.lines.append(re.sub(r"(first|seconds)=[0-9.]+", r"\1=…", record.getMessage()))
        self.values.append(record.args)


@pytest.fixture(scope="module")
def handler() -> Iterator[Lines]:
    # Not caplog: its scope is one test, and hypothesis runs a test many times.
    logger, handler = logging.getLogger("cohere_aws"), Lines()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(handler)


@pytest.fixture
def lines(handler: Lines) -> list[str]:
    handler.lines.clear()
    handler.values.clear()
    return handler.lines


def test_the_line_of_an_answer(handler: Lines, lines: list[str]) -> None:
    log = CallLog(
        logging.getLogger("cohere_aws"), {"service": "s", "operation": "o", "target": None}
    )
    log.answered(RESPONSE, b"12345")
    log.write("complete")
    log.write("again")
    assert lines == [
        "service=s operation=o status=200 bytes=5 seconds=… outcome=complete request_id=r-1 retries=0"
    ]
    (values,) = handler.values
    assert (values["status"], values["bytes"], values["request_id"]) == (200, 5, "r-1")
    assert isinstance(values["seconds"], float)


def test_the_times_of_a_line(
    handler: Lines, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 1.0, 2.0, 4.0])
    monkeypatch.setattr("cohere_aws._log_lines.perf_counter", lambda: next(times))
    log = CallLog(logging.getLogger("cohere_aws"), {})
    log.piece_arrived()
    log.piece_arrived()
    log.write("complete")
    assert lines
    assert handler.values == [{"first": 1.0, "seconds": 2.0, "outcome": "complete"}]


@pytest.mark.parametrize("data", [b"", "text", None])
def test_an_answer_of_unknown_size(data: Any, lines: list[str]) -> None:
    log = CallLog(logging.getLogger("cohere_aws"), {})
    log.answered({}, data)
    log.write("complete")
    assert lines == ["seconds=… outcome=complete"]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            ServiceError("secret", 429, {"x-amzn-requestid": "r-1"}, code="ThrottlingException"),
            "status=429 seconds=… outcome=ServiceError code=ThrottlingException request_id=r-1",
        ),
        (ServiceError("secret", 400, code="secret"), "status=400 seconds=… outcome=ServiceError"),
        (ServiceError("secret", code="a secret Error"), "seconds=… outcome=ServiceError"),
        (ServiceError("secret"), "seconds=… outcome=ServiceError"),
        (CohereError("secret"), "seconds=… outcome=CohereError"),
        (KeyboardInterrupt("secret"), "seconds=… outcome=KeyboardInterrupt"),
    ],
)
def test_the_line_of_an_error(error: BaseException, line: str, lines: list[str]) -> None:
    CallLog(logging.getLogger("cohere_aws"), {}).write(error)
    assert lines == [line]


def test_an_error_after_the_response(lines: list[str]) -> None:
    log = CallLog(logging.getLogger("cohere_aws"), {})
    log.answered(RESPONSE, b"")
    log.write(ServiceError("secret", 424, code="ModelStreamErrorException"))
    assert lines == [
        "status=200 seconds=… outcome=ServiceError code=ModelStreamErrorException request_id=r-1 retries=0"
    ]


def test_a_stream(lines: list[str]) -> None:
    stream = StreamingGenerations(events([PIECE, PIECE, LAST]), Mode.SAGEMAKER)
    for _ in iter(iter(stream)):
        break
    assert lines == []
    assert [piece.text for piece in stream] == ["secret"]
    stream.close()
    size = len(PIECE + PIECE + LAST)
    assert lines == [
        f"service=sagemaker-runtime bytes={size} events=3 first=… seconds=… outcome=complete"
    ]


def test_a_stream_of_converse_has_no_bytes(lines: list[str]) -> None:
    source = [
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "secret"}}},
        {"messageStop": {"stopReason": "end_turn"}},
    ]
    assert StreamingGenerations(source, Mode.BEDROCK).read().text == "secret"
    assert lines == ["service=bedrock-runtime events=2 first=… seconds=… outcome=complete"]


def test_a_stream_that_is_closed_or_cut_off(lines: list[str]) -> None:
    with StreamingGenerations(events([PIECE, LAST]), Mode.SAGEMAKER) as stream:
        next(iter(stream))
    with StreamingGenerations(events([PIECE, LAST]), Mode.SAGEMAKER):
        pass
    with pytest.warns(IncompleteStreamWarning):
        StreamingGenerations(events([PIECE]), Mode.SAGEMAKER).read()
    with pytest.warns(IncompleteStreamWarning):
        StreamingGenerations(events([LAST, b'{"a']), Mode.SAGEMAKER).read()
    with pytest.raises(CohereError):
        StreamingGenerations(events([PIECE]), Mode.SAGEMAKER, strict=True).read()
    begin, size = "service=sagemaker-runtime ", len(PIECE)
    assert lines == [
        f"{begin}bytes={size} events=1 first=… seconds=… outcome=closed",
        f"{begin}events=0 seconds=… outcome=closed",
        f"{begin}bytes={size} events=1 first=… seconds=… outcome=incomplete",
        f"{begin}bytes={len(LAST) + 3} events=2 seconds=… outcome=incomplete",
        f"{begin}bytes={size} events=1 first=… seconds=… outcome=IncompleteStreamError",
    ]


def test_an_asynchronous_stream(lines: list[str]) -> None:
    async def source(*payloads: bytes) -> AsyncIterator[Any]:
        for event in events([*payloads]):
            yield event

    async def loop() -> None:
        async with StreamingGenerations(source(PIECE, PIECE, LAST), Mode.SAGEMAKER) as stream:
            async with aclosing(aiter(aiter(stream))) as pieces:
                assert (await anext(pieces)).text == "secret"
            # The generator was closed, as it is without a log.
            assert getattr(stream._async_results, "ag_frame", True) is None
            assert [piece.text async for piece in stream] == ["secret"]
        async with StreamingGenerations(source(PIECE, LAST), Mode.SAGEMAKER) as stream:
            await anext(aiter(stream))
        with pytest.raises(CohereError):
            await StreamingGenerations(source(b"secret"), Mode.SAGEMAKER).aread()

    asyncio.run(loop())
    assert lines == [
        f"service=sagemaker-runtime bytes={len(PIECE + PIECE + LAST)} events=3 first=… seconds=… outcome=complete",
        f"service=sagemaker-runtime bytes={len(PIECE)} events=1 first=… seconds=… outcome=closed",
        "service=sagemaker-runtime events=1 seconds=… outcome=MalformedStreamError",
    ]


# The only words that a line of a stream may have.
WORDS = {
    "sagemaker-runtime",
    "complete",
    "incomplete",
    "closed",
    "ServiceError",
    "MalformedStreamError",
    "IncompleteStreamError",
}


@pytest.mark.parametrize("name", DIALECTS)
@settings(max_examples=40)
@given(data=st.data())
def test_no_text_is_logged(handler: Lines, name: DialectName, data: st.DataObject) -> None:
    row = ANSWERS[name]
    steps = data.draw(row.streams if row.unmarked is None else row.streams | row.unmarked)
    parts = data.draw(framed(steps))
    error = {"error": "secret", "error_type": data.draw(st.text()), "code": data.draw(st.text())}
    damage = st.sampled_from([b"", b"<secret>", json.dumps(error).encode(), b'{"new":"secret"}'])
    parts.insert(data.draw(st.integers(0, len(parts))), data.draw(damage))
    handler.values.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(CohereError):
            StreamingGenerations(
                events(parts), Mode.SAGEMAKER, strict=data.draw(st.booleans())
            ).read()
    (values,) = handler.values
    assert {value for value in values.values() if isinstance(value, str)} <= WORDS


@both_modes
def test_calls_of_a_client(mode: Mode, lines: list[str]) -> None:
    recordings = [plain(mode), streamed(mode), plain(mode, 429)]
    with replay(client_of(mode), recordings, match="order"):
        client = Client(mode=mode, client=client_of(mode), **CLIENT_ARGUMENTS[mode])
        client.generate("secret", stream=False, **CALL_ARGUMENTS[mode])
        client.generate("secret", **CALL_ARGUMENTS[mode]).read()
        with pytest.raises(ServiceError):
            client.generate("secret", stream=False, **CALL_ARGUMENTS[mode])
    name = {Mode.BEDROCK: "bedrock-runtime", Mode.SAGEMAKER: "sagemaker-runtime"}[mode]
    begin = rf"service={name} operation=[a-z_]+ target=target status="
    first, second, third = lines
    assert re.fullmatch(
        rf"{begin}200 bytes=\d+ seconds=… outcome=complete request_id=\S+ retries=0", first
    )
    assert re.fullmatch(
        rf"{begin}200 bytes=\d+ events=3 first=… seconds=… outcome=complete request_id=\S+ retries=0",
        second,
    )
    assert re.fullmatch(
        rf"{begin}429 seconds=… outcome=ServiceError( code=\w+)? request_id=\S+", third
    )
