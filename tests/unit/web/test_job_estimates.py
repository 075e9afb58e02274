"""What is told about jobs that have not ended: their place, and the time left."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.queue_positions import PendingJob, QueuePositions
from activities.model.jobs import Job, Phase, Status
from activities.temporal.pending_work import PendingWork, PendingWorks
from tests.unit.web.jobs import completed, job
from web.pages.wording import summary
from web.schemas.job import JobEstimate, job_response
from web.services import job_estimates
from web.services.job_estimates import JobEstimates

RETENTION = timedelta(days=7)


class Works(PendingWorks):
    """What Temporal says about every job, and how often it was asked about how many."""

    def __init__(self, work: PendingWork | None = None) -> None:
        self.work = work
        self.asked = list[int]()

    async def of(self, job_ids: Iterable[str], *, briefly: bool = False) -> dict[str, PendingWork]:
        ids = list(job_ids)
        self.asked.append(len(ids))
        return {} if self.work is None else dict.fromkeys(ids, self.work)


def running(seconds: float, **changes: Any) -> Job:
    started = utc_now() - timedelta(seconds=seconds)
    return job(status=Status.PROCESSING, phase=Phase.RENDERING, started_at=started, **changes)


@pytest.mark.anyio
async def test_jobs_that_have_ended_have_none(database: Database) -> None:
    assert await JobEstimates(database, RETENTION, Works()).of([completed()]) == {}


@pytest.mark.anyio
async def test_the_pace_so_far_tells_the_time_left(database: Database) -> None:
    half = running(20, items_total=100, items_fetched=100, items_rendered=50)

    (told,) = (await JobEstimates(database, RETENTION, Works()).of([half])).values()

    assert told.queue_position is None
    assert told.estimated_seconds_left is not None
    assert 18 <= told.estimated_seconds_left <= 22


@pytest.mark.anyio
async def test_before_there_is_a_pace_the_catalog_tells_it(database: Database) -> None:
    estimates = JobEstimates(database, RETENTION, Works())
    (large,) = (await estimates.of([running(0, format="pdf", items_total=100)])).values()
    (small,) = (await estimates.of([running(0, format="txt", items_total=1)])).values()
    (unknown,) = (await estimates.of([running(0, format="gone")])).values()

    assert small.estimated_seconds_left == 1
    assert large.estimated_seconds_left == 4
    assert unknown == JobEstimate()


@pytest.mark.anyio
async def test_the_pace_of_the_queue_tells_how_long_to_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def place_and_time(completed: int) -> tuple[int | None, int | None]:
        waiting = [PendingJob(f"job-{number}", f"owner-{number}") for number in range(20)]
        last = job(job_id="job-19", owner_id="owner-19", format="txt", items_total=1)

        async def queue(*_: Any) -> QueuePositions:
            return QueuePositions(waiting, completed)

        monkeypatch.setattr(job_estimates, "read_queue_positions", queue)
        (told,) = (await JobEstimates(database, RETENTION, Works()).of([last])).values()
        return told.queue_position, told.estimated_seconds_left

    assert await place_and_time(completed=60) == (19, 20)
    assert await place_and_time(completed=10) == (19, 115)
    assert await place_and_time(completed=9) == (19, None), "too few to tell a pace"


@pytest.mark.anyio
async def test_a_page_of_waiting_jobs_is_one_look_at_the_queue(database: Database) -> None:
    estimates = JobEstimates(database, RETENTION, Works())
    runs = []
    read = database.read

    async def counted(work: Any) -> Any:
        runs.append(work)
        return await read(work)

    database.read = counted  # type: ignore[method-assign]
    waiting = [
        msgspec.structs.replace(job(), job_id=f"00000000-0000-4000-8000-{number:012}")
        for number in range(100)
    ]

    found = await estimates.of(waiting)
    await estimates.of(waiting)

    assert len(runs) == 1
    assert [each.queue_position for each in found.values()] == [0] * 100
    assert all(each.estimated_seconds_left == 1 for each in found.values())


@pytest.mark.anyio
async def test_no_time_is_told_for_what_clearly_takes_longer(database: Database) -> None:
    estimates = JobEstimates(database, RETENTION, Works())
    (late,) = (await estimates.of([running(60, format="txt", items_total=1)])).values()
    assert late == JobEstimate()
    since = utc_now() - timedelta(seconds=60)
    waiting = job(format="txt", items_total=1, created_at=since, dispatched_at=since)
    (late,) = (await estimates.of([waiting])).values()
    assert late.estimated_seconds_left is None, "nobody takes it"


@pytest.mark.anyio
async def test_what_temporal_knows_is_asked_about_late_jobs_alone(database: Database) -> None:
    works = Works()
    estimates = JobEstimates(database, RETENTION, works)
    soon = running(1, format="txt", items_total=1)
    await estimates.of([soon, completed()])
    assert works.asked == []
    await estimates.of([soon, running(60, format="txt", items_total=1)])
    assert works.asked == [1]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("work", "phase"),
    [
        (PendingWork("make", has_worker=False, attempt=2, failure="worker-lost"), Phase.QUEUED),
        (PendingWork("render", has_worker=True, attempt=2, failure=None), Phase.RENDERING),
        (PendingWork("make", has_worker=True, attempt=1, failure=None), None),
        (None, None),
    ],
)
async def test_the_phase_of_a_late_job_is_what_temporal_knows(
    database: Database, work: PendingWork | None, phase: Phase | None
) -> None:
    late = running(60, items_total=100, items_fetched=100, items_rendered=50, format="txt")
    (told,) = (await JobEstimates(database, RETENTION, Works(work)).of([late])).values()
    assert told.phase is phase
    assert (told.estimated_seconds_left is None) is (work is not None and work.attempt > 1)
    shown = job_response(late, None, estimate=told).progress
    assert shown.phase == (phase or Phase.RENDERING)
    assert shown.percent > 0, "what is done stays done"
    assert told.waits_for is None


@pytest.mark.anyio
@pytest.mark.parametrize("has_worker", [True, False])
async def test_late_job_says_what_it_waits_for(database: Database, has_worker: bool) -> None:
    work = PendingWork("fetch", has_worker, attempt=3, failure="content-source-unavailable")
    late = running(60, items_total=100, format="txt")
    (told,) = (await JobEstimates(database, RETENTION, Works(work)).of([late])).values()
    shown = job_response(late, None, estimate=told)
    assert (shown.progress.phase, shown.waits_for) == ("fetching", "content-source-unavailable")
    assert summary(shown) == (
        "Collecting the content · The content source does not answer; it is tried again"
    )
