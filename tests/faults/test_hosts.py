"""A host is cut off from the network, or from Temporal alone, or the database's disk is slow."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from temporalio.client import Client

from scripts.benchmarks.processor_time import started_by
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import DEMO_OWNERS
from tests.client import ServiceClient
from tests.engines.machines import Machine
from tests.faults.arena import CHUNKED, NOTICED_SECONDS, OWNER, SMALL, STRANGERS
from tests.faults.oracle import Ledger, Reference, Verdict, Wanted, judge
from tests.faults.orders import VARIABLE, Action, Orders
from tests.hosts.groups import Group, disk_of, hierarchy
from tests.hosts.hosted_service import HostedService
from tests.hosts.network import missing
from tests.services.export.kit import odd_formats, retention_now
from tests.waiting import eventually
from workflows.converter import DATA_CONVERTER

pytestmark = pytest.mark.faults

PDF = Wanted(OWNER, tuple(f"content-{n}" for n in range(1, 9)), "pdf")

_BACK_SECONDS = 30.0
"""A host that is connected again does its part again within this time."""

_TAKEN_OVER_SECONDS = 40.0
"""The others have done by then what a host was given that was cut off: its connections are given up
after ten seconds, and what came by them before is overdue five seconds later."""
_FAULT_SECONDS = 20.0
_SLOW_WRITES = 15
"""Of the database to its disk, in a second."""
_STORE = "hosts"


class Hosts:
    """Two hosts of one service, and a ledger of its jobs."""

    def __init__(self, service: HostedService, orders: Orders) -> None:
        self.service = service
        self.orders = orders
        self.references: dict[Wanted, Reference] = {}
        self._closing = ExitStack()
        self._callers = [self._callers_of(machine) for machine in service.machines]

    def close(self) -> None:
        self._closing.close()

    def begin(self, *wanted: Wanted) -> Ledger:
        """A new ledger that knows these exports, and no orders; it speaks to the second host."""
        self.orders.withdraw()
        learning = Ledger(self._callers[1], self.references)
        for each in wanted:
            if each not in self.references:
                self.references[each] = learning.learn(each, self.service.directory)
        self.ledger = Ledger(self._callers[1], self.references)
        return self.ledger

    def speak_to(self, host: int) -> None:
        """Let the ledger speak to this host from now on."""
        self.ledger.callers = self._callers[host]

    def judge(self, within: float) -> Verdict:
        """The verdict on the ledger."""
        return judge(self.ledger, self.service.s3.objects / _STORE, within=within)

    def published(self) -> dict[Path, int]:
        """The files in place, and when each was written."""
        files = self.service.s3.objects / _STORE / "files"
        return {path: path.stat().st_mtime_ns for path in files.rglob("*") if path.is_file()}

    def sweep(self) -> None:
        """Run retention once, which removes what a fault may leave behind."""

        async def run() -> None:
            address = self.service.temporal.address
            await retention_now(await Client.connect(address, data_converter=DATA_CONVERTER))

        asyncio.run(run())

    def _callers_of(self, machine: Machine) -> dict[str, ServiceClient]:
        return {owner: self._closing.enter_context(machine.client(owner)) for owner in DEMO_OWNERS}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    if lacking := missing():
        pytest.skip(lacking)
    directory = tmp_path_factory.mktemp("hosts")
    orders = Orders(directory / "orders")
    settings = {
        **odd_formats(),
        VARIABLE: str(directory / "orders"),
        "EXPORT_EXPRESS": "true",
        "EXPORT_OWNER_JOBS_AT_ONCE": "16",
    }
    launcher = ["tests.faults.launcher"]
    with HostedService(directory, settings, launcher=launcher, durable=True) as service:
        service.add(2)
        running = Hosts(service, orders)
        yield running
        running.close()


@pytest.mark.parametrize("point", ["stored.fragment", "stored.file", "publish.in-place"])
def test_late_host_changes_nothing(hosts: Hosts, point: str) -> None:
    ledger = hosts.begin(CHUNKED, SMALL, STRANGERS)
    second = hosts.service.machines[1]
    second.stop()
    hosts.speak_to(0)
    hosts.orders.give(point, Action.STOP)
    for wanted in (CHUNKED, CHUNKED):
        ledger.submit(wanted)
    sleeper = hosts.orders.await_taken(point)
    with hosts.service.hosts[0].cut_off():
        second.start()
        hosts.speak_to(1)
        for wanted in (SMALL, STRANGERS):
            ledger.submit(wanted)
        hosts.judge(_TAKEN_OVER_SECONDS).assert_clean()
        published = hosts.published()
    os.kill(sleeper, signal.SIGCONT)
    _await_return(hosts, 0)
    hosts.sweep()
    hosts.judge(NOTICED_SECONDS).assert_clean()
    assert hosts.published() == published
    second.stop()
    hosts.speak_to(0)
    for wanted in (CHUNKED, CHUNKED, SMALL):
        ledger.submit(wanted)
    hosts.judge(NOTICED_SECONDS).assert_clean()
    second.start()


def test_host_that_comes_back_does_its_part(hosts: Hosts) -> None:
    ledger = hosts.begin(CHUNKED, PDF, SMALL, STRANGERS)
    for host in (0, 1):
        hosts.speak_to(host)
        for wanted in (CHUNKED, PDF, SMALL, STRANGERS):
            ledger.submit(wanted)
    time.sleep(1)
    with hosts.service.hosts[0].cut_off():
        for wanted in (PDF, SMALL):
            ledger.submit(wanted)
        hosts.judge(_TAKEN_OVER_SECONDS).assert_clean()
        published = hosts.published()
        time.sleep(_FAULT_SECONDS)
    _await_return(hosts, 0)
    hosts.sweep()
    assert hosts.published() == published
    hosts.service.machines[1].stop()
    hosts.speak_to(0)
    for wanted in (CHUNKED, PDF, SMALL):
        ledger.submit(wanted)
    hosts.judge(NOTICED_SECONDS).assert_clean()
    hosts.service.machines[1].start()


def test_exports_go_on_when_one_host_cannot_reach_temporal(hosts: Hosts) -> None:
    ledger = hosts.begin(CHUNKED, PDF, SMALL, STRANGERS)
    hosts.speak_to(0)
    for wanted in (CHUNKED, PDF):
        ledger.submit(wanted)
    time.sleep(1)
    with hosts.service.hosts[0].cut_off(hosts.service.network.apart):
        for wanted in (CHUNKED, PDF, SMALL, STRANGERS):
            ledger.submit(wanted)
        hosts.judge(_TAKEN_OVER_SECONDS).assert_clean()
    _await_return(hosts, 0)
    hosts.sweep()
    hosts.judge(NOTICED_SECONDS).assert_clean()


def test_exports_wait_while_no_host_reaches_temporal(hosts: Hosts) -> None:
    ledger = hosts.begin(CHUNKED, PDF, SMALL, STRANGERS)
    for wanted in (CHUNKED, PDF):
        ledger.submit(wanted)
    time.sleep(1)
    with ExitStack() as cuts:
        for host in hosts.service.hosts:
            cuts.enter_context(host.cut_off(hosts.service.network.apart))
        for wanted in (CHUNKED, PDF, SMALL, STRANGERS):
            ledger.submit(wanted)
        time.sleep(_FAULT_SECONDS)
        assert ledger.open_jobs() >= 4
    hosts.judge(_BACK_SECONDS).assert_clean()
    hosts.sweep()
    hosts.judge(NOTICED_SECONDS).assert_clean()


def test_exports_are_late_and_right_when_the_disk_of_the_database_is_slow(hosts: Hosts) -> None:
    ledger = hosts.begin(CHUNKED, PDF, SMALL, STRANGERS)
    postgresql = hosts.service.postgresql
    disk = disk_of(postgresql.directory)
    if not disk or hierarchy("blkio") is None:
        pytest.skip("no cgroup hierarchy can slow down the disk of the database")
    everything = (CHUNKED, PDF, SMALL, STRANGERS)
    with Group(f"export-disk-{os.getpid()}", "blkio") as slow:
        for pid in (postgresql.server.pid, *started_by(postgresql.server.pid)):
            slow.take(pid)
        slow.hold_disk(disk, _SLOW_WRITES)
        for wanted in everything:
            ledger.submit(wanted)
        time.sleep(_FAULT_SECONDS)
        slow.hold_disk(disk, None)
        for wanted in everything:
            ledger.submit(wanted)
        hosts.judge(_BACK_SECONDS).assert_clean()


_ASK = """
import asyncio, sys, time
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from activities.common.database import connect

print("asked", flush=True)
try:
    asyncio.run(connect(sys.argv[1]).run(lambda c: c.execute(text("SELECT pg_sleep(3)"))))
except SQLAlchemyError:
    print("given up")
"""


def test_statement_whose_answer_does_not_come_is_given_up(hosts: Hosts) -> None:
    host = hosts.service.hosts[0]
    command = [*host.enter, sys.executable, "-c", _ASK, hosts.service.settings.database]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as asking:
        try:
            assert asking.stdout is not None
            assert asking.stdout.readline() == "asked\n"
            time.sleep(2)
            with host.cut_off():
                assert asking.communicate(timeout=60)[0] == "given up\n"
        finally:
            asking.kill()
    _await_return(hosts, 0)


def _await_return(hosts: Hosts, host: int) -> None:
    """Wait until a host says that it is ready."""
    caller = hosts.service.machines[host].client()
    with caller:
        eventually(_is_ready(caller), _BACK_SECONDS, pause=0.2)


def _is_ready(caller: ServiceClient) -> Callable[[], bool]:
    return lambda: caller.http.get("/health/ready").status_code == 200


def test_benchmark_that_is_killed_leaves_nothing() -> None:
    if lacking := missing():
        pytest.skip(lacking)
    command = [sys.executable, str(CHECKOUT / "scripts" / "bench.py"), "hosts", "--hosts", "1"]
    before = _groups()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as benchmark:
        try:
            [processes] = eventually(lambda: _busy(_groups() - before), 300, pause=0.2)
        finally:
            benchmark.kill()
    eventually(lambda: not _groups() - before, 90, pause=0.5)
    assert not [pid for pid in processes if Path("/proc", pid).exists()]


def _groups() -> set[Path]:
    """Groups of hosts."""
    root = hierarchy("cpu")
    assert root is not None
    return set(root.glob("export-*-[0-9]*"))


def _busy(groups: set[Path]) -> list[list[str]]:
    """The processes of each group that has the worker of a role by now."""
    found = [(group / "cgroup.procs").read_text().split() for group in groups]
    return [pids for pids in found if len(pids) > 3]
