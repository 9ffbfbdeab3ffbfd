"""The option ``--block-aws`` of the pytest plugin: fail each test that would call AWS.

The module is imported only if the option is given. It does not import botocore, so the option does
not slow down tests that do not use AWS.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from .testing import Recorder, ReplayError
from .testing._watch import is_loopback, requests_seen

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = ["BlockAWS"]


class BlockAWS:
    """The hooks that fail a test for its calls to AWS outside a recording.

    The request raises where it would be sent. The code under test may handle this error, or lose it
    in a thread, so the test fails again at the end of the phase in which the call was made.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._calls: list[str] = []  # blocked in the current phase of the test
        block = ExitStack()
        block.enter_context(requests_seen(self._check))
        config.add_cleanup(block.close)

    def _check(self, operation: Any, url: str, context: Mapping[Any, Any]) -> None:
        # A recorder that records the call has noted it in the context.
        if is_loopback(url) or any(isinstance(key, Recorder) for key in context):
            return
        called = f"{operation.name} of {operation.service_model.service_name}"
        self._calls.append(f"{called} would be sent to AWS, outside a recording (--block-aws)")
        raise ReplayError(self._calls[-1])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        return (yield from self._checked(item, "setup"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        return (yield from self._checked(item, "call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        return (yield from self._checked(item, "teardown"))

    def _checked(self, item: pytest.Item, when: str) -> Generator[None, Any, Any]:
        try:
            result = yield
        finally:
            calls = "\n".join(self._calls)
            self._calls.clear()
            if calls:
                # Also if the test raised: its own error may hide the reason.
                item.add_report_section(when, "blocked", calls)
        if calls:
            pytest.fail(calls, pytrace=False)
        return result
