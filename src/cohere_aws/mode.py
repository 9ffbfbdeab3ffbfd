"""The AWS service that a response or a stream comes from."""

from __future__ import annotations

from enum import Enum

__all__ = ["Mode"]


class Mode(Enum):
    """The AWS service that hosts the model.

    It determines the operations that a client calls, and the keys under which an event has its
    bytes. ``_services`` has a row for each member.
    """

    SAGEMAKER = 1
    BEDROCK = 2
