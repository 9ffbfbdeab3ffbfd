"""``chat`` of both clients, and chats by ``generate`` and ``generate_many``."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from bodies import answered, streamed_items
from chats import Reply, body_1, body_2, items_1, items_2
from clients import both_modes
from cohere_aws import (
    Chat,
    ChatRequest,
    ChatV2Request,
    Client,
    CohereError,
    Generations,
    IncompleteStreamError,
    InvalidRequestError,
    Mode,
    StreamingChat,
    StreamingGenerations,
    TgiRequest,
)
from maybe_async import CALL_ARGUMENTS, both_clients, call, maybe_await, read_pieces, results_of

REPLY = Reply([" I", " am"])
MESSAGES = [{"role": "user", "content": "Hello"}]
REQUESTS: dict[str, Any] = {
    "v1": ChatRequest(message="Hello", seed=1),
    "v2": ChatV2Request(messages=MESSAGES, seed=1),
}
SENT: dict[str, dict[str, Any]] = {"v1": {"message": "Hello"}, "v2": {"messages": MESSAGES}}
BODIES = {"v1": body_1(REPLY), "v2": body_2(REPLY)}
ITEMS = {
    "v1": [item for item, _ in items_1(REPLY)],
    "v2": [item for item, _ in items_2(REPLY)],
}
both_versions = pytest.mark.parametrize("version", REQUESTS)
HISTORY = [{"role": "USER", "message": "Hi"}, {"role": "CHATBOT", "message": "Hello"}]
# Each argument of chat() that is a parameter of the model, with a value.
PARAMETERS: dict[str, Any] = {
    "preamble": "Be short.",
    "chat_history": HISTORY,
    "temperature": 0.5,
    "p": 0.5,
    "k": 5,
    "max_tokens": 7,
    "search_queries_only": True,
    "documents": [{"title": "a"}],
    "prompt_truncation": "OFF",
    "tools": [{"name": "a"}],
    "tool_results": [{"call": {"name": "a"}, "outputs": []}],
    "raw_prompting": True,
    "return_prompt": True,
}


def chat(kind: type, mode: Mode, *arguments: Any, **options: Any) -> Any:
    """Return the answer of one chat, and its events if it is a stream."""

    async def do(client: Any) -> Any:
        found = await maybe_await(client.chat(*arguments, **{**CALL_ARGUMENTS[mode], **options}))
        return (found, await events_of(found)) if is_stream(found) else found

    return call(kind, mode, do)


async def events_of(stream: Any) -> list[Any]:
    if hasattr(stream._stream.source, "__aiter__"):
        return [event async for event in stream]
    return list(stream)


def is_stream(found: Any) -> bool:
    return isinstance(found, (StreamingChat, StreamingGenerations))


@both_clients
@both_modes
def test_a_message(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, answered(mode, BODIES["v1"])) as server:
        found = chat(kind, mode, "Hello")
    assert isinstance(found, Chat)
    assert (found.text, found.dialect, found.finish_reason) == (" I am", "command", "COMPLETE")
    assert found.generation_id == BODIES["v1"]["generation_id"]
    if mode is Mode.BEDROCK:
        assert found.usage is not None
        assert found.usage.input_tokens == 41
    (made,) = server.calls
    # What the documented client sends, without a key that is not set.
    expected = {"message": "Hello", "raw_prompting": False, "return_prompt": False}
    assert made.request == expected | ({"stream": False} if mode is Mode.SAGEMAKER else {})
    assert made.operation in {"InvokeModel", "InvokeEndpoint"}


@both_clients
@both_modes
def test_a_streamed_message(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, streamed_items(mode, ITEMS["v1"])) as server:
        stream, events = chat(kind, mode, "Hello", stream=True)
    assert isinstance(stream, StreamingChat)
    assert stream.text == " I am"
    assert events[-1].event_type == "stream-end"
    (made,) = server.calls
    expected = {"message": "Hello", "raw_prompting": False, "return_prompt": False}
    assert made.request == expected | ({"stream": True} if mode is Mode.SAGEMAKER else {})
    assert made.operation.endswith("WithResponseStream")


@both_clients
@both_modes
def test_all_parameters_are_sent(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, answered(mode, BODIES["v1"])) as server:
        chat(kind, mode, "Hello", model="m", extra={"citation_quality": "fast"}, **PARAMETERS)
    (made,) = server.calls
    on_sagemaker = {"stream": False, "model": "m"} if mode is Mode.SAGEMAKER else {}
    expected = {"message": "Hello", **PARAMETERS, "citation_quality": "fast"}
    assert made.request == expected | on_sagemaker


@both_clients
@both_modes
@both_versions
@pytest.mark.parametrize("stream", [True, False, None])
def test_a_request_in_place_of_the_message(
    kind: type, mode: Mode, version: str, stream: bool | None, served: Any
) -> None:
    recording = streamed_items(mode, ITEMS[version]) if stream else answered(mode, BODIES[version])
    with served(mode, recording) as server:
        found = chat(kind, mode, REQUESTS[version], stream=stream)
    answer = found[0].chat if stream else found
    assert isinstance(answer, Chat)
    assert (answer.text, answer.dialect) == (" I am", {"v1": "command", "v2": "chat"}[version])
    (made,) = server.calls
    on_sagemaker = {"stream": bool(stream)} if mode is Mode.SAGEMAKER else {}
    assert made.request == {**SENT[version], "seed": 1, **on_sagemaker}


@both_clients
@both_modes
@both_versions
def test_generate_reads_a_chat_as_generations(
    kind: type, mode: Mode, version: str, served: Any
) -> None:
    request = REQUESTS[version]

    async def do(client: Any) -> Any:
        options = CALL_ARGUMENTS[mode]
        whole = await maybe_await(client.generate(request, stream=False, **options))
        many = await results_of(client.generate_many([request], **options))
        stream = await maybe_await(client.generate(request, **options))
        return whole, many, stream, await read_pieces(stream)

    recordings = [answered(mode, BODIES[version])] * 2 + [streamed_items(mode, ITEMS[version])]
    with served(mode, *recordings) as server:
        whole, (one,), stream, pieces = call(kind, mode, do)
    assert isinstance(whole, Generations)
    assert isinstance(stream, StreamingGenerations)
    assert whole.text == one.text == stream.text == " I am"
    assert [piece.text for piece in pieces] == [" I", " am"]
    for made, streams in zip(server.calls, (False, False, True), strict=True):
        on_sagemaker = {"stream": streams} if mode is Mode.SAGEMAKER else {}
        assert made.request == {**SENT[version], "seed": 1, **on_sagemaker}


@both_clients
@both_modes
def test_invalid_requests_are_not_sent(kind: type, mode: Mode, served: Any) -> None:
    request = REQUESTS["v1"]
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (5, {"k": 501}, "2 problems:\n  message is 5; expected a string\n  k is 501; expected "),
        (None, {}, "message is missing"),
        (
            TgiRequest(inputs="a"),
            {},
            "message is of type TgiRequest; expected a string, a ChatRequest or a ChatV2Request",
        ),
        (
            request,
            {"preamble": "a", "raw_prompting": True},
            "pass preamble, raw_prompting in the request: request.replace(preamble=…)",
        ),
        ("Hello", {"stream": "yes"}, "stream is of type str; expected True or False"),
    ]
    with served(mode, answered(mode, BODIES["v1"])) as server:
        for message, options, expected in cases:
            with pytest.raises(InvalidRequestError) as caught:
                chat(kind, mode, message, **options)
            assert str(caught.value).startswith(expected)
    assert server.calls == []


@both_clients
def test_the_documented_errors_for_a_missing_target(kind: type) -> None:
    for mode, message in (
        (Mode.SAGEMAKER, "No endpoint connected. Run connect_to_endpoint() first."),
        (Mode.BEDROCK, "must supply model_id arg when calling bedrock"),
    ):

        async def do(client: Any) -> None:
            await maybe_await(client.chat("Hello"))

        with pytest.raises(CohereError) as caught:
            call(kind, mode, do, endpoint_name=None)
        assert str(caught.value) == message


@both_clients
@both_modes
def test_an_ignored_name_is_a_warning_at_the_line_of_the_caller(
    kind: type, mode: Mode, served: Any
) -> None:
    name = {Mode.SAGEMAKER: "model_id", Mode.BEDROCK: "variant"}[mode]

    async def do(client: Any) -> None:
        with pytest.warns(UserWarning, match=f"^{name} is not used in {mode}$") as caught:
            answer = client.chat("Hello", **{**CALL_ARGUMENTS[mode], name: "x"})
        assert [warning.filename for warning in caught] == [__file__]
        await maybe_await(answer)

    with served(mode, answered(mode, BODIES["v1"])):
        call(kind, mode, do)


@both_clients
def test_a_variant_and_further_arguments(kind: type, served: Any) -> None:
    mode = Mode.SAGEMAKER
    with served(mode, answered(mode, BODIES["v1"])) as server:
        chat(kind, mode, "Hello", variant="v", aws={"CustomAttributes": "c"})
    (made,) = server.calls
    assert {"TargetVariant": "v", "CustomAttributes": "c"}.items() <= dict(made.members).items()


@both_clients
@both_modes
def test_a_stream_is_strict(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, streamed_items(mode, ITEMS["v1"][:-1])):
        with pytest.raises(IncompleteStreamError) as caught:
            chat(kind, mode, "Hello", stream=True)
    assert isinstance(caught.value.partial, Chat)
    assert caught.value.partial.text == " I am"


def test_the_documented_signature() -> None:
    parameters = list(inspect.signature(Client.chat).parameters.values())[1:]
    documented = [
        "message",
        "stream",
        "preamble",
        "chat_history",
        "model",
        "model_id",
        "temperature",
        "p",
        "k",
        "max_tokens",
        "search_queries_only",
        "documents",
        "prompt_truncation",
        "tools",
        "tool_results",
        "raw_prompting",
        "return_prompt",
        "variant",
    ]
    first, rest = parameters[: len(documented)], parameters[len(documented) :]
    assert [each.name for each in first] == documented
    assert {each.kind for each in first} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    flags = {"stream", "raw_prompting", "return_prompt"}
    for each in first[1:]:
        assert each.default is (False if each.name in flags else None)
    assert {each.kind for each in rest} == {inspect.Parameter.KEYWORD_ONLY}
    assert {each.default for each in rest} == {None}
