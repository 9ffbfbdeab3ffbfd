"""The members of ``Mode``, compared with the documented module."""

from cohere_aws.mode import Mode


def test_members_and_values_are_documented() -> None:
    assert {mode.name: mode.value for mode in Mode} == {"SAGEMAKER": 1, "BEDROCK": 2}
