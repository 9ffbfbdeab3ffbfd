"""Classes of the results, by the keys of the body: for saved answers, whose call is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._generations import Generations
from .classification import Classifications
from .embeddings import Embeddings
from .rerank import Reranking
from .summary import Summary

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["class_of"]

# A key that only the bodies of this class have. All other bodies are of generated text.
_CLASSES: Mapping[str, Any] = {
    "embeddings": Embeddings,
    "results": Reranking,
    "classifications": Classifications,
    "summary": Summary,
    "result": Summary,  # of SageMaker
}


def class_of(body: object) -> Any:
    """Return the class that reads *body*, which has ``from_dict`` and ``from_response``."""
    if isinstance(body, dict):
        for key, found in _CLASSES.items():
            if body.get(key) and not _is_titan(body[key]):
                return found
    return Generations


def _is_titan(value: object) -> bool:
    """Return whether *value* is generated text in the native format of Titan."""
    # Generations reports this format by its name.
    return isinstance(value, list) and isinstance(value[0], dict) and "outputText" in value[0]
