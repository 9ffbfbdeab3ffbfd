"""Usage, latency and other fields of an answer of Converse, besides its message.

A plain body has these fields beside ``output``. A stream has them in ``metadata``, and
``additionalModelResponseFields`` in ``messageStop``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cohere_aws._field import integer, object_
from cohere_aws._results import Usage, without_none

from ._usage import METRICS, usage_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Facts"]

_COUNTS = {
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "cache_read_tokens": "cacheReadInputTokens",
    "cache_write_tokens": "cacheWriteInputTokens",
}
# Other names of the same counts. Recorded answers of Converse have both; those of Nova have these.
_OTHER_NAMES = {
    "cache_read_tokens": "cacheReadInputTokenCount",
    "cache_write_tokens": "cacheWriteInputTokenCount",
}
_LATENCY = "latencyMs"


class Facts:
    """Fields of one answer so far.

    Attributes:
        extra: The fields that no attribute of a result holds.
    """

    def __init__(self) -> None:
        self.extra: dict[str, Any] = {}
        self._counts: dict[str, int] = {}
        self._metrics: dict[str, int] = {}  # of InvokeModel; they have precedence

    def __bool__(self) -> bool:
        """Return whether there is any field."""
        return bool(self.extra or self._counts or self._metrics)

    @property
    def usage(self) -> Usage | None:
        """Return the usage so far."""
        counts = self._counts | self._metrics
        return Usage(**counts) if counts else None

    def add(self, source: Mapping[str, Any], path: str) -> bool:
        """Read the fields of *source*; return whether they agree with earlier ones.

        Of usage and metrics, the latest value is used; of any other field, the first.
        """
        agrees = True
        for key, value in source.items():
            if key not in _READ and value is not None:
                agrees &= self.extra.setdefault(key, value) == value
        prefix = f"{path}." if path else ""
        metrics, unread = usage_of(source)
        agrees &= self._keep(METRICS, unread)
        agrees &= _update(self._metrics, {} if metrics is None else metrics.to_dict())
        agrees &= self._read_usage(object_(source, "usage", path) or {}, f"{prefix}usage")
        agrees &= self._read_metrics(object_(source, "metrics", path) or {}, f"{prefix}metrics")
        return agrees

    def _read_metrics(self, metrics: Mapping[str, Any], path: str) -> bool:
        latency = integer(metrics, _LATENCY, path)
        agrees = _update(self._counts, without_none(invocation_latency_ms=latency))
        return self._keep("metrics", {k: metrics[k] for k in metrics if k != _LATENCY}) and agrees

    def _read_usage(self, usage: Mapping[str, Any], path: str) -> bool:
        found = {name: integer(usage, key, path) for name, key in _COUNTS.items()}
        unread = {key: usage[key] for key in usage if key not in _COUNTS.values()}
        for name, key in _OTHER_NAMES.items():
            if found[name] is None:
                found[name] = integer(usage, key, path)
            if key in unread and unread[key] == found[name]:
                del unread[key]
        agrees = _update(self._counts, without_none(**found))
        return self._keep("usage", unread) and agrees

    def _keep(self, key: str, unread: Mapping[str, Any]) -> bool:
        if not unread:
            return True
        kept = dict(self.extra.get(key, {}))  # a copy, because an answer may hold the other one
        agrees = _update(kept, unread)
        self.extra[key] = kept
        return agrees


def _update(known: dict[str, Any], later: Mapping[str, Any]) -> bool:
    """Add *later* to *known*; return whether it has no other value for a key of *known*."""
    agrees = all(known.get(key, value) == value for key, value in later.items())
    known.update(later)
    return agrees


_READ = frozenset(("usage", "metrics", METRICS))
