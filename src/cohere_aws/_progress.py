"""The door to tqdm, which is optional: the extra ``progress``."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

__all__ = ["progress_bar"]


def progress_bar(requests: object, *, wanted: bool) -> Any:
    """A bar with ``update()`` and ``close()``; without an end where there is no telling."""
    if not wanted:
        return _NoBar()
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise ImportError("a bar needs tqdm: install it, or the extra 'progress'") from error
    return tqdm(total=len(requests) if isinstance(requests, Sized) else None, unit="request")


class _NoBar:
    def update(self) -> None:
        """Show nothing."""

    def close(self) -> None:
        """End nothing."""
