"""What both clients have in common, which is everything but waiting.

They differ in what ``generate`` gives: the answer, or what is awaited to get it.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from ._aws_clients import Settings, one_region, prepare
from ._generate import GenerateMethods, Kept, Many, Plain, Requests, Streamed
from ._operations import check_client
from ._replacements import REPLACEMENTS
from ._services import service_for
from .error import CohereError, InvalidRequestError
from .mode import Mode

__all__ = ["BaseClient"]


class BaseClient(GenerateMethods[Plain, Streamed, Many, Kept, Requests]):
    """The settings that a client is made from, and the questions that can be asked of it.

    ``Client`` documents the arguments.
    """

    _asynchronous: ClassVar[bool]
    _assigned: Any = None  # the client that was assigned to _client

    def __init__(
        self,
        aws_region: str | None = None,
        mode: Mode = Mode.SAGEMAKER,
        *,
        region_name: str | None = None,
        profile_name: str | None = None,
        endpoint_url: str | None = None,
        endpoint_name: str | None = None,
        session: Any = None,
        client: Any = None,
        config: Any = None,
    ) -> None:
        service_for(mode)  # anything else is an error here, and not at the first call
        region = one_region(aws_region, region_name)
        self.mode = mode
        self._endpoint_name = endpoint_name
        self._settings = Settings(region, profile_name, endpoint_url, session, config)
        self._settings.check(client)
        if client is not None:
            check_client(client, mode, asynchronous=self._asynchronous)
            prepare(client)
        self._given = client
        self._start()

    @abstractmethod
    def _start(self) -> None:
        """Have no client yet."""

    def connect_to_endpoint(self, endpoint_name: str) -> None:
        """Ask this SageMaker endpoint from now on.

        Nothing is sent: whether the endpoint exists is told by the first call, as a
        ``ServiceError``.
        """
        if self.mode is not Mode.SAGEMAKER:
            raise CohereError("This method is only supported in SageMaker mode.")
        if not endpoint_name:
            raise InvalidRequestError("endpoint_name is empty; expected the name of an endpoint")
        self._endpoint_name = endpoint_name

    def __repr__(self) -> str:
        shown = self._settings.shown(self.mode, self._endpoint_name, self._given)
        return f"{type(self).__name__}({shown})"

    def __getstate__(self) -> dict[str, Any]:
        """Return the settings; open connections cannot be copied."""
        live = {"client": self._assigned or self._given, "session": self._settings.session}
        for name in (name for name, one in live.items() if one is not None):
            raise TypeError(f"a client made with {name}= cannot be pickled; give a region instead")
        kept = ("mode", "_endpoint_name", "_settings", "_given")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._start()


def _missing(client: Any, name: str) -> Any:
    """Say what to use in place of a documented method that is not here."""
    if name in REPLACEMENTS:
        found = f"{type(client).__name__!r} object has no attribute {name!r}"
        raise AttributeError(f"{found}; use {REPLACEMENTS[name]}", name=name, obj=client)
    # Raises as usual, also what a property raised that led here.
    return object.__getattribute__(client, name)


# Within the class, a type checker would take any name for an attribute.
BaseClient.__getattr__ = _missing  # type: ignore[attr-defined]
