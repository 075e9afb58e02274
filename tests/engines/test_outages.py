"""PostgreSQL or S3 is away, hangs or crashes: what was acknowledged ends, and nobody hangs."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from obstore.exceptions import BaseError as StorageError

from activities.storage import object_store
from activities.storage.keys import file_key
from activities.storage.open_storage import open_storage
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.engines.choice import PostgresS3
from tests.engines.server import Server
from tests.services.export.kit import bulk_ids, leftovers, odd_formats

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def own_engines() -> Iterator[PostgresS3]:
    """Servers that no other test minds losing."""
    shared = dict(os.environ)
    engines = PostgresS3()
    yield engines
    engines.stop()
    os.environ.update({name: shared[name] for name in engines.s3.credentials if name in shared})


@pytest.fixture(scope="module")
def stack(own_engines: PostgresS3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("outages")
    settings = own_engines.variables(directory) | odd_formats()
    with Stack(directory, render_workers=2, settings=settings) as running:
        yield running


def test_export_waits_while_s3_is_away(
    stack: Stack, client: ServiceClient, own_engines: PostgresS3
) -> None:
    done = client.wait(client.export(["content-1"], "json")["job_id"])
    server = own_engines.s3.server
    server.kill()
    try:
        job = client.export(["content-2"], "json")
        response = client.http.get(f"/api/export/jobs/{done['job_id']}/download")
        assert (response.status_code, response.json()["code"]) == (503, "storage-unavailable")
        assert int(response.headers["retry-after"]) > 0
        ready = client.http.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["components"]["storage"] == "unavailable"
        time.sleep(2)
        assert client.job(job["job_id"])["status"] in ("pending", "processing")
    finally:
        server.start()
    assert client.download(client.wait(job["job_id"]))
    assert client.download(done)
    assert leftovers(stack, job["job_id"]) == ["files"]


def test_download_goes_on_over_a_restart_of_s3(
    stack: Stack, client: ServiceClient, own_engines: PostgresS3
) -> None:
    job = client.wait(client.export(bulk_ids(client, 100), "pdf")["job_id"], seconds=120)
    received = 0
    url = f"/api/export/jobs/{job['job_id']}/download"
    with client.http.stream("GET", url) as response:
        for piece in response.iter_bytes(64 * 1024):
            if not received:
                own_engines.s3.server.kill()
                own_engines.s3.server.start()
            received += len(piece)
    assert received == job["file"]["size"]


def test_store_that_hangs_is_given_up(
    own_engines: PostgresS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As it is, only sooner.
    client = object_store._CLIENT | {"read_timeout": timedelta(seconds=1)}
    retries = object_store._RETRIES | {"retry_timeout": timedelta(seconds=2)}
    monkeypatch.setattr(object_store, "_CLIENT", client)
    monkeypatch.setattr(object_store, "_RETRIES", retries)
    settings = own_engines.settings(tmp_path)
    storage = open_storage(settings)
    asyncio.run(storage.put("staging/job/file.run.1", b"x"))
    pid = own_engines.s3.server.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        for call in (
            storage.put("staging/job/file.run.2", b"x"),
            storage.head("staging/job/file.run.1"),
            storage.publish("staging/job/file.run.1", file_key("job", "pdf")),
            storage.delete("staging/job/file.run.1"),
            storage.remove_staging("job"),
        ):
            started = time.monotonic()
            with pytest.raises(StorageError):
                asyncio.run(call)
            assert time.monotonic() - started < 5
    finally:
        os.kill(pid, signal.SIGCONT)


def _kill_at_once(server: Server) -> None:
    # What is committed must survive; sessions and everything in memory are lost.
    os.kill(server.pid, signal.SIGQUIT)
    server.kill()


def test_acknowledged_exports_survive_a_crash_of_postgresql(
    stack: Stack, client: ServiceClient, own_engines: PostgresS3
) -> None:
    ids = bulk_ids(client, 40)
    undisturbed = client.wait(client.export(ids[:5], "json")["job_id"])["file"]["sha256"]
    running = client.export(ids, "slow")["job_id"]
    client.wait_until(running, lambda job: job["progress"]["items_done"] > 0)
    taken: list[str] = []
    refused: list[int] = []

    def request(_: int) -> None:
        body = {"content_ids": ids[:5], "format": "json"}
        with httpx.Client(headers=client.http.headers, timeout=30) as http:
            response = http.post(f"{stack.api}/api/export/", json=body)
        if response.status_code == 202:
            taken.append(response.json()["job_id"])
        else:
            refused.append(response.status_code)

    server = own_engines.postgresql.server
    with ThreadPoolExecutor(4) as pool:
        requests = [pool.submit(request, number) for number in range(40)]
        time.sleep(0.3)
        _kill_at_once(server)
        time.sleep(1.5)
        own_engines.postgresql.start()
        for each in requests:
            each.result()

    assert taken
    assert set(refused) <= {503}
    assert client.wait(running, seconds=60)["status"] == "completed"
    for job_id in taken:
        job: dict[str, Any] = client.wait(job_id, seconds=60)
        assert (job["status"], job["file"]["sha256"]) == ("completed", undisturbed)
        assert leftovers(stack, job_id) == ["files"]
