"""Ask many prompts with 4 workers of Dask, which get a pickled ``Client``; repeat what failed."""

import os
from pathlib import Path

from botocore.config import Config
from dask.bag import from_sequence
from dask.distributed import Client as Cluster

from cohere_aws import Client, CohereError
from cohere_aws.testing import serve

RECORDING = Path(__file__).parent / "recordings" / "sagemaker-plain.jsonl"
COUNT = int(os.environ.get("PROMPTS", "10000"))
os.environ |= {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}


def ask(prompts, client):
    with client:
        return [*zip(prompts, client.generate_many(prompts, on_error="return"), strict=True)]


if __name__ == "__main__":
    with serve(RECORDING, throttle=25) as server:  # it refuses the first 25 requests
        os.environ["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"] = server.url
        once = Config(retries={"total_max_attempts": 1})
        client = Client("us-east-1", endpoint_name="cohere-command", config=once)
        prompts = from_sequence((f"Line {number}" for number in range(COUNT)), npartitions=16)
        with Cluster(n_workers=4, threads_per_worker=1, dashboard_address=None):
            found = prompts.map_partitions(ask, client).compute()
            failed = [prompt for prompt, answer in found if isinstance(answer, CohereError)]
            found += from_sequence(failed).map_partitions(ask, client).compute()
    texts = [answer.text for _, answer in found if not isinstance(answer, CohereError)]
    print(f"{len(failed)} of {COUNT} prompts failed; asked again, {len(texts)} have answers")
