"""What a caller sees while an export runs: live events, and what it costs in disk."""

import asyncio
import json
import time
from itertools import pairwise
from typing import Any

from activities.storage.keys import FILES, STAGING
from activities.storage.open_storage import open_storage
from activities.storage.protocol import Storage
from export_client.model import ENDED
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.kit import bulk_ids


def _follow(client: ServiceClient, job_id: str) -> list[tuple[float, dict[str, Any]]]:
    """Every event of a job until its stream ends, with when it came."""
    with client.http.stream("GET", f"/api/export/jobs/{job_id}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        return [
            (time.monotonic(), json.loads(line.removeprefix("data:")))
            for line in response.iter_lines()
            if line.startswith("data:")
        ]


def test_events_tell_every_second_how_far_it_is(client: ServiceClient) -> None:
    ids = bulk_ids(client, 100)
    seen = _follow(client, client.export(ids, "slow")["job_id"])
    jobs = [job for _, job in seen]
    assert jobs[-1]["status"] == "completed"
    assert jobs[-1]["file"]["items"] == len(ids)
    done = [job["progress"]["items_done"] for job in jobs]
    percents = [job["progress"]["percent"] for job in jobs]
    assert done == sorted(done)
    assert percents == sorted(percents)
    running = [
        (at, job["progress"]["items_done"])
        for at, job in seen
        if 0 < job["progress"]["items_done"] < len(ids)
    ]
    gaps = [late - early for (early, _), (late, _) in pairwise(running)]
    assert len(running) >= 3
    assert max(gaps) < 2


def test_a_job_needs_little_disk(stack: Stack, client: ServiceClient) -> None:
    ids = bulk_ids(client, 100)
    content = client.wait(client.export(ids, "json", include_quality_metrics=True)["job_id"])
    storage = open_storage(stack.settings)
    job_id = client.export(ids, "csv")["job_id"]
    peak = 0
    while (job := client.job(job_id))["status"] not in ENDED:
        peak = max(peak, asyncio.run(_stored(storage, job_id)))
    peak = max(peak, asyncio.run(_stored(storage, job_id)))
    assert 0 < peak <= 4 * job["file"]["size"] + content["file"]["size"]


async def _stored(storage: Storage, job_id: str) -> int:
    """Bytes of everything that is stored for a job at this moment."""
    return sum(
        [
            item.size
            for place in (STAGING, FILES)
            async for item in storage.list(f"{place}/{job_id}")
        ]
    )
