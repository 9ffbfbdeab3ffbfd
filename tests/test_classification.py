"""Classifications in all forms: labels, lists of them, and objects of two kinds."""

from __future__ import annotations

import copy
import io
import json
import math
import pickle
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import CohereObject, MalformedStreamError, Mode, ServiceError, StreamError, Usage
from cohere_aws.classification import Classification, Classifications
from strategies import extras, names, texts

# Since version 2 of the package.
ONE = {"prediction": "spam", "confidence": [0.75], "text": "Wire me $1000"}
SEVERAL = {"prediction": ["spam", "urgent"], "confidence": [0.75, 0.5], "text": "Wire me $1000"}
# On Cohere's own platform.
ON_PLATFORM = {
    "classification_type": "single-label",
    "confidence": 0.75,
    "confidences": [0.75],
    "id": "c",
    "input": "Wire me $1000",
    "labels": {"spam": {"confidence": 0.75}, "ham": {"confidence": 0.25}},
    "prediction": "spam",
    "predictions": ["spam"],
}
SEVERAL_ON_PLATFORM = ON_PLATFORM | {
    "classification_type": "multi-label",
    "prediction": None,
    "confidence": None,
    "confidences": [0.75, 0.5],
    "predictions": ["spam", "urgent"],
}
PLATFORM = {
    "id": "r",
    "classifications": [ON_PLATFORM, ON_PLATFORM],
    "meta": {"api_version": {"version": "1"}, "billed_units": {"classifications": 2}},
}
BODIES: list[Any] = [
    ["spam", "ham"],
    [1, 0],
    [["spam"], []],
    [[1, 2]],
    [ONE],
    [SEVERAL],
    [],
    PLATFORM,
]


@pytest.mark.parametrize(
    ("value", "prediction", "is_multilabel"),
    [
        ("spam", "spam", False),
        (1, 1, False),
        (["spam", "urgent"], ["spam", "urgent"], True),
        ([1, 2], [1, 2], True),
        ([], [], True),
        (ONE, "spam", False),
        (SEVERAL, ["spam", "urgent"], True),
        ({"prediction": 0}, 0, False),
        ({"prediction": []}, [], True),
        (ON_PLATFORM, "spam", False),
        (SEVERAL_ON_PLATFORM, ["spam", "urgent"], True),
        (SEVERAL_ON_PLATFORM | {"prediction": "spam"}, ["spam", "urgent"], True),
        (SEVERAL_ON_PLATFORM | {"prediction": "spam", "predictions": []}, "spam", True),
        (SEVERAL_ON_PLATFORM | {"predictions": []}, [], True),
        ({"predictions": ["spam"]}, ["spam"], True),
        ({"predictions": ["spam"], "classification_type": "single-label"}, ["spam"], False),
    ],
)
def test_the_prediction(value: Any, prediction: Any, is_multilabel: bool) -> None:
    found = Classification(value)
    assert found.prediction == prediction
    assert found.is_multilabel() is is_multilabel
    assert found.classification is value
    assert isinstance(found, CohereObject)


@pytest.mark.parametrize(
    ("value", "confidence"),
    [
        (ONE, [0.75]),
        (SEVERAL, [0.75, 0.5]),
        (ON_PLATFORM, [0.75]),
        (SEVERAL_ON_PLATFORM, [0.75, 0.5]),
        ({"prediction": "spam", "confidence": 1}, [1]),
        ({"prediction": "spam", "confidences": []}, []),
    ],
)
def test_the_confidence(value: Any, confidence: list[float]) -> None:
    assert Classification(value).confidence == confidence


@pytest.mark.parametrize("value", [ONE, SEVERAL, ON_PLATFORM, SEVERAL_ON_PLATFORM])
def test_the_text(value: Any) -> None:
    assert Classification(value).text == "Wire me $1000"
    assert Classification({"prediction": "spam", "text": ""}).text == ""


@pytest.mark.parametrize("value", ["spam", 1, ["spam"], {"prediction": "spam"}])
def test_fields_that_are_not_available(value: Any) -> None:
    found = Classification(value)
    version = (
        "not available for version prior to 2.0 of Cohere Classification Finetuning AWS package"
    )
    with pytest.raises(ValueError, match=f"^Confidence scores are {version}$"):
        found.confidence  # noqa: B018
    with pytest.raises(ValueError, match=f"^Original text is {version}$"):
        found.text  # noqa: B018


EXPECTED = "expected a label, an array of them, or an object"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, f" is null; {EXPECTED}"),
        (True, f" is a boolean; {EXPECTED}"),
        (0.5, f" is a number; {EXPECTED}"),
        ([["spam"]], "[0] is an array; expected a label"),
        (["spam", None], "[1] is null; expected a label"),
        ([0.5], "[0] is a number; expected a label"),
        ([False], "[0] is a boolean; expected a label"),
        ({}, " has no 'prediction'; it has no keys"),
        ({"prediction": None}, " has no 'prediction'; it has 'prediction'"),
        ({"prediction": {}}, ".prediction is an object; expected a label or an array of them"),
        ({"prediction": [{}]}, ".prediction[0] is an object; expected a label"),
        ({"prediction": 0.5}, ".prediction is a number; expected a label or an array of them"),
        (ONE | {"predictions": "secret"}, ".predictions is a string; expected an array"),
        (ONE | {"predictions": [True]}, ".predictions[0] is a boolean; expected a label"),
        (ONE | {"classification_type": 5}, ".classification_type is a number; expected a string"),
        (ONE | {"text": 5}, ".text is a number; expected a string"),
        (ONE | {"input": 5}, ".input is a number; expected a string"),
        (ONE | {"confidence": "secret"}, ".confidence is a string; expected a number"),
        (ONE | {"confidences": {}}, ".confidences is an object; expected a number"),
        (ONE | {"confidence": [None]}, ".confidence[0] is null; expected a finite number"),
        (
            ONE | {"confidences": [1, math.inf]},
            ".confidences[1] is a number; expected a finite number",
        ),
    ],
)
def test_a_value_that_is_not_a_classification(value: Any, message: str) -> None:
    with pytest.raises(StreamError, match=f"^classification{re.escape(message)}$"):
        Classification(value)
    for body in (["spam", value], {"classifications": ["spam", value]}):
        with pytest.raises(StreamError, match=rf"^classifications\[1\]{re.escape(message)}$"):
            Classifications.from_dict(body)


def test_classifications_read_like_a_list() -> None:
    first, second = Classification("spam"), Classification("ham")
    answer = Classifications([first, second])
    assert list(answer) == list(answer) == [first, second]
    assert (len(answer), answer[0], answer[-1], answer[:1]) == (2, first, second, [first])
    assert Classification("ham") in answer
    assert answer["classifications"] is answer.classifications
    assert isinstance(answer, CohereObject)


def test_all_fields_are_read_or_kept() -> None:
    answer = Classifications.from_dict(PLATFORM | {"new": 1})
    assert [each.classification for each in answer] == PLATFORM["classifications"]
    assert (answer.id, answer.meta, answer.usage) == ("r", PLATFORM["meta"], None)
    assert answer.extra == {"new": 1}
    answer = Classifications.from_dict(["spam"])
    assert answer.id is answer.meta is answer.usage is answer.extra is None


@pytest.mark.parametrize(
    ("body", "is_multilabel"),
    [(["spam", 1], False), ([["spam"], []], True), ([ONE, "spam"], False), ([], False)],
)
def test_several_labels_or_one(body: list[Any], is_multilabel: bool) -> None:
    assert Classifications.from_dict(body).is_multilabel() is is_multilabel


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            ["spam", "ham", ["spam"]],
            "classifications[0] has one label, and classifications[2] may have several",
        ),
        (
            [SEVERAL, ONE],
            "classifications[0] may have several, and classifications[1] has one label",
        ),
    ],
)
def test_classifications_of_both_types(values: list[Any], message: str) -> None:
    expected = f"^{re.escape(message)}; expected all of the same type$"
    with pytest.raises(StreamError, match=expected):
        Classifications.from_dict(values)
    with pytest.raises(StreamError, match=expected):
        Classifications([Classification(value) for value in values])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "classifications is of type int; expected a list of Classification objects"),
        ("spam", "classifications is of type str; expected a list of Classification objects"),
        (["spam"], "classifications[0] is of type str; expected a Classification"),
        (
            [Classification("spam"), None],
            "classifications[1] is None; expected a Classification",
        ),
    ],
)
def test_arguments_of_another_type(value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        Classifications(value)


def test_the_documented_reprs() -> None:
    assert repr(Classification("spam")) == "cohere.Classification {\n\tclassification: spam\n}"
    assert repr(Classifications([])) == "cohere.Classifications {\n\tclassifications: []\n}"
    assert repr(Classifications([Classification(1)])) == (
        "cohere.Classifications {\n"
        "\tclassifications: [cohere.Classification {\n\t\tclassification: 1\n\t}]\n}"
    )


@pytest.mark.parametrize("body", BODIES)
def test_an_answer_is_a_value(body: Any) -> None:
    answer = Classifications.from_dict(body)
    for twin in (pickle.loads(pickle.dumps(answer)), copy.copy(answer), copy.deepcopy(answer)):
        assert twin == answer
        assert vars(twin) == vars(answer)
        assert hash(twin) == hash(answer)
    assert Classifications(answer.classifications, id="other") != answer
    with pytest.raises(AttributeError, match=r"Classifications\.id cannot be set"):
        answer.id = "other"  # type: ignore[misc]


def test_the_public_home() -> None:
    found = {Classification.__module__, Classifications.__module__}
    assert found == {"cohere_aws.classification"}


labels = texts | st.integers()
one_label = labels | st.fixed_dictionaries(
    {"prediction": labels},
    optional={"confidence": st.lists(st.floats(0, 1)), "text": texts, "new": st.integers()},
)
bodies = st.lists(one_label) | st.lists(st.lists(labels))
objects = st.fixed_dictionaries(
    {"classifications": bodies},
    optional={"id": names, "meta": extras, "usage": st.integers(), "extra": st.integers()},
)


@given(bodies | objects)
def test_any_answer_goes_to_a_dict_and_back(body: Any) -> None:
    answer = Classifications.from_dict(body)
    raw = body if isinstance(body, list) else body["classifications"]
    assert [each.classification for each in answer] == raw
    written = json.loads(json.dumps(answer.to_dict()))
    assert Classifications.from_dict(written) == answer
    assert written["dialect"] == "classify"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "the response is null; expected an object"),
        ("secret", "the response is a string; expected an object"),
        ({}, "the response has no 'classifications'; it has no keys"),
        ({"classifications": {}}, "classifications is an object; expected an array"),
        ({"classifications": [], "id": 5}, "id is a number; expected a string"),
        (
            {"classifications": [], "dialect": "embed"},
            'dialect is "embed"; expected "classify"',
        ),
        (
            {"classifications": ["spam"], "dialect": "classify"},
            "classifications[0] is a string; expected an object",
        ),
        (
            {"classifications": [{"classification": 1, "new": 2}], "dialect": "classify"},
            "classifications[0] has the keys 'new', which to_dict() does not write",
        ),
        (
            {"classifications": [{}], "dialect": "classify"},
            "classifications[0] has no 'classification'; it has no keys",
        ),
    ],
)
def test_a_malformed_body(body: Any, message: str) -> None:
    with pytest.raises(StreamError, match=f"^{re.escape(message)}$"):
        Classifications.from_dict(body)


@pytest.mark.parametrize("body", [{"message": "no such model"}, [{"error": "no such model"}]])
def test_an_error_in_place_of_an_answer(body: Any) -> None:
    with pytest.raises(ServiceError, match="no such model"):
        Classifications.from_dict(body)


def respond(body: Any, mode: Mode) -> dict[str, Any]:
    data = io.BytesIO(json.dumps(body).encode())
    headers = {"x-amzn-bedrock-input-token-count": "4"}
    return {
        "body" if mode is Mode.BEDROCK else "Body": data,
        "ResponseMetadata": {"HTTPHeaders": headers},
    }


@pytest.mark.parametrize("body", BODIES)
def test_a_response_of_boto3(body: Any) -> None:
    response = respond(body, Mode.SAGEMAKER)
    answer = Classifications.from_response(response, Mode.SAGEMAKER)
    assert answer == Classifications.from_dict(body)
    assert response["Body"].closed
    answer = Classifications.from_response(respond(body, Mode.BEDROCK), Mode.BEDROCK)
    assert answer.usage == Usage(4)


def test_a_response_whose_body_is_not_json() -> None:
    with pytest.raises(MalformedStreamError):
        Classifications.from_response({"Body": io.BytesIO(b"<html>")}, Mode.SAGEMAKER)
