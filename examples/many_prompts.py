"""Ask many prompts at once, get the answers in order, and keep them when one fails."""

from pathlib import Path

import boto3

from cohere_aws import Client, CohereError, GenerateRequest
from cohere_aws.testing import serve

RECORDING = Path(__file__).parent / "recordings" / "sagemaker-plain.jsonl"
ANY = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}

requests = [GenerateRequest(prompt=f"Line {number}", max_tokens=9) for number in range(100)]
with serve(RECORDING) as server:
    session = boto3.Session(region_name="us-east-1", **ANY)
    boto3_client = session.client("sagemaker-runtime", endpoint_url=server.url)
    client = Client(client=boto3_client, endpoint_name="cohere-command")
    with client.generate_many([*requests, 7], max_concurrency=16, on_error="return") as answers:
        for number, answer in enumerate(answers):
            if isinstance(answer, CohereError):
                print(answer)
            elif number % 25 == 0:
                print(number, answer[0].text)
    boto3_client.close()
