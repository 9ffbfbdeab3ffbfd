"""Programs for results of Embed, Rerank, classify and summarize run with both modules.

The results of the documented module are those of its own client, whose boto3 client is replaced.
Install the package cohere to run these tests; ``tox -e documented`` does so.
"""

from __future__ import annotations

import inspect
import io
import json
import textwrap
import warnings
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cohere_aws
from cohere_aws import Classifications, Embeddings, Reranking, StreamError, Summary

PACKAGE = "cohere.manually_maintained.cohere_aws"
DOCUMENTS = ["Ice cream is cold.", {"text": "Tea is hot.", "page": 2}, {"Title": "Rain"}]

LISTS = {"id": "r", "texts": ["a", "b"], "embeddings": [[0.5, 0.25], [1.0, -1.0]]}
BY_TYPE = {
    "id": "r",
    "texts": ["a", "b"],
    "embeddings": {"float": [[0.5, 0.25], [1.0, -1.0]], "int8": [[1, 2], [3, 4]]},
    "response_type": "embeddings_by_type",
}
RANKED = {"results": [{"index": 2, "relevance_score": 0.75}, {"index": 0, "relevance_score": 0.5}]}
LABELS = ["spam", "ham"]
SEVERAL_LABELS = [["spam", "urgent"], []]
SINCE_VERSION_2 = [{"prediction": "spam", "confidence": [0.75], "text": "Wire me $1000"}]
SUMMARY = {"summary": "Ice cream is cold."}

# Each program: how the answer is asked for, its body, the program, and what it prints.
PROGRAMS: dict[str, tuple[str, Any, str, str]] = {
    "print the vectors": (
        "embed",
        LISTS,
        "print(f'Embeddings: {response.embeddings}')",
        "Embeddings: [[0.5, 0.25], [1.0, -1.0]]",
    ),
    "iterate over vectors": (
        "embed",
        LISTS,
        """
        print(len(response))
        for vector in response:
            print(len(vector), vector[0], sum(vector))
        print([vector for vector in response] == response.embeddings, bool(response))
        """,
        "2\n2 0.5 0.75\n2 1.0 0.0\nTrue True",
    ),
    "index vectors with numpy": (
        "embed",
        LISTS,
        """
        import numpy as np

        vectors = np.array(response.embeddings)
        print(vectors.shape, vectors.dtype, (vectors @ vectors.T).tolist())
        """,
        "(2, 2) float64 [[0.3125, 0.25], [0.25, 2.0]]",
    ),
    "print an answer with a list": (
        "embed",
        {"embeddings": [[0.5]]},
        "print(response)",
        "cohere.Embeddings {\n\tembeddings: [[0.5]]\n}",
    ),
    "distinguish the two forms, given a list": (
        "embed",
        LISTS,
        "print(response['float'] if isinstance(response, dict) else response.embeddings)",
        "[[0.5, 0.25], [1.0, -1.0]]",
    ),
    "distinguish the two forms, given types": (
        "embed",
        BY_TYPE,
        "print(response['int8'] if isinstance(response, dict) else response.embeddings)",
        "[[1, 2], [3, 4]]",
    ),
    "distinguish the two forms by the class": (
        "embed",
        BY_TYPE,
        """
        from {package}.embeddings import Embeddings

        print(response.embeddings if isinstance(response, Embeddings) else response['int8'])
        """,
        "[[1, 2], [3, 4]]",
    ),
    "read vectors by type": (
        "embed",
        BY_TYPE,
        """
        print(response["float"][0], response.get("uint8"), "int8" in response, "id" in response)
        print(len(response), list(response), list(response.keys()), sorted(response))
        for type_, vectors in response.items():
            print(type_, len(vectors), vectors[-1])
        print(list(response.values()) == [response["float"], response["int8"]])
        try:
            response["uint8"]
        except KeyError as error:
            print(error)
        """,
        (
            "[0.5, 0.25] None True False\n"
            "2 ['float', 'int8'] ['float', 'int8'] ['float', 'int8']\n"
            "float 2 [1.0, -1.0]\nint8 2 [3, 4]\nTrue\n'uint8'"
        ),
    ),
    "write vectors by type": (
        "embed",
        BY_TYPE,
        """
        import copy, json, pickle

        print(json.dumps(response, sort_keys=True))
        print(response)
        print(pickle.loads(pickle.dumps(response)) == response == copy.deepcopy(response))
        print(response == json.loads(json.dumps(response)), response != {}, bool(response))
        """,
        (
            '{"float": [[0.5, 0.25], [1.0, -1.0]], "int8": [[1, 2], [3, 4]]}\n'
            "{'float': [[0.5, 0.25], [1.0, -1.0]], 'int8': [[1, 2], [3, 4]]}\n"
            "True\nTrue True True"
        ),
    ),
    "join vectors by type": (
        "embed",
        BY_TYPE,
        """
        joined = {}
        for answer in (response, response):
            for type_, vectors in answer.items():
                joined.setdefault(type_, []).extend(vectors)
        print({type_: len(vectors) for type_, vectors in joined.items()})
        print({**response, "int8": []}, response | {"float": 0})
        response.update(float=[])
        del response["int8"]
        print(response.pop("float"), response)
        """,
        (
            "{'float': 4, 'int8': 4}\n"
            "{'float': [[0.5, 0.25], [1.0, -1.0]], 'int8': []} {'float': 0, 'int8': [[1, 2], [3, 4]]}\n"
            "[] {}"
        ),
    ),
    "print a ranking": (
        "rerank",
        RANKED,
        "print(f'Documents: {response}')",
        (
            "Documents: [RerankResult<document: {'Title': 'Rain'}, index: 2, relevance_score: 0.75>, "
            "RerankResult<text: Ice cream is cold., index: 0, relevance_score: 0.5>]"
        ),
    ),
    "iterate over a ranking": (
        "rerank",
        RANKED,
        """
        for hit in response:
            print(hit.index, hit.relevance_score, hit.document.get("text"))
        print(response[0].index, response[-1].document["text"], len(response.results))
        print([hit.index for hit in response[:1]], repr(response) == str(response.results))
        """,
        "2 0.75 None\n0 0.5 Ice cream is cold.\n2 Ice cream is cold. 2\n[2] True",
    ),
    "print labels": (
        "classify",
        LABELS,
        r"print(str(response).replace('\t', ''))",  # a result in another one is indented further
        (
            "cohere.Classifications {\nclassifications: [cohere.Classification {\nclassification: spam\n}, "
            "cohere.Classification {\nclassification: ham\n}]\n}"
        ),
    ),
    "read labels": (
        "classify",
        LABELS,
        """
        print(len(response), response.is_multilabel())
        for found in response:
            print(found.prediction, found.is_multilabel(), found.classification)
            try:
                found.confidence
            except ValueError as error:
                print(error)
        try:
            response.classifications[0].text
        except ValueError as error:
            print(error)
        """,
        "2 False\nspam False spam\nConfidence scores are {0}\nham False ham\nConfidence scores are {0}\n"
        "Original text is {0}".replace(
            "{0}",
            "not available for version prior to 2.0 of Cohere Classification Finetuning AWS package",
        ),
    ),
    "read several labels": (
        "classify",
        SEVERAL_LABELS,
        "print(response.is_multilabel(), [found.prediction for found in response])",
        "True [['spam', 'urgent'], []]",
    ),
    "read labels with confidence": (
        "classify",
        SINCE_VERSION_2,
        """
        for found in response:
            print(found.prediction, found.confidence, found.text, found.classification)
        """,
        (
            "spam [0.75] Wire me $1000 "
            "{'prediction': 'spam', 'confidence': [0.75], 'text': 'Wire me $1000'}"
        ),
    ),
    "classify nothing": (
        "classify",
        [],
        "print(len(response), response.is_multilabel(), list(response))",
        "0 False []",
    ),
    "print a summary": ("summarize", SUMMARY, "print(response)", "Ice cream is cold."),
    "read a summary": (
        "summarize",
        SUMMARY,
        "print(response.result, repr(response))",
        "Ice cream is cold. cohere.Summary {\n\tresult: Ice cream is cold.\n}",
    ),
    "create the results": (
        "embed",
        LISTS,
        """
        from {package}.classification import Classification, Classifications
        from {package}.embeddings import Embedding, Embeddings
        from {package}.rerank import RerankDocument, Reranking, RerankResult
        from {package}.summary import Summary

        print(Embedding([0.5]), list(Embedding([0.5])), len(Embedding([0.5, 1])))
        print([list(vector) for vector in Embeddings([Embedding([0.5])])], len(Embeddings([])))
        print(RerankDocument("a"), RerankDocument(text="a").text)
        print(RerankResult({"text": "a"}, 0, 0.5), RerankResult(index=1), RerankResult())
        print(Reranking({"results": [{"index": 0, "relevance_score": 0.5, "document": {}}]}))
        print(Reranking(response={"results": []}), len(list(Reranking({"results": []}))))
        print(Classification(["a"]).prediction, len(Classifications([Classification(1)])))
        print(Summary({"summary": "a"}), Summary(response={"summary": "a"}).result)
        """,
        (
            "cohere.Embedding {\n\tembedding: [0.5]\n} [0.5] 2\n[[0.5]] 0\nDocument(text='a') a\n"
            "RerankResult<text: a, index: 0, relevance_score: 0.5> "
            "RerankResult<index: 1, relevance_score: None> "
            "RerankResult<index: None, relevance_score: None>\n"
            "[RerankResult<document: {}, index: 0, relevance_score: 0.5>]\n[] 0\n['a'] 1\na a"
        ),
    ),
}

READERS: dict[str, Any] = {
    "embed": Embeddings.from_dict,
    "rerank": lambda body: Reranking.from_dict(body, documents=DOCUMENTS),
    "classify": Classifications.from_dict,
    "summarize": Summary.from_dict,
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "embed": {"texts": ["a", "b"]},
    "rerank": {"query": "q", "documents": DOCUMENTS},
    "classify": {"input": ["a"], "name": "model1"},
    "summarize": {"text": "a"},
}


class Endpoint:
    """The boto3 client of an endpoint that always has the same answer."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def invoke_endpoint(self, **_: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO(json.dumps(self._body).encode())}


@pytest.fixture(scope="module")
def ask() -> Any:
    """Return a function that gives the result of the documented client for a body."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip(f"{PACKAGE}.client", exc_type=ImportError)

    def asked(method: str, body: Any) -> Any:
        client = object.__new__(module.Client)  # without a session of sagemaker
        client.mode, client._endpoint_name = module.Mode.SAGEMAKER, "endpoint"
        client._client = Endpoint(body)
        return getattr(client, method)(**ARGUMENTS[method])

    return asked


def run(name: str, package: str, response: Any) -> None:
    program = textwrap.dedent(PROGRAMS[name][2]).replace("{package}", package)
    exec(program, {"response": response})


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    method, body, _, printed = PROGRAMS[name]
    run(name, "cohere_aws", READERS[method](json.loads(json.dumps(body))))
    assert capsys.readouterr().out == printed + "\n"


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_documented_module_prints_the_same(
    name: str, ask: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    method, body, _, printed = PROGRAMS[name]
    run(name, PACKAGE, ask(method, body))
    assert capsys.readouterr().out == printed + "\n"


NAMES = {
    "Embedding": "embedding",
    "Embeddings": "embeddings",
    "RerankDocument": "text",
    "RerankResult": "document index relevance_score",
    "Reranking": "response",
    "Classification": "classification",
    "Classifications": "classifications",
    "Summary": "response",
}


@pytest.mark.parametrize("name", NAMES)
def test_documented_arguments_have_their_positions(name: str) -> None:
    parameters = list(inspect.signature(getattr(cohere_aws, name)).parameters.values())
    documented = NAMES[name].split()
    first, rest = parameters[: len(documented)], parameters[len(documented) :]
    assert [parameter.name for parameter in first] == documented
    assert {parameter.kind for parameter in first} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    # New arguments are optional and keyword-only.
    assert {parameter.kind for parameter in rest} <= {inspect.Parameter.KEYWORD_ONLY}
    assert inspect.Parameter.empty not in {parameter.default for parameter in rest}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("ask")
def test_the_documented_defaults_and_members(name: str) -> None:
    module = getattr(cohere_aws, name).__module__.removeprefix("cohere_aws.")
    documented = getattr(import_module(f"{PACKAGE}.{module}"), name)
    ours = inspect.signature(getattr(cohere_aws, name)).parameters
    for parameter in inspect.signature(documented).parameters.values():
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            assert ours[parameter.name].default == parameter.default
    public = {member for member in dir(documented) if not member.startswith("_")}
    assert public <= set(dir(getattr(cohere_aws, name)))


numbers = st.floats(allow_nan=False, allow_infinity=False)
vectors = st.integers(0, 3).flatmap(
    lambda size: st.lists(st.lists(numbers, min_size=size, max_size=size), max_size=3)
)


@given(vectors)
def test_any_vectors_are_the_same(ask: Any, drawn: list[list[float]]) -> None:
    theirs = ask("embed", {"embeddings": drawn})
    ours = Embeddings.from_dict({"embeddings": drawn})
    assert ours.embeddings == theirs.embeddings
    assert (list(ours), len(ours)) == (list(theirs), len(theirs))
    assert repr(ours) == repr(theirs)
    theirs = ask("embed", {"embeddings": {"float": drawn}})
    ours = Embeddings.from_dict({"embeddings": {"float": drawn}})
    assert ours == theirs
    assert repr(ours) == repr(theirs)


results = st.fixed_dictionaries(
    {"index": st.integers(0, len(DOCUMENTS) - 1), "relevance_score": st.floats(0, 1)}
)


@given(st.lists(results, unique_by=lambda result: result["index"]))
def test_any_ranking_is_the_same(ask: Any, drawn: list[dict[str, Any]]) -> None:
    theirs = ask("rerank", {"results": drawn})
    ours = Reranking({"results": drawn}, documents=DOCUMENTS)
    assert repr(ours) == repr(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert vars(mine) == vars(other) | {"extra": None}


labels = st.text() | st.integers()
objects = st.fixed_dictionaries(
    {"prediction": labels, "confidence": st.lists(st.floats(0, 1)), "text": st.text()}
)


@given(
    st.lists(labels | objects) | st.lists(st.lists(labels)) | st.lists(labels | st.lists(labels))
)
def test_any_classifications_are_the_same(ask: Any, drawn: list[Any]) -> None:
    try:
        theirs = ask("classify", drawn)
    except AssertionError:
        with pytest.raises(StreamError, match="expected all of the same type"):
            Classifications.from_dict(drawn)
        return
    ours = Classifications.from_dict(drawn)
    assert ours.is_multilabel() == theirs.is_multilabel()
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.classification == other.classification
        assert mine.prediction == other.prediction
        assert mine.is_multilabel() == other.is_multilabel()
        for name in ("confidence", "text"):
            assert outcome(mine, name) == outcome(other, name)


def outcome(found: Any, name: str) -> Any:
    try:
        return getattr(found, name)
    except ValueError as error:
        return str(error)


@given(st.text(min_size=1))
def test_any_summary_is_the_same(ask: Any, text: str) -> None:
    ours, theirs = Summary({"summary": text}), ask("summarize", {"summary": text})
    assert (str(ours), repr(ours), ours.result) == (str(theirs), repr(theirs), theirs.result)
