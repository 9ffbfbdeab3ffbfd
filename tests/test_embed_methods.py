"""``embed`` and ``embed_many`` of both clients."""

from __future__ import annotations

import inspect
import pickle
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from bodies import answered
from clients import both_modes
from cohere_aws import (
    AsyncClient,
    Client,
    CohereError,
    Embeddings,
    EmbeddingsByType,
    InvalidRequestError,
    Mode,
    ServiceError,
    StreamError,
)
from maybe_async import CALL_ARGUMENTS, both_clients, call, close, maybe_await, results_of
from testing.samples import plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

VECTORS = [[0.5, 1.0], [1.5, -2.0]]
LISTED = {"id": "r", "embeddings": VECTORS, "texts": ["a", "b"]}
BY_TYPE = {"id": "r", "embeddings": {"float": VECTORS, "int8": [[1, 2], [3, 4]]}}


def listed(size: int) -> dict[str, Any]:
    """Return a body with *size* vectors."""
    return {"embeddings": [[0.5, i] for i in range(size)]}


# The other arguments of embed(), with values.
PARAMETERS: dict[str, Any] = {
    "truncate": "END",
    "input_type": "search_query",
    "output_dimension": 256,
    "embedding_types": ["float", "int8"],
    "max_tokens": 9,
}


def embed(kind: type, mode: Mode, *arguments: Any, **options: Any) -> Any:
    """Return the answer of one call."""

    async def do(client: Any) -> Any:
        return await maybe_await(client.embed(*arguments, **{**CALL_ARGUMENTS[mode], **options}))

    return call(kind, mode, do)


async def take(many: Any) -> Any:
    """Return the next answer."""
    return await anext(many) if hasattr(many, "__anext__") else next(many)


@both_clients
@both_modes
def test_vectors_in_a_list(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, answered(mode, LISTED)) as server:
        found = embed(kind, mode, ["a", "b"], input_type="clustering")
    assert isinstance(found, Embeddings)
    assert (found.embeddings, found.texts, found.id) == (VECTORS, ["a", "b"], "r")
    if mode is Mode.BEDROCK:
        assert found.usage is not None
        assert found.usage.input_tokens == 41
    (made,) = server.calls
    assert made.operation in {"InvokeModel", "InvokeEndpoint"}
    assert made.request == {"texts": ["a", "b"], "input_type": "clustering"}


@both_clients
@both_modes
def test_vectors_by_type_and_all_parameters(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, answered(mode, BY_TYPE)) as server:
        found = embed(kind, mode, ["a", "b"], extra={"new": 1}, **PARAMETERS)
    assert isinstance(found, EmbeddingsByType)
    assert found == BY_TYPE["embeddings"]
    assert server.calls[0].request == {"texts": ["a", "b"], **PARAMETERS, "new": 1}


@both_clients
@both_modes
@pytest.mark.parametrize("name", ["images", "inputs"])
def test_images_and_inputs(kind: type, mode: Mode, name: str, served: Any) -> None:
    value: Any = ["data:image/png;base64,AA==", "data:image/png;base64,AQ=="]
    if name == "inputs":
        value = [{"content": []}] * 2
    with served(mode, answered(mode, BY_TYPE)) as server:
        embed(kind, mode, input_type="image", **{name: value})
    assert server.calls[0].request == {name: value, "input_type": "image"}


@both_clients
def test_a_variant_and_further_arguments(kind: type, served: Any) -> None:
    options = {"variant": "v", "inference_component": "i", "aws": {"CustomAttributes": "c"}}

    async def do(client: Any) -> None:
        await maybe_await(client.embed(["a", "b"], **options))
        await results_of(client.embed_many(["a", "b"], **options))

    with served(Mode.SAGEMAKER, answered(Mode.SAGEMAKER, LISTED)) as server:
        call(kind, Mode.SAGEMAKER, do)
    for made in server.calls:
        expected = {
            "TargetVariant": "v",
            "InferenceComponentName": "i",
            "CustomAttributes": "c",
        }
        assert expected.items() <= dict(made.members).items()
    assert len(server.calls) == 2


@both_clients
@both_modes
def test_invalid_requests_are_not_sent(kind: type, mode: Mode, served: Any) -> None:
    async def do(client: Any) -> None:
        for texts, options, expected in (
            (["a"] * 97, {}, "texts has 97 strings; expected a list of at most 96 strings"),
            (["a"], {"images": ["b"]}, "texts and images are given; expected exactly one of"),
            (
                None,
                {"truncate": 5},
                "2 problems:\n  truncate is 5; expected a string\n  there is no inp",
            ),
        ):
            with pytest.raises(InvalidRequestError) as caught:
                await maybe_await(client.embed(texts, **options, **CALL_ARGUMENTS[mode]))
            assert str(caught.value).startswith(expected)

    with served(mode, answered(mode, LISTED)) as server:
        call(kind, mode, do)
    assert server.calls == []


@both_clients
def test_bedrock_needs_an_input_type(kind: type) -> None:
    with pytest.raises(InvalidRequestError, match=r"^input_type is missing in Mode.BEDROCK; expec"):
        embed(kind, Mode.BEDROCK, ["a"])

    async def do(client: Any) -> None:
        with pytest.raises(InvalidRequestError, match=r"^input_type is missing in Mode.BEDROCK; "):
            client.embed_many(["a"], model_id="target")  # at once

    call(kind, Mode.BEDROCK, do)


@both_clients
@both_modes
def test_many_texts_come_in_order(kind: type, mode: Mode, served: Any) -> None:
    texts = [f"text {i}" for i in range(7)]
    options = {**PARAMETERS, **CALL_ARGUMENTS[mode]}

    async def do(client: Any) -> Any:
        return await results_of(
            client.embed_many(texts, batch_size=3, max_concurrency=1, extra={"new": 1}, **options)
        )

    with served(mode, *(answered(mode, listed(size)) for size in (3, 3, 1))) as server:
        answers = call(kind, mode, do)
    assert [len(answer) for answer in answers] == [3, 3, 1]
    assert [made.request for made in server.calls] == [
        {"texts": batch, **PARAMETERS, "new": 1} for batch in (texts[:3], texts[3:6], texts[6:])
    ]


@both_clients
def test_a_batch_has_96_texts_by_default(kind: type, served: Any) -> None:
    async def do(client: Any) -> Any:
        return await results_of(client.embed_many((str(i) for i in range(97)), max_concurrency=1))

    recordings = [answered(Mode.SAGEMAKER, listed(size)) for size in (96, 1)]
    with served(Mode.SAGEMAKER, *recordings) as server:
        assert len(call(kind, Mode.SAGEMAKER, do)) == 2
    assert [len(made.request["texts"]) for made in server.calls] == [96, 1]


@both_clients
def test_texts_may_be_endless(kind: type, served: Any) -> None:
    read: list[int] = []

    def endless() -> Iterator[str]:
        for i in count():
            read.append(i)
            yield str(i)

    async def do(client: Any) -> None:
        many = client.embed_many(endless(), batch_size=2, max_concurrency=2)
        for _ in range(3):
            assert (await take(many)).embeddings == VECTORS
        await close(many)

    with served(Mode.SAGEMAKER, answered(Mode.SAGEMAKER, LISTED)):
        call(kind, Mode.SAGEMAKER, do)
    assert len(read) <= 2 * (3 + 2)


def test_asynchronous_texts(served: Any) -> None:
    pytest.importorskip("aiobotocore")

    async def texts() -> AsyncIterator[str]:
        for i in range(3):
            yield str(i)

    async def do(client: Any) -> Any:
        return await results_of(client.embed_many(texts(), batch_size=2, max_concurrency=1))

    recordings = [answered(Mode.SAGEMAKER, listed(size)) for size in (2, 1)]
    with served(Mode.SAGEMAKER, *recordings) as server:
        assert len(call(AsyncClient, Mode.SAGEMAKER, do)) == 2
    assert [made.request["texts"] for made in server.calls] == [["0", "1"], ["2"]]
    with pytest.raises(InvalidRequestError) as caught:
        Client(endpoint_name="target").embed_many(texts())  # type: ignore[call-overload]
    assert str(caught.value) == (
        "texts is of type async_generator; expected an iterable of strings; AsyncClient accepts it"
    )


@both_clients
def test_an_error_comes_at_the_position_of_its_batch(kind: type, served: Any) -> None:
    mode = Mode.SAGEMAKER
    texts: list[Any] = ["a", "b", "c", 5, "e", "f"]

    async def do(client: Any) -> Any:
        options = {"batch_size": 2, "max_concurrency": 1}
        returned = client.embed_many(texts, on_error="return", **options)
        raised = client.embed_many(texts, **options)
        first = await take(raised)
        with pytest.raises(InvalidRequestError) as caught:
            await take(raised)
        found = [first, caught.value, await take(raised)]
        return found, [await take(returned) for _ in range(3)]

    with served(mode, answered(mode, LISTED)):
        raised, returned = call(kind, mode, do)
    for first, error, last in (raised, returned):
        assert first.embeddings == last.embeddings == VECTORS
        assert isinstance(error, InvalidRequestError)
        assert error.position == 1
        assert str(error).startswith("request 1: texts holds 5; expected a list of at most 96 stri")


@both_clients
@both_modes
def test_a_throttled_call_is_retried(
    kind: type, mode: Mode, served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)
    from botocore.config import Config

    options = {"input_type": "image", "max_concurrency": 1, **CALL_ARGUMENTS[mode]}

    async def do(client: Any) -> Any:
        return await results_of(client.embed_many(["a", "b"], retries=1, **options))

    config = Config(retries={"total_max_attempts": 1})
    with served(mode, answered(mode, LISTED), throttle=1) as server:
        (found,) = call(kind, mode, do, config=config)
    assert found.embeddings == VECTORS
    assert len(server.calls) == 2


@both_clients
def test_the_arguments_of_many_texts_are_checked_at_once(kind: type) -> None:
    client = kind(endpoint_name="target")
    for texts, options, expected in (
        ("abc", {}, "texts is of type str; expected an iterable of strings"),
        (5, {}, "texts is of type int; expected an iterable of strings"),
        (["a"], {"batch_size": 97}, "batch_size is 97; expected an integer from 1 to 96"),
        (["a"], {"batch_size": 0}, "batch_size is 0; expected an integer from 1 to 96"),
        (["a"], {"batch_size": True}, "batch_size is True; expected an integer from 1 to 96"),
        (["a"], {"truncate": 5}, "truncate is 5; expected a string"),
        (["a"], {"max_concurrency": 0}, "max_concurrency is 0; expected an integer of 1 or more"),
    ):
        with pytest.raises(InvalidRequestError) as caught:
            client.embed_many(texts, **options)
        assert str(caught.value) == expected
    with pytest.raises(CohereError, match=r"^No endpoint connected\. Run connect_to_endpoint"):
        kind().embed_many(["a"])


@both_clients
def test_progress_counts_batches(kind: type, served: Any, capsys: Any) -> None:
    pytest.importorskip("tqdm")

    async def do(client: Any) -> None:
        await results_of(client.embed_many(["a", "b", "c", "d"], batch_size=2, progress=True))

    with served(Mode.SAGEMAKER, answered(Mode.SAGEMAKER, LISTED)):
        call(kind, Mode.SAGEMAKER, do)
    assert "2/2" in capsys.readouterr().err


@both_clients
@both_modes
def test_an_ignored_name_is_a_warning_at_the_line_of_the_caller(
    kind: type, mode: Mode, served: Any
) -> None:
    name = {Mode.SAGEMAKER: "model_id", Mode.BEDROCK: "variant"}[mode]
    options = {"input_type": "image", **CALL_ARGUMENTS[mode], name: "x"}

    async def do(client: Any) -> None:
        for ask in (client.embed, client.embed_many):
            with pytest.warns(UserWarning, match=f"^{name} is not used in {mode}$") as caught:
                found = ask(["a", "b"], **options)
            assert [warning.filename for warning in caught] == [__file__]
            if ask == client.embed:
                await maybe_await(found)
            else:
                await results_of(found)

    with served(mode, answered(mode, LISTED)):
        call(kind, mode, do)


@both_clients
@both_modes
def test_a_refusal_is_an_error(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, plain(mode, 400)):
        with pytest.raises(ServiceError, match="no"):
            embed(kind, mode, ["a"], input_type="image")


INPUT = {"content": [{"type": "text", "text": "a"}]}


@both_clients
@pytest.mark.parametrize(
    ("given", "body", "message"),
    [
        ({"texts": ["a"] * 3}, LISTED, "embeddings has 2 vectors; the request has 3 texts"),
        ({"texts": ["a"]}, BY_TYPE, "embeddings has 2 vectors; the request has 1 text"),
        ({"images": ["a"]}, LISTED, "embeddings has 2 vectors; the request has 1 image"),
        ({"inputs": [INPUT]}, LISTED, "embeddings has 2 vectors; the request has 1 input"),
        ({"texts": ["a"]}, listed(0), "embeddings has 0 vectors; the request has 1 text"),
        (
            {"texts": ["a"]},
            {"embeddings": {"float": None}},
            "embeddings has 0 vectors; the request has 1 text",
        ),
        (
            {"texts": ["a"]},
            {"embeddings": {"float": None, "base64": ["AAAAPw=="] * 3}},
            "embeddings has 3 vectors; the request has 1 text",
        ),
        (
            {"texts": ["a", "b"], "extra": {"texts": ["a"]}},
            LISTED,
            "embeddings has 2 vectors; the request has 1 text",
        ),
        (
            {"extra": {"inputs": [INPUT] * 97}},
            LISTED,
            "embeddings has 2 vectors; the request has 97 inputs",
        ),
    ],
)
def test_another_number_of_vectors_is_an_error(
    kind: type, given: dict[str, Any], body: dict[str, Any], message: str, served: Any
) -> None:
    mode = Mode.SAGEMAKER
    with served(mode, answered(mode, body)):
        with pytest.raises(StreamError) as caught:
            embed(kind, mode, **given)
    assert str(caught.value) == message
    arrived = caught.value.answer
    assert isinstance(arrived, (Embeddings, EmbeddingsByType))
    assert arrived.to_dict()["embeddings"] == body["embeddings"]
    assert pickle.loads(pickle.dumps(caught.value)).answer == arrived


@both_clients
@pytest.mark.parametrize(
    "extra",
    [{"texts": "a"}, {"texts": ["a"], "images": ["b"]}, {"texts": None}],
)
def test_inputs_in_extra_may_be_anything(kind: type, extra: dict[str, Any], served: Any) -> None:
    with served(Mode.SAGEMAKER, answered(Mode.SAGEMAKER, LISTED)):
        assert len(embed(kind, Mode.SAGEMAKER, ["a"], extra=extra)) == 2


@both_clients
def test_another_number_of_vectors_in_one_batch(kind: type, served: Any) -> None:
    mode = Mode.SAGEMAKER

    async def do(client: Any) -> Any:
        texts = [str(i) for i in range(5)]
        options = {"batch_size": 2, "max_concurrency": 1, "on_error": "return"}
        return await results_of(client.embed_many(texts, **options))

    with served(mode, *(answered(mode, listed(size)) for size in (2, 3, 1))):
        first, error, last = call(kind, mode, do)
    assert (len(first), len(last)) == (2, 1)
    assert isinstance(error, StreamError)
    assert str(error) == "request 1: embeddings has 3 vectors; the request has 2 texts"
    assert (error.position, len(error.answer), error.retryable) == (1, 3, False)


def test_the_documented_signature() -> None:
    parameters = list(inspect.signature(Client.embed).parameters.values())[1:]
    documented = ["texts", "truncate", "variant", "input_type", "model_id"]
    documented += ["output_dimension", "embedding_types"]
    first, rest = parameters[: len(documented)], parameters[len(documented) :]
    assert [each.name for each in first] == documented
    assert {each.kind for each in first} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    assert {each.kind for each in rest} == {inspect.Parameter.KEYWORD_ONLY}
    assert {each.default for each in parameters} == {None}
