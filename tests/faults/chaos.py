"""Break a running service by chance for some minutes, then account for every job.

Starts a stack of its own in a temporary directory and keeps exports in flight; kills and stops its
processes, locks its database, fills its disk (as root) and lets its content source fail; at the
end asks the oracle of the fault suite (`tests/faults/oracle.py`). The exit code is 0 when every
acknowledged job ended as it should, exactly once, and the service got over faults in time. The same
seed chooses the same faults in the same order.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import msgspec

from activities.temporal.client import hard_exit
from scripts.benchmarks.report import Machine, percentile
from scripts.dev.stack import DEMO_OWNERS, Stack
from tests.client import ServiceClient
from tests.faults.faulty_content import faulty_content
from tests.faults.full_disk import small_disk
from tests.faults.injector.faults import FaultInjector
from tests.faults.injector.load import Load, learn_all
from tests.faults.injector.recovery import recovery_seconds
from tests.faults.oracle import Ledger, judge
from tests.services.export.kit import run_retention
from workflows.policies import HEARTBEAT_TIMEOUT

RECOVERY_GOAL_SECONDS = HEARTBEAT_TIMEOUT.total_seconds() + 15

# Of the whole time; there the load runs and nothing breaks, to know how long exports take.
_CALM_SHARE = 0.1
_MEAN_PAUSE_SECONDS = 6.0
_LAST_JOBS_SECONDS = 90.0
_DISK_MEGABYTES = 2_048
_NO_LIMITS = {"EXPORT_OWNER_JOBS_IN_FLIGHT": "0", "EXPORT_OWNER_JOBS_PER_HOUR": "0"}


class ChaosReport(msgspec.Struct, kw_only=True):
    """The report of a chaos run."""

    seed: int
    minutes: float
    jobs: dict[str, int]
    """The number of acknowledged jobs by their end state."""
    faults: dict[str, list[float]]
    """Recovery times in seconds (see `tests.faults.injector.recovery`), by kind of fault."""
    violations: list[str]
    """The broken promises, in words; none is good."""
    machine: Machine = msgspec.field(default_factory=Machine)

    @property
    def recovery_seconds(self) -> list[float]:
        """The recovery times of all faults."""
        return [seconds for each in self.faults.values() for seconds in each]

    @property
    def p99_recovery_seconds(self) -> float:
        """The time within which the service got over 99 of 100 faults."""
        return percentile(self.recovery_seconds, 99)

    @property
    def good(self) -> bool:
        """True if nothing was lost or doubled, and recovery was quick."""
        return not self.violations and self.p99_recovery_seconds < RECOVERY_GOAL_SECONDS


def run(seed: int, minutes: float, directory: Path) -> ChaosReport:
    """Run chaos in a directory of its own."""
    with ExitStack() as closing:
        platform = closing.enter_context(faulty_content())
        settings = {**_NO_LIMITS, **platform.settings}
        disk = _own_disk(closing, directory)
        if disk is not None:
            settings["EXPORT_TEMP_PATH"] = str(disk / "files")
        stack = closing.enter_context(Stack(directory, settings=settings, announce=_say))
        callers = {
            owner: closing.enter_context(ServiceClient(stack.api, token))
            for owner, token in zip(DEMO_OWNERS, (stack.token, stack.other_token), strict=True)
        }
        ledger = Ledger(callers, {})
        _say("learning what undisturbed exports give")
        learn_all(ledger, directory)
        injector = FaultInjector(stack, platform, disk, seed)
        load = Load(ledger, seed)
        calm_until = _break_under_load(injector, load, minutes * 60)
        surprises = load.stop()
        _say("waiting for the last jobs")
        deadline = time.monotonic() + _LAST_JOBS_SECONDS
        while ledger.open_jobs() and time.monotonic() < deadline:
            time.sleep(0.2)
        # A process that was stopped may write its attempt's file when its job has ended.
        asyncio.run(run_retention(stack))
        verdict = judge(ledger, Path(stack.settings.temp_path), within=0)
    recovery: dict[str, list[float]] = defaultdict(list)
    seconds = recovery_seconds(injector.faults, ledger.entries, verdict.jobs, calm_until)
    for fault, each in zip(injector.faults, seconds, strict=True):
        recovery[fault.name].append(each)
    return ChaosReport(
        seed=seed,
        minutes=minutes,
        jobs=dict(verdict.statuses),
        faults=recovery,
        violations=[*surprises, *verdict.violations],
    )


def _own_disk(closing: ExitStack, directory: Path) -> Path | None:
    """A small disk that can be filled; None for users who may not mount one."""
    if os.geteuid() != 0:
        _say("only root can mount a disk to fill; that fault is left out")
        return None
    return closing.enter_context(small_disk(directory / "disk", _DISK_MEGABYTES))


def _break_under_load(injector: FaultInjector, load: Load, seconds: float) -> float:
    """Let faults happen while the load runs; when the calm before them ended, Unix seconds."""
    load.start()
    end = time.monotonic() + seconds
    time.sleep(seconds * _CALM_SHARE)
    calm_until = time.time()
    while time.monotonic() < end:
        fault = injector.inject()
        _say(f"{len(injector.faults):4} {fault.name}")
        time.sleep(injector.pause(_MEAN_PAUSE_SECONDS))
    return calm_until


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/chaos.py", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="chooses the faults (1)")
    parser.add_argument("--minutes", type=float, default=10.0, help="of load and faults (10)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result there too")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        directory = Path(tempfile.mkdtemp(prefix="chaos-"))
        report = run(arguments.seed, arguments.minutes, directory)
    except KeyboardInterrupt:
        return 130
    print(_as_text(report))
    if arguments.json is not None:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    if not report.good:
        _say(f"what the service wrote is in {directory}")
        return 1
    shutil.rmtree(directory)
    return 0


def _as_text(report: ChaosReport) -> str:
    jobs = ", ".join(f"{count} {status}" for status, count in sorted(report.jobs.items()))
    times = report.recovery_seconds
    recovery = f"p99 {report.p99_recovery_seconds:.1f} s, worst {max(times):.1f} s"
    lines = [
        f"seed {report.seed}, {report.minutes:g} minutes, {report.machine.cores} cores",
        f"jobs: {sum(report.jobs.values())} ({jobs})",
        f"faults: {len(times)}",
        *(
            f"  {len(each):4} {name}, recovery {max(each):.1f} s at worst"
            for name, each in sorted(report.faults.items())
        ),
        f"recovery: {recovery} (goal: p99 < {RECOVERY_GOAL_SECONDS:g} s)",
        *report.violations,
        "all is well" if report.good else "not good",
    ]
    return "\n".join(lines)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    # Retention is run through a Temporal client in this process.
    hard_exit(main())
