"""Streams and answers of boto3 that ``opentelemetry-instrumentation-botocore`` wraps.

They read as without it, and each call has one span, which has ended after the stream was read,
failed or was closed.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from clients import both_modes, client_of, events_of
from cohere_aws import (
    Client,
    CohereError,
    ConverseRequest,
    Generations,
    Mode,
    ServiceError,
    StreamingGenerations,
)
from cohere_aws.testing import replay
from maybe_async import CALL_ARGUMENTS, CLIENT_ARGUMENTS
from testing.samples import CONVERSE, CONVERSE_STREAM, STREAMS, plain, streamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cohere_aws.testing import Recording

_REASON = "opentelemetry is not installed"
instrumentation = pytest.importorskip("opentelemetry.instrumentation.botocore", reason=_REASON)
sdk = pytest.importorskip("opentelemetry.sdk.trace", reason=_REASON)


@contextmanager
def instrumented() -> Iterator[Callable[[], tuple[Any, ...]]]:
    """Instrument botocore; yield a function that returns the spans that have ended."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), sdk.TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = instrumentation.BotocoreInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        yield exporter.get_finished_spans
    finally:
        instrumentor.uninstrument()
        provider.shutdown()


def outcome(recording: Recording, mode: Mode, **faults: Any) -> tuple[Any, ...]:
    """Return all that a caller learns from the stream of *recording*."""
    client, pieces, error = client_of(mode), [], None
    with replay(client, recording, match="order", **faults):
        if recording is CONVERSE_STREAM:
            source = client.converse_stream(modelId="target", messages=[])["stream"]
        else:
            source = events_of(client, mode)
        stream = StreamingGenerations(source, mode, strict=True)
        try:
            for piece in stream:
                pieces.append(piece)  # noqa: PERF402  # keeps those before an error
        except CohereError as raised:
            error = type(raised), str(raised), raised.partial
    return type(source).__name__, (pieces, error, stream.generations, stream.other_items)


RECORDINGS = [
    (Mode.SAGEMAKER, streamed(Mode.SAGEMAKER)),
    (Mode.BEDROCK, streamed(Mode.BEDROCK)),
    (Mode.BEDROCK, CONVERSE_STREAM),
]
every_stream = pytest.mark.parametrize(
    ("mode", "recording"), RECORDINGS, ids=lambda it: getattr(it, "operation", None)
)
WRAPPERS = {
    "InvokeEndpointWithResponseStream": "EventStream",  # it wraps the streams of Bedrock alone
    "InvokeModelWithResponseStream": "InvokeModelWithResponseStreamWrapper",
    "ConverseStream": "ConverseStreamWrapper",
}


@every_stream
@pytest.mark.parametrize("fault", [None, "fail_after", "truncate_after", "flip"])
def test_a_wrapped_stream_reads_as_a_bare_one(
    mode: Mode, recording: Recording, fault: str | None
) -> None:
    faults = {"fail_after": (1, STREAMS[mode][2]), "truncate_after": 1, "flip": 250}
    options = {} if fault is None else {fault: faults[fault]}
    _, bare = outcome(recording, mode, **options)
    with instrumented() as spans:
        kind, wrapped = outcome(recording, mode, **options)
        (span,) = spans()
    assert kind == WRAPPERS[recording.operation]
    assert wrapped == bare
    assert (bare[1] is None) == (fault is None)
    assert span.attributes["rpc.method"] == recording.operation
    # The instrumentation only notices error events, and only of the streams that it wraps.
    failed = fault == "fail_after" and mode is Mode.BEDROCK
    assert span.status.is_ok is not failed


@every_stream
def test_a_stream_that_is_left_ends_its_span(mode: Mode, recording: Recording) -> None:
    client = Client(mode=mode, client=client_of(mode), **CLIENT_ARGUMENTS[mode])
    prompt = ConverseRequest(messages="hello") if recording is CONVERSE_STREAM else "hello"
    with instrumented() as spans, replay(client_of(mode), recording, match="order"):
        with client.generate(prompt, **CALL_ARGUMENTS[mode]) as stream:
            next(iter(stream))
        (span,) = spans()
    assert span.end_time is not None
    assert stream.request_id is not None


@both_modes
def test_calls_of_a_client(mode: Mode) -> None:
    recordings = [plain(mode), streamed(mode), plain(mode, 400)]
    client = Client(mode=mode, client=client_of(mode), **CLIENT_ARGUMENTS[mode])
    with instrumented() as spans, replay(client_of(mode), recordings, match="order"):
        answer = client.generate("hello", stream=False, **CALL_ARGUMENTS[mode])
        assert isinstance(answer, Generations)
        stream = client.generate("hello", **CALL_ARGUMENTS[mode])
        assert (answer.text, stream.read().text) == (" I am", " I am")
        with pytest.raises(ServiceError):
            client.generate("hello", stream=False, **CALL_ARGUMENTS[mode])
        assert [span.status.is_ok for span in spans()] == [True, True, False]


def test_a_plain_answer_of_converse() -> None:
    client = Client(mode=Mode.BEDROCK, client=client_of(Mode.BEDROCK))
    with instrumented() as spans, replay(client_of(Mode.BEDROCK), CONVERSE, match="order"):
        answer = client.generate(ConverseRequest(messages="hello"), stream=False, model_id="target")
        assert answer.text == "hi"
        (span,) = spans()
    assert span.attributes["gen_ai.usage.output_tokens"] == 1
