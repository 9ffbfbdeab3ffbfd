"""Progress bars, by tqdm, which is optional: the extra ``progress`` installs it."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

__all__ = ["progress_bar", "tqdm_bar"]

# By whether the total is known. They are tqdm's own formats except for the rate, which
# tqdm inverts where it is below 1 per second, and so shows as "1.20s/ requests".
_FORMATS = {
    True: "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_noinv_fmt}{postfix}]",
    False: "{n_fmt}{unit} [{elapsed}, {rate_noinv_fmt}{postfix}]",
}


def progress_bar(requests: object, *, wanted: bool) -> Any:
    """Return a bar with ``update()`` and ``close()``.

    Args:
        requests: The iterable whose progress is shown; its length, if it has one, is the total.
        wanted: ``False`` for a bar that shows nothing.

    Raises:
        ImportError: tqdm is not installed.
    """
    if not wanted:
        return _NoBar()
    return tqdm_bar(len(requests) if isinstance(requests, Sized) else None, "requests")


def tqdm_bar(total: int | None, unit: str, **options: Any) -> Any:
    """Return a bar of tqdm for *total* things of this *unit*; *options* are arguments of tqdm.

    Raises:
        ImportError: tqdm is not installed.
    """
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise ImportError(
            "a progress bar needs tqdm: install it, or the extra 'progress'"
        ) from error
    # tqdm writes the unit right after the number, so a space comes first.
    bar_format = _FORMATS[total is not None]
    return tqdm(total=total, unit=f" {unit}", bar_format=bar_format, **options)


class _NoBar:
    def update(self) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Do nothing."""
