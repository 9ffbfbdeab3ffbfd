"""Sources of events: where their events are, which of them are running, how they are closed."""

from __future__ import annotations

import asyncio
import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.eventstream import EventStream
from botocore.parsers import EventStreamJSONParser

import smithy_models
from clients import needs_aiobotocore
from cohere_aws import Mode
from cohere_aws._services import service_for
from cohere_aws._sources import (
    NoEvents,
    async_events_in,
    boto3_event,
    check_source,
    closes_asynchronously,
    events_in,
    is_running,
    iterable_in,
)
from frame_cases import Case, body_of, made_by

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


BEDROCK = service_for(Mode.BEDROCK)


def test_a_generator_runs_while_its_code_runs() -> None:
    found: list[bool] = []

    def generator() -> Iterator[None]:
        found.append(is_running(source))
        yield

    source = generator()
    assert not is_running(source)
    next(source)
    assert not is_running(source)
    assert found == [True]


def test_an_asynchronous_generator_runs_until_it_yields() -> None:
    async def check() -> None:
        may_yield = asyncio.Event()

        async def generator() -> AsyncIterator[int]:
            await may_yield.wait()
            yield 1

        source = generator()
        assert not is_running(source)
        waiting = asyncio.ensure_future(anext(source))
        await asyncio.sleep(0)
        assert is_running(source)
        may_yield.set()
        assert await waiting == 1
        assert not is_running(source)

    asyncio.run(check())


def test_any_other_source_is_not_running() -> None:
    for source in ([], iter([]), NoEvents(), None):
        assert not is_running(source)


def test_the_events_are_in_the_source() -> None:
    for source in ([], iter([]), NoEvents(), smithy_models.Receiver([])):
        assert iterable_in(source, BEDROCK) is source


def test_the_events_are_in_the_output_stream_of_the_source() -> None:
    source = smithy_models.OutputEventStream([])
    assert iterable_in(source, BEDROCK) is source.output_stream


def test_a_source_of_no_events() -> None:
    source: Any = smithy_models.OutputEventStream([])
    source.output_stream = None  # as in a stream of two directions, before the answer has begun
    for wrong, name in ((source, "of type OutputEventStream"), (5, "of type int")):
        message = f"the stream is {name}; expected an iterable of events"
        with pytest.raises(TypeError, match=re.escape(message)):
            iterable_in(wrong, BEDROCK)


def test_an_event_of_another_sdk_gets_the_form_of_boto3() -> None:
    event = smithy_models.ConverseStreamOutputMessageStart(smithy_models.ContentBlockText("Hi"))
    assert boto3_event(event) == {"messageStart": {"text": "Hi"}}


def test_how_a_source_is_closed() -> None:
    async def generator() -> AsyncIterator[int]:
        yield 1

    for source in (generator(), smithy_models.OutputEventStream([]), smithy_models.Receiver([])):
        assert closes_asynchronously(source)
    for plain in ([], (number for number in ()), open):
        assert not closes_asynchronously(plain)


def test_a_source_without_events() -> None:
    async def read() -> list[Any]:
        return [event async for event in NoEvents()]

    assert asyncio.run(read()) == []


@pytest.mark.parametrize("source", [[], iter([]), NoEvents()])
def test_a_source_can_be_iterated(source: object) -> None:
    check_source(source, service_for(Mode.BEDROCK))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (5, "the stream is of type int; expected an iterable of events"),
        (None, "the stream is None; expected an iterable of events"),
        (
            {"ResponseMetadata": {}, "stream": []},
            "with the keys 'ResponseMetadata', 'stream'; expected response['stream'], the stream in",
        ),
        ({"body": []}, "with the keys 'body'; expected response['body'], the stream in a response"),
        ({}, "with no keys; expected response['body'] or response['stream'], the stream in"),
    ],
)
def test_other_objects_are_not_sources(source: object, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        check_source(source, service_for(Mode.BEDROCK))
    assert message in str(caught.value)


def test_the_response_of_the_other_service() -> None:
    with pytest.raises(TypeError, match=r"expected response\['Body'\], the stream"):
        check_source({"Body": []}, service_for(Mode.SAGEMAKER))


def test_a_call_that_was_not_awaited() -> None:
    async def call() -> None: ...

    source = call()
    with pytest.raises(TypeError, match=r"; expected an iterable of events; await the call first$"):
        check_source(source, BEDROCK)
    source.close()


def test_streams_of_boto3_are_read_fast_unless_they_were_begun() -> None:
    body = body_of(Case("bedrock", [], None, []))
    assert inspect.getgeneratorstate(body._event_generator) == inspect.GEN_CREATED
    found = events_in(body, BEDROCK)
    assert [*found] == []
    # A plain loop over a body is a generator of botocore.
    assert [
        each.gi_code.co_filename == EventStream.__iter__.__code__.co_filename
        for each in (found, events_in(body, BEDROCK))
    ] == [False, True]
    events: list[Any] = [{}]
    assert [*events_in(events, BEDROCK)] == events


@needs_aiobotocore
def test_streams_of_aiobotocore_are_read_fast_unless_they_were_begun() -> None:
    from aiobotocore.eventstream import AioEventStream

    async def check() -> None:
        case = Case("bedrock", [], None, [])
        body = made_by(AioEventStream, EventStreamJSONParser, case)
        for is_fast in (True, False):
            found: Any = async_events_in(body, BEDROCK)
            of_botocore = AioEventStream.__anext__.__code__.co_filename
            assert (found.ag_code.co_filename != of_botocore) is is_fast
            assert [each async for each in found] == []

    asyncio.run(check())
    source = NoEvents()
    assert async_events_in(source, BEDROCK) is source
