"""Stream from AWS LMI, whose JSON Lines may be cut anywhere; the request is that of TGI."""

from pathlib import Path

import boto3

from cohere_aws import Mode, StreamingGenerations, TgiRequest
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "lmi-stream.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

client = boto3.client("sagemaker-runtime", region_name="us-east-1", **CREDENTIALS)
with replay(client, RECORDING):
    response = client.invoke_endpoint_with_response_stream(
        EndpointName="llama-on-lmi",
        ContentType="application/json",
        Body=TgiRequest(inputs="Was tut ein Fluss?").body(stream=True),
    )
    stream = StreamingGenerations(response["Body"], Mode.SAGEMAKER, strict=True)
    print([piece.text for piece in stream])
print(stream.prompt, stream.text, stream.usage.output_tokens)
