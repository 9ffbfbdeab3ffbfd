"""Stream a chat completion in which the model calls a tool: its parts are joined."""

from pathlib import Path

import boto3

from cohere_aws import Client, CompletionsRequest
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "completions-stream.jsonl"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders

boto3_client = boto3.client("sagemaker-runtime", region_name="us-east-1", **CREDENTIALS)
client = Client(client=boto3_client, endpoint_name="chat-model")
messages = [{"role": "user", "content": "How high was the Elbe in 2025?"}]
tools = [{"type": "function", "function": {"name": "river_level", "parameters": {}}}]
with replay(boto3_client, RECORDING):
    answer = client.generate(CompletionsRequest(messages=messages, tools=tools)).read()
print(answer.text, answer[0].finish)
for call in answer[0].tool_calls:
    print(call.name, call.input)
