"""The health of a worker process, and the port on which it tells it, beside its metrics.

Alive is who would gain nothing by being started again: the event loop turns, and no step runs
longer than it may. Ready is who works: Temporal responds as well, and tasks are asked for or worked
on. A process cannot mend that Temporal is away, so it stays alive then.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from activities.temporal import sdk_metrics

# Above the longest that reading content or closing a database holds up a loop.
_TURN_SECONDS = 15.0
# Of calls that are made once a second, and of which one may take two.
_RESPONSE_SECONDS = 10.0
# Past its time-out the server has given the task to another; a worker has so long to notice.
_OVERTIME_SECONDS = 60.0


class WorkerHealth(Collector):
    """What a worker process notes of itself; also shown as `export_worker_ready`.

    Methods that tell may be called by any thread, so that a loop that stands still is told, too.
    """

    def __init__(
        self,
        roles: Sequence[str],
        *,
        pollers: Callable[[], float] = sdk_metrics.pollers,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin now.

        Args:
            roles: the roles of the process.
            pollers: gives the number of calls that ask for tasks.
            clock: the time in seconds, from any moment on.
        """
        self._roles = roles
        self._pollers = pollers
        self._clock = clock
        self._turned = clock()
        self._responded: float | None = None
        self._finished: float | None = None
        self._running = dict[object, float | None]()

    def turn(self) -> None:
        """Note that the event loop turns."""
        self._turned = self._clock()

    def responded(self) -> None:
        """Note that Temporal has responded."""
        self._responded = self._clock()

    @contextmanager
    def step(self, longest: timedelta | None) -> Iterator[None]:
        """Note that a step runs, which may take so long."""
        key = object()
        self._running[key] = None if longest is None else self._clock() + longest.total_seconds()
        try:
            yield
        finally:
            del self._running[key]
            self._finished = self._clock()

    def alive(self) -> dict[str, bool]:
        """What is well, of that which a new process would mend."""
        now = self._clock()
        deadlines = list(self._running.values())
        return {
            "loop": now - self._turned < _TURN_SECONDS,
            "finishes": all(end is None or now < end + _OVERTIME_SECONDS for end in deadlines),
        }

    def ready(self) -> dict[str, bool]:
        """What is well, of that which work needs."""
        responded = self._responded
        return {
            **self.alive(),
            "temporal": responded is not None and self._clock() - responded < _RESPONSE_SECONDS,
            # With all places taken nothing is asked for.
            "polls": self._pollers() > 0 or bool(self._running),
        }

    def collect(self) -> Iterable[Metric]:
        """Give 1 for each role of a process that is ready, else 0."""
        family = GaugeMetricFamily(
            "export_worker_ready",
            "1 while this worker asks for tasks of its role, and finishes them; else 0.",
            labels=["role"],
        )
        ready = float(all(self.ready().values()))
        for role in self._roles:
            family.add_metric([role], ready)
        yield family

    def describe(self) -> Iterable[Metric]:
        """Give the metrics without asking for their values."""
        return []

    def report(self, state: dict[str, bool]) -> dict[str, object]:
        """A state in words, with what is worked on."""
        finished = self._finished
        return {
            "status": "ok" if all(state.values()) else "unavailable",
            "roles": list(self._roles),
            "components": {name: "ok" if well else "failing" for name, well in state.items()},
            "running": len(self._running),
            "last_finished_seconds_ago": None
            if finished is None
            else round(self._clock() - finished),
        }


def serve(health: WorkerHealth, host: str, port: int) -> ThreadingHTTPServer:
    """Serve `/metrics`, `/health/live` and `/health/ready` from a thread; port 0: any free one.

    Raises:
        OSError: the port is taken.
    """
    REGISTRY.register(health)

    class Handler(BaseHTTPRequestHandler):
        """Responds to probes and Prometheus."""

        def do_GET(self) -> None:
            """Respond."""
            match self.path.partition("?")[0]:
                case "/metrics":
                    self._send(HTTPStatus.OK, CONTENT_TYPE_LATEST, sdk_metrics.metrics_text())
                case "/health/live":
                    self._send_state(health.alive())
                case "/health/ready":
                    self._send_state(health.ready())
                case _:
                    self._send(HTTPStatus.NOT_FOUND, "text/plain", b"Not found.\n")

        def do_HEAD(self) -> None:
            """Respond without a body."""
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Log nothing: probes come every few seconds."""

        def _send_state(self, state: dict[str, bool]) -> None:
            status = HTTPStatus.OK if all(state.values()) else HTTPStatus.SERVICE_UNAVAILABLE
            body = json.dumps(health.report(state)).encode()
            self._send(status, "application/json", body)

        def _send(self, status: HTTPStatus, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name="health").start()
    return server
