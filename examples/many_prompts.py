"""Send many prompts at once, and read the answers in order. The last request fails."""

from pathlib import Path

import boto3

from cohere_aws import Client, CohereError, GenerateRequest
from cohere_aws.testing import serve

RECORDING = Path(__file__).parent / "recordings" / "sagemaker-plain.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

requests = [GenerateRequest(prompt=f"Line {number}", max_tokens=9) for number in range(100)]
with serve(RECORDING) as server:
    session = boto3.Session(region_name="us-east-1", **CREDENTIALS)
    boto3_client = session.client("sagemaker-runtime", endpoint_url=server.url)
    client = Client(client=boto3_client, endpoint_name="cohere-command")
    # on_error="return" yields an error in place of the answer; 7 is not a valid request.
    with client.generate_many([*requests, 7], max_concurrency=16, on_error="return") as answers:
        for number, answer in enumerate(answers):
            if isinstance(answer, CohereError):
                print(answer)
            elif number % 25 == 0:
                print(number, answer[0].text)
    boto3_client.close()
