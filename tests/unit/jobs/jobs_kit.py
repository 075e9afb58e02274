"""Jobs for tests, and the way they go."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Engine, event, select, update

from activities.common.database import Database
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.jobs.schema import item_versions, jobs
from activities.model.content import Item
from activities.model.item_versions import ItemVersion, PartVersions
from activities.model.jobs import NewJob
from activities.model.options import RenderOptions
from activities.model.warnings import ExportWarning

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


@contextmanager
def executed_statements() -> Iterator[list[tuple[str, Any]]]:
    """The statements that the test's process gives to databases meanwhile, with parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def changes_of_transactions() -> Iterator[list[list[int]]]:
    """How many rows each statement changes meanwhile, in one list for each transaction."""
    changed: list[list[int]] = []

    def begin(_connection: Any) -> None:
        changed.append([])

    def note(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            changed[-1].append(cursor.rowcount)
        elif "remove_audit_entries" in statement:
            changed[-1].append(len(parameters["p_entries"]))

    event.listen(Engine, "begin", begin)
    event.listen(Engine, "after_cursor_execute", note)
    try:
        yield changed
    finally:
        event.remove(Engine, "begin", begin)
        event.remove(Engine, "after_cursor_execute", note)


async def change_row(database: Database, job_id: str, **values: Any) -> None:
    """Write columns of a job's row, whether or not anybody could read them."""
    change = update(jobs).where(jobs.c.job_id == job_id).values(values)
    await database.run(lambda connection: connection.execute(change))


async def processing(
    records: JobRecords, execution: JobExecution, job_id: str = "job-1", **fields: Any
) -> None:
    """Write a job that `RUN` works on."""
    await records.create(new_job(job_id, **fields))
    assert await execution.claim(job_id, RUN, NOW) is not None


async def warnings_of(execution: JobExecution, job_id: str) -> list[ExportWarning]:
    """The warnings of all chunks of a job that has not ended, in order."""
    _, noted = await execution.get_with_warnings(job_id)
    return [each for chunk in noted for each in chunk.warnings]


async def complete(
    execution: JobExecution,
    job_id: str = "job-1",
    run_id: str = RUN,
    *,
    now: datetime = NOW,
    sha256: str = "a" * 64,
    items: PartVersions | None = None,
    content: str = "",
    warnings: Sequence[ExportWarning] = (),
) -> bool:
    """Try to complete a job for a run."""
    return await execution.complete(
        job_id,
        run_id,
        now=now,
        retention=RETENTION,
        file_name="Two courses.json",
        file_size=2_048,
        media_type="application/json",
        sha256=sha256,
        warnings=[*await warnings_of(execution, job_id), *warnings],
        items=items,
        content=content,
    )


async def rendered_items(database: Database, job_id: str = "job-1") -> list[ItemVersion]:
    """The states of the items in the file of a completed job, in its order; none if not known."""
    query = (
        select(item_versions.c.versions)
        .where(item_versions.c.job_id == job_id)
        .order_by(item_versions.c.chunk)
    )
    parts = await database.run(lambda connection: connection.scalars(query).all())
    return [each for items in parts for each in items]


def version_of(item: Item) -> ItemVersion:
    """The state of an item, as the record of what was rendered has it."""
    digest = hashlib.sha256(msgspec.json.encode(item)).digest()
    return ItemVersion(item.id, item.updated_at, digest, item.version, item.title)
