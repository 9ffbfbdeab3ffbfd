"""Types of the public names; type checkers read this file, and it is never run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, BinaryIO, TextIO

from typing_extensions import assert_type

from cohere_aws import (
    Answers,
    AsyncAnswers,
    AsyncClient,
    Chat,
    ChatRequest,
    ChatV2Request,
    Classification,
    Classifications,
    Client,
    CohereError,
    ConverseRequest,
    Embedding,
    Embeddings,
    EmbeddingsByType,
    GenerateRequest,
    Generation,
    Generations,
    IncompleteStreamWarning,
    InferenceConfiguration,
    InvalidRequestError,
    Mode,
    OnError,
    RerankDocument,
    Reranking,
    RerankResult,
    ServiceError,
    StreamError,
    StreamingChat,
    StreamingGenerations,
    StreamingText,
    Summary,
    TgiRequest,
    TokenLikelihood,
    ToolUse,
    Usage,
)
from cohere_aws.batch import BatchRecord, read_line, read_lines, write_line
from cohere_aws.testing import Bytes, RecordedEnd, Recording, record, replay, serve


def results(response: dict[str, Any]) -> None:
    generations = Generations.from_dict(response)
    assert_type(Generations.from_response(response, Mode.BEDROCK), Generations)
    for generation in generations:
        assert_type(generation, Generation)
        assert_type(generation.text, str)
        assert_type(dict(generation.items()), dict[str, Any])
        assert_type(generation.extra, dict[str, Any] | None)
        assert_type(generation.finish_reason, str | None)
        assert_type(generation.content, list[dict[str, Any]] | None)
        assert_type(generation.tool_calls, list[ToolUse] | None)
        assert_type(generation.message(), dict[str, Any])
        assert generation.finish in {"max_tokens", None}
        assert generation.finish != "MAX_TOKENS"  # type: ignore[comparison-overlap]
        assert_type(generation.token_likelihoods, list[TokenLikelihood] | None)
    assert_type(next(generations), Generation)
    assert_type(generations[0].index, int | None)
    assert_type(len(generations), int)
    assert_type(generations.usage, Usage | None)
    assert_type(Usage(input_tokens=1).input_tokens, int | None)
    assert_type(Usage(cache_read_tokens=1).cache_write_tokens, int | None)
    token = TokenLikelihood("a", -1.0)
    assert_type(token.likelihood, float | None)
    assert_type(token.id, int | None)
    assert_type(token.special, bool | None)
    assert_type(token.alternatives, list[TokenLikelihood] | None)
    assert_type(ToolUse(None, "weather", {}).name, str | None)
    assert_type(generations.prompt_tokens, list[TokenLikelihood] | None)
    if generations.dialect == "command":
        Generations.from_dict([], dialect=generations.dialect)
    Generations.from_response(response, Mode.BEDROCK, dialect="command")
    Generations.from_dict(response, dialect="other")  # type: ignore[arg-type]
    assert_type(generations.to_dict(), dict[str, Any])


def answers_of_other_models(response: dict[str, Any]) -> None:
    found = Embeddings.from_dict(response)
    assert_type(found, Embeddings | EmbeddingsByType)
    assert_type(Embeddings.from_response(response, Mode.BEDROCK), Embeddings | EmbeddingsByType)
    assert_type(found.embeddings, list[list[float]])
    assert_type(found.texts, list[str] | None)
    assert_type(found.usage, Usage | None)
    if isinstance(found, dict):
        assert_type(found, EmbeddingsByType)
        assert_type(found["int8"], Any)
    else:
        assert_type(found, Embeddings)
        assert_type(found[0], list[float])
        assert_type(list(found), list[list[float]])
    assert_type(Embedding([0.5])[0], float)
    Embeddings([Embedding([0.5])])
    Embeddings(found.embeddings, "id")  # type: ignore[call-arg]

    ranking = Reranking.from_dict(response, documents=["a", {"text": "b"}])
    assert_type(Reranking.from_response(response, Mode.BEDROCK), Reranking)
    for result in ranking:
        assert_type(result, RerankResult)
        assert_type(result.document, dict[str, Any] | None)
        assert_type(["a"][result.index], str)
        assert_type(result.relevance_score, float)
    assert_type(ranking[0], RerankResult)
    assert_type(ranking[:1], list[RerankResult])
    assert_type(RerankDocument("a").text, str)
    Reranking(response, ["a"])  # type: ignore[call-arg]

    classifications = Classifications.from_dict(["spam"])
    assert_type(Classifications.from_response(response, Mode.SAGEMAKER), Classifications)
    for each in classifications:
        assert_type(each, Classification)
        assert_type(each.prediction, str | int | list[str] | list[int])
        assert_type(each.confidence, list[float])
        assert_type(each.is_multilabel(), bool)
    assert_type(Summary.from_dict(response).result, str)
    assert_type(Summary.from_response(response, Mode.SAGEMAKER), Summary)


def streams(events: list[dict[str, Any]]) -> None:
    stream = StreamingGenerations(events, Mode.SAGEMAKER, strict=True)
    assert_type(iter(stream), Iterator[StreamingText])
    assert_type(aiter(stream), AsyncIterator[StreamingText])
    with stream as entered:
        assert_type(entered, StreamingGenerations)
        for index, text, is_finished in entered:
            assert_type(index, int)
            assert_type(text, str)
            assert_type(is_finished, bool)
    assert_type(stream.read(), Generations)
    assert_type(next(iter(stream)).token, TokenLikelihood | None)
    StreamingGenerations(events, Mode.SAGEMAKER, dialect=stream.dialect)
    assert_type(stream.generations, Generations | None)
    assert_type(stream.text, str)
    assert_type(list(stream.text_stream), list[str])
    assert_type(aiter(stream.text_stream), AsyncIterator[str])
    assert_type(stream.other_items, list[Any])
    StreamingGenerations(events, "BEDROCK")  # type: ignore[arg-type]


def errors(error: CohereError, warning: IncompleteStreamWarning) -> None:
    assert_type(error.partial, Generations | Chat | None)
    if error.partial is not None:
        assert_type(error.partial.text, str)
    assert_type(error.retryable, bool)
    assert_type(error.position, int | None)
    assert_type(error.headers, dict[str, str])
    assert_type(warning.partial, Generations | Chat | None)
    if isinstance(error, StreamError):
        assert_type(
            error.answer, Embeddings | EmbeddingsByType | Reranking | Classifications | None
        )
    if isinstance(error, ServiceError):
        assert_type(error.code, str | None)
    plain: ValueError = InvalidRequestError("no")
    assert plain


def requests() -> None:
    request = GenerateRequest(prompt="hello", max_tokens=1, stop_sequences=["."], logit_bias={1: 2})
    assert_type(request, GenerateRequest)
    assert_type(request.replace(k=1), GenerateRequest)
    assert_type(GenerateRequest.from_dict({}), GenerateRequest)
    assert_type(request.body(stream=True), str)
    assert_type(request.inference_configuration(), dict[str, Any])
    GenerateRequest()  # type: ignore[call-arg]
    GenerateRequest("hello")  # type: ignore[call-arg]
    GenerateRequest(prompt="hello", max_tokens="1")  # type: ignore[arg-type]
    GenerateRequest(prompt="hello", temprature=1)  # type: ignore[call-arg]

    tgi = TgiRequest(inputs="hello", top_p=0.9, stop=["."], grammar={"type": "regex", "value": "a"})
    assert_type(tgi.replace(details=None), TgiRequest)
    assert_type(TgiRequest.from_dict({}), TgiRequest)
    TgiRequest(inputs="hello", max_tokens=1)  # type: ignore[call-arg]


def converse(client: Client, image: bytes) -> None:
    inference = InferenceConfiguration(max_tokens=5, temperature=0.5, stop_sequences=["."])
    assert_type(inference.replace(top_p=1), InferenceConfiguration)
    assert_type(inference.to_dict(), dict[str, Any])
    assert_type(InferenceConfiguration.from_dict({"maxTokens": 5}), InferenceConfiguration)
    assert_type(InferenceConfiguration.from_sdk(object()), InferenceConfiguration)
    assert_type(inference.max_tokens, int | None)
    InferenceConfiguration(max_tokens="5")  # type: ignore[arg-type]
    InferenceConfiguration(maxTokens=5)  # type: ignore[call-arg]
    InferenceConfiguration(5)  # type: ignore[call-arg]

    content = [{"image": {"format": "png", "source": {"bytes": image}}}]
    messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
    request = ConverseRequest(
        messages=messages,
        system="Be brief.",
        inference=inference,
        tool_config={"tools": []},
        request_metadata={"team": "rivers"},
    )
    assert_type(request.replace(system=None), ConverseRequest)
    assert_type(request.to_dict(), dict[str, Any])
    assert_type(ConverseRequest.from_dict(request.to_dict()), ConverseRequest)
    assert_type(request.body(stream=True), str)
    assert_type(request.inference, InferenceConfiguration | None)
    assert_type(client.generate(request, model_id="m"), StreamingGenerations)
    answer = client.generate(ConverseRequest(messages="hello"), model_id="m", stream=False)
    assert_type(answer, Generations)
    messages.append(answer[0].message())
    client.generate_many([request, "hello"], model_id="m")
    ConverseRequest("hello")  # type: ignore[call-arg]
    ConverseRequest(messages="hello", inference={"maxTokens": 5})  # type: ignore[arg-type]
    client.generate(inference)  # type: ignore[call-overload]


def batches(file: TextIO, binary: BinaryIO) -> None:
    assert_type(write_line(GenerateRequest(prompt="hello"), "a"), str)
    assert_type(read_line(b"{}"), BatchRecord)
    assert_type(read_lines(file), Iterator[BatchRecord])
    assert_type(next(read_lines(binary)), BatchRecord)
    record = next(read_lines(["{}"]))
    assert_type(record.record_id, str | None)
    assert_type(record.answer, Generations | Embeddings | EmbeddingsByType | None)
    assert_type(record.error, ServiceError | None)
    if record.model_input is not None:
        assert_type(GenerateRequest.from_dict(record.model_input), GenerateRequest)
    write_line("hello", "a")  # type: ignore[arg-type]
    read_lines(7)  # type: ignore[arg-type]


def calls(client: Client, *, choice: bool) -> None:
    assert_type(client.generate("hello"), StreamingGenerations)
    assert_type(client.generate("hello", stream=True), StreamingGenerations)
    assert_type(client.generate("hello", stream=False), Generations)
    assert_type(client.generate("hello", stream=choice), Generations | StreamingGenerations)
    for answer in client.generate_many(["hello", GenerateRequest(prompt="hello")]):
        assert_type(answer, Generations)
    for answer_or_error in client.generate_many(["hello"], on_error="return"):
        assert_type(answer_or_error, Generations | CohereError)
    answers: Answers[Generations] = client.generate_many(["hello"], max_tokens=7, retries=2)
    on_error: OnError = "return"
    either: Answers[Generations | CohereError] = answers
    either = client.generate_many(["hello"], on_error=on_error, extra={"seed": 1})
    assert_type(next(either), Generations | CohereError)
    with client as entered:
        assert_type(entered, Client)
    client.generate(7)  # type: ignore[call-overload]
    client.generate("hello", max_token=7)  # type: ignore[call-overload]
    client.generate("hello", stream="false")  # type: ignore[call-overload]
    client.generate_many(["hello"], max_token=7)  # type: ignore[call-overload]
    client.generate_many(prompts())  # type: ignore[call-overload]


def other_calls(client: Client) -> None:
    assert_type(client.chat("hello"), Chat)
    assert_type(client.chat(ChatRequest(message="hello"), stream=False), Chat)
    assert_type(client.chat(ChatV2Request(messages=[{}]), stream=True), StreamingChat)
    assert_type(client.generate(ChatRequest(message="hello"), stream=False), Generations)
    assert_type(client.embed(["hello"]), Embeddings | EmbeddingsByType)
    for answer in client.embed_many(["hello"], batch_size=9):
        assert_type(answer, Embeddings | EmbeddingsByType)
    for answer_or_error in client.embed_many(["hello"], on_error="return"):
        assert_type(answer_or_error, Embeddings | EmbeddingsByType | CohereError)
    assert_type(client.rerank("hello", ["a", {"text": "b"}]), Reranking)
    assert_type(client.classify(["hello"], "name"), Classifications)
    assert_type(client.summarize("hello"), Summary)
    client.chat(7)  # type: ignore[call-overload]
    client.embed_many(prompts())  # type: ignore[call-overload]
    client.create_endpoint()  # type: ignore[attr-defined]


async def prompts() -> AsyncIterator[str]:
    yield "hello"


async def asynchronous_calls(client: AsyncClient) -> None:
    async with client as entered:
        assert_type(entered, AsyncClient)
    assert_type(await client.generate("hello"), StreamingGenerations)
    assert_type(await client.generate("hello", stream=False), Generations)
    task = asyncio.create_task(client.generate("hello", stream=False))
    assert_type(await task, Generations)
    async for answer in client.generate_many(["hello"]):
        assert_type(answer, Generations)
    answers: AsyncAnswers[Generations] = client.generate_many(prompts(), k=3)
    assert_type(await anext(answers), Generations)


async def other_asynchronous_calls(client: AsyncClient) -> None:
    assert_type(await client.chat("hello"), Chat)
    assert_type(await client.chat("hello", stream=True), StreamingChat)
    assert_type(await client.embed(["hello"]), Embeddings | EmbeddingsByType)
    async for answer in client.embed_many(prompts()):
        assert_type(answer, Embeddings | EmbeddingsByType)
    assert_type(await client.rerank("hello", ["a"]), Reranking)
    assert_type(await client.classify(["hello"], "name"), Classifications)
    assert_type(await client.summarize("hello"), Summary)


def recordings(client: Any) -> None:
    recording = Recording.load("a.jsonl")
    with replay(client, [recording, "b.jsonl"], cut=1) as replayed:
        assert_type(replayed.unused(), list[Recording])
    with replay(client, recording, match=lambda call, known: call.target == known.target):
        pass
    with replay(client, recording, ignore=["request.k"], truncate_after=Bytes(9)):
        assert_type(recording.end, RecordedEnd | None)
        assert_type(recording.members, Mapping[str, str | None] | None)
        assert_type(recording.headers, Mapping[str, str] | None)
    replay(client, recording, match="partial")
    replay(client, recording, match="parts")  # type: ignore[arg-type]
    RecordedEnd("over")  # type: ignore[arg-type]
    with record(client, "a.jsonl", scrub=str.upper), serve(recording) as server:
        assert_type(server.url, str)


def creating_clients() -> None:
    assert_type(Client("us-east-1", profile_name="p", endpoint_url="http://127.0.0.1"), Client)
    assert_type(AsyncClient(profile_name="p", endpoint_url="http://127.0.0.1"), AsyncClient)
    Client(profile_name=1)  # type: ignore[arg-type]
    client = Client()
    client._client = None  # tests assign a client of their own
