"""Processes that get a tenth of their time, so that a test can see what goes on."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread


def _with_descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = children.read_text().split() if children.exists() else []
    return [pid, *(each for child in found for each in _with_descendants(int(child)))]


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def slowed(processes: list[int]) -> Iterator[None]:
    """Let processes, and all that they started, run for a tenth of the time only."""
    over = Event()

    def slow() -> None:
        while not over.wait(0.02):
            stopped = [pid for process in processes for pid in _with_descendants(process)]
            _signal(stopped, signal.SIGSTOP)
            over.wait(0.18)
            _signal(stopped, signal.SIGCONT)

    thread = Thread(target=slow)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
