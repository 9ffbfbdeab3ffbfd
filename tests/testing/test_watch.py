"""Watching botocore: clients and requests of both libraries, however late they are loaded."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import aiobotocore.session
import boto3
import botocore.client
import botocore.endpoint
import pytest

from clients import (
    with_async_client,
)
from cohere_aws import Mode
from cohere_aws.testing._watch import _replaced, clients_seen

if TYPE_CHECKING:
    from pathlib import Path


def test_every_client_that_is_made_is_seen() -> None:
    init = botocore.client.BaseClient.__init__
    seen: list[Any] = []
    with clients_seen(seen.append):
        one = boto3.client("bedrock-runtime")
        two = boto3.Session().client("sts")

        async def look(client: Any) -> None:
            assert client is seen[2]

        with_async_client(Mode.SAGEMAKER, look)
    boto3.client("bedrock-runtime")
    assert seen[:2] == [one, two]
    names = [client.meta.service_model.service_name for client in seen]
    assert names == ["bedrock-runtime", "sts", "sagemaker-runtime"]
    assert botocore.client.BaseClient.__init__ is init


def test_a_module_is_loaded_as_it_would_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "import json\nclass Late:\n    def method(self):\n        return 1\n"
    (tmp_path / "watched_module.py").write_text(source)
    (tmp_path / "another_module.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    with _replaced("watched_module", "Late", "method", lambda method: lambda self: -method(self)):
        loaded = importlib.import_module("watched_module")
        assert loaded.Late().method() == -1
        assert importlib.import_module("another_module").Late().method() == 1
        assert loaded.__loader__ is loaded.__spec__.loader
        assert loaded.__loader__.get_source("watched_module") == source
    assert loaded.Late().method() == 1
    assert sys.meta_path == finders
    monkeypatch.delitem(sys.modules, "watched_module")
    (tmp_path / "watched_module.py").unlink()
    with _replaced("watched_module", "Late", "method", lambda method: method):
        with pytest.raises(ModuleNotFoundError, match="watched_module"):
            importlib.import_module("watched_module")


def test_a_session_of_the_asynchronous_library_needs_no_more() -> None:
    # The methods that are replaced are those that it takes over, and not ones of its own.
    module = sys.modules["aiobotocore.session"]
    assert module is aiobotocore.session
    base = importlib.import_module("aiobotocore.client").AioBaseClient
    assert base.__init__ is botocore.client.BaseClient.__init__
