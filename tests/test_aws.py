"""Facts about clients of boto3 and aiobotocore."""

from __future__ import annotations

import sys
from typing import Any
from unittest.mock import MagicMock, Mock

import boto3
import botocore
import pytest

from clients import SERVICES, both_modes, client_of, with_async_client
from cohere_aws import Client, Mode
from cohere_aws._aws import botocore_version, is_asynchronous, service_of, unknown_members


async def facts(client: object) -> tuple[bool, str]:
    return is_asynchronous(client), service_of(client)


@both_modes
def test_clients_of_both_libraries_are_recognised(mode: Mode) -> None:
    assert not is_asynchronous(client_of(mode))
    assert service_of(client_of(mode)) == SERVICES[mode]
    assert with_async_client(mode, facts) == (True, SERVICES[mode])


def test_a_client_of_another_service_has_its_own_name() -> None:
    assert service_of(boto3.client("s3")) == "s3"


def test_other_objects_are_refused_by_their_type() -> None:
    words = r"^client is of type {}; expected a client of boto3 or aiobotocore \(enter one of aio"
    for wrong in ("client", Client(client=client_of(Mode.SAGEMAKER))):
        with pytest.raises(TypeError, match=words.format(type(wrong).__name__)):
            service_of(wrong)


def unknown(method: str = "converse", **members: Any) -> list[str]:
    return unknown_members(client_of(Mode.BEDROCK), method, {"modelId": "m", **members})


def test_members_that_the_service_model_has_are_known() -> None:
    block = {"toolUse": {"toolUseId": "1", "name": "f", "input": {"any": {"thing": [1]}}}}
    message = {"role": "user", "content": [{"text": "a"}, block]}
    assert unknown(messages=[message], inferenceConfig={"maxTokens": 5}) == []
    assert unknown("invoke_model", body="{}") == []
    client = client_of(Mode.SAGEMAKER)
    assert unknown_members(client, "invoke_endpoint", {"EndpointName": "e", "Body": ""}) == []


def test_other_members_are_named_by_their_path() -> None:
    content = [{"text": "a"}, {"hologram": {}}, {"image": {"formats": "png"}}]
    found = unknown(
        messages=[{"role": "user", "content": []}, {"role": "user", "content": content}],
        inferenceConfig={"maxToken": 5, "qqq": 1},
        **{"q" * 99: 1},
    )
    assert found == [
        "messages[1].content[1].hologram",
        "messages[1].content[2].image.formats (did you mean format?)",
        "inferenceConfig.maxToken (did you mean maxTokens?)",
        "inferenceConfig.qqq",
        "q" * 40,
    ]


def test_the_only_possible_member_is_named() -> None:
    tool = {"name": "f", "inputSchema": {"type": "object"}}
    found = unknown(toolConfig={"tools": [{"toolSpec": tool}]})
    assert found == ["toolConfig.tools[0].toolSpec.inputSchema.type (expected json)"]


def test_members_in_the_values_of_a_map() -> None:
    shape = client_of(Mode.BEDROCK).meta.service_model.shape_for("ConverseRequest")
    if "promptVariables" not in shape.members:
        pytest.skip(f"botocore {botocore.__version__} does not know promptVariables")
    variables = {"a": {"text": "b"}, "c": {"texts": "d"}}
    found = ["promptVariables[key 1].texts (did you mean text?)"]
    assert unknown(promptVariables=variables) == found


def test_values_of_another_type_are_left_to_boto3() -> None:
    assert unknown(messages="Hello", inferenceConfig=[1]) == []
    assert unknown(messages=[5, {"content": {}}], promptVariables=5) in ([], ["promptVariables"])


@pytest.mark.parametrize("client", [object(), Mock(), MagicMock()])
def test_fakes_of_tests_know_all_members(client: Any) -> None:
    assert unknown_members(client, "converse", {"qqq": 1}) == []


def test_methods_without_a_model_know_all_members() -> None:
    assert unknown("get_paginator", qqq=1) == []


def test_the_version_of_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    assert botocore_version() == botocore.__version__
    monkeypatch.delitem(sys.modules, "botocore")
    assert botocore_version() == "of an unknown version"
