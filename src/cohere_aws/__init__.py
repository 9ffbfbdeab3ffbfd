"""Text-generation results of language models on Amazon SageMaker and Bedrock.

Importing this package loads nothing outside the standard library. See the README for examples.

How an answer passes through the modules: boto3 yields events, ``_envelope`` opens each to its
payload, ``_framing`` cuts payloads into items, ``_dialects`` read items as results, and ``_stream``
drives them; ``generation`` holds the public classes. An event of Converse is an item itself.
How a request passes through them: ``request``, ``_operations`` (the call that it becomes),
``_base_client`` (shared by both clients), ``client`` and ``aio``. ``_services`` has one row for
each AWS service, and ``_aws`` imports boto3. "The documented module" is the module of this name in
the packages ``cohere-aws`` and ``cohere``, whose interface is kept.

The logger ``cohere_aws`` writes a line for each call at level DEBUG; ``_call_log`` has its format.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
    TextStream,
    TokenLikelihood,
    ToolUse,
    Usage,
)
from .mode import Mode
from .response import CohereObject

if TYPE_CHECKING:
    from .aio import AsyncAnswers, AsyncClient
    from .chat import (
        Chat,
        ChatRequest,
        ChatToolCallsGenerationEvent,
        ChatV2Request,
        StreamCitationGeneration,
        StreamEnd,
        StreamEvent,
        StreamingChat,
        StreamOther,
        StreamQueryGeneration,
        StreamResponse,
        StreamSearchResults,
        StreamStart,
        StreamTextGeneration,
        Tool,
        ToolCall,
        ToolParameterDefinitionsValue,
    )
    from .classification import Classification, Classifications
    from .client import Answers, Client, OnError
    from .completions import CompletionsRequest
    from .converse import ConverseRequest, InferenceConfiguration
    from .embed import EmbedRequest
    from .embeddings import Embedding, Embeddings, EmbeddingsByType
    from .jurassic import JurassicPenalty, JurassicRequest
    from .request import GenerateRequest
    from .rerank import RerankDocument, Reranking, RerankResult
    from .summary import Summary
    from .tgi import TgiRequest

__version__ = "1.0.0"

# Imported on first use, because code that only reads results does not need them.
_LATER = {
    "Answers": "client",
    "AsyncAnswers": "aio",
    "AsyncClient": "aio",
    "Chat": "chat",
    "ChatRequest": "chat",
    "ChatToolCallsGenerationEvent": "chat",
    "ChatV2Request": "chat",
    "Classification": "classification",
    "Classifications": "classification",
    "Client": "client",
    "CompletionsRequest": "completions",
    "ConverseRequest": "converse",
    "EmbedRequest": "embed",
    "Embedding": "embeddings",
    "Embeddings": "embeddings",
    "EmbeddingsByType": "embeddings",
    "GenerateRequest": "request",
    "InferenceConfiguration": "converse",
    "JurassicPenalty": "jurassic",
    "JurassicRequest": "jurassic",
    "OnError": "client",
    "StreamCitationGeneration": "chat",
    "StreamEnd": "chat",
    "StreamEvent": "chat",
    "StreamOther": "chat",
    "StreamQueryGeneration": "chat",
    "StreamResponse": "chat",
    "StreamSearchResults": "chat",
    "StreamStart": "chat",
    "StreamTextGeneration": "chat",
    "StreamingChat": "chat",
    "RerankDocument": "rerank",
    "RerankResult": "rerank",
    "Reranking": "rerank",
    "Summary": "summary",
    "TgiRequest": "tgi",
    "Tool": "chat",
    "ToolCall": "chat",
    "ToolParameterDefinitionsValue": "chat",
}

__all__ = [
    # results
    "Generation",
    "Generations",
    "StreamingGenerations",
    "StreamingText",
    "TextStream",
    "TokenLikelihood",
    "ToolUse",
    "Usage",
    "CohereObject",
    # results of a chat
    "Chat",
    "StreamingChat",
    "StreamEvent",
    "StreamResponse",
    "StreamStart",
    "StreamTextGeneration",
    "StreamCitationGeneration",
    "StreamQueryGeneration",
    "StreamSearchResults",
    "ChatToolCallsGenerationEvent",
    "StreamEnd",
    "StreamOther",
    "Tool",
    "ToolCall",
    "ToolParameterDefinitionsValue",
    # results of other models
    "Classification",
    "Classifications",
    "Embedding",
    "Embeddings",
    "EmbeddingsByType",
    "RerankDocument",
    "RerankResult",
    "Reranking",
    "Summary",
    # requests and clients
    "AsyncClient",
    "Client",
    "ChatRequest",
    "ChatV2Request",
    "CompletionsRequest",
    "ConverseRequest",
    "EmbedRequest",
    "GenerateRequest",
    "InferenceConfiguration",
    "JurassicPenalty",
    "JurassicRequest",
    "TgiRequest",
    "Answers",
    "AsyncAnswers",
    "OnError",
    # services
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


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
