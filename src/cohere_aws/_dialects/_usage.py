"""Read usage, in any dialect, from the metrics of Bedrock.

Bedrock adds its metrics to the last item of a stream, under a key of its own, beside the keys of
the model. https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html
shows that key. It does not list the keys of the metrics, which are taken from recordings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cohere_aws._field import integer, object_
from cohere_aws._results import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["METRICS", "usage_of"]

METRICS = "amazon-bedrock-invocationMetrics"

# Fields of Usage, and their keys in the metrics.
_USAGE_KEYS = {
    "input_tokens": "inputTokenCount",
    "output_tokens": "outputTokenCount",
    "invocation_latency_ms": "invocationLatency",
    "first_byte_latency_ms": "firstByteLatency",
    "cache_read_tokens": "cacheReadInputTokenCount",
    "cache_write_tokens": "cacheWriteInputTokenCount",
}


def usage_of(source: Mapping[str, Any]) -> tuple[Usage | None, dict[str, Any]]:
    """Read the metrics in *source*, an item or a plain body.

    Returns:
        The usage, or ``None`` without metrics; and the metrics that ``Usage`` has no field for.

    Raises:
        StreamError: A metric is not an integer of 0 or more.
    """
    metrics = object_(source, METRICS)
    if metrics is None:
        return None, {}
    usage = Usage(**{name: integer(metrics, key, METRICS) for name, key in _USAGE_KEYS.items()})
    return usage, {key: metrics[key] for key in metrics if key not in _USAGE_KEYS.values()}
