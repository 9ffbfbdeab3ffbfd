"""Stream from a SageMaker endpoint, which may cut its bytes anywhere, even inside a character."""

from pathlib import Path

import boto3

from cohere_aws import GenerateRequest, Mode, StreamingGenerations
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "sagemaker-stream.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

client = boto3.client("sagemaker-runtime", region_name="us-east-1", **CREDENTIALS)
request = GenerateRequest(prompt="Schreib über Flüsse.", max_tokens=20)
with replay(client, RECORDING):
    response = client.invoke_endpoint_with_response_stream(
        EndpointName="cohere-command",
        ContentType="application/json",
        Body=request.body(stream=True),
    )
    stream = StreamingGenerations(response["Body"], Mode.SAGEMAKER, strict=True)
    print([piece.text for piece in stream])
print(stream.generations)
