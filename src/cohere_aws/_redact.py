"""Remove credentials from text of other programs: messages of services and of libraries.

Credentials are found in two ways: those that a client uses are searched for as they are
(``secrets``), and any others by their form. Each pattern, from any position, either matches or
fails within a bounded number of characters, so the time is linear in the length of any text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["STAND_IN", "may_hold_credentials", "redact", "redact_addresses", "ways_to_write"]

# The text in place of a credential.
STAND_IN = "***"

# The minimum length of a credential in ``secrets``. Those of IAM have 16 characters or more
# (https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html); tests use shorter ones.
# A very short one such as "test" is not removed, because it may be part of any word.
_SHORTEST = 8

# A value ends before white space, a quote or the next parameter. JSON may write "/" as "\/", and
# any character as "\u" and its number.
_VALUE = r"""(?:[^\s&"'<>\\]|\\/|\\u[0-9a-fA-F]{4})+"""
# Between a name and its value: in a header, a URL, and the dicts of Python and JSON.
_BETWEEN = r"""(?:["'\\\s\[(]|b(?=["'])){0,8}(?:[:=]|%3[ad])(?:["'\\\s\[(]|b(?=["'])){0,8}"""

# The patterns are strings, compiled by ``re`` at their first use: compiling them here would slow
# down the import of the package.
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
    # Session tokens, by the prefixes of their versions.
    | (?<![0-9a-z])(?-i:IQoJ|FwoG|FQoG|AQoD)(?:[a-z0-9+/=_%-]|\\/|\\u[0-9a-f]{{4}}){{60,}}
    """
# Every match of the pattern above contains one of these in lower case, except for a hash and the
# identifier of a key. Most payloads contain none, and searching for them is ten times as fast.
_HINTS = (b"x-amz-", b"signature=", b"credential=", b"accesskeyid=", b"bearer")
# Those of session tokens, which have 64 characters or more, as a hash has.
_LONG_HINTS = (b"iqoj", b"fwog", b"fqog", b"aqod")
_LONG = 64
_HEX = bytes.maketrans(b"123456789abcdef", 15 * b"0")  # a hash becomes a run of zeros
_KEY = rb"A[A-Z]{3}[A-Z0-9]{16}"

_URL = r"""(?<=://)[^\s"'<>]+"""
# The user and password of an address without a scheme. botocore quotes such an address when it
# refuses it.
_USER = r"""(?<![^\s"'(=])[^\s/:@"'(=]{1,128}:[^\s/@"']{1,256}@"""


def may_hold_credentials(data: bytes) -> bool:
    """Return whether *data* may contain something that ``redact`` removes by its form.

    It is faster than ``redact``, and may return true for data without credentials.
    """
    # find(), not "in", which is slow for bytes: it tries first whether the hint is a number.
    lower = data.lower()
    for hint in _HINTS:
        if lower.find(hint) >= 0:
            return True
    if len(data) >= _LONG:
        for hint in _LONG_HINTS:
            if lower.find(hint) >= 0:
                return True
        if lower.translate(_HEX).find(_LONG * b"0") >= 0:
            return True
    return data.find(b"A") >= 0 and re.search(_KEY, data) is not None


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return *text* without credentials.

    Removed are *secrets*, also as written in a URL or in JSON; the values of parameters and headers
    whose names begin with ``X-Amz-``; bearer tokens; and signatures, hashes, session tokens and
    identifiers of keys.
    """
    for written in ways_to_write(secrets):
        text = text.replace(written, STAND_IN)
    return re.sub(_CREDENTIALS, _stand_in, text)


def ways_to_write(secrets: Iterable[str]) -> Iterator[str]:
    """Yield each of *secrets* as it is, as in a URL and as in JSON; the longest secret first.

    With the longest first, replacing a secret leaves no rest of one that contains it.
    """
    from urllib.parse import quote  # noqa: PLC0415  # slow to import

    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            yield from dict.fromkeys((secret, quote(secret, safe=""), secret.replace("/", r"\/")))


def redact_addresses(text: str) -> str:
    """Return *text* without the user, password and query of each address in it."""
    return re.sub(_USER, f"{STAND_IN}@", re.sub(_URL, _address, text))


def _stand_in(found: re.Match[str]) -> str:
    # The name of a parameter or header stays, and so does the word "Bearer".
    return f"{found['name'] or found['bearer'] or ''}{STAND_IN}"


def _address(found: re.Match[str]) -> str:
    address, question_mark, _ = found[0].partition("?")
    authority, slash, path = address.partition("/")
    _, at_sign, host = authority.rpartition("@")  # a password may contain "@", a host may not
    user = STAND_IN if at_sign else ""
    query = STAND_IN if question_mark else ""
    return f"{user}{at_sign}{host}{slash}{path}{question_mark}{query}"
