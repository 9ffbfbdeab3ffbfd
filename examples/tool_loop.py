"""Let a model on Converse call a Python function, and stream its answers."""

from pathlib import Path

import boto3

from cohere_aws import Client, ConverseRequest, Mode
from cohere_aws.testing import replay

CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders
FUNCTIONS = {"river_level": lambda river, year: {"metres": {2025: 0.87}[year], "river": river}}
INPUT = {"type": "object", "properties": {"river": {"type": "string"}, "year": {"type": "integer"}}}
TOOLS = [{"toolSpec": {"name": name, "inputSchema": {"json": INPUT}}} for name in FUNCTIONS]

boto3_client = boto3.client("bedrock-runtime", region_name="us-east-1", **CREDENTIALS)
client = Client(client=boto3_client, mode=Mode.BEDROCK)
messages, content = [], [{"text": "How high was the Elbe in 2025?"}]
with replay(boto3_client, sorted(Path(__file__).parent.glob("recordings/tool-loop-*.jsonl"))):
    while content:
        messages.append({"role": "user", "content": content})
        request = ConverseRequest(messages=messages, tool_config={"tools": TOOLS})
        stream = client.generate(request, model_id="amazon.nova-lite-v1:0")
        for text in stream.text_stream:
            print(text, end="", flush=True)
        print(f" ({stream.finish_reason})")
        messages.append(stream.generations[0].message())
        content = []
        for call in stream.generations[0].tool_calls or []:
            found = FUNCTIONS[call.name](**call.input)
            content.append({"toolResult": {"toolUseId": call.id, "content": [{"json": found}]}})
