"""Set the read timeout and the retries, by the ``Config`` of botocore."""

import os
from pathlib import Path

from botocore.config import Config

from cohere_aws import Client, Mode, TransportError
from cohere_aws.testing import serve

RECORDING = Path(__file__).parent / "recordings" / "bedrock-stream.jsonl"
MODEL = "cohere.command-text-v14"
os.environ |= {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}

config = Config(read_timeout=1, retries={"mode": "standard", "total_max_attempts": 3})
for faults in ({"throttle": 2}, {"stall_after": 4}):  # two refusals; a stalled stream
    with serve(RECORDING, **faults) as server:
        os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = server.url
        with Client("us-east-1", Mode.BEDROCK, config=config) as client:
            try:
                print(client.generate("Rivers", model_id=MODEL).read()[0].text)
            except TransportError as error:  # a stream that has begun is not retried
                print(f"{error}\n  arrived: {error.partial[0].text!r}")
