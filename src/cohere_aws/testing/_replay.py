"""Replay: answer a real client from recordings, and run everything but the network.

botocore emits ``before-send`` when a request is validated, serialised and signed. If a handler
returns a response, botocore takes it for the response of the service and sends nothing. So
parameter validation, signing, retries, checksums and the event-stream parser all really run; only
the connection does not exist.
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

# The blocks that each client is in, outermost first. Only the innermost one answers.
_BLOCKS: WeakKeyDictionary[Any, list[Replay]] = WeakKeyDictionary()


class Replay:
    """The state of a replay.

    Attributes:
        calls: The calls so far, in order. A call that is retried counts once.
    """

    def __init__(self, matcher: Matcher) -> None:
        self.calls: list[Call] = []
        self._matcher = matcher
        self._lock = threading.Lock()
        # By invocation. None: the call was counted, and no recording has answered it yet.
        self._answers: dict[object, Recording | None] = {}

    def take(self, call: Call, invocation: object) -> Recording:
        """Return the recording that answers *call*, the same for all attempts of an invocation.

        A recording holds the final answer to a call. If that is a refusal, botocore may retry; the
        refusal has to answer each attempt, and not use up the recordings of other calls.
        """
        invocation = invocation or object()  # a request without the header is a call of its own
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
        """Return the recordings that have not answered a call yet."""
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

    The client needs credentials to sign with; any will do. botocore retries as usual: after a
    recorded 429 or 503 it waits and calls again, and gets the same answer again. To avoid the wait,
    create the client with ``Config(retries={"total_max_attempts": 1})``.

    The block answers the client, not the thread. If several threads share a client and each enters
    a block of its own, the block that was entered last answers all of them.

    Args:
        client: A client of ``bedrock-runtime`` or ``sagemaker-runtime``.
        recordings: A recording, a file, a folder of files, or an iterable of these. Files in a
            folder are taken in the order of their names; numbers in names count as numbers. Each
            recording answers one call.
        match: The way to find the recording of a call. ``"request"`` compares operation, target,
            members and request body; ``None`` in the recording, at any place, matches anything.
            ``"partial"`` also accepts objects in the call with more keys than in the recording.
            ``"order"`` takes one recording after the other, and compares the operation only. A
            function is called with the ``Call`` and each ``Recording`` of the same operation; the
            first for which it returns true answers.
        ignore: Paths that are not compared, such as ``"request.temperature"``,
            ``"request.messages.0"``, ``"members.InferenceId"`` or ``"target"``.
        use_all: Fail at the end of the block if a recording has not answered a call.
        delays: Send events and plain bodies at the recorded times, instead of at once.
        scrub: The function that was passed to ``record()``. The request is rewritten by it before
            it is compared, as the recorded one was.
        cut: Cut the payload bytes of each stream into other events, as SageMaker may cut them
            anywhere. An ``int``: events of *cut* bytes. A sequence: cut at these offsets. A seeded
            ``random.Random``: events of 1 to 32 bytes.
        truncate_after: End the body of each stream after *n* events, or after ``Bytes(n)``. The
            HTTP message is complete, so only the missing events show it.
        fail_after: ``(n, name)``: send the error event *name* after *n* events, and end the stream.
            The service model must have an error of this name. ``(n, name, members)`` adds members
            to its message.
        flip: Flip one bit of each stream, or several. Bits are numbered over all bytes of a stream,
            from the highest bit of the first byte. A seeded ``random.Random`` draws one bit.

    Yields:
        A ``Replay``: its ``calls`` so far.

    Raises:
        ReplayError: From the call of the client: no recording answers it. At the end of the block:
            a recording is left over and *use_all* is set.
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
        client: As in ``replay``.
        state: Finds the recordings. Several clients may share it.
        scrubber: Rewrites each request before it is compared.
        faults: Applied to each stream.
        delays: As in ``replay``.
        on_answer: Called for each request that is answered. If it is given, a request that no
            recording answers is sent, instead of raising a ``ReplayError``.
    """
    model = model_of(client)
    body_type: Any = AsyncBody if is_asynchronous(client) else Body

    def answer(request: Any, event_name: str, **_: object) -> Any:
        if state not in inner[-1:]:
            return None  # botocore calls the handlers of all blocks; the innermost block answers
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
        count = f"{len(unused)} recording{'s' if len(unused) > 1 else ''}"
        raise ReplayError(f"{count} did not answer any call: {names}")


def load_all(recordings: Recordings) -> list[Recording]:
    """Return the recordings that the argument of ``replay`` names."""
    if isinstance(recordings, Recording):
        return [recordings]
    if not isinstance(recordings, (str, os.PathLike)):
        return [found for each in recordings for found in load_all(each)]
    path = Path(recordings)
    if not path.is_dir():
        return [Recording.load(path)]
    files = in_order(path)
    if not files:
        raise RecordingError(f"{path} does not contain recordings (*.jsonl)")
    return [Recording.load(file) for file in files]
