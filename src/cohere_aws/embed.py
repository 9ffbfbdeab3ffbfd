"""Parameters of Cohere's Embed, for ``Client.embed`` and for batch inference.

Only limits that do not differ by model are checked; words such as those of ``truncate`` differ, and
models accept some that their documentation lacks. Sources:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html and
https://docs.cohere.com/reference/embed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from ._batches import MAX_TEXTS
from ._cohere_requests import PlainRequest, filled
from ._parameters import copied_list
from ._request import optional
from ._rules import OverLimit, Problem, between, json_objects, mapping, one_of, string, strings
from .error import InvalidRequestError
from .mode import Mode

__all__ = ["EmbedRequest"]

_INPUTS = ("texts", "images", "inputs")
_INPUT_TYPES = ("search_document", "search_query", "classification", "clustering", "image")


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


@final
@dataclass(frozen=True, kw_only=True)
class EmbedRequest(PlainRequest):
    """Parameters of Embed; only those that are set are sent.

    It is for ``cohere_aws.batch.write_line``. ``Client.embed`` creates one from its arguments.

    Attributes:
        texts: Texts, 1 to 96. Exactly one of *texts*, *images* and *inputs* is set.
        images: Images as data URIs, 1 to 96. Embed 3 takes 1.
        inputs: Texts with images, 1 to 96 dicts (Embed 4):
            ``{"content": [{"type": "text", "text": "…"}]}``.
        truncate: Treatment of a text that is too long: ``NONE`` (an error), ``START`` or ``END``;
            for Embed 4 on Bedrock, ``NONE``, ``LEFT`` or ``RIGHT``.
        input_type: Use of the vectors: ``search_document``, ``search_query``, ``classification``,
            ``clustering`` or ``image``. Bedrock needs it.
        output_dimension: Numbers in each vector; Embed 4 has 256, 512, 1024 and 1536.
        embedding_types: Types of the vectors: ``float``, ``int8``, ``uint8``, ``binary``,
            ``ubinary``, ``base64``.
        max_tokens: Maximum number of tokens of each input (Embed 4).
        extra: Other parameters of the model; merged last, and not checked.

    Raises:
        InvalidRequestError: A limit is broken. The message names every problem, with field, value,
            rule and workaround. It shows numbers and short words, and no other text.
    """

    texts: Sequence[str] | None = optional(filled(_texts), copy=tuple)
    images: Sequence[str] | None = optional(filled(strings(MAX_TEXTS)), copy=tuple)
    inputs: Sequence[Mapping[str, Any]] | None = optional(
        filled(_inputs), copy=copied_list, hashable=False
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
        self._check_input_type(mode)
        return super()._arguments(mode, body, stream=stream)

    def _batch_body(self) -> str:
        self._check_input_type(Mode.BEDROCK)
        return super()._batch_body()

    def _check_input_type(self, mode: Mode) -> None:
        # Packages of Embed 2 on SageMaker have no input_type.
        given = self.input_type is not None or "input_type" in (self.extra or {})
        if mode is Mode.BEDROCK and not given:
            expected = f"expected one of {', '.join(_INPUT_TYPES)}"
            raise InvalidRequestError(f"input_type is missing in {mode}; {expected}")
