"""Matching: find the recording that answers a call, or say how the nearest one differs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._call import Call
    from ._recording import Recording

__all__ = ["Match", "Matcher", "ReplayError"]

Match = Literal["request", "order"]

_SHOWN = 5  # differences in a message


class ReplayError(AssertionError):
    """A call that no recording answers, or a recording that no call asked for.

    It is an ``AssertionError``, so that no ``except`` for errors of AWS takes it for one of them.
    """


class Matcher:
    """Finds the recording that answers a call.

    Args:
        recordings: What there is, in order.
        match: ``request`` compares operation, target and request body, where ``None`` in a
            recording stands for anything; ``order`` takes one recording after the other and
            compares the operation only.
        reuse: Whether a recording answers as often as it is asked for.
    """

    def __init__(
        self, recordings: Iterable[Recording], *, match: Match = "request", reuse: bool = False
    ) -> None:
        if match not in get_args(Match):
            raise ValueError(f"match is {match!r}; expected 'request' or 'order'")
        self._recordings = list(recordings)
        self._match = match
        self._reuse = reuse
        self._used: set[int] = set()
        self._taken = 0

    def take(self, call: Call) -> Recording:
        """The recording for *call*; it is used up, unless recordings are reused.

        Raises:
            ReplayError: There is none. The message shows the nearest one.
        """
        left = [i for i in range(len(self._recordings)) if self._reuse or i not in self._used]
        if self._match == "order":
            first = self._taken % len(self._recordings) if left and self._reuse else 0
            left = left[first : first + 1]
        for index in left:
            if not self._differences(self._recordings[index], call):
                self._taken += 1
                self._used.add(index)
                return self._recordings[index]
        raise ReplayError(self._explain(call, left))

    def unused(self) -> list[Recording]:
        """The recordings that answered no call yet."""
        return [r for i, r in enumerate(self._recordings) if i not in self._used]

    def _differences(self, recording: Recording, call: Call) -> list[str]:
        found = [
            f"{name} is {asked!r}, recorded {recorded!r}"
            for name, asked, recorded in (
                ("service", call.service, recording.service),
                ("operation", call.operation, recording.operation),
            )
            if asked != recorded
        ]
        if self._match == "order":
            return found
        if recording.target not in (None, call.target):
            found.append(f"target is {call.target!r}, recorded {recording.target!r}")
        if recording.request is not None:
            found += _differences("request", call.request, recording.request)
        return found

    def _explain(self, call: Call, left: list[int]) -> str:
        asked = f"no recording answers {call.operation} of {call.target!r}"
        if not self._recordings:
            return f"{asked}: there are no recordings"
        if not left:
            count = len(self._recordings)
            return f"{asked}: each of the recordings ({count}) has answered a call already"
        nearest = min(left, key=lambda i: len(self._differences(self._recordings[i], call)))
        recording = self._recordings[nearest]
        name = recording.path or f"number {nearest + 1}"
        differences = self._differences(recording, call)
        more = len(differences) - _SHOWN
        if more > 0:
            differences[_SHOWN:] = [f"and {more} more"]
        hint = "" if self._match == "order" else " (match='order' would not compare the request)"
        return f"{asked}; the nearest one is {name}, but {'; '.join(differences)}{hint}"


def _differences(path: str, asked: Any, recorded: Any) -> list[str]:
    """Where two JSON values differ, without any text of theirs."""
    if isinstance(asked, (dict, list)) and type(asked) is type(recorded):
        ours, theirs = _members(asked), _members(recorded)
        return [
            difference
            for key in ours | theirs
            for difference in _differences(
                f"{path}[{key!r}]", ours.get(key, _ABSENT), theirs.get(key, _ABSENT)
            )
        ]
    if _same(asked, recorded):
        return []
    found = f"{path} is {_shown(asked)}, recorded {_shown(recorded)}"
    if isinstance(asked, str) and isinstance(recorded, str):
        pairs = enumerate(zip(asked, recorded, strict=False))
        shorter = min(len(asked), len(recorded))
        first = next((i for i, (one, other) in pairs if one != other), shorter)
        found += f", different from character {first} on"
    return [found]


def _members(value: dict[Any, Any] | list[Any]) -> dict[Any, Any]:
    return value if isinstance(value, dict) else dict(enumerate(value))


def _same(asked: Any, recorded: Any) -> bool:
    """Whether two scalars are one in JSON, where true is not 1, and NaN, if it is sent, is NaN."""
    if isinstance(asked, float) and isinstance(recorded, float) and math.isnan(asked):
        return math.isnan(recorded)
    return bool(asked == recorded) and isinstance(asked, bool) == isinstance(recorded, bool)


class _Absent:
    def __repr__(self) -> str:
        return "absent"


_ABSENT = _Absent()


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"a string of {len(value)} characters"
    if isinstance(value, (list, dict)):
        return f"{'an array' if isinstance(value, list) else 'an object'} of {len(value)}"
    return repr(value)
