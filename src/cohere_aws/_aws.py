"""Facts about a client of boto3 or aiobotocore, read from its attributes.

No AWS library is imported here: a caller that has a client has imported its library already.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ._rules import near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["botocore_version", "is_asynchronous", "service_of", "unknown_members"]


def is_asynchronous(client: Any) -> bool:
    """Return whether *client* is one of aiobotocore, and not one of boto3."""
    # Only a client of aiobotocore is closed by "async with".
    return hasattr(client, "__aenter__")


def service_of(client: Any) -> str:
    """Return the name of the service that *client* calls.

    Raises:
        TypeError: *client* is not a client of boto3 or aiobotocore.
    """
    if not hasattr(client, "meta"):
        # The two mistakes that are made most: the context manager that aiobotocore returns before
        # it is entered, and a Client of this package.
        hint = "enter one of aiobotocore with 'async with'; a Client has one inside"
        raise TypeError(
            f"client is of type {type(client).__name__}; "
            f"expected a client of boto3 or aiobotocore ({hint})"
        )
    name: str = client.meta.service_model.service_name
    return name


def unknown_members(client: Any, method: str, arguments: Mapping[str, Any]) -> list[str]:
    """Return the paths of members in *arguments* that the service model of *client* does not have.

    A path is like ``messages[0].content[1].reasoningContent``. A similar name follows, if there is
    one, or the only name that is possible.
    """
    operations = getattr(getattr(client, "meta", None), "method_to_api_mapping", None)
    if not isinstance(operations, dict) or method not in operations:
        return []  # a fake of a test
    shape = client.meta.service_model.operation_model(operations[method]).input_shape
    return [path.removeprefix(".") for path in _unknown_in(arguments, shape, "")]


def _unknown_in(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Yield the paths below *path*; boto3 reports values of another type than that of *shape*."""
    if shape.type_name == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown_in(item, shape.member, f"{path}[{index}]")
    elif shape.type_name == "structure" and isinstance(value, dict):
        if shape.is_document_type:
            return  # any JSON
        for name, part in value.items():
            if name in shape.members:
                yield from _unknown_in(part, shape.members[name], f"{path}.{name}")
            else:
                # Cut, because any string can be a key.
                yield f"{path}.{name:.40}{_hint(name, [*shape.members])}"
    elif shape.type_name == "map" and isinstance(value, dict):
        for number, part in enumerate(value.values()):
            yield from _unknown_in(part, shape.value, f"{path}[key {number}]")


def _hint(name: str, known: list[str]) -> str:
    if similar := near(name, known):
        return f" (did you mean {similar}?)"
    # A long list would hide the name.
    return f" (expected {known[0]})" if len(known) == 1 else ""


def botocore_version() -> str:
    """Return the version of botocore, which a client has imported."""
    return str(getattr(sys.modules.get("botocore"), "__version__", "of an unknown version"))
