"""Rules for values that are nested in members of a service model, such as messages of Converse.

Each function returns a rule (``_rules``) that also checks the parts of a value, and names each of
them by its path: ``[0].content[1].image.format``. A table of such rules lists the members of a
service model with their limits, in the order and under the names of that model.

A member that a table does not know is not checked: it may be newer than the table. The service
model of the boto3 client decides when a request is sent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._field import counted, is_word
from ._rules import OverLimit, problem_in_json, problems_with, shown
from ._rules import mapping as is_mapping

if TYPE_CHECKING:
    from ._rules import PartsRule, Problem

__all__ = [
    "any_blob",
    "blob",
    "document",
    "list_of",
    "map_of",
    "plain",
    "structure",
    "text",
    "union",
]


def text(
    least: int = 0, most: float = math.inf, pattern: str = "", described: str = ""
) -> PartsRule:
    """Return a rule for a string of *least* to *most* characters that matches *pattern*.

    Args:
        least: Number of characters.
        most: Number of characters.
        pattern: A regular expression for the whole string.
        described: The characters of *pattern* in words, for messages; by default, the pattern.
    """
    matches = re.compile(pattern).fullmatch if pattern else None
    expected = "a string"
    if most != math.inf:
        expected += f" of {least} to {counted(int(most), 'character')}"
    elif least:
        expected += f" of at least {counted(least, 'character')}"
    if pattern:
        expected += f": {described}" if described else f" that matches {pattern}"

    def rule(value: Any) -> Problem:
        problem = f"is {shown(value)}; expected {expected}"
        if not isinstance(value, str):
            return problem
        if not least <= len(value) <= most or (matches and not matches(value)):
            return OverLimit(problem)
        return None

    return rule


def blob(value: Any) -> str | None:
    """Check bytes; at least one.

    boto3 also accepts a string and a file. It would encode again a string that is base64 already,
    and it can send a file only once.
    """
    if isinstance(value, (bytes, bytearray)) and value:
        return None
    return f"is {_sized(value)}; expected bytes, at least 1 (boto3 encodes them as base64)"


def any_blob(value: Any) -> str | None:
    """Check bytes, of any number."""
    return None if isinstance(value, (bytes, bytearray)) else blob(value)


def _sized(value: Any) -> str:
    return "0 bytes" if isinstance(value, (bytes, bytearray)) else shown(value)


def document(value: Any) -> str | None:
    """Check any value that JSON can write."""
    return _unknown(value) or problem_in_json(plain(value))


def structure(*required: str, **members: PartsRule) -> PartsRule:
    """Return a rule for a dict with *members*, of which some are *required*."""

    def rule(value: Any) -> Problem | list[str]:
        if problem := is_mapping(value):
            return problem
        problems = [f".{name} is missing" for name in required if name not in value]
        return problems + _problems_in(value, members)

    return rule


def union(**members: PartsRule) -> PartsRule:
    """Return a rule for a dict with exactly one of *members*, or another member alone."""
    names = ", ".join(members)
    expected = f"expected exactly one of {names}" if len(members) > 1 else f"expected {names} alone"

    def rule(value: Any) -> Problem | list[str]:
        if problem := is_mapping(value):
            return problem
        problems = [] if len(value) == 1 else [f" has {counted(len(value), 'member')}; {expected}"]
        return problems + _problems_in(value, members)

    return rule


def _problems_in(value: Mapping[str, Any], members: Mapping[str, PartsRule]) -> list[str]:
    problems = []
    for name, part in value.items():
        problems += problems_with(f".{name:.40}", members.get(name, _unknown)(part))
    return problems


def _unknown(value: Any) -> str | None:
    """Check that the value of an unknown member can be copied."""
    try:
        plain(value)
    except RecursionError:
        return "is nested too deeply"
    return None


def list_of(rule_of_item: PartsRule, *, least: int = 0, most: float = math.inf) -> PartsRule:
    """Return a rule for a list of *least* to *most* items."""
    expected = f"a list of {_range(least, most)}items" if least or most != math.inf else "a list"

    def rule(value: Any) -> Problem | list[str]:
        if not isinstance(value, (list, tuple)):
            return f"is {shown(value)}; expected {expected}"
        problems = []
        if not least <= len(value) <= most:
            problems = [f" is {shown(value)}; expected {expected}"]
        for index, item in enumerate(value):
            problems += problems_with(f"[{index}]", rule_of_item(item))
        return problems

    return rule


def map_of(
    rule_of_key: PartsRule,
    rule_of_value: PartsRule,
    *,
    least: int = 0,
    most: float = math.inf,
) -> PartsRule:
    """Return a rule for a dict of *least* to *most* items, with any keys."""
    expected = f"a dict of {_range(least, most)}items"

    def rule(value: Any) -> Problem | list[str]:
        if problem := is_mapping(value):
            return problem
        problems = []
        if not least <= len(value) <= most:
            problems = [f" is {shown(value)}; expected {expected}"]
        for number, (key, item) in enumerate(value.items()):
            # A key may be content; a word is more likely a name.
            path = f'["{key}"]' if is_word(key) else f"[key {number}]"
            problems += problems_with(f" key {number}", rule_of_key(key))
            problems += problems_with(path, rule_of_value(item))
        return problems

    return rule


def _range(least: int, most: float) -> str:
    return f"{least} or more " if most == math.inf else f"{least} to {most} "


def plain(value: Any) -> Any:
    """Return a copy of *value* in the types that boto3 accepts: dicts, lists and bytes."""
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return bytes(value) if isinstance(value, bytearray) else value
