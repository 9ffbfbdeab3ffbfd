"""Coverage-guided fuzzing of the invariant.

Run from the root of the project, with what the extra "fuzz" installs::

    mkdir -p tests/fuzz/found
    PYTHONPATH=tests python tests/fuzz/fuzz_stream.py -max_total_time=60 tests/fuzz/found tests/fuzz/corpus

New inputs go to the first folder; those worth keeping are moved to the second, which every run of
the tests checks, too.
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
