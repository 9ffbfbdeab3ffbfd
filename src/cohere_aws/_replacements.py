"""Replacements for the methods of the documented client that are missing here.

The methods are those of ``Client`` in ``cohere-aws`` 0.8.18 (``cohere_aws.client``) and ``cohere``
7.3.1 (``cohere.manually_maintained.cohere_aws.client``). Each row names the calls of boto3 that the
method makes there; the error for a missing method shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REPLACEMENTS"]

REPLACEMENTS: Mapping[str, str] = {
    "create_endpoint": (
        "create_model, create_endpoint_config and create_endpoint "
        'of boto3.client("sagemaker"), and then connect_to_endpoint()'
    ),
    "create_finetune": (
        'create_model_customization_job of boto3.client("bedrock"), '
        'or create_training_job of boto3.client("sagemaker")'
    ),
    "delete_endpoint": 'delete_endpoint and delete_endpoint_config of boto3.client("sagemaker")',
    "export_finetune": 'create_training_job of boto3.client("sagemaker")',
    "provision_throughput": 'create_provisioned_model_throughput of boto3.client("bedrock")',
    "wait_for_finetune_job": 'get_model_customization_job of boto3.client("bedrock")',
}
