"""Embeddings: a list, or a dict by type, as the documented client returns them."""

from __future__ import annotations

import copy
import io
import json
import pickle
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import CohereObject, MalformedStreamError, Mode, ServiceError, StreamError, Usage
from cohere_aws._vectors import TYPES
from cohere_aws.embeddings import Embedding, Embeddings, EmbeddingsByType
from strategies import extras, names, texts, usages

# The four forms of a body.
BEDROCK_V3 = {
    "embeddings": [[-0.042236328, -0.03250122], [0.5, 0.25]],
    "id": "r",
    "response_type": "embeddings_floats",
    "texts": ["hello, world!", "two"],
}
BEDROCK_V4 = {
    "embeddings": {"float": [[-0.099121094, 0.25]]},
    "id": "r",
    "response_type": "embeddings_by_type",
    "texts": ["Hello"],
}
SAGEMAKER = {
    "id": "r",
    "texts": ["hello"],
    "embeddings": [[0.06008911]],
    "meta": {"api_version": {"version": "1"}},
}
PLATFORM = {
    "id": "r",
    "embeddings": {
        "int8": [[-3, 4], [127, -128]],
        "float": [[0.5, 0.25], [1.0, -1.0]],
        "base64": ["AAAAPwAAgD4=", "AACAPwAAgL8="],
        "uint8": [[0, 255], [1, 2]],
        "binary": [[-128], [1]],
        "ubinary": [[255], [1]],
    },
    "texts": ["a", "b"],
    "images": [{"width": 400, "height": 300, "format": "jpeg", "bit_depth": 24}],
    "response_type": "embeddings_by_type",
    "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 4, "images": 1}},
}
ALONE = {"embeddings": [[0.5]]}  # of multilingual v2
BODIES = [BEDROCK_V3, BEDROCK_V4, SAGEMAKER, PLATFORM, ALONE]


def test_a_list_of_vectors() -> None:
    answer = Embeddings.from_dict(BEDROCK_V3)
    assert isinstance(answer, Embeddings)
    assert answer.embeddings is BEDROCK_V3["embeddings"]
    assert (answer.id, answer.texts) == ("r", ["hello, world!", "two"])
    assert answer.response_type == "embeddings_floats"
    assert answer.meta is answer.usage is answer.extra is None
    assert isinstance(answer, CohereObject)


def test_it_reads_like_the_list() -> None:
    answer = Embeddings.from_dict(BEDROCK_V3)
    first, second = BEDROCK_V3["embeddings"]
    assert list(answer) == list(answer) == [first, second]
    assert (len(answer), answer[0], answer[-1], answer[:1]) == (2, first, second, [first])
    assert second in answer
    assert answer["texts"] is answer.texts
    assert list(answer.keys()) == ["embeddings", "id", "texts", "response_type"]


def test_vectors_by_type() -> None:
    answer = Embeddings.from_dict(PLATFORM)
    assert isinstance(answer, EmbeddingsByType)
    assert answer["float"] == [[0.5, 0.25], [1.0, -1.0]]
    assert answer["int8"] is PLATFORM["embeddings"]["int8"]  # type: ignore[index]
    assert (answer.id, answer.texts, answer.usage) == ("r", ["a", "b"], Usage(4))
    assert answer.response_type == "embeddings_by_type"
    assert answer.meta == PLATFORM["meta"]
    assert answer.extra == {"images": PLATFORM["images"]}


def test_it_reads_like_the_dict() -> None:
    answer = Embeddings.from_dict(PLATFORM)
    expected: dict[str, Any] = PLATFORM["embeddings"]  # type: ignore[assignment]
    assert isinstance(answer, dict)
    assert answer == expected
    assert expected == answer
    assert not answer != expected  # noqa: SIM202  # the operator is what is tested
    assert list(answer) == list(answer.keys()) == list(expected)
    assert list(answer.items()) == list(expected.items())
    assert len(answer) == 6
    assert "float" in answer
    assert "id" not in answer
    assert answer.get("float16") is None
    assert repr(answer) == repr(expected)
    assert json.loads(json.dumps(answer)) == expected
    assert {**answer} == dict(answer) == answer | {} == expected
    answer["float"].append([0.0, 0.0])  # as code does that joins several answers
    expected["float"].pop()
    with pytest.raises(KeyError):
        answer["float16"]
    with pytest.raises(TypeError, match="unhashable"):
        hash(answer)


@pytest.mark.parametrize(
    ("by_type", "vectors"),
    [
        (PLATFORM["embeddings"], [[0.5, 0.25], [1.0, -1.0]]),
        ({"float": None, "base64": ["AAAAPwAAgD4="], "int8": [[1, 2]]}, [[0.5, 0.25]]),
        ({"ubinary": [[1]], "binary": [[2]], "uint8": [[3]], "int8": [[4]]}, [[4]]),
        ({"ubinary": [[1]], "binary": [[2]], "uint8": [[3]]}, [[3]]),
        ({"ubinary": [[1]], "binary": [[2]]}, [[2]]),
        ({"int16": [[9]], "ubinary": [[1]]}, [[1]]),
        ({"int16": [[9]]}, [[9]]),
        ({"float": []}, []),
        ({"float": None}, []),
        ({}, []),
    ],
)
def test_the_most_precise_vectors(by_type: Any, vectors: list[list[float]]) -> None:
    answer = Embeddings.from_dict({"embeddings": by_type})
    assert answer == by_type
    assert answer.embeddings == vectors
    assert np.array_equal(np.asarray(answer), np.asarray(vectors))


@pytest.mark.parametrize("body", BODIES)
def test_numpy_makes_an_array(body: dict[str, Any]) -> None:
    answer = Embeddings.from_dict(body)
    array = np.asarray(answer)
    assert array.dtype == "float64"
    assert array.tolist() == answer.embeddings
    assert np.array_equal(np.asarray(answer, "float32"), np.asarray(answer.embeddings, "float32"))
    assert np.array(answer).tolist() == answer.embeddings
    assert array @ array.T == pytest.approx(np.inner(array, array))


def test_arrays_of_the_types() -> None:
    for type_, dtype in {
        "int8": "int8",
        "uint8": "uint8",
        "binary": "int8",
        "ubinary": "uint8",
    }.items():
        vectors = PLATFORM["embeddings"][type_]  # type: ignore[index]
        array = np.asarray(EmbeddingsByType({type_: vectors}))
        assert (array.dtype, array.tolist()) == (dtype, vectors)
    answer = EmbeddingsByType({"base64": ["AAAAPwAAgD4="]})
    assert (np.asarray(answer).dtype, np.asarray(answer).tolist()) == ("float32", [[0.5, 0.25]])


def test_one_vector() -> None:
    vector = Embedding([0.5, 0.25])
    assert (vector.embedding, list(vector), len(vector)) == ([0.5, 0.25], [0.5, 0.25], 2)
    assert (vector[1], vector[:1], vector["embedding"]) == (0.25, [0.5], [0.5, 0.25])
    assert 0.25 in vector
    assert vector.to_dict() == {"embedding": [0.5, 0.25]}
    assert (np.asarray(vector).dtype, np.asarray(vector).tolist()) == ("float64", [0.5, 0.25])
    assert np.asarray(vector, "float32").dtype == "float32"


def test_vectors_that_are_objects() -> None:
    answer = Embeddings([Embedding([0.5]), Embedding([0.25])])
    assert [list(vector) for vector in answer] == [[0.5], [0.25]]
    assert np.asarray(answer).tolist() == np.asarray(list(answer)).tolist() == [[0.5], [0.25]]
    assert answer.to_dict() == {"embeddings": [[0.5], [0.25]], "dialect": "embed"}


@pytest.mark.parametrize(
    "vectors", [[Embedding([0.5]), Embedding([0.25])], [Embedding([0.5]), [0.25]], [(0.5,), [0.25]]]
)
def test_vectors_are_equal_by_their_numbers(vectors: Any) -> None:
    answer = Embeddings(vectors, id="r")
    read = Embeddings.from_dict(json.loads(json.dumps(answer.to_dict())))
    assert read == answer == Embeddings([[0.5], [0.25]], id="r")
    assert hash(read) == hash(answer)
    assert answer != Embeddings([[0.5], [0.5]], id="r")
    for twin in (pickle.loads(pickle.dumps(answer)), copy.copy(answer), copy.deepcopy(answer)):
        assert twin == answer
        assert [type(each) for each in twin] == [type(each) for each in vectors]


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (Embedding, 5, "embedding is of type int; expected a list of numbers"),
        (Embedding, "0.5", "embedding is of type str; expected a list of numbers"),
        (Embeddings, 5, "embeddings is of type int; expected a list of vectors"),
        (Embeddings, {"float": []}, "embeddings is of type dict; expected a list of vectors"),
        (Embeddings, iter([]), "embeddings is of type list_iterator; expected a list of vectors"),
        (
            Embeddings,
            [[0.5], 0.5],
            "embeddings[1] is of type float; expected a list of numbers or an Embedding",
        ),
        (
            Embeddings,
            [None],
            "embeddings[0] is None; expected a list of numbers or an Embedding",
        ),
    ],
)
def test_arguments_of_another_type(kind: Any, value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        kind(value)


def test_vectors_in_an_array_of_numpy() -> None:
    assert Embeddings(np.asarray([[0.5, 0.25]])) == Embeddings([[0.5, 0.25]])  # type: ignore[arg-type]


def test_the_documented_reprs() -> None:
    assert repr(Embedding([0.5])) == "cohere.Embedding {\n\tembedding: [0.5]\n}"
    assert repr(Embeddings([[0.5]])) == "cohere.Embeddings {\n\tembeddings: [[0.5]]\n}"
    assert repr(EmbeddingsByType({"int8": [[1]]}, id="r")) == "{'int8': [[1]]}"
    assert "\tid: r\n" in repr(Embeddings.from_dict(SAGEMAKER))


@pytest.mark.parametrize("body", BODIES)
def test_an_answer_is_a_value(body: dict[str, Any]) -> None:
    answer = Embeddings.from_dict(body)
    for twin in (pickle.loads(pickle.dumps(answer)), copy.copy(answer), copy.deepcopy(answer)):
        assert twin == answer
        assert not twin != answer  # noqa: SIM202  # the operator is what is tested
        assert type(twin) is type(answer)
        assert vars(twin) == vars(answer)
    other = Embeddings.from_dict(body | {"id": "other"})
    assert other != answer
    assert not other == answer  # noqa: SIM201  # likewise


def test_lists_are_values() -> None:
    answer = Embeddings([[0.5]], id="r")
    assert hash(answer) == hash(Embeddings([[0.5]], id="r"))
    assert answer != Embeddings([[0.25]], id="r")
    assert answer != [[0.5]]
    assert Embedding([0.5]) == Embedding([0.5]) != Embedding([0.25])
    with pytest.raises(AttributeError, match=r"Embeddings\.id cannot be set: a result is frozen"):
        answer.id = "other"  # type: ignore[misc]


def test_the_public_home() -> None:
    classes = (Embedding, Embeddings, EmbeddingsByType)
    assert {found.__module__ for found in classes} == {"cohere_aws.embeddings"}


@pytest.mark.parametrize("body", BODIES)
def test_an_answer_goes_to_a_dict_and_back(body: dict[str, Any]) -> None:
    answer = Embeddings.from_dict(body)
    written = json.loads(json.dumps(answer.to_dict()))
    assert Embeddings.from_dict(written) == answer
    assert type(Embeddings.from_dict(written)) is type(answer)
    assert written["dialect"] == "embed"
    assert written["embeddings"] == body["embeddings"]


floats = st.floats(allow_nan=False, allow_infinity=False)


def vectors_of(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[list[list[Any]]]:
    return st.integers(0, 3).flatmap(
        lambda size: st.lists(
            st.lists(numbers, min_size=size, max_size=size), min_size=2, max_size=2
        )
    )


signed, unsigned = vectors_of(st.integers(-128, 127)), vectors_of(st.integers(0, 255))
by_types = st.fixed_dictionaries(
    {},
    optional={
        "float": vectors_of(floats),
        "int8": signed,
        "uint8": unsigned,
        "binary": signed,
        "ubinary": unsigned,
        "base64": st.none(),
    },
)
attributes = {
    "id": st.none() | names,
    "texts": st.none() | st.lists(texts, max_size=2),
    "response_type": st.none() | names,
    "meta": extras,
    "usage": st.none() | usages.filter(lambda usage: bool(usage.to_dict())),
    "extra": extras,
}


@given(
    st.builds(Embeddings, vectors_of(floats), **attributes)
    | st.builds(EmbeddingsByType, by_types, **attributes)
)
def test_any_answer_goes_to_a_dict_and_back(answer: Embeddings | EmbeddingsByType) -> None:
    written = json.loads(json.dumps(answer.to_dict()))
    read = Embeddings.from_dict(written)
    assert read == answer
    assert vars(read) == vars(answer)
    assert None not in written.values()


@given(vectors_of(floats) | by_types, extras)
def test_no_field_of_a_body_is_lost(vectors: Any, extra: dict[str, Any] | None) -> None:
    unknown = {key: value for key, value in (extra or {}).items() if key != "meta"}
    answer = Embeddings.from_dict({"embeddings": vectors, "id": "r", **unknown})
    assert (answer.extra or {}) == unknown


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "the response is null; expected an object"),
        ([[0.5]], "the response is an array; expected an object"),
        ({}, "the response has no 'embeddings'; it has no keys"),
        ({"results": []}, "the response has no 'embeddings'; it has 'results'"),
        (
            {"embeddings": "secret"},
            "embeddings is a string; expected an array of vectors, or an object with one for each type",
        ),
        ({"embeddings": [0.5]}, "embeddings[0] is a number; expected an array of numbers"),
        ({"embeddings": [["x"]]}, "embeddings[0][0] is a string; expected a finite number"),
        (
            {"embeddings": [[0.5], [0.5, 0.25]]},
            "embeddings[1] has 2 numbers; expected 1, as embeddings[0]",
        ),
        (
            {"embeddings": {"int8": [[0.5]]}},
            "embeddings.int8[0][0] is a number; expected an integer of -128 to 127",
        ),
        (
            {"embeddings": {"float": 5}},
            "embeddings.float is a number; expected an array of vectors",
        ),
        (
            {"embeddings": {"x" * 99: 5}},
            f"embeddings.{'x' * 40} is a number; expected an array of vectors",
        ),
        (
            {"embeddings": {"base64": None, "float": [[0.5]], "int8": []}},
            "embeddings.int8 has 0 vectors; expected 1, as the types before it",
        ),
        (ALONE | {"texts": "secret"}, "texts is a string; expected an array"),
        (ALONE | {"texts": ["a", 5]}, "texts[1] is a number; expected a string"),
        (ALONE | {"response_type": 5}, "response_type is a number; expected a string"),
        (ALONE | {"id": 5}, "id is a number; expected a string"),
        (ALONE | {"meta": 5}, "meta is a number; expected an object"),
        (ALONE | {"dialect": "rerank"}, 'dialect is "rerank"; expected "embed"'),
    ],
)
def test_a_malformed_body(body: Any, message: str) -> None:
    with pytest.raises(StreamError, match=f"^{re.escape(message)}$"):
        Embeddings.from_dict(body)


@given(
    st.recursive(
        st.none() | st.booleans() | floats | st.text(max_size=3),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from([*PLATFORM, "float"]), inner)
        ),
    )
)
def test_any_json_is_an_answer_or_a_named_error(body: Any) -> None:
    for each in (body, {"embeddings": body}, {"embeddings": {"float": body, "int8": body}}):
        try:
            answer = Embeddings.from_dict(each)
        except (StreamError, ServiceError):
            continue
        # The vectors of other types may be anything, and then numpy has an error.
        if isinstance(answer, Embeddings) or any(answer.get(type_) for type_ in TYPES):
            assert len(np.asarray(answer)) == len(answer.embeddings)


def test_an_error_in_place_of_an_answer() -> None:
    with pytest.raises(ServiceError, match="too many texts") as caught:
        Embeddings.from_dict({"message": "too many texts", "code": 429})
    assert caught.value.retryable


def respond(body: dict[str, Any], mode: Mode) -> dict[str, Any]:
    headers = {"x-amzn-bedrock-input-token-count": "4", "x-amzn-bedrock-invocation-latency": "79"}
    data = io.BytesIO(json.dumps(body).encode())
    return {
        "body" if mode is Mode.BEDROCK else "Body": data,
        "ResponseMetadata": {"HTTPHeaders": headers},
    }


@pytest.mark.parametrize("body", BODIES)
def test_a_response_of_boto3(body: dict[str, Any]) -> None:
    response = respond(body, Mode.BEDROCK)
    answer = Embeddings.from_response(response, Mode.BEDROCK)
    assert answer.embeddings == Embeddings.from_dict(body).embeddings
    assert answer.usage == Usage(4, None, 79)
    assert response["body"].closed
    answer = Embeddings.from_response(respond(body, Mode.SAGEMAKER), Mode.SAGEMAKER)
    assert answer == Embeddings.from_dict(body)


def test_a_response_whose_body_is_not_json() -> None:
    with pytest.raises(MalformedStreamError):
        Embeddings.from_response({"body": io.BytesIO(b"<html>")}, Mode.BEDROCK)


@pytest.mark.parametrize("answer", [Embeddings([[1.0, 2.0]]), EmbeddingsByType({"int8": [[1, 2]]})])
def test_a_view_of_vectors(answer: Any) -> None:
    assert ">1, 2 (2 numbers)</td>" in answer.to_html()


@pytest.mark.parametrize("body", [BEDROCK_V3, BEDROCK_V4])
def test_the_response_does_not_count_for_equality(body: dict[str, Any]) -> None:
    metadata = {"RequestId": "r-1"}
    response = {"body": io.BytesIO(json.dumps(body).encode()), "ResponseMetadata": metadata}
    found = Embeddings.from_response(response, Mode.BEDROCK)
    assert found == Embeddings.from_dict(body)
    for twin in (found, copy.copy(found), pickle.loads(pickle.dumps(found))):
        assert twin.request_id == "r-1"
