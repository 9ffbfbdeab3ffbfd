"""Replay: answer a real client from recordings, and run everything but the network.

botocore emits ``before-send`` when a request is validated, serialised and signed, and takes what a
handler returns for the answer of the service. So parameter validation, signing, retries, checksums
and the event-stream parser all really run; only the connection does not exist.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from cohere_aws._aws import is_asynchronous

from ._body import AsyncBody, Body, Pace
from ._botocore import http_response
from ._call import INVOCATION, Call, call_of, model_of
from ._ending import ReplayError
from ._files import in_order
from ._lines import RecordingError
from ._matching import Match, Matcher
from ._recording import Recording
from ._scrub import Scrubber
from ._wire import Bytes, Faults, reply_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Recordings = Recording | str | os.PathLike[str] | Iterable["Recordings"]

__all__ = ["Replay", "answering", "check_used", "load_all", "replay"]

NO_FAULTS = Faults()


# The blocks that a client is in, from the outermost to the innermost.
_BLOCKS: WeakKeyDictionary[Any, list[Replay]] = WeakKeyDictionary()


class Replay:
    """What happens during a replay.

    Attributes:
        calls: The calls so far, in order; a call that is retried counts once.
    """

    def __init__(self, matcher: Matcher) -> None:
        self.calls: list[Call] = []
        self._matcher = matcher
        self._lock = threading.Lock()
        self._answers: dict[object, Recording | None] = {}  # by invocation

    def take(self, call: Call, invocation: object) -> Recording:
        """The recording that answers *call*, which is the same for all attempts of an invocation.

        A recording holds what came of a call in the end, so it would not do for a recorded refusal
        to answer the first attempt, and for others to answer those that botocore makes after it.
        """
        invocation = invocation or object()  # who does not tell makes a call each time
        with self._lock:
            self._note(call, invocation)
            found = self._answers[invocation] or self._matcher.take(call)
            self._answers[invocation] = found
            return found

    def _note(self, call: Call, invocation: object) -> None:
        """Count *call*, unless another attempt of the same invocation was counted."""
        if invocation not in self._answers:
            self.calls.append(call)
            self._answers[invocation] = None

    def unused(self) -> list[Recording]:
        """The recordings that answered no call yet."""
        with self._lock:
            return self._matcher.unused()


@contextmanager
def replay(
    client: Any,
    recordings: Recordings,
    *,
    match: Match = "request",
    ignore: Iterable[str] = (),
    use_all: bool = False,
    delays: bool = False,
    scrub: Callable[[str], str] | None = None,
    cut: int | Sequence[int] | random.Random | None = None,
    truncate_after: int | Bytes | None = None,
    fail_after: tuple[int, str] | tuple[int, str, Mapping[str, Any]] | None = None,
    flip: int | Iterable[int] | random.Random | None = None,
) -> Iterator[Replay]:
    """Answer *client*, of boto3 or aiobotocore, from recordings while the block runs.

    The client needs credentials to sign with, but any will do. What it tries again, as it does
    after a recorded 429 or 503, gets the same answer again, after the same wait as from AWS, unless
    it is made with ``Config(retries={"total_max_attempts": 1})``.

    The block holds for the client and not for the thread: of threads that share a client and are in
    blocks of their own, all are answered by the block that was entered last.

    Args:
        client: A client of ``bedrock-runtime`` or ``sagemaker-runtime``.
        recordings: A recording, a file, a folder of files (in the order of their names, where
            numbers count as numbers), or an iterable of these. Each answers one call.
        match: ``"request"`` finds the recording by operation, target, members and request body;
            ``None`` in the recording, at any place, stands for anything. ``"partial"`` does, too,
            but objects of the call may have more keys than those of the recording. ``"order"``
            takes one after the other and compares the operation only. A function gets the ``Call``
            and each ``Recording`` of the same operation, and returns whether it answers.
        ignore: Paths that are not compared, such as ``"request.temperature"``,
            ``"request.messages.0"``, ``"members.InferenceId"`` or ``"target"``.
        use_all: Whether recordings that are left over fail the block.
        delays: Whether events, and plain bodies, come at the times of the recording, instead of at
            once.
        scrub: What was given to ``record()``, so that the request compares with what was written.
        cut: Cut the payload bytes again, as SageMaker may: into parts of *cut* bytes, at these
            offsets, or into parts of 1 to 32 bytes that a seeded random source draws.
        truncate_after: End every stream in good order after *n* events, or ``Bytes(n)``.
        fail_after: ``(n, name)``: after *n* events of a stream, send error event *name* and end.
            The name is one of the service model; a third item gives more members than the message.
        flip: Flip the bit of this number, or these, counted over all bytes of a stream from the
            highest bit of the first; a seeded random source draws one.

    Raises:
        ReplayError: From the call of the client: no recording answers it. At the end of the block:
            recordings are left over and *use_all* is set.
        ValueError: From the call of the client: a fault does not fit the recording.
    """
    faults = Faults(cut=cut, truncate_after=truncate_after, fail_after=fail_after, flip=flip)
    state = Replay(Matcher(load_all(recordings), match=match, ignore=ignore))
    with answering(client, state, Scrubber(scrub, client), faults=faults, delays=delays):
        yield state
    if use_all:
        check_used(state)


@contextmanager
def answering(
    client: Any,
    state: Replay,
    scrubber: Scrubber,
    *,
    faults: Faults = NO_FAULTS,
    delays: bool = False,
    on_answer: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Answer *client* while the block runs.

    Args:
        client: As for ``replay``.
        state: Finds the recordings; several clients may share it.
        scrubber: As when the recordings were made.
        faults: As for ``replay``.
        delays: As for ``replay``.
        on_answer: Called for each request that is answered. The others are sent, then, instead of
            being a ``ReplayError``.
    """
    model = model_of(client)
    body_type: Any = AsyncBody if is_asynchronous(client) else Body

    def answer(request: Any, event_name: str, **_: object) -> Any:
        if state not in inner[-1:]:
            return None  # botocore asks all handlers, and the innermost block answers
        operation = model.operation_model(event_name.rpartition(".")[2])
        call = call_of(scrubber, operation, request.url, request.headers, request.body)
        try:
            recording = state.take(call, request.headers.get(INVOCATION))
        except ReplayError:
            if on_answer is None:
                raise
            return None
        if on_answer is not None:
            on_answer()
        reply = reply_of(recording, faults)
        body = body_type(reply.parts, Pace(delays=delays), reply.end)
        return http_response(client, request.url, reply.status, reply.headers, body)

    event = f"before-send.{model.service_id.hyphenize()}"
    inner = _BLOCKS.setdefault(client, [])
    inner.append(state)
    client.meta.events.register_first(event, answer)
    try:
        yield
    finally:
        client.meta.events.unregister(event, answer)
        inner.remove(state)


def check_used(state: Replay) -> None:
    """Raise ``ReplayError`` if recordings are left over."""
    if unused := state.unused():
        names = ", ".join(str(recording.path or recording.operation) for recording in unused)
        raise ReplayError(f"{len(unused)} recordings answered no call: {names}")


def load_all(recordings: Recordings) -> list[Recording]:
    """The recordings in whatever names them."""
    if isinstance(recordings, Recording):
        return [recordings]
    if not isinstance(recordings, (str, os.PathLike)):
        return [found for each in recordings for found in load_all(each)]
    path = Path(recordings)
    if not path.is_dir():
        return [Recording.load(path)]
    files = in_order(path)
    if not files:
        raise RecordingError(f"{path} holds no recordings (*.jsonl)")
    return [Recording.load(file) for file in files]
