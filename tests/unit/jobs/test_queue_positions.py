"""The queue as those who wait see it: owners take turns."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from activities.common.database import Database
from activities.jobs.execution import JobExecution
from activities.jobs.queue_positions import PendingJob, QueuePositions, read_queue_positions
from activities.jobs.records import JobRecords
from activities.model.jobs import NewJob
from activities.model.options import RenderOptions
from tests.unit.jobs.jobs_kit import executed_statements

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
RETENTION = timedelta(days=7)
MINUTE = timedelta(minutes=1)


def test_an_owner_with_one_job_waits_for_one_of_each_other_owner() -> None:
    crowd = [PendingJob(f"crowd-{number}", "crowd") for number in range(500)]
    single = PendingJob("single", "teacher")

    queue = QueuePositions([*crowd, single])

    assert queue.of(single) == 1
    assert [queue.of(each) for each in crowd[:3]] == [0, 2, 3]
    assert queue.of(crowd[-1]) == 500


def test_a_newcomer_has_the_position_that_it_would_have_in_the_queue() -> None:
    waiting = [
        PendingJob("a1", "a"),
        PendingJob("a2", "a"),
        PendingJob("b1", "b"),
        PendingJob("b2", "b"),
    ]
    for newcomer in (PendingJob("new", "a"), PendingJob("new", "b"), PendingJob("new", "c")):
        assert QueuePositions(waiting).of(newcomer) == QueuePositions([*waiting, newcomer]).of(
            newcomer
        )


def test_nobody_is_told_a_position_beyond_what_was_read() -> None:
    waiting = [PendingJob(str(number), "crowd") for number in range(10_000)]

    assert QueuePositions(waiting).of(PendingJob("0", "crowd")) == 0
    assert QueuePositions(waiting).of(PendingJob("new", "crowd")) is None


@pytest.mark.anyio
async def test_the_queue_is_read_in_two_queries_whatever_its_length(
    database: Database, records: JobRecords, execution: JobExecution
) -> None:
    ids = [str(uuid4()) for _ in range(40)]
    for number, job_id in enumerate(ids):
        await records.create(
            NewJob(
                job_id=job_id,
                owner_id="crowd" if number % 4 else "other",
                format="txt",
                options=RenderOptions(),
                title="A title",
                content_ids=["a"],
                created_at=NOW + number * MINUTE / 100,
            )
        )
    for job_id, ended in ((ids[0], NOW), (ids[1], NOW - 2 * MINUTE)):
        await execution.claim(job_id, "run", NOW)
        await execution.complete(
            job_id,
            "run",
            now=ended,
            retention=RETENTION,
            file_name="A title.txt",
            file_size=1,
            media_type="text/plain",
            sha256="ab" * 32,
            warnings=[],
        )
    with executed_statements() as statements:
        queue = await read_queue_positions(database, NOW - MINUTE, RETENTION)

    assert len(statements) == 2
    assert queue.completed == 1
    assert queue.of(PendingJob(ids[0], "other")) != 0, "it has ended"
    assert queue.of(PendingJob(ids[2], "crowd")) == 0
    assert queue.of(PendingJob(ids[4], "other")) == 1
    assert queue.of(PendingJob(ids[3], "crowd")) == 2
