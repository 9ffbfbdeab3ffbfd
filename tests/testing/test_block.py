"""Blocks: every client that is created inside is answered or recorded."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from clients import (
    BODIES,
    PLAIN,
    SERVICES,
    STREAMS,
    arguments,
    both_modes,
    needs_aiobotocore,
    with_async_client,
)
from cohere_aws import AsyncClient, Client, CohereError, Mode, StreamingGenerations
from cohere_aws.testing import Recording, ReplayError, serve
from cohere_aws.testing._block import answered, recorded
from testing.samples import plain, streamed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / f"{mode.name}.jsonl" for mode in Mode]
    for mode, path in zip(Mode, made, strict=True):
        streamed(mode).save(path)
    return made


def read(mode: Mode) -> str:
    """Create a client, as code does that is not passed one, and call it."""
    client = boto3.client(SERVICES[mode])
    try:
        stream = getattr(client, STREAMS[mode])(**arguments(mode))[BODIES[mode]]
        return StreamingGenerations(stream, mode, strict=True).read()[0].text
    finally:
        client.close()


async def aread(client: Any, mode: Mode) -> str:
    response = await getattr(client, STREAMS[mode])(**arguments(mode))
    stream = StreamingGenerations(response[BODIES[mode]], mode, strict=True)
    return (await stream.aread())[0].text


def ask() -> bytes:
    client = boto3.client("bedrock-runtime")
    try:
        data: bytes = client.invoke_model(**arguments(Mode.BEDROCK))["body"].read()
        return data
    finally:
        client.close()


def test_every_client_is_answered(files: list[Path]) -> None:
    before = dict(os.environ)
    code = (
        "import boto3\n"
        "call = boto3.client('bedrock-runtime').invoke_model_with_response_stream\n"
        "print(len(list(call(modelId='target', body='{}')['body'])))\n"
    )
    with answered(files, reuse=True) as server:
        for mode in Mode:
            assert read(mode) == " I am"
            assert with_async_client(mode, lambda client, m=mode: aread(client, m)) == " I am"  # type: ignore[misc]
        with ThreadPoolExecutor() as pool:
            assert list(pool.map(read, [*Mode] * 3)) == [" I am"] * 6
        run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        assert run.stdout.strip() == b"3"
        assert len(server.calls) == 11
    assert dict(os.environ) == before


@needs_aiobotocore
def test_our_own_clients_are_answered(files: list[Path]) -> None:
    async def ask() -> str:
        async with AsyncClient("us-east-1", mode=Mode.BEDROCK) as client:
            stream = await client.generate("hello", model_id="target")
            return (await stream.aread())[0].text

    bedrock = [path for path in files if path.stem == "BEDROCK"]
    with answered(bedrock * 2, match="order", use_all=True):
        with Client("us-east-1", mode=Mode.BEDROCK) as client:
            assert client.generate("hello", model_id="target").read()[0].text == " I am"
        assert asyncio.run(ask()) == " I am"


def test_other_variables_are_not_changed(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("MINE", "1")
    with answered(files):
        os.environ["MINE"] = "2"
        assert os.environ["AWS_USE_FIPS_ENDPOINT"] == "false"
    assert (os.environ["MINE"], os.environ["AWS_USE_FIPS_ENDPOINT"]) == ("2", "true")


@pytest.mark.parametrize(
    "setting",
    [
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://x"},
        {"HTTP_PROXY": "http://127.0.0.1:9", "no_proxy": "example.com"},
    ],
)
def test_no_setting_makes_a_client_ignore_the_url(
    setting: dict[str, str], files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    with answered(files):
        assert [read(mode) for mode in Mode] == [" I am"] * 2


def test_a_call_that_is_not_answered_fails_the_block(files: list[Path]) -> None:
    with pytest.raises(ReplayError) as caught, answered(files):
        with suppress(ClientError):  # code that handles the error
            ask()
        assert read(Mode.BEDROCK) == " I am"
        with suppress(ClientError):  # each recording answers one call
            read(Mode.BEDROCK)
    first, second = str(caught.value).splitlines()
    assert first == "no recorded operation has the path '/model/target/invoke'"
    assert second.startswith("no recording answers InvokeModelWithResponseStream of 'target'")


def test_an_error_in_the_block_is_the_cause(files: list[Path]) -> None:
    with pytest.raises(ReplayError, match="no recorded operation has") as caught, answered(files):
        try:
            ask()
        except ClientError as error:
            raise KeyError from error
    assert isinstance(caught.value.__context__, KeyError)
    with pytest.raises(KeyError), answered(files):
        raise KeyError


def test_unused_recordings_fail_the_block_if_asked(files: list[Path]) -> None:
    with pytest.raises(ReplayError, match="1 recording did not answer any call"):
        with answered(files, use_all=True):
            read(Mode.BEDROCK)
    with answered(files, use_all=True):
        assert [read(mode) for mode in Mode] == [" I am"] * 2


def test_options_are_those_of_serve(files: list[Path]) -> None:
    with answered(files, reset_after=1), pytest.raises(CohereError):
        read(Mode.BEDROCK)


def nothing(**_: object) -> None:
    pass


def test_every_client_is_recorded(tmp_path: Path) -> None:
    path = tmp_path / "recordings" / "all.jsonl"
    sent: list[str] = []

    def note(request: Any, **_: object) -> None:
        sent.append(request.url)

    recordings = [*map(streamed, Mode), plain(Mode.BEDROCK)]
    with serve(recordings) as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
            patch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", server.url)
            with recorded(path, None, scrub=None, before_send=note) as state:
                boto3.client("sts").close()
                assert read(Mode.SAGEMAKER) == " I am"
                assert (
                    with_async_client(Mode.BEDROCK, lambda client: aread(client, Mode.BEDROCK))
                    == " I am"
                )
                with ThreadPoolExecutor() as pool:
                    pool.submit(ask).result()
                assert not path.parent.exists()
            ask()  # after the block, so it is not recorded
    assert [file.name for file in state.paths] == ["all.jsonl", "all-2.jsonl", "all-3.jsonl"]
    loaded = [Recording.load(file) for file in state.paths]
    assert loaded[:2] == [streamed(Mode.SAGEMAKER), streamed(Mode.BEDROCK)]
    assert loaded[2].operation == "InvokeModel"
    assert len(sent) == 3
    assert [child.name for child in tmp_path.iterdir()] == ["recordings"]


@both_modes
def test_one_client_is_recorded(mode: Mode, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    for name in ("one", "one-2", "one-3"):
        (tmp_path / f"{name}.jsonl").write_text("old")
    with serve(plain(mode)) as server:
        client = boto3.client(plain(mode).service, endpoint_url=server.url)
        with recorded(
            path, client, scrub=lambda text: text.replace("{}", "1"), before_send=nothing
        ):
            pass
        assert len(list(tmp_path.iterdir())) == 3  # a block without a call keeps the files
        with recorded(
            path, client, scrub=lambda text: text.replace("{}", "1"), before_send=nothing
        ) as state:
            for _ in range(2):
                getattr(client, PLAIN[mode])(**arguments(mode))
        client.close()
    assert sorted(tmp_path.iterdir()) == sorted(state.paths)
    assert [Recording.load(file).request for file in state.paths] == [1, 1]


def test_a_block_that_raises_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text("old")
    with serve(plain(Mode.BEDROCK)) as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
            with pytest.raises(KeyError):
                with recorded(path, None, scrub=None, before_send=nothing):
                    ask()
                    raise KeyError
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_known_calls_are_neither_sent_nor_recorded(tmp_path: Path) -> None:
    path, sent = tmp_path / "a.jsonl", []
    streamed(Mode.BEDROCK, request={"old": 1}).save(path)

    def before_send(**facts: Any) -> None:
        sent.append(facts["request"].url.rpartition("/")[2])

    with serve(plain(Mode.BEDROCK)) as server:
        client = boto3.client("bedrock-runtime", endpoint_url=server.url)
        block = recorded(
            path, client, scrub=None, before_send=before_send, known=[path], ignore=["request"]
        )
        with block as state:
            body = client.invoke_model_with_response_stream(**arguments(Mode.BEDROCK))["body"]
            assert len(list(body)) == 3
            client.invoke_model(**arguments(Mode.BEDROCK))
        client.close()
    assert sent == ["invoke"]
    assert state.paths == [tmp_path / "a-2.jsonl"]
    assert Recording.load(path) == streamed(Mode.BEDROCK, request={"old": 1})
    assert Recording.load(state.paths[0]) == plain(Mode.BEDROCK)
