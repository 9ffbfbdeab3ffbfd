"""Headers of an answer: those that are written."""

from __future__ import annotations

from cohere_aws._services import SERVICES
from cohere_aws.testing._botocore import operation_model
from cohere_aws.testing._headers import kept_headers
from cohere_aws.testing._scrub import Scrubber
from cohere_aws.testing._wire import EVENT_STREAM, REQUEST_ID

STREAM = operation_model("sagemaker-runtime", "InvokeEndpointWithResponseStream")


def test_members_and_a_short_list_are_kept_in_lower_case() -> None:
    headers = {
        "Content-Type": EVENT_STREAM,  # of every stream
        "X-Amzn-SageMaker-Content-Type": "text/csv",
        "X-Amzn-SageMaker-Custom-Attributes": "by Alice",
        "X-Amzn-SageMaker-New-Session-Id": "1",  # a member of the plain operation only
        "x-amzn-RequestId": "abc",
        "Set-Cookie": "secret",
        "Authorization": "secret",
    }
    assert kept_headers(STREAM, headers, Scrubber(lambda text: text.replace("Alice", "X"))) == {
        "x-amzn-sagemaker-content-type": "text/csv",
        "x-amzn-sagemaker-custom-attributes": "by X",
        "x-amzn-requestid": "abc",
    }


def test_headers_without_information_or_that_cannot_be_sent_are_left_out() -> None:
    headers = {"x-amzn-requestid": REQUEST_ID, "x-amzn-errortype": "a\nb", "retry-after": "1"}
    assert kept_headers(STREAM, headers, Scrubber()) == {"retry-after": "1"}


def test_usage_headers_of_every_service_are_kept() -> None:
    headers = {header: "7" for service in SERVICES.values() for header in service.usage_headers}
    assert headers
    assert kept_headers(STREAM, headers, Scrubber()) == headers
