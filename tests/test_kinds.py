"""Classes of saved answers."""

from __future__ import annotations

from typing import Any

import pytest

from cohere_aws import Classifications, Embeddings, Generations, Reranking, Summary
from cohere_aws._kinds import class_of


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"embeddings": [[1.0]]}, Embeddings),
        ({"embeddings": {"int8": [[1]]}}, Embeddings),
        ({"results": [{"index": 0, "relevance_score": 0.5}]}, Reranking),
        ({"classifications": [{"prediction": "a", "confidence": 1}]}, Classifications),
        ({"summary": "text"}, Summary),
        ({"result": "text"}, Summary),
        ({"generations": [{"text": "a"}]}, Generations),
        ({"results": [{"outputText": "a"}]}, Generations),  # of Titan: an error names the format
        ({"summary": None, "text": "a"}, Generations),
        ({"message": "an error"}, Generations),
        ([{"generated_text": "a"}], Generations),
        (1, Generations),
    ],
)
def test_the_keys_say_which_class(body: Any, expected: type) -> None:
    assert class_of(body) is expected


@pytest.mark.parametrize(
    "body",
    [
        {"embeddings": [[1.0]]},
        {"embeddings": {"int8": [[1]]}},
        {"results": [{"index": 0, "relevance_score": 0.5}]},
        {"classifications": [{"prediction": "a", "confidence": 1}]},
        {"summary": "text"},
        {"generations": [{"text": "a"}]},
    ],
)
def test_what_to_dict_returned_has_the_same_class(body: Any) -> None:
    found = class_of(body).from_dict(body)
    again = class_of(found.to_dict()).from_dict(found.to_dict())
    assert again.to_dict() == found.to_dict()
