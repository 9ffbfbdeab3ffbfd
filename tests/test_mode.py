"""The two services, with the values of the documented module."""

from cohere_aws.mode import Mode


def test_members_and_values() -> None:
    assert {mode.name: mode.value for mode in Mode} == {"SAGEMAKER": 1, "BEDROCK": 2}
