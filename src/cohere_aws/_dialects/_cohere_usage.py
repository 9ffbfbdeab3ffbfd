"""Read token counts as Cohere's chat writes them: ``usage`` of v2, ``meta`` of v1.

::

    {"tokens": {"input_tokens": …, "output_tokens": …}, "cached_tokens": …, "billed_units": {…}}

A count may be a float, such as ``18.0``. ``tokens`` include cached tokens, and the tokens that
Cohere adds to a prompt. ``billed_units`` do not include them, and ``Usage`` has no field for them.

Sources: ``usage`` in https://docs.cohere.com/reference/chat and ``meta`` in
https://docs.cohere.com/v1/reference/chat. A body of the first of these pages has 1445 input tokens,
992 cached tokens and 46 billed ones, so the input tokens include both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cohere_aws._field import integer, object_
from cohere_aws._results import without_none

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["count", "counts_of"]

_TOKENS = ("input_tokens", "output_tokens")  # the fields of Usage have the same names


def counts_of(source: Mapping[str, Any], path: str) -> dict[str, int]:
    """Return the counts in *source*, which an error calls *path*, by the fields of ``Usage``.

    Raises:
        StreamError: A count is not a whole number of 0 or more.
    """
    tokens = object_(source, "tokens", path) or {}
    found = {name: count(tokens, name, f"{path}.tokens") for name in _TOKENS}
    return without_none(**found, cache_read_tokens=count(source, "cached_tokens", path))


def count(source: Mapping[str, Any], key: str, path: str) -> int | None:
    """Return the whole number ``source[key]``, 0 or more, or ``None``."""
    value = source.get(key)
    if isinstance(value, float) and value.is_integer():
        source = {key: int(value)}
    return integer(source, key, path)
