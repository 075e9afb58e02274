"""The faults of a chaos run, and choosing them by chance."""

import contextlib
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.dev.stack import Stack
from tests.faults.faulty_content import FaultyContent
from tests.faults.full_disk import filled
from tests.unit.content.platform_server import Step, hang_up, reset, status, truncated

# The heartbeat timeout is 5 s: some processes wake up as zombies, others are just slow.
_SLEEP_SECONDS = (1.0, 8.0)
_LOCK_SECONDS = (1.0, 8.0)
_FULL_SECONDS = (1.0, 4.0)
_TROUBLE_SECONDS = (1.0, 8.0)
_TROUBLES: tuple[Step, ...] = (status(429), status(500), status(503), reset, truncated, hang_up)


@dataclass(frozen=True)
class Fault:
    """One fault as it happened."""

    name: str
    at: float
    """The time at which it began, in Unix seconds."""


class FaultInjector:
    """Breaks one stack; the same seed chooses the same faults in the same order."""

    def __init__(self, stack: Stack, platform: FaultyContent, disk: Path | None, seed: int) -> None:
        """Begin with everything whole.

        Args:
            stack: the service.
            platform: its content source.
            disk: where the small file system of its files is mounted; None to leave it alone.
            seed: the seed of the choices.
        """
        self._stack = stack
        self._platform = platform
        self._chance = random.Random(seed)
        self.faults: list[Fault] = []
        self._kinds: dict[str, Callable[[], None]] = {
            "kill the API": lambda: self._signal("api", signal.SIGKILL),
            "kill the io and workflow worker": lambda: self._signal("worker-io", signal.SIGKILL),
            "kill a render worker": lambda: self._signal("worker-render", signal.SIGKILL),
            "kill every worker": self._kill_workers,
            "kill Temporal": lambda: self._signal("temporal", signal.SIGKILL),
            "end the API": lambda: self._signal("api", signal.SIGTERM),
            "end the io and workflow worker": lambda: self._signal("worker-io", signal.SIGTERM),
            "end a render worker": lambda: self._signal("worker-render", signal.SIGTERM),
            "stop the API for a while": lambda: self._pause("api"),
            "stop the io and workflow worker for a while": lambda: self._pause("worker-io"),
            "stop a render worker for a while": lambda: self._pause("worker-render"),
            "stop Temporal for a while": lambda: self._pause("temporal"),
            "lock the database for a while": self._lock_database,
            "break the content source for a while": self._break_source,
        }
        if disk is not None:
            self._kinds["fill the disk for a while"] = lambda: self._fill(disk)

    def inject(self) -> Fault:
        """Inject one fault chosen by chance; returns when it is over, though not what it broke."""
        name = self._chance.choice(list(self._kinds))
        fault = Fault(name, time.time())
        self._kinds[name]()
        self.faults.append(fault)
        return fault

    def pause(self, mean_seconds: float) -> float:
        """Seconds until the next fault, by chance."""
        return self._chance.uniform(0.5, 1.5) * mean_seconds

    def _victim(self, role: str) -> int | None:
        pids = self._stack.info.pids[role]
        chosen = self._chance.random()
        return pids[int(chosen * len(pids))] if pids else None

    def _signal(self, role: str, number: signal.Signals) -> None:
        victim = self._victim(role)
        if victim is not None:  # else it is just being started again
            _send(victim, number)

    def _kill_workers(self) -> None:
        for role in ("worker-io", "worker-render"):
            for pid in self._stack.info.pids[role]:
                _send(pid, signal.SIGKILL)

    def _pause(self, role: str) -> None:
        victim, seconds = self._victim(role), self._chance.uniform(*_SLEEP_SECONDS)
        if victim is None:
            return
        _send(victim, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            _send(victim, signal.SIGCONT)

    def _lock_database(self) -> None:
        seconds = self._chance.uniform(*_LOCK_SECONDS)
        file = self._stack.data_dir / "export.db"
        with contextlib.closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as foreign:
            foreign.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)

    def _break_source(self) -> None:
        self._platform.trouble = self._chance.choice(_TROUBLES)
        time.sleep(self._chance.uniform(*_TROUBLE_SECONDS))
        self._platform.trouble = None

    def _fill(self, disk: Path) -> None:
        with filled(disk):
            time.sleep(self._chance.uniform(*_FULL_SECONDS))


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
