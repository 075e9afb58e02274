"""A worker says whether it asks for tasks and finishes them; its probes tell these apart."""

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client import REGISTRY

from activities.temporal.worker_health import WorkerHealth, serve


class Worker:
    """A process whose clock and SDK the test is."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pollers = 2.0
        self.health = WorkerHealth(
            ["io", "workflow"], pollers=lambda: self.pollers, clock=lambda: self.now
        )

    def goes_on(self, seconds: float, *, responds: bool = True) -> None:
        """Let time pass while the event loop turns."""
        self.now += seconds
        self.health.turn()
        if responds:
            self.health.responded()

    def failing(self) -> list[str]:
        return [name for name, well in self.health.ready().items() if not well]


@pytest.fixture
def worker() -> Worker:
    made = Worker()
    made.goes_on(1)
    return made


def test_who_polls_is_ready(worker: Worker) -> None:
    assert worker.failing() == []


def test_a_loop_that_stands_still_is_neither_ready_nor_alive(worker: Worker) -> None:
    worker.now += 16
    worker.health.responded()
    assert worker.failing() == ["loop"]
    assert not worker.health.alive()["loop"]


def test_without_temporal_a_worker_stays_alive_and_is_not_ready(worker: Worker) -> None:
    worker.goes_on(11, responds=False)
    assert worker.failing() == ["temporal"]
    assert all(worker.health.alive().values())
    worker.goes_on(1)
    assert worker.failing() == []


def test_before_its_first_response_a_worker_is_not_ready() -> None:
    assert Worker().failing() == ["temporal"]


def test_who_asks_for_nothing_is_not_ready_unless_it_is_busy(worker: Worker) -> None:
    worker.pollers = 0
    assert worker.failing() == ["polls"]
    with worker.health.step(timedelta(minutes=5)):
        assert worker.failing() == []
    assert worker.failing() == ["polls"]


def test_a_step_beyond_its_time_means_that_the_worker_does_not_finish(worker: Worker) -> None:
    with worker.health.step(timedelta(minutes=5)), worker.health.step(None):
        worker.goes_on(300 + 59)
        assert worker.failing() == []
        worker.goes_on(2)
        assert worker.failing() == ["finishes"]
        assert not worker.health.alive()["finishes"]
    assert worker.failing() == []


@pytest.fixture
def address(worker: Worker) -> Iterator[str]:
    server = serve(worker.health, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    REGISTRY.unregister(worker.health)


def get(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=5) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_probes_and_prometheus_are_told(worker: Worker, address: str) -> None:
    status, body = get(f"{address}/health/ready")
    assert (status, json.loads(body)["status"]) == (200, "ok")
    assert 'export_worker_ready{role="io"} 1.0' in get(f"{address}/metrics")[1]
    worker.goes_on(11, responds=False)
    status, body = get(f"{address}/health/ready")
    assert (status, json.loads(body)["components"]["temporal"]) == (503, "failing")
    assert get(f"{address}/health/live")[0] == 200
    assert 'export_worker_ready{role="workflow"} 0.0' in get(f"{address}/metrics")[1]
    assert get(f"{address}/healthz")[0] == 404, "no path is well by being asked for"
