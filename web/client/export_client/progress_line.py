"""How far an export or a download is, on one line of a terminal."""

import time
from typing import TextIO

from export_client.model import Job

_BAR = 30
_MEGABYTE = 1_000_000
# Before that, the pace says more about how the download began.
_PACE_FROM_SECONDS = 1.0


class ProgressLine:
    """One line on a terminal that is written over and over; silent elsewhere."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._shown = out.isatty()
        self._percent = 0.0
        self._began: tuple[float, int] | None = None

    def show_job(self, job: Job) -> None:
        """Show how far a job is, what is before it, and how long it may take."""
        progress = job.progress
        words = [progress.phase, f"{progress.items_done}/{progress.items_total} items"]
        if job.waits_for is not None:
            words.append(f"tried again after {job.waits_for}")
        if job.queue_position is not None:
            words.append(f"{job.queue_position} before it")
        if job.estimated_seconds_left is not None:
            words.append(f"about {job.estimated_seconds_left} s left")
        self._show(progress.percent, ", ".join(words))

    def show_download(self, done: int, size: int) -> None:
        """Show how many bytes of a file are there, and how long the others may take."""
        now = time.monotonic()
        began, had = self._began = self._began or (now, done)
        words = [f"downloading, {done / _MEGABYTE:.1f} of {size / _MEGABYTE:.1f} MB"]
        if now - began > _PACE_FROM_SECONDS and done > had:
            left = (size - done) * (now - began) / (done - had)
            words.append(f"about {left:.0f} s left")
        self._show(100 * done / max(size, 1), ", ".join(words))

    def show_trouble(self, text: str) -> None:
        """Show why nothing goes on at the moment."""
        self._show(self._percent, text)

    def end(self) -> None:
        """Erase the line."""
        if self._shown:
            self._out.write("\r\033[K")
            self._out.flush()

    def _show(self, percent: float, text: str) -> None:
        self._percent = percent
        if self._shown:
            done = round(_BAR * percent / 100)
            bar = "#" * done + "." * (_BAR - done)
            self._out.write(f"\r\033[K[{bar}] {percent:5.1f}% {text}")
            self._out.flush()
