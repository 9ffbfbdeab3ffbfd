"""End the calls that a client of boto3 has in flight.

boto3 cannot: its ``close()`` closes the connections that wait in the pool, and leaves those that a
thread is reading from. So the connections of a client are known here, from when each is opened, and
``end()`` shuts them down. A thread that waits for an answer then gets an error of the connection,
which botocore would answer by another try; a handler of its retries refuses that.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from .error import TransportError

__all__ = ["Connections", "closed_in_flight"]


def closed_in_flight(operation: str) -> TransportError:
    """Return the error of a call whose client was closed while it waited."""
    error = TransportError(f"the client was closed while {operation} was in flight")
    error.retryable = False  # it was closed on purpose
    return error


class Connections:
    """The connections of *client*, which has not made a call yet."""

    def __init__(self, client: Any) -> None:
        self._open: WeakSet[Any] = WeakSet()
        self._ended = False
        self._lock = threading.Lock()
        # Where urllib3's pool managers look up the type of a pool, those of proxies, too.
        types = client._endpoint.http_session._pool_classes_by_scheme  # noqa: SLF001
        for scheme, type_ in types.items():
            types[scheme] = self._tracking_pool_class(type_)
        name = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register_first(f"needs-retry.{name}", self._raise_if_ended)

    def end(self) -> None:
        """Shut down every connection, and let no call open another."""
        with self._lock:  # one that is opened meanwhile is either here, or finds the end
            self._ended = True
            known = list(self._open)
        for connection in known:
            if connection.sock is not None:
                with suppress(OSError):  # it is closed already
                    # Not the method of an SSLSocket, which is not safe while a thread reads.
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    def _tracking_pool_class(self, pool: Any) -> Any:
        """Return the type *pool* with connections that are known here."""
        known = self

        class Connection(pool.ConnectionCls):  # type: ignore[misc]  # its base is known at run time
            def connect(self) -> None:
                super().connect()
                if not known._track(self):
                    self.close()
                    raise ConnectionAbortedError("the client was closed")

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

    def _track(self, connection: Any) -> bool:
        """Note *connection*, and return whether it may be used: not after the end."""
        with self._lock:
            self._open.add(connection)
            return not self._ended

    def _raise_if_ended(
        self, *, caught_exception: Exception | None, operation: Any, **_: object
    ) -> None:
        if self._ended and caught_exception is not None:
            raise closed_in_flight(operation.name) from caught_exception
