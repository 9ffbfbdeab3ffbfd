"""What goes wrong is an error with a kind, and with all that had arrived."""

from pathlib import Path

import boto3

from cohere_aws import Client, CohereError, Mode
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "bedrock-stream.jsonl"
ANY = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}

boto3_client = boto3.client("bedrock-runtime", region_name="us-east-1", **ANY)
client = Client(mode=Mode.BEDROCK, client=boto3_client)
for fault in ({"fail_after": (3, "throttlingException")}, {"truncate_after": 3}, {"flip": 5000}):
    with replay(boto3_client, RECORDING, **fault):
        try:
            client.generate("Rivers", model_id="cohere.command-text-v14").read()
        except CohereError as error:
            print(f"{type(error).__name__}, retryable: {error.retryable}: {error}")
            print(f"  arrived: {error.partial[0].text!r}")
