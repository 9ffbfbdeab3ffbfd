"""Parameters of the calls of Cohere's other models: Embed, Rerank, classify and summarize.

Methods of the clients create them. They are not public, because ``generate`` cannot read the
answers. Only limits that do not differ by model are checked; words such as those of ``truncate``
differ, and models accept some that their documentation lacks. Sources:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html,
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-rerank.html,
https://docs.cohere.com/reference/embed, https://docs.cohere.com/reference/summarize.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from ._batches import MAX_TEXTS
from ._parameters import copied_list
from ._request import Request, optional
from ._rules import (
    OverLimit,
    Problem,
    Rule,
    between,
    flag,
    json_objects,
    mapping,
    one_of,
    string,
    strings,
    strings_or_objects,
)
from .error import InvalidRequestError
from .mode import Mode

__all__ = ["ClassifyRequest", "EmbedRequest", "RerankRequest", "SummarizeRequest"]

_INPUTS = ("texts", "images", "inputs")
_INPUT_TYPES = ("search_document", "search_query", "classification", "clustering", "image")


def _filled(rule: Rule) -> Rule:
    """Return *rule* for a list that has at least 1 item, too."""

    def check(value: Any) -> Problem:
        return rule(value) or (None if value else "is empty; expected at least 1 item")

    return check


def _texts(value: Any) -> Problem:
    """Check a list of at most ``MAX_TEXTS`` strings."""
    problem = strings(MAX_TEXTS)(value)
    if isinstance(problem, OverLimit):
        return f"{problem.problem}; embed_many() sends any number"
    return problem


def _inputs(value: Any) -> str | OverLimit | None:
    """Check a list of at most ``MAX_TEXTS`` dicts."""
    problem = json_objects(value)
    if problem is None and len(value) > MAX_TEXTS:
        found = f"has {len(value)} dicts; expected a list of at most {MAX_TEXTS} dicts"
        return OverLimit(found)
    return problem


class _PlainRequest(Request):
    """Base class of requests for models that never stream: the body has no key ``stream``."""

    def _arguments(self, mode: Mode, body: str, *, stream: bool) -> dict[str, Any]:  # noqa: ARG002
        return {body: self.body()}


@final
@dataclass(frozen=True, kw_only=True)
class EmbedRequest(_PlainRequest):
    """Parameters of Embed; ``Client.embed`` documents them."""

    texts: Sequence[str] | None = optional(_filled(_texts), copy=tuple)
    images: Sequence[str] | None = optional(_filled(strings(MAX_TEXTS)), copy=tuple)
    inputs: Sequence[Mapping[str, Any]] | None = optional(
        _filled(_inputs), copy=copied_list, hashable=False
    )
    truncate: str | None = optional(string)
    input_type: str | None = optional(one_of(*_INPUT_TYPES))
    output_dimension: int | None = optional(between(1, math.inf, whole=True))
    embedding_types: Sequence[str] | None = optional(strings(), copy=tuple)
    max_tokens: int | None = optional(between(1, math.inf, whole=True))
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)

    def _inputs_sent(self) -> tuple[str, Sequence[Any]] | None:
        """Return the name and value of the inputs; ``None`` if ``extra`` hides what they are."""
        sent = {**self._values(), **(self.extra or {})}
        given = [(name, sent[name]) for name in _INPUTS if sent.get(name) is not None]
        is_known = len(given) == 1 and isinstance(given[0][1], (list, tuple))
        return given[0] if is_known else None

    @classmethod
    def _conflicts(cls, arguments: Mapping[str, Any]) -> list[str]:
        given = [name for name in _INPUTS if arguments.get(name) is not None]
        extra = arguments.get("extra")
        if not given and isinstance(extra, Mapping) and not extra.keys().isdisjoint(_INPUTS):
            return []  # the workaround for a limit
        if len(given) != 1:
            found = f"{' and '.join(given)} are given" if given else "there is no input"
            return [f"{found}; expected exactly one of {', '.join(_INPUTS)}"]
        return []

    def _arguments(self, mode: Mode, body: str, *, stream: bool) -> dict[str, Any]:
        # Packages of Embed 2 on SageMaker have no input_type.
        if (
            mode is Mode.BEDROCK
            and self.input_type is None
            and "input_type" not in (self.extra or {})
        ):
            expected = f"expected one of {', '.join(_INPUT_TYPES)}"
            raise InvalidRequestError(f"input_type is missing in {mode}; {expected}")
        return super()._arguments(mode, body, stream=stream)


@final
@dataclass(frozen=True, kw_only=True)
class RerankRequest(_PlainRequest):
    """Parameters of Rerank; ``Client.rerank`` documents them."""

    query: str = field(metadata={"rule": string})
    documents: Sequence[str | Mapping[str, Any]] = field(
        hash=False, metadata={"rule": _filled(strings_or_objects), "copy": copied_list}
    )
    top_n: int | None = optional(between(1, math.inf, whole=True))
    return_documents: bool | None = optional(flag)
    max_chunks_per_doc: int | None = optional(between(1, math.inf, whole=True))
    rank_fields: Sequence[str] | None = optional(strings(), copy=tuple)
    max_tokens_per_doc: int | None = optional(between(1, math.inf, whole=True))
    api_version: int | None = optional(between(2, math.inf, whole=True))
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)


@final
@dataclass(frozen=True, kw_only=True)
class ClassifyRequest(_PlainRequest):
    """Parameters of classify; ``Client.classify`` documents them."""

    # Named as the parameters of the method, because errors name them.
    input: Sequence[str] = field(metadata={"rule": _filled(strings()), "copy": tuple})
    name: str = field(metadata={"rule": string})

    @classmethod
    def _nest(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {"texts": values["input"], "model_id": values["name"]}


@final
@dataclass(frozen=True, kw_only=True)
class SummarizeRequest(_PlainRequest):
    """Parameters of summarize; ``Client.summarize`` documents them."""

    text: str = field(metadata={"rule": string})
    length: str | None = optional(string)
    format_: str | None = optional(string)
    extractiveness: str | None = optional(string)
    temperature: float | None = optional(between(0, 5))
    additional_command: str | None = optional(string)

    @classmethod
    def _nest(cls, values: dict[str, Any]) -> dict[str, Any]:
        # ``format_``, as the method has it, is ``format`` in the body.
        return {name.rstrip("_"): value for name, value in values.items()}
