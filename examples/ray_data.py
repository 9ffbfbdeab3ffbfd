"""Ask many prompts with 4 workers of Ray Data; ask those again that failed for a while."""

import os
from pathlib import Path

from botocore.config import Config

from cohere_aws import Client
from cohere_aws.testing import serve

RECORDING = Path(__file__).parent / "recordings" / "sagemaker-plain.jsonl"
PROMPTS = [f"Line {number}" for number in range(int(os.environ.get("PROMPTS", "10000")))]
os.environ |= {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # before the import: Ray reports its use by default
import ray  # noqa: E402
from ray.data import ActorPoolStrategy, from_items  # noqa: E402


class Ask:
    def __init__(self, url):  # each worker has its own client
        options = {"endpoint_url": url, "config": Config(retries={"total_max_attempts": 1})}
        self.client = Client("us-east-1", endpoint_name="cohere-command", **options)

    def __call__(self, batch):
        answers = self.client.generate_many(batch["item"].tolist(), on_error="return")
        return {**batch, "text": [getattr(answer, "text", None) for answer in answers]}


if __name__ == "__main__":
    with serve(RECORDING, throttle=25) as server:  # it refuses the first 25 requests
        ray.init("local", num_cpus=4, include_dashboard=False, _node_ip_address="127.0.0.1")
        options = {"fn_constructor_args": [server.url], "compute": ActorPoolStrategy(size=4)}
        rows = from_items(PROMPTS).map_batches(Ask, **options).take_all()
        failed = [row["item"] for row in rows if row["text"] is None]  # an error has no text
        rows += from_items(failed).map_batches(Ask, **options).take_all()
    texts = [row["text"] for row in rows if row["text"]]
    print(f"{len(failed)} of {len(PROMPTS)} prompts failed; asked again, {len(texts)} have answers")
