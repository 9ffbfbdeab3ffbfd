"""Tests of both clients, over a loopback server that answers from recordings."""

from __future__ import annotations

import json
import os
import pickle
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import botocore
import pytest
from botocore.config import Config

from clients import async_session, both_modes, with_async_client
from cohere_aws import (
    AsyncClient,
    Client,
    CohereError,
    CompletionsRequest,
    ConverseRequest,
    GenerateRequest,
    Generations,
    IncompleteStreamError,
    InferenceConfiguration,
    InvalidRequestError,
    JurassicRequest,
    Mode,
    ServiceError,
    StreamError,
    StreamingGenerations,
    TgiRequest,
    TransportError,
)
from cohere_aws._replacements import REPLACEMENTS
from cohere_aws.testing import RecordedEvent, RecordedResponse
from maybe_async import (
    CALL_ARGUMENTS,
    CLIENT_ARGUMENTS,
    URL_VARIABLES,
    both_clients,
    maybe_await,
    read_pieces,
    results_of,
    with_client,
)
from testing.samples import CONVERSE, CONVERSE_STREAM, JSON, STREAMS, plain, streamed

if TYPE_CHECKING:
    from cohere_aws.testing import Recording

CONFIG = Config(retries={"total_max_attempts": 1}, read_timeout=30)
IMPATIENT = CONFIG.merge(Config(read_timeout=1))  # for servers that stall


def answer(kind: type, mode: Mode, *args: Any, config: Config = CONFIG, **options: Any) -> Any:
    """Make one call; return the answer, or a stream and its pieces."""
    options = {**CALL_ARGUMENTS[mode], **options}

    async def do(client: Any) -> Any:
        found = await maybe_await(client.generate(*(args or ("hello",)), **options))
        if isinstance(found, StreamingGenerations):
            return found, await read_pieces(found)
        return found

    return with_client(kind, do, mode=mode, config=config, **CLIENT_ARGUMENTS[mode])


@both_clients
@both_modes
def test_a_stream_is_the_default_and_is_strict(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, streamed(mode)) as server:
        stream, found = answer(kind, mode)
    assert [piece.text for piece in found] == [" I", " am"]
    assert (stream.text, stream.finish_reason) == (" I am", "COMPLETE")
    (call,) = server.calls
    assert (call.operation, call.target) == (STREAMS[mode][0], "target")
    assert (call.request["prompt"], call.request["stream"]) == ("hello", True)
    with (
        served(mode, streamed(mode), truncate_after=1),
        pytest.raises(IncompleteStreamError) as caught,
    ):
        answer(kind, mode)
    assert caught.value.partial is not None
    assert caught.value.partial[0].text == " I"


@both_clients
@both_modes
def test_a_plain_answer(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, plain(mode, x_amzn_bedrock_input_token_count="7")) as server:
        found = answer(kind, mode, stream=False)
    assert isinstance(found, Generations)
    assert (found.id, found[0].text) == ("r", " I am")
    usage = found.usage and found.usage.input_tokens
    assert usage == (7 if mode is Mode.BEDROCK else None)
    assert server.calls[0].request["stream"] is False


@both_clients
def test_the_documented_positions(kind: type, served: Any) -> None:
    given = (
        "hello",
        "variant",
        "no model id",
        2,
        7,
        0.5,
        3,
        0.25,
        ["."],
        "ALL",
        "END",
        None,
        False,
    )
    with served(Mode.SAGEMAKER, plain(Mode.SAGEMAKER)) as server:
        with pytest.warns(UserWarning, match=r"^model_id is not used in Mode\.SAGEMAKER$"):
            answer(kind, Mode.SAGEMAKER, *given, logit_bias={11: 2})
    assert server.calls[0].request == {
        "model": "variant",
        "prompt": "hello",
        "max_tokens": 7,
        "temperature": 0.5,
        "k": 3,
        "p": 0.25,
        "stop_sequences": ["."],
        "return_likelihoods": "ALL",
        "truncate": "END",
        "num_generations": 2,
        "logit_bias": {"11": 2},
        "stream": False,
    }


@both_clients
@both_modes
def test_a_whole_request(kind: type, mode: Mode, served: Any) -> None:
    request = GenerateRequest(prompt="hello", k=3)
    with served(mode, plain(mode)) as server:
        answer(kind, mode, request, stream=False)
    assert server.calls[0].request == {"prompt": "hello", "k": 3, "stream": False}


@both_clients
@both_modes
def test_an_error_before_the_stream_is_that_of_the_service(
    kind: type, mode: Mode, served: Any
) -> None:
    with served(mode, streamed(mode), throttle=1), pytest.raises(ServiceError) as caught:
        answer(kind, mode)
    error = caught.value
    assert (error.code, error.http_status, error.retryable) == ("ThrottlingException", 429, True)
    assert error.headers["x-amzn-requestid"]
    assert type(error.__cause__).__module__.startswith("botocore")
    assert error.partial is None


@both_clients
@both_modes
def test_an_error_inside_the_stream_is_that_of_the_service(
    kind: type, mode: Mode, served: Any
) -> None:
    with (
        served(mode, streamed(mode), fail_after=(1, STREAMS[mode][2])),
        pytest.raises(ServiceError) as caught,
    ):
        answer(kind, mode)
    assert caught.value.code == STREAMS[mode][2]
    assert caught.value.partial is not None
    assert caught.value.partial[0].text == " I"


@both_clients
@both_modes
@pytest.mark.parametrize("stream", [True, False])
def test_a_refused_connection_is_a_transport_error(
    kind: type, mode: Mode, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLES[mode], "http://127.0.0.1:9")  # discard
    with pytest.raises(TransportError, match=r"was not answered: .*127\.0\.0\.1:9") as caught:
        answer(kind, mode, stream=stream)
    assert caught.value.retryable
    assert caught.value.__cause__ is not None


@both_clients
@both_modes
@pytest.mark.parametrize("fault", ["stall_after", "reset_after"])
def test_a_stream_that_breaks_off_is_a_transport_error(
    kind: type, mode: Mode, fault: str, served: Any
) -> None:
    with served(mode, streamed(mode), **{fault: 2}), pytest.raises(TransportError) as caught:
        answer(kind, mode, config=IMPATIENT)
    assert caught.value.partial is not None
    assert caught.value.partial[0].text == " I am"


@both_clients
@both_modes
def test_missing_credentials_are_an_error(
    kind: type, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(CohereError, match=r"failed: Unable to locate credentials$") as caught:
        answer(kind, mode)
    assert type(caught.value) is CohereError


@both_clients
def test_a_call_that_botocore_refuses_to_send_is_an_invalid_request(kind: type) -> None:
    async def do(client: Any) -> None:
        await maybe_await(client.generate("hello"))

    with pytest.raises(InvalidRequestError, match="was not sent: Parameter validation failed"):
        with_client(kind, do, endpoint_name=7)  # type: ignore[arg-type]


@both_clients
@both_modes
def test_an_invalid_request_is_not_sent(kind: type, mode: Mode, served: Any) -> None:
    with served(mode, streamed(mode)) as server, pytest.raises(InvalidRequestError):
        answer(kind, mode, max_tokens=0)
    assert server.calls == []


@both_clients
def test_connecting_to_an_endpoint_sends_nothing(kind: type, served: Any) -> None:
    async def do(client: Any) -> str:
        with pytest.raises(CohereError, match=r"^No endpoint connected\. Run connect_to_endpoint"):
            await maybe_await(client.generate("hello"))
        client.connect_to_endpoint("target")
        found = await maybe_await(client.generate("hello", stream=False))
        return str(found[0].text)

    with served(Mode.SAGEMAKER, plain(Mode.SAGEMAKER)) as server:
        assert with_client(kind, do) == " I am"
    assert [call.target for call in server.calls] == ["target"]
    with pytest.raises(InvalidRequestError, match=r"^endpoint_name is empty; expected the name"):
        kind().connect_to_endpoint("")
    with pytest.raises(CohereError, match=r"^This method is only supported in SageMaker mode\.$"):
        kind(mode=Mode.BEDROCK).connect_to_endpoint("target")


@both_clients
def test_an_unsupported_mode_is_an_error_at_once(kind: type) -> None:
    for mode in (0, "BEDROCK", None):
        with pytest.raises(CohereError, match=r"^Unsupported mode: .*; expected Mode"):
            kind("us-east-1", mode)


@both_clients
def test_positions_of_an_older_package(kind: type) -> None:
    for name in ("my-endpoint", "my-endpoint-1", "US-EAST-1", "us--1", "us-east-1 "):
        for more in ((), ("us-east-1",)):
            with pytest.raises(InvalidRequestError, match=r"^aws_region is ") as caught:
                kind(name, *more)
            assert "pass a SageMaker endpoint as endpoint_name=" in str(caught.value)
    for name in (None, "", "us-east-1"):
        with pytest.raises(CohereError, match=r"^Unsupported mode: 'us-east-1' is a region; pass "):
            kind(name, "us-east-1")
    assert "region_name='local'" in repr(kind(region_name="local"))


@both_clients
def test_every_region_of_botocore_is_one(kind: type) -> None:
    session = boto3.Session()
    for partition in session.get_available_partitions():
        for service in ("sagemaker-runtime", "bedrock-runtime", "ec2"):
            for region in session.get_available_regions(service, partition):
                kind(region)


@both_clients
def test_the_region_has_two_names(kind: type, served: Any) -> None:
    kind("us-east-1", region_name="us-east-1")
    with pytest.raises(InvalidRequestError, match=r"^aws_region is 'us-east-1' and region_name is"):
        kind("us-east-1", region_name="us-west-2")
    region = []

    async def do(client: Any) -> None:
        await maybe_await(client.generate("hello", stream=False))
        region.append(client._client.meta.region_name)

    for names in ({"aws_region": "eu-west-1"}, {"region_name": "eu-west-1"}, {}):
        with served(Mode.SAGEMAKER, plain(Mode.SAGEMAKER)):
            with_client(kind, do, endpoint_name="target", **names)
    assert region == ["eu-west-1", "eu-west-1", "us-east-1"]


@both_clients
def test_the_environment_is_unchanged(kind: type, served: Any) -> None:
    with served(Mode.BEDROCK, streamed(Mode.BEDROCK)):
        before = dict(os.environ)
        ask_region = {"aws_region": "eu-west-1", "mode": Mode.BEDROCK}

        async def do(client: Any) -> None:
            await read_pieces(await maybe_await(client.generate("hello", model_id="target")))

        with_client(kind, do, **ask_region)
        assert dict(os.environ) == before


@both_clients
@both_modes
def test_a_client_created_from_settings_can_be_pickled(kind: type, mode: Mode, served: Any) -> None:
    async def do(client: Any) -> Any:
        copied = pickle.loads(pickle.dumps(client))
        found = await maybe_await(copied.generate("hello", stream=False, **CALL_ARGUMENTS[mode]))
        await maybe_await(copied.close())
        return found

    with served(mode, plain(mode), plain(mode)) as server:
        assert (
            with_client(kind, do, mode=mode, config=CONFIG, **CLIENT_ARGUMENTS[mode])[0].text
            == " I am"
        )
    assert len(server.calls) == 1
    copied = pickle.loads(pickle.dumps(kind("eu-west-1", mode, config=CONFIG)))
    assert (copied.mode, copied._settings.region) == (mode, "eu-west-1")
    assert copied._settings.config.read_timeout == 30


def test_a_client_with_a_session_or_client_cannot_be_pickled() -> None:
    with pytest.raises(TypeError, match="created with session= cannot be pickled"):
        pickle.dumps(Client(session=boto3.Session()))
    with pytest.raises(TypeError, match="created with client= cannot be pickled"):
        pickle.dumps(Client(client=boto3.client("sagemaker-runtime")))


def test_a_given_client_is_checked() -> None:
    sagemaker = boto3.client("sagemaker-runtime")
    with pytest.raises(
        InvalidRequestError, match=r"^client is for sagemaker-runtime; expected a client for bed"
    ):
        Client(mode=Mode.BEDROCK, client=sagemaker)
    with pytest.raises(
        TypeError, match=r"^client is not from aiobotocore; pass one that is, or use Cl"
    ):
        AsyncClient(client=sagemaker)
    for name in (
        "aws_region",
        "region_name",
        "profile_name",
        "endpoint_url",
        "session",
        "config",
    ):
        with pytest.raises(InvalidRequestError, match=r"^pass either client, or region, "):
            Client(client=sagemaker, **{name: "eu-west-1"})  # type: ignore[arg-type]
    sagemaker.close()

    async def do(client: Any) -> None:
        with pytest.raises(
            TypeError, match=r"^client is not from boto3; pass one that is, or use Asy"
        ):
            Client(client=client)

    with_async_client(Mode.SAGEMAKER, do)


@both_clients
def test_a_session_creates_the_client(kind: type, served: Any) -> None:
    session: Any
    if kind is Client:
        session = boto3.Session(region_name="eu-north-1")
    else:
        session = async_session()
        session.set_config_variable("region", "eu-north-1")

    async def do(client: Any) -> str:
        await maybe_await(client.generate("hello", stream=False))
        return str(client._client.meta.region_name)

    with served(Mode.SAGEMAKER, plain(Mode.SAGEMAKER)):
        assert with_client(kind, do, endpoint_name="target", session=session) == "eu-north-1"


def numbered(number: int, mode: Mode) -> Recording:
    """Return the recording of a plain answer that shows the number of its prompt."""
    body = json.dumps({"generations": [{"text": f"answer {number}"}]}).encode()
    request = {"prompt": f"prompt {number}", "stream": False}
    return replace(plain(mode), request=request, response=RecordedResponse(200, body))


@both_clients
@both_modes
def test_answers_are_in_the_order_of_their_requests(kind: type, mode: Mode, served: Any) -> None:
    requests = [GenerateRequest(prompt=f"prompt {number}") for number in range(20)]

    async def do(client: Any) -> Any:
        return await results_of(
            client.generate_many(requests, max_concurrency=5, **CALL_ARGUMENTS[mode])
        )

    recordings = [numbered(number, mode) for number in reversed(range(20))]
    with served(mode, *recordings, match="request", reuse=False):
        found = with_client(kind, do, mode=mode, **CLIENT_ARGUMENTS[mode])
    assert [answer[0].text for answer in found] == [f"answer {number}" for number in range(20)]


@both_clients
@both_modes
@pytest.mark.parametrize("on_error", ["raise", "return"])
def test_a_failure_has_a_position_and_the_iterator_continues(
    kind: type, mode: Mode, on_error: str, served: Any
) -> None:
    requests = [GenerateRequest(prompt=f"prompt {number}") for number in range(3)]

    async def do(client: Any) -> Any:
        many = client.generate_many(
            [*requests, 7, requests[0]], on_error=on_error, **CALL_ARGUMENTS[mode]
        )
        return await results_of(many)

    with served(mode, numbered(0, mode), numbered(2, mode), match="request"):
        first, refused, third, invalid, last = with_client(
            kind, do, mode=mode, config=CONFIG, **CLIENT_ARGUMENTS[mode]
        )
    assert [found[0].text for found in (first, third, last)] == ["answer 0", "answer 2", "answer 0"]
    assert (type(refused), refused.position, refused.http_status) == (ServiceError, 1, 400)
    assert str(refused).startswith("request 1: ReplayError: no recording answers")
    assert (type(invalid), invalid.position) == (InvalidRequestError, 3)
    assert (
        str(invalid)
        == "request 3: prompt is 7; expected a string or a request, such as ConverseRequest"
    )
    assert pickle.loads(pickle.dumps(refused)).position == 1


@both_clients
def test_prompts_have_the_documented_defaults(kind: type, served: Any) -> None:
    async def do(client: Any) -> Any:
        names = {"variant": "blue", "inference_component": "component"}
        return await results_of(client.generate_many(["hello"], **names))

    with served(Mode.SAGEMAKER, plain(Mode.SAGEMAKER)) as server:
        assert with_client(kind, do, endpoint_name="target")[0][0].text == " I am"
    assert server.calls[0].request == {
        "prompt": "hello",
        "max_tokens": 400,
        "temperature": 1.0,
        "k": 0,
        "p": 0.75,
        "num_generations": 1,
        "stream": False,
    }


@both_clients
def test_the_pool_size_of_the_config_is_used(kind: type, served: Any) -> None:
    async def do(client: Any) -> Any:
        await maybe_await(client.generate("hello", stream=False))
        return client._client.meta.config.max_pool_connections

    for config, expected in ((None, 1000), (Config(max_pool_connections=3), 3)):
        with served(Mode.SAGEMAKER, plain(Mode.SAGEMAKER)):
            assert with_client(kind, do, endpoint_name="target", config=config) == expected


@both_clients
def test_the_repr_shows_settings_without_credentials(kind: type) -> None:
    name = kind.__name__
    assert repr(kind()) == f"{name}(mode=Mode.SAGEMAKER)"
    url = "https://user:secret@host/?secret"
    client = kind("us-east-1", Mode.BEDROCK, profile_name="a", endpoint_url=url)
    shown = "region_name='us-east-1', profile_name='a', endpoint_url='https://***@host/?***'"
    assert repr(client) == f"{name}(mode=Mode.BEDROCK, {shown})"


def test_the_repr_shows_objects_by_type() -> None:
    boto3_client = boto3.client("sagemaker-runtime")
    client = Client(client=boto3_client, endpoint_name="e")
    assert repr(client) == "Client(mode=Mode.SAGEMAKER, endpoint_name='e', client=SageMakerRuntime)"
    assert repr(Client(session=boto3.Session())) == "Client(mode=Mode.SAGEMAKER, session=Session)"
    boto3_client.close()


@both_clients
def test_settings_that_cannot_be_combined(kind: type) -> None:
    with pytest.raises(InvalidRequestError, match=r"^pass either session or profile_name; "):
        kind(profile_name="a", session=boto3.Session())
    with pytest.raises(InvalidRequestError, match=r"^config is of type dict; expected botoc"):
        kind(config={})


@both_clients
@both_modes
def test_errors_of_foreign_code_are_returned_by_generate_many(kind: type, mode: Mode) -> None:
    """Two examples: an invalid address, and text that cannot be encoded."""

    async def do(client: Any) -> Any:
        many = client.generate_many(["a", "b"], on_error="return", **CALL_ARGUMENTS[mode])
        return await results_of(many)

    for address in ("user:secret@host", "http://user:secret@host:99999/"):
        found = with_client(kind, do, mode=mode, endpoint_url=address, **CLIENT_ARGUMENTS[mode])
        assert [type(error) for error in found] == [CohereError] * 2
        assert "secret" not in str(found)

    async def send(client: Any) -> Any:
        target = {"model_id": "\ud800secret"} if mode is Mode.BEDROCK else {}
        many = client.generate_many(["a"], on_error="return", **target)
        return await results_of(many)

    names = {} if mode is Mode.BEDROCK else {"endpoint_name": "\ud800secret"}
    (error,) = with_client(kind, send, mode=mode, endpoint_url="http://127.0.0.1:9", **names)
    assert type(error) is InvalidRequestError
    assert "secret" not in str(error)


@both_clients
@both_modes
def test_an_unreadable_error_body(kind: type, mode: Mode, served: Any) -> None:
    body = "<h1>verboten für immer</h1>".encode("latin-1")
    refusal = replace(plain(mode, 403), response=RecordedResponse(403, body, {}))
    for stream in (False, True):
        operation = STREAMS[mode][0] if stream else refusal.operation
        with served(mode, replace(refusal, operation=operation)):
            with pytest.raises(ServiceError, match="verboten") as caught:
                answer(kind, mode, stream=stream)
        assert (caught.value.http_status, caught.value.retryable) == (403, False)


@both_clients
@pytest.mark.parametrize("name", REPLACEMENTS)
def test_a_missing_documented_method_names_its_replacement(kind: type, name: str) -> None:
    client = kind("us-east-1", Mode.BEDROCK)
    assert not hasattr(client, name)
    assert getattr(client, name, None) is None
    assert name not in dir(client)
    with pytest.raises(AttributeError) as caught:
        getattr(client, name)
    assert str(caught.value) == (
        f"{kind.__name__!r} object has no attribute {name!r}; use {REPLACEMENTS[name]}"
    )
    assert (caught.value.name, caught.value.obj) == (name, client)


@both_clients
def test_any_other_missing_name_is_the_usual_error(kind: type) -> None:
    with pytest.raises(AttributeError, match=f"^'{kind.__name__}' object has no attribute 'embde'"):
        kind().embde  # noqa: B018


@both_clients
def test_an_attribute_error_inside_a_property_is_unchanged(kind: type) -> None:
    class Mine(kind):  # type: ignore[misc,valid-type]
        @property
        def broken(self) -> Any:
            return None.anything  # type: ignore[attr-defined]

    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'anything'"):
        Mine().broken  # noqa: B018


CHAT = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": " I am"}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2},
}
JURASSIC = {"id": 1, "completions": [{"data": {"text": " I am", "tokens": []}}]}
TGI = [{"generated_text": " I am", "details": {"finish_reason": "length", "generated_tokens": 2}}]
TOKENS = [
    {"token": {"id": 1, "text": " I", "logprob": -0.5, "special": False}, "generated_text": None},
    {
        "token": {"id": 2, "text": " am", "logprob": -1.0, "special": False},
        "generated_text": " I am",
    },
]
MESSAGES = [{"role": "user", "content": "hello"}]


@both_clients
@pytest.mark.parametrize(
    ("mode", "request_", "body"),
    [
        (Mode.SAGEMAKER, TgiRequest(inputs="hello"), TGI),
        (Mode.SAGEMAKER, CompletionsRequest(messages=MESSAGES), CHAT),
        (Mode.BEDROCK, CompletionsRequest(messages=MESSAGES), CHAT),
        (Mode.SAGEMAKER, JurassicRequest(prompt="hello"), JURASSIC),
        (Mode.BEDROCK, JurassicRequest(prompt="hello"), JURASSIC),
    ],
)
def test_a_request_fixes_the_dialect_of_a_plain_answer(
    kind: type, mode: Mode, request_: Any, body: Any, served: Any
) -> None:
    recording = plain(mode)
    response = replace(recording.response, body=json.dumps(body).encode())
    with served(mode, replace(recording, response=response)):
        found = answer(kind, mode, request_, stream=False)
    assert found.text == " I am"
    assert found.dialect == request_.dialect
    with served(mode, plain(mode)):
        with pytest.raises(StreamError, match=r"dialect command, .*; it is read as "):
            answer(kind, mode, request_, stream=False)


@both_clients
def test_a_request_fixes_the_dialect_of_a_stream(kind: type, served: Any) -> None:
    lines = "".join(f"data: {json.dumps(item)}\n\n" for item in TOKENS).encode()
    _, name, _ = STREAMS[Mode.SAGEMAKER]
    events = tuple(RecordedEvent(name, lines[i : i + 7]) for i in range(0, len(lines), 7))
    with served(Mode.SAGEMAKER, streamed(Mode.SAGEMAKER, stream=events)):
        stream, pieces = answer(kind, Mode.SAGEMAKER, TgiRequest(inputs="hello"))
    assert [piece.text for piece in pieces] == [" I", " am"]
    assert [piece.token.id for piece in pieces] == [1, 2]
    assert (stream.dialect, stream.text) == ("tgi", " I am")


@both_clients
def test_further_arguments_are_checked_by_the_library(kind: type, served: Any) -> None:
    with served(Mode.SAGEMAKER, plain(Mode.SAGEMAKER)) as server:
        found = answer(kind, Mode.SAGEMAKER, stream=False, aws={"CustomAttributes": "c"})
        assert found.text == " I am"
        with pytest.raises(InvalidRequestError, match="Unknown parameter in input"):
            answer(kind, Mode.SAGEMAKER, stream=False, aws={"Unknown": "c"})
    assert [dict(call.members)["CustomAttributes"] for call in server.calls] == ["c"]


CONVERSATION = ConverseRequest(messages="hello", inference=InferenceConfiguration(max_tokens=5))
REQUEST_ID = {"x-amzn-requestid": "r"}
IDENTIFIED = replace(
    CONVERSE,
    response=replace(CONVERSE.response, headers={**JSON, **REQUEST_ID}),  # type: ignore[type-var]
)
IDENTIFIED_STREAM = replace(CONVERSE_STREAM, headers=REQUEST_ID)


@both_clients
def test_a_plain_answer_of_converse(kind: type, served: Any) -> None:
    with served(Mode.BEDROCK, IDENTIFIED) as server:
        found = answer(kind, Mode.BEDROCK, CONVERSATION, stream=False)
    assert (found.text, found.id, found.dialect) == ("hi", "r", "converse")
    assert (found[0].finish_reason, found.usage.output_tokens) == ("end_turn", 1)
    (call,) = server.calls
    assert (call.operation, call.target) == ("Converse", "target")
    assert call.request == CONVERSATION.to_dict()


@both_clients
def test_a_stream_of_converse_is_strict(kind: type, served: Any) -> None:
    with served(Mode.BEDROCK, IDENTIFIED_STREAM) as server:
        stream, pieces = answer(kind, Mode.BEDROCK, CONVERSATION)
    assert [piece.text for piece in pieces] == ["hi"]
    assert (stream.id, stream.generations.id, stream.text) == ("r", "r", "hi")
    assert (server.calls[0].operation, server.calls[0].target) == ("ConverseStream", "target")
    with (
        served(Mode.BEDROCK, IDENTIFIED_STREAM, truncate_after=2),
        pytest.raises(IncompleteStreamError) as caught,
    ):
        answer(kind, Mode.BEDROCK, CONVERSATION)
    assert caught.value.partial is not None
    assert (caught.value.partial.text, caught.value.partial.id) == ("hi", "r")


@both_clients
def test_a_stream_without_the_id_of_a_request(kind: type, served: Any) -> None:
    with served(Mode.BEDROCK, streamed(Mode.BEDROCK, headers=REQUEST_ID)):
        stream, _ = answer(kind, Mode.BEDROCK)
    assert stream.id is None  # of Command, whose items may have an ID


@both_clients
@pytest.mark.parametrize("stream", [True, False])
def test_refusals_of_converse(kind: type, stream: bool, served: Any) -> None:
    headers = {**JSON, "x-amzn-errortype": "ValidationException:http://internal.amazon.com/"}
    body = b'{"message": "The provided model identifier is invalid."}'
    operation = "ConverseStream" if stream else "Converse"
    refused = replace(CONVERSE, operation=operation, response=RecordedResponse(400, body, headers))
    with served(Mode.BEDROCK, refused), pytest.raises(ServiceError) as caught:
        answer(kind, Mode.BEDROCK, CONVERSATION, stream=stream)
    assert (caught.value.code, caught.value.http_status) == ("ValidationException", 400)
    assert not caught.value.retryable


@both_clients
def test_an_error_inside_a_stream_of_converse(kind: type, served: Any) -> None:
    with (
        served(Mode.BEDROCK, IDENTIFIED_STREAM, fail_after=(2, "throttlingException")),
        pytest.raises(ServiceError) as caught,
    ):
        answer(kind, Mode.BEDROCK, CONVERSATION)
    assert caught.value.partial is not None
    assert (caught.value.partial.text, caught.value.partial.id) == ("hi", "r")


@both_clients
def test_many_requests_of_converse(kind: type, served: Any) -> None:
    wrong = ConverseRequest(messages="hello", guardrail_config={"streamProcessingMode": "sync"})

    async def do(client: Any) -> list[Any]:
        requests = [CONVERSATION, wrong, CONVERSATION]
        return await results_of(client.generate_many(requests, model_id="target"))

    with served(Mode.BEDROCK, IDENTIFIED, IDENTIFIED):
        first, error, last = with_client(kind, do, mode=Mode.BEDROCK, config=CONFIG)
    assert first.text == last.text == "hi"
    assert isinstance(error, InvalidRequestError)
    assert str(error).startswith("request 1: guardrail_config.streamProcessingMode is set")


@both_clients
@pytest.mark.parametrize("stream", [True, False])
def test_members_that_botocore_does_not_know(kind: type, stream: bool, served: Any) -> None:
    request = ConverseRequest(messages=[{"role": "user", "content": [{"hologram": {}}]}])
    with served(Mode.BEDROCK) as server, pytest.raises(InvalidRequestError) as caught:
        answer(kind, Mode.BEDROCK, request, stream=stream)
    assert str(caught.value) == (
        f"{'converse_stream' if stream else 'converse'} was not sent: "
        f"botocore {botocore.__version__} does not know messages[0].content[0].hologram"
    )
    assert not server.calls


@both_clients
def test_bytes_are_sent_as_base64(kind: type, served: Any) -> None:
    image = {"format": "png", "source": {"bytes": b"\x89PNG"}}
    request = ConverseRequest(messages=[{"role": "user", "content": [{"image": image}]}])
    with served(Mode.BEDROCK, IDENTIFIED) as server:
        answer(kind, Mode.BEDROCK, request, stream=False)
    assert server.calls[0].request == json.loads(request.body())


@both_clients
def test_the_message_of_an_answer_goes_into_the_next_request(kind: type, served: Any) -> None:
    messages: list[dict[str, Any]] = [*CONVERSATION.to_dict()["messages"]]

    async def do(client: Any) -> None:
        for _ in range(2):
            request = CONVERSATION.replace(messages=messages)
            found = await maybe_await(client.generate(request, model_id="target", stream=False))
            messages.append(found[0].message())

    with served(Mode.BEDROCK, IDENTIFIED, IDENTIFIED) as server:
        with_client(kind, do, mode=Mode.BEDROCK, config=CONFIG)
    assert server.calls[1].request["messages"] == messages[:2]
    assert messages[1] == {"role": "assistant", "content": [{"text": "hi"}]}


@both_clients
@both_modes
def test_an_answer_has_the_id_and_headers_of_its_response(
    kind: type, mode: Mode, served: Any
) -> None:
    headers = {"x-amzn-requestid": "r-1", "x-amzn-bedrock-trace": "t-1"}
    with served(mode, plain(mode, x_amzn_requestid="r-1", x_amzn_bedrock_trace="t-1")):
        found = answer(kind, mode, stream=False)
    with served(mode, streamed(mode, headers=headers)):
        stream, _ = answer(kind, mode)
    for each in (found, stream, stream.generations):
        assert each.request_id == "r-1"
        assert headers.items() <= each.response_headers.items()
    assert found == Generations.from_dict(found.to_dict())
    refused = plain(mode, 400, x_amzn_requestid="r-2")
    with served(mode, refused), pytest.raises(ServiceError) as caught:
        answer(kind, mode, stream=False)
    assert caught.value.request_id == "r-2"
    with (
        served(mode, streamed(mode, headers=headers), truncate_after=1),
        pytest.raises(IncompleteStreamError) as cut_off,
    ):
        answer(kind, mode)
    assert cut_off.value.request_id == "r-1"


@both_clients
def test_an_error_in_a_plain_answer_has_it_too(kind: type, served: Any) -> None:
    async def do(client: Any) -> list[CohereError]:
        aws: dict[str, Any] = {"model_id": "target"}
        calls: list[Any] = [
            partial(client.generate, "a", stream=False, **aws),
            partial(client.embed, ["a"], input_type="search_query", **aws),
        ]
        errors: list[CohereError] = []
        for call in calls:
            with pytest.raises(CohereError) as caught:
                await maybe_await(call())
            errors.append(caught.value)
        return errors

    headers = {**JSON, **REQUEST_ID}
    recordings = [
        replace(plain(Mode.BEDROCK), response=RecordedResponse(200, body, headers))
        for body in (b'{"message":"no"}', b'{"embeddings":[]}')
    ]
    with served(Mode.BEDROCK, *recordings):
        refused, other = with_client(kind, do, mode=Mode.BEDROCK, config=CONFIG)
    assert isinstance(refused, ServiceError)
    assert isinstance(other, StreamError)
    assert refused.request_id == other.request_id == other.answer.request_id == "r"


@both_clients
def test_other_answers_have_it_too(kind: type, served: Any) -> None:
    async def do(client: Any) -> list[Any]:
        aws: dict[str, Any] = {"model_id": "target"}
        query = {"input_type": "search_query"}
        return [
            await maybe_await(client.generate(CONVERSATION, stream=False, **aws)),
            await maybe_await(client.chat("hello", **aws)),
            await maybe_await(client.embed(["a"], **query, **aws)),
            await maybe_await(client.embed(["a"], embedding_types=["float"], **query, **aws)),
            await maybe_await(client.rerank("a", ["b"], **aws)),
            await maybe_await(client.classify(["a"], "name", **aws)),
            await maybe_await(client.summarize("a", **aws)),
        ]

    bodies: list[Any] = [
        {"text": "hi", "response_id": "r", "generation_id": "g"},
        {"embeddings": [[1.0]]},
        {"embeddings": {"float": [[1.0]]}},
        {"results": [{"index": 0, "relevance_score": 0.5}]},
        {"classifications": [{"prediction": "good"}]},
        {"summary": "short"},
    ]
    headers = {**JSON, **REQUEST_ID}
    recordings = [
        replace(
            plain(Mode.BEDROCK), response=RecordedResponse(200, json.dumps(body).encode(), headers)
        )
        for body in bodies
    ]
    with served(Mode.BEDROCK, IDENTIFIED, *recordings):
        answers = with_client(kind, do, mode=Mode.BEDROCK, config=CONFIG)
    assert [each.request_id for each in answers] == ["r"] * 7


@both_clients
@both_modes
def test_calls_are_logged(
    kind: type, mode: Mode, served: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "cohere_aws")
    with served(mode, plain(mode), streamed(mode), plain(mode, 400)):
        answer(kind, mode, "secret", stream=False)
        answer(kind, mode, "secret")
        with pytest.raises(ServiceError):
            answer(kind, mode, "secret", stream=False)
    records = [record for record in caplog.records if record.name == "cohere_aws"]
    values: list[Any] = [record.args for record in records]
    assert [(each["outcome"], each["status"], each["target"]) for each in values] == [
        ("complete", 200, "target"),
        ("complete", 200, "target"),
        ("ServiceError", 400, "target"),
    ]
    assert [each.get("events") for each in values] == [None, 3, None]
    assert not any("secret" in record.getMessage() for record in records)
