"""Events and outputs of AWS's smithy SDK for Python, in the form in which boto3 returns them.

The package ``aws_sdk_bedrock_runtime`` has a class for each structure and each member of a union::

    ConverseStreamOutputContentBlockDelta(
        value=ContentBlockDeltaEvent(
            content_block_index=0, delta=ContentBlockDeltaText(value="Hi")
        )
    )

boto3 has dicts with the names of the service model::

    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hi"}}}

The names of classes and fields are enough to convert one to the other. So nothing is imported from
the package, and no member of the service model is listed here: one that AWS adds later is read too.

* A structure is a dataclass. Its fields get their names in camel case; ``None`` is left out.
* A member of a union is a dataclass with the single field ``value``. The name of its class is that
  of the union and then that of the member. Each union has a class ``…Unknown`` as well, with the
  field ``tag``; these classes say which names are those of unions.
* A value of an enumeration becomes a ``str``, and a ``Document`` the JSON value that it holds.

A required member that the service did not send is absent in boto3. The SDK fills it in. The value
of an enumeration is then marked, and that of a union is the unknown member without a name: both are
left out here. But a number is 0, as in ``contentBlockIndex`` and ``usage``, and a text or list is
empty: such values cannot be distinguished from those that the service sends.

All this was seen in versions 0.6 to 0.12 of the package.

Each class is examined once, and the function that converts its objects is kept: a stream has
thousands of events of a few classes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .error import MalformedStreamError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable
    from typing import Protocol

    class Output(Protocol):
        """An output of the SDK, of a call that does not stream."""

        def serialize(self, serializer: Any) -> Any: ...

    class OutputStream(Protocol):
        """``OutputEventStream`` of the SDK, of a call that streams."""

        @property
        def output_stream(self) -> AsyncIterable[Any]: ...

    _Convert = Callable[[Any], Any]

__all__ = ["as_boto3", "dropped_error"]

# The types of most values, which stay as they are.
_SCALARS = frozenset((bool, bytes, float, int, str))

# boto3 capitalises the names of the metadata, which are not part of the service model.
_METADATA = {
    "response_metadata": "ResponseMetadata",
    "request_id": "RequestId",
    "http_status_code": "HTTPStatusCode",
}


def as_boto3(found: Any) -> Any:
    """Return an event or output of the SDK as the dict of boto3; another object unchanged.

    Raises:
        MalformedStreamError: A JSON value in *found* is nested too deeply to be converted.
    """
    return found if isinstance(found, (dict, list)) else _CONVERTERS[type(found)](found)


def dropped_error(error: KeyError) -> str | None:
    """Return the code of the error event that the SDK failed to read with *error*.

    The SDK looks up the name of an error event, and the headers of a frame, without a check. So the
    key is the name of an event that its service model lacks; or it is the header that the frame of
    an error lacks, and then the code is empty.

    Returns:
        The code; ``None`` if *error* is another ``KeyError``.
    """
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    module = str(trace.tb_frame.f_globals.get("__name__")) if trace else ""
    key = str(error.args[0]) if error.args else ""
    # Without ":event-type" a frame is not one of an error; the other headers are those of errors.
    if module.partition(".")[0] != "smithy_aws_event_stream" or key == ":event-type":
        return None
    return "" if key.startswith(":") else key


class _Converters(dict[type, "_Convert"]):
    """Functions that convert objects, by the class of the object."""

    def __missing__(self, type_: type) -> _Convert:
        convert = self[type_] = _converter(type_)
        return convert


def _converter(type_: type) -> _Convert:
    if hasattr(type_, "__dataclass_fields__"):
        fields = list(type_.__dataclass_fields__)
        member = _member_name(type_) if fields in (["value"], ["tag"]) else ""
        if not member:
            return _structure_converter(fields)
        return _member_converter(member) if fields == ["value"] else _unknown_member
    if hasattr(type_, "as_value"):
        return _document
    if issubclass(type_, str):
        return _enumeration
    # A number in a Document with a fraction or an exponent is a Decimal.
    is_decimal = (type_.__module__, type_.__name__) == ("decimal", "Decimal")
    return float if is_decimal else _unchanged


def _structure_converter(fields: list[str]) -> _Convert:
    names = [(field, _METADATA.get(field) or _camel_case(field)) for field in fields]

    def convert(structure: Any) -> dict[str, Any]:
        found = {}
        for field, name in names:
            value = getattr(structure, field)
            if (kind := type(value)) not in _SCALARS:
                value = _CONVERTERS[kind](value)
                if value is None:  # the service did not send it
                    continue
            found[name] = value
        return found

    return convert


def _member_converter(member: str) -> _Convert:
    name = member[0].lower() + member[1:]

    def convert(union: Any) -> dict[str, Any]:
        value = union.value
        return {name: value if (kind := type(value)) in _SCALARS else _CONVERTERS[kind](value)}

    return convert


def _unknown_member(union: Any) -> dict[str, Any] | None:
    # boto3's words for a member that its service model lacks; like the SDK, it loses the content.
    return {"SDK_UNKNOWN_MEMBER": {"name": union.tag}} if union.tag else None


def _enumeration(value: str) -> str | None:
    return None if getattr(value, "_smithy_corrected", False) else str.__str__(value)


def _list(values: list[Any]) -> list[Any]:
    return [_CONVERTERS[type(value)](value) for value in values]


def _dict(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _CONVERTERS[type(value)](value) for key, value in values.items()}


def _document(document: Any) -> Any:
    try:
        value = document.as_value()
        return _CONVERTERS[type(value)](value)
    except RecursionError:
        raise MalformedStreamError(
            "a JSON value of an event or output is nested too deeply"
        ) from None


def _unchanged(value: Any) -> Any:
    return value


def _member_name(type_: type) -> str:
    """Return the name of *type_* without that of its union: ``Text`` of ``ContentBlockDeltaText``.

    It is empty if *type_* does not belong to a union.
    """
    names = list(vars(sys.modules.get(type_.__module__, object)))
    unions = [name.removesuffix("Unknown") for name in names if name.endswith("Unknown")]
    # Some names begin with that of another union: ContentBlock, ContentBlockDelta.
    rests = [
        type_.__name__.removeprefix(name) for name in unions if type_.__name__.startswith(name)
    ]
    return min(rests, key=len, default="")


def _camel_case(field: str) -> str:
    """Return the service's name of *field*: ``toolUseId``; ``bytes`` for ``bytes_``."""
    first, *words = field.split("_")
    return first + "".join(map(str.capitalize, words))


_CONVERTERS = _Converters({dict: _dict, list: _list})
