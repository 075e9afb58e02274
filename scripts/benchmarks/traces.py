"""Latency and processor time of small exports with traces, beside the same without.

Three services run side by side, and take turns: one makes no traces, two send theirs to a collector
that throws them away, of which one has the statements of the database in them. Each export is one
item as JSON, one at a time, from the request until the file has been downloaded. When a file is
there is read from the database: each request that asks for it would be a trace of its own.
"""

import argparse
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

from activities.model.jobs import Status
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.job_watch import JobWatch
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, durations_row, middle_ratio
from scripts.benchmarks.service import Service, running_service

_ITEM = "content-1"
_WITHOUT = "without"
_WITH = "with"
_WITH_STATEMENTS = "with statements in"
_SETTLE_SECONDS = 0.1
_LOOK_SECONDS = 0.003


@dataclass
class _Taken:
    """What exports with one of the settings took."""

    latency: list[float] = field(default_factory=list)
    """Seconds of each."""
    processor: list[float] = field(default_factory=list)
    """Seconds of all processes, for each block of exports."""

    def discard(self, exports: int) -> None:
        """Forget the last block, of so many exports."""
        del self.latency[-exports:]
        del self.processor[-1:]


@dataclass(frozen=True)
class _Measured:
    """A running service."""

    service: Service
    watch: JobWatch
    taken: _Taken


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument("--rounds", type=int, default=4, help="times that all are started (4)")
    parser.add_argument("--blocks", type=int, default=4, help="blocks of each, each time (4)")
    parser.add_argument("--exports", type=int, default=25, help="exports of a block (25)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    taken = {name: _Taken() for name in (_WITHOUT, _WITH, _WITH_STATEMENTS)}
    with _collector() as endpoint:
        settings = {
            _WITHOUT: {},
            _WITH: _traced(endpoint),
            _WITH_STATEMENTS: _traced(endpoint) | {"EXPORT_TRACES_SQL": "true"},
        }
        for number in range(arguments.rounds):
            # Two services that are set up alike differ by some hundredths for as long as they run,
            # and the first of them from the last.
            names = list(settings) if number % 2 else list(reversed(settings))
            with ExitStack() as stack:
                running = [
                    stack.enter_context(_measured(settings[name], taken[name])) for name in names
                ]
                _measure(running, arguments)
    without = taken[_WITHOUT]
    summary: dict[str, float] = {}
    for name in (_WITH, _WITH_STATEMENTS):
        latency = taken[name].latency
        summary[f"median, {name} / without"] = median(latency) / median(without.latency)
        summary[f"processor time, {name} / without"] = middle_ratio(
            taken[name].processor, without.processor
        )
    return Report(
        benchmark="traces",
        settings={name: getattr(arguments, name) for name in ("rounds", "blocks", "exports")},
        rows=[
            durations_row(f"export, {name} traces", each.latency) for name, each in taken.items()
        ],
        summary=summary,
    )


def _measure(running: Sequence[_Measured], arguments: argparse.Namespace) -> None:
    for each in running:
        _block(each, arguments.exports)
        each.taken.discard(arguments.exports)
    for _ in range(arguments.blocks):
        for each in running:
            _block(each, arguments.exports)


@contextmanager
def _measured(settings: dict[str, str], taken: _Taken) -> Iterator[_Measured]:
    with (
        running_service(None, render_workers=1, settings=settings) as service,
        closing(JobWatch(service.database)) as watch,
    ):
        yield _Measured(service, watch, taken)


def _block(measured: _Measured, exports: int) -> None:
    info = measured.service.info
    # Its own, as the service would close one that is idle while others have their turns.
    with Connection(info.api, info.token) as connection:
        processor = Stopwatch(info.pids)
        for _ in range(exports):
            started = time.perf_counter()
            job_id = connection.create([_ITEM], "json")
            while not (ended := measured.watch.ended([job_id])):
                time.sleep(_LOOK_SECONDS)
            if ended[job_id] is not Status.COMPLETED:
                raise RuntimeError(f"export {job_id} is {ended[job_id]}")
            connection.download(job_id)
            measured.taken.latency.append(time.perf_counter() - started)
            time.sleep(_SETTLE_SECONDS)
        measured.taken.processor.append(sum(processor.seconds().values()))


def _traced(endpoint: str) -> dict[str, str]:
    return {"EXPORT_TRACES": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}


@contextmanager
def _collector() -> Iterator[str]:
    """The endpoint of a collector that keeps nothing."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
