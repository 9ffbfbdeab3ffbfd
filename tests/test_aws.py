"""Facts about clients of boto3 and aiobotocore."""

from __future__ import annotations

import boto3
import pytest

from clients import SERVICES, both_modes, client_of, with_async_client
from cohere_aws import Client, Mode
from cohere_aws._aws import is_asynchronous, service_of


async def facts(client: object) -> tuple[bool, str]:
    return is_asynchronous(client), service_of(client)


@both_modes
def test_clients_of_both_libraries_are_recognised(mode: Mode) -> None:
    assert not is_asynchronous(client_of(mode))
    assert service_of(client_of(mode)) == SERVICES[mode]
    assert with_async_client(mode, facts) == (True, SERVICES[mode])


def test_a_client_of_another_service_has_its_own_name() -> None:
    assert service_of(boto3.client("s3")) == "s3"


def test_other_objects_are_refused_by_their_type() -> None:
    words = r"^client is of type {}; expected a client of boto3 or aiobotocore \(enter one of aio"
    for wrong in ("client", Client(client=client_of(Mode.SAGEMAKER))):
        with pytest.raises(TypeError, match=words.format(type(wrong).__name__)):
            service_of(wrong)
