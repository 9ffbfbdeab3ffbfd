"""Coverage-guided fuzzing of the invariant.

Install the extra "fuzz", and run from the root of the project::

    mkdir -p tests/fuzz/found
    PYTHONPATH=tests python tests/fuzz/fuzz_stream.py -max_total_time=60 tests/fuzz/found tests/fuzz/corpus

atheris writes new inputs to the first folder. Move those that should be kept to the second: every
run of the tests checks them as well.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cohere_aws"]):
    from invariant import check

if __name__ == "__main__":
    settings = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=4096"]
    words = Path(__file__).with_name("items.dict")
    atheris.Setup([*sys.argv, *settings, f"-dict={words}"], check)
    atheris.Fuzz()
