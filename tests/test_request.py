"""Requests: limits, bodies, reading bodies back, and Converse; and defining another request."""

from __future__ import annotations

import copy
import inspect
import json
import math
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import CohereError, GenerateRequest, InvalidRequestError, Mode
from cohere_aws._request import Request, optional
from cohere_aws._rules import between, mapping, string, strings

texts = st.text(max_size=20)
values = st.fixed_dictionaries(
    {"prompt": texts},
    optional={
        "model": texts,
        "max_tokens": st.integers(1, 4096),
        "temperature": st.floats(0, 5),
        "k": st.integers(0, 500) | st.floats(0, 500),
        "p": st.floats(0, 1),
        "stop_sequences": st.lists(texts, max_size=4),
        "return_likelihoods": st.sampled_from(["GENERATION", "ALL", "NONE"]),
        "truncate": st.sampled_from(["NONE", "START", "END"]),
        "num_generations": st.integers(1, 5),
        "logit_bias": st.dictionaries(st.integers(0, 99), st.floats(-10, 10), max_size=3),
    },
)
# For each parameter: values within its limits, and values beyond them.
LIMITS: dict[str, tuple[list[Any], list[Any], str]] = {
    "model": (["", "variant"], [b""], "a string"),
    "prompt": (["", "hello"], [7], "a string"),
    "max_tokens": ([1, 4096], [0, 4097, 1.0], "an integer from 1 to 4096"),
    "temperature": ([0, 0.5, 5], [-0.1, 5.1], "a number from 0 to 5"),
    "k": ([0, 0.5, 500], [-1, 501], "a number from 0 to 500"),
    "p": ([0, 0.5, 1], [-0.1, 1.1], "a number from 0 to 1"),
    "stop_sequences": ([(), ("",) * 4], [("",) * 5], "a list of at most 4 strings"),
    "return_likelihoods": (
        ["GENERATION", "ALL", "NONE"],
        ["none"],
        "one of GENERATION, ALL, NONE",
    ),
    "truncate": (["NONE", "START", "END"], ["none"], "one of NONE, START, END"),
    "num_generations": ([1, 5], [0, 6, 1.0], "an integer from 1 to 5"),
    "logit_bias": ([{}, {7: 10, 8: -10}], [{-1: 1}, {7: 11}], "token IDs "),
    "extra": ([{}, {"seed": 7}], [{1: 1}], "a dict with strings for keys"),
}


def problem(**given: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        GenerateRequest(**{"prompt": "hello", **given})
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


@pytest.mark.parametrize("name", LIMITS)
def test_each_parameter_has_a_limit(name: str) -> None:
    valid, invalid, expected = LIMITS[name]
    for value in valid:
        assert getattr(GenerateRequest(**{"prompt": "", name: value}), name) == value
    for value in invalid:
        message = problem(**{name: value})
        assert message.startswith(f"{name} ")
        assert f"; expected {expected}" in message


def test_a_prompt_is_required() -> None:
    assert problem(prompt=None) == "prompt is missing"
    with pytest.raises(InvalidRequestError, match=r"^prompt is missing$"):
        GenerateRequest()  # type: ignore[call-arg]


def test_mutable_values_are_normalized() -> None:
    request = GenerateRequest(prompt="", stop_sequences=["", "b"], logit_bias={"7": 10})  # type: ignore[dict-item]
    assert request.stop_sequences == ("", "b")
    assert request.logit_bias == {7: 10}


def test_an_unknown_name_is_an_error_with_the_nearest_name() -> None:
    assert problem(temprature=1) == "temprature is not a parameter; did you mean temperature?"


def test_one_error_names_all_problems() -> None:
    secret = "a secret text"
    message = problem(
        prompt=[secret],
        max_tokens=0,
        temperature=math.nan,
        stop_sequences=secret,
        num_generation=2,
    )
    assert message == (
        "5 problems:\n"
        "  prompt is a list of 1 item; expected a string\n"
        "  max_tokens is 0; expected an integer from 1 to 4096; "
        'to send it anyway: extra={"max_tokens": 0}\n'
        "  temperature is nan; expected a number from 0 to 5\n"
        "  stop_sequences is a str of 13 characters; expected a list of at most 4 strings\n"
        "  num_generation is not a parameter; did you mean num_generations?"
    )
    assert secret not in message


@given(values, st.sampled_from([None, True, False]))
def test_only_the_set_parameters_are_sent(given: dict[str, Any], stream: bool | None) -> None:
    sent = json.loads(GenerateRequest(**given).body(stream=stream))
    expected = json.loads(json.dumps(given))
    assert sent == (expected if stream is None else {**expected, "stream": stream})


@given(values, st.dictionaries(st.just("preamble") | st.just("seed"), texts))
def test_a_body_is_read_back(given: dict[str, Any], extra: dict[str, str]) -> None:
    request = GenerateRequest(**given, extra=extra or None)
    assert GenerateRequest.from_dict(json.loads(request.body(stream=True))) == request


def test_from_dict_keeps_the_order_of_unknown_parameters() -> None:
    names = [f"parameter_{i}" for i in range(9, -1, -1)]
    request = GenerateRequest.from_dict({"prompt": "a", **dict.fromkeys(names, 1)})
    assert [*(request.extra or {})] == names
    assert [*json.loads(request.body())] == ["prompt", *names]


def test_from_dict_needs_a_body() -> None:
    with pytest.raises(InvalidRequestError, match=r"^body is a str of 2 characters; exp"):
        GenerateRequest.from_dict("{}")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match=r"^prompt is missing$"):
        GenerateRequest.from_dict({"max_tokens": 3})


def test_the_workaround_for_a_limit_works() -> None:
    _, _, extra = problem(max_tokens=5000).partition("to send it anyway: extra=")
    assert json.loads(GenerateRequest(prompt="a", extra=json.loads(extra)).body()) == {
        "prompt": "a",
        "max_tokens": 5000,
    }


@pytest.mark.parametrize("value", ["false", "", 0, 1, [], 0.0])
def test_flags_must_be_bools(value: Any) -> None:
    request = GenerateRequest(prompt="a")
    expected = f"of type {type(value).__name__}; expected True or False"
    with pytest.raises(InvalidRequestError, match=f"^stream is {expected}$"):
        request.body(stream=value)
    with pytest.raises(InvalidRequestError, match=f"^additional is {expected}$"):
        request.inference_configuration(additional=value)
    with pytest.raises(InvalidRequestError, match=r"^additional is None; expected True or False$"):
        request.inference_configuration(additional=None)  # type: ignore[arg-type]


def test_the_types_of_the_fields_are_available_at_run_time() -> None:
    assert get_type_hints(GenerateRequest)["stop_sequences"] == Sequence[str] | None


def test_extra_is_merged_last_and_not_checked() -> None:
    request = GenerateRequest(prompt="a", temperature=1, extra={"temperature": 9, "seed": [1]})
    assert json.loads(request.body()) == {"prompt": "a", "temperature": 9, "seed": [1]}


DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize("value", [math.nan, {1}, DEEP], ids=["nan", "set", "deep"])
def test_extra_that_is_not_json_is_an_error_when_it_is_sent(value: Any) -> None:
    request = GenerateRequest(prompt="a", extra={"seed": value})
    message = r"^extra is not JSON: (Value|Type|Recursion)Error$"
    with pytest.raises(InvalidRequestError, match=message):
        request.body()
    with pytest.raises(InvalidRequestError, match=message):
        request.inference_configuration(additional=True)


def test_a_request_is_immutable() -> None:
    stops, biases, extra = ["a"], {1: 1.0}, {"seed": 1}
    request = GenerateRequest(prompt="a", stop_sequences=stops, logit_bias=biases, extra=extra)
    before = request.body()
    stops.append("b")
    biases[2] = 2.0
    extra["seed"] = 2
    assert request.body() == before
    with pytest.raises(FrozenInstanceError):
        request.prompt = "b"  # type: ignore[misc]


def test_a_replacement_is_checked() -> None:
    request = GenerateRequest(prompt="a", k=3, max_tokens=5)
    changed = GenerateRequest(prompt="b", max_tokens=5)
    assert request.replace(prompt="b", k=None) == changed
    assert replace(request, prompt="b", k=None) == changed
    with pytest.raises(InvalidRequestError, match="max_tokens is 0"):
        request.replace(max_tokens=0)


@given(values)
def test_a_request_is_a_value(given: dict[str, Any]) -> None:
    request = GenerateRequest(**given)
    for twin in (pickle.loads(pickle.dumps(request)), copy.copy(request), copy.deepcopy(request)):
        assert twin == request
        assert type(twin) is GenerateRequest
        assert hash(twin) == hash(request)
    assert request != request.replace(prompt=request.prompt + "!")


def test_its_signature_shows_the_parameters() -> None:
    assert list(inspect.signature(GenerateRequest).parameters) == [
        each.name for each in fields(GenerateRequest)
    ]


def test_every_parameter_has_a_rule_and_is_documented() -> None:
    for each in fields(GenerateRequest):
        assert callable(each.metadata["rule"])
        assert f"    {each.name}: " in (GenerateRequest.__doc__ or "")


CONVERSE = {"max_tokens": 9, "temperature": 0.5, "p": 0.25, "stop_sequences": ["x"]}
CONFIGURATION = {"maxTokens": 9, "temperature": 0.5, "topP": 0.25, "stopSequences": ["x"]}


def test_converse_has_its_own_names() -> None:
    request = GenerateRequest(prompt="a", **CONVERSE)  # type: ignore[arg-type]
    assert request.inference_configuration() == {"inferenceConfig": CONFIGURATION}
    assert request.inference_configuration(additional=True) == {"inferenceConfig": CONFIGURATION}
    assert GenerateRequest(prompt="a").inference_configuration() == {"inferenceConfig": {}}


def test_parameters_without_a_name_in_converse_are_never_dropped() -> None:
    request = GenerateRequest(prompt="a", max_tokens=9, k=3, logit_bias={1: 2}, extra={"seed": 1})
    with pytest.raises(InvalidRequestError) as caught:
        request.inference_configuration()
    assert str(caught.value) == (
        "3 problems:\n"
        "  k has no name in Converse; pass additional=True\n"
        "  logit_bias has no name in Converse; pass additional=True\n"
        "  seed has no name in Converse; pass additional=True"
    )
    assert request.inference_configuration(additional=True) == {
        "inferenceConfig": {"maxTokens": 9},
        "additionalModelRequestFields": {"k": 3, "logit_bias": {"1": 2}, "seed": 1},
    }


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("temperature", 1.5, "is 1.5; expected a number from 0 to 1"),
        (
            "stop_sequences",
            [""],
            "holds a str of 0 characters; expected a list of at most 2500 strings of at least 1 character",
        ),
    ],
)
def test_converse_has_its_own_ranges(name: str, value: Any, message: str) -> None:
    request = GenerateRequest(prompt="a", **{name: value})
    with pytest.raises(InvalidRequestError) as caught:
        request.inference_configuration(additional=True)
    assert str(caught.value) == f"{name} {message} (for Converse)"


def test_extra_is_not_sent_as_parameters_of_converse() -> None:
    """A parameter in ``extra`` is for the model, even if Converse has the same name."""
    request = GenerateRequest(prompt="a", temperature=1, extra={"topP": 1, "temperature": 0.1})
    assert request.inference_configuration(additional=True) == {
        "inferenceConfig": {"temperature": 1},
        "additionalModelRequestFields": {"topP": 1, "temperature": 0.1},
    }


def test_invalid_requests_are_errors_of_this_package() -> None:
    assert issubclass(InvalidRequestError, CohereError)


@dataclass(frozen=True, kw_only=True)
class NestedRequest(Request):
    """A request of another model: fields, limits, and a body that nests its parameters."""

    inputs: str = field(metadata={"rule": string})
    max_new_tokens: int | None = optional(between(1, 9, whole=True))
    stop: Sequence[str] | None = optional(strings(2), copy=tuple)
    extra: Mapping[str, Any] | None = optional(mapping, copy=dict, hashable=False)

    @classmethod
    def _nest(cls, values: dict[str, Any]) -> dict[str, Any]:
        outer = {name: values.pop(name) for name in ("inputs", "stream") if name in values}
        return {**outer, "parameters": values}

    @classmethod
    def _flatten(cls, body: Mapping[str, Any]) -> Mapping[str, Any]:
        outer = {name: value for name, value in body.items() if name != "parameters"}
        return {**outer, **body["parameters"]}


def test_another_request_is_its_fields_and_limits() -> None:
    stop = ["."]
    request = NestedRequest(inputs="a", stop=stop, extra={"seed": 7})
    stop.append("!")
    body = {"inputs": "a", "stream": True, "parameters": {"stop": ["."], "seed": 7}}
    assert json.loads(request.body(stream=True)) == body
    assert NestedRequest.from_dict(body) == request
    assert pickle.loads(pickle.dumps(request)) == copy.copy(request) == request
    assert hash(request) == hash(request.replace(extra=None))
    with pytest.raises(FrozenInstanceError):
        request.inputs = "b"  # type: ignore[misc]
    with pytest.raises(InvalidRequestError) as caught:
        NestedRequest(max_new_tokens=10, stops=[])  # type: ignore[call-arg]
    assert str(caught.value) == (
        "3 problems:\n"
        "  inputs is missing\n"
        "  max_new_tokens is 10; expected an integer from 1 to 9; "
        'to send it anyway: extra={"max_new_tokens": 10}\n'
        "  stops is not a parameter; did you mean stop?"
    )
    assert list(inspect.signature(NestedRequest).parameters) == [
        "inputs", "max_new_tokens", "stop", "extra",
    ]  # fmt: skip
    assert get_type_hints(NestedRequest)["stop"] == Sequence[str] | None


@dataclass(frozen=True, kw_only=True)
class ShortRequest(Request):
    """A request without ``extra``."""

    inputs: str = field(metadata={"rule": string})
    max_new_tokens: int | None = optional(between(1, 9, whole=True))


def test_a_request_may_have_no_extra() -> None:
    request = ShortRequest(inputs="a", max_new_tokens=3)
    body = {"inputs": "a", "max_new_tokens": 3}
    assert json.loads(request.body()) == body
    assert ShortRequest.from_dict({**body, "stream": True}) == request
    with pytest.raises(InvalidRequestError) as caught:
        ShortRequest.from_dict({"inputs": "a", "max_new_tokens": 10, "seed": 7, "extra": {}})
    assert str(caught.value) == (
        "3 problems:\n"
        "  max_new_tokens is 10; expected an integer from 1 to 9\n"
        "  seed is not a parameter; expected one of inputs, max_new_tokens\n"
        "  extra is not a parameter; expected one of inputs, max_new_tokens"
    )


def test_the_arguments_of_a_call() -> None:
    def stream_key(mode: Mode, *, stream: bool) -> Any:
        request = StreamKeyRequest(inputs="a")
        return json.loads(request._arguments(mode, "body", stream=stream)["body"]).get("stream")

    assert stream_key(Mode.SAGEMAKER, stream=True) is True
    assert stream_key(Mode.BEDROCK, stream=True) is None
    assert [stream_key(mode, stream=False) for mode in Mode] == [False, False]


def test_a_body_for_batch_inference_has_no_stream_key() -> None:
    assert GenerateRequest(prompt="Hello")._batch_body() == '{"prompt": "Hello"}'


@dataclass(frozen=True, kw_only=True)
class StreamKeyRequest(Request, stream_key_modes=(Mode.SAGEMAKER,)):
    """A request whose model streams on Bedrock without a key."""

    inputs: str = field(metadata={"rule": string})


def test_the_class_arguments_of_a_request() -> None:
    assert (ShortRequest.dialect, ShortRequest.call) == ("command", "invoke")
    assert ShortRequest.modes == ShortRequest.stream_key_modes == tuple(Mode)
    assert StreamKeyRequest.stream_key_modes == (Mode.SAGEMAKER,)
