"""Processor time of other processes, from `/proc`."""

import os
from collections.abc import Iterable, Mapping
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
    # proc(5): the name in parentheses may hold anything; utime and stime are fields 14 and 15.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND
