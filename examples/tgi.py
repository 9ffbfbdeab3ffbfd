"""Stream from Hugging Face TGI on a SageMaker endpoint: a likelihood comes with each piece."""

from pathlib import Path

import boto3

from cohere_aws import Client, TgiRequest
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "tgi-stream.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

boto3_client = boto3.client("sagemaker-runtime", region_name="us-east-1", **CREDENTIALS)
client = Client(client=boto3_client, endpoint_name="llama-on-tgi")
request = TgiRequest(inputs="What does a river do?", max_new_tokens=50)
with replay(boto3_client, RECORDING), client.generate(request) as stream:
    for piece in stream:
        print(f"{piece.token.token!r:14} {piece.token.likelihood:5.2f}  text: {piece.text!r}")
print(f"{stream.finish_reason} means {stream.generations[0].finish}")
