"""Record: write down what a real client asks and gets, while it happens.

botocore emits ``before-call`` with the serialised request, ``before-parse`` with the response
before it is parsed, and ``after-call`` at the end; a handler of ``before-parse`` may replace the
body. A stream gets a body that writes down each frame on its way to botocore's parser, so nothing
is read ahead and nothing waits. A plain body is read at once.
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

# The warnings about streams that are not whole, by how they ended.
_OPEN = "its stream was still open when record() ended; the rest was not written"
_UNREADABLE = "its stream has a chunk whose bytes could not be read"
_BROKEN: dict[Ending | None, str] = {
    "reset": "the connection of its stream was reset",
    "stalled": "its stream stalled",
    "cut": "its stream was cut inside a frame",
    "checksum": "a frame of its stream was damaged",
}
_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")

# The call that is under way, by the dict that botocore has for each and gives to the handlers of
# all events but before-parse. One variable for all recorders, as contexts keep variables forever.
_CONTEXT: ContextVar[dict[Any, Any]] = ContextVar("context")


@dataclass
class _Exchange:
    """One call on its way."""

    call: Call
    model: Any
    start: float = field(default_factory=time.perf_counter)
    refusal: tuple[Mapping[str, str], RecordedResponse] | None = None

    def elapsed(self) -> float:
        return time.perf_counter() - self.start


class Recorder:
    """What happens while recording.

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
        """What to register for which event of botocore."""
        service = self._model.service_id.hyphenize()
        return {
            f"before-call.{service}": self._begin,
            f"request-created.{service}": self._send,
            f"before-parse.{service}": self._answer,
            f"after-call.{service}": self._end,
        }

    def close(self) -> list[str]:
        """Close all files; return the warnings about streams that are not whole."""
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
        """Do not write the call that is under way in this context; another handler answers it."""
        _CONTEXT.get({}).pop(self, None)

    def is_under_way(self) -> bool:
        """Return whether the call that is under way in this context will be written."""
        return self in _CONTEXT.get({})

    # A call that was under way when the block began, or that another handler answers, has no
    # exchange, and is not recorded.

    def _begin(
        self, *, model: Any, params: Mapping[str, Any], context: dict[Any, Any], **_: object
    ) -> None:
        call = call_of(self._scrubber, model, params["url"], params["headers"], params["body"])
        context[self] = _Exchange(call, model)

    def _send(self, *, request: Any, **_: object) -> None:
        _CONTEXT.set(request.context)
        if exchange := request.context.get(self):
            exchange.start = time.perf_counter()  # a retry starts over

    def _answer(self, *, operation_model: Any, response_dict: dict[str, Any], **_: object) -> Any:
        exchange, status = _CONTEXT.get({}).get(self), response_dict["status_code"]
        if exchange is None:
            return None
        headers, body = response_dict["headers"], response_dict["body"]
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            # It may be retried, so it is written when it is known to be the answer.
            exchange.refusal = headers, self._response(exchange, status, headers, body)
        elif operation_model.has_event_stream_output:
            tap = AsyncTap if is_asynchronous(self._client) else Tap
            kept = kept_headers(exchange.model, headers, self._scrubber)
            if writer := self._writer(exchange, headers, kept):
                response_dict["body"] = tap(body, writer)
        elif not operation_model.has_streaming_output:
            self._write_plain(exchange, headers, self._response(exchange, status, headers, body))
        elif is_asynchronous(self._client):
            return self._read(exchange, response_dict)
        else:
            self._adopt(exchange, response_dict, body.read())
        return None

    async def _read(self, exchange: _Exchange, response_dict: dict[str, Any]) -> None:
        self._adopt(exchange, response_dict, await response_dict["body"].read())

    def _adopt(self, exchange: _Exchange, response_dict: dict[str, Any], data: bytes) -> None:
        headers, status = response_dict["headers"], response_dict["status_code"]
        self._write_plain(exchange, headers, self._response(exchange, status, headers, data))
        kind: Any = AsyncBody if is_asynchronous(self._client) else Body
        body = kind([Part(None, data)], Pace(delays=False))
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
        """What writes the file of a call; ``None`` if the block has ended meanwhile."""
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
    """Return no time, for recordings without the times of events."""


@contextmanager
def record(
    client: Any,
    path: str | os.PathLike[str],
    *,
    scrub: Callable[[str], str] | None = None,
    times: bool = True,
) -> Iterator[Recorder]:
    """Write down every call of *client*, of boto3 or aiobotocore, while the block runs.

    Each event is written when it arrives, and nothing is read ahead, whether the caller finishes
    the stream, leaves it or gets an error, which is written, too. Only the fields
    of the format are written: no credentials, no signature; of the headers, those that hold members
    of the call and of the answer, and a short list.
    Account ids become zeros where they can be recognised: in Amazon Resource Names, in the names of
    buckets and registries, and after the word "account". Use *scrub* for ids elsewhere, or cut over
    two events.

    How a stream ended is written, too. One that was reset, that stalled, or whose last frame was
    cut or damaged, gives a ``UserWarning`` when the block ends, because it is seldom what a test
    wants; replay breaks off in the same way. So does one that is still open then. A stream that its
    reader closes before its end gives none, as leaving a loop is common; a reader of the replay who
    reads on gets a ``ReplayError``.

    Args:
        client: A client of ``bedrock-runtime`` or ``sagemaker-runtime``.
        path: A file (with a suffix, such as ``answer.jsonl``) for the first call, whose name gets a
            number for each further one; or a folder (without a suffix, or one that is there), in
            which the files are numbered. With its first call, the block replaces what an earlier
            one recorded there, and leaves other files alone. Blocks that are in one folder at the
            same time share it; blocks of several processes need a folder each.
        scrub: Rewrites the target, the text of the request and that of each payload, member and
            header before it is written. A text that is cut over several events comes in parts. The
            same has to be given to ``replay()``, so that a call is compared with what was written.
        times: Whether times are written: those of events, and when it was recorded. They differ
            each time.

    Yields:
        A ``Recorder``, whose ``paths`` are the files so far.
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
    for words in warned:  # what the block raises says more
        warnings.warn(words, stacklevel=3)
