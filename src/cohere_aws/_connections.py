"""End the calls that a boto3 client has in flight.

boto3 cannot: its ``close()`` closes the idle connections of the pool, and leaves those that a
thread is reading from. So ``Connections`` tracks each connection of a client from its opening, and
``end()`` shuts all of them down. A thread that waits for an answer then gets a connection error.
botocore would retry the call, so a handler of its retry event raises the final error instead.
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
    """Return the error of a call whose client was closed before the answer arrived."""
    error = TransportError(f"the client was closed while {operation} was in flight")
    error.retryable = False  # the program closed it on purpose
    return error


class Connections:
    """All open connections of a boto3 client that has not made a call yet."""

    def __init__(self, client: Any) -> None:
        self._open: WeakSet[Any] = WeakSet()  # the pool drops connections
        self._ended = False
        self._lock = threading.Lock()  # guards both attributes
        # urllib3's pool managers, also those for proxies, look the class of a pool up in this dict.
        classes = client._endpoint.http_session._pool_classes_by_scheme  # noqa: SLF001
        for scheme, class_ in classes.items():
            classes[scheme] = self._tracking_pool_class(class_)
        name = client.meta.service_model.service_id.hyphenize()
        # The first handler, so that it comes before botocore's own decision to retry.
        client.meta.events.register_first(f"needs-retry.{name}", self._raise_if_ended)

    def end(self) -> None:
        """Shut down every connection, and prevent new ones."""
        # A connection that is opened at the same time is either in the set, or sees the flag.
        with self._lock:
            self._ended = True
            connections = list(self._open)
        for connection in connections:
            if connection.sock is not None:
                with suppress(OSError):  # it is closed already
                    # Not SSLSocket.shutdown(), which is not safe while another thread reads.
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    def _tracking_pool_class(self, pool: Any) -> Any:
        """Return a subclass of *pool* whose connections are tracked."""
        tracker = self

        class Connection(pool.ConnectionCls):  # type: ignore[misc]  # its base is known at run time
            def connect(self) -> None:
                super().connect()
                if not tracker._track(self):
                    self.close()
                    raise ConnectionAbortedError("the client was closed")

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

    def _track(self, connection: Any) -> bool:
        """Track *connection*; return whether it may be used, which it may not after the end."""
        with self._lock:
            self._open.add(connection)
            return not self._ended

    def _raise_if_ended(
        self, *, caught_exception: Exception | None, operation: Any, **_: object
    ) -> None:
        if self._ended and caught_exception is not None:
            raise closed_in_flight(operation.name) from caught_exception
