"""Stream several generations: their pieces arrive mixed, and are joined by their index."""

from pathlib import Path

import boto3

from cohere_aws import Client, Mode
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "bedrock-several.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

boto3_client = boto3.client("bedrock-runtime", region_name="us-east-1", **CREDENTIALS)
client = Client(mode=Mode.BEDROCK, client=boto3_client)
with replay(boto3_client, RECORDING):
    stream = client.generate("Rivers", model_id="cohere.command-text-v14", num_generations=2)
    for piece in stream:
        print(piece.index, repr(piece.text))
for generation in stream.generations or ():
    print(f"{generation.index}:{generation.text} ({generation.finish_reason})")
