import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.dev.supervisor import Program, Supervisor
from tests.waiting import eventually

SLEEP = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); "


def program(name: str, code: str, role: str = "role") -> Program:
    return Program(name, role, (sys.executable, "-c", code), os.environ)


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class Stand:
    """A supervisor, and what it said."""

    def __init__(self, logs: Path) -> None:
        self.restarts = 0
        self.logs = logs
        with (logs / "lock").open("w") as lock:
            self.supervisor = Supervisor(logs, self.restarted, keep_open=lock.fileno())

    def restarted(self) -> None:
        self.restarts += 1

    def pid(self, role: str = "role") -> int:
        eventually(lambda: self.supervisor.pids()[role])
        return self.supervisor.pids()[role][0]

    def stop(self, *roles: str, grace: float = 10.0) -> None:
        self.supervisor.stop(roles, grace, hurry=lambda: False)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path)
    yield stand
    stand.supervisor.close()


def test_a_program_that_was_killed_is_started_again(stand: Stand) -> None:
    stand.supervisor.start(program("worker", SLEEP))
    first = stand.pid()

    os.kill(first, signal.SIGKILL)

    eventually(lambda: stand.restarts == 1)
    assert stand.pid() != first
    assert runs(stand.pid())


def test_what_a_killed_program_had_started_goes_with_it(stand: Stand) -> None:
    child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); "
    stand.supervisor.start(program("worker", f"{child}{SLEEP}"))
    first = stand.pid()
    children = Path(f"/proc/{first}/task/{first}/children")
    eventually(children.read_text)
    grandchild = int(children.read_text().split()[0])

    os.kill(first, signal.SIGKILL)

    eventually(lambda: not runs(grandchild))


def test_a_program_that_cannot_run_is_told_with_its_last_words(stand: Stand) -> None:
    stand.supervisor.start(program("worker", "raise SystemExit('no such thing')"))

    eventually(lambda: stand.supervisor.failing(2))
    failing = stand.supervisor.failing(2)
    assert failing is not None
    assert failing[0] == "worker"
    assert "no such thing" in failing[1]


def test_pauses_between_restarts_grow(stand: Stand) -> None:
    stamp = "import time; print(time.monotonic(), flush=True)"
    stand.supervisor.start(program("worker", stamp))

    def times() -> list[float]:
        lines = (stand.logs / "worker.log").read_text().splitlines()
        return [float(line) for line in lines if line[0].isdigit()]

    eventually(lambda: len(times()) >= 4)
    first, second, third, fourth = times()[:4]
    assert fourth - third > (second - first) * 1.5


def test_stopping_ends_only_the_roles_that_are_named(stand: Stand) -> None:
    stand.supervisor.start(program("api", SLEEP, "api"))
    stand.supervisor.start(program("server", SLEEP, "server"))
    api, server = stand.pid("api"), stand.pid("server")

    stand.stop("api")

    assert not runs(api)
    assert runs(server)
    assert stand.restarts == 0


def test_a_program_that_will_not_end_is_made_to(stand: Stand) -> None:
    stand.supervisor.start(program("worker", DEAF + SLEEP))
    eventually((stand.logs / "worker.log").read_text)
    pid = stand.pid()

    stand.stop("role", grace=0.3)

    assert not runs(pid)


def test_a_program_has_time_to_end_by_itself(stand: Stand) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: ("
    code += "time.sleep(0.5), print('drained', flush=True), exit(0)))"
    stand.supervisor.start(program("worker", f"{code}; print('up', flush=True); {SLEEP}"))
    log = stand.logs / "worker.log"
    eventually(log.read_text)

    stand.stop("role")

    assert "drained" in log.read_text()


def test_the_output_of_the_run_before_is_kept_apart(tmp_path: Path) -> None:
    for text in ("first", "second"):
        stand = Stand(tmp_path)
        stand.supervisor.start(program("worker", f"print('{text}', flush=True); {SLEEP}"))
        eventually(lambda: (tmp_path / "worker.log").read_text().endswith("\n"))
        stand.supervisor.close()

    assert (tmp_path / "worker.log").read_text() == "second\n"
    assert (tmp_path / "worker.log.1").read_text() == "first\n"


def test_a_log_that_gets_too_long_makes_room_while_the_program_runs(tmp_path: Path) -> None:
    code = "import time\nfor n in range(10**9): print(n, 'x' * 90, flush=True); time.sleep(0.0005)"
    with (tmp_path / "lock").open("w") as lock:
        supervisor = Supervisor(tmp_path, lambda: None, lock.fileno(), log_bytes=20_000)
    log, older = tmp_path / "worker.log", tmp_path / "worker.log.1"
    try:
        supervisor.start(program("worker", code))
        [pid] = supervisor.pids()["role"]
        eventually(older.exists)
        first = older.read_bytes()
        eventually(lambda: older.read_bytes() != first)
        assert supervisor.pids()["role"] == [pid]
    finally:
        supervisor.close()
    assert older.stat().st_size <= 20_000 + 4_096
    kept = [line.split() for line in log.read_text().splitlines()]
    assert all(len(line) == 2 and line[0].isdigit() for line in kept[1:])
    assert b"\0" not in log.read_bytes()


def test_a_supervisor_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    code = f"""
import os, sys, time
from pathlib import Path
from scripts.dev.supervisor import Program, Supervisor
supervisor = Supervisor(Path({str(tmp_path)!r}), lambda: None, os.open("/", os.O_RDONLY))
for name, code in (("worker", {SLEEP!r}), ("deaf", {DEAF + SLEEP!r})):
    supervisor.start(Program(name, name, (sys.executable, "-c", code), os.environ))
print(*(pid for pids in supervisor.pids().values() for pid in pids), flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 2
    assert all(map(runs, pids))

    process.kill()
    process.wait()
    process.stdout.close()

    eventually(lambda: not any(map(runs, pids)), seconds=15.0)
