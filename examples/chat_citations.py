"""Stream a chat with a model of Cohere: the text, and its sources."""

import json
from pathlib import Path

import boto3

from cohere_aws import Mode, StreamCitationGeneration, StreamingChat, StreamTextGeneration
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "chat-stream.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

client = boto3.client("sagemaker-runtime", region_name="us-east-1", **CREDENTIALS)
body = {"messages": [{"role": "user", "content": "How long is the Elbe?"}], "stream": True}
with replay(client, RECORDING):
    response = client.invoke_endpoint_with_response_stream(
        EndpointName="command-a", Body=json.dumps(body)
    )
    with StreamingChat(response["Body"], Mode.SAGEMAKER, strict=True) as stream:
        for event in stream:
            if isinstance(event, StreamTextGeneration):
                print(event.text, end="")
            elif isinstance(event, StreamCitationGeneration):
                cited = event.citations[0]
                print(f"\n{cited['text']!r} is from {cited['sources'][0]['document']['title']!r}")
print(stream.finish_reason, stream.usage.output_tokens)
