"""Every page of a long list holds what it should, whichever end it is read from."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from activities.common.database import Database, transaction
from activities.jobs import pages as pages_of_lists
from activities.jobs.audit import AuditFilter, AuditLog
from activities.jobs.execution import JobExecution
from activities.jobs.pages import BadCursorError, Listed, TooFarError
from activities.jobs.records import JobRecords
from activities.jobs.schema import jobs
from activities.model.jobs import Job, Phase, Status
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
    found, *_ = await records.page(OWNER, status=status, page=page, page_size=_PAGE_SIZE)
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


async def _page(
    records: JobRecords, page: int, cursor: str | None = None, status: Status | None = None
) -> Listed[Job]:
    return await records.page(OWNER, status=status, page=page, page_size=_PAGE_SIZE, cursor=cursor)


async def _walk(records: JobRecords, page: Listed[Job], way: str) -> list[list[str]]:
    """The ids on a page and on all after it, or all before it."""
    walked = [[job.job_id for job in page.entries]]
    while (cursor := getattr(page, way)) is not None:
        page = await _page(records, 1, cursor)
        walked.append([job.job_id for job in page.entries])
    return walked


async def test_cursors_lead_through_the_whole_list_and_back(
    records: JobRecords, everything: list[str]
) -> None:
    pages = await _walk(records, await _page(records, 1), "older")
    assert [each for page in pages for each in page] == everything
    assert [len(page) for page in pages] == [_PAGE_SIZE] * 29 + [90]
    back = await _walk(records, await _page(records, 30), "newer")
    assert [each for page in reversed(back) for each in page] == everything


async def test_cursors_and_numbers_lead_to_the_same_pages(
    records: JobRecords, everything: list[str]
) -> None:
    for number in (1, 2, 14, 16, 29):
        by_number = await _page(records, number + 1)
        here = await _page(records, number)
        assert (await _page(records, 7, here.older)).entries == by_number.entries
        assert (await _page(records, 7, by_number.newer)).entries == here.entries


async def test_by_cursors_nothing_is_missed_or_comes_twice_while_the_list_changes(
    records: JobRecords, execution: JobExecution
) -> None:
    ids = [f"job-{number}" for number in range(9)]
    for number, job_id in enumerate(ids):
        await records.create(new_job(job_id, created_at=NOW + timedelta(seconds=number)))
    seen = []
    page = await records.page(OWNER, status=Status.PENDING, page=1, page_size=2)
    while True:
        for job in page.entries:
            seen.append(job.job_id)
            await execution.end(job.job_id, Status.CANCELLED, now=NOW)
        created = NOW + timedelta(days=1, seconds=len(seen))
        await records.create(new_job(f"new-{len(seen)}", created_at=created))
        if page.older is None:
            break
        page = await records.page(
            OWNER, status=Status.PENDING, page=2, page_size=2, cursor=page.older
        )
    assert seen == ids[::-1]


async def test_pages_far_from_both_ends_are_reached_by_cursors_alone(
    records: JobRecords, everything: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_of_lists, "FARTHEST", 1_200)
    for number in (13, 18, 30, 31, 10**9):
        assert await _ids(records, number) == everything[_PAGE_SIZE * (number - 1) :][:_PAGE_SIZE]
    for number in (14, 15, 16, 17):
        with pytest.raises(TooFarError):
            await _ids(records, number)
    pages = await _walk(records, await _page(records, 1), "older")
    assert [each for page in pages for each in page] == everything


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "older",
        "older-1-job",
        "older-1-" + "1" * 37,
        "older-" + "9" * 18 + "-1",
        "sideways-1-1",
    ],
)
async def test_a_text_that_is_no_cursor_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(BadCursorError):
        await AuditLog(database).page(AuditFilter(), page=1, page_size=9, cursor=cursor)


@pytest.mark.parametrize("number", ["1" * 19, "1" * 36, "-1"])
async def test_a_number_that_no_id_is_leads_nowhere_or_is_refused(
    database: Database, number: str
) -> None:
    try:
        found = await AuditLog(database).page(
            AuditFilter(), page=1, page_size=9, cursor=f"older-1-{number}"
        )
    except BadCursorError:
        return
    assert found.entries == []
