"""Stream from Bedrock. A recording answers in place of AWS; without ``replay``, AWS does."""

import json
from pathlib import Path

import boto3

from cohere_aws import Mode, StreamingGenerations
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "bedrock-stream.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

client = boto3.client("bedrock-runtime", region_name="us-east-1", **CREDENTIALS)
body = json.dumps({"prompt": "Write a line about rivers.", "stream": True})
with replay(client, RECORDING, delays=True):
    response = client.invoke_model_with_response_stream(
        modelId="cohere.command-text-v14", body=body
    )
    with StreamingGenerations(response["body"], Mode.BEDROCK) as stream:
        for piece in stream:
            print(piece.text, end="", flush=True)
print(f"\n{stream.finish_reason}, {stream.usage.output_tokens} tokens")
