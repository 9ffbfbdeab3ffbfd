"""Results of text generation, plain and streamed.

``Generations.from_response`` reads a plain response of boto3, ``Generations.from_dict`` its parsed
body, and ``StreamingGenerations`` wraps a stream::

    events (dicts of boto3) → payloads (bytes) → items (JSON values) → results (these classes)

An event of Converse has no payload: it is an item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ._framing import DEFAULT_MAX_DEPTH, DEFAULT_MAX_ITEM_BYTES
from ._generations import Generations
from ._results import Generation, StreamingText, TokenLikelihood, ToolUse, Usage
from ._streaming import StreamingAnswer
from ._text_stream import TextStream
from .response import Viewable

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable, Mapping

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


class StreamingGenerations(Viewable, StreamingAnswer[StreamingText, Generations]):
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

        super().__init__(
            stream,
            mode,
            FirstItems(dialect),
            strict=strict,
            max_item_bytes=max_item_bytes,
            max_depth=max_depth,
        )

    @property
    def stream(self) -> Any:
        """Return the source that was passed."""
        return self._stream.source

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
    def text_stream(self) -> TextStream:
        """Return an iterable of the pieces of text as strings, for ``for`` and ``async for``.

        It yields the pieces of all generations, without the ``<EOS_TOKEN>`` that ends a generation.
        If there is one generation, they join to ``text``.
        """
        return TextStream(self, self._stream)

    @property
    def generations(self) -> Generations | None:
        """Return the whole answer; ``None`` while the stream goes on.

        It has the generations of the last item, or else the joined pieces, ordered by index and
        without the ``<EOS_TOKEN>`` at their end. After a stream that was cut off, failed or was
        closed early, it has the pieces that arrived.
        """
        return self._at_end()

    def _make_response_item(self, streaming_item: dict[str, Any]) -> StreamingText | None:
        """Read one item, as the documented module does; return its piece of text, or ``None``."""
        found = self._stream.reader.read(streaming_item)
        return found[0] if found else None

    def _view(self) -> str:
        from ._html import answer_view  # noqa: PLC0415  # needed in notebooks only

        if self.generations is None:
            state = "in progress"
        else:
            state = "" if self._stream.reader.may_end else "incomplete"
        return answer_view(self._so_far(), state)

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
    _record.__module__ = __name__  # their public module, which pickles refer to
