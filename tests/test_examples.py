"""Every example, run as a user runs it: the output, and the length of the file."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"

# Packages of examples that do not run everywhere.
NEEDED = {"async_stream": "aiobotocore", "ray_data": "ray", "smithy": "aws_sdk_bedrock_runtime"}

# Processes of a cluster may log while they end. Ray causes warnings, too.
CLUSTERS = {"dask_batch", "dask_partitions", "ray_data"}

# The output of each example.
PRINTED = {
    "async_stream": """\
 A river never asks the sea how far.
COMPLETE
""",
    "batch_lines": """\
Spree: In Upper Lusatia.
Elbe: In the Giant Mountains.
Oder: 429: Too many requests, please wait before trying again. (retryable: True)
""",
    "chat_citations": """\
The Elbe is 1,094 km long.
'1,094 km' is from 'Rivers of Europe'
COMPLETE 10
""",
    "chat_completions": """\
I will look. tool_use
river_level {'river': 'Elbe', 'year': 2025}
""",
    "dask_batch": """\
{'RIVER000000': ' In the Giant Mountains.', 'RIVER000002': ' In Upper Lusatia.'}
{"recordId": "RIVER000001", "modelInput": {"prompt": "Where does the Oder begin?", "max_tokens": 20}}
""",
    "dask_partitions": """\
25 of 100 prompts failed; asked again, 100 have answers
""",
    "embed_many_texts": """\
1000 vectors, the last: [0.125, 1.0] from 3000 tokens
""",
    "errors": """\
ServiceError, retryable: True: throttlingException: throttlingException after 3 events, as the test asked for
  arrived: ' A river never'
IncompleteStreamError, retryable: True: the stream ended before its last item, after 3 items
  arrived: ' A river never'
TransportError, retryable: True: the stream, after 116 bytes of payload, broke off: botocore.eventstream.ChecksumMismatch
  arrived: ' A river never'
""",
    "jurassic": """\
'\\n' [('\\n', -0.125), (' It', -3.5)]
'It' [(' It', -0.5), (' A river', -1.25)]
' flows' [(' flows', -0.75), (' carries', -1.0)]
'.' [('.', -0.0625), (' to', -3.25)]
'<|endoftext|>' [('<|endoftext|>', -0.03125), ('\\n', -4.0)]
complete 4 5
""",
    "likelihoods": """\
' It'      -1.4
' flows'   -0.9
'.'        -0.13
mean       -0.81
""",
    "lmi": """\
['Was', 'ser', ' fließt', '.', '']
Was tut ein Fluss? Wasser fließt. 5
""",
    "make_a_recording": """\
InvokeModelWithResponseStream constructed A poem for somebody
10 events, the first: {"is_finished": false, "text": " A"}
""",
    "many_prompts": """\
0  It flows.
25  It flows.
50  It flows.
75  It flows.
request 100: prompt is 7; expected a string or a request, such as ConverseRequest
""",
    "plain": """\
 It flows. COMPLETE
cohere.Usage {
\tinput_tokens: 6
\toutput_tokens: 3
\tinvocation_latency_ms: 301
}
""",
    "ray_data": """\
25 of 100 prompts failed; asked again, 100 have answers
""",
    "several_generations": """\
0 ' A'
1 ' Water'
0 ' river'
1 ' remembers'
1 '.'
0 ' bends'
0 '.'
0: A river bends. (COMPLETE)
1: Water remembers. (COMPLETE)
""",
    "smithy": """\
 A river never asks the sea how far.
COMPLETE, 9 tokens
""",
    "stream_bedrock": """\
 A river never asks the sea how far.
COMPLETE, 9 tokens
""",
    "stream_sagemaker": """\
[' Ein', ' Fluß', ' fragt', ' nie', '.']
cohere.Generations {
\tgenerations: [cohere.Generation {
\t\ttext:  Ein Fluß fragt nie.
\t\ttoken_likelihoods: None
\t\tid: generation-1
\t\tfinish_reason: COMPLETE
\t\tfinish: complete
\t}]
\tid: response-1
\tprompt: Schreib über Flüsse.
}
""",
    "tgi": """\
'It'           -0.78  text: 'It'
' flows'       -0.56  text: ' flows'
' to'          -1.19  text: ' to'
' the'         -0.06  text: ' the'
' sea'         -0.15  text: ' sea'
''             -2.34  text: ''
''             -0.07  text: ''
' 🌊'           -0.01  text: ' 🌊'
'.'            -0.22  text: '.'
'<|eot_id|>'   -0.02  text: ''
eos_token means complete
""",
    "timeouts_and_retries": """\
 A river never asks the sea how far.
the stream, after 155 bytes of payload, broke off: urllib3.exceptions.ReadTimeoutError
  arrived: ' A river never asks'
""",
    "tool_loop": """\
I will look it up. (tool_use)
The Elbe was 0.87 metres high. (end_turn)
""",
}


def test_every_example_has_an_expected_output() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*PRINTED, "test_your_code"}


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_prints_the_expected_output(name: str, tmp_path: Path) -> None:
    if name in NEEDED:
        pytest.importorskip(NEEDED[name], reason=f"{NEEDED[name]} is not installed")
    # An example must not need an AWS account, so it runs without the variables of one.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "PYTHONIOENCODING": "utf-8"}
    environment |= {"PROMPTS": "100"}  # of 10,000, in the examples for clusters
    if name == "ray_data":
        environment |= {"HOME": str(tmp_path)}  # Ray writes a token into it
    warnings = "default" if name == "ray_data" else "error"
    command = [sys.executable, "-W", warnings, str(EXAMPLES / f"{name}.py")]
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert (run.stdout, run.returncode) == (PRINTED[name], 0), run.stderr
    assert run.stderr == "" or name in CLUSTERS


def test_the_example_of_a_test_passes() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, str(EXAMPLES / "test_your_code.py")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_has_a_docstring_and_at_most_20_lines_besides_imports(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    body = re.sub(r'^""".*?"""', "", text, count=1, flags=re.DOTALL)
    lines = [line for line in body.splitlines() if line.strip()]
    imports = [line for line in lines if re.match(r"(from|import) ", line)]
    assert len(lines) - len(imports) <= 20
