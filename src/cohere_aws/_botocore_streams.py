"""Iterate streams of boto3 and aiobotocore faster than they do, with the same result.

``iter(body)`` of botocore parses every frame in full. The loops here read the same chunks by a
``FrameReader``, and ask botocore for the events of unusual frames only. The body gets an iterator
of messages that takes them from the same reader. So a loop over the body itself continues where the
loop here is, and the reverse.

This relies on private names of ``EventStream``, which have not changed since 2018: ``_raw_stream``,
``_output_shape``, ``_parser``, ``_parse_event``, ``_event_generator``; and on ``_blob_parser`` and
``_default_blob_parser`` of its parser. So a body is read like this only if it is exactly as
botocore made it. In any other case, the functions return ``None``, and the caller iterates it:

* It has another type, for example a proxy of OpenTelemetry, which wants to see the events.
* It was begun, so that bytes are in a buffer of botocore.
* Methods or classes of botocore were replaced, for example to log or to change what they read, or
  the session has a parser of its own for blobs.
* botocore logs each event, because its logger has the level ``DEBUG``. This also switches the
  reader off.
* Its model has other members than the known ones.
* One of these checks raises an exception.
"""

from __future__ import annotations

import inspect
import logging
import sys
from functools import partial
from types import FunctionType, GetSetDescriptorType
from typing import TYPE_CHECKING, Any

from botocore.eventstream import (
    EventStream,
    EventStreamBuffer,
    EventStreamHeaderParser,
    EventStreamMessage,
)

from ._event_forms import forms_of
from ._frame_reader import FrameReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from ._services import Service

__all__ = ["async_events_of", "events_of"]

_LOGGER = logging.getLogger("botocore.parsers")

_AS_MESSAGE = True  # sent to a generator of frames, which then yields a message in any case


def events_of(body: Any, service: Service) -> Iterator[Any] | None:
    """Return an iterator over the events of a stream of boto3, or ``None``: iterate *body*."""
    reader = _reader_for(body, service, EventStream)
    if reader is None:
        return None
    frames = _frames(body, reader)
    next(frames)  # to its first "yield", from where send() works; it reads nothing yet
    body._event_generator = iter(partial(frames.send, _AS_MESSAGE), None)
    return _events(body, frames, reader)


def async_events_of(body: Any, service: Service) -> AsyncIterator[Any] | None:
    """Return the same as ``events_of`` for a stream of aiobotocore."""
    # It is not imported here: if it was not, *body* is not one of its streams.
    module = sys.modules.get("aiobotocore.eventstream")
    reader = _reader_for(body, service, getattr(module, "AioEventStream", None))
    if reader is None:
        return None
    chunks = _async_chunks(body, reader)
    body._event_generator = _AsyncMessages(chunks, reader)
    return _async_events(body, chunks, reader)


def _events(body: Any, frames: Iterator[Any], reader: FrameReader) -> Iterator[Any]:
    parse = body._parse_event
    for found in frames:
        if type(found) is dict:
            yield found
            continue
        event = parse(found)
        reader.learn(found, event)
        if event:  # botocore also skips what its model does not know
            yield event


def _frames(body: Any, reader: FrameReader) -> Generator[Any, Any, None]:
    """Yield frames as events, or as messages to ``send(_AS_MESSAGE)``.

    All loops over *body* take them from this generator. It does what botocore's does: it ends with
    an error, and raises ``ValueError`` in a second thread while it runs.
    """
    as_message = yield
    for data in body._raw_stream.stream():
        reader.add(data)
        while (found := reader.take(as_message=as_message)) is not None:
            as_message = yield found


async def _async_events(
    body: Any, chunks: AsyncIterator[None], reader: FrameReader
) -> AsyncIterator[Any]:
    parse, take = body._parse_event, reader.take
    while True:
        while (found := take()) is not None:
            if type(found) is dict:
                yield found
                continue
            event = parse(found)
            if inspect.isawaitable(event):  # since aiobotocore 2.22
                event = await event
            reader.learn(found, event)
            if event:
                yield event
        async for _ in chunks:
            break
        else:
            return


async def _async_chunks(body: Any, reader: FrameReader) -> AsyncIterator[None]:
    """Add the chunks of *body* to *reader*, for all loops over it; none after an error."""
    content = body._raw_stream.content
    # All bytes that have arrived, instead of one HTTP chunk after the other, as aiobotocore reads.
    # A wrapper, for example of a recorder, may know the latter only.
    is_plain = type(content) is getattr(sys.modules.get("aiohttp"), "StreamReader", None)
    async for found in content.iter_any() if is_plain else content.iter_chunks():
        reader.add(found if is_plain else found[0])
        yield
        if reader.has_failed:
            return


class _AsyncMessages:
    """Messages for a loop over the body itself.

    Not a generator: that would end if another task waits for a chunk at the same time.
    """

    def __init__(self, chunks: AsyncIterator[None], reader: FrameReader) -> None:
        self._chunks = chunks
        self._reader = reader

    def __aiter__(self) -> _AsyncMessages:
        return self

    async def __anext__(self) -> Any:
        while (message := self._reader.take(as_message=True)) is None:
            await anext(self._chunks)
        return message


def _reader_for(body: Any, service: Service, kind: Any) -> FrameReader | None:
    """Return a reader for *body* if it is a *kind* as botocore made it."""
    # Not isinstance(): a proxy of the package wrapt passes that.
    if type(body) is not kind:
        return None
    try:
        parser = body._parser
        is_usual = (
            _is_new(body._event_generator, kind)
            and not _LOGGER.isEnabledFor(logging.DEBUG)
            and all(map(_is_unpatched, (body, parser)))
            and all(map(_is_original, _CLASSES))
            and parser._blob_parser.__func__ is parser._default_blob_parser.__func__
        )
        forms = forms_of(body._output_shape, service) if is_usual else []
    except Exception:  # noqa: BLE001  # another version of botocore, or an object of a test
        return None
    return FrameReader(forms) if forms else None


_CLASSES = (EventStreamBuffer, EventStreamHeaderParser, EventStreamMessage)


def _is_new(generator: Any, kind: Any) -> bool:
    """Return whether *generator* is botocore's own and was not begun."""
    code = kind._create_raw_event_generator.__code__
    if inspect.isgenerator(generator):
        return (
            generator.gi_code is code
            and inspect.getgeneratorstate(generator) == inspect.GEN_CREATED
        )
    # Python 3.10 and 3.11 have no inspect.getasyncgenstate(). The frame of a generator that was not
    # begun is at the line of its "def".
    frame = generator.ag_frame
    return generator.ag_code is code and frame.f_lineno == code.co_firstlineno


def _is_unpatched(found: Any) -> bool:
    """Return whether no method of *found* was replaced, in the object or its class."""
    kind = type(found)
    return _is_original(kind) and not any(hasattr(kind, name) for name in vars(found))


def _is_original(kind: type) -> bool:
    """Return whether *kind* has only the methods that the modules of botocore define."""
    for each in kind.__mro__[:-1]:
        names = vars(sys.modules[each.__module__])
        if each.__module__.partition(".")[0] not in {"botocore", "aiobotocore"}:
            return False
        if names[each.__name__] is not each:  # botocore would use the class that replaced it
            return False
        for value in vars(each).values():
            is_own = type(value) is FunctionType and value.__globals__ is names
            # A functools.partialmethod cannot be called, but has __get__(), as have __dict__ and
            # __weakref__, which Python adds.
            is_method = callable(value) or hasattr(value, "__get__")
            if is_method and not is_own and type(value) is not GetSetDescriptorType:
                return False
    return True
