"""Stream with asyncio. Needs the extra ``async``."""

import asyncio
from pathlib import Path

from aiobotocore.session import get_session

from cohere_aws import AsyncClient, Mode
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "bedrock-stream.jsonl"
MODEL = "cohere.command-text-v14"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}  # placeholders


async def main():
    session = get_session()
    creating = session.create_client("bedrock-runtime", region_name="us-east-1", **CREDENTIALS)
    async with creating as aws, AsyncClient(mode=Mode.BEDROCK, client=aws) as client:
        with replay(aws, RECORDING):
            # "async with" closes the connection, also after an error.
            async with await client.generate("Rivers", model_id=MODEL) as stream:
                async for piece in stream:
                    print(piece.text, end="", flush=True)
        print(f"\n{stream.finish_reason}")


asyncio.run(main())
