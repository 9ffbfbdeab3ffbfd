"""Handle errors: each has a type, says if it is retryable, and keeps the results so far."""

from pathlib import Path

import boto3

from cohere_aws import Client, CohereError, Mode
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "bedrock-stream.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

boto3_client = boto3.client("bedrock-runtime", region_name="us-east-1", **CREDENTIALS)
client = Client(mode=Mode.BEDROCK, client=boto3_client)
for fault in ({"fail_after": (3, "throttlingException")}, {"truncate_after": 3}, {"flip": 5000}):
    with replay(boto3_client, RECORDING, **fault):
        try:
            client.generate("Rivers", model_id="cohere.command-text-v14").read()
        except CohereError as error:
            print(f"{type(error).__name__}, retryable: {error.retryable}: {error}")
            print(f"  arrived: {error.partial[0].text!r}")
