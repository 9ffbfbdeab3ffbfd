"""Serve: answer over TCP from recordings, for other processes and other languages.

A loopback HTTP server answers like the AWS runtimes: each frame of an event stream is one HTTP
chunk, sent at once. Signatures are not checked. Point a client at it with ``endpoint_url``, or a
whole process with ``AWS_ENDPOINT_URL_BEDROCK_RUNTIME`` and ``AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME``.

``_listener`` speaks HTTP; ``Server`` here finds the recording and decides how it is sent.
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

# The faults of the connection, and how each ends a stream.
_ENDINGS: dict[str, Ending] = {"stall_after": "stalled", "reset_after": "reset"}


class Server(Replay):
    """A running server.

    Attributes:
        url: The URL, such as ``http://127.0.0.1:49152``.
        calls: The calls so far, in order. A call that is retried counts once.
        unanswered: The reason for each call that no recording answers, in order.
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
        self._replies: dict[int, Reply] = {}  # those made so far, by the identity of the recording
        self._throttle = options.throttle  # requests that are still to be refused
        # A path is matched against the operations of the recordings alone.
        operations = sorted({(recording.service, recording.operation) for recording in recordings})
        self._models = [operation_model(*names) for names in operations]

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return the reply to a request."""
        invocation = headers.get(INVOCATION)
        try:
            call = self._call(path, headers, body)
            if self._throttles(call, invocation):
                words = "Too many requests, as the test asked for"
                reply, origin = refusal(429, "ThrottlingException", words), "throttle"
            else:
                recording = self.take(call, invocation)
                reply = self._reply(recording)
                origin = recording.path.name if recording.path else "a recording without a file"
        except (ReplayError, ValueError) as error:
            return self._refused(str(error))  # these messages do not quote text of the request
        except Exception as error:  # noqa: BLE001  # match and scrub may raise anything
            # The client waits for a reply. The message may quote the request, so it is left out.
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
            # The call is counted here, because take() will not see this attempt.
            self._note(call, invocation or object())
            return True

    def _call(self, path: str, headers: Mapping[str, str], body: bytes) -> Call:
        for model in self._models:
            if labels_of(model, path) is not None:
                return call_of(self._scrubber, model, path, headers, body)
        known = urlsplit(path).path
        raise ReplayError(f"no recorded operation has the path {known!r}")

    def _reply(self, recording: Recording) -> Reply:
        """Return the reply from *recording*, the same for each request unless faults are random."""
        faults = self._options.faults
        if faults.is_random:
            return self._shortened(reply_of(recording, faults))
        # By identity: equal recordings may have other times. They live as long as the matcher.
        # Two threads may make the same reply at once; either serves.
        key = id(recording)
        if key not in self._replies:
            self._replies[key] = self._shortened(reply_of(recording, faults))
        return self._replies[key]

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
    """Return the variables that make all clients of a process call *url*."""
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if direct != "*":  # alone it means every host; in a list it means nothing
        direct = f"{direct},{HOST}" if direct else HOST
    return {
        **dict.fromkeys(ENDPOINTS, url),
        # Each of these settings would make botocore ignore the URL. They may also stand in the AWS
        # configuration file, which these variables override.
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_USE_DUALSTACK_ENDPOINT": "false",
        "AWS_USE_FIPS_ENDPOINT": "false",
        "no_proxy": direct,
        "NO_PROXY": direct,
    }


def _check_failure(faults: Faults, recordings: Sequence[Recording]) -> None:
    """Raise ``ValueError`` if no recorded stream can send the error of ``fail_after``."""
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
        port: The port to listen on; 0 means any free port.
        match: As in ``replay``.
        ignore: As in ``replay``.
        reuse: Let a recording answer any number of calls. If false, each answers one call, with all
            the attempts that a client makes of it.
        delays: As in ``replay``.
        scrub: As in ``replay``.
        cut: As in ``replay``.
        truncate_after: As in ``replay``.
        fail_after: As in ``replay``.
        flip: As in ``replay``.
        stall_after: After *n* events of a stream, or after ``Bytes(n)``, send nothing more, and
            keep the connection open until the client closes it.
        reset_after: After *n* events of a stream, or after ``Bytes(n)``, reset the connection.
        throttle: Refuse the first *n* requests, with HTTP status 429 and a
            ``ThrottlingException``.

    A request is answered if its ``Host`` is this machine, its method is ``POST``, its body has at
    most 25 MB, and it arrives within 60 seconds. Each call is logged, without its text, by the
    logger ``cohere_aws.testing``.

    Yields:
        The ``Server``: its ``url``, and the ``calls`` so far. A call that no recording answers gets
        HTTP status 400 and a ``ReplayError`` that names the nearest recording.

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
