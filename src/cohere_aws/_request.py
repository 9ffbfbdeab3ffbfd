"""What typed requests share: the rules of their fields, and one error for all that is wrong.

A rule is a function of a value. It returns ``None`` if the value is fine, and otherwise a problem,
which goes on from the name of the field: "is 7; expected …". A value of the right type that is
beyond a limit is ``Refused``: limits differ by model and change, so its message names a workaround.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ._field import is_finite, is_word, kind, word

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Refused",
    "Rule",
    "between",
    "biases",
    "mapping",
    "message_for",
    "one_of",
    "sentence",
    "strings",
    "text",
    "unknown",
]

_SHOWN_BITS = 64
_MOST_DIGITS = 20  # of a token id: those of 64 bits


class Refused(NamedTuple):
    """A problem with a value of the right type, and the value in JSON, unless it is content."""

    problem: str
    shown: str = "…"


Rule = Callable[[Any], "str | Refused | None"]


def text(value: Any) -> str | None:
    """Check a string."""
    return None if isinstance(value, str) else f"is {_shown(value)}; expected a string"


def between(low: float, high: float, *, whole: bool = False) -> Rule:
    """Return a rule for a number from *low* to *high*; a *whole* one has no fraction."""
    expected = f"{'an integer' if whole else 'a number'} from {low} to {high}"
    if high == math.inf:
        expected = f"{'an integer' if whole else 'a number'} of {low} or more"

    def rule(value: Any) -> str | Refused | None:
        problem = f"is {_shown(value)}; expected {expected}"
        if not is_finite(value) or (whole and not isinstance(value, int)):
            return problem
        return None if low <= value <= high else Refused(problem, _in_json(value))

    return rule


def one_of(*values: str) -> Rule:
    """Return a rule for a string that is one of *values*."""
    expected = f"expected one of {', '.join(values)}"

    def rule(value: Any) -> str | Refused | None:
        if not isinstance(value, str):
            return f"is {_shown(value)}; {expected}"
        if value in values:
            return None
        problem = f"is {word(value)}; {expected}"
        if near := _near(value.upper(), values):
            return f'{problem}; did you mean "{near}"?'
        return Refused(problem, _in_json(value))

    return rule


def strings(most: int, shortest: int = 0) -> Rule:
    """Return a rule for a list of strings; not a string, which is a sequence of strings, too."""
    expected = f"a list of at most {most} strings"
    if shortest:
        expected += f" of {shortest} or more characters"

    def rule(value: Any) -> str | Refused | None:
        if isinstance(value, str) or not isinstance(value, Sequence):
            return f"is {_shown(value)}; expected {expected}"
        wrong = [each for each in value if not isinstance(each, str) or len(each) < shortest]
        if wrong:
            return f"holds {_shown(wrong[0])}; expected {expected}"
        return Refused(f"holds {len(value)}; expected {expected}") if len(value) > most else None

    return rule


def biases(value: Any) -> str | Refused | None:
    """Check numbers by token id."""
    expected = "expected token ids (integers of 0 or more) with numbers from -10 to 10"
    if not isinstance(value, Mapping):
        return f"is {_shown(value)}; {expected}"
    bias = between(-10, 10)
    for token, number in value.items():
        digits = token if isinstance(token, str) else _shown(token)
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
            return f"has the token {_shown(token)}; {expected}"
        if found := bias(number):
            problem = f"holds {_shown(number)} for token {token}; {expected}"
            return Refused(problem) if isinstance(found, Refused) else problem
    return None


def mapping(value: Any) -> str | None:
    """Check a dict that can be a JSON object."""
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return None
    return f"is {_shown(value)}; expected a dict with strings for keys"


def sentence(name: str, problem: str | Refused) -> str:
    """Return a problem with the field *name*, and the workaround if there is one."""
    if not isinstance(problem, Refused):
        return f"{name} {problem}"
    # The contents of extra are merged last and not checked.
    return f'{name} {problem.problem}; to send it anyway: extra={{"{name}": {problem.shown}}}'


def unknown(name: str, known: Iterable[str]) -> str:
    """Return what is wrong with *name*, which is not one of the parameters *known*."""
    near = _near(name, known)
    hint = f"did you mean {near}?" if near else "pass other parameters of the model in extra"
    return f"{name:.40} is not a parameter; {hint}"


def message_for(problems: list[str]) -> str:
    """Return one message for all *problems*."""
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems:\n" + "\n".join(f"  {each}" for each in problems)


def _near(given: str, known: Iterable[str]) -> str | None:
    import difflib  # noqa: PLC0415  # takes a while, and only mistakes need it

    return next(iter(difflib.get_close_matches(given, known, n=1)), None)


def _shown(value: Any) -> str:
    """Return a value without content: numbers as they are, everything else by kind and size."""
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, (str, list, tuple, Mapping)):
        unit = "characters" if isinstance(value, str) else "elements"
        return f"{kind(value)} of {len(value)} {unit}"
    return kind(value)


def _in_json(value: str | float) -> str:
    """Return a value as it is sent, or an ellipsis for what is long or may be content."""
    if isinstance(value, str):
        return word(value) if is_word(value) else "…"
    return "…" if isinstance(value, int) and value.bit_length() > _SHOWN_BITS else repr(value)
