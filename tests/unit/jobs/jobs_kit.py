"""Jobs for tests, and the way they go."""

from datetime import UTC, datetime, timedelta
from typing import Any

from activities.jobs.records import JobRecords
from activities.model.jobs import NewJob
from activities.model.options import RenderOptions

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OWNER = "teacher-1"
STRANGER = "teacher-2"
RUN = "5f1c0a52-7c5c-4d2e-8d2b-1f6f5a0f9a01"
OTHER_RUN = "0b9f8e7d-6c5b-4a39-8877-665544332211"
RETENTION = timedelta(days=7)


def new_job(job_id: str = "job-1", **fields: Any) -> NewJob:
    """A job of two items, created `NOW`, with `fields` set."""
    defaults: dict[str, Any] = {
        "owner_id": OWNER,
        "format": "json",
        "options": RenderOptions(),
        "title": "Two courses",
        "content_ids": ["content-1", "content-2"],
        "created_at": NOW,
    }
    return NewJob(job_id=job_id, **(defaults | fields))


async def processing(records: JobRecords, job_id: str = "job-1", **fields: Any) -> None:
    """Write a job that `RUN` works on."""
    await records.create(new_job(job_id, **fields))
    assert await records.claim(job_id, RUN, NOW) is not None


async def complete(
    records: JobRecords,
    job_id: str = "job-1",
    run_id: str = RUN,
    *,
    now: datetime = NOW,
    sha256: str = "a" * 64,
) -> bool:
    """Try to complete a job for a run."""
    return await records.complete(
        job_id,
        run_id,
        now=now,
        retention=RETENTION,
        file_name="Two courses.json",
        file_size=2_048,
        media_type="application/json",
        sha256=sha256,
        warnings=await records.warnings_of(job_id),
    )
