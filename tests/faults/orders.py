"""Orders that a test gives to the service's processes: at which point to break, and how.

An order is a file. The first process that reaches its point takes it, so that it is carried out
once, by one process, whatever is started again afterwards.
"""

import os
import re
import signal
from enum import StrEnum
from itertools import count
from pathlib import Path

from tests.waiting import eventually

VARIABLE = "FAULT_ORDERS"
"""Names the directory of the orders to the processes of a stack."""

_FILE = re.compile(r"(?P<point>.+)~(?P<action>[a-z]+)~\d+")


class Action(StrEnum):
    """The fate of a process that reaches a point."""

    KILL = "kill"
    """The process is killed."""
    STOP = "stop"
    """It is stopped until somebody lets it continue."""
    LOSE = "lose"
    """The message that it was about to send to Temporal is lost."""
    REPEAT = "repeat"
    """It does its work a second time."""


class Orders:
    """The orders in one directory, for those who give and for those who take them."""

    def __init__(self, directory: Path) -> None:
        self._given = directory / "given"
        self._taken = directory / "taken"
        for each in (self._given, self._taken):
            each.mkdir(parents=True, exist_ok=True)
        self._numbers = count()

    def give(self, point: str, action: Action, times: int = 1) -> None:
        """Let the next processes that reach the point break."""
        for _ in range(times):
            (self._given / f"{point}~{action}~{next(self._numbers)}").touch()

    def withdraw(self) -> None:
        """Forget all orders, also those that were taken."""
        for each in (self._given, self._taken):
            for file in each.iterdir():
                file.unlink(missing_ok=True)

    def taken(self, point: str) -> list[int]:
        """The ids of the processes that have taken an order for this point."""
        return [
            int(file.name.rpartition("~")[2])
            for file in self._taken.iterdir()
            if file.name.startswith(f"{point}~")
        ]

    def await_taken(self, point: str, seconds: float = 30) -> int:
        """Wait until a process has taken an order for this point; its id."""
        pids = eventually(
            lambda: self.taken(point),
            seconds,
            pause=0.02,
            otherwise=lambda: f"nobody reached {point}",
        )
        return pids[0]

    def take(self, point: str) -> Action | None:
        """Take an order for this point, if there is one."""
        for name in os.listdir(self._given):  # noqa: PTH208 - asked at every point of every job
            match = _FILE.fullmatch(name)
            if match is None or match["point"] != point:
                continue
            try:
                (self._given / name).rename(self._taken / f"{name}~{os.getpid()}")
            except FileNotFoundError:
                continue  # another process was faster
            return Action(match["action"])
        return None

    def pass_point(self, point: str) -> None:
        """Be at a point at which a process can be killed or stopped."""
        match self.take(point):
            case Action.KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            case Action.STOP:
                os.kill(os.getpid(), signal.SIGSTOP)
