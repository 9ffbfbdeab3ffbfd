"""Options that name a model."""

from __future__ import annotations

import argparse
import json
from typing import Any

import pytest

from cohere_aws import InvalidRequestError, Mode
from cohere_aws._cli._model import add_model, add_parameters, create_client, request_for


def parsed(*arguments: str, **settings: Any) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_model(parser, **settings)
    add_parameters(parser)
    return parser.parse_args(arguments)


def test_the_service_and_the_dialect() -> None:
    options = parsed("--model-id", "m")
    assert (create_client(options).mode, options.dialect) == (Mode.BEDROCK, "converse")
    options = parsed("--endpoint", "e")
    assert (create_client(options).mode, options.dialect) == (Mode.SAGEMAKER, "completions")
    options = parsed("--endpoint", "e", "--dialect", "tgi", "--region", "eu-west-1")
    assert "endpoint_name='e'" in repr(create_client(options))
    assert "eu-west-1" in repr(create_client(options))
    assert options.dialect == "tgi"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of the arguments --endpoint --model-id is required"),
        (["--endpoint", "e", "--model-id", "m"], "not allowed with"),
        (["--endpoint", "e", "--extra", "[1]"], "--extra: expected a JSON object"),
        (["--endpoint", "e", "--extra", "{"], "--extra: expected a JSON object"),
    ],
)
def test_wrong_options(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parsed(*arguments)
    assert message in capsys.readouterr().err


def test_a_dialect_of_the_other_service() -> None:
    with pytest.raises(
        InvalidRequestError, match="--dialect tgi with --model-id; expected --endpoint"
    ):
        create_client(parsed("--model-id", "m", "--dialect", "tgi"))
    with pytest.raises(
        InvalidRequestError, match="--dialect converse with --endpoint; expected --"
    ):
        create_client(parsed("--endpoint", "e", "--dialect", "converse"))


def test_a_conversation_needs_a_dialect_of_chats(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parsed("--endpoint", "e", "--dialect", "tgi", only_chat=True)
    assert "'completions', 'converse', 'chat'" in capsys.readouterr().err.replace(
        "completions, converse, chat", "'completions', 'converse', 'chat'"
    )


@pytest.mark.parametrize(
    ("arguments", "counts"),
    [
        (["--endpoint", "e"], {"include_usage": True}),
        (["--endpoint", "e", "--extra", '{"stream_options": {}}'], {}),
        (["--model-id", "m", "--dialect", "completions"], None),  # on Bedrock, models refuse it
    ],
)
def test_tokens_are_counted_on_sagemaker(arguments: list[str], counts: Any) -> None:
    options = parsed(*arguments, "--max-tokens", "5")
    create_client(options)
    body = json.loads(request_for(options, [("user", "Hi")]).body())
    assert body.get("stream_options") == counts
    assert body["max_tokens"] == 5
