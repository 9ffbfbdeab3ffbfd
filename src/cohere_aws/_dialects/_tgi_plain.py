"""Plain bodies of TGI and LMI.

A body is one object, or a list of objects: of one in TGI, and of one for each prompt where LMI
batches prompts. An answer to several prompts has the generations of all of them. Only an answer to
one prompt has that ``prompt``; for several, it is in ``extra`` of the first generation of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cohere_aws._faults import error_in
from cohere_aws._field import array, extra_of, kind
from cohere_aws._generations import Generations
from cohere_aws._results import Generation, Usage
from cohere_aws.error import StreamError

from ._tgi_details import Details, failure_in, read_details, total

if TYPE_CHECKING:
    from cohere_aws._framing import Item
    from cohere_aws.error import ServiceError

__all__ = ["ANSWER_KEYS", "OUTPUTS_KEYS", "read_body", "strings"]

# In an object with a value for one of these keys, "message" is not an error; "error" and "err" are.
ANSWER_KEYS = ("token", "generated_text", "outputs")
OUTPUTS_KEYS = frozenset(("outputs",))
_KEYS = frozenset(("generated_text", "details"))


def read_body(body: Item | Mapping[str, Any]) -> Generations:
    """Return the answer in a plain body."""
    objects = body if isinstance(body, list) else [body]
    found: list[Details] = []
    for i, each in enumerate(objects):
        path = f"[{i}]" if isinstance(body, list) else ""
        if not isinstance(each, Mapping):
            raise StreamError(f"{path or 'the response'} is {kind(each)}; expected an object")
        if error := error_in(each, ANSWER_KEYS) or failure_in(each):
            raise _with_partial(error, each)
        found.append(_read_object(each, path, sum(len(one.generations) for one in found)))
    if not found:
        raise StreamError("the response is an empty array; expected an object in it")
    return _answer(found)


def strings(values: list[Any], path: str) -> list[str]:
    """Return *values* if they are strings."""
    for i, value in enumerate(values):
        if not isinstance(value, str):
            raise StreamError(f"{path}[{i}] is {kind(value)}; expected a string")
    return values


def _read_object(body: Mapping[str, Any], path: str, index: int) -> Details:
    """Return the generations in *body*, one object of a plain body, from *index* on."""
    outputs = array(body, "outputs", path)
    if outputs is None:
        details, known = read_details(body, path, index=index), _KEYS
    else:
        place = f"{path}.outputs" if path else "outputs"
        texts = strings(outputs, place)
        if not texts:
            raise StreamError(f"{place} is an empty array; expected a string in it")
        found = [Generation(text, index=index + i) for i, text in enumerate(texts)]
        details, known = Details(found), OUTPUTS_KEYS
    return details.with_extra(extra_of(body, known))


def _answer(found: list[Details]) -> Generations:
    """Return the answer to one prompt, or to the prompts of a batch."""
    if len(found) > 1:  # each has a prompt of its own
        found = [each.with_prompt_in_extra() for each in found]
    usage = Usage(
        total(each.input_tokens for each in found), total(each.output_tokens for each in found)
    )
    return Generations(
        [generation for each in found for generation in each.generations],
        prompt=found[0].prompt,
        usage=usage if usage.to_dict() else None,
        prompt_tokens=found[0].prompt_tokens,
        dialect="tgi",
    )


def _with_partial(error: ServiceError, body: Mapping[str, Any]) -> ServiceError:
    """Add to *error* the text that came with it, if any, and return it."""
    text = body.get("generated_text")
    if isinstance(text, str):
        error.partial = Generations([Generation(text, index=0)], dialect="tgi")
    return error
