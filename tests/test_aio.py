"""Tests of ``AsyncClient`` alone: event loops, cancelling and closing."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from clients import both_modes, needs_aiobotocore, with_async_client
from cohere_aws import (
    AsyncClient,
    ConverseRequest,
    Generations,
    InvalidRequestError,
    Mode,
    ServiceError,
    TransportError,
)
from cohere_aws.testing import replay, serve
from maybe_async import (
    CALL_ARGUMENTS,
    CLIENT_ARGUMENTS,
    URL_VARIABLES,
    maybe_await,
    read_pieces,
    results_of,
    with_client,
)
from testing.samples import CONVERSE, CONVERSE_STREAM, plain, streamed

if TYPE_CHECKING:
    from cohere_aws import StreamingGenerations

pytestmark = needs_aiobotocore


def replayed(mode: Mode, do: Any, *recordings: Any) -> Any:
    """Return the result of *do* with a client of ours whose AWS client a replay answers."""

    async def around(ready: Any) -> Any:
        with replay(ready, recordings, match="order"):
            async with AsyncClient(mode=mode, client=ready, **CLIENT_ARGUMENTS[mode]) as client:
                return await do(client)

    return with_async_client(mode, around)


@both_modes
def test_plain_and_streamed(mode: Mode) -> None:
    async def do(client: AsyncClient) -> tuple[Generations, list[str]]:
        found = await client.generate("hello", stream=False, **CALL_ARGUMENTS[mode])
        async with await client.generate("hello", **CALL_ARGUMENTS[mode]) as stream:
            return found, [piece.text async for piece in stream]

    found, texts = replayed(mode, do, plain(mode), streamed(mode))
    assert isinstance(found, Generations)
    assert (found[0].text, texts) == (" I am", [" I", " am"])


def test_converse() -> None:
    async def do(client: AsyncClient) -> tuple[Generations, list[str]]:
        request = ConverseRequest(messages="hello")
        found = await client.generate(request, stream=False, model_id="target")
        async with await client.generate(request, model_id="target") as stream:
            return found, [piece.text async for piece in stream]

    found, texts = replayed(Mode.BEDROCK, do, CONVERSE, CONVERSE_STREAM)
    assert isinstance(found, Generations)
    assert (found.text, found.dialect, texts) == ("hi", "converse", ["hi"])


@both_modes
def test_an_error_of_the_service(mode: Mode) -> None:
    async def do(client: AsyncClient) -> None:
        with pytest.raises(ServiceError):
            await client.generate("hello", stream=False, **CALL_ARGUMENTS[mode])

    replayed(mode, do, plain(mode, 403))


def test_a_call_is_a_coroutine_so_that_it_can_be_a_task() -> None:
    mode = Mode.SAGEMAKER

    async def do(client: AsyncClient) -> Generations:
        return await asyncio.create_task(client.generate("hello", stream=False))

    assert replayed(mode, do, plain(mode))[0].text == " I am"


@both_modes
def test_generate_many(mode: Mode) -> None:
    async def do(client: AsyncClient) -> list[str]:
        async with client.generate_many(
            list("abcde"), max_concurrency=2, **CALL_ARGUMENTS[mode]
        ) as many:
            texts = [(await anext(many))[0].text]
            return texts + [answer[0].text async for answer in many]

    assert replayed(mode, do, *[plain(mode)] * 5) == [" I am"] * 5


def test_calls_are_cancelled_when_the_iterator_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def do(client: AsyncClient) -> None:
        before = asyncio.all_tasks()
        monkeypatch.setattr(AsyncClient, "_call", lambda *_: asyncio.sleep(0.01))
        async with client.generate_many(list("abcde"), max_concurrency=2) as many:
            await anext(many)
            monkeypatch.setattr(AsyncClient, "_call", lambda *_: asyncio.sleep(60))
            await anext(many)
        assert asyncio.all_tasks() == before

    with_client(AsyncClient, do, endpoint_name="target")


def test_generate_many_with_a_failure() -> None:
    mode = Mode.SAGEMAKER

    async def do(client: AsyncClient) -> list[Any]:
        many = client.generate_many(list("abc"), max_concurrency=1, on_error="return")
        return [found async for found in many]

    first, refused, last = replayed(mode, do, plain(mode), plain(mode, 403), plain(mode))
    assert (first, type(refused), refused.position) == (last, ServiceError, 1)


def test_calls_are_cancelled_when_the_iterator_is_collected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forever() -> Any:
        while True:
            yield "hello"

    async def do(client: AsyncClient) -> None:
        before = asyncio.all_tasks()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(client.generate_many(forever())), 0.05)
        await asyncio.sleep(0.01)
        gc.collect()
        await asyncio.sleep(0.01)
        assert asyncio.all_tasks() == before

    monkeypatch.setattr(AsyncClient, "_call", lambda *_: asyncio.sleep(60))
    with_client(AsyncClient, do, endpoint_name="target")


@both_modes
def test_cancelling_inside_a_stream_closes_the_connection(
    mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(streamed(mode), match="order", stall_after=1) as server:
        monkeypatch.setenv(URL_VARIABLES[mode], server.url)
        streams: list[StreamingGenerations] = []

        async def do(client: AsyncClient) -> None:
            streams.append(await maybe_await(client.generate("hello", **CALL_ARGUMENTS[mode])))
            reading = asyncio.create_task(read_pieces(streams[0]))
            await asyncio.sleep(0.1)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            # The server holds a stalled connection until the client leaves it.
            ends = time.monotonic() + 5
            while server.connections:
                assert time.monotonic() < ends, "the connection stayed open"
                await asyncio.sleep(0.01)

        with_client(AsyncClient, do, mode=mode, **CLIENT_ARGUMENTS[mode])
    assert streams[0].text == " I"
    assert streams[0].generations is not None


def test_closing_the_client_ends_reading_of_its_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    mode = Mode.SAGEMAKER

    async def do(client: AsyncClient) -> StreamingGenerations:
        stream = await client.generate("hello")
        reading = asyncio.create_task(read_pieces(stream))
        await asyncio.sleep(0.1)
        await client.close()
        with pytest.raises(TransportError):
            await asyncio.wait_for(reading, 5)
        return stream

    with serve(streamed(mode), match="order", stall_after=1) as server:
        monkeypatch.setenv(URL_VARIABLES[mode], server.url)
        assert with_client(AsyncClient, do, endpoint_name="target").text == " I"


def test_an_invalid_request_is_raised_when_the_call_is_awaited() -> None:
    async def do(client: AsyncClient) -> list[Any]:
        calls = [client.generate("hello", max_tokens=number) for number in (0, -1)]
        return await asyncio.gather(*calls, return_exceptions=True)

    found = with_client(AsyncClient, do, endpoint_name="target")
    assert [type(error) for error in found] == [InvalidRequestError] * 2


def test_more_streams_are_open_than_the_default_pool_of_botocore_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mode = Mode.SAGEMAKER

    async def do(client: AsyncClient) -> int:
        streams = [await asyncio.wait_for(client.generate("hello"), 5) for _ in range(15)]
        opened = len(server.connections)
        for stream in streams:
            await stream.aclose()
        return opened

    with serve(streamed(mode, request=None), stall_after=1) as server:
        monkeypatch.setenv(URL_VARIABLES[mode], server.url)
        assert with_client(AsyncClient, do, endpoint_name="target") == 15


def test_a_closed_client_creates_another(monkeypatch: pytest.MonkeyPatch) -> None:
    mode = Mode.SAGEMAKER

    async def do(client: AsyncClient) -> None:
        await client.generate("hello", stream=False)
        made = client._client
        await client.generate("hello", stream=False)
        assert client._client is made
        await client.close()
        await client.generate("hello", stream=False)
        assert client._client is not made

    with serve(plain(mode), match="order") as server:
        monkeypatch.setenv(URL_VARIABLES[mode], server.url)
        with_client(AsyncClient, do, endpoint_name="target")
    assert len(server.calls) == 3


def test_without_aiobotocore_the_error_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiobotocore.session", None)

    async def do(client: AsyncClient) -> None:
        with pytest.raises(ImportError, match=r"aiobotocore.*the extra 'async'"):
            await client.generate("hello")

    with_client(AsyncClient, do, endpoint_name="target")


def test_the_client_is_closed_even_if_a_stream_fails_to_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mode = Mode.SAGEMAKER

    async def refuse() -> None:
        raise ZeroDivisionError

    async def do(client: AsyncClient) -> None:
        stream = await client.generate("hello")
        monkeypatch.setattr(stream, "aclose", refuse)
        with pytest.raises(ZeroDivisionError):
            await client.close()
        assert client._loop_states == {}
        monkeypatch.undo()
        await stream.aclose()

    with serve(streamed(mode), match="order", stall_after=1) as server:
        monkeypatch.setenv(URL_VARIABLES[mode], server.url)
        with_client(AsyncClient, do, endpoint_name="target")


def test_closing_the_iterator_ends_the_loop_of_another_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def do(client: AsyncClient) -> list[Any]:
        many = client.generate_many(["a", "b"])
        reading = asyncio.create_task(results_of(many))
        await asyncio.sleep(0.01)
        await many.aclose()
        return await reading

    monkeypatch.setattr(AsyncClient, "_call", lambda *_: asyncio.sleep(60))
    assert with_client(AsyncClient, do, endpoint_name="target") == []


def test_each_event_loop_gets_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    mode = Mode.SAGEMAKER
    client = AsyncClient(endpoint_name="target")

    async def do() -> Any:
        await client.generate("hello", stream=False)
        return client._client

    with serve(plain(mode), match="order") as server:
        monkeypatch.setenv(URL_VARIABLES[mode], server.url)
        made = [asyncio.run(do()) for _ in range(3)]
        gc.collect()  # an open client would cause a warning
        assert len(set(map(id, made))) == 3
        assert len(client._loop_states) == 1
        ends = time.monotonic() + 5
        while server.connections:
            assert time.monotonic() < ends, "a connection stayed open"
            time.sleep(0.01)


def test_a_given_client_is_for_one_event_loop() -> None:
    mode = Mode.SAGEMAKER
    clients: list[AsyncClient] = []

    async def do(ready: Any) -> None:
        with replay(ready, [plain(mode)] * 2, match="order"):
            clients.append(AsyncClient(client=ready, endpoint_name="target"))
            for _ in range(2):
                await clients[0].generate("hello", stream=False)

    with_async_client(mode, do)
    message = r"^client belongs to another event loop; create one in this loop, or omit client=$"
    with pytest.raises(InvalidRequestError, match=message) as caught:
        asyncio.run(clients[0].generate("hello", stream=False))
    assert not caught.value.retryable


@pytest.mark.parametrize("stream", [False, True])
def test_closing_the_client_ends_a_call_in_flight(stream: bool) -> None:
    async def do(client: AsyncClient) -> None:
        call = asyncio.create_task(client.generate("hello", stream=stream))
        await asyncio.sleep(0.2)
        await client.close()
        with pytest.raises(
            TransportError, match=r"closed while invoke_endpoint\w* was in"
        ) as caught:
            await asyncio.wait_for(call, 5)
        assert not caught.value.retryable

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with_client(AsyncClient, do, endpoint_name="target", endpoint_url=url)


def test_closing_the_client_ends_generate_many_without_retries() -> None:
    async def do(client: AsyncClient) -> None:
        async with client.generate_many(["a", "b"], retries=2) as many:
            call = asyncio.create_task(anext(many))
            await asyncio.sleep(0.2)
            await client.close()
            with pytest.raises(TransportError, match="request 0: the client was closed while"):
                await asyncio.wait_for(call, 5)
            assert client._loop_states == {}

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with_client(AsyncClient, do, endpoint_name="target", endpoint_url=url)


def test_a_task_that_others_cancel_is_cancelled() -> None:
    async def do(client: AsyncClient) -> None:
        call = asyncio.create_task(client.generate("hello"))
        await asyncio.sleep(0.2)
        call.cancel()
        if sys.version_info >= (3, 11):  # before, a task does not count who cancels it
            await client.close()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(call, 5)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with_client(AsyncClient, do, endpoint_name="target", endpoint_url=url)


def test_the_client_of_aiobotocore_can_be_assigned() -> None:
    async def do(client: AsyncClient) -> None:
        for _ in range(2):
            with pytest.raises(
                InvalidRequestError, match="does not exist yet; the first awaited call"
            ):
                client._client  # noqa: B018
            client._client = client
            assert client._client is client
            del client._client

    with_client(AsyncClient, do, endpoint_name="target")
