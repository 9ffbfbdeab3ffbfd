"""Requests: their limits, what is sent, and the ways back and to Converse."""

from __future__ import annotations

import copy
import inspect
import json
import math
import pickle
from collections.abc import Sequence
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import CohereError, GenerateRequest, InvalidRequestError

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
NUMBERS = {
    "max_tokens": ("an integer from 1 to 4096", [1, 4096], [0, 4097, 1.0]),
    "temperature": ("a number from 0 to 5", [0, 0.5, 5], [-0.1, 5.1]),
    "k": ("a number from 0 to 500", [0, 0.5, 500], [-1, 501]),
    "p": ("a number from 0 to 1", [0, 0.5, 1], [-0.1, 1.1]),
    "num_generations": ("an integer from 1 to 5", [1, 5], [0, 6, 1.0]),
}
CHOICES = {
    "return_likelihoods": ["GENERATION", "ALL", "NONE"],
    "truncate": ["NONE", "START", "END"],
}


def problem(**given: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        GenerateRequest(**{"prompt": "hello", **given})
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_has_its_range(name: str) -> None:
    expected, good, bad = NUMBERS[name]
    for value in good:
        assert getattr(GenerateRequest(prompt="", **{name: value}), name) == value
    for value in bad:
        told = f"{name} is {value!r}; expected {expected}"
        # A float that is whole is of another type; the others are only beyond the limit.
        beyond = not expected.startswith("an integer") or isinstance(value, int)
        way_round = f'; to send it anyway: extra={{"{name}": {value!r}}}' if beyond else ""
        assert problem(**{name: value}) == told + way_round
    for value in (math.nan, math.inf, -math.inf, True):
        assert problem(**{name: value}) == f"{name} is {value!r}; expected {expected}"
    others: list[tuple[Any, str, str]] = [
        ("1", "a string of 1 characters", ""),
        ([1], "an array of 1 elements", ""),
        (
            10**5000,
            "an integer of 16610 bits",
            f'; to send it anyway: extra={{"{name}": …}}',
        ),
    ]
    for value, shown, way_round in others:
        assert problem(**{name: value}) == f"{name} is {shown}; expected {expected}{way_round}"


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_has_its_words(name: str) -> None:
    for value in CHOICES[name]:
        assert getattr(GenerateRequest(prompt="", **{name: value}), name) == value
    expected = f"expected one of {', '.join(CHOICES[name])}"
    assert problem(**{name: "none"}) == f'{name} is "none"; {expected}; did you mean "NONE"?'
    anyway = f'to send it anyway: extra={{"{name}":'
    assert problem(**{name: "LEFT"}) == f'{name} is "LEFT"; {expected}; {anyway} "LEFT"}}'
    secret = "a secret text"
    assert problem(**{name: secret}) == (
        f"{name} is a string of 13 characters; {expected}; {anyway} …}}"
    )
    assert problem(**{name: ["NONE"]}) == f"{name} is an array of 1 elements; {expected}"


@pytest.mark.parametrize("name", ["prompt", "model"])
def test_a_text_is_a_string(name: str) -> None:
    assert problem(**{name: b"hello"}) == f"{name} is a Python bytes; expected a string"
    assert problem(**{name: ["hello"]}) == f"{name} is an array of 1 elements; expected a string"


def test_there_is_a_prompt() -> None:
    assert problem(prompt=None) == "prompt is missing"
    with pytest.raises(InvalidRequestError, match=r"^prompt is missing$"):
        GenerateRequest()  # type: ignore[call-arg]


def test_stop_sequences_are_a_list_of_strings() -> None:
    expected = "expected a list of at most 4 strings"
    assert GenerateRequest(prompt="", stop_sequences=["", "b"]).stop_sequences == ("", "b")
    assert problem(stop_sequences="ab") == (
        f"stop_sequences is a string of 2 characters; {expected}"
    )
    assert problem(stop_sequences=list("abcde")) == (
        f'stop_sequences holds 5; {expected}; to send it anyway: extra={{"stop_sequences": …}}'
    )
    assert problem(stop_sequences=["a", 7]) == f"stop_sequences holds 7; {expected}"
    assert problem(stop_sequences={"a"}) == f"stop_sequences is a Python set; {expected}"


def test_biases_have_token_ids_and_a_range() -> None:
    expected = "expected token ids (integers of 0 or more) with numbers from -10 to 10"
    assert GenerateRequest(prompt="", logit_bias={"7": 10, 8: -10}).logit_bias == {7: 10, 8: -10}
    assert problem(logit_bias=[7]) == f"logit_bias is an array of 1 elements; {expected}"
    assert problem(logit_bias={7: 11}) == (
        f'logit_bias holds 11 for token 7; {expected}; to send it anyway: extra={{"logit_bias": …}}'
    )
    assert problem(logit_bias={7: "x"}) == (
        f"logit_bias holds a string of 1 characters for token 7; {expected}"
    )
    tokens: list[tuple[Any, str]] = [
        (-1, "-1"),
        (True, "True"),
        (1.0, "1.0"),
        ("word", "a string of 4 characters"),
        ("\u0661", "a string of 1 characters"),
        ("1" * 5000, "a string of 5000 characters"),
        (10**5000, "an integer of 16610 bits"),
    ]
    for token, shown in tokens:
        assert problem(logit_bias={token: 1}) == f"logit_bias has the token {shown}; {expected}"


def test_an_unknown_name_tells_the_nearest() -> None:
    assert problem(temprature=1) == "temprature is not a parameter; did you mean temperature?"
    assert problem(**{"a secret text " * 9: 1}).startswith(
        "a secret text a secret text a secret tex is not a"
    )
    assert problem(zzz=1) == "zzz is not a parameter; pass other parameters of the model in extra"


def test_all_problems_are_told_at_once() -> None:
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
        "  prompt is an array of 1 elements; expected a string\n"
        "  max_tokens is 0; expected an integer from 1 to 4096; "
        'to send it anyway: extra={"max_tokens": 0}\n'
        "  temperature is nan; expected a number from 0 to 5\n"
        "  stop_sequences is a string of 13 characters; expected a list of at most 4 strings\n"
        "  num_generation is not a parameter; did you mean num_generations?"
    )
    assert secret not in message


@given(values, st.sampled_from([None, True, False]))
def test_only_what_was_set_is_sent(given: dict[str, Any], stream: bool | None) -> None:
    sent = json.loads(GenerateRequest(**given).body(stream=stream))
    expected = json.loads(json.dumps(given))
    assert sent == (expected if stream is None else {**expected, "stream": stream})


@given(values, st.dictionaries(st.just("preamble") | st.just("seed"), texts))
def test_a_body_is_read_back(given: dict[str, Any], extra: dict[str, str]) -> None:
    request = GenerateRequest(**given, extra=extra or None)
    assert GenerateRequest.from_dict(json.loads(request.body(stream=True))) == request


def test_what_is_no_body_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"^the body is a string of 2 characters; exp"):
        GenerateRequest.from_dict("{}")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match=r"^prompt is missing$"):
        GenerateRequest.from_dict({"max_tokens": 3})


def test_the_workaround_for_a_limit_works() -> None:
    told = problem(max_tokens=5000).partition("to send it anyway: extra=")[2]
    assert json.loads(GenerateRequest(prompt="a", extra=json.loads(told)).body()) == {
        "prompt": "a",
        "max_tokens": 5000,
    }


@pytest.mark.parametrize("value", ["false", "", 0, 1, [], 0.0])
def test_a_flag_is_a_bool(value: Any) -> None:
    request = GenerateRequest(prompt="a")
    expected = f"of type {type(value).__name__}; expected True or False"
    with pytest.raises(InvalidRequestError, match=f"^stream is {expected}$"):
        request.body(stream=value)
    with pytest.raises(InvalidRequestError, match=f"^additional is {expected}$"):
        request.inference_configuration(additional=value)
    with pytest.raises(InvalidRequestError, match=r"^additional is None; expected True or False$"):
        request.inference_configuration(additional=None)  # type: ignore[arg-type]


def test_the_types_of_the_fields_are_there_at_run_time() -> None:
    assert get_type_hints(GenerateRequest)["stop_sequences"] == Sequence[str] | None


def test_extra_is_merged_last_and_not_looked_at() -> None:
    request = GenerateRequest(prompt="a", temperature=1, extra={"temperature": 9, "seed": [1]})
    assert json.loads(request.body()) == {"prompt": "a", "temperature": 9, "seed": [1]}
    assert (
        problem(extra=[1])
        == "extra is an array of 1 elements; expected a dict with strings for keys"
    )
    assert (
        problem(extra={1: 1})
        == "extra is an object of 1 elements; expected a dict with strings for keys"
    )


DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize("value", [math.nan, {1}, DEEP], ids=["nan", "set", "deep"])
def test_extra_that_is_no_json_is_told_when_it_is_sent(value: Any) -> None:
    request = GenerateRequest(prompt="a", extra={"seed": value})
    told = r"^extra is no JSON: (Value|Type|Recursion)Error$"
    with pytest.raises(InvalidRequestError, match=told):
        request.body()
    with pytest.raises(InvalidRequestError, match=told):
        request.inference_configuration(additional=True)


def test_a_request_stays_what_it_was() -> None:
    stops, biases, extra = ["a"], {1: 1.0}, {"seed": 1}
    request = GenerateRequest(prompt="a", stop_sequences=stops, logit_bias=biases, extra=extra)
    before = request.body()
    stops.append("b")
    biases[2] = 2.0
    extra["seed"] = 2
    assert request.body() == before
    with pytest.raises(FrozenInstanceError):
        request.prompt = "b"  # type: ignore[misc]


def test_a_variant_is_checked_like_any_other() -> None:
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
        field.name for field in fields(GenerateRequest)
    ]


def test_every_parameter_has_a_rule_and_is_documented() -> None:
    for field in fields(GenerateRequest):
        assert callable(field.metadata["rule"])
        assert f"    {field.name}: " in (GenerateRequest.__doc__ or "")


CONVERSE = {"max_tokens": 9, "temperature": 0.5, "p": 0.25, "stop_sequences": ["x"]}
CONFIGURATION = {"maxTokens": 9, "temperature": 0.5, "topP": 0.25, "stopSequences": ["x"]}


def test_converse_has_its_own_names() -> None:
    request = GenerateRequest(prompt="a", **CONVERSE)  # type: ignore[arg-type]
    assert request.inference_configuration() == {"inferenceConfig": CONFIGURATION}
    assert request.inference_configuration(additional=True) == {"inferenceConfig": CONFIGURATION}
    assert GenerateRequest(prompt="a").inference_configuration() == {"inferenceConfig": {}}


def test_what_converse_has_no_name_for_is_never_dropped() -> None:
    request = GenerateRequest(prompt="a", max_tokens=9, k=3, logit_bias={1: 2}, extra={"seed": 1})
    with pytest.raises(InvalidRequestError) as caught:
        request.inference_configuration()
    assert str(caught.value) == (
        "3 problems:\n"
        "  k has no name in Converse; ask for it as additional\n"
        "  logit_bias has no name in Converse; ask for it as additional\n"
        "  seed has no name in Converse; ask for it as additional"
    )
    assert request.inference_configuration(additional=True) == {
        "inferenceConfig": {"maxTokens": 9},
        "additionalModelRequestFields": {"k": 3, "logit_bias": {"1": 2}, "seed": 1},
    }


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("temperature", 1.5, "is 1.5; expected a number from 0 to 1"),
        (
            "stop_sequences",
            [""],
            "holds a string of 0 characters; expected a list of at most 2500 strings of 1 or more characters",
        ),
    ],
)
def test_converse_has_its_own_ranges(name: str, value: Any, told: str) -> None:
    request = GenerateRequest(prompt="a", **{name: value})
    with pytest.raises(InvalidRequestError) as caught:
        request.inference_configuration(additional=True)
    assert str(caught.value) == f"{name} {told} (for Converse)"


def test_what_is_in_extra_is_not_taken_for_converse() -> None:
    """A name of Converse's in ``extra`` is for the model, so it goes where the model gets it."""
    request = GenerateRequest(prompt="a", temperature=1, extra={"topP": 1, "temperature": 0.1})
    assert request.inference_configuration(additional=True) == {
        "inferenceConfig": {"temperature": 1},
        "additionalModelRequestFields": {"topP": 1, "temperature": 0.1},
    }


def test_it_is_an_error_of_this_package() -> None:
    assert issubclass(InvalidRequestError, CohereError)
