"""Record: write the calls of a real client, and their answers, to files while they happen.

botocore emits events for each call, in this order:

1. ``before-call`` with the serialised request: the call is noted.
2. ``request-created`` for each attempt: the clock starts.
3. ``before-parse`` with the response before it is parsed: it is written. A handler may replace the
   body here. A stream gets a tap, which writes each frame on its way to botocore's parser, so
   nothing is read ahead. A plain body is read at once, and replaced by a copy.
4. ``after-call`` with the final response: an error is written now, as botocore did not retry it.
"""

from __future__ import annotations

import threading
import time
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cohere_aws._aws import is_asynchronous

from ._answer import RecordedResponse
from ._body import AsyncBody, Body, Pace
from ._botocore import streaming_body
from ._call import Call, call_of, model_of
from ._files import WRITTEN_BY, opened_in
from ._headers import kept_headers
from ._recording import header_line
from ._scrub import Scrubber
from ._tap import AsyncTap, Tap, Writer
from ._wire import ORIGIN_HEADER, Part

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping

    from ._ending import Ending
    from ._files import Open

__all__ = ["Recorder", "record"]

# The warnings about streams that are not complete, by their ends.
_OPEN = "its stream was still open when record() ended; the rest was not written"
_UNREADABLE = "its stream has a chunk whose bytes could not be read"
_BROKEN: dict[Ending | None, str] = {
    "reset": "the connection of its stream was reset",
    "stalled": "its stream stalled",
    "cut": "its stream was cut inside a frame",
    "checksum": "a frame of its stream was damaged",
}
_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")

# The context of the current call: a dict of botocore's, one for each call. Handlers of all events
# but before-parse get it, so that one reads it here. All recorders share the variable, because a
# ContextVar is never freed.
_CONTEXT: ContextVar[dict[Any, Any]] = ContextVar("context")


@dataclass
class _Exchange:
    """One call that is not answered yet."""

    call: Call
    model: Any
    start: float = field(default_factory=time.perf_counter)
    # The headers and the response of the last attempt, if it was an error that may be retried.
    refusal: tuple[Mapping[str, str], RecordedResponse] | None = None

    def elapsed(self) -> float:
        return time.perf_counter() - self.start


class Recorder:
    """The state of a recording.

    Attributes:
        paths: The files so far, in order.
    """

    def __init__(self, client: Any, open_file: Open, scrubber: Scrubber, *, times: bool) -> None:
        self.paths: list[Path] = []
        self._client = client
        self._model = model_of(client)
        self._open = open_file
        self._scrubber = scrubber
        self._times = times
        self._lock = threading.Lock()
        self._writers: list[Writer] = []
        self._closed = False

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """Return the handlers by the events of botocore for which to register them."""
        service = self._model.service_id.hyphenize()
        return {
            f"before-call.{service}": self._begin,
            f"request-created.{service}": self._send,
            f"before-parse.{service}": self._answer,
            f"after-call.{service}": self._end,
        }

    def close(self) -> list[str]:
        """Close all files; return the warnings about streams that are not complete."""
        with self._lock:
            self._closed = True
        found = []
        for path, writer in zip(self.paths, self._writers, strict=True):
            if writer.is_open:
                writer.close("closed")
                found.append(f"{path}: {_OPEN}")
            elif writer.ending in _BROKEN:
                found.append(f"{path}: {_BROKEN[writer.ending]}, and the recording ends there")
            elif not writer.is_whole:
                found.append(f"{path}: {_UNREADABLE}")
        return found

    def skip(self) -> None:
        """Leave out the current call of this context, because another handler answers it."""
        _CONTEXT.get({}).pop(self, None)

    def is_under_way(self) -> bool:
        """Return whether the current call of this context will be written."""
        return self in _CONTEXT.get({})

    # The handlers. A call that began before the block, or that another handler answers, has no
    # exchange, and is not recorded.

    def _begin(
        self, *, model: Any, params: Mapping[str, Any], context: dict[Any, Any], **_: object
    ) -> None:
        call = call_of(self._scrubber, model, params["url"], params["headers"], params["body"])
        context[self] = _Exchange(call, model)

    def _send(self, *, request: Any, **_: object) -> None:
        _CONTEXT.set(request.context)
        if exchange := request.context.get(self):
            exchange.start = time.perf_counter()  # again for each retry

    def _answer(self, *, operation_model: Any, response_dict: dict[str, Any], **_: object) -> Any:
        exchange, status = _CONTEXT.get({}).get(self), response_dict["status_code"]
        if exchange is None:
            return None
        headers, body = response_dict["headers"], response_dict["body"]
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            # botocore may retry it. It is written after the call, if it is the final response.
            exchange.refusal = headers, self._response(exchange, status, headers, body)
        elif operation_model.has_event_stream_output:
            tap = AsyncTap if is_asynchronous(self._client) else Tap
            kept = kept_headers(exchange.model, headers, self._scrubber)
            if writer := self._writer(exchange, headers, kept):
                response_dict["body"] = tap(body, writer)
        elif not operation_model.has_streaming_output:
            self._write_plain(exchange, headers, self._response(exchange, status, headers, body))
        elif is_asynchronous(self._client):
            # aiobotocore awaits what a handler returns.
            return self._read(exchange, response_dict)
        else:
            self._replace_body(exchange, response_dict, body.read())
        return None

    async def _read(self, exchange: _Exchange, response_dict: dict[str, Any]) -> None:
        self._replace_body(exchange, response_dict, await response_dict["body"].read())

    def _replace_body(
        self, exchange: _Exchange, response_dict: dict[str, Any], data: bytes
    ) -> None:
        headers, status = response_dict["headers"], response_dict["status_code"]
        self._write_plain(exchange, headers, self._response(exchange, status, headers, data))
        body_type: Any = AsyncBody if is_asynchronous(self._client) else Body
        body = body_type([Part(None, data)], Pace(delays=False))
        response_dict["body"] = streaming_body(self._client, body, len(data))

    def _end(self, *, http_response: Any, context: dict[Any, Any], **_: object) -> None:
        exchange = context.pop(self, None)
        if exchange is None or exchange.refusal is None:
            return
        if http_response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            self._write_plain(exchange, *exchange.refusal)

    def _response(
        self, exchange: _Exchange, status: int, headers: Mapping[str, str], body: bytes
    ) -> RecordedResponse:
        kept = kept_headers(exchange.model, headers, self._scrubber)
        at = self._clock(exchange)()
        return RecordedResponse(status, self._scrubber.data(body), kept, at)

    def _clock(self, exchange: _Exchange) -> Callable[[], float | None]:
        return exchange.elapsed if self._times else _timeless

    def _write_plain(
        self, exchange: _Exchange, headers: Mapping[str, str], response: RecordedResponse
    ) -> None:
        if writer := self._writer(exchange, headers):
            writer.write(response)
            writer.close()

    def _writer(
        self,
        exchange: _Exchange,
        headers: Mapping[str, str],
        kept: Mapping[str, str] | None = None,
    ) -> Writer | None:
        """Return a writer for the file of a call, or ``None`` if the block has ended."""
        host = urlsplit(self._client.meta.endpoint_url).hostname or ""
        origin = "recorded" if host.endswith(_AWS_HOSTS) else "constructed"
        header = header_line(
            **vars(exchange.call),
            headers=kept,
            origin=headers.get(ORIGIN_HEADER, origin),
            source=f"{host}, {WRITTEN_BY}",
            recorded_at=_now() if self._times else None,
        )
        with self._lock:
            if self._closed:
                return None
            path, file = self._open(exchange.call.operation)
            writer = Writer(
                file,
                header,
                service=self._model.service_name,
                elapsed=self._clock(exchange),
                scrubber=self._scrubber,
            )
            self.paths.append(path)
            self._writers.append(writer)
        return writer


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _timeless() -> None:
    """Return ``None``, the time of each event in a recording without times."""


@contextmanager
def record(
    client: Any,
    path: str | os.PathLike[str],
    *,
    scrub: Callable[[str], str] | None = None,
    times: bool = True,
) -> Iterator[Recorder]:
    """Record every call of *client*, of boto3 or aiobotocore, while the block runs.

    Each event is written when it arrives. Nothing is read ahead. An error that ends a stream is
    written, too.

    Credentials and signatures are never written. Of the HTTP headers, only those with members of
    the call or of the answer are, and a short list. Account IDs become zeros where they can be
    recognised: in Amazon Resource Names, in names of buckets and registries, and after the word
    "account". Use *scrub* for IDs elsewhere, or for IDs that are cut over two events.

    The end of a stream is written, too, and replay repeats it. If the connection was reset or
    stalled, if the last frame was cut or damaged, or if the stream is still open at the end of the
    block, the block issues a ``UserWarning``. Closing a stream before its end is common, and not
    warned about; but code that reads the replay of such a stream beyond this place gets a
    ``ReplayError``.

    Args:
        client: A client of ``bedrock-runtime`` or ``sagemaker-runtime``.
        path: A file or a folder. A file has a suffix, such as ``answer.jsonl``; it is for the first
            call, and further calls get ``answer-2.jsonl`` and so on. A folder has no suffix, or
            exists; its files are numbered. The first call in the block deletes the files that an
            earlier block recorded there, and no other files. Blocks that use one folder at the same
            time share it; processes need a folder each.
        scrub: A function that rewrites the target, the request, and each payload, member and header
            before it is written. A text that is cut over several events is passed in parts. Pass
            the same function to ``replay()``, so that it compares calls as they were written.
        times: Write the times of events, and the time of the recording. They differ in each run.

    Yields:
        A ``Recorder``: its ``paths`` are the files so far.
    """
    path = Path(path)
    if not path.suffix:
        path.mkdir(parents=True, exist_ok=True)
    with opened_in(path) as open_file:
        recorder = Recorder(client, open_file, Scrubber(scrub, client), times=times)
        for event, handler in recorder.handlers().items():
            client.meta.events.register(event, handler)
        try:
            yield recorder
        finally:
            for event, handler in recorder.handlers().items():
                client.meta.events.unregister(event, handler)
            warned = recorder.close()
    for words in warned:  # not reached if the block raises, whose error is more important
        warnings.warn(words, stacklevel=3)
