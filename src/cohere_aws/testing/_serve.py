"""Serve: answer over TCP from recordings, for other processes and other languages.

A loopback HTTP server that speaks as the runtimes do: each frame of an event stream is a chunk of
HTTP of its own, sent at once. Signatures are not checked. Point a client at it with
``endpoint_url``, or a whole process with ``AWS_ENDPOINT_URL_BEDROCK_RUNTIME`` and
``AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME``.
"""

from __future__ import annotations

import os
import threading
import traceback
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cohere_aws._services import SERVICES

from ._botocore import operation_model, stream_errors
from ._call import INVOCATION, Call, call_of
from ._ending import RecordedEnd, ReplayError
from ._listener import HOST, LOGGER, POLL_INTERVAL, Listener, Options, refusal
from ._matching import Match, Matcher
from ._members import labels_of
from ._replay import Replay, load_all
from ._scrub import Scrubber
from ._wire import Bytes, Faults, Reply, beginning, reply_of

if TYPE_CHECKING:
    import random
    import socket
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ._ending import Ending
    from ._recording import Recording
    from ._replay import Recordings

__all__ = ["ENDPOINTS", "Server", "environment", "serve"]

# The environment variables in which clients look for the URL of each service.
ENDPOINTS = sorted(
    f"AWS_ENDPOINT_URL_{service.name.upper().replace('-', '_')}" for service in SERVICES.values()
)

# The faults of a connection, and how a stream ends by each.
_ENDINGS: dict[str, Ending] = {"stall_after": "stalled", "reset_after": "reset"}


class Server(Replay):
    """A server while it runs.

    Attributes:
        url: Where it is, such as ``http://127.0.0.1:49152``.
        calls: The calls so far, in order; a call that is retried counts once.
        unanswered: For each call that no recording answers, the reason, in order.
        connections: The open connections.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        matcher: Matcher,
        scrubber: Scrubber,
        options: Options,
    ) -> None:
        super().__init__(matcher)
        self.url = ""
        self.unanswered: list[str] = []
        self.connections: set[socket.socket] = set()
        self._scrubber = scrubber
        self._options = options
        self._throttle = options.throttle
        # What a path may mean: the operations that there are recordings of.
        operations = sorted({(recording.service, recording.operation) for recording in recordings})
        self._models = [operation_model(*names) for names in operations]

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return what answers a request."""
        invocation = headers.get(INVOCATION)
        try:
            call = self._call(path, headers, body)
            if self._throttles(call, invocation):
                words = "Too many requests, as the test asked for"
                reply, origin = refusal(429, "ThrottlingException", words), "throttle"
            else:
                recording = self.take(call, invocation)
                reply = self._shortened(reply_of(recording, self._options.faults))
                origin = recording.path.name if recording.path else "a recording without a file"
        except (ReplayError, ValueError) as error:
            return self._refused(str(error))  # which says what was asked, and quotes no text of it
        except Exception as error:  # noqa: BLE001  # a function of the caller may raise anything
            # The client waits for an answer. The message of the error may hold text of the request.
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"in {place.name}, line {place.lineno}"
            return self._refused(f"match or scrub raised {type(error).__name__} {where}")
        LOGGER.info("%s of %r: HTTP %d, %s", call.operation, call.target, reply.status, origin)
        return reply

    def _refused(self, reason: str) -> Reply:
        LOGGER.warning("%s", reason)
        with self._lock:
            self.unanswered.append(reason)
        return refusal(400, "ReplayError", reason)

    def _throttles(self, call: Call, invocation: str | None) -> bool:
        with self._lock:
            self._throttle -= 1
            if self._throttle < 0:
                return False
            self._note(call, invocation or object())
            return True

    def _call(self, path: str, headers: Mapping[str, str], body: bytes) -> Call:
        for model in self._models:
            if labels_of(model, path) is not None:
                return call_of(self._scrubber, model, path, headers, body)
        known = urlsplit(path).path
        raise ReplayError(f"no recorded operation has the path {known!r}")

    def _shortened(self, reply: Reply) -> Reply:
        if not reply.is_stream:
            return reply
        for name, kind in _ENDINGS.items():
            count = getattr(self._options, name)
            if count is not None:
                parts = beginning(name, reply.parts, count)
                return replace(reply, parts=parts, end=RecordedEnd(kind))
        return reply


def environment(url: str) -> dict[str, str]:
    """Return the variables that send all clients of a process to *url*, whatever is configured."""
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if direct != "*":  # which means every host, where it stands alone
        direct = f"{direct},{HOST}" if direct else HOST
    return {
        **dict.fromkeys(ENDPOINTS, url),
        # Each of these would keep botocore from the address; the environment wins over files.
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_USE_DUALSTACK_ENDPOINT": "false",
        "AWS_USE_FIPS_ENDPOINT": "false",
        "no_proxy": direct,
        "NO_PROXY": direct,
    }


def _check_failure(faults: Faults, recordings: Sequence[Recording]) -> None:
    """Raise ``ValueError`` if no stream can fail as ``fail_after`` says."""
    if faults.fail_after is None:
        return
    name = faults.fail_after[1]
    streams = {(each.service, each.operation) for each in recordings if each.stream is not None}
    known = {operation: stream_errors(service, operation) for service, operation in streams}
    if not any(name in errors for errors in known.values()):
        lists = [
            f"; {operation} can send {', '.join(sorted(known[operation]))}" for operation in known
        ]
        raise ValueError(
            f"fail_after: no recorded stream can send {name!r}{''.join(sorted(lists))}"
        )


@contextmanager
def serve(
    recordings: Recordings,
    *,
    port: int = 0,
    match: Match = "request",
    ignore: Iterable[str] = (),
    reuse: bool = True,
    delays: bool = False,
    scrub: Callable[[str], str] | None = None,
    cut: int | Sequence[int] | random.Random | None = None,
    truncate_after: int | Bytes | None = None,
    fail_after: tuple[int, str] | tuple[int, str, Mapping[str, Any]] | None = None,
    flip: int | Iterable[int] | random.Random | None = None,
    stall_after: int | Bytes | None = None,
    reset_after: int | Bytes | None = None,
    throttle: int = 0,
) -> Iterator[Server]:
    """Answer over TCP from recordings, on the loopback interface, while the block runs.

    Args:
        recordings: A recording, a file, a folder of files, or an iterable of these.
        port: The port to listen on; 0 takes one that is free.
        match: ``"request"`` finds the recording by operation, target, members and request body;
            ``None`` in the recording, at any place, stands for anything. ``"partial"`` does, too,
            but objects of the call may have more keys than those of the recording. ``"order"``
            takes one after the other and compares the operation only. A function gets the ``Call``
            and each ``Recording`` of the same operation, and returns whether it answers.
        ignore: Paths that are not compared, such as ``"request.temperature"``,
            ``"request.messages.0"``, ``"members.InferenceId"`` or ``"target"``.
        reuse: Whether a recording answers as often as it is asked for, or one call, with all the
            attempts that a client makes of it.
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
        stall_after: After *n* events of a stream, or ``Bytes(n)``, send nothing more, and keep the
            connection open until the client leaves.
        reset_after: After *n* events of a stream, or ``Bytes(n)``, reset the connection.
        throttle: Refuse the first *n* requests, with HTTP status 429 and a
            ``ThrottlingException``.

    Only requests that name this machine are answered: by ``POST``, with at most 25 MB, that arrive
    within 60 seconds. Each call is logged, without its text, by the logger ``cohere_aws.testing``.

    Yields:
        The ``Server``: its ``url``, and the ``calls`` that it got. A call that no recording answers
        gets HTTP status 400 and a ``ReplayError`` that shows the nearest one.

    Raises:
        ValueError: No operation among the recordings has the error event of *fail_after*.
    """
    faults = Faults(cut=cut, truncate_after=truncate_after, fail_after=fail_after, flip=flip)
    options = Options(
        faults=faults,
        stall_after=stall_after,
        reset_after=reset_after,
        throttle=throttle,
        delays=delays,
    )
    loaded = load_all(recordings)
    _check_failure(faults, loaded)
    server = Server(
        loaded, Matcher(loaded, match=match, ignore=ignore, reuse=reuse), Scrubber(scrub), options
    )
    listener = Listener(port, server.answer, server.connections, options)
    server.url = f"http://{HOST}:{listener.server_port}"
    thread = threading.Thread(target=listener.serve_forever, args=(POLL_INTERVAL,), name="serve")
    thread.start()
    try:
        yield server
    finally:
        listener.stop()
        thread.join()
