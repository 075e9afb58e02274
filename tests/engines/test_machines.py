"""Two machines that share PostgreSQL, S3 and Temporal, and nothing else, are one service."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.model.catalog import BUILT_IN
from tests.client import ServiceClient
from tests.engines.choice import Engines
from tests.engines.machines import Cluster, dev_server
from tests.services.export.kit import bulk_ids, odd_formats

pytestmark = pytest.mark.engines

FORMATS = BUILT_IN


@pytest.fixture(scope="module", params=["false", "true"], ids=["queues", "express"])
def cluster(
    request: pytest.FixtureRequest, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    directory = tmp_path_factory.mktemp("cluster")
    temporal = dev_server(directory)
    temporal.start()
    variables = {
        **engines.variables(directory),
        **odd_formats(),
        "EXPORT_EXPRESS": str(request.param),
    }
    with Cluster(directory, variables, f"127.0.0.1:{temporal.port}") as running:
        yield running
    temporal.stop()


@pytest.fixture
def here(cluster: Cluster) -> Iterator[ServiceClient]:
    with cluster.machines[0].client() as client:
        yield client


@pytest.fixture
def there(cluster: Cluster) -> Iterator[ServiceClient]:
    with cluster.machines[1].client() as client:
        yield client


def _followed(client: ServiceClient, job_id: str) -> list[dict[str, Any]]:
    """Every state of the job that the event stream shows, until it ends."""
    url = f"/api/export/jobs/{job_id}/events"
    with client.http.stream("GET", url, timeout=60) as response:
        lines = [line for line in response.iter_lines() if line.startswith("data:")]
    return [json.loads(line.removeprefix("data:")) for line in lines]


def test_job_created_here_is_followed_and_downloaded_there(
    here: ServiceClient, there: ServiceClient
) -> None:
    job_id = here.export(bulk_ids(here, 40), "slow")["job_id"]
    states = _followed(there, job_id)
    assert states[-1]["status"] == "completed"
    assert len({state["progress"]["items_done"] for state in states}) > 2
    listed = there.http.get("/api/export/jobs", params={"status": "completed"}).json()["items"]
    assert job_id in {job["job_id"] for job in listed}
    assert there.download(there.job(job_id)) == here.download(here.job(job_id))


def test_link_given_here_is_good_there(
    cluster: Cluster, here: ServiceClient, there: ServiceClient
) -> None:
    job = here.wait(here.export(["content-1"], "json")["job_id"])
    link = job["download_url"].replace(cluster.machines[0].api, cluster.machines[1].api)
    assert link != job["download_url"]
    assert httpx.get(link).content == there.download(job)


def test_idempotency_key_used_here_is_known_there(
    here: ServiceClient, there: ServiceClient
) -> None:
    body = {"content_ids": ["content-1"], "format": "txt"}
    key = {"Idempotency-Key": "two machines"}
    first, second = (
        client.http.post("/api/export/", json=body, headers=key) for client in (here, there)
    )
    assert first.json()["job_id"] == second.json()["job_id"]


def test_job_created_here_is_cancelled_there(here: ServiceClient, there: ServiceClient) -> None:
    job_id = here.export(bulk_ids(here, 60), "slow")["job_id"]
    here.wait_until(job_id, lambda job: job["progress"]["items_done"] > 0)
    assert there.cancel(job_id).status_code == 202
    assert here.wait(job_id)["status"] == "cancelled"
    assert here.http.get(f"/api/export/jobs/{job_id}/download").status_code == 409


def test_jobs_of_a_machine_that_dies_end_on_the_other(
    cluster: Cluster, here: ServiceClient, there: ServiceClient
) -> None:
    ids = bulk_ids(here, 40)
    undisturbed = {
        name: here.wait(here.export(ids, name)["job_id"], seconds=120)["file"]["sha256"]
        for name in (*FORMATS, "slow")
    }
    created = [
        (client.export(ids, name)["job_id"], name)
        for name in undisturbed
        for client in (here, there)
    ]
    here.wait_until(created[-1][0], lambda job: job["status"] != "pending", seconds=120)
    small = here.wait(here.export(["content-1"], "json")["job_id"])["file"]["sha256"]
    created_small = [client.export(["content-1"], "json")["job_id"] for client in (here, there)]
    cluster.machines[1].kill()
    for job_id, name in created:
        job = here.wait(job_id, seconds=180)
        assert (job["status"], job["file"]["sha256"]) == ("completed", undisturbed[name])
        here.download(job)
    for job_id in created_small:
        job = here.wait(job_id, seconds=180)
        assert (job["status"], job["file"]["sha256"]) == ("completed", small)

    cluster.machines[1].start()
    assert there.job(created[0][0])["status"] == "completed"
    back = there.export(ids, "slow")["job_id"]
    assert here.wait(back)["file"]["sha256"] == undisturbed["slow"]


def test_machines_keep_nothing_of_an_export(cluster: Cluster, here: ServiceClient) -> None:
    here.wait(here.export(["content-1", "content-2"], "pdf")["job_id"])
    time.sleep(0.5)
    for machine in cluster.machines:
        kept = [path for path in Path(machine.disk).rglob("*") if path.is_file()]
        assert {path.suffix for path in kept} <= {".log"}
