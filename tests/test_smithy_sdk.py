"""The adapter to the package ``aws_sdk_bedrock_runtime``, which need not be installed."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from cohere_aws._smithy_sdk import new_inference_configuration

PACKAGE = "aws_sdk_bedrock_runtime"


def test_it_makes_an_object_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(**values: Any) -> Any:
        return values

    models = ModuleType(f"{PACKAGE}.models")
    models.InferenceConfiguration = made  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, PACKAGE, ModuleType(PACKAGE))
    monkeypatch.setitem(sys.modules, f"{PACKAGE}.models", models)
    assert new_inference_configuration(max_tokens=5) == {"max_tokens": 5}


def test_without_the_package_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PACKAGE, None)
    monkeypatch.delitem(sys.modules, f"{PACKAGE}.models", raising=False)
    message = r"^to_sdk\(\) needs aws_sdk_bedrock_runtime: install it, or the extra 'smithy', on Py"
    with pytest.raises(ImportError, match=message):
        new_inference_configuration()


def test_the_class_of_the_package_takes_all_parameters() -> None:
    models = pytest.importorskip(f"{PACKAGE}.models", reason="the extra smithy is not installed")
    values = {"max_tokens": 5, "temperature": 0.5, "top_p": 0.25, "stop_sequences": ["a"]}
    assert new_inference_configuration(**values) == models.InferenceConfiguration(**values)
