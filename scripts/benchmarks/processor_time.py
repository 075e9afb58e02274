"""Processor time of other processes, from `/proc`."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Stopwatch:
    """Counts the processor time that groups of processes take from now on."""

    def __init__(self, groups: Mapping[str, Iterable[int]]) -> None:
        """Start to count processor time.

        Args:
            groups: process ids by the name of the group.
        """
        self._groups = {name: list(pids) for name, pids in groups.items()}
        self._before = self._now()

    def seconds(self) -> dict[str, float]:
        """User and system time of each group so far."""
        now = self._now()
        return {name: now[name] - self._before[name] for name in now}

    def _now(self) -> dict[str, float]:
        return {name: sum(map(_seconds_of, pids)) for name, pids in self._groups.items()}


def _seconds_of(pid: int) -> float:
    """The processor time of a process and of all that it started."""
    # proc(5): the name in parentheses may hold anything; from field 14 on utime and stime, of the
    # process and of its children that it has waited for.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    seconds = sum(map(int, fields[11:15])) / _TICKS_PER_SECOND
    for child in started_by(pid):
        with suppress(FileNotFoundError):  # it has just ended
            seconds += _seconds_of(child)
    return seconds


def started_by(pid: int) -> list[int]:
    """The processes that a process has started and not waited for; none when it has ended."""
    found: list[int] = []
    for each in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, each.read_text().split())
    return found
