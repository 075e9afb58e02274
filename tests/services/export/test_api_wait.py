"""Reading a job with `wait`: the response comes when it has ended, or when the time is over."""

import asyncio
import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from activities.jobs.execution import JobExecution
from activities.model.jobs import Phase, Status
from tests.services.export.api_kit import READ, Api, problem, token
from tests.waiting import eventually


def end(api: Api, job_id: str) -> None:
    api.in_database(
        lambda database: JobExecution(database).end(job_id, Status.CANCELLED, now=datetime.now(UTC))
    )


def ask(api: Api, owner: str, job_id: str, wait: str) -> tuple[httpx.Response, float]:
    """The response, and the seconds that it took."""
    began = time.monotonic()
    with api.client(owner) as client:
        response = client.get(f"/api/export/jobs/{job_id}", params={"wait": wait})
    return response, time.monotonic() - began


def test_the_response_comes_when_the_job_has_ended(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PROCESSING)
    # Progress is no end.
    threading.Timer(0.4, api.progress, (job_id, Phase.RENDERING, 1)).start()
    threading.Timer(1.2, end, (api, job_id)).start()

    response, seconds = ask(api, owner, job_id, "30")

    assert response.status_code == 200
    assert response.json()["status"] == "cancelled"
    assert 1.1 < seconds < 5
    assert "retry-after" not in response.headers


def test_after_the_time_the_job_is_as_it_is_then(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PROCESSING)
    api.progress(job_id, Phase.RENDERING, 1)

    response, seconds = ask(api, owner, job_id, "1")

    assert 1 <= seconds < 4
    assert response.json()["status"] == "processing"
    assert response.json()["progress"]["percent"] == 50.0
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("wait", ["0", "60", "100000"])
def test_nobody_waits_for_a_job_that_has_ended(api: Api, owner: str, wait: str) -> None:
    response, seconds = ask(api, owner, api.add_file(owner), wait)
    assert response.json()["status"] == "completed"
    assert seconds < 1


@pytest.mark.parametrize("wait", ["-1", "soon", "", "1.5"])
def test_what_is_no_number_of_seconds_is_refused(api: Api, owner: str, wait: str) -> None:
    response, _ = ask(api, owner, api.add_job(owner), wait)
    problem(response, 400, "invalid-request")


def test_another_owner_waits_for_nothing(api: Api, owner: str) -> None:
    job_id = api.add_job(f"{owner}-other", Status.PROCESSING)
    response, seconds = ask(api, owner, job_id, "30")
    problem(response, 404, "not-found")
    assert seconds < 1


def test_many_wait_and_nobody_else_does(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PROCESSING)

    async def wait_all() -> tuple[set[str], float]:
        headers = {"Authorization": f"Bearer {token(owner)}"}
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(
            base_url=api.url, headers=headers, timeout=60, limits=limits
        ) as client:
            path = f"/api/export/jobs/{job_id}?wait=60"
            waiting = [asyncio.create_task(client.get(path)) for _ in range(80)]
            await asyncio.sleep(2)
            began = time.monotonic()
            assert (await client.get("/api/export/jobs")).json()["total"] == 1
            taken = time.monotonic() - began
            assert not any(each.done() for each in waiting)
            await asyncio.to_thread(end, api, job_id)
            return {(await each).json()["status"] for each in waiting}, taken

    seen, taken = asyncio.run(wait_all())
    assert seen == {"cancelled"}
    assert taken < 10


def test_a_token_that_ends_ends_the_wait(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PROCESSING)
    short = token(owner, READ, exp=int(time.time()) + 2)
    began = time.monotonic()
    response = httpx.get(
        f"{api.url}/api/export/jobs/{job_id}?wait=30",
        headers={"Authorization": f"Bearer {short}"},
        timeout=30,
    )
    assert response.json()["status"] == "processing"
    assert time.monotonic() - began < 5


def test_who_leaves_gives_the_place_free(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path, {"EXPORT_OWNER_EVENT_STREAMS": "1"}) as api:
        job_id = api.add_job(owner, Status.PROCESSING)
        address = urlsplit(api.url)
        with socket.create_connection((address.hostname or "", address.port or 0)) as leaver:
            lines = (
                f"GET /api/export/jobs/{job_id}?wait=60 HTTP/1.1",
                f"Host: {address.netloc}",
                f"Authorization: Bearer {token(owner)}",
            )
            leaver.sendall("\r\n".join([*lines, "", ""]).encode())

            def is_refused() -> bool:
                response, _ = ask(api, owner, job_id, "1")
                return response.status_code == 429

            eventually(is_refused, 5)
            problem(ask(api, owner, job_id, "1")[0], 429, "limit-reached")
            # Who does not wait takes no place.
            assert ask(api, owner, job_id, "0")[0].status_code == 200
        eventually(lambda: not is_refused(), 5)


def test_a_process_that_stops_lets_nobody_wait(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path) as api:
        job_id = api.add_job(owner, Status.PROCESSING)
        threading.Timer(1, api.stop).start()
        response, seconds = ask(api, owner, job_id, "60")
        assert response.json()["status"] == "processing"
        assert seconds < 10
