"""The queue as those who wait see it: owners take turns."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event

from activities.common.database import Database
from activities.jobs.queue_positions import Queue, Waiting, read_queue
from activities.jobs.records import JobRecords
from activities.model.jobs import NewJob
from activities.model.options import RenderOptions

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
RETENTION = timedelta(days=7)
MINUTE = timedelta(minutes=1)


def test_an_owner_with_one_job_waits_for_one_of_each_other_owner() -> None:
    crowd = [Waiting(f"crowd-{number}", "crowd") for number in range(500)]
    single = Waiting("single", "teacher")

    queue = Queue([*crowd, single])

    assert queue.place(single) == 1
    assert [queue.place(each) for each in crowd[:3]] == [0, 2, 3]
    assert queue.place(crowd[-1]) == 500


def test_a_newcomer_is_as_if_he_were_in_the_queue_already() -> None:
    waiting = [Waiting("a1", "a"), Waiting("a2", "a"), Waiting("b1", "b"), Waiting("b2", "b")]
    for newcomer in (Waiting("new", "a"), Waiting("new", "b"), Waiting("new", "c")):
        assert Queue(waiting).place(newcomer) == Queue([*waiting, newcomer]).place(newcomer)


def test_nobody_is_told_a_place_beyond_what_was_read() -> None:
    waiting = [Waiting(str(number), "crowd") for number in range(10_000)]

    assert Queue(waiting).place(Waiting("0", "crowd")) == 0
    assert Queue(waiting).place(Waiting("new", "crowd")) is None


@pytest.mark.anyio
async def test_the_queue_is_read_in_two_queries_whatever_its_length(
    database: Database, records: JobRecords
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
        await records.claim(job_id, "run", NOW)
        await records.complete(
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
    statements: list[str] = []
    event.listen(
        database._engine, "before_cursor_execute", lambda *given: statements.append(given[2])
    )

    queue = await read_queue(database, NOW - MINUTE, RETENTION)

    assert len(statements) == 2
    assert queue.completed == 1
    assert queue.place(Waiting(ids[0], "other")) != 0, "it has ended"
    assert queue.place(Waiting(ids[2], "crowd")) == 0
    assert queue.place(Waiting(ids[4], "other")) == 1
    assert queue.place(Waiting(ids[3], "crowd")) == 2
