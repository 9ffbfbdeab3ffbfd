"""Programs that call the documented client run after only their import was changed.

A server on loopback answers both clients. The programs are those of the notebooks of Cohere.
"""

from __future__ import annotations

import inspect
import json
import textwrap
import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bodies import answered, streamed_items
from chats import Reply, body_1, items_1
from cohere_aws import Client, Mode

if TYPE_CHECKING:
    from cohere_aws.testing import Recording

PACKAGE = "cohere.manually_maintained.cohere_aws"
SAGEMAKER, BEDROCK = Mode.SAGEMAKER, Mode.BEDROCK
CITED = Reply([" Paris", " is", " sunny."], citations=[(1, 6)])
EVENTS = [item for item, _ in items_1(CITED)]
VECTORS = [[0.5, 1.0], [1.5, -2.0]]
BY_TYPE = {"float": VECTORS, "int8": [[1, 2], [3, 4]]}
RANKED = {
    "id": "r",
    "results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}],
}
# The documented client sends these keys as null, which means the same as no key.
NOT_SENT = {"max_chunks_per_doc", "rank_fields"}

CONNECT = """
    from {package}.client import Client
    from {package}.mode import Mode

    co = Client("us-east-1", mode=Mode.{mode})
    if co.mode == Mode.SAGEMAKER:
        co.connect_to_endpoint("target")
    model = {{"model_id": "target"}} if co.mode == Mode.BEDROCK else {{}}
"""
CHAT = """
    res = co.chat("How is the weather in Paris?", preamble="Be short.", temperature=0.3, p=0.75,
                  k=3, chat_history=[{{"role": "USER", "message": "Hi"}}], max_tokens=9,
                  documents=[{{"title": "Paris", "snippet": "sunny"}}], **model)
    print(res.text, res.finish_reason, res.generation_id)
    for citation in res.citations:
        print(citation["start"], citation["end"], citation["document_ids"])
"""
STREAMED_CHAT = """
    for event in co.chat("Hello", stream=True, **model):
        if event.event_type == "text-generation":
            print(event.index, event.text)
        elif event.event_type == "citation-generation":
            print(event.citations)
        elif event.event_type == "stream-end":
            print(event.index, event.finish_reason, event.is_finished)
"""
EMBED = """
    found = co.embed(texts=["a", "b"], input_type="search_document", truncate="END", **model)
    print(len(found), [vector for vector in found], found.embeddings)
"""
EMBED_BY_TYPE = """
    found = co.embed(["a", "b"], input_type="search_query", embedding_types=["float", "int8"],
                     output_dimension=256, **model)
    print(isinstance(found, dict), list(found), found["int8"], found["float"])
"""
RERANK = """
    for result in co.rerank("a query", ["first", {{"text": "second", "id": 5}}], top_n={top_n}):
        print(result.index, result.relevance_score, result.document["text"], result)
"""
CLASSIFY = """
    found = co.classify(["a", "b"], "a-name")
    print(len(found), [each.prediction for each in found], found.is_multilabel())
"""
SUMMARIZE = """
    print(co.summarize("a text", length="short", format_="bullets", temperature=0.9).result)
    print(co.summarize("a text"))
"""

# Each with the services that it calls, the JSON that answers it, and what it prints.
PROGRAMS: dict[str, tuple[str, list[Mode], Any, str]] = {
    "a chat": (
        CHAT,
        [SAGEMAKER, BEDROCK],
        body_1(CITED),
        " Paris is sunny. COMPLETE generation 1\n1 6 ['document 1']\n",
    ),
    "a streamed chat": (STREAMED_CHAT, [SAGEMAKER, BEDROCK], EVENTS, ""),
    "vectors": (
        EMBED,
        [SAGEMAKER, BEDROCK],
        {"embeddings": VECTORS},
        "2 [[0.5, 1.0], [1.5, -2.0]] [[0.5, 1.0], [1.5, -2.0]]\n",
    ),
    "vectors by type": (
        EMBED_BY_TYPE,
        [SAGEMAKER, BEDROCK],
        {"embeddings": BY_TYPE},
        "True ['float', 'int8'] [[1, 2], [3, 4]] [[0.5, 1.0], [1.5, -2.0]]\n",
    ),
    "ranked documents": (
        RERANK,
        [SAGEMAKER],
        RANKED,
        (
            "1 0.9 second RerankResult<text: second, index: 1, relevance_score: 0.9>\n"
            "0 0.1 first RerankResult<text: first, index: 0, relevance_score: 0.1>\n"
        ),
    ),
    "labels": (CLASSIFY, [SAGEMAKER], ["spam", "not spam"], "2 ['spam', 'not spam'] False\n"),
    "a summary": (SUMMARIZE, [SAGEMAKER], {"summary": "Short."}, "Short.\nShort.\n"),
}
CASES = [(name, mode) for name, (_, modes, *_) in PROGRAMS.items() for mode in modes]
every_program = pytest.mark.parametrize(("name", "mode"), CASES)


def recording(name: str, mode: Mode) -> Recording:
    answer = PROGRAMS[name][2]
    return streamed_items(mode, answer) if answer is EVENTS else answered(mode, answer)


def run(name: str, package: str, mode: Mode) -> None:
    source = textwrap.dedent(CONNECT) + textwrap.dedent(PROGRAMS[name][0])
    exec(source.format(package=package, mode=mode.name, top_n=2), {})


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the documented client; these calls do not use its session of the SageMaker SDK."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip(f"{PACKAGE}.client", exc_type=ImportError)
    sdk = SimpleNamespace(Session=lambda **_: None)
    monkeypatch.setattr(module, "lazy_sagemaker", lambda: sdk)
    monkeypatch.setattr(module.Client, "_does_endpoint_exist", lambda *_: True)
    return module.Client


@every_program
def test_a_program(name: str, mode: Mode, served: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with served(mode, recording(name, mode)):
        run(name, "cohere_aws", mode)
    printed = capsys.readouterr().out
    expected = PROGRAMS[name][3]
    assert printed == expected if expected else printed.endswith(" COMPLETE True\n")


@every_program
@pytest.mark.usefixtures("documented")
def test_the_documented_client_sends_and_prints_the_same(
    name: str, mode: Mode, served: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    bodies, printed = [], []
    for package in ("cohere_aws", PACKAGE):
        with served(mode, recording(name, mode)) as server:
            run(name, package, mode)
        printed.append(capsys.readouterr().out)
        bodies.append([without_null(made.request) for made in server.calls])
    assert printed[0] == printed[1]
    assert bodies[0] == bodies[1] != []


def without_null(request: Any) -> Any:
    assert {key for key, value in request.items() if value is None} <= NOT_SENT
    return json.loads(json.dumps({k: v for k, v in request.items() if v is not None}))


@pytest.mark.parametrize("name", ["chat", "embed", "rerank", "classify", "summarize"])
def test_arguments_have_their_documented_positions_and_defaults(name: str, documented: Any) -> None:
    def described(method: Any) -> list[tuple[str, Any]]:
        found = inspect.signature(method).parameters.values()
        positional = [each for each in found if each.kind is each.POSITIONAL_OR_KEYWORD]
        return [(each.name, each.default) for each in positional[1:]]

    ours, theirs = described(getattr(Client, name)), described(getattr(documented, name))
    if name == "embed":  # the texts are optional here, because images can take their place
        assert (ours.pop(0), theirs.pop(0)[0]) == (("texts", None), "texts")
    assert ours == theirs
