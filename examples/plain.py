"""Read an answer that is not streamed, and its token counts."""

from pathlib import Path

import boto3

from cohere_aws import GenerateRequest, Generations, Mode
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "bedrock-plain.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

client = boto3.client("bedrock-runtime", region_name="us-east-1", **CREDENTIALS)
request = GenerateRequest(prompt="What does a river do?", max_tokens=20)
with replay(client, RECORDING):
    response = client.invoke_model(modelId="cohere.command-text-v14", body=request.body())
    generations = Generations.from_response(response, Mode.BEDROCK)
print(generations[0].text, generations[0].finish_reason)
print(generations.usage)
