"""Stream with asyncio (extra ``async``)."""

import asyncio
from pathlib import Path

from aiobotocore.session import get_session

from cohere_aws import AsyncClient, Mode
from cohere_aws.testing import replay

RECORDING = Path(__file__).parent / "recordings" / "bedrock-stream.jsonl"
ANY = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}


async def main():
    making = get_session().create_client("bedrock-runtime", region_name="us-east-1", **ANY)
    async with making as aws, AsyncClient(mode=Mode.BEDROCK, client=aws) as client:
        with replay(aws, RECORDING):
            asking = client.generate("Rivers", model_id="cohere.command-text-v14")
            async with await asking as stream:  # closes the connection, whatever happens
                async for piece in stream:
                    print(piece.text, end="", flush=True)
        print(f"\n{stream.finish_reason}")


asyncio.run(main())
