"""Read the output of a batch job with Dask, and write the records to try again as a new input."""

from pathlib import Path

from dask.bag import read_text
from dask.distributed import Client as Cluster

from cohere_aws import GenerateRequest
from cohere_aws.batch import read_line, write_line

# On AWS: "s3://your-bucket/output" and "s3://your-bucket/input". Dask opens them with s3fs.
OUTPUT = (Path(__file__).parent / "recordings").as_uri()
INPUT = Path("input").absolute().as_uri()


def line_again(record):
    return write_line(GenerateRequest.from_dict(record.model_input), record.record_id)


if __name__ == "__main__":
    with Cluster(n_workers=2, threads_per_worker=1, dashboard_address=None):
        records = read_text(f"{OUTPUT}/*.jsonl.out").map(read_line).persist()
        answers = records.filter(lambda record: record.answer is not None)
        texts = answers.map(lambda record: (record.record_id, record.answer.text)).compute()
        failed = records.filter(lambda record: record.error is not None)
        retryable = failed.filter(lambda record: record.error.retryable)
        retryable.map(line_again).to_textfiles(f"{INPUT}/*.jsonl")
    print(dict(sorted(texts)))
    print(*(path.read_text() for path in Path("input").iterdir()))
