"""``cohere-aws batch``."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from _cli.models import command, plain_answer, run, terminal, variables
from cohere_aws import Client, CohereError, Mode, TransportError, _concurrent
from cohere_aws._cli import _batch
from cohere_aws._cli._main import main
from cohere_aws.batch import read_lines
from cohere_aws.testing import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from cohere_aws.testing import Recording, Server

    Served = Callable[..., AbstractContextManager[Server]]

TGI = ["--endpoint", "e", "--dialect", "tgi"]
ANSWER = [{"generated_text": "text", "details": {"finish_reason": "length"}}]


@pytest.fixture(autouse=True)
def _one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let boto3 not retry, so that all retries are those of the command."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a file of 40 records."""
    return input_of(tmp_path, 40)


def input_of(folder: Path, count: int) -> Path:
    path = folder / "in.jsonl"
    records = [{"recordId": f"r{i}", "modelInput": {"inputs": f"p{i}"}} for i in range(count)]
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def batch(source: Path, *options: str) -> list[str]:
    return ["batch", str(source), str(source.with_name("out.jsonl")), *TGI, *options]


def ids(source: Path) -> list[str | None]:
    path = source.with_name("out.jsonl")
    if not path.exists():
        return []
    return [json.loads(line)["recordId"] for line in path.read_bytes().split(b"\n")[:-1]]


def asked(server: Server) -> list[str]:
    return [call.request["inputs"].replace("p", "r") for call in server.calls]


def refusal(status: int) -> Recording:
    return plain_answer({"message": f"status {status}"}, status)


def test_every_record_is_asked_once(
    source: Path, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(Mode.SAGEMAKER, *40 * [plain_answer(ANSWER)]) as server:
        assert main(batch(source)) == 0
        assert sorted(asked(server)) == sorted(f"r{i}" for i in range(40))
        summary = capsys.readouterr().err
        assert summary.startswith(f"{source.with_name('out.jsonl')}: 40 answers, 0 errors; 40 of ")
        assert main(batch(source)) == 0  # nothing is left to ask
        assert len(server.calls) == 40
    assert sorted(map(str, ids(source))) == sorted(f"r{i}" for i in range(40))
    with source.with_name("out.jsonl").open("rb") as lines:
        assert {record.answer.text for record in read_lines(lines) if record.answer} == {"text"}
    assert "40 answers, 0 errors; 0 of them in this run" in capsys.readouterr().err


def test_errors_are_lines_and_count_as_written(
    tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = input_of(tmp_path, 3)
    monkeypatch.setattr(_concurrent, "_MAX_DELAY", 0.01)
    answers = [refusal(400), refusal(503), refusal(503), plain_answer(ANSWER), *3 * [refusal(503)]]
    with served(Mode.SAGEMAKER, *answers) as server:
        assert main(batch(source, "--max-concurrency", "1", "--retries", "2")) == 6
        # A refusal is not retried; a failure is, and the third record fails three times.
        assert asked(server) == ["r0", "r1", "r1", "r1", "r2", "r2", "r2"]
        assert main(batch(source)) == 6
        assert len(server.calls) == 7
    with source.with_name("out.jsonl").open("rb") as lines:
        found = list(read_lines(lines))
    assert [record.record_id for record in found] == ["r0", "r1", "r2"]
    statuses = [record.error.http_status if record.error else None for record in found]
    assert statuses == [400, None, 503]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_failure_of_all_calls_ends_the_run(
    status: int, tmp_path: Path, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    source = input_of(tmp_path, 9)
    answers = [plain_answer(ANSWER), *3 * [refusal(status)]]
    with served(Mode.SAGEMAKER, *answers) as server:
        assert main(batch(source, "--max-concurrency", "2")) == 3
        assert len(server.calls) <= 4
    assert capsys.readouterr().err == f"cohere-aws: {status}: status {status}\n"
    assert len(ids(source)) == 1
    with served(Mode.SAGEMAKER, *8 * [plain_answer(ANSWER)]) as server:
        assert main(batch(source)) == 0
        assert len(server.calls) == 8
    assert sorted(map(str, ids(source))) == [f"r{i}" for i in range(9)]


def test_without_credentials_nothing_is_written(source: Path) -> None:
    with serve([plain_answer(ANSWER)]) as server:
        found = run(server, *batch(source), AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        assert not server.calls
    assert (found.returncode, found.stderr.count(b"\n")) == (2, 1)
    assert ids(source) == []


@pytest.mark.parametrize(
    ("error", "status"), [(CohereError("no region"), 2), (TransportError("reset"), 6)]
)
def test_a_configuration_that_is_not_complete_ends_the_run(
    error: CohereError, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(_: str) -> None:
        raise error

    source = input_of(tmp_path, 2)
    Model(monkeypatch, answer)
    assert main(batch(source, "--retries", "0")) == status
    assert len(ids(source)) == (2 if status == 6 else 0)


class Model:
    """Model whose calls a test can hold.

    Attributes:
        started: Prompts of the calls so far.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], Any]) -> None:
        self.started: list[str] = []
        self.most = 0
        self._running = 0
        self._answer = answer
        self._lock = threading.Lock()
        real = Client.generate

        def generate(client: Client, request: Any, **options: Any) -> Any:
            with self._lock:
                self.started.append(request.inputs)
                self._running += 1
                self.most = max(self.most, self._running)
            try:
                self._answer(request.inputs)
                return real(client, request, **options)
            finally:
                with self._lock:
                    self._running -= 1

        monkeypatch.setattr(Client, "generate", generate)


@pytest.mark.parametrize("ordered", [False, True])
def test_the_order_of_the_output(
    ordered: bool, tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = input_of(tmp_path, 6)
    others = threading.Event()

    def answer(prompt: str) -> None:
        if prompt == "p0":
            assert others.wait(30)
        elif prompt == ("p2" if ordered else "p5"):  # in order, 3 calls are made ahead
            others.set()

    model = Model(monkeypatch, answer)
    options = ["--max-concurrency", "3", *(["--ordered"] if ordered else [])]
    with served(Mode.SAGEMAKER, *6 * [plain_answer(ANSWER)]):
        assert main(batch(source, *options)) == 0
    in_order = [f"r{i}" for i in range(6)]
    assert sorted(map(str, ids(source))) == in_order
    assert (ids(source) == in_order) == ordered
    assert model.most <= 3


def test_an_error_after_the_end_of_the_run_is_not_written(
    tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = input_of(tmp_path, 2)
    failed = threading.Event()

    def answer(prompt: str) -> None:
        if prompt == "p1":
            assert failed.wait(30)

    class Waiting(threading.Event):
        """Stops the run; its wait is the one before a retry."""

        def wait(self, timeout: float | None = None) -> bool:
            failed.set()
            return super().wait(timeout)

    monkeypatch.setattr(_concurrent, "random", SimpleNamespace(random=lambda: 999))
    monkeypatch.setattr(
        _batch, "threading", SimpleNamespace(Event=Waiting, Thread=threading.Thread)
    )
    Model(monkeypatch, answer)
    recordings = [refusal(503), refusal(403)]
    with served(Mode.SAGEMAKER, *recordings):
        assert main(batch(source, "--max-concurrency", "2")) == 3
    assert ids(source) == []


def test_a_full_disk_ends_the_run(
    source: Path,
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(source))

    monkeypatch.setattr(_batch.BatchOutput, "_append", full)
    with served(Mode.SAGEMAKER, *40 * [plain_answer(ANSWER)]) as server:
        assert main(batch(source, "--max-concurrency", "2")) == 1
        assert len(server.calls) < 40
    assert capsys.readouterr().err == f"cohere-aws: {source}: No space left on device\n"


def test_the_output_of_another_input(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = '{"recordId": "other", "error": {}}\n'
    source.with_name("out.jsonl").write_text(line, encoding="utf-8")
    assert main(batch(source)) == 2
    assert "the record 'other', which is not in the input" in capsys.readouterr().err
    assert ids(source) == ["other"]


def test_an_input_that_has_changed(
    tmp_path: Path, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"modelInput": {"inputs": "a"}}\n', encoding="utf-8")
    with served(Mode.SAGEMAKER, plain_answer(ANSWER)) as server:
        assert main(batch(source)) == 0
        # Line numbers are the IDs, so the answer in the output would be that of another prompt.
        source.write_text(
            '{"modelInput": {"inputs": "b"}}\n{"modelInput": {"inputs": "a"}}\n', encoding="utf-8"
        )
        assert main(batch(source)) == 2
        assert len(server.calls) == 1
    summary, error = capsys.readouterr().err.splitlines()
    assert ": 1 answer, 0 errors; 1 of them in this run, in " in summary
    assert error.endswith(
        "has the record '1' with another modelInput than the input; expected the output of this input"
    )
    assert ids(source) == ["1"]


def test_the_input_is_not_the_output(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = source.read_bytes()
    link = source.with_name("out.jsonl")
    link.symlink_to(source)
    assert main(batch(source)) == 2
    assert capsys.readouterr().err == (f"cohere-aws: {link} is the input; expected another file\n")
    assert source.read_bytes() == before


# The command in a process of its own.


def test_killed_at_any_moment_and_started_again(tmp_path: Path) -> None:
    count = 300
    source = input_of(tmp_path, count)
    out = source.with_name("out.jsonl")
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    kills = 0
    with serve([plain_answer(ANSWER)]) as server:
        while len(ids(source)) < count:
            written, calls = set(ids(source)), len(server.calls)
            with subprocess.Popen(
                command(*batch(source, "--max-concurrency", "3")),
                env=variables(server),
                stderr=subprocess.DEVNULL,
            ) as process:
                goal = len(written) + chance.randrange(count // 4)
                while process.poll() is None and len(ids(source)) < goal:
                    time.sleep(0.001)
                time.sleep(chance.random() / 50)
                process.kill()
                kills += 1
            # Nothing that was written is lost or asked again.
            assert written <= set(ids(source))
            assert written.isdisjoint(asked(server)[calls:])
            # As if the process had been killed inside a write.
            rest = out.read_bytes().rpartition(b"\n")[2] if out.exists() else b""
            if not rest:
                line = b'{"recordId": "r1", "modelInput": {"inputs": "p1"}, "modelOutput": {}}'
                with out.open("ab") as file:
                    file.write(line[: chance.randrange(len(line))])
        found = run(server, *batch(source))
        assert found.returncode == 0
        assert b"300 answers, 0 errors; " in found.stderr
        # At most the calls in flight at each kill were made twice.
        assert len(server.calls) <= count + 3 * kills
    assert sorted(map(str, ids(source))) == sorted(f"r{i}" for i in range(count))


def test_interrupted_by_ctrl_c(source: Path) -> None:
    with serve([refusal(503)]) as server:
        with subprocess.Popen(
            command(*batch(source, "--retries", "99")),
            env=variables(server),
            stderr=subprocess.PIPE,
        ) as process:
            while not server.calls:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 130
            assert process.stderr is not None
            assert process.stderr.read() == b""
    assert ids(source) == []


def test_ctrl_c_does_not_wait_for_the_calls_in_flight(source: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        options = ["--endpoint-url", url, "--max-concurrency", "2"]
        with subprocess.Popen(command(*batch(source, *options)), env=os.environ) as process:
            connections = [silent.accept()[0] for _ in range(2)]
            for connection in connections:
                assert connection.recv(9)  # the call was made
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 130  # long before the timeout of boto3, 60 seconds
            for connection in connections:
                connection.close()
    assert ids(source) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse a full queue")
def test_ctrl_c_does_not_wait_for_a_connection(source: Path) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        with ExitStack() as waiting:
            for _ in range(3):  # more than its queue holds, so that others are not answered
                each = waiting.enter_context(socket.socket())
                each.settimeout(0)
                with suppress(BlockingIOError):
                    each.connect(address)
            tcp = Path("/proc/net/tcp")
            connecting = f":{address[1]:04X} 02 "  # the state SYN_SENT
            before = tcp.read_text(encoding="ascii").count(connecting)
            options = ["--endpoint-url", f"http://127.0.0.1:{address[1]}", "--max-concurrency", "1"]
            with subprocess.Popen(
                command(*batch(source, *options)), env=os.environ, stderr=subprocess.PIPE
            ) as process:
                while tcp.read_text(encoding="ascii").count(connecting) == before:
                    time.sleep(0.01)
                    assert process.poll() is None
                process.send_signal(signal.SIGINT)
                assert process.wait(10) == 130
                assert process.stderr is not None
                assert process.stderr.read() == b""
    assert ids(source) == []


def test_a_mistake_of_this_package_is_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(_: str) -> None:
        raise ZeroDivisionError

    Model(monkeypatch, answer)
    with pytest.raises(ZeroDivisionError):
        main(batch(input_of(tmp_path, 2)))
    assert ids(tmp_path / "in.jsonl") == []


def test_the_bar_of_a_terminal(tmp_path: Path) -> None:
    source = input_of(tmp_path, 3)
    with serve([refusal(400)]) as server, terminal() as screen:
        found = subprocess.run(
            command(*batch(source)),
            env=variables(server),
            check=False,
            stderr=screen.descriptor,
            timeout=60,
        )
    assert found.returncode == 6
    assert " 3/3 [" in screen.shown
    assert "failures=3]" in screen.shown
    assert screen.shown.splitlines()[-1].startswith("\x1b[2m")
