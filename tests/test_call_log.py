"""Whether a call is logged, and when its line is written."""

from __future__ import annotations

import logging
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import CohereError
from cohere_aws._call_log import call_log, logging_to

if TYPE_CHECKING:
    from cohere_aws._log_lines import CallLog


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> CallLog:
    caplog.set_level(logging.DEBUG, "cohere_aws")
    found = call_log(service="bedrock-runtime")
    assert found is not None
    return found


def test_a_call_is_logged_only_at_level_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "cohere_aws")
    assert call_log(service="bedrock-runtime") is None
    with logging_to(None) as log:
        assert log is None
    caplog.set_level(logging.DEBUG, "cohere_aws")
    assert call_log(service="bedrock-runtime") is not None


@pytest.mark.parametrize("module", [None, ModuleType("logging")])
def test_logging_is_not_imported(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    monkeypatch.setitem(sys.modules, "logging", module)
    assert call_log(service="bedrock-runtime") is None


def test_a_stream_does_not_import_logging() -> None:
    event = '{"PayloadPart": {"Bytes": b\'{"is_finished": true, "finish_reason": "COMPLETE"}\'}}'
    code = f"""if True:
        import sys
        from cohere_aws import Mode, StreamingGenerations
        StreamingGenerations([{event}], Mode.SAGEMAKER).read()
        assert not {{"logging", "cohere_aws._log_lines"}} & {{*sys.modules}}
    """
    subprocess.run([sys.executable, "-I", "-c", code], check=True)


def test_without_a_handler_nothing_is_printed() -> None:
    code = """if True:
        import logging
        from cohere_aws._call_log import call_log
        logging.getLogger("cohere_aws").setLevel(logging.DEBUG)
        call_log(service="bedrock-runtime").write("complete")
    """
    run = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True)
    assert (run.stdout, run.stderr) == (b"", b"")


def test_the_line_is_written_at_the_end_of_the_block(
    log: CallLog, caplog: pytest.LogCaptureFixture
) -> None:
    with logging_to(log):
        assert caplog.messages == []
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("cohere_aws", logging.DEBUG)
    assert "outcome=complete" in record.getMessage()


@pytest.mark.parametrize("error", [CohereError("words"), KeyboardInterrupt("words")])
def test_the_line_of_a_call_that_failed(
    log: CallLog, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    with pytest.raises(type(error)), logging_to(log):
        log.is_handed_on = True
        raise error
    (line,) = caplog.messages
    assert f"outcome={type(error).__name__}" in line
    assert "words" not in line


def test_an_error_without_a_log_is_raised_unchanged() -> None:
    with pytest.raises(KeyError), logging_to(None):
        raise KeyError


def test_a_stream_writes_the_line_itself(log: CallLog, caplog: pytest.LogCaptureFixture) -> None:
    with logging_to(log):
        log.is_handed_on = True
    assert caplog.messages == []
