"""The API's server without the service: `python -m scripts.benchmarks.plain_server PORT`.

It responds with a file, or with a job or a page of jobs that is encoded for each request.
"""

import contextlib
import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from litestar import Litestar, get
from litestar.response import File

from activities.model.jobs import Status
from activities.model.options import RenderOptions
from scripts.dev.environment import CHECKOUT
from scripts.dev.ports import free_ports
from web.schemas.job import ExportFile, JobResponse, Progress
from web.schemas.page import Page

LISTED = 20
"""Jobs on a page."""

_START_SECONDS = 30.0
_MOMENT = datetime(2024, 6, 1, 12, tzinfo=UTC)
_JOB = JobResponse(
    job_id="5f1c0a52-7c5c-4d2e-8d2b-1f6f5a0f9a01",
    status=Status.COMPLETED,
    format="json",
    formats=["json"],
    progress=Progress(100.0, "completed", 1, 1),
    queue_position=None,
    estimated_seconds_left=None,
    created_at=_MOMENT,
    started_at=_MOMENT,
    completed_at=_MOMENT,
    expires_at=_MOMENT,
    file=ExportFile("Photosynthesis.json", 5_000, "application/json", "0" * 64, 1),
    download_url=f"http://127.0.0.1:8000/api/export/jobs/{'0' * 36}/download?signature={'0' * 90}",
    download_url_expires_at=_MOMENT,
    error=None,
    warnings=[],
    options=RenderOptions(),
)
_PAGE = Page([_JOB] * LISTED, 1, LISTED, 100_000, 5_000)


@get("/job", sync_to_thread=False)
def job() -> JobResponse:
    """Respond with a job."""
    return _JOB


@get("/jobs", sync_to_thread=False)
def jobs() -> Page[JobResponse]:
    """A page of jobs."""
    return _PAGE


@get("/file", sync_to_thread=False)
def file(path: str) -> File:
    """Respond with a file."""
    return File(path=Path(path), filename="course.txt", media_type="text/plain")


@contextlib.contextmanager
def running_plain_server() -> Iterator[tuple[str, int]]:
    """The URL and the process id of a server of this kind."""
    [port] = free_ports(1)
    command = [sys.executable, "-m", "scripts.benchmarks.plain_server", str(port)]
    process = subprocess.Popen(command, cwd=CHECKOUT)
    try:
        _await(port)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def _await(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    app = Litestar([job, jobs, file], openapi_config=None, logging_config=None)
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        # Not ended by clients that hang up in the middle of a file.
        timeout_graceful_shutdown=1,
    )
