"""Adapter to the package ``aws_sdk_bedrock_runtime``, the AWS client made with Smithy.

The package is optional, and slow to import. Reading its objects does not need it; only making one
does.
"""

from __future__ import annotations

from typing import Any

__all__ = ["new_inference_configuration"]


def new_inference_configuration(**values: Any) -> Any:
    """Return an ``InferenceConfiguration`` of the package, with *values* for its fields.

    Raises:
        ImportError: The package is not installed.
    """
    try:
        from aws_sdk_bedrock_runtime.models import InferenceConfiguration
    except ImportError as error:
        hint = "install it, or the extra 'smithy', on Python 3.12 or later"
        raise ImportError(f"to_sdk() needs aws_sdk_bedrock_runtime: {hint}") from error
    return InferenceConfiguration(**values)
