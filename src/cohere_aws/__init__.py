"""Text-generation results of Cohere models on Amazon SageMaker and Bedrock.

Importing this package loads nothing outside the standard library. See the README for examples.
"""

from __future__ import annotations

from .error import (
    CohereError,
    IncompleteStreamError,
    IncompleteStreamWarning,
    InvalidRequestError,
    MalformedStreamError,
    ServiceError,
    StreamError,
    TransportError,
)
from .generation import (
    Generation,
    Generations,
    StreamingGenerations,
    StreamingText,
    TokenLikelihood,
    Usage,
)
from .mode import Mode
from .response import CohereObject

__version__ = "1.0.0"

__all__ = [
    # results
    "Generation",
    "Generations",
    "StreamingGenerations",
    "StreamingText",
    "TokenLikelihood",
    "Usage",
    "CohereObject",
    # where they come from
    "Mode",
    # what can go wrong
    "CohereError",
    "InvalidRequestError",
    "ServiceError",
    "TransportError",
    "StreamError",
    "MalformedStreamError",
    "IncompleteStreamError",
    "IncompleteStreamWarning",
]
