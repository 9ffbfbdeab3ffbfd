"""Members of a Converse request and their limits, from the service model of botocore 1.44.5.

Source: ``bedrock-runtime`` of 2023-09-30, the shapes ``ConverseRequest`` and
``ConverseStreamRequest``, which differ by ``streamProcessingMode`` alone. A test compares this
table with the service model. Positional arguments of ``structure`` are its required members.

Not in the table, because they differ by model, and the service checks them: the number and size of
images and documents in a message, the roles that may follow each other, and empty texts.
"""

from __future__ import annotations

import math

from ._rules import between, flag, one_of, string
from ._shapes import any_blob, blob, document, list_of, map_of, structure, text, union

__all__ = [
    "FIELD_PATHS",
    "GUARDRAIL",
    "MESSAGES",
    "METADATA",
    "OUTPUT",
    "PERFORMANCE",
    "PROMPT_VARIABLES",
    "SERVICE_TIER",
    "SYSTEM",
    "TOOLS",
]

_TEXTS = list_of(union(text=string))
_TOOL_NAME = text(1, 64, "[a-zA-Z0-9_-]+")
_TOOL_USE_ID = text(1, 64, "[a-zA-Z0-9_.:-]+")
_CITED = structure("enabled", enabled=flag)
_ERROR = structure(message=string)
_CACHE_POINT = structure("type", type=one_of("default"), ttl=one_of("5m", "1h"))
_S3 = structure(
    "uri",
    uri=text(1, 1024, r"s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?"),
    bucketOwner=text(pattern="[0-9]{12}"),
)
_MEDIA = union(bytes=blob, s3Location=_S3)
_IMAGE = structure(
    "format", "source", format=one_of("png", "jpeg", "gif", "webp"), source=_MEDIA, error=_ERROR
)
_AUDIO_FORMATS = (
    "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac", "m4a", "mpeg", "mpga",
    "pcm", "webm",
)  # fmt: skip
_AUDIO = structure("format", "source", format=one_of(*_AUDIO_FORMATS), source=_MEDIA, error=_ERROR)
_VIDEO = structure(
    "format",
    "source",
    format=one_of("mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"),
    source=_MEDIA,
)
_DOCUMENT = structure(
    "name",
    "source",
    format=one_of("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"),
    # The service model has the length alone, and names the characters in words. Letters and digits
    # of all scripts are accepted here, because "alphanumeric" does not exclude them.
    name=text(
        1,
        200,
        r"(\s?([^\W_]|[()\[\]-]))*\s?",
        "letters, digits, hyphens, parentheses, square brackets and single spaces",
    ),
    source=union(bytes=blob, s3Location=_S3, text=string, content=_TEXTS),
    context=string,
    citations=_CITED,
)
_SEARCH_RESULT = structure(
    "source",
    "title",
    "content",
    source=string,
    title=string,
    content=list_of(structure("text", text=string)),
    citations=_CITED,
)
_TOOL_RESULT = structure(
    "toolUseId",
    "content",
    toolUseId=_TOOL_USE_ID,
    content=list_of(
        union(
            json=document,
            text=string,
            image=_IMAGE,
            document=_DOCUMENT,
            video=_VIDEO,
            searchResult=_SEARCH_RESULT,
        )
    ),
    status=one_of("success", "error"),
    type=string,
)
_GUARDED = union(
    text=structure(
        "text",
        text=string,
        qualifiers=list_of(one_of("grounding_source", "query", "guard_content")),
    ),
    image=structure("format", "source", format=one_of("png", "jpeg"), source=union(bytes=blob)),
)
_REASONING = union(
    reasoningText=structure("text", text=string, signature=string), redactedContent=any_blob
)
_COUNT = between(0, math.inf, whole=True)
_PLACE = structure(documentIndex=_COUNT, start=_COUNT, end=_COUNT)
_CITATION = structure(
    title=string,
    source=string,
    sourceContent=_TEXTS,
    location=union(
        web=structure(url=string, domain=string),
        documentChar=_PLACE,
        documentPage=_PLACE,
        documentChunk=_PLACE,
        searchResultLocation=structure(searchResultIndex=_COUNT, start=_COUNT, end=_COUNT),
    ),
)
_TOOL_CHANGE = structure(
    "tool", tool=structure(type=text(1, 64), name=text(1, 128), serverName=text(1, 128))
)
_CONTENT = union(
    text=string,
    image=_IMAGE,
    document=_DOCUMENT,
    video=_VIDEO,
    audio=_AUDIO,
    toolUse=structure(
        "toolUseId",
        "name",
        "input",
        toolUseId=_TOOL_USE_ID,
        name=_TOOL_NAME,
        input=document,
        type=one_of("server_tool_use"),
    ),
    toolResult=_TOOL_RESULT,
    guardContent=_GUARDED,
    cachePoint=_CACHE_POINT,
    reasoningContent=_REASONING,
    citationsContent=structure(content=_TEXTS, citations=list_of(_CITATION)),
    searchResult=_SEARCH_RESULT,
    toolAddition=_TOOL_CHANGE,
    toolRemoval=_TOOL_CHANGE,
)

MESSAGES = list_of(
    structure(
        "role", "content", role=one_of("user", "assistant", "system"), content=list_of(_CONTENT)
    )
)
SYSTEM = list_of(union(text=text(1), guardContent=_GUARDED, cachePoint=_CACHE_POINT))
TOOLS = structure(
    "tools",
    tools=list_of(
        union(
            toolSpec=structure(
                "name",
                "inputSchema",
                name=_TOOL_NAME,
                description=text(1),
                inputSchema=union(json=document),
                strict=flag,
            ),
            systemTool=structure("name", name=_TOOL_NAME),
            cachePoint=_CACHE_POINT,
        ),
        least=1,
    ),
    toolChoice=union(auto=structure(), any=structure(), tool=structure("name", name=_TOOL_NAME)),
)
GUARDRAIL = structure(
    guardrailIdentifier=text(
        0,
        2048,
        "(|([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+))",
    ),
    guardrailVersion=text(pattern="(|([1-9][0-9]{0,7})|(DRAFT))"),
    trace=one_of("enabled", "disabled", "enabled_full"),
    streamProcessingMode=one_of("sync", "async"),
)
FIELD_PATHS = list_of(text(1, 256), most=10)
PROMPT_VARIABLES = map_of(string, union(text=string))
_LABEL = (
    r"[a-zA-Z0-9 \t\n\v\f\r:_@$#=/+,-.]*",
    "ASCII letters, digits, white space and :_@$#=/+,-.",
)
METADATA = map_of(text(1, 256, *_LABEL), text(0, 256, *_LABEL), least=1, most=16)
PERFORMANCE = structure(latency=one_of("standard", "optimized"))
SERVICE_TIER = structure("type", type=one_of("priority", "default", "flex", "reserved"))
OUTPUT = structure(
    textFormat=structure(
        "type",
        "structure",
        type=one_of("json_schema"),
        structure=union(
            jsonSchema=structure("schema", schema=string, name=string, description=string)
        ),
    ),
    effort=text(0, 16),
)
