"""Downloads, one large and many at once, beside the server's own answer with a plain file."""

import argparse
import http.client
import os
import re
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote, urlsplit

from scripts.benchmarks import made_up_jobs
from scripts.benchmarks.plain_server import running_plain_server
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, Row
from scripts.benchmarks.service import add_stack_argument, running_service

_MB = 1024 * 1024
_BLOCK = 256 * 1024
# What no figure is below: the system counts processor time in steps of this many seconds.
_LEAST = 0.01


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    add_stack_argument(parser)
    parser.add_argument("--large", type=int, default=500, metavar="MB", help="one file (500)")
    parser.add_argument("--small", type=int, default=20, metavar="MB", help="another file (20)")
    parser.add_argument("--at-once", type=int, default=100, help="downloads of that (100)")


def run(arguments: argparse.Namespace) -> Report:
    """Measure."""
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
                jobs = [(url, headers, size)] * count
                plains: list[_Download] = [(plain, {}, size)] * count
                _fetch(callers, jobs[:1])
                _fetch(callers, plains[:1])
                ours = _measure(callers, f"{what}: export", jobs, api)
                baseline = _measure(callers, f"{what}: plain file", plains, plain_pid)
            rows += [ours, baseline]
            summary[f"{what}, MB/s / plain file"] = _ratio(ours, baseline, "MB/s")
            summary[f"{what}, server CPU / plain file"] = _ratio(ours, baseline, "server CPU s")
    return Report(benchmark="download", settings={}, rows=rows, summary=summary)


_Download = tuple[str, dict[str, str], int]
"""A URL, headers, and how many bytes must come."""


def _measure(callers: ThreadPoolExecutor, what: str, downloads: list[_Download], pid: int) -> Row:
    processor = Stopwatch({"server": [pid]})
    before = _resident_bytes(pid)
    started = time.perf_counter()
    _fetch(callers, downloads)
    seconds = time.perf_counter() - started
    return {
        "what": what,
        "MB/s": sum(size for *_, size in downloads) / _MB / seconds,
        "server CPU s": processor.seconds()["server"],
        "memory before MB": before / _MB,
        "after MB": _resident_bytes(pid) / _MB,
    }


def _fetch(callers: ThreadPoolExecutor, downloads: Iterable[_Download]) -> None:
    list(callers.map(_download, downloads))


def _download(download: _Download) -> None:
    url, headers, size = download
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=300)
    connection.request("GET", f"{place.path}?{place.query}", headers=headers)
    answer = connection.getresponse()
    block = bytearray(_BLOCK)
    received = 0
    while read := answer.readinto(block):
        received += read
    connection.close()
    if answer.status != 200 or received != size:
        raise RuntimeError(f"{place.path} answered {answer.status} and {received} of {size} bytes")


def _resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    resident = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert resident is not None
    return int(resident[1]) * 1024


def _ratio(ours: Row, baseline: Row, column: str) -> float:
    return float(ours[column]) / max(float(baseline[column]), _LEAST)
