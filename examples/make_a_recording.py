"""Make a recording of a call; here of a loopback server that stands for AWS."""

import os
import tempfile
from pathlib import Path

import boto3

from cohere_aws import Client, Mode
from cohere_aws.testing import Recording, record, serve

AWS = Path(__file__).parent / "recordings" / "bedrock-stream.jsonl"
ANY = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}

with tempfile.TemporaryDirectory() as folder, serve(AWS) as server:
    os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = server.url
    boto3_client = boto3.client("bedrock-runtime", region_name="us-east-1", **ANY)
    path = Path(folder) / "poem.jsonl"
    with record(boto3_client, path, scrub=lambda text: text.replace("Ada", "somebody")):
        client = Client(mode=Mode.BEDROCK, client=boto3_client)
        client.generate("A poem for Ada", model_id="cohere.command-text-v14").read()
    boto3_client.close()
    recording = Recording.load(path)
print(recording.operation, recording.origin, recording.request["prompt"])
print(len(recording.stream), "events, the first:", recording.stream[0].payload.decode())
