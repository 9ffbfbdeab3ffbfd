"""Replacements for the methods of the documented client that are missing."""

from __future__ import annotations

import re
import warnings

import botocore.session
import pytest
from botocore import xform_name

from cohere_aws._replacements import REPLACEMENTS
from maybe_async import both_clients

CALLS = re.compile(r'((?:\w+(?:, | and | or ))*\w+) of boto3\.client\("([\w-]+)"\)')


@pytest.mark.parametrize("name", REPLACEMENTS)
def test_the_replacements_exist(name: str) -> None:
    session = botocore.session.get_session()
    found = CALLS.findall(REPLACEMENTS[name])
    assert found
    for calls, service in found:
        model = session.get_service_model(service)
        known = {xform_name(operation) for operation in model.operation_names}
        assert set(re.split(", | and | or ", calls)) <= known


@both_clients
def test_every_documented_method_exists_or_has_a_replacement(kind: type) -> None:
    module = "cohere.manually_maintained.cohere_aws.client"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        documented = pytest.importorskip(module, exc_type=ImportError)
    public = {name for name in dir(documented.Client) if not name.startswith("_")}
    assert public - {name for name in dir(kind) if not name.startswith("_")} == set(REPLACEMENTS)
