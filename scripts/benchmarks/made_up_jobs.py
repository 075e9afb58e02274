"""Job records and files that were never exported: what requests are measured on."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import Connection, insert

from activities.common.clock import utc_now
from activities.common.database import Database, connect, transaction
from activities.jobs.execution import JobExecution
from activities.jobs.schema import jobs
from activities.model.jobs import NewJob, Phase, Status
from activities.model.options import RenderOptions
from activities.storage.keys import file_key
from scripts.benchmarks.service import Service

T = TypeVar("T")

OWNER = "teacher-1"
"""The owner whose token the service gives out first."""

_RUN = "made-up"
# Retention ends what is processing without a workflow, half a minute after it was created.
_UNNOTICED = timedelta(hours=1)
_FORMAT = "txt"
_LIFETIME = timedelta(days=7)
_ROWS_AT_ONCE = 2_000
_BLOCK = 1024 * 1024


def add_completed(service: Service, count: int) -> None:
    """Write so many records of completed jobs, without files."""
    now = utc_now()
    blank = NewJob("", OWNER, _FORMAT, RenderOptions(), "A made-up course", ["item-1"], now)
    row = {
        "owner_id": OWNER,
        "status": Status.COMPLETED,
        "phase": Phase.ENDED,
        "format": _FORMAT,
        "options": RenderOptions(),
        "title": blank.title,
        "content_ids": ["item-1"],
        "items_total": 1,
        "started_at": now,
        "completed_at": now,
        "expires_at": now + _LIFETIME,
        "file_name": "course.txt",
        "file_size": 1,
        "media_type": "text/plain; charset=utf-8",
        "sha256": "0" * 64,
    }

    def rows() -> Iterator[dict[str, object]]:
        for number in range(count):
            # Older than whatever else there is.
            yield row | {"job_id": str(uuid4()), "created_at": now - timedelta(days=1 + number)}

    async def write(database: Database) -> None:
        pending = list(rows())
        while pending:
            block, pending = pending[:_ROWS_AT_ONCE], pending[_ROWS_AT_ONCE:]

            def fill(connection: Connection, block: list[dict[str, object]] = block) -> None:
                with transaction(connection):
                    connection.execute(insert(jobs), block)

            await database.run(fill)

    in_database(service, write)


def add_file(service: Service, size: int) -> str:
    """Write a completed job with a file of so many bytes; its id."""
    job_id = _insert_processing(service, 1, utc_now())
    digest = hashlib.sha256()
    with TemporaryFile() as file:
        for _ in range(0, size, _BLOCK):
            block = os.urandom(_BLOCK)
            digest.update(block)
            file.write(block)
        asyncio.run(service.storage.put(file_key(job_id, _FORMAT), file))
        length = file.tell()

    async def complete(database: Database) -> None:
        assert await JobExecution(database).complete(
            job_id,
            _RUN,
            now=utc_now(),
            retention=_LIFETIME,
            file_name="course.txt",
            file_size=length,
            media_type="text/plain; charset=utf-8",
            sha256=digest.hexdigest(),
            warnings=[],
        )

    in_database(service, complete)
    return job_id


def add_processing(service: Service, items: int = 1) -> str:
    """Write a job that a workflow seems to work on; its id.

    It was made in the future, or else the service would soon find out.
    """
    return _insert_processing(service, items, utc_now() + _UNNOTICED)


def end(service: Service, job_ids: list[str]) -> None:
    """End jobs that are processing."""

    async def write(database: Database) -> None:
        for job_id in job_ids:
            await JobExecution(database).end(job_id, Status.CANCELLED, now=utc_now())

    in_database(service, write)


def in_database(service: Service, work: Callable[[Database], Awaitable[T]]) -> T:
    """Work on the service's database beside it."""

    async def run() -> T:
        database = connect(service.database)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _insert_processing(service: Service, items: int, created_at: datetime) -> str:
    """Write the job in one statement: the service starts what is pending."""
    job_id = str(uuid4())
    row = {
        "job_id": job_id,
        "owner_id": OWNER,
        "status": Status.PROCESSING,
        "phase": Phase.FETCHING,
        "format": _FORMAT,
        "options": RenderOptions(),
        "title": "A made-up course",
        "content_ids": [f"item-{number}" for number in range(items)],
        "items_total": items,
        "created_at": created_at,
        "started_at": utc_now(),
        "dispatched_at": utc_now(),
        "run_id": _RUN,
    }

    def fill(connection: Connection) -> None:
        with transaction(connection):
            connection.execute(insert(jobs), [row])

    in_database(service, lambda database: database.run(fill))
    return job_id
