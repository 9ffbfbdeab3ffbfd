"""Read the tokens that Jurassic-2 nearly chose. Its models do not stream."""

from pathlib import Path

import boto3

from cohere_aws import Client, JurassicRequest
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "jurassic-plain.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

boto3_client = boto3.client("sagemaker-runtime", region_name="us-east-1", **CREDENTIALS)
client = Client(client=boto3_client, endpoint_name="jurassic-2-mid")
request = JurassicRequest(prompt="What does a river do?", max_tokens=20, top_k_return=2)
with replay(boto3_client, RECORDING):
    answer = client.generate(request, stream=False)
for token in answer[0].token_likelihoods:
    print(repr(token.token), [(each.token, each.likelihood) for each in token.alternatives])
print(answer[0].finish, answer.usage.input_tokens, answer.usage.output_tokens)
