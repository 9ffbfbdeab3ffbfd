"""Base of both clients: settings, pickling, and the methods that do not wait.

``client`` and ``aio`` add what differs between threads and event loops: creating the AWS client,
making a call, and closing both.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from ._aws_clients import Settings, resolve_region
from ._call_log import call_log
from ._client_patches import patch_client
from ._generate import Answer, AnswerStream
from ._generate_many import AnswerIterator, AnswerOrErrorIterator, GenerateMethods, Requests
from ._operations import check_client, target_of
from ._plain import reading
from ._replacements import REPLACEMENTS
from ._services import SERVICES, service_for
from .error import CohereError, InvalidRequestError
from .generation import Generations
from .mode import Mode
from .response import metadata_of, with_metadata

if TYPE_CHECKING:
    from ._caller import AnswerForm
    from ._log_lines import CallLog
    from ._operations import Operation

__all__ = ["BaseClient"]

# Every region ends in a direction and a number: us-east-1, us-gov-west-1, eusc-de-east-1. The names
# that botocore knows are not used, because reading them takes longer than creating a client here.
_REGION = r"[a-z]+(-[a-z]+)*-(central|(north|south)(east|west)?|east|west)-[0-9]+"


class BaseClient(
    GenerateMethods[Answer, AnswerStream, AnswerIterator, AnswerOrErrorIterator, Requests]
):
    """Base class of the clients; ``Client`` documents the arguments."""

    _asynchronous: ClassVar[bool]
    _client_assigned: Any = None  # a client that a test assigned to the documented _client

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
        _check_positions(aws_region, mode)
        service_for(mode)  # an unsupported mode is an error here, and not at the first call
        self.mode = mode
        self._endpoint_name = endpoint_name
        region = resolve_region(aws_region, region_name)
        self._settings = Settings(region, profile_name, endpoint_url, session, config)
        self._settings.check(client)
        if client is not None:
            check_client(client, mode, asynchronous=self._asynchronous)
            patch_client(client)
        self._client_given = client
        self._init_runtime_state()

    @abstractmethod
    def _init_runtime_state(self) -> None:
        """Initialize the attributes that are not pickled: AWS clients created here, and locks."""

    def _log_of(self, operation: Operation) -> CallLog | None:
        """Return the log of the call of *operation*, if calls are logged."""
        service, target = SERVICES[self.mode], target_of(self.mode, operation)
        return call_log(service=service.name, operation=operation.method, target=target)

    def _answer_in(
        self,
        response: Any,
        data: bytes,
        operation: Operation,
        form: AnswerForm,
        log: CallLog | None,
    ) -> Any:
        """Return the stream or the answer in the *response* to *operation*.

        Args:
            response: The response of boto3.
            data: The bytes of its body, if it has one that is not a stream.
            operation: The call.
            form: The classes of the answer.
            log: The log of the call, if it is logged.
        """
        metadata, dialect = metadata_of(response), operation.dialect
        if log is not None:
            log.answered(response, data)
        if operation.stream:
            events = response[operation.member]
            stream = form.stream(events, self.mode, strict=True, dialect=dialect)
            stream._belongs_to(metadata, log)  # noqa: SLF001  # of this package
            if operation.uses_request_id:
                stream._stream.first_items.id = stream.request_id  # noqa: SLF001  # likewise
            return stream
        with reading(response):
            if operation.member is None:
                answer: Any = Generations.from_dict(response, dialect=dialect)
            else:
                answer = form.read(data, response, self.mode, dialect)
        return with_metadata(answer, metadata)

    def connect_to_endpoint(self, endpoint_name: str) -> None:
        """Use this SageMaker endpoint for all following calls.

        Nothing is sent. If the endpoint does not exist, the first call raises a ``ServiceError``.

        Raises:
            CohereError: The mode is not ``Mode.SAGEMAKER``.
            InvalidRequestError: *endpoint_name* is empty.
        """
        if self.mode is not Mode.SAGEMAKER:
            # The documented class and message.
            raise CohereError("This method is only supported in SageMaker mode.")
        if not endpoint_name:
            raise InvalidRequestError("endpoint_name is empty; expected the name of an endpoint")
        self._endpoint_name = endpoint_name

    def __repr__(self) -> str:
        arguments = self._settings.describe(self.mode, self._endpoint_name, self._client_given)
        return f"{type(self).__name__}({arguments})"

    def __getstate__(self) -> dict[str, Any]:
        """Return the settings; open connections cannot be pickled.

        Raises:
            TypeError: The client was created with *client* or *session*.
        """
        client = self._client_assigned or self._client_given
        for name, value in {"client": client, "session": self._settings.session}.items():
            if value is not None:
                message = f"a client created with {name}= cannot be pickled"
                raise TypeError(f"{message}; create it from a region or profile")
        pickled = ("mode", "_endpoint_name", "_settings", "_client_given")
        return {name: getattr(self, name) for name in pickled}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._init_runtime_state()


def _check_positions(aws_region: object, mode: object) -> None:
    """Check that the two positional arguments are not those of ``cohere-aws`` 0.8.

    There, they were the endpoint, the region and the mode. *region_name* is not checked, so that it
    can be any name that botocore accepts.

    Raises:
        CohereError: *mode* is a region.
        InvalidRequestError: *aws_region* is not a region.
    """
    if isinstance(aws_region, str) and aws_region and not _is_region(aws_region):
        found = f"aws_region is {aws_region!r:.40}; expected a region, such as us-east-1"
        raise InvalidRequestError(
            f"{found}; pass a SageMaker endpoint as endpoint_name=, and a region of another form "
            "as region_name="
        )
    if isinstance(mode, str) and _is_region(mode):
        raise CohereError(
            f"Unsupported mode: {mode!r:.40} is a region; pass a region as region_name=, and a "
            "SageMaker endpoint as endpoint_name="
        )


def _is_region(name: str) -> bool:
    return re.fullmatch(_REGION, name) is not None


def _missing_attribute(client: Any, name: str) -> Any:
    """Raise an error for an attribute that does not exist, with the replacement if there is one."""
    if name in REPLACEMENTS:
        found = f"{type(client).__name__!r} object has no attribute {name!r}"
        raise AttributeError(f"{found}; use {REPLACEMENTS[name]}", name=name, obj=client)
    # Raises the usual error. If a property raised the AttributeError that led here, raises that.
    return object.__getattribute__(client, name)


# Assigned here, because type checkers accept any attribute of a class that defines __getattr__.
BaseClient.__getattr__ = _missing_attribute  # type: ignore[attr-defined]
