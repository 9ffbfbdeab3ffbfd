"""Log calls: one line for each call that ended, by the logger ``cohere_aws``, at level DEBUG.

A line has names and numbers alone, and never text of a prompt or of an answer::

    service=bedrock-runtime operation=converse_stream target=amazon.nova-lite-v1:0 status=200
    events=9 first=0.412 seconds=1.204 outcome=complete request_id=0d1f… retries=0

* ``operation``: the method of boto3. ``target``: the endpoint or model.
* ``bytes``: the size of the body, or of the payloads of a stream.
* ``first``: the seconds until the first piece of a stream. ``seconds``: those until the end.
* ``outcome``: ``complete``; ``closed``, by the program before the end; ``incomplete``, with an
  ``IncompleteStreamWarning``; or the type of the error. ``code``: that of a ``ServiceError``.

Unknown values are left out. If the program itself called boto3, there is no operation and
no target, and the time begins when this package gets the response. A stream has no line if it is
neither read to its end nor closed.

The arguments of the log record are a dict of these values, for handlers that write JSON.

* ``logging`` is not imported here: that would take longer than the import of this package. It has
  no handlers in a process that did not import it. boto3 does.
* The logger has no ``NullHandler``. Python shows records without a handler from WARNING on.
* Whether the level is enabled is checked once for a call. A call that is not logged has no object
  here, and no piece of a stream costs more.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._log_lines import CallLog

__all__ = ["call_log", "logging_to"]

_LOGGER, _DEBUG = "cohere_aws", 10


def call_log(**names: str | None) -> CallLog | None:
    """Return the log of a call that begins now; ``None`` if the level is not enabled."""
    # A module that another thread imports at this moment may not have all its names yet.
    get_logger = getattr(sys.modules.get("logging"), "getLogger", None)
    if get_logger is None:
        return None
    logger = get_logger(_LOGGER)
    if not logger.isEnabledFor(_DEBUG):
        return None
    from ._log_lines import CallLog  # noqa: PLC0415  # most programs log no calls

    return CallLog(logger, names)


@contextmanager
def logging_to(log: CallLog | None) -> Iterator[CallLog | None]:
    """Write the line at the end of this block, unless a stream will, or if the block raises."""
    try:
        yield log
    except BaseException as error:
        if log is not None:
            log.write(error)
        raise
    if log is not None and not log.is_handed_on:
        log.write("complete")
