"""Which AWS service a response or a stream comes from."""

from __future__ import annotations

from enum import Enum

__all__ = ["Mode"]


class Mode(Enum):
    """The AWS service that hosts the model; it decides the envelope of an event."""

    SAGEMAKER = 1
    BEDROCK = 2
