"""Calls: what a client asks, as far as a recording keeps it, and which recording answers it."""

from __future__ import annotations

import base64
import json
import math
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import unquote, urlsplit

from cohere_aws._aws import service_of
from cohere_aws._make import secrets_of
from cohere_aws._plan import SERVICES
from cohere_aws._redact import may_hold_credentials, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ._recording import Recording

__all__ = [
    "INVOCATION",
    "Call",
    "Match",
    "Matcher",
    "ReplayError",
    "Scrubber",
    "body_bytes",
    "model_of",
    "target_of",
]

Match = Literal["request", "order"]

# The header that every SDK of AWS sends, and keeps while it tries one call again.
INVOCATION = "amz-sdk-invocation-id"

# What is nested deeper than this is kept as its text: no request of a model is, and Python could
# not compare it or write it.
_MAX_DEPTH = 100

_SHOWN = 5  # differences in a message

# An account id is twelve digits, which payloads seldom have, so most are not looked at further. The
# digits alone do not make one, for they may as well be a number that the model wrote.
_DIGITS = re.compile(rb"[0-9]{12}")
_ID = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_PLACES = re.compile(
    r"""
    arn(?::|%3A|%253A)aws[\w:%/.+=@-]*  # an Amazon Resource Name, in a URL, too
    | s3://[\w./-]*                     # a bucket,
    | \bsagemaker-[a-z0-9-]*            # among them the default one of SageMaker, by any address
    | [0-9]{12}\.(?:dkr|s3)\b           # a registry of images, a bucket by its host name
    | account[\W_]{0,8}(?:id|number)?[\W_]{0,8}(?:is\s)?[0-9]{12}  # "in account 111122223333"
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
# Zeros would be no number of JSON, but 0 is.
_NUMBER = re.compile(r'(account\w{0,9}\\{0,9}"\s{0,9}:\s{0,9})[0-9]{12}(?![0-9])', re.IGNORECASE)


# The services whose answers can be recorded and replayed.
_RUNTIMES = sorted(service.name for service in SERVICES.values())


def model_of(client: Any) -> Any:
    """What botocore knows about the service of *client*.

    Raises:
        TypeError: It is no client.
        ValueError: It is one of another service.
    """
    service = service_of(client)
    if service not in _RUNTIMES:
        raise ValueError(f"client is of {service}; expected one of {' or '.join(_RUNTIMES)}")
    return client.meta.service_model


class ReplayError(AssertionError):
    """A call that no recording answers, or a recording that no call asked for.

    It is an ``AssertionError``, so that no ``except`` for errors of AWS takes it for one of them.
    """


@dataclass(frozen=True)
class Call:
    """What a client asks.

    Attributes:
        service: The service by boto3's name.
        operation: The operation by the name of the service model.
        target: The model or endpoint.
        request: The body: JSON where it is, and not deeper than 100 levels; else its text.
    """

    service: str
    operation: str
    target: str | None
    request: Any


class Scrubber:
    """Takes out what must not be written: account ids and credentials, and what the caller names.

    *client* is the one whose own credentials are taken out; others are recognised by their form.
    """

    def __init__(self, scrub: Callable[[str], str] | None = None, client: Any = None) -> None:
        self._scrub = scrub
        self._client = client

    def text(self, text: str) -> str:
        """The text without what must not be written."""
        text = _NUMBER.sub(r"\g<1>0", text)
        text = _PLACES.sub(lambda place: _ID.sub(12 * "0", place[0]), text)
        text = redact(text, secrets_of(self._client))
        return self._scrub(text) if self._scrub else text

    def data(self, data: bytes) -> bytes:
        """The payload without it; bytes that are no text stay as they are."""
        own = secrets_of(self._client)
        plain = not _DIGITS.search(data) and not may_hold_credentials(data, own)
        if self._scrub is None and plain:
            return data
        return self.text(data.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def call(self, service: str, operation: str, target: str | None, body: bytes) -> Call:
        """The call without it."""
        known = self.text(target) if target else None
        return Call(service, operation, known, _request(self.data(body)))


def _request(body: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        request = json.loads(body)
        if not _is_deep(request, _MAX_DEPTH):
            return request
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _is_deep(value: Any, left: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    children = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_is_deep(child, left - 1) for child in children)


def target_of(template: str, url: str) -> str | None:
    """The first label of *template*, such as ``/model/{modelId}/invoke``, in the path of *url*.

    It is ``None`` if the path is another one, and empty if the template has no label.
    """
    pattern = re.sub(r"\\\{.*?\\\}", "([^/]+)", re.escape(template))
    found = re.search(f"{pattern}$", urlsplit(url).path)
    return unquote(found[1] if found.re.groups else "") if found else None


def body_bytes(body: Any) -> bytes:
    """The body of a request, which may be a file that is still to be sent."""
    if hasattr(body, "read"):
        place = body.tell()
        data = body.read()
        body.seek(place)
        return bytes(data)
    return body.encode() if isinstance(body, str) else bytes(body or b"")


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
