"""Facts about a client of boto3 or aiobotocore, read from its attributes.

No AWS library is imported here: a caller that has a client has imported its library already.
"""

from __future__ import annotations

from typing import Any

__all__ = ["is_asynchronous", "service_of"]


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
