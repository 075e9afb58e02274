"""Latency and processor time of small exports with traces, beside the same without.

Two services run side by side, and take turns: one sends its traces to a collector that throws them
away, the other makes none. Each export is one item as JSON, one at a time, from the request until
the file has been downloaded.
"""

import argparse
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

from scripts.benchmarks.connection import Connection
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report, durations_row, middle_ratio
from scripts.benchmarks.service import Service, running_service

_ITEM = "content-1"
_SETTLE_SECONDS = 0.1


@dataclass
class _Measured:
    """What exports of one of both services took."""

    service: Service
    connection: Connection
    latency: list[float] = field(default_factory=list)
    """Seconds of each."""
    processor: list[float] = field(default_factory=list)
    """Seconds of all processes, for each block of exports."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument("--blocks", type=int, default=12, help="blocks of each service (12)")
    parser.add_argument("--exports", type=int, default=25, help="exports of a block (25)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    with (
        _collector() as endpoint,
        running_service(None, render_workers=1) as plain,
        running_service(None, render_workers=1, settings=_traced(endpoint)) as traced,
        Connection(plain.info.api, plain.info.token) as to_plain,
        Connection(traced.info.api, traced.info.token) as to_traced,
    ):
        without, with_traces = _Measured(plain, to_plain), _Measured(traced, to_traced)
        for each in (without, with_traces):
            _block(each, arguments.exports)
            each.latency.clear()
            each.processor.clear()
        for _ in range(arguments.blocks):
            _block(without, arguments.exports)
            _block(with_traces, arguments.exports)
    return Report(
        benchmark="traces",
        settings={"blocks": arguments.blocks, "exports": arguments.exports},
        rows=[
            durations_row("export without traces", without.latency),
            durations_row("export with traces", with_traces.latency),
        ],
        summary={
            "median, with / without": median(with_traces.latency) / median(without.latency),
            "processor time, with / without": middle_ratio(
                with_traces.processor, without.processor
            ),
        },
    )


def _block(measured: _Measured, exports: int) -> None:
    processor = Stopwatch(measured.service.info.pids)
    for _ in range(exports):
        started = time.perf_counter()
        job_id = measured.connection.create([_ITEM], "json")
        measured.connection.wait(job_id)
        measured.connection.download(job_id)
        measured.latency.append(time.perf_counter() - started)
        time.sleep(_SETTLE_SECONDS)
    measured.processor.append(sum(processor.seconds().values()))


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
