"""Record a call. Here a loopback server takes the place of AWS."""

import os
import tempfile
from pathlib import Path

import boto3

from cohere_aws import Client, Mode
from cohere_aws.testing import Recording, record, serve

ANSWER = Path(__file__).parent / "recordings" / "bedrock-stream.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

with tempfile.TemporaryDirectory() as folder, serve(ANSWER) as server:
    os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = server.url
    boto3_client = boto3.client("bedrock-runtime", region_name="us-east-1", **CREDENTIALS)
    path = Path(folder) / "poem.jsonl"
    with record(boto3_client, path, scrub=lambda text: text.replace("Ada", "somebody")):
        client = Client(mode=Mode.BEDROCK, client=boto3_client)
        client.generate("A poem for Ada", model_id="cohere.command-text-v14").read()
    boto3_client.close()
    recording = Recording.load(path)
print(recording.operation, recording.origin, recording.request["prompt"])
print(len(recording.stream), "events, the first:", recording.stream[0].payload.decode())
