"""``rerank``, ``classify`` and ``summarize`` of both clients."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from bodies import answered
from clients import both_modes
from cohere_aws import (
    Classifications,
    Client,
    CohereError,
    InvalidRequestError,
    Mode,
    Reranking,
    ServiceError,
    StreamError,
    Summary,
)
from maybe_async import CALL_ARGUMENTS, both_clients, call, maybe_await
from testing.samples import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RANKED = {"results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}]}
LABELS = ["spam", "not spam"]
SUMMARY = {"id": "r", "summary": "It is short."}
BODIES: dict[str, Any] = {"rerank": RANKED, "classify": LABELS, "summarize": SUMMARY}
SMALLEST: dict[str, tuple[Any, ...]] = {
    "rerank": ("a query", ["a", "b"]),
    "classify": (["a", "b"], "name"),
    "summarize": ("a text",),
}
every_method = pytest.mark.parametrize("name", BODIES)


def ask(kind: type, mode: Mode, name: str, *arguments: Any, **options: Any) -> Any:
    """Return the answer of one call of the method *name*."""

    async def do(client: Any) -> Any:
        method = getattr(client, name)
        return await maybe_await(method(*arguments, **{**CALL_ARGUMENTS[mode], **options}))

    return call(kind, mode, do)


@both_clients
@both_modes
def test_rerank(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, answered(mode, RANKED)) as server:
        found = ask(kind, mode, "rerank", "a query", ["a", {"text": "b", "id": 5}])
    assert isinstance(found, Reranking)
    assert [result.document for result in found] == [{"text": "b", "id": 5}, {"text": "a"}]
    assert [result.relevance_score for result in found] == [0.9, 0.1]
    if mode is Mode.BEDROCK:
        assert found.usage is not None
        assert found.usage.input_tokens == 41
    documents: list[Any] = [{"text": "a"}, {"text": "b", "id": 5}]
    sent = {"query": "a query", "documents": documents, "return_documents": False}
    if mode is Mode.BEDROCK:
        sent = {"query": "a query", "documents": ["a", documents[1]], "api_version": 2}
    assert server.calls[0].request == sent


class Column:
    """A column as pandas has it: iterable, with labels in place of positions."""

    def __iter__(self) -> Iterator[str]:
        return iter(["a", "b"])

    def __getitem__(self, label: int) -> str:
        return {0: "b", 1: "c"}[label]


@both_clients
@both_modes
@pytest.mark.parametrize("documents", [lambda: iter(["a", "b"]), Column])
def test_documents_of_any_iterable(
    kind: type, mode: Mode, documents: Callable[[], Any], served: Any
) -> None:
    with served(mode, answered(mode, RANKED)) as server:
        found = ask(kind, mode, "rerank", "a query", documents())
    assert [result.document for result in found] == [{"text": "b"}, {"text": "a"}]
    assert len(server.calls[0].request["documents"]) == 2


@both_clients
@both_modes
def test_all_parameters_of_rerank(kind: type, mode: Mode, served: Any) -> None:
    parameters = {
        "top_n": 2,
        "max_chunks_per_doc": 3,
        "rank_fields": ["text"],
        "api_version": 3,
        "max_tokens_per_doc": 9,
    }
    with served(mode, answered(mode, RANKED)) as server:
        ask(kind, mode, "rerank", "q", ["a", "b"], extra={"new": 1}, **parameters)
    expected = {"query": "q", "documents": ["a", "b"], **parameters, "new": 1}
    assert server.calls[0].request == expected


@both_clients
@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("cohere.rerank-v3-5:0", True),
        ("amazon.rerank-v1:0", False),
        ("arn:aws:bedrock:us-west-2::foundation-model/amazon.rerank-v1:0", False),
        ("arn:aws:bedrock:us-west-2::foundation-model/cohere.rerank-v3-5:0", True),
        ("not-amazon.rerank", True),
    ],
)
def test_models_of_amazon_get_no_version(kind: type, model: str, sent: bool, served: Any) -> None:
    with served(Mode.BEDROCK, answered(Mode.BEDROCK, RANKED)) as server:
        ask(kind, Mode.BEDROCK, "rerank", "q", ["a", "b"], model_id=model)
    expected = {"query": "q", "documents": ["a", "b"], **({"api_version": 2} if sent else {})}
    assert server.calls[0].request == expected


@both_clients
@both_modes
def test_classify(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, answered(mode, LABELS)) as server:
        found = ask(kind, mode, "classify", ["a", "b"], "name")
    assert isinstance(found, Classifications)
    assert [each.prediction for each in found] == LABELS
    assert server.calls[0].request == {"texts": ["a", "b"], "model_id": "name"}


@both_clients
@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a"], LABELS, "classifications has 2 items; the request has 1 text"),
        (["a", "b"], ["spam"], "classifications has 1 item; the request has 2 texts"),
        (["a"], [], "classifications has 0 items; the request has 1 text"),
    ],
)
def test_another_number_of_classifications_is_an_error(
    kind: type, texts: list[str], labels: list[str], message: str, served: Any
) -> None:
    with served(Mode.SAGEMAKER, answered(Mode.SAGEMAKER, labels)):
        with pytest.raises(StreamError, match=f"^{message}$") as caught:
            ask(kind, Mode.SAGEMAKER, "classify", texts, "name")
    assert isinstance(caught.value.answer, Classifications)
    assert [each.prediction for each in caught.value.answer] == labels


@both_clients
@both_modes
def test_summarize(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, answered(mode, SUMMARY)) as server:
        found = ask(kind, mode, "summarize", "a text")
        ask(kind, mode, "summarize", "b", "long", "bullets", "low", None, "Be short.")
    assert isinstance(found, Summary)
    assert (found.result, found.id) == ("It is short.", "r")
    default, other = (made.request for made in server.calls)
    assert default == {
        "text": "a text",
        "length": "auto",
        "format": "auto",
        "extractiveness": "auto",
        "temperature": 0.3,
        "additional_command": "",
    }
    assert other == {
        "text": "b",
        "length": "long",
        "format": "bullets",
        "extractiveness": "low",
        "additional_command": "Be short.",
    }


@both_clients
@every_method
def test_a_variant_and_further_arguments(kind: type, name: str, served: Any) -> None:
    mode = Mode.SAGEMAKER
    with served(mode, answered(mode, BODIES[name])) as server:
        options = {"variant": "v", "inference_component": "i", "aws": {"CustomAttributes": "c"}}
        ask(kind, mode, name, *SMALLEST[name], **options)
    expected = {"TargetVariant": "v", "InferenceComponentName": "i", "CustomAttributes": "c"}
    assert expected.items() <= dict(server.calls[0].members).items()


@both_clients
@both_modes
@pytest.mark.parametrize(
    "invalid",
    [
        (
            "rerank",
            (5, "abc"),
            {"top_n": 0},
            "3 problems:\n  query is 5; expected a string\n  documents is a str of 3 characters; ",
        ),
        ("rerank", ("q", 5), {}, "documents is 5; expected a list of strings, or of dicts"),
        ("rerank", ("q", {"text": "a"}), {}, "documents is a dict of 1 item; expected a list"),
        ("rerank", ("q", ["a", 5]), {}, "documents holds 5; expected a list of strings, or of"),
        ("rerank", ("q", ["a"]), {"api_version": 1}, "api_version is 1; expected an integer of 2"),
        ("classify", ("abc", None), {}, "2 problems:\n  name is missing\n  input is a str"),
        ("summarize", ("text",), {"format_": 5}, "format_ is 5; expected a string"),
        ("summarize", (None,), {"temperature": 6}, "2 problems:\n  text is missing\n  temperature"),
    ],
)
def test_invalid_requests_are_not_sent(
    kind: type, mode: Mode, invalid: tuple[str, Any, Any, str], served: Any
) -> None:
    name, arguments, options, expected = invalid
    with served(mode, answered(mode, BODIES[name])) as server:
        with pytest.raises(InvalidRequestError) as caught:
            ask(kind, mode, name, *arguments, **options)
    assert str(caught.value).startswith(expected)
    assert server.calls == []


@both_clients
@every_method
def test_the_documented_errors_for_a_missing_target(kind: type, name: str) -> None:
    async def do(client: Any) -> None:
        await maybe_await(getattr(client, name)(*SMALLEST[name]))

    with pytest.raises(CohereError, match=r"^No endpoint connected\. Run connect_to_endpoint\(\) "):
        call(kind, Mode.SAGEMAKER, do, endpoint_name=None)
    with pytest.raises(CohereError, match=r"^must supply model_id arg when calling bedrock$"):
        call(kind, Mode.BEDROCK, do)


@both_clients
@both_modes
@every_method
def test_a_refusal_is_an_error(kind: type, mode: Mode, name: str, served: Any) -> None:
    with served(mode, plain(mode, 400)):
        with pytest.raises(ServiceError, match="no"):
            ask(kind, mode, name, *SMALLEST[name])


@both_clients
@both_modes
@every_method
def test_an_ignored_name_is_a_warning_at_the_line_of_the_caller(
    kind: type, mode: Mode, name: str, served: Any
) -> None:
    ignored = {Mode.SAGEMAKER: "model_id", Mode.BEDROCK: "variant"}[mode]

    async def do(client: Any) -> None:
        method = getattr(client, name)
        with pytest.warns(UserWarning, match=f"^{ignored} is not used in {mode}$") as caught:
            found = method(*SMALLEST[name], **{**CALL_ARGUMENTS[mode], ignored: "x"})
        assert [warning.filename for warning in caught] == [__file__]
        await maybe_await(found)

    with served(mode, answered(mode, BODIES[name])):
        call(kind, mode, do)


@pytest.mark.parametrize(
    ("name", "documented"),
    [
        ("rerank", {"query": ..., "documents": ..., "top_n": None, "variant": None,
                    "max_chunks_per_doc": None, "rank_fields": None}),
        ("classify", {"input": ..., "name": ...}),
        ("summarize", {"text": ..., "length": "auto", "format_": "auto", "extractiveness": "auto",
                       "temperature": 0.3, "additional_command": "", "variant": None}),
    ],
)  # fmt: skip
def test_the_documented_signatures(name: str, documented: dict[str, Any]) -> None:
    parameters = list(inspect.signature(getattr(Client, name)).parameters.values())[1:]
    first, rest = parameters[: len(documented)], parameters[len(documented) :]
    found = {each.name: ... if each.default is each.empty else each.default for each in first}
    assert found == documented
    assert list(found) == list(documented)
    assert {each.kind for each in first} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    assert {each.kind for each in rest} == {inspect.Parameter.KEYWORD_ONLY}
    assert {each.default for each in rest} == {None}
