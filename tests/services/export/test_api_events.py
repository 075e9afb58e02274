"""Following a job by server-sent events."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from activities.jobs.execution import JobExecution
from activities.model.jobs import Phase, Status
from tests.services.export.api_kit import Api, owner_id, problem


class Event:
    """One event as a client sees it."""

    def __init__(self, lines: list[str]) -> None:
        fields = dict(line.split(": ", 1) for line in lines)
        self.name = fields["event"]
        self.id = fields["id"]
        self.job: dict[str, Any] = json.loads(fields["data"])


@contextmanager
def follow(
    api: Api, owner: str, job_id: str, last_event_id: str | None = None
) -> Iterator[Iterator[Event]]:
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    with (
        api.client(owner) as client,
        client.stream("GET", f"/api/export/jobs/{job_id}/events", headers=headers) as response,
    ):
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _events(response)


def _events(response: httpx.Response) -> Iterator[Event]:
    lines: list[str] = []
    for line in response.iter_lines():
        if line:
            lines.append(line)
        else:
            if any(text.startswith("data:") for text in lines):
                yield Event(lines)
            lines = []


def cancel(api: Api, job_id: str) -> None:
    api.in_database(
        lambda database: JobExecution(database).end(job_id, Status.CANCELLED, now=datetime.now(UTC))
    )


def test_each_change_is_an_event_until_the_job_has_ended(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PROCESSING)
    with follow(api, owner, job_id) as events:
        seen = [next(events)]
        for rendered in (1, 2):
            api.progress(job_id, Phase.RENDERING, rendered)
            seen.append(next(events))
        cancel(api, job_id)
        seen.extend(events)

    assert {event.name for event in seen} == {"job"}
    assert len({event.id for event in seen}) == len(seen)
    percents = [event.job["progress"]["percent"] for event in seen]
    assert percents == sorted(percents)
    assert percents[0] == 0.0
    last = seen[-1].job
    assert last["status"] == "cancelled"
    # What was reached stays shown, although nothing is left of it.
    assert last["progress"]["percent"] == 90.0
    with api.client(owner) as client:
        polled = client.get(f"/api/export/jobs/{job_id}").json()
    assert polled | {"progress": None} == last | {"progress": None}


def test_a_job_that_has_ended_is_one_event(api: Api, owner: str) -> None:
    job_id = api.add_file(owner)

    with follow(api, owner, job_id) as events:
        (event,) = events

    assert event.job["status"] == "completed"
    assert httpx.get(event.job["download_url"]).status_code == 200


def test_who_comes_back_is_told_what_he_missed_and_nothing_twice(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PROCESSING)
    with follow(api, owner, job_id) as events:
        first = next(events)
    with follow(api, owner, job_id, first.id) as events:
        api.progress(job_id, Phase.RENDERING, 1)
        second = next(events)
    cancel(api, job_id)
    with follow(api, owner, job_id, second.id) as events:
        (last,) = events
    with api.client(owner) as client:
        again = client.get(f"/api/export/jobs/{job_id}/events", headers={"Last-Event-ID": last.id})

    assert first.id != second.id
    assert second.job["progress"]["phase"] == "rendering"
    assert last.job["status"] == "cancelled"
    assert (again.status_code, again.content) == (204, b"")


def test_many_watch_one_job(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PROCESSING)
    with ExitStack() as streams:
        watchers = [streams.enter_context(follow(api, owner, job_id)) for _ in range(20)]
        first = {next(events).id for events in watchers}
        cancel(api, job_id)
        ends = [list(events)[-1].job["status"] for events in watchers]

    assert len(first) == 1
    assert ends == ["cancelled"] * 20


def test_an_owner_has_only_so_many_streams_and_gets_them_back(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PROCESSING)
    path = f"/api/export/jobs/{job_id}/events"
    limits = httpx.Limits(max_connections=None)
    headers = api.client(owner).headers
    with httpx.Client(base_url=api.url, headers=headers, limits=limits, timeout=30) as client:
        with ExitStack() as streams:
            open_streams = []
            for _ in range(api.settings.owner_event_streams):
                response = streams.enter_context(client.stream("GET", path))
                assert response.status_code == 200
                open_streams.append(response.iter_lines())
                next(open_streams[-1])
            refused = streams.enter_context(client.stream("GET", path))
            assert refused.status_code == 429
            refused.read()
            somebody = owner_id()
            other_job = api.add_job(somebody, Status.CANCELLED)
            with follow(api, somebody, other_job) as events:
                assert len(list(events)) == 1
        problem(refused, 429, "limit-reached")
        deadline = time.monotonic() + 10
        status = 0
        while status != 200:
            assert time.monotonic() < deadline
            with client.stream("GET", path) as response:
                status = response.status_code


def test_stopping_the_process_ends_the_streams_cleanly(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path) as api:
        job_id = api.add_job(owner, Status.PROCESSING)
        ended = threading.Event()

        def read() -> None:
            with follow(api, owner, job_id) as events:
                first.set()
                list(events)
            ended.set()

        first = threading.Event()
        thread = threading.Thread(target=read)
        thread.start()
        assert first.wait(10)
        started = time.monotonic()
        code = api.stop()
        thread.join(10)

    assert code == 0
    assert ended.is_set()
    assert time.monotonic() - started < 5
