"""Test your own code with a recording. Run ``pytest examples/test_your_code.py``.

The fixture ``stream_recording`` answers the client from ``recordings/river-poem.jsonl``.
"""

import json

import boto3

from cohere_aws import Mode, StreamingGenerations


def poem(client, subject):  # your code
    body = json.dumps({"prompt": f"Write a line about {subject}.", "stream": True})
    response = client.invoke_model_with_response_stream(
        modelId="cohere.command-text-v14", body=body
    )
    return StreamingGenerations(response["body"], Mode.BEDROCK).read()[0].text.strip()


def test_poem(stream_recording):
    client = boto3.client("bedrock-runtime")
    with stream_recording("river-poem", client):
        assert poem(client, "rivers") == "A river never asks the sea how far."
