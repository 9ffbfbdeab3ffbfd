"""Matching: find the recording that answers a call, or report how the nearest one differs.

Each recording is compared with the call, which gives a list of differences; the first recording
without one answers. If there is none, the lists serve the error message: the nearest recording is
the one with the fewest differences. They show lengths and types, but no text of a request.

A call is scrubbed before it comes here, as a recorded one is. A recording that was written by hand,
or by another program, may still have an account ID or a hash that ``Scrubber`` removes. So texts
that differ are scrubbed and compared again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from ._ending import ReplayError
from ._members import tokens_of
from ._scrub import Scrubber

if TYPE_CHECKING:
    from ._call import Call
    from ._recording import Recording

__all__ = ["Match", "Matcher"]

_Word = Literal["request", "order", "partial"]
_WORDS = get_args(_Word)
Match = _Word | Callable[["Call", "Recording"], bool]

_IGNORABLE = ("target", "members", "request")  # where a path may begin

_SHOWN = 5  # differences in a message

_SCRUBBER = Scrubber()


class Matcher:
    """A search for the recordings that answer calls.

    Args:
        recordings: The recordings, in order.
        match: As in ``replay``.
        ignore: As in ``replay``.
        reuse: Let a recording answer any number of calls.

    Raises:
        ValueError: *match* or *ignore* is not one of the documented values.
    """

    def __init__(
        self,
        recordings: Iterable[Recording],
        *,
        match: Match = "request",
        ignore: Iterable[str] = (),
        reuse: bool = False,
    ) -> None:
        if not callable(match) and match not in _WORDS:
            words = ", ".join(map(repr, _WORDS))
            raise ValueError(f"match is {match!r}; expected {words} or a function")
        self._recordings = list(recordings)
        self._match = match
        self._comparison = _Comparison(_paths(ignore), is_partial=match == "partial")
        self._reuse = reuse
        self._used: set[int] = set()
        self._taken = 0

    def take(self, call: Call) -> Recording:
        """Return the recording for *call*; it is used up, unless recordings are reused.

        Raises:
            ReplayError: No recording answers. The message names the nearest one.
        """
        left = [i for i in range(len(self._recordings)) if self._reuse or i not in self._used]
        if self._match == "order":
            # Only the next recording may answer; reused recordings start over after the last.
            first = self._taken % len(self._recordings) if left and self._reuse else 0
            left = left[first : first + 1]
        for index in left:
            if not self._differences(self._recordings[index], call):
                self._taken += 1
                self._used.add(index)
                return self._recordings[index]
        raise ReplayError(self._explain(call, left))

    def unused(self) -> list[Recording]:
        """Return the recordings that have not answered a call yet."""
        return [r for i, r in enumerate(self._recordings) if i not in self._used]

    def _differences(self, recording: Recording, call: Call) -> list[str]:
        # The answer to another operation has another shape, so a function cannot choose it either.
        found = [
            f"{name} is {asked!r}, recorded {recorded!r}"
            for name, asked, recorded in (
                ("service", call.service, recording.service),
                ("operation", call.operation, recording.operation),
            )
            if asked != recorded
        ]
        if callable(self._match):
            chosen = not found and self._match(call, recording)
            return found if found or chosen else ["the match function rejected it"]
        return found if self._match == "order" else found + self._comparison.of(call, recording)

    def _distance(self, recording: Recording, call: Call) -> tuple[bool, int]:
        # A recording of another operation is the furthest away, however few its differences are.
        is_other = (recording.service, recording.operation) != (call.service, call.operation)
        return is_other, len(self._differences(recording, call))

    def _explain(self, call: Call, left: list[int]) -> str:
        asked = f"no recording answers {call.operation} of {call.target!r}"
        if not self._recordings:
            return f"{asked}: the list of recordings is empty"
        if not left:
            count = len(self._recordings)
            return f"{asked}: each recording ({count}) has already answered a call"
        nearest = min(left, key=lambda i: self._distance(self._recordings[i], call))
        recording = self._recordings[nearest]
        name = recording.path or f"number {nearest + 1}"
        differences = self._differences(recording, call)
        more = len(differences) - _SHOWN
        if more > 0:
            differences[_SHOWN:] = [f"and {more} more"]
        compares = self._match in ("request", "partial")
        hint = " (match='order' would not compare the request)" if compares else ""
        return f"{asked}; the nearest one is {name}, but {'; '.join(differences)}{hint}"


def _paths(ignore: Iterable[str]) -> frozenset[str]:
    """Return the paths to ignore; raise ``ValueError`` for a misspelt one, which has no effect."""
    paths = [ignore] if isinstance(ignore, str) else list(ignore)
    for path in paths:
        if isinstance(ignore, str) or path.partition(".")[0] not in _IGNORABLE:
            known = ", ".join(_IGNORABLE)
            raise ValueError(
                f"ignore has {path!r}; expected a sequence of paths that begin with {known}, "
                "such as 'request.temperature'"
            )
    return frozenset(paths)


@dataclass(frozen=True)
class _Comparison:
    """A comparison of a call with a recording, in which ``None`` at any place matches anything."""

    ignore: frozenset[str]
    is_partial: bool

    def of(self, call: Call, recording: Recording) -> list[str]:
        """Return the differences between *call* and *recording*."""
        found = []
        is_other = recording.target is not None and not _same(call.target, recording.target)
        if is_other and "target" not in self.ignore:
            found.append(f"target is {call.target!r}, recorded {recording.target!r}")
        found += self._values("members", dict(call.members), recording.members)
        recorded = recording.request
        if isinstance(recorded, dict):  # a call has no tokens, but files of old versions have
            tokens = tokens_of(recording.service, recording.operation)
            recorded = {key: value for key, value in recorded.items() if key not in tokens}
        return found + self._values("request", call.request, recorded)

    def _values(self, path: str, asked: Any, recorded: Any) -> list[str]:
        """Return the differences between two JSON values at *path*."""
        if recorded is None or path in self.ignore:
            return []
        if isinstance(asked, (dict, list)) and type(asked) is type(recorded):
            sent, kept = _children(asked), _children(recorded)
            # An array with one more item is another array: a longer conversation, for example.
            is_open = self.is_partial and isinstance(asked, dict)
            return [
                difference
                for key in (kept if is_open else sent | kept)
                for difference in self._values(
                    f"{path}.{key}", sent.get(key, _ABSENT), kept.get(key, _ABSENT)
                )
            ]
        return [] if _same(asked, recorded) else [_difference(path, asked, recorded)]


def _difference(path: str, asked: Any, recorded: Any) -> str:
    """Describe the difference between two JSON values, without any of their text."""
    found = f"{path} is {_shown(asked)}, recorded {_shown(recorded)}"
    if isinstance(asked, str) and isinstance(recorded, str):
        pairs = enumerate(zip(asked, recorded, strict=False))
        shorter = min(len(asked), len(recorded))
        first = next((i for i, (one, other) in pairs if one != other), shorter)
        found += f"; they differ from character {first} on"
    return found


def _children(value: dict[Any, Any] | list[Any]) -> dict[Any, Any]:
    return value if isinstance(value, dict) else dict(enumerate(value))


def _same(asked: Any, recorded: Any) -> bool:
    """Return whether two scalars are equal in JSON: true is not 1, and NaN equals NaN."""
    if isinstance(asked, str) and isinstance(recorded, str):
        return asked == recorded or _scrubbed(asked) == _scrubbed(recorded)
    if isinstance(asked, float) and isinstance(recorded, float) and math.isnan(asked):
        return math.isnan(recorded)
    return bool(asked == recorded) and isinstance(asked, bool) == isinstance(recorded, bool)


def _scrubbed(text: str) -> bytes:
    # As bytes, which are searched quickly for anything to scrub: most texts have nothing.
    return _SCRUBBER.data(text.encode(errors="surrogatepass"))


class _Absent:
    def __repr__(self) -> str:
        return "absent"


_ABSENT = _Absent()


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"a string of {len(value)} character{'s' * (len(value) != 1)}"
    if isinstance(value, (list, dict)):
        return f"{'an array' if isinstance(value, list) else 'an object'} of {len(value)}"
    return repr(value)
