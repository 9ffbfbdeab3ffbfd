"""Stream from Bedrock. A recording answers in place of AWS: drop ``replay`` to ask for real."""

import json
from pathlib import Path

import boto3

from cohere_aws import Mode, StreamingGenerations
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "bedrock-stream.jsonl"
ANY = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}

client = boto3.client("bedrock-runtime", region_name="us-east-1", **ANY)
body = json.dumps({"prompt": "Write a line about rivers.", "stream": True})
with replay(client, RECORDING, delays=True):
    response = client.invoke_model_with_response_stream(
        modelId="cohere.command-text-v14", body=body
    )
    with StreamingGenerations(response["body"], Mode.BEDROCK) as stream:
        for piece in stream:
            print(piece.text, end="", flush=True)
print(f"\n{stream.finish_reason}, {stream.usage.output_tokens} tokens")
