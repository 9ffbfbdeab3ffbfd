"""Read the likelihood of each generated token."""

from pathlib import Path

import boto3

from cohere_aws import Client
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "sagemaker-plain.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

boto3_client = boto3.client("sagemaker-runtime", region_name="us-east-1", **CREDENTIALS)
client = Client(client=boto3_client, endpoint_name="cohere-command")
with replay(boto3_client, RECORDING):
    answer = client.generate("Rivers", return_likelihoods="GENERATION", stream=False)
for token_likelihood in answer[0].token_likelihoods or ():
    print(f"{token_likelihood.token!r:10} {token_likelihood.likelihood}")
print(f"mean       {answer[0].likelihood}")
