"""Values for requests of Converse, drawn from the service model of the installed botocore."""

from __future__ import annotations

import math
import re
import string
from typing import TYPE_CHECKING, Any

import botocore
import pytest
from botocore.session import get_session
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A value that each pattern matches, and that may be continued with "a".
EXAMPLES = {"S3Uri": "s3://abc/", "AccountId": "0" * 12, "GuardrailVersion": "1"}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda parts: st.lists(parts, max_size=2) | st.dictionaries(st.text(max_size=3), parts, max_size=2),
    max_leaves=3,
)  # fmt: skip


def input_of(operation: str) -> Any:
    """Return the shape of the arguments of an operation."""
    model = get_session().get_service_model("bedrock-runtime")
    return model.operation_model(operation).input_shape


# "effort" of outputConfig was the last member that came.
_output = input_of("Converse").members.get("outputConfig")
is_newest = _output is not None and "effort" in _output.members
needs_newest = pytest.mark.skipif(
    not is_newest,
    reason=f"botocore {botocore.__version__} does not know effort, and has other limits",
)


def members_of(shape: Any) -> dict[str, Any]:
    """Return the shapes of the members of a request, which does not have the model."""
    return {name: each for name, each in shape.members.items() if name != "modelId"}


def smallest(shape: Any) -> Any:
    """Return a valid value with as few parts as possible."""
    if shape.type_name == "structure" and not shape.is_document_type:
        names = shape.metadata.get("required", [])
        if shape.is_tagged_union:
            names = [next(iter(shape.members))]
        return {name: smallest(shape.members[name]) for name in names}
    if shape.type_name == "list":
        return [smallest(shape.member)] * shape.metadata.get("min", 0)
    if shape.type_name == "map":
        return {"a": smallest(shape.value)}
    if shape.type_name == "string":
        return (shape.enum or [EXAMPLES.get(shape.name, "a")])[0]
    return {"blob": b"a", "boolean": True, "structure": {}}.get(shape.type_name, 1)


def edges(shape: Any) -> Iterator[Any]:
    """Yield valid values at each limit, and each member of a union and of an enumeration."""
    most = shape.metadata.get("max")
    if shape.type_name == "structure" and not shape.is_document_type:
        for name, member in shape.members.items():
            rest = {} if shape.is_tagged_union else smallest(shape)
            for edge in edges(member):
                yield rest | {name: edge}
    elif shape.type_name == "list":
        yield [smallest(shape.member)] * (most or 1)
        yield from ([edge] for edge in edges(shape.member))
    elif shape.type_name == "map":
        yield {str(number): smallest(shape.value) for number in range(most or 1)}
        yield from ({edge: smallest(shape.value)} for edge in edges(shape.key))
        yield from ({"a": edge} for edge in edges(shape.value))
    elif shape.enum if shape.type_name == "string" else False:
        yield from shape.enum
    elif shape.type_name == "string":
        example = smallest(shape)
        yield example.ljust(most or 0, "a")
        yield example if shape.metadata.get("min") or shape.name in EXAMPLES else ""
        yield from (value for value, matches in _matches(shape) if matches)
    elif shape.type_name in ("integer", "float"):
        yield from {shape.metadata.get("min", 5), most or 1}
    else:
        yield smallest(shape)
        if shape.type_name == "blob" and not shape.metadata.get("min"):
            yield b""


def _matches(shape: Any) -> Iterator[tuple[str, bool]]:
    """Yield strings with one more character, and whether the pattern of *shape* matches them."""
    pattern = shape.metadata.get("pattern")
    if pattern:
        for character in f"{string.printable}\N{EURO SIGN}":
            value = character + smallest(shape)
            yield value, re.fullmatch(pattern, value, re.ASCII) is not None


def faults(shape: Any) -> Iterator[tuple[str, Any]]:
    """Yield a path, and a value that is valid but for a broken limit or a wrong type there."""
    yield "", object()
    least, most = shape.metadata.get("min", -math.inf), shape.metadata.get("max", math.inf)
    if shape.type_name == "structure" and not shape.is_document_type:
        yield from _faults_of_structure(shape)
    elif shape.type_name in ("list", "map"):
        yield from _faults_of_items(shape, least, most)
    elif shape.type_name == "string":
        if shape.enum:
            yield "", "other"
        if least > 0:
            yield "", ""
        if most != math.inf:
            yield "", smallest(shape).ljust(int(most) + 1, "a")
        yield from (("", value) for value, matches in _matches(shape) if not matches)
    elif shape.type_name == "blob" and least > 0:
        yield "", b""
    elif shape.type_name in ("integer", "float"):
        yield from (("", limit) for limit in (least - 1, most + 1) if math.isfinite(limit))


def _faults_of_structure(shape: Any) -> Iterator[tuple[str, Any]]:
    rest = {} if shape.is_tagged_union else smallest(shape)
    if shape.is_tagged_union:
        yield "", {}
        yield "", {name: smallest(member) for name, member in shape.members.items()} | {"new": 1}
    for name in rest:
        yield f".{name}", {each: rest[each] for each in rest if each != name}
    for name, member in shape.members.items():
        for path, value in faults(member):
            yield f".{name}{path}", rest | {name: value}


def _faults_of_items(shape: Any, least: float, most: float) -> Iterator[tuple[str, Any]]:
    if shape.type_name == "map":
        if least > 0:
            yield "", {}
        if most != math.inf:
            yield "", {str(number): smallest(shape.value) for number in range(int(most) + 1)}
        for path, key in faults(shape.key):
            if isinstance(key, str):
                yield f" key 0{path}", {key: smallest(shape.value)}
        for path, value in faults(shape.value):
            yield f'["a"]{path}', {"a": value}
        return
    if least > 0:
        yield "", []
    if most != math.inf:
        yield "", [smallest(shape.member)] * (int(most) + 1)
    for path, value in faults(shape.member):
        yield f"[1]{path}", [smallest(shape.member), value]


def values_of(shape: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for valid values."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    parts: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "structure": lambda: _structures_of(shape),
        "list": lambda: st.lists(values_of(shape.member), min_size=least or 0, max_size=2),
        "map": lambda: st.dictionaries(
            st.text("ab", min_size=1, max_size=3), values_of(shape.value), min_size=1, max_size=3
        ),
        "string": lambda: _strings_of(shape),
        "blob": lambda: st.binary(min_size=1, max_size=3),
        "boolean": st.booleans,
        "integer": lambda: st.integers(least),
        "float": lambda: st.floats(least, most),
    }
    return parts[shape.type_name]()


def _structures_of(shape: Any) -> st.SearchStrategy[Any]:
    if shape.is_document_type:
        return _JSON
    members = {name: values_of(member) for name, member in shape.members.items()}
    if shape.is_tagged_union:
        return st.one_of(*(st.fixed_dictionaries({name: each}) for name, each in members.items()))
    required = {name: members.pop(name) for name in shape.metadata.get("required", [])}
    return st.fixed_dictionaries(required, optional=members)


def _strings_of(shape: Any) -> st.SearchStrategy[str]:
    if shape.enum:
        return st.sampled_from(shape.enum)
    if shape.name in EXAMPLES:
        return st.just(EXAMPLES[shape.name])
    if shape.metadata.get("pattern") or shape.name == "DocumentBlockNameString":
        return st.text("ab1", min_size=1, max_size=3)
    return st.text(min_size=shape.metadata.get("min", 0), max_size=3)
