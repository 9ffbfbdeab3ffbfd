"""Embed any number of texts: batches are sent at once, and their vectors come in order."""

from pathlib import Path

import boto3

from cohere_aws import Client, Mode
from cohere_aws.testing import serve

RECORDING = Path(__file__).parent / "recordings" / "bedrock-embed.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

texts = (f"River {number}" for number in range(1000))  # read as the calls need them
with serve(RECORDING, match="order") as server:  # the same two vectors for each call
    session = boto3.Session(region_name="us-east-1", **CREDENTIALS)
    boto3_client = session.client("bedrock-runtime", endpoint_url=server.url)
    client = Client(client=boto3_client, mode=Mode.BEDROCK)
    options = {"model_id": "cohere.embed-english-v3", "input_type": "search_document"}
    vectors, tokens = [], 0
    with client.embed_many(texts, batch_size=2, **options) as batches:
        for batch in batches:
            vectors += batch  # numpy.asarray(batch) is an array of them
            tokens += batch.usage.input_tokens
    boto3_client.close()
print(len(vectors), "vectors, the last:", vectors[-1], "from", tokens, "tokens")
