"""Progress bar of a batch, by tqdm, which is optional."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from cohere_aws._progress import tqdm_bar

__all__ = ["Bar"]


class Bar:
    """Progress on standard error, if that is a terminal and tqdm is installed.

    Args:
        total: Number of records.
        done: Number of records that an earlier run has written. They do not count for the rate.
    """

    def __init__(self, total: int, done: int) -> None:
        self._failures = 0
        self._bar: Any = None
        # disable=None: tqdm is silent unless standard error is a terminal.
        with suppress(ImportError):
            self._bar = tqdm_bar(total, "records", initial=done, disable=None)

    def update(self, *, failed: bool) -> None:
        """Count a record."""
        if self._bar is None:
            return
        if failed:
            self._failures += 1
            self._bar.set_postfix(failures=self._failures, refresh=False)
        self._bar.update()

    def close(self) -> None:
        """End the line of the bar."""
        if self._bar is not None:
            self._bar.close()
