"""Parameters of the calls of Cohere's other models: Rerank, classify and summarize.

Methods of the clients create them. They are not public, because no other function takes them: these
models are not available for batch inference. ``embed`` has the request of Embed. Only limits that
do not differ by model are checked; words differ, and models accept some that their documentation
lacks. Sources:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-rerank.html,
https://docs.cohere.com/reference/summarize.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence  # noqa: TC003  # for typing.get_type_hints()
from dataclasses import dataclass, field
from typing import Any, final

from ._parameters import copied_list
from ._request import Request, optional
from ._rules import (
    Problem,
    Rule,
    between,
    flag,
    mapping,
    string,
    strings,
    strings_or_objects,
)
from .mode import Mode  # noqa: TC001  # likewise

__all__ = ["ClassifyRequest", "PlainRequest", "RerankRequest", "SummarizeRequest", "filled"]


def filled(rule: Rule) -> Rule:
    """Return *rule* for a list that has at least 1 item, too."""

    def check(value: Any) -> Problem:
        return rule(value) or (None if value else "is empty; expected at least 1 item")

    return check


class PlainRequest(Request):
    """Base class of requests for models that never stream: the body has no key ``stream``."""

    generates = False

    def _arguments(self, mode: Mode, body: str, *, stream: bool) -> dict[str, Any]:  # noqa: ARG002
        return {body: self.body()}


@final
@dataclass(frozen=True, kw_only=True)
class RerankRequest(PlainRequest):
    """Parameters of Rerank; ``Client.rerank`` documents them."""

    query: str = field(metadata={"rule": string})
    documents: Sequence[str | Mapping[str, Any]] = field(
        hash=False, metadata={"rule": filled(strings_or_objects), "copy": copied_list}
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
class ClassifyRequest(PlainRequest):
    """Parameters of classify; ``Client.classify`` documents them."""

    # Named as the parameters of the method, because errors name them.
    input: Sequence[str] = field(metadata={"rule": filled(strings()), "copy": tuple})
    name: str = field(metadata={"rule": string})

    @classmethod
    def _nest(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {"texts": values["input"], "model_id": values["name"]}


@final
@dataclass(frozen=True, kw_only=True)
class SummarizeRequest(PlainRequest):
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
