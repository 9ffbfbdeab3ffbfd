"""Take credentials out of text that others wrote: messages of services and of libraries.

Every pattern either matches where it begins or fails within a bounded number of characters, so the
time is linear in the text, whatever the text is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["STAND_IN", "may_hold_credentials", "redact", "redact_addresses", "ways_to_write"]

# Replaces a credential.
STAND_IN = "***"

# The shortest text that counts as a credential of a client. IAM makes none below 16 characters
# (https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html); tests have shorter ones,
# but a word such as "test" would be taken out of everything.
_SHORTEST = 8

# A value goes on to white space, a quote or the next parameter. In JSON, "/" may be escaped, and
# any character by its number.
_VALUE = r"""(?:[^\s&"'<>\\]|\\/|\\u[0-9a-fA-F]{4})+"""
# Between a name and its value: in a header, a URL, and the dicts of Python and JSON.
_BETWEEN = r"""(?:["'\\\s\[(]|b(?=["'])){0,8}(?:[:=]|%3[ad])(?:["'\\\s\[(]|b(?=["'])){0,8}"""

# Patterns are compiled when there is something to look for: importing the package is to be quick.
_CREDENTIALS = rf"""(?aix)
    # Parameters and headers of a signature, version 4:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    (?P<name>x-amz-[a-z0-9-]{{1,64}}{_BETWEEN}|\b(?:signature|credential|awsaccesskeyid)=){_VALUE}
    | (?P<bearer>\bbearer\s{{1,8}})[a-z0-9._~+/=-]{{20,}}
    # Hashes: of a request, of what was signed, and a signature.
    | (?<![0-9a-z])[0-9a-f]{{64}}(?![0-9a-z])
    # Identifiers of keys, users and roles by their prefixes:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
    | (?<![0-9a-z])(?-i:A(?:BIA|CCA|GPA|IDA|IPA|KIA|NPA|NVA|PKA|ROA|SCA|SIA)[A-Z0-9]{{16,}})
    # Session tokens begin with a version that is the same in all of them.
    | (?<![0-9a-z])(?-i:IQoJ|FwoG|FQoG|AQoD)(?:[a-z0-9+/=_%-]|\\/|\\u[0-9a-f]{{4}}){{60,}}
    """
# One of these, in lower case, is in all that the pattern above matches but a hash and the
# identifier of a key; most payloads have none. To look for them is ten times as fast.
_HINTS = (b"x-amz-", b"signature=", b"credential=", b"accesskeyid=", b"bearer",
          b"iqoj", b"fwog", b"fqog", b"aqod")  # fmt: skip
_LENGTH_OF_HASH = 64
_HASH = rb"[0-9a-fA-F]{64}"
_KEY = rb"A[A-Z]{3}[A-Z0-9]{16}"

_URL = r"""(?<=://)[^\s"'<>]+"""
# An address without a scheme, which botocore refuses by quoting it.
_USER = r"""(?<![^\s"'(=])[^\s/:@"'(=]{1,128}:[^\s/@"']{1,256}@"""


def may_hold_credentials(data: bytes) -> bool:
    """Return whether something in *data* may have the form of a credential."""
    lower = data.lower()
    for hint in _HINTS:
        if hint in lower:
            return True
    if len(data) >= _LENGTH_OF_HASH and re.search(_HASH, data):
        return True
    return b"A" in data and re.search(_KEY, data) is not None


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return *text* without credentials.

    It takes out *secrets*, as they are and as they are written in a URL or in JSON; the values of
    parameters and headers with a name that begins with ``X-Amz-``; and signatures, hashes, session
    tokens and identifiers of keys by their form.
    """
    for written in ways_to_write(secrets):
        text = text.replace(written, STAND_IN)
    return re.sub(_CREDENTIALS, _stand_in, text)


def ways_to_write(secrets: Iterable[str]) -> Iterator[str]:
    """Yield each way to write *secrets*, those that hold another one first."""
    from urllib.parse import quote  # noqa: PLC0415  # slow to import

    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            yield from dict.fromkeys((secret, quote(secret, safe=""), secret.replace("/", r"\/")))


def redact_addresses(text: str) -> str:
    """Return *text* without the user, the password and the query of each URL in it."""
    return re.sub(_USER, f"{STAND_IN}@", re.sub(_URL, _address, text))


def _stand_in(found: re.Match[str]) -> str:
    return f"{found['name'] or found['bearer'] or ''}{STAND_IN}"


def _address(found: re.Match[str]) -> str:
    address, mark, _ = found[0].partition("?")
    authority, slash, path = address.partition("/")
    _, user, host = authority.rpartition("@")
    hidden = STAND_IN if mark else ""
    return f"{STAND_IN if user else ''}{user}{host}{slash}{path}{mark}{hidden}"
