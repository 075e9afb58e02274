"""What is asked again and again is answered from an index, in as many queries for many jobs as for
one.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, text

from activities.common.database import Database, transaction
from activities.content.source import Filters
from activities.content.sql import SqlContent
from activities.jobs import pages
from activities.jobs.audit import Action, AuditFilter, AuditLog
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.execution import JobExecution
from activities.jobs.file_checks import FileChecks
from activities.jobs.held_files import OwnerRoom
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.operator_queries import JobFilter, OperatorQueries
from activities.jobs.pages import Listed
from activities.jobs.previews import Claim, Previews, PreviewWish
from activities.jobs.records import JobRecords
from activities.jobs.reuse import find_same
from activities.jobs.schema import audit_log, jobs
from activities.model.content import Flashcard, Item
from activities.model.jobs import Phase, Status
from activities.model.options import RenderOptions
from activities.model.problems import problem
from tests.unit.jobs.jobs_kit import (
    NOW,
    OWNER,
    RUN,
    STRANGER,
    executed_statements,
    new_job,
    processing,
)

pytestmark = pytest.mark.anyio

_JOBS = 3_000
_LATER = NOW + timedelta(days=1)
_Statement = tuple[str, Any]


def _row(number: int) -> dict[str, Any]:
    created = NOW + timedelta(seconds=number)
    return {
        "job_id": f"job-{number:05}",
        "owner_id": OWNER if number % 2 else STRANGER,
        "status": (Status.COMPLETED, Status.EXPIRED, Status.FAILED)[number % 3],
        "phase": Phase.ENDED,
        "format": "json" if number % 5 else "csv",
        "options": RenderOptions(),
        "title": "A course",
        "content_ids": [],
        "items_total": 1,
        "created_at": created,
        "completed_at": created,
        "expires_at": created + timedelta(days=7),
        "fingerprint": f"{number:064}",
        "error": problem("timed-out" if number % 2 else "terminated") if number % 3 == 2 else None,
    }


@pytest.fixture
async def many_jobs(database: Database) -> None:
    """A table that is worth an index, and known to the planner."""

    def fill(connection: Connection) -> None:
        with transaction(connection):
            connection.execute(insert(jobs), [_row(number) for number in range(_JOBS)])
        connection.execute(text("ANALYZE"))

    await database.run(fill)


@pytest.fixture
def executed() -> Iterator[list[_Statement]]:
    """The statements that the service gives to the database, with their parameters."""
    with executed_statements() as seen:
        yield seen


async def _plans(database: Database, statements: list[_Statement]) -> list[str]:
    """How the database would answer."""

    def explain(connection: Connection) -> list[str]:
        plans = []
        prefix = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
        with transaction(connection):
            if database.dialect == "postgresql":
                # So few rows fit into so few pages that reading and sorting all looks cheap.
                connection.execute(text("SET LOCAL enable_seqscan = off"))
                connection.execute(text("SET LOCAL enable_sort = off"))
            for statement, parameters in statements:
                rows = connection.exec_driver_sql(prefix + statement, parameters)
                plans.append("\n".join(str(row[-1]) for row in rows))
        return plans

    return await database.run(explain)


def _reads_the_whole_table(plan: str) -> bool:
    lines = plan.splitlines()
    return any(
        "Seq Scan on export_job" in line
        or (line.startswith("SCAN export_job") and "USING COVERING INDEX" not in line)
        for line in lines
    )


async def _all(pages: AsyncIterator[list[Any]]) -> list[Any]:
    return [each async for page in pages for each in page]


Ask = Callable[[Database], Awaitable[Any]]
_QUESTIONS: dict[str, Ask] = {
    "get": lambda database: JobRecords(database).get("job-00007", OWNER),
    "get many": lambda database: JobRecords(database).get_many(["job-00007", "job-00009"]),
    "idempotency key": lambda database: JobRecords(database).by_idempotency_key(OWNER, "key"),
    "page 100": lambda database: JobRecords(database).page(
        OWNER, status=None, page=70, page_size=20
    ),
    "page 40 of a state": lambda database: JobRecords(database).page(
        OWNER, status=Status.FAILED, page=20, page_size=20
    ),
    "limits": lambda database: JobRecords(database).usage(OWNER, NOW),
    "room": lambda database: OwnerRoom(database, 0).held(OWNER, NOW),
    "create": lambda database: JobRecords(database).create(new_job("job-new")),
    "claim": lambda database: JobExecution(database).claim("job-00007", RUN, NOW),
    "count by state": lambda database: JobRecords(database).count_by_status(),
    "due to expire": lambda database: JobLifecycle(database).due_to_expire(NOW, 500),
    "expire": lambda database: JobLifecycle(database).expire(["job-00003"], NOW),
    "due to be removed": lambda database: JobLifecycle(database).due_to_be_removed(NOW, 500),
    "remove": lambda database: JobLifecycle(database).remove(["job-00004"], _LATER),
    "needless progress": lambda database: JobLifecycle(database).with_needless_progress(500),
    "clear progress": lambda database: JobLifecycle(database).clear_progress(["job-00003"]),
    "statuses": lambda database: JobLifecycle(database).statuses(["job-00007", "job-00009"]),
    "unchecked files": lambda database: FileChecks(database).unchecked(_LATER, _LATER, 500),
    "mark lost": lambda database: FileChecks(database).mark_lost("job-00006", NOW),
    "ages": lambda database: OperatorQueries(database).ages(NOW),
    "oldest open": lambda database: OperatorQueries(database).oldest_open(20),
    "last progress": lambda database: OperatorQueries(database).last_progress(["job-00007"]),
    "open jobs": lambda database: _all(JobLifecycle(database).open_jobs(_LATER, 500)),
}


@pytest.mark.usefixtures("many_jobs")
@pytest.mark.parametrize("ask", _QUESTIONS.values(), ids=_QUESTIONS)
async def test_no_question_reads_the_whole_table(
    database: Database, executed: list[_Statement], ask: Ask
) -> None:
    await ask(database)
    asked = [
        (statement, parameters)
        for statement, parameters in executed
        if statement.startswith(("SELECT", "UPDATE", "INSERT", "DELETE"))
    ]
    assert asked
    for plan in await _plans(database, asked):
        assert not _reads_the_whole_table(plan), plan


@pytest.mark.usefixtures("many_jobs")
async def test_undispatched_and_reusable_jobs_are_found_by_an_index(
    database: Database, executed: list[_Statement]
) -> None:
    waiting = DispatchQueue(database)
    await waiting.take_all_turns(8, _LATER)
    await waiting.owner_behind("job-00007")
    await waiting.has_others(OWNER, 8)
    await waiting.among(["job-00007"])
    await waiting.cancellation_pending(_LATER, 100)
    await waiting.take_turns(OWNER, 8)
    found = await find_same(database, OWNER, f"{9:064}", NOW)
    assert found is not None
    assert found.job_id == "job-00009"
    for plan in await _plans(database, list(executed)):
        assert not _reads_the_whole_table(plan), plan


@pytest.mark.usefixtures("many_jobs")
async def test_the_room_that_files_take_is_summed_from_an_index_alone(
    database: Database, executed: list[_Statement]
) -> None:
    held = await OwnerRoom(database, 0).held(OWNER, NOW)
    assert held.files == _JOBS // 6
    (plan,) = await _plans(database, list(executed))
    assert re.search("COVERING INDEX ix_export_job_held|Index Only Scan", plan), plan


@pytest.fixture
async def many_previews(database: Database) -> Previews:
    """Pictures of ten owners, as many as there may be, known to the planner."""
    previews = Previews(database)
    for number in range(1_000):
        await previews.want(
            PreviewWish(
                preview_id=f"{number:064}",
                owner_id=OWNER if number % 10 == 0 else f"teacher-{number % 10}",
                title="A course",
                options=RenderOptions(),
                content_ids=[],
                theme_sha256=None,
            ),
            NOW + timedelta(seconds=number),
        )
    await database.run(lambda connection: connection.execute(text("ANALYZE")))
    return previews


async def test_pictures_of_first_pages_are_found_by_indexes(
    database: Database, many_previews: Previews, executed: list[_Statement]
) -> None:
    mine, patience = f"{990:064}", timedelta(seconds=30)
    assert await many_previews.claim(mine, OWNER, NOW, patience) is Claim.YES
    assert await many_previews.look(mine, OWNER)
    assert await many_previews.wish(mine)
    await many_previews.end(mine, b"", None)
    assert await many_previews.due_to_be_removed(_LATER, 500)
    asked = [each for each in executed if "export_preview" in each[0]]
    assert len(asked) >= 9
    for plan in await _plans(database, asked):
        assert not re.search(r"SCAN export_preview(?! USING)|Seq Scan", plan), plan
        assert not re.search("TEMP B-TREE|Sort", plan), plan


@pytest.mark.usefixtures("many_jobs")
@pytest.mark.parametrize("status", [None, Status.COMPLETED])
async def test_list_comes_out_of_an_index_in_order(
    database: Database, records: JobRecords, executed: list[_Statement], status: Status | None
) -> None:
    await records.page(OWNER, status=status, page=5, page_size=20)
    pages = [each for each in executed if "ORDER BY" in each[0]]
    (plan,) = await _plans(database, pages)
    assert "TEMP B-TREE" not in plan, plan
    assert "Sort" not in plan, plan


async def test_open_jobs_come_out_of_an_index_in_order(
    database: Database, lifecycle: JobLifecycle, executed: list[_Statement]
) -> None:
    def fill(connection: Connection) -> None:
        with transaction(connection):
            for number in range(_JOBS):
                status = Status.PENDING if number % 2 else Status.PROCESSING
                connection.execute(insert(jobs), _row(number) | {"status": status})
        connection.execute(text("ANALYZE"))

    await database.run(fill)
    executed.clear()
    found = await _all(lifecycle.open_jobs(_LATER, 500))
    assert len({job.job_id for job in found}) == len(found) == _JOBS
    for plan in await _plans(database, list(executed)):
        assert "ix_export_job_status" in plan, plan
        assert "created_at, job_id)>" in plan or "created_at<" in plan or "Index Cond" in plan, plan
        assert "TEMP B-TREE" not in plan, plan
        assert "Sort" not in plan, plan


async def test_a_page_of_open_jobs_costs_the_same_however_many_there_are(
    database: Database, lifecycle: JobLifecycle
) -> None:
    if database.dialect != "sqlite":
        pytest.skip("it counts steps of SQLite")

    async def read() -> int:
        return await _work_of(lambda: _all(lifecycle.open_jobs(_LATER, 50)))

    await _crowd(database, range(100, 300))
    few = await read()
    await _crowd(database, range(1_000, 2_800))
    assert await read() < 11 * few


async def test_list_takes_as_many_queries_for_many_jobs_as_for_one(
    records: JobRecords, execution: JobExecution, executed: list[_Statement]
) -> None:
    counts = []
    for number in range(1, 31):
        await processing(records, execution, f"job-{number}")
        await execution.note_progress(f"job-{number}", Phase.RENDERING, 0, 1)
        if number in (1, 30):
            executed.clear()
            listed, *_ = await records.page(OWNER, status=None, page=1, page_size=50)
            assert len(listed) == number
            counts.append(len(executed))
    assert counts[0] == counts[1]


@pytest.mark.usefixtures("many_jobs")
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (JobFilter(), "ix_export_job_created"),
        (JobFilter(status=Status.FAILED), "ix_export_job_status"),
        (JobFilter(owner_id=OWNER), "ix_export_job_owner"),
        (JobFilter(format="csv"), "ix_export_job_format"),
        (JobFilter(reason="terminated"), "ix_export_job_reason"),
    ],
)
async def test_operators_lists_of_jobs_follow_an_index(
    database: Database, executed: list[_Statement], wanted: JobFilter, index: str
) -> None:
    found, total, *_ = await OperatorQueries(database).page(wanted, page=2, page_size=20)
    assert (len(found), total > 20) == (20, True)
    count, listing = await _plans(
        database, [each for each in executed if "export_chunk" not in each[0]]
    )
    assert index in listing
    assert not re.search("TEMP B-TREE|Sort", listing)
    assert not _reads_the_whole_table(count), count


@pytest.fixture
async def long_log(database: Database) -> None:
    """An audit log that is worth an index, and known to the planner."""

    def fill(connection: Connection) -> None:
        with transaction(connection):
            connection.execute(insert(audit_log), [_entry(number) for number in range(_JOBS)])
        connection.execute(text("ANALYZE"))

    await database.run(fill)


def _entry(number: int) -> dict[str, Any]:
    return {
        "at": NOW + timedelta(seconds=number),
        "action": Action.EXPIRED if number % 20 else Action.SIGNED_IN,
        "actor": "an-operator" if number % 20 == 10 else None,
        "owner_id": OWNER if number % 2 else STRANGER,
        "job_id": f"job-{number:05}",
    }


@pytest.mark.usefixtures("long_log")
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (AuditFilter(), "ix_audit_log_at"),
        (AuditFilter(since=NOW), "ix_audit_log_at"),
        (AuditFilter(owner_id=OWNER), "ix_audit_log_owner"),
        (AuditFilter(job_id="job-00007"), "ix_audit_log_job"),
        (AuditFilter(actor="an-operator"), "ix_audit_log_actor"),
        (AuditFilter(action=Action.SIGNED_IN), "ix_audit_log_action"),
        (AuditFilter(action=Action.SIGNED_IN, since=NOW), "ix_audit_log_action"),
    ],
)
async def test_the_audit_log_is_read_by_an_index(
    database: Database, executed: list[_Statement], wanted: AuditFilter, index: str
) -> None:
    found, *_ = await AuditLog(database).page(wanted, page=1, page_size=20)
    assert found
    count, listing = await _plans(database, list(executed))
    assert index in listing
    assert "TEMP B-TREE" not in listing
    assert not re.search(r"SCAN audit_log(?! USING COVERING)|Seq Scan", count), count


Turn = Callable[[Database, int, str | None], Awaitable[Listed[Any]]]
_LISTS: dict[str, Turn] = {
    "owner": lambda database, page, cursor: JobRecords(database).page(
        OWNER, status=None, page=page, page_size=20, cursor=cursor
    ),
    "owner, by state": lambda database, page, cursor: JobRecords(database).page(
        OWNER, status=Status.EXPIRED, page=page, page_size=20, cursor=cursor
    ),
    "operator": lambda database, page, cursor: OperatorQueries(database).page(
        JobFilter(), page=page, page_size=20, cursor=cursor
    ),
    "operator, by format": lambda database, page, cursor: OperatorQueries(database).page(
        JobFilter(format="json"), page=page, page_size=20, cursor=cursor
    ),
    "audit log": lambda database, page, cursor: AuditLog(database).page(
        AuditFilter(), page=page, page_size=20, cursor=cursor
    ),
    "audit log, by action": lambda database, page, cursor: AuditLog(database).page(
        AuditFilter(action=Action.EXPIRED), page=page, page_size=20, cursor=cursor
    ),
}


@pytest.mark.usefixtures("many_jobs", "long_log")
@pytest.mark.parametrize("turn", _LISTS.values(), ids=_LISTS)
async def test_far_pages_skip_entries_of_an_index_and_the_last_page_none(
    database: Database,
    executed: list[_Statement],
    turn: Turn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "NEAR", 100)
    _, total, *_ = await turn(database, 1, None)
    last = -(-total // 20)
    for page in (last // 3, last * 2 // 3, last):
        executed.clear()
        found, *_ = await turn(database, page, None)
        assert found
        listing = next(each for each in executed if "LIMIT" in each[0])
        (plan,) = await _plans(database, [listing])
        if page < last:
            assert re.search("USING COVERING INDEX|Index Only Scan", plan), plan
        # What is sorted is the one page.
        assert plan.count("TEMP B-TREE") + len(re.findall(r"\bSort\b", plan)) <= 1, plan
    given = listing[1].values() if isinstance(listing[1], dict) else listing[1]
    assert total > 400
    assert not [each for each in given if isinstance(each, int) and each > 20], listing


@pytest.mark.usefixtures("many_jobs", "long_log")
@pytest.mark.parametrize("turn", _LISTS.values(), ids=_LISTS)
async def test_a_page_beside_another_begins_where_an_index_says(
    database: Database, executed: list[_Statement], turn: Turn
) -> None:
    middle = await turn(database, 10, None)
    for cursor in (middle.newer, middle.older):
        executed.clear()
        found = await turn(database, 1, cursor)
        assert len(found.entries) == 20
        (statement, given) = next(each for each in executed if "LIMIT" in each[0])
        (plan,) = await _plans(database, [(statement, given)])
        assert re.search(r"\w+,\w+\)[<>]\(|\bat[<>]|Index Cond:.*ROW", plan), plan
        assert not re.search("TEMP B-TREE|Sort", plan), plan


@pytest.fixture
async def much_content(database: Database) -> None:
    """An owner's items, of which the oldest few alone have flashcards, known to the planner."""
    parts = {"study_guide": "# Guide"}
    items = [
        Item(
            id=f"item-{number:05}",
            owner_id=OWNER,
            title="A lesson",
            language="en",
            version=1,
            created_at=NOW + timedelta(seconds=number),
            updated_at=NOW,
            **(parts if number > 3 else {"flashcards": [Flashcard(front="A", back="B")]}),
        )
        for number in range(600)
    ]
    await SqlContent(database).store(items)
    await database.run(lambda connection: connection.execute(text("ANALYZE")))


@pytest.mark.usefixtures("much_content")
@pytest.mark.parametrize(
    ("types", "found", "indexes"),
    [
        ((), 100, ["created"]),
        (("flashcards",), 4, ["flashcards"]),
        (("faqs",), 0, ["faqs"]),
        (("study_guide", "flashcards"), 100, ["study_guide", "flashcards"]),
    ],
)
async def test_content_of_a_rare_type_is_found_by_an_index(
    database: Database,
    executed: list[_Statement],
    types: tuple[str, ...],
    found: int,
    indexes: list[str],
) -> None:
    matches = await SqlContent(database).search(OWNER, Filters(content_types=types), 100)
    listed = matches.heads
    assert len(listed) == found
    assert listed == sorted(listed, key=lambda head: str(head.created_at), reverse=True)
    # What they are like is read by their ids.
    found_by = [each for each in executed if "LIMIT" in each[0]]
    assert len(executed) <= len(found_by) + 1
    for plan in await _plans(database, found_by):
        for index in indexes:
            assert f"ix_content_item_{index}" in plan, plan
        assert not re.search(r"SCAN content_item(?! USING)|Seq Scan", plan), plan


@pytest.mark.usefixtures("much_content")
async def test_of_content_on_other_pages_nothing_but_an_index_is_read(
    database: Database, executed: list[_Statement]
) -> None:
    found = await SqlContent(database).excerpt(OWNER, Filters(), skip=50, size=50, most=500)
    assert (len(found.heads), found.matching) == (50, 500)
    *_, count = await _plans(database, list(executed))
    assert re.search("USING COVERING INDEX|Index Only Scan", count), count
    assert not re.search("TEMP B-TREE|Sort", count), count


async def _work_of(ask: Callable[[], Awaitable[Any]]) -> int:
    """How much SQLite does for an answer, in steps of its virtual machine."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def watch(connection: Connection, *_: Any) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(count, 10)

    event.listen(Engine, "before_cursor_execute", watch)
    try:
        await ask()
    finally:
        event.remove(Engine, "before_cursor_execute", watch)
    return steps


async def _crowd(database: Database, owners: range) -> None:
    """Owners with one export under way each, and one that waits."""

    def fill(connection: Connection) -> None:
        with transaction(connection):
            for number in owners:
                for status in (Status.PROCESSING, Status.PENDING):
                    job_id = f"{status}-{number:05}"
                    row = _row(number) | {"job_id": job_id, "owner_id": f"teacher-{number}"}
                    row |= {"status": status, "completed_at": None}
                    connection.execute(insert(jobs), row)

    await database.run(fill)


async def test_an_owners_next_job_costs_the_same_however_many_others_there_are(
    database: Database, records: JobRecords, execution: JobExecution
) -> None:
    if database.dialect != "sqlite":
        pytest.skip("it counts steps of SQLite")
    waiting = DispatchQueue(database)
    for job_id in ("mine-0", "mine-1"):
        await records.create(new_job(job_id))

    async def ask(number: int) -> None:
        mine = f"mine-{number}"
        assert await waiting.owner_behind(mine) == OWNER
        assert await waiting.has_others(OWNER, 2)
        assert await waiting.take_turns(OWNER, 2) == [mine]
        await records.create(new_job(f"new-{number}", owner_id=f"new-{number}"), at_once=2)

    await _crowd(database, range(100, 160))
    few = await _work_of(lambda: ask(0))
    await execution.end("mine-0", Status.CANCELLED, now=NOW)
    await _crowd(database, range(1_000, 3_000))
    assert await _work_of(lambda: ask(1)) < 2 * few


async def test_a_round_over_owners_is_as_many_queries_for_many_as_for_one(
    database: Database, executed: list[_Statement]
) -> None:
    waiting = DispatchQueue(database)
    counts = []
    for owners in (range(1), range(1, 100)):
        await _crowd(database, owners)
        executed.clear()
        assert await waiting.take_all_turns(1, _LATER) == []
        counts.append(len(executed))
    assert counts[0] == counts[1] == 1


@pytest.mark.usefixtures("many_jobs")
async def test_a_round_over_owners_reads_one_index_of_open_jobs_once(
    database: Database, executed: list[_Statement]
) -> None:
    await _crowd(database, range(100))
    executed.clear()
    await DispatchQueue(database).take_all_turns(1, _LATER)
    [plan] = await _plans(database, list(executed))
    assert plan.count("ix_export_job_open") == 1, plan
    assert not _reads_the_whole_table(plan), plan
