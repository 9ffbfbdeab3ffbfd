"""One call whose answer is written as it comes, for ``ask`` and ``chat``."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import TYPE_CHECKING

from ._output import note, painted, write
from ._requests import FORMS

if TYPE_CHECKING:
    from cohere_aws._request import Request
    from cohere_aws.client import Client
    from cohere_aws.generation import Generation, Generations

__all__ = ["answer", "show_likelihoods"]

# The colour of a token whose probability is at least this; the first that fits.
_SHADES = ((0.5, "green"), (0.1, "yellow"), (0.0, "red"))


def answer(
    client: Client, request: Request, model_id: str | None, *, as_json: bool = False
) -> Generations:
    """Make a call; write the text, or the answer in JSON, and a summary; return the answer.

    The summary is a line on standard error. If the call fails inside the answer, the text so far
    is on standard output.
    """
    start = time.monotonic()
    if not FORMS[request.dialect].streams:
        found = client.generate(request, model_id=model_id, stream=False)
        if not as_json:
            write(found.text)
    else:
        # Leaving the block closes the stream, also after Ctrl-C.
        with client.generate(request, model_id=model_id) as stream:
            for piece in stream:
                if not as_json:
                    write(piece.text)
            found = stream.read()
    if as_json:
        # ASCII, because a terminal may not have other characters, and an escape of Python inside
        # a string would not be JSON.
        write(json.dumps(found.to_dict()), end="\n")
    elif not found.text.endswith("\n"):
        write("\n")
    note(_summary(found, time.monotonic() - start), "faint")
    return found


def _summary(found: Generations, seconds: float) -> str:
    finish = found[0].finish if found.generations else None
    counts = []
    if found.usage is not None:
        for name, count in (("in", found.usage.input_tokens), ("out", found.usage.output_tokens)):
            if count is not None:
                counts.append(f"{count} {name}")
    tokens = ", ".join(counts) or "not reported"
    return f"finish: {finish or 'not reported'}; tokens: {tokens}; {seconds:.1f} s"


def show_likelihoods(generation: Generation) -> None:
    """Write a line for each token: likelihood, probability in percent, and text."""
    for token in generation.token_likelihoods or ():
        if token.likelihood is None:  # the first token of a prompt
            write(f"{'-':>9} {'-':>6}  {token.token!r}", end="\n")
            continue
        probability = math.exp(min(token.likelihood, 0))
        colour = next(name for least, name in _SHADES if probability >= least)
        figures = f"{token.likelihood:9.4f} {probability:6.1%}"
        # Not write(), which would show the colours as escapes. repr() leaves no control character.
        print(painted(figures, colour, sys.stdout), f" {token.token!r}", flush=True)
