"""The results of text generation."""

from __future__ import annotations

from ._result import Generation, Generations, StreamingText, TokenLikelihood, Usage

__all__ = ["Generation", "Generations", "StreamingText", "TokenLikelihood", "Usage"]

for _record in (Generation, Generations, StreamingText, TokenLikelihood, Usage):
    _record.__module__ = __name__  # where they are public: pickles name it
