"""Downloads, one large and many at once, beside the server's own answer with a plain file.

The two take turns; a ratio of rates is the median of those of the rounds.
"""

import argparse
import http.client
import os
import re
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile
from urllib.parse import quote, urlsplit

from scripts.benchmarks import made_up_jobs
from scripts.benchmarks.plain_server import running_plain_server
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row, middle_ratio
from scripts.benchmarks.service import add_stack_argument, running_service

_MB = 1024 * 1024
_BLOCK = 256 * 1024
# The system counts processor time in steps of this many seconds.
_STEP_SECONDS = 0.01


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    add_stack_argument(parser)
    parser.add_argument("--large", type=int, default=500, metavar="MB", help="one file (500)")
    parser.add_argument("--small", type=int, default=20, metavar="MB", help="another file (20)")
    parser.add_argument("--at-once", type=int, default=100, help="downloads of that (100)")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each (7)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    rows: list[Row] = []
    summary: dict[str, float] = {}
    cases = ((arguments.large, 1), (arguments.small, arguments.at_once))
    with (
        running_service(arguments.stack) as service,
        running_plain_server() as (plain_url, plain_pid),
        ThreadPoolExecutor(arguments.at_once) as callers,
    ):
        for megabytes, count in cases:
            size = megabytes * _MB
            what = f"{count} x {megabytes} MB"
            job_id = made_up_jobs.add_file(service, size)
            url = f"{service.info.api}/api/export/jobs/{job_id}/download"
            [api] = service.info.pids["api"]
            with NamedTemporaryFile(prefix="export-bench-") as file:
                for _ in range(megabytes):
                    file.write(os.urandom(_MB))
                file.flush()
                plain = f"{plain_url}/file?path={quote(file.name)}"
                headers = {"Authorization": f"Bearer {service.info.token}"}
                ours = _Side(callers, [(url, headers, size)] * count, api)
                baseline = _Side(callers, [(plain, {}, size)] * count, plain_pid)
                for _ in range(arguments.rounds):
                    ours.measure()
                    baseline.measure()
            ours_row, baseline_row = (
                ours.row(f"{what}: export"),
                baseline.row(f"{what}: plain file"),
            )
            rows += [ours_row, baseline_row]
            summary[f"{what}, MB/s / plain file"] = middle_ratio(ours.rates, baseline.rates)
            summary[f"{what}, server CPU / plain file"] = _processor_ratio(ours_row, baseline_row)
    return Report(
        benchmark="download", settings={"rounds": arguments.rounds}, rows=rows, summary=summary
    )


_Download = tuple[str, dict[str, str], int]
"""A URL, headers, and how many bytes must come."""


class _Side:
    """Downloads from one server, and what was measured of them so far."""

    def __init__(
        self, callers: ThreadPoolExecutor, downloads: Sequence[_Download], pid: int
    ) -> None:
        self.rates: list[float] = []
        """MB a second of each round."""
        self._callers = callers
        self._downloads = downloads
        self._pid = pid
        _fetch(callers, downloads[:1])
        self._before = _resident_bytes(pid)
        self._processor_seconds = 0.0

    def measure(self) -> None:
        """Download all of them at once."""
        processor = Stopwatch({"server": [self._pid]})
        started = time.perf_counter()
        _fetch(self._callers, self._downloads)
        seconds = time.perf_counter() - started
        self.rates.append(sum(size for *_, size in self._downloads) / _MB / seconds)
        self._processor_seconds += processor.seconds()["server"]

    def row(self, what: str) -> Row:
        """The measurements as a row of the report."""
        return {
            "what": what,
            "MB/s": median(self.rates),
            "server CPU s": self._processor_seconds / len(self.rates),
            "memory before MB": self._before / _MB,
            "after MB": _resident_bytes(self._pid) / _MB,
        }


def _fetch(callers: ThreadPoolExecutor, downloads: Iterable[_Download]) -> None:
    list(callers.map(_download, downloads))


def _download(download: _Download) -> None:
    url, headers, size = download
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=300)
    connection.request("GET", f"{place.path}?{place.query}", headers=headers)
    response = connection.getresponse()
    block = bytearray(_BLOCK)
    received = 0
    while read := response.readinto(block):
        received += read
    connection.close()
    if response.status != 200 or received != size:
        raise RuntimeError(
            f"{place.path} answered {response.status} and {received} of {size} bytes"
        )


def _resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    resident = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert resident is not None
    return int(resident[1]) * 1024


def _processor_ratio(ours: Row, baseline: Row) -> float:
    column = "server CPU s"
    return float(ours[column]) / max(float(baseline[column]), _STEP_SECONDS)
