"""One call, for ``ask`` and ``chat``. Its answer is written piece by piece, as it arrives."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import TYPE_CHECKING

from cohere_aws._text_stream import TextStream

from ._output import is_terminal, note, painted, write
from ._requests import FORMS

if TYPE_CHECKING:
    from cohere_aws._request import Request
    from cohere_aws.client import Client
    from cohere_aws.generation import Generation, Generations, StreamingGenerations

__all__ = ["answer", "show_likelihoods"]

_MOST = 1e9  # larger likelihoods are shown as this number

# The least probability of each colour. The first row that fits a token is its colour.
_SHADES = ((0.5, "green"), (0.1, "yellow"), (0.0, "red"))


def answer(
    client: Client, request: Request, model_id: str | None, *, as_json: bool = False
) -> Generations:
    """Make a call; write the answer as text or JSON, and a summary; return the answer.

    The summary is a line on standard error. If the call fails inside the answer, the text before
    the failure is on standard output.
    """
    start = time.monotonic()
    is_written = False
    if not FORMS[request.dialect].streams:
        found = client.generate(request, model_id=model_id, stream=False)
    else:
        # Leaving the block closes the stream, also after Ctrl-C.
        with client.generate(request, model_id=model_id) as stream:
            is_written = not as_json and _write_first(stream)
            found = stream.read()
    if as_json:
        # json.dumps() writes ASCII. For other characters that the encoding of the terminal does not
        # have, ``prepare`` writes escapes of Python, which are not JSON.
        write(json.dumps(found.to_dict()), end="\n")
    else:
        for generation in found.generations[is_written:]:
            write(generation.text, end=_end_of(generation.text))
    note(_summary(found, time.monotonic() - start), "faint")
    return found


def _write_first(stream: StreamingGenerations) -> bool:
    """Write the text of the first generation as it arrives; return whether it has text."""
    last = ""
    # The first generation only, because pieces of several generations would be mixed.
    pieces = (piece for piece in stream if piece.index == 0)
    try:
        for last in TextStream(pieces, stream._stream):  # noqa: SLF001
            write(last)
    except BaseException:
        # On a terminal, the error, or the prompt of the shell, begins a line.
        if last and is_terminal(sys.stdout):
            write(_end_of(last))
        raise
    if last:
        write(_end_of(last))
    return bool(last)


def _end_of(text: str) -> str:
    """Return what ends the line of *text*."""
    return "" if text.endswith("\n") else "\n"


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
        # An integer of JSON may be too large for a float; fewer digits are enough.
        likelihood = max(-_MOST, min(_MOST, token.likelihood))
        probability = math.exp(min(likelihood, 0))
        colour = next(name for least, name in _SHADES if probability >= least)
        figures = f"{likelihood:9.4f} {probability:6.1%}"
        # write() would show the codes of the colours as escapes. repr() has escaped the token.
        print(painted(figures, colour, sys.stdout), f" {token.token!r}", flush=True)
