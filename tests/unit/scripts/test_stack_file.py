import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from scripts.dev import stack_file
from scripts.dev.stack_file import AlreadyRunningError, StackInfo, claimed, read_running

INFO = StackInfo(
    api="http://127.0.0.1:1",
    temporal_ui="http://127.0.0.1:2",
    temporal_address="127.0.0.1:3",
    token="one",
    other_token="two",
    metrics=[],
    pids={"api": [1]},
    supervisor=os.getpid(),
    internal="http://127.0.0.1:1",
)


def ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_nothing_runs_in_a_directory_without_a_file(tmp_path: Path) -> None:
    assert read_running(tmp_path) is None
    assert read_running(tmp_path / "missing") is None


def test_a_running_stack_is_read(tmp_path: Path) -> None:
    with claimed(tmp_path):
        stack_file.write(tmp_path, INFO)

        assert read_running(tmp_path) == INFO
        assert stat.S_IMODE((tmp_path / "stack.json").stat().st_mode) == 0o600


def test_a_file_whose_stack_has_gone_is_stale(tmp_path: Path) -> None:
    # Its process id lives on, as that of another program may.
    with claimed(tmp_path):
        stack_file.write(tmp_path, INFO)

    assert read_running(tmp_path) is None


def test_a_file_whose_supervisor_was_killed_is_stale(tmp_path: Path) -> None:
    # What it started is being ended and holds the lock meanwhile.
    with claimed(tmp_path):
        stack_file.write(tmp_path, msgspec.structs.replace(INFO, supervisor=ended_pid()))

        assert read_running(tmp_path) is None


def test_half_a_file_is_no_stack(tmp_path: Path) -> None:
    with claimed(tmp_path):
        (tmp_path / "stack.json").write_text('{"api": ')

        assert read_running(tmp_path) is None


def test_a_second_stack_in_the_directory_is_refused(tmp_path: Path) -> None:
    with claimed(tmp_path):
        stack_file.write(tmp_path, INFO)

        with pytest.raises(AlreadyRunningError, match=INFO.api), claimed(tmp_path):
            pass


def test_what_a_killed_stack_left_is_waited_for(tmp_path: Path) -> None:
    stack_file.write(tmp_path, msgspec.structs.replace(INFO, supervisor=ended_pid()))
    descriptor = os.open(tmp_path, os.O_RDONLY)
    assert stack_file._try_lock(descriptor)
    rest = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(0.5)"], pass_fds=(descriptor,)
    )
    os.close(descriptor)

    with claimed(tmp_path):
        assert rest.poll() is not None or rest.wait(1) == 0
