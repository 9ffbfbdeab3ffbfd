"""Scrub: take account IDs and credentials out of everything that is written to a recording.

Most payloads hold neither, and every event of a stream passes here while it travels. So the bytes
are searched first, quickly, for anything suspicious; only then are they decoded and rewritten.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cohere_aws._aws_clients import secrets_of
from cohere_aws._redact import may_hold_credentials, redact, ways_to_write

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Scrubber"]

# An account ID has twelve digits. Twelve digits alone are not one: they may as well be a number
# that the model generated. So the text around them decides.
_DIGITS = bytes.maketrans(b"123456789", 9 * b"0")  # twelve digits become a run of zeros
_ID = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_PLACES = re.compile(
    r"""
    arn(?::|%3A|%253A)aws[\w:%/.+=@-]*  # an Amazon Resource Name, also inside a URL
    | s3://[\w./-]*                     # a bucket
    | \bsagemaker-[a-z0-9-]*            # the default bucket of SageMaker, by any address
    | [0-9]{12}\.(?:dkr|s3)\b           # a registry of images, or a bucket by its host name
    | account[\W_]{0,8}(?:id|number)?[\W_]{0,8}(?:is\s)?[0-9]{12}  # "in account 111122223333"
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_ZEROS = 12 * "0"
_ZERO_BYTES = _ZEROS.encode()
# A JSON number after the key of an account becomes 0, as JSON does not allow leading zeros.
_NUMBER = re.compile(r'(account\w{0,9}\\{0,9}"\s{0,9}:\s{0,9})[0-9]{12}(?![0-9])', re.IGNORECASE)


class Scrubber:
    """Removal of account IDs, of credentials, and of the caller's own secrets.

    Args:
        scrub: Rewrites each text after that, as the caller wants.
        client: A client whose own credentials are removed, whatever they look like. Other
            credentials are recognised by their form.
    """

    def __init__(self, scrub: Callable[[str], str] | None = None, client: Any = None) -> None:
        self._scrub = scrub
        self._client = client
        self._secrets: tuple[str, ...] = ()
        self._written: tuple[bytes, ...] = ()  # the secrets in each way to write them

    def text(self, text: str) -> str:
        """Return *text*, scrubbed."""
        text = _NUMBER.sub(r"\g<1>0", text)
        text = _PLACES.sub(lambda place: _ID.sub(_ZEROS, place[0]), text)
        # Temporary credentials are fetched with the first call, and change later.
        secrets = tuple(secrets_of(self._client))
        if secrets != self._secrets:
            self._secrets = secrets
            self._written = tuple(each.encode() for each in ways_to_write(secrets))
        text = redact(text, secrets)
        return self._scrub(text) if self._scrub else text

    def data(self, data: bytes) -> bytes:
        """Return *data*, scrubbed; bytes that are not UTF-8 are kept as they are."""
        if self._scrub is None and not self._is_suspect(data):
            return data
        return self.text(data.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def _is_suspect(self, data: bytes) -> bool:
        """Return whether *data* is worth decoding, which is too slow for every payload.

        The client's credentials are those that the last ``text()`` found. They are current: the
        target and the headers of each call go through ``text()`` before its payloads come here.
        """
        # find(), not "in", which is slow for bytes: it tries first whether the text is a number.
        for written in self._written:
            if data.find(written) >= 0:
                return True
        return may_hold_credentials(data) or data.translate(_DIGITS).find(_ZERO_BYTES) >= 0
