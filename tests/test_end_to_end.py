"""Generated answers through a real boto3 client, botocore's checksums and parser.

The response is cut, truncated, damaged or replaced by an error. In each case the caller gets the
whole answer, or an error with the results that had arrived.
"""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clients import client_of, local_client, stream_of
from cohere_aws import (
    CohereError,
    Generations,
    IncompleteStreamError,
    Mode,
    ServiceError,
    StreamingText,
    TransportError,
)
from cohere_aws._field import counted
from cohere_aws.testing import Bytes, RecordedEvent, Recording, replay, serve
from damage import EVENT_TYPES, OPERATIONS
from strategies import Answer, answers

modes = st.sampled_from(Mode)


def recorded(answer: Answer, mode: Mode) -> Recording:
    service, operation = OPERATIONS[mode]
    payloads = [json.dumps(item).encode() for item in answer.items]
    stream = tuple(RecordedEvent(EVENT_TYPES[mode], payload) for payload in payloads)
    return Recording(service=service, operation=operation, stream=stream)


def read(
    recording: Recording, mode: Mode, **faults: Any
) -> tuple[list[StreamingText], Generations]:
    client, pieces = client_of(mode), []
    with replay(client, recording, **faults), stream_of(client, mode, strict=True) as stream:
        try:
            for piece in stream:
                pieces.append(piece)  # noqa: PERF402  # keeps the pieces before an error
        except CohereError as error:
            assert error.partial == stream.generations
            raise
        assert stream.generations is not None
        return pieces, stream.generations


@given(answers(), modes, st.none() | st.integers(1, 50) | st.integers(0, 99).map(random.Random))
def test_a_client_gets_the_answer(answer: Answer, mode: Mode, cut: Any) -> None:
    assert read(recorded(answer, mode), mode, cut=cut) == (answer.pieces, answer.generations)


@given(st.data(), answers(), modes)
def test_a_truncated_response_is_an_error(data: st.DataObject, answer: Answer, mode: Mode) -> None:
    recording = recorded(answer, mode)
    frames = recording.frames()
    end = data.draw(st.integers(0, len(b"".join(frames)) - 1))
    whole = [frame for i, frame in enumerate(frames) if len(b"".join(frames[: i + 1])) <= end]
    try:
        read(recording, mode, truncate_after=Bytes(end))
    except IncompleteStreamError as error:
        assert str(error).endswith(f"after {counted(len(whole), 'item')}")
    else:
        raise AssertionError("no error for a truncated response")


@given(st.data(), answers(), modes)
def test_a_flipped_bit_is_an_error(data: st.DataObject, answer: Answer, mode: Mode) -> None:
    recording = recorded(answer, mode)
    bit = data.draw(st.integers(0, 8 * len(b"".join(recording.frames())) - 1))
    try:
        read(recording, mode, flip=bit)
    except TransportError as error:
        # Only text from before the damage may be in the partial results.
        assert error.partial is not None
        found = "".join(generation.text for generation in error.partial)
        assert len(found) <= len("".join(piece.text for piece in answer.pieces))
    else:
        raise AssertionError("no error for a flipped bit")


@given(st.data(), answers(), modes)
def test_an_error_event_at_any_position_is_an_error(
    data: st.DataObject, answer: Answer, mode: Mode
) -> None:
    recording = recorded(answer, mode)
    count = data.draw(st.integers(0, len(answer.items)))
    name = "throttlingException" if mode is Mode.BEDROCK else "ModelStreamError"
    try:
        read(recording, mode, fail_after=(count, name))
    except ServiceError as error:
        assert (error.code, error.retryable) == (name, True)
    else:
        raise AssertionError("no error for an error event")


@settings(max_examples=10)
@given(answers(), modes)
def test_a_client_gets_the_answer_over_tcp(answer: Answer, mode: Mode) -> None:
    with serve(recorded(answer, mode), cut=7) as server:
        client = local_client(server.url, mode, read_timeout=10)
        assert stream_of(client, mode, strict=True).read() == answer.generations
        client.close()
