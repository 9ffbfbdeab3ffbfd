"""Generate text on the workers of a Dask cluster, which get a pickled ``Client``."""

import os
from pathlib import Path

from dask.bag import from_sequence
from dask.distributed import Client as Cluster

from cohere_aws import Client
from cohere_aws.testing import serve

RECORDING = Path(__file__).parent / "recordings" / "sagemaker-plain.jsonl"
os.environ |= {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}


def generate(prompts, client):
    with client:
        return [answer[0].text for answer in client.generate_many(prompts, max_concurrency=4)]


if __name__ == "__main__":
    with serve(RECORDING) as server:
        os.environ["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"] = server.url
        with Cluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            prompts = from_sequence((f"Line {number}" for number in range(40)), npartitions=4)
            client = Client("us-east-1", endpoint_name="cohere-command")
            answers = prompts.map_partitions(generate, client).compute()
            workers = len(cluster.scheduler_info()["workers"])
        print(f"{len(answers)} answers from {workers} workers, the first: {answers[0]}")
