"""The results of text generation, plain and streamed.

A plain answer is read by ``Generations.from_dict`` or ``Generations.from_response``; a stream is
wrapped in ``StreamingGenerations``::

    events (dicts of boto3) → payloads (bytes) → items (JSON objects) → results (these classes)
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from ._field import check_flag
from ._framing import DEFAULT_MAX_DEPTH, DEFAULT_MAX_ITEM_BYTES, Framing
from ._results import Generation, Generations, StreamingText, TokenLikelihood, Usage
from ._services import service_for
from ._stream import Stream, async_results, is_running, results
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

    from .mode import Mode

__all__ = [
    "Generation",
    "Generations",
    "StreamingGenerations",
    "StreamingText",
    "TextStream",
    "TokenLikelihood",
    "Usage",
]


class StreamingGenerations(CohereObject):
    """The answer of a model while it arrives: iterate it, and read its state at the end.

    Wrap it around the stream in what ``invoke_model_with_response_stream`` (``response["body"]``)
    or ``invoke_endpoint_with_response_stream`` (``response["Body"]``) returned, or around any other
    iterable of such events: recorded, generated, asynchronous. ``for`` reads a plain source and
    ``async for`` an asynchronous one; each piece of text is handed over by the event that completes
    it. A loop that was left can be taken up where it was left.

    Left by ``break``, the connection stays open, so use ``with`` (or ``async with``), or
    ``close()``. At the end, and when iterating fails, the source is closed by itself.

    Args:
        stream: An iterable or asynchronous iterable of events, as boto3 yields them.
        mode: The service that they come from.
        strict: Whether a stream that ends before its last item is an ``IncompleteStreamError``.
            By default it is an ``IncompleteStreamWarning``, because the documented module ends
            without a word.
        max_item_bytes: The longest JSON object that is accepted, in bytes; the default is what
            fits into one frame of an AWS event stream, 24 MiB.
        max_depth: The deepest nesting that is accepted, 1 to 500; the deepest known is 6.

    Raises:
        CohereError: ``Unsupported mode``.
        InvalidRequestError: A limit is not an int, or out of its range; *strict* is not a bool.
        TypeError: *stream* cannot be iterated.

    Iterating raises, each with ``partial``, the ``Generations`` so far:

    * ``ServiceError``: AWS or the model reported an error inside the stream;
    * ``TransportError``: the connection broke off, stalled or damaged a frame, or the source failed
      in a way of its own;
    * ``MalformedStreamError``: the payloads are not a sequence of JSON objects as documented, or a
      frame cannot be parsed;
    * ``IncompleteStreamError``: the stream is strict and ended before its last item;
    * ``TypeError``: ``for`` over an asynchronous stream, or ``async for`` over a plain one.
    """

    _documented: ClassVar = ("id", "generations", "finish_reason", "payload_key", "bytes_key")

    def __init__(
        self,
        stream: Iterable[Mapping[str, Any]] | AsyncIterable[Mapping[str, Any]],
        mode: Mode,
        *,
        strict: bool = False,
        max_item_bytes: int = DEFAULT_MAX_ITEM_BYTES,
        max_depth: int = DEFAULT_MAX_DEPTH,
    ) -> None:
        check_flag(strict=strict)
        service = service_for(mode)
        framing = Framing(max_item_bytes=max_item_bytes, max_depth=max_depth)
        self._stream = Stream(stream, service, framing, strict=strict)
        self._results: Generator[StreamingText, None, None] | None = None
        self._async_results: AsyncGenerator[StreamingText, None] | None = None
        self._answer: Generations | None = None
        self.payload_key: str = service.payload_key
        self.bytes_key: str = service.bytes_key

    def __iter__(self) -> Iterator[StreamingText]:
        # The loop holds what it needs and not this object, so nothing goes round in a circle.
        if self._results is None or self._stream.closed:
            self._results = results(self._stream, self._stream.events())
        # ``yield from`` closes a generator that it is left in, for good; a chain it cannot close.
        return chain(self._results)

    def __aiter__(self) -> AsyncIterator[StreamingText]:
        loop = self._async_results
        # A generator that was closed has no frame any more.
        if loop is None or getattr(loop, "ag_frame", None) is None or self._stream.closed:
            loop = async_results(self._stream, self._stream.async_events())
            self._async_results = loop
        return loop

    def read(self) -> Generations:
        """Read what is left, and return the whole answer; raises what iterating raises."""
        for _ in self:
            pass
        return self._stream.reader.generations()

    async def aread(self) -> Generations:
        """``read()`` for an asynchronous stream."""
        async for _ in self:
            pass
        return self._stream.reader.generations()

    def close(self) -> None:
        """Close the source, if it can be closed; what has arrived can still be read.

        A second call does nothing. Another thread or task may be waiting for the next event
        meanwhile: urllib3 lets a stream of boto3 be closed when that wait ends, by ``read_timeout``
        at the latest, and a generator that is waiting cannot be closed, so that loop goes on.

        Raises:
            TypeError: The source can only be closed asynchronously, by ``aclose()``.
        """
        self._stream.close()
        if self._results is not None and not is_running(self._results):
            with suppress(ValueError):  # another thread has entered it since
                self._results.close()

    async def aclose(self) -> None:
        """``close()`` for an asynchronous stream."""
        await self._stream.aclose()
        if self._async_results is not None:
            with suppress(RuntimeError):  # another task is waiting inside it
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
        """Return the source, as it was given."""
        return self._stream.source

    @property
    def id(self) -> str | None:
        """Return the service's name for the call, where the last item brings it (SageMaker)."""
        return self._stream.reader.id

    @property
    def prompt(self) -> str | None:
        """Return the prompt, where the last item brings it (SageMaker)."""
        return self._stream.reader.prompt

    @property
    def usage(self) -> Usage | None:
        """Return what the call cost, where the last item says it (Bedrock)."""
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
        """Return the pieces of text alone, for ``for`` and ``async for``.

        They come as they arrive, of all generations, and join to ``text`` where there is one: the
        ``<EOS_TOKEN>`` that ends a generation is left out.
        """
        return TextStream(self)

    @property
    def other_items(self) -> list[dict[str, Any]]:
        """Return the items so far that are not text, or have fields that no attribute holds.

        They stand there as they came: the tool calls and citations of a Cohere chat, for example.
        """
        return self._stream.reader.other_items

    @property
    def generations(self) -> Generations | None:
        """Return the whole answer; ``None`` while the stream goes on.

        It is what the last item brought, or else the joined pieces, ordered by index, each with its
        finish reason and without the ``<EOS_TOKEN>`` that ends it in the stream. After a stream
        that was cut off, failed or was closed early, it is what had arrived.
        """
        reader = self._stream.reader
        if not self._stream.closed and not reader.last_item_read:
            return None
        # One object for as long as nothing more arrives, so that next() on it goes on: metrics may
        # follow the last item, and another thread may still read what it waited for.
        answer = reader.generations()
        if answer != self._answer:
            self._answer = answer
        return self._answer

    def _make_response_item(self, streaming_item: dict[str, Any]) -> StreamingText | None:
        """Read one item by hand; return the piece of text in it, or ``None``."""
        found = self._stream.reader.read(streaming_item)
        return found[0] if found else None

    def _fields(self) -> list[str]:
        return [*self._documented, "prompt", "usage"]


class TextStream:
    """The pieces of text of a stream, as strings, for ``for`` and ``async for``.

    Iterating it reads the stream that it belongs to, and raises what iterating that stream raises.
    After a loop was left, another loop over this object or over the stream continues.
    """

    def __init__(self, stream: StreamingGenerations) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[str]:
        held_back: set[int] = set()
        for piece in self._stream:
            if text := self._shown(piece, held_back):
                yield text

    async def __aiter__(self) -> AsyncIterator[str]:
        held_back: set[int] = set()
        async for piece in self._stream:
            if text := self._shown(piece, held_back):
                yield text

    def _shown(self, piece: StreamingText, held_back: set[int]) -> str:
        """Return the text to yield for *piece*.

        An end of sequence is not part of a text when it is its last piece. So it is held back until
        another piece of its generation comes; *held_back* has the indexes of these generations.
        """
        end_of_sequence = self._stream._stream.reader.end_of_sequence  # noqa: SLF001  # of this module
        before = end_of_sequence if piece.index in held_back else ""
        held_back.discard(piece.index)
        if piece.text == end_of_sequence:
            held_back.add(piece.index)
            return before
        return before + piece.text


for _record in (Generation, Generations, StreamingText, TokenLikelihood, Usage):
    _record.__module__ = __name__  # where they are public: pickles name it
