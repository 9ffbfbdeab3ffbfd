"""Results of text generation, plain and streamed.

``Generations.from_response`` reads a plain response of boto3, ``Generations.from_dict`` its parsed
body, and ``StreamingGenerations`` wraps a stream::

    events (dicts of boto3) → payloads (bytes) → items (JSON values) → results (these classes)

An event of Converse has no payload: it is an item.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from ._field import check_flag
from ._framing import DEFAULT_MAX_DEPTH, DEFAULT_MAX_ITEM_BYTES, Framing
from ._generations import Generations
from ._results import Generation, StreamingText, TokenLikelihood, ToolUse, Usage
from ._services import service_for
from ._sources import closes_asynchronously, is_running
from ._stream import Stream, async_results, results
from ._text_stream import TextStream
from .response import CohereObject

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        AsyncIterator,
        Generator,
        Iterable,
        Iterator,
        Mapping,
    )

    from typing_extensions import Self

    from ._dialects import DialectName
    from ._smithy import OutputStream
    from .mode import Mode

__all__ = [
    "Generation",
    "Generations",
    "StreamingGenerations",
    "StreamingText",
    "TextStream",
    "TokenLikelihood",
    "ToolUse",
    "Usage",
]


class StreamingGenerations(CohereObject):
    """A streamed answer: iterate it for its pieces of text, then read its attributes.

    Pass the stream in the response of boto3: ``response["body"]`` of
    ``invoke_model_with_response_stream``, ``response["stream"]`` of ``converse_stream``, or
    ``response["Body"]`` of ``invoke_endpoint_with_response_stream``. Any other iterable of such
    events will do, such as a recording, a generator, or the asynchronous stream of aiobotocore. Use
    ``for`` for a plain source and ``async for`` for an asynchronous one. Each piece of text is
    yielded as soon as the event that completes it arrives.

    boto3 parses the events of ``converse_stream`` itself. It drops the events and fields that its
    service model does not have, such as new counts in the usage, and they never reach this class. A
    newer boto3 may have them.

    The smithy SDK (``aws_sdk_bedrock_runtime``) yields objects instead of dicts. Pass what its call
    returned, an ``OutputEventStream``, or the ``output_stream`` in it.

    A loop that is left early can be continued by another loop. The connection stays open in
    between, so use ``with`` (or ``async with``), or ``close()``. The source is closed at the end of
    the stream, and when iterating raises an error.

    Args:
        stream: An iterable or asynchronous iterable of events, as boto3 or the smithy SDK yields
            them.
        mode: The service that the events come from.
        strict: Whether to raise an ``IncompleteStreamError`` if the stream ends before its last
            item. By default it is an ``IncompleteStreamWarning``, because the documented module
            ends such a stream silently.
        dialect: Read the items as this dialect; by default, as the one that the first of them
            belong to.
        max_item_bytes: The length of the longest accepted JSON object or array, in bytes. Default:
            24 MiB, the most that one frame of an AWS event stream holds.
        max_depth: The depth of the deepest accepted JSON object or array, 1 to 500. The deepest one
            known has a depth of 6. Both limits are for bytes that this package parses, so they do
            not apply to the events of ``converse_stream``.

    Raises:
        CohereError: ``Unsupported mode``.
        InvalidRequestError: A limit is not an int, or out of its range; *strict* is not a bool;
            *dialect* is not the name of a dialect.
        TypeError: *stream* cannot be iterated, or is the whole response of boto3.

    Iterating raises, each with ``partial``, the ``Generations`` so far:

    * ``ServiceError``: AWS or the model reported an error inside the stream;
    * ``TransportError``: the connection broke off or stalled, a frame was damaged, or the source
      raised another exception;
    * ``MalformedStreamError``: the items are not those of one dialect, the payloads are not JSON
      objects or arrays, or a frame cannot be parsed;
    * ``IncompleteStreamError``: the stream is strict and ended before its last item;
    * ``TypeError``: ``for`` over an asynchronous stream, or ``async for`` over a plain one.
    """

    _documented: ClassVar = ("id", "generations", "finish_reason", "payload_key", "bytes_key")

    def __init__(
        self,
        stream: Iterable[Mapping[str, Any]] | AsyncIterable[Any] | OutputStream,
        mode: Mode,
        *,
        strict: bool = False,
        dialect: DialectName | None = None,
        max_item_bytes: int = DEFAULT_MAX_ITEM_BYTES,
        max_depth: int = DEFAULT_MAX_DEPTH,
    ) -> None:
        from ._dialects._first import FirstItems  # noqa: PLC0415  # a plain answer does not need it

        check_flag(strict=strict)
        service = service_for(mode)
        framing = Framing(max_item_bytes=max_item_bytes, max_depth=max_depth)
        self._stream = Stream(stream, service, framing, FirstItems(dialect), strict=strict)
        self._results: Generator[StreamingText, None, None] | None = None
        self._async_results: AsyncGenerator[StreamingText, None] | None = None
        self._answer: Generations | None = None
        self.payload_key: str = service.payload_key
        self.bytes_key: str = service.bytes_key

    def __iter__(self) -> Iterator[StreamingText]:
        # The generator refers to the state and not to this object, so there is no reference cycle.
        if self._results is None or self._stream.closed:
            self._results = results(self._stream, self._stream.events())
        # Not the generator itself: a caller that leaves a "yield from" over it would close it, and
        # the stream could not be continued. An iterator of chain() has no close().
        return chain(self._results)

    def __aiter__(self) -> AsyncIterator[StreamingText]:
        loop = self._async_results
        # A generator that was closed has no frame.
        if loop is None or getattr(loop, "ag_frame", None) is None or self._stream.closed:
            loop = async_results(self._stream, self._stream.async_events())
            self._async_results = loop
        return loop

    def read(self) -> Generations:
        """Read the rest of the stream, and return the whole answer; raise as iterating does."""
        for _ in self:
            pass
        return self._stream.reader.generations()

    async def aread(self) -> Generations:
        """Read the rest of an asynchronous stream; see ``read``."""
        async for _ in self:
            pass
        return self._stream.reader.generations()

    def close(self) -> None:
        """Close the source, if it has a ``close()``; the attributes can still be read.

        A second call does nothing. If another thread is waiting for the next event, a stream of
        boto3 is closed when that wait ends, after ``read_timeout`` at the latest; a source that is
        a running generator cannot be closed, and the loop over it continues.

        Raises:
            TypeError: The source can only be closed asynchronously, by ``aclose()``.
        """
        if not self._stream.closed and closes_asynchronously(self._stream.source):
            raise TypeError("this stream is asynchronous; use 'async with' or aclose()")
        self._stream.close()
        if self._results is not None and not is_running(self._results):
            with suppress(ValueError):  # it runs now, in another thread
                self._results.close()

    async def aclose(self) -> None:
        """Close an asynchronous source; see ``close``."""
        await self._stream.aclose()
        if self._async_results is not None:
            with suppress(RuntimeError):  # it is running, in another task
                await self._async_results.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def stream(self) -> Any:
        """Return the source that was passed."""
        return self._stream.source

    @property
    def dialect(self) -> DialectName | None:
        """Return the dialect that the stream is read as; ``None`` before an item says it."""
        return self._stream.first_items.dialect

    @property
    def id(self) -> str | None:
        """Return the service's name for the call, if the last item has it (SageMaker).

        For Converse, it is the request ID, if a client of this package made the call.
        """
        return self._stream.reader.id

    @property
    def prompt(self) -> str | None:
        """Return the prompt, if the last item has it (SageMaker)."""
        return self._stream.reader.prompt

    @property
    def usage(self) -> Usage | None:
        """Return the tokens and time that the call took, if an item has them (Bedrock)."""
        return self._stream.reader.usage

    @property
    def finish_reason(self) -> str | None:
        """Return why the answer ended; ``None`` while it goes on, and where it was cut off."""
        return self._stream.reader.finish_reason

    @property
    def text(self) -> str:
        """Return the text of the first generation so far."""
        return self._stream.reader.text()

    @property
    def text_stream(self) -> TextStream:
        """Return an iterable of the pieces of text as strings, for ``for`` and ``async for``.

        It yields the pieces of all generations, without the ``<EOS_TOKEN>`` that ends a generation.
        If there is one generation, they join to ``text``.
        """
        return TextStream(self, self._stream)

    @property
    def other_items(self) -> list[Any]:
        """Return the items so far that are not text, or have fields that no attribute holds.

        They are unchanged, for example the tool calls and citations of a Cohere chat.
        """
        return self._stream.reader.other_items

    @property
    def generations(self) -> Generations | None:
        """Return the whole answer; ``None`` while the stream goes on.

        It has the generations of the last item, or else the joined pieces, ordered by index and
        without the ``<EOS_TOKEN>`` at their end. After a stream that was cut off, failed or was
        closed early, it has the pieces that arrived.
        """
        reader = self._stream.reader
        if not self._stream.closed and not reader.last_item_read:
            return None
        # The same object while nothing arrives, so that next(stream.generations) advances. More may
        # arrive after the last item (metrics), or in another thread after close().
        answer = reader.generations()
        if answer != self._answer:
            self._answer = answer
        return self._answer

    def _make_response_item(self, streaming_item: dict[str, Any]) -> StreamingText | None:
        """Read one item, as the documented module does; return its piece of text, or ``None``."""
        found = self._stream.reader.read(streaming_item)
        return found[0] if found else None

    def _fields(self) -> list[str]:
        return [*self._documented, "prompt", "usage"]


for _record in (
    Generation,
    Generations,
    StreamingText,
    TextStream,
    TokenLikelihood,
    ToolUse,
    Usage,
):
    _record.__module__ = __name__  # their public home, which pickles refer to
