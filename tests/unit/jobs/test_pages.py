"""Every page of a long list holds what it should, whichever end it is read from."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from activities.common.database import Database, transaction
from activities.jobs.records import JobRecords
from activities.jobs.schema import jobs
from activities.model.jobs import Phase, Status
from activities.model.options import RenderOptions
from tests.unit.jobs.jobs_kit import NOW, OWNER, new_job

pytestmark = pytest.mark.anyio

_JOBS = 2_990
_PAGE_SIZE = 100


def _row(number: int) -> dict[str, Any]:
    return {
        "job_id": f"job-{number:05}",
        "owner_id": OWNER,
        "status": Status.FAILED if number % 3 else Status.CANCELLED,
        "phase": Phase.ENDED,
        "format": "json",
        "options": RenderOptions(),
        "title": "A course",
        "content_ids": [],
        "items_total": 1,
        # Some share a time.
        "created_at": NOW + timedelta(seconds=number // 4),
    }


@pytest.fixture
async def everything(database: Database) -> list[str]:
    """The ids of all jobs, newest first."""

    def fill(connection: Connection) -> None:
        with transaction(connection):
            connection.execute(insert(jobs), [_row(number) for number in range(_JOBS)])

    await database.run(fill)
    return [f"job-{number:05}" for number in reversed(range(_JOBS))]


async def _ids(records: JobRecords, page: int, status: Status | None = None) -> list[str]:
    found, _ = await records.page(OWNER, status=status, page=page, page_size=_PAGE_SIZE)
    return [job.job_id for job in found]


async def test_the_pages_are_the_list_in_order(records: JobRecords, everything: list[str]) -> None:
    pages = [await _ids(records, number) for number in range(1, 31)]
    assert [each for page in pages for each in page] == everything
    assert len(pages[-1]) == _JOBS % _PAGE_SIZE
    assert await _ids(records, 31) == await _ids(records, 10**9) == []


async def test_so_are_those_of_a_state(records: JobRecords, everything: list[str]) -> None:
    failed = [each for each in everything if int(each[4:]) % 3]
    pages = [await _ids(records, number, Status.FAILED) for number in range(1, 22)]
    assert [each for page in pages for each in page] == failed


async def test_who_reads_page_after_page_misses_nothing_when_jobs_come_meanwhile(
    records: JobRecords, everything: list[str]
) -> None:
    seen: set[str] = set()
    for number in count(1):
        page = await _ids(records, number)
        if not page:
            break
        seen.update(page)
        created = NOW + timedelta(days=1, seconds=number)
        await records.create(new_job(f"new-{number}", created_at=created))
    assert seen.issuperset(everything)
