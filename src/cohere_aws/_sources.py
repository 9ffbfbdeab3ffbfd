"""Sources of events: where their events are, and whether and how they can be closed."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ._field import keys_of, python_type

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ._services import Service

__all__ = [
    "NoEvents",
    "async_events_in",
    "boto3_event",
    "check_source",
    "closes_asynchronously",
    "events_in",
    "is_running",
    "iterable_in",
]


def iterable_in(source: Any, service: Service) -> Any:
    """Return the iterable of the events of *source*, most often *source* itself.

    An ``OutputEventStream`` of the smithy SDK has it as its attribute ``output_stream``.

    Raises:
        TypeError: As ``check_source``.
    """
    found = getattr(source, "output_stream", None)
    if isinstance(source, (Iterable, AsyncIterable)) or found is None:
        found = source
    check_source(found, service)
    return found


def check_source(source: object, service: Service) -> None:
    """Check that *source* can be iterated for events.

    Raises:
        TypeError: It cannot. If it is a dict, the message names the streams in a response: to
            iterate a dict would yield its keys.
    """
    if isinstance(source, Mapping):
        names = [name for name in service.streams if name in source] or service.streams
        expected = " or ".join(f"response[{name!r}]" for name in names)
        found = f"{python_type(source)} with {keys_of(source)}"
        raise TypeError(f"the stream is {found}; expected {expected}, the stream in a response")
    if not isinstance(source, (Iterable, AsyncIterable)):
        hint = "; await the call first" if inspect.isawaitable(source) else ""
        found = f"the stream is {python_type(source)}"
        raise TypeError(f"{found}; expected an iterable of events{hint}")


def events_in(iterable: Any, service: Service) -> Iterator[Any]:
    """Return an iterator over the events of *iterable*; a fast one over a stream of boto3."""
    # Only this name decides whether the adapter is imported; the adapter checks the type.
    if type(iterable).__module__ == "botocore.eventstream":
        from ._botocore_streams import events_of  # noqa: PLC0415  # imports botocore

        return events_of(iterable, service) or iter(iterable)
    return iter(iterable)


def async_events_in(iterable: Any, service: Service) -> AsyncIterator[Any]:
    """Return the same as ``events_in`` for an asynchronous iterable, such as one of aiobotocore."""
    if type(iterable).__module__ == "aiobotocore.eventstream":
        from ._botocore_streams import async_events_of  # noqa: PLC0415  # likewise

        return async_events_of(iterable, service) or aiter(iterable)
    return aiter(iterable)


def boto3_event(event: Any) -> Any:
    """Return *event*, which is not a dict, in the form that boto3 yields."""
    from ._smithy import as_boto3  # noqa: PLC0415  # most events are dicts

    return as_boto3(event)


def closes_asynchronously(source: object) -> bool:
    """Return whether *source* can only be closed with ``await``."""
    close = getattr(source, "close", None)
    return inspect.iscoroutinefunction(close) if close else hasattr(source, "aclose")


def is_running(source: object) -> bool:
    """Return whether *source* is a generator that is running, in another thread or task.

    A running generator cannot be closed. Do not try: ``close()`` of CPython 3.12 reads the frame
    before it checks whether the generator is running (``_PyGen_yf``), and may crash.
    """
    if inspect.isgenerator(source):
        return source.gi_running
    return inspect.isasyncgen(source) and source.ag_running


class NoEvents:
    """An asynchronous iterator without events; unlike a generator, it need not be closed."""

    def __aiter__(self) -> NoEvents:
        return self

    async def __anext__(self) -> Any:
        raise StopAsyncIteration
