"""Correct how clients of boto3 and aiobotocore read responses, where no setting does.

There are three faults: botocore raises bare exceptions for error bodies that it cannot parse,
aiohttp follows redirects, and aiohttp never ends the second stream without a body.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["patch_client"]


def patch_client(client: Any) -> None:
    """Patch *client*: parse every error, follow no redirect, end streams without a body.

    Patching a client twice has no further effect.
    """
    events = getattr(client.meta, "events", None)
    if events is not None:
        name = client.meta.service_model.service_id.hyphenize()
        # The last handler, so that a recorder gets the original body.
        handler = _make_error_readable
        events.register_last(f"before-parse.{name}", handler, unique_id=handler)
    http: Any = getattr(getattr(client, "_endpoint", None), "http_session", None)
    get_session = getattr(http, "_get_session", None)  # only aiobotocore's for aiohttp has it
    if get_session is not None and not isinstance(get_session, _NoRedirectSessions):
        http._get_session = _NoRedirectSessions(get_session)  # noqa: SLF001


class _NoRedirectSessions:
    """``AIOHTTPSession._get_session`` of aiobotocore, for sessions that do not follow redirects.

    aiohttp follows redirects by default, and sends the body, which is a prompt, and the session
    token to any host. boto3 does not, and neither does aiobotocore with httpx. aiobotocore has no
    setting for it. The AWS runtimes do not redirect, so a redirect becomes a ``ServiceError``.
    """

    def __init__(self, get_session: Any) -> None:
        self._get_session = get_session

    async def __call__(self, proxy_url: str | None) -> _NoRedirectSession:
        return _NoRedirectSession(await self._get_session(proxy_url))


class _NoRedirectSession:
    def __init__(self, session: Any) -> None:
        self._session = session

    async def request(self, *arguments: Any, **options: Any) -> Any:
        from aiohttp import EMPTY_PAYLOAD  # noqa: PLC0415  # optional, and slow to import

        response = await self._session.request(*arguments, **options, allow_redirects=False)
        if response.content is EMPTY_PAYLOAD:
            # aiohttp has one reader for all responses whose status excludes a body (204, 304). It
            # reports the end to the first loop over its chunks only. The next loop never ends, and
            # blocks the event loop, because it never waits. So each response gets a reader.
            response.content = type(EMPTY_PAYLOAD)()
        return response


# The fields of an error, in lower case, that botocore converts or compares. A value of another type
# makes it raise a bare exception in place of the error and its status.
_FIELD_TYPES: Mapping[str, type] = {"__type": str, "code": str, "originalstatuscode": int}

_FIRST_ERROR_STATUS = 300  # botocore reads all responses from here on as errors


def _make_error_readable(*, response_dict: dict[str, Any], **_: object) -> None:
    """Rewrite an error body that botocore cannot parse; for the event ``before-parse``."""
    if response_dict["status_code"] >= _FIRST_ERROR_STATUS:
        response_dict["body"] = _readable_body(response_dict["body"])


def _readable_body(body: bytes) -> bytes:
    """Return *body* if botocore can parse it, or else one that has its text as the message."""
    text = body.decode(errors="replace")
    try:
        found = json.loads(text)
    except ValueError:
        return text.encode()  # botocore uses text that is not JSON as the message
    except RecursionError:
        return b"{}"
    if not isinstance(found, dict):
        found = {"message": found if isinstance(found, str) else text} if found else {}
    elif all(_is_readable(*member) for member in found.items()):
        return body
    return json.dumps(dict(filter(lambda member: _is_readable(*member), found.items()))).encode()


def _is_readable(key: str, value: Any) -> bool:
    return value is None or isinstance(value, _FIELD_TYPES.get(key.lower(), object))
