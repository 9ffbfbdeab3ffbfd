"""Compare the reader of frames with botocore's own, on random streams.

Run from the root of the project; a seed prints the same cases again::

    PYTHONPATH=tests python tests/fuzz/fuzz_frames.py --seconds 60 --seed 1

The tests check some hundred cases by hypothesis; this checks some hundred in a second.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import sys
import time
from importlib.util import find_spec

import botocore

from frame_cases import async_difference, case_from, difference


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--cases", type=int, default=sys.maxsize)
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    options = parser.parse_args()
    end, loop = time.monotonic() + options.seconds, asyncio.new_event_loop()
    is_async = find_spec("aiobotocore") is not None
    count = 0
    while count < options.cases and time.monotonic() < end:
        number = options.seed + count
        found = difference(case_from(random.Random(number)))
        if found is None and is_async and number % 4 == 0:
            found = loop.run_until_complete(async_difference(case_from(random.Random(number))))
        if found is not None:
            sys.exit(f"case {number} differs: {found}")
        count += 1
    gc.collect()  # bodies that are left in reference cycles have generators that must be closed
    loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    versions = f"Python {sys.version.split()[0]}, botocore {botocore.__version__}"
    found = f"{count} cases from seed {options.seed}, no difference ({versions}, async: {is_async})"
    sys.stdout.write(found + "\n")


if __name__ == "__main__":
    main()
