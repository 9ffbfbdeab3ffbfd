"""The smithy SDK's client of Bedrock, run against a loopback server."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import enum
import json
import types
import typing
import warnings
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import smithy_client
from clients import local_client
from cohere_aws import (
    CohereError,
    Generations,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamingGenerations,
)
from cohere_aws._smithy import as_boto3
from cohere_aws.testing import RecordedEvent, Recording, serve
from smithy_client import FAULTS, STREAMS, Fault, call, client_of, outcome, read, recording_of
from testing.samples import CONVERSE, CONVERSE_STREAM, MESSAGES, plain

models = pytest.importorskip(
    "aws_sdk_bedrock_runtime.models", reason="needs the extra smithy, and Python 3.12 or newer"
)
from smithy_core.documents import Document  # noqa: E402
from smithy_json import JSONCodec  # noqa: E402

# Where the SDK reads something else than boto3, by the names of recordings.
DIFFERENCES = {
    "plain-guardrail": "the SDK makes up an empty list",
    "stream-guardrail": "likewise",
    "plain-new-block": "the SDK cannot read members of unions that it does not know",
    "stream-new-members": "likewise",
    "stream-damaged-delta": "the parsers have exceptions of their own",
    "stream-damaged-json": "boto3 reads it as an empty object",
    "stream-error-modelStreamErrorException": "boto3 drops the status of the model",
    "stream-error-unmodelled": "boto3 drops the code",
}
# The SDK has no client for SageMaker. A refusal is an error of the client, before there is a stream.
RECORDINGS = [
    path
    for path in sorted((Path(__file__).parent / "recordings").rglob("*.jsonl"))
    if '"bedrock-runtime"' in path.read_text(encoding="utf-8").partition("\n")[0]
    and not path.stem.endswith("refused")
    and path.stem not in DIFFERENCES
]
streams = pytest.mark.parametrize("operation", STREAMS)


@streams
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_a_stream(operation: str, fault: Fault) -> None:
    stream, error = asyncio.run(outcome(operation, fault))
    if fault.expected is None:
        assert error is None
        assert stream.text == " I am"
        return
    name, words, retryable = fault.expected
    assert type(error).__name__ == name
    assert words in str(getattr(error, "code", error))
    assert getattr(error, "retryable", False) is retryable
    # What had arrived is kept.
    assert stream.text == " I"
    if isinstance(error, CohereError):
        assert error.partial is not None
        assert error.partial.text == " I"


@streams
def test_the_sdk_keeps_the_error_of_the_model(operation: str) -> None:
    fault = next(fault for fault in FAULTS if fault.name == "modelStreamErrorException")
    _, error = asyncio.run(outcome(operation, fault))
    assert isinstance(error, ServiceError)
    assert (error.original_status, error.original_message) == (500, "of the model")
    assert error.message == "modelStreamErrorException: words"


@streams
def test_the_output_stream_alone_is_read(operation: str) -> None:
    stream, error = asyncio.run(read(recording_of(operation), whole=False))
    assert error is None
    assert stream.text == " I am"


@streams
def test_a_stream_is_closed_where_its_reader_leaves_it(operation: str) -> None:
    async def leave() -> None:
        with serve(recording_of(operation), match="order") as server:
            async with client_of(server.url) as client:
                source = await call(client, operation)
                async with StreamingGenerations(source, Mode.BEDROCK) as stream:
                    async for piece in stream:
                        assert piece.text == " I"
                        break
                assert source.output_stream.closed
                assert stream.text == " I"

    asyncio.run(leave())


def test_a_chunk_that_lost_its_bytes_is_an_error() -> None:
    event = RecordedEvent("chunk", b"", is_readable=False)
    stream, error = asyncio.run(read(recording_of("InvokeModelWithResponseStream", event)))
    assert type(error) is MalformedStreamError
    assert "its bytes were lost in transit" in str(error)
    assert stream.text == " I"


def test_an_event_that_the_sdk_does_not_know_is_noticed() -> None:
    event = RecordedEvent("newEvent", b"{}")
    stream, error = asyncio.run(read(recording_of("InvokeModelWithResponseStream", event)))
    assert error is not None or stream.other_items == [{"SDK_UNKNOWN_MEMBER": {"name": "newEvent"}}]


@pytest.mark.parametrize(
    ("payload", "cause"),
    [
        (b"{", "IncompleteJSONError"),
        (b"[]", "JSONTokenError"),
        (b'{"delta":{}}', "SerializationError"),
        (b'{"delta":{"audio":{}}}', "SerializationError"),
        (b'{"contentBlockIndex":"0","delta":{"text":"a"}}', "JSONTokenError"),
        (b'{"delta":{"reasoningContent":{"redactedContent":"abc"}}}', "binascii.Error"),
    ],
)
def test_a_payload_that_the_sdk_cannot_read(payload: bytes, cause: str) -> None:
    recording = Recording(
        service="bedrock-runtime",
        operation="ConverseStream",
        stream=(RecordedEvent("contentBlockDelta", payload),),
    )
    _, error = asyncio.run(read(recording))
    assert type(error) is MalformedStreamError
    assert str(error).endswith(cause)


def test_an_error_before_the_stream_is_that_of_the_sdk() -> None:
    async def refused() -> None:
        with serve(recording_of("InvokeModelWithResponseStream"), throttle=100) as server:
            async with client_of(server.url) as client:
                with pytest.raises(models.ThrottlingException):
                    await call(client, "InvokeModelWithResponseStream")

    asyncio.run(refused())


@pytest.mark.parametrize("read_output", [
    Generations.from_dict, lambda output: Generations.from_response(output, Mode.BEDROCK)
])  # fmt: skip
def test_a_plain_answer(read_output: Any) -> None:
    async def answer() -> Any:
        with serve(plain(Mode.BEDROCK), match="order") as server:
            async with client_of(server.url) as client:
                return await call(client, "InvokeModel")

    output = asyncio.run(answer())
    assert read_output(output) == Generations.from_dict(json.loads(output.body))
    assert read_output(output).text == " I am"


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_is_read_as_with_boto3(path: Path) -> None:
    recording = Recording.load(path)
    with serve(recording, match="order") as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = by_boto3(server.url, recording.operation)
        ours = asyncio.run(by_smithy(server.url, recording.operation))
    assert ours == theirs


def by_boto3(url: str, operation: str) -> Any:
    client = local_client(url, Mode.BEDROCK)
    try:
        return result_of(events_of_boto3(client, operation))
    finally:
        client.close()


def events_of_boto3(client: Any, operation: str) -> Any:
    """Return the events of boto3 or, of a call that does not stream, its response."""
    converses = operation.startswith("Converse")
    arguments = {"messages": MESSAGES} if converses else {"body": b"{}"}
    response = getattr(client, smithy_client.METHODS[operation])(modelId="target", **arguments)
    if operation.endswith("Stream"):
        return response["stream" if converses else "body"]
    return response


async def by_smithy(url: str, operation: str) -> Any:
    async with client_of(url) as client:
        output = await call(client, operation)
        if not operation.endswith("Stream"):
            return result_of(output)
        stream = StreamingGenerations(output, Mode.BEDROCK)
        try:
            return (await stream.aread()).to_dict(), stream.finish_reason
        except CohereError as error:
            return facts_of(error)


def result_of(source: Any) -> Any:
    """Return the answer in *source*, or the facts of its error."""
    is_response = isinstance(source, dict) or hasattr(source, "serialize")
    try:
        if is_response:
            return without_usage(Generations.from_response(source, Mode.BEDROCK))
        stream = StreamingGenerations(source, Mode.BEDROCK)
        return stream.read().to_dict(), stream.finish_reason
    except CohereError as error:
        return facts_of(error)


def without_usage(answer: Generations) -> dict[str, Any]:
    # boto3 shows headers, which have the usage of InvokeModel; the SDK does not.
    left_out = {"usage"} if answer.dialect != "converse" else set()
    return {name: value for name, value in answer.to_dict().items() if name not in left_out}


def facts_of(error: CohereError) -> Any:
    partial = error.partial and error.partial.to_dict()
    code = getattr(error, "code", None)
    return type(error), error.message, error.http_status, error.retryable, code, partial


@pytest.mark.parametrize("recording", [CONVERSE, CONVERSE_STREAM], ids=lambda each: each.operation)
def test_the_objects_of_converse_become_those_of_boto3(recording: Recording) -> None:
    async def smithy(url: str) -> Any:
        async with client_of(url) as client:
            output = await call(client, recording.operation)
            if recording.response:
                return as_boto3(output)
            return [as_boto3(event) async for event in output.output_stream]

    with serve(recording, match="order") as server:
        ours = asyncio.run(smithy(server.url))
        client = local_client(server.url, Mode.BEDROCK)
        theirs = events_of_boto3(client, recording.operation)
        if recording.response is None:
            theirs = list(theirs)
        else:
            metadata = theirs["ResponseMetadata"]
            names = ("RequestId", "HTTPStatusCode")
            theirs["ResponseMetadata"] = {name: metadata[name] for name in names}
        client.close()
    assert ours == theirs


CLASSES = [
    found
    for found in vars(models).values()
    if isinstance(found, type)
    and found.__module__ == models.__name__
    and dataclasses.is_dataclass(found)
    and not issubclass(found, Exception)
    and not found.__name__.endswith(("Unknown", "Exception"))
]


@pytest.mark.parametrize("type_", CLASSES, ids=lambda type_: type_.__name__)
def test_an_object_has_the_names_that_the_sdk_writes(type_: type) -> None:
    found = sample(type_)
    assert in_json(as_boto3(found)) == json.loads(JSONCodec().serialize(found))


# What the fields of an object are filled with.
SAMPLES: dict[Any, Any] = {
    str: "s",
    int: 3,
    float: 0.5,
    bool: True,
    bytes: b"\xff",
    datetime: datetime(2026, 1, 2, tzinfo=timezone.utc),
    Document: Document({"a_key": [1, "x", None]}),
}


def sample(hint: Any) -> Any:
    """Return an object of the type *hint*, with all fields."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return sample(inner[0])
    if origin in (list, dict):
        return [sample(inner[0])] if origin is list else {"a_key": sample(inner[1])}
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint, vars(models))
        return hint(**{field.name: sample(hints[field.name]) for field in dataclasses.fields(hint)})
    is_enum = isinstance(hint, type) and issubclass(hint, enum.Enum)
    return next(iter(hint)) if is_enum else SAMPLES[hint]


def in_json(value: Any) -> Any:
    """Return *value* as the SDK writes it."""
    if isinstance(value, dict):
        return {key: in_json(each) for key, each in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [in_json(each) for each in value]
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
