"""Stream with AWS's smithy SDK. Needs Python 3.12 and the extra ``smithy``."""

import asyncio
from pathlib import Path

from aws_sdk_bedrock_runtime.client import AsyncBedrockRuntimeClient
from aws_sdk_bedrock_runtime.config import AsyncBedrockRuntimeConfig
from aws_sdk_bedrock_runtime.models import InvokeModelWithResponseStreamInput

from cohere_aws import Mode, StreamingGenerations
from cohere_aws.testing import serve

RECORDING = Path(__file__).parent / "recordings" / "bedrock-stream.jsonl"
MODEL = "cohere.command-text-v14"
SETTINGS = {"region": "us-east-1", "aws_access_key_id": "any", "aws_secret_access_key": "any"}


async def main(url):
    config = await AsyncBedrockRuntimeConfig.resolve(endpoint_uri=url, **SETTINGS)
    async with AsyncBedrockRuntimeClient(config=config) as client:
        request = InvokeModelWithResponseStreamInput(model_id=MODEL, body=b'{"prompt": "Rivers"}')
        source = await client.invoke_model_with_response_stream(request)
        async with StreamingGenerations(source, Mode.BEDROCK) as stream:
            async for piece in stream:
                print(piece.text, end="", flush=True)
    print(f"\n{stream.finish_reason}, {stream.usage.output_tokens} tokens")


with serve(RECORDING) as server:  # without an endpoint_uri, AWS answers
    asyncio.run(main(server.url))
