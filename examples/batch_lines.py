"""Write the input of a batch job of Bedrock, and read its output."""

from pathlib import Path

from cohere_aws import GenerateRequest
from cohere_aws.batch import read_lines, write_line

OUTPUT = Path(__file__).parent / "recordings" / "rivers.jsonl.out"  # as a job writes it to S3

rivers = {"RIVER000000": "Elbe", "RIVER000001": "Oder", "RIVER000002": "Spree"}
with Path("rivers.jsonl").open("w", encoding="utf-8") as file:
    for record_id, river in rivers.items():
        request = GenerateRequest(prompt=f"Where does the {river} begin?", max_tokens=20)
        print(write_line(request, record_id), file=file)

with OUTPUT.open(encoding="utf-8") as file:
    for record in read_lines(file):  # in any order
        if record.error:
            print(
                f"{rivers[record.record_id]}: {record.error} (retryable: {record.error.retryable})"
            )
        else:
            print(f"{rivers[record.record_id]}:{record.answer.text}")
