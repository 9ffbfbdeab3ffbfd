"""Rules for the values of request fields, and the messages for values that break them.

A rule is a function of a value. It returns ``None`` for a valid value, and otherwise a problem that
continues the name of the field: "is 7; expected …". A value of the right type that is beyond a
limit is ``OverLimit``: limits differ by model and change, so its message adds a workaround where
the request has one. A rule for a value with parts (``_shapes``) returns a list of problems, each of
which begins with the path of a part: "[0].text is 7; expected …".

No message shows a prompt or other content: numbers are shown, other values by type and size.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ._field import is_finite, is_word

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "OverLimit",
    "PartsRule",
    "Problem",
    "Rule",
    "between",
    "flag",
    "json_object",
    "json_objects",
    "mapping",
    "message_for",
    "near",
    "one_of",
    "problem_in_json",
    "problems_with",
    "shown",
    "string",
    "strings",
    "strings_or_objects",
    "token_biases",
    "unknown_parameter",
]

_SHOWN_BITS = 64
_MAX_TOKEN_DIGITS = 20  # those of the largest integer of 64 bits


class OverLimit(NamedTuple):
    """A problem with a value of the right type, and the value in JSON unless it is content."""

    problem: str
    shown: str = "…"


Problem = str | OverLimit | None
Rule = Callable[[Any], Problem]
PartsRule = Callable[[Any], "Problem | list[str]"]


def string(value: Any) -> str | None:
    """Check a string."""
    return None if isinstance(value, str) else f"is {shown(value)}; expected a string"


def between(low: float, high: float, *, whole: bool = False, strict: bool = False) -> Rule:
    """Return a rule for a number from *low* to *high*, or an integer if *whole*.

    If *strict*, the number is above *low* and below *high*, and equals neither of them.
    """
    number = "an integer" if whole else "a number"
    if strict:
        expected = f"{number} above {low}" + (f" and below {high}" if high != math.inf else "")
    elif high == math.inf:
        expected = f"{number} of {low} or more"
    else:
        expected = f"{number} from {low} to {high}"

    def rule(value: Any) -> Problem:
        problem = f"is {shown(value)}; expected {expected}"
        if not is_finite(value) or (whole and not isinstance(value, int)):
            return problem
        if low < value < high if strict else low <= value <= high:
            return None
        return OverLimit(problem, "…" if _is_long(value) else repr(value))

    return rule


def one_of(*values: str) -> Rule:
    """Return a rule for a string that is one of *values*."""
    expected = f"expected one of {', '.join(values)}"

    def rule(value: Any) -> Problem:
        if not isinstance(value, str):
            return f"is {shown(value)}; {expected}"
        if value in values:
            return None
        # A short word is shown: it is more likely a misspelled choice than content.
        problem = f"is {_quoted(value) or shown(value)}; {expected}"
        if similar := near(value, values):
            return f'{problem}; did you mean "{similar}"?'
        return OverLimit(problem, _quoted(value) or "…")

    return rule


def strings(most: float = math.inf, shortest: int = 0) -> Rule:
    """Return a rule for a list of at most *most* strings of at least *shortest* characters."""
    expected = "a list of strings"
    if most != math.inf:
        expected = f"a list of at most {_count(most, 'string')}"
    if shortest:
        expected += f" of at least {_count(shortest, 'character')}"

    def rule(value: Any) -> Problem:
        # A string is a sequence of strings, but not what the caller meant.
        if isinstance(value, str) or not isinstance(value, Sequence):
            return f"is {shown(value)}; expected {expected}"
        wrong = [each for each in value if not isinstance(each, str) or len(each) < shortest]
        if wrong:
            return f"holds {shown(wrong[0])}; expected {expected}"
        if len(value) <= most:
            return None
        return OverLimit(f"has {_count(len(value), 'string')}; expected {expected}")

    return rule


def token_biases(value: Any) -> Problem:
    """Check a dict of biases by token ID; an ID may be a string, as it is in JSON."""
    expected = "expected token IDs (integers of 0 or more) with numbers from -10 to 10"
    if not isinstance(value, Mapping):
        return f"is {shown(value)}; {expected}"
    bias = between(-10, 10)
    for token, number in value.items():
        digits = token if isinstance(token, str) else shown(token)
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_TOKEN_DIGITS):
            return f"has the token {shown(token)}; {expected}"
        if found := bias(number):
            problem = f"holds {shown(number)} for token {token}; {expected}"
            return OverLimit(problem) if isinstance(found, OverLimit) else problem
    return None


def mapping(value: Any) -> str | None:
    """Check a dict that can be a JSON object: its keys are strings."""
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return None
    return f"is {shown(value)}; expected a dict with strings for keys"


def flag(value: Any) -> str | None:
    """Check a bool; the string ``"false"`` would count as true."""
    return None if isinstance(value, bool) else f"is {shown(value)}; expected True or False"


def json_object(value: Any) -> str | None:
    """Check a dict that JSON can write, with all that is in it."""
    return mapping(value) or problem_in_json(value)


def json_objects(value: Any) -> str | None:
    """Check a list of dicts that JSON can write."""
    expected = "expected a list of dicts with strings for keys"
    if isinstance(value, str) or not isinstance(value, Sequence):
        return f"is {shown(value)}; {expected}"
    wrong = [each for each in value if mapping(each)]
    if wrong:
        return f"holds {shown(wrong[0])}; {expected}"
    return problem_in_json(list(value))


def strings_or_objects(value: Any) -> str | None:
    """Check a list of strings, and of dicts that JSON can write."""
    expected = "expected a list of strings, or of dicts with strings for keys"
    if isinstance(value, str) or not isinstance(value, Sequence):
        return f"is {shown(value)}; {expected}"
    wrong = [each for each in value if not isinstance(each, str) and mapping(each)]
    if wrong:
        return f"holds {shown(wrong[0])}; {expected}"
    return problem_in_json(list(value))


def problem_in_json(value: Any) -> str | None:
    """Check a value that JSON can write."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        return f"is not JSON: {type(error).__name__}"
    return None


def problems_with(name: str, found: Problem | list[str], *, has_extra: bool = False) -> list[str]:
    """Return a message for each problem that a rule *found* with the field *name*.

    Args:
        name: The field, or the path of a part of its value.
        found: The result of a rule.
        has_extra: Whether the request has the field ``extra``, and so a workaround for limits.
    """
    if found is None:
        return []
    if isinstance(found, list):
        return [f"{name}{each}" for each in found]
    if not isinstance(found, OverLimit):
        return [f"{name} {found}"]
    # The contents of extra are merged last and not checked.
    workaround = f'; to send it anyway: extra={{"{name}": {found.shown}}}' if has_extra else ""
    return [f"{name} {found.problem}{workaround}"]


def unknown_parameter(name: str, known: Iterable[str], *, has_extra: bool = True) -> str:
    """Return the message for a *name* that is not one of the *known* parameters.

    If there is no similar name, the message names ``extra``, or else the *known* parameters.
    """
    hint = f"expected one of {', '.join(known)}"
    if similar := near(name, known):
        hint = f"did you mean {similar}?"
    elif has_extra:
        hint = "pass other parameters of the model in extra"
    # Cut, because any string can be a keyword.
    return f"{name:.40} is not a parameter; {hint}"


def message_for(problems: list[str]) -> str:
    """Return one message for all *problems*."""
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems:\n" + "\n".join(f"  {each}" for each in problems)


def near(given: str, known: Iterable[str]) -> str | None:
    """Return the name that is most similar to *given*, in upper or lower case, or ``None``."""
    import difflib  # noqa: PLC0415  # slow to import, and only needed for an error

    names = {name.lower(): name for name in known}
    return next((names[each] for each in difflib.get_close_matches(given.lower(), names, 1)), None)


def shown(value: Any) -> str:
    """Return a value without content: a number as it is, any other by its type and size."""
    if _is_long(value):
        return f"an int of {value.bit_length()} bits"
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    name = type(value).__name__
    named = f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
    if isinstance(value, (str, list, tuple, Mapping)):
        return f"{named} of {_count(len(value), 'character' if isinstance(value, str) else 'item')}"
    return named


def _is_long(value: Any) -> bool:
    return isinstance(value, int) and value.bit_length() > _SHOWN_BITS


def _quoted(value: str) -> str | None:
    """Return a short word in quotes; ``None`` for any other string, which may be content."""
    return f'"{value}"' if is_word(value) else None


def _count(number: float, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
