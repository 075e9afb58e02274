"""Who may change a job's row, and when; and what a reader then sees."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from activities.jobs.audit import Origin
from activities.jobs.execution import JobExecution
from activities.jobs.lifecycle import ExpiredFile, JobLifecycle
from activities.jobs.records import JobRecords
from activities.model.jobs import OwnerUsage, Phase, ReusedFile, Status
from activities.model.options import RenderOptions
from activities.model.problems import problem
from activities.model.warnings import ExportWarning
from tests.unit.jobs.jobs_kit import (
    NOW,
    OTHER_RUN,
    OWNER,
    RETENTION,
    RUN,
    STRANGER,
    complete,
    new_job,
    processing,
    warnings_of,
)

pytestmark = pytest.mark.anyio

WARNING = ExportWarning("code", "detail")
LATER = NOW + timedelta(minutes=5)
FAILURE = problem("render-failed", "The file could not be made from this content.")


async def status_of(records: JobRecords, job_id: str = "job-1") -> Status:
    job = await records.get(job_id)
    assert job is not None
    return job.status


async def test_new_job_reads_as_it_was_written(records: JobRecords) -> None:
    options = RenderOptions(include_metadata=False, include_quality_metrics=True)
    assert await records.create(new_job(options=options, title="Öl & Wasser"))
    job = await records.get("job-1", OWNER)
    assert job is not None
    assert (job.status, job.phase) == (Status.PENDING, Phase.QUEUED)
    assert (job.title, job.options, job.items_total) == ("Öl & Wasser", options, 2)
    assert job.created_at == NOW
    assert job.warnings == []
    assert (job.started_at, job.completed_at, job.expires_at, job.error) == (None,) * 4


async def test_created_job_is_what_its_record_says(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution, "source")
    await execution.note_warnings("source", Phase.RENDERING, 0, [WARNING])
    await complete(execution, "source")
    source = await records.get("source")
    assert source is not None
    reused = ReusedFile("reusing", source, "f" * 64, NOW, LATER)
    origin = Origin(OWNER, "request-1")
    expected = {
        "pending": (Status.PENDING, None, []),
        "reusing": (Status.COMPLETED, "source", [WARNING]),
    }
    for job_id, file in (("pending", None), ("reusing", reused)):
        new = new_job(job_id, options=RenderOptions(title="A title"), request_hash="b" * 64)
        written = await records.create(new, origin=origin, reused=file)
        assert written is not None
        assert await records.get(job_id) == written
        assert (written.request_id, written.request_hash) == ("request-1", "b" * 64)
        assert (written.status, written.reused_from, written.warnings) == expected[job_id]


async def test_title_is_kept_without_what_a_database_cannot_keep(records: JobRecords) -> None:
    await records.create(new_job(title="Light\0 and water"))
    job = await records.get("job-1")
    assert job is not None
    assert job.title == "Light and water"


async def test_job_is_hidden_from_other_owners(records: JobRecords) -> None:
    await records.create(new_job(idempotency_key="key"))
    assert await records.get("job-1", STRANGER) is None
    assert await records.by_idempotency_key(STRANGER, "key") is None
    assert (await records.page(STRANGER, status=None, page=1, page_size=20))[:2] == ([], 0)


async def test_idempotency_key_is_taken_once_by_each_owner(records: JobRecords) -> None:
    assert await records.create(new_job("job-1", idempotency_key="key", request_hash="first"))
    assert not await records.create(new_job("job-2", idempotency_key="key", request_hash="second"))
    assert await records.create(new_job("job-3", idempotency_key="key", owner_id=STRANGER))
    found = await records.by_idempotency_key(OWNER, "key")
    assert found is not None
    assert (found.job_id, found.request_hash) == ("job-1", "first")
    assert await records.get("job-2") is None


async def test_what_a_job_exports_is_told_to_its_owner_alone(records: JobRecords) -> None:
    await records.create(new_job("job-1", content_ids=["b", "a"]))
    assert await records.content_ids("job-1", OWNER) == ["b", "a"]
    assert await records.content_ids("job-1", STRANGER) == []
    assert await records.content_ids("job-2", OWNER) == []


async def test_jobs_without_idempotency_key_never_collide(records: JobRecords) -> None:
    assert await records.create(new_job("job-1"))
    assert await records.create(new_job("job-2"))
    with pytest.raises(IntegrityError):
        await records.create(new_job("job-2"))


async def test_get_many_gives_those_that_exist(records: JobRecords) -> None:
    for job_id in ("job-1", "job-2", "job-3"):
        await records.create(new_job(job_id))
    found = await records.get_many(["job-3", "missing", "job-1"])
    assert {job.job_id for job in found} == {"job-1", "job-3"}
    assert await records.get_many([]) == []


async def test_claim_gives_the_content_to_fetch_and_keeps_the_first_start(
    records: JobRecords,
    execution: JobExecution,
) -> None:
    await records.create(new_job())
    claimed = await execution.claim("job-1", RUN, NOW)
    assert claimed is not None
    assert (claimed.owner_id, claimed.content_ids) == (OWNER, ["content-1", "content-2"])
    assert await execution.claim("job-1", RUN, LATER) is not None
    job = await records.get("job-1")
    assert job is not None
    assert (job.status, job.phase) == (Status.PROCESSING, Phase.FETCHING)
    assert (job.started_at, job.run_id) == (NOW, RUN)


async def test_second_chunk_does_not_bring_the_phase_back(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution)
    await execution.enter_phase("job-1", RUN, Phase.RENDERING)
    await execution.claim("job-1", RUN, NOW)
    job = await records.get("job-1")
    assert job is not None
    assert job.phase is Phase.RENDERING


async def test_unknown_job_cannot_be_claimed(execution: JobExecution) -> None:
    assert await execution.claim("missing", RUN, NOW) is None


async def test_completed_job_has_its_file_for_the_retention(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution)
    assert await complete(execution, now=LATER)
    job = await records.get("job-1")
    assert job is not None
    assert (job.status, job.phase) == (Status.COMPLETED, Phase.ENDED)
    assert (job.completed_at, job.expires_at) == (LATER, LATER + RETENTION)
    assert (job.file_name, job.file_size) == ("Two courses.json", 2_048)
    assert (job.media_type, job.sha256) == ("application/json", "a" * 64)


async def test_only_the_run_that_owns_the_row_completes_it(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution)
    assert not await complete(execution, run_id=OTHER_RUN)
    assert await execution.claim("job-1", OTHER_RUN, NOW) is not None
    assert not await complete(execution, run_id=RUN)
    assert await complete(execution, run_id=OTHER_RUN)


async def test_pending_job_cannot_complete(records: JobRecords, execution: JobExecution) -> None:
    await records.create(new_job())
    assert not await complete(execution)


@pytest.mark.parametrize("run_id", [RUN, OTHER_RUN, ""])
async def test_fenced_job_can_neither_complete_nor_be_claimed(
    records: JobRecords, execution: JobExecution, run_id: str
) -> None:
    await processing(records, execution)
    assert await execution.fence("job-1")
    assert await execution.claim("job-1", run_id or RUN, NOW) is None
    assert await execution.render_input("job-1", RUN) is None
    if run_id:
        assert not await complete(execution, run_id=run_id)
    assert await status_of(records) is Status.PROCESSING
    assert await execution.fence("job-1"), "a repeated abandon must go on to the end"


async def test_fence_leaves_an_ended_job_alone(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution)
    await complete(execution)
    assert not await execution.fence("job-1")
    job = await records.get("job-1")
    assert job is not None
    assert job.run_id == RUN


async def test_job_to_be_cancelled_can_neither_complete_nor_be_claimed(
    records: JobRecords,
    execution: JobExecution,
) -> None:
    await processing(records, execution)
    assert await records.request_cancel("job-1", NOW)
    assert not await complete(execution)
    assert await execution.claim("job-1", RUN, NOW) is None


async def test_repeated_cancellation_keeps_the_first_time(records: JobRecords) -> None:
    await records.create(new_job())
    assert await records.request_cancel("job-1", NOW)
    assert await records.request_cancel("job-1", LATER)
    job = await records.get("job-1")
    assert job is not None
    assert job.cancel_requested_at == NOW


async def test_ended_job_cannot_be_cancelled(records: JobRecords, execution: JobExecution) -> None:
    await processing(records, execution)
    await complete(execution)
    assert not await records.request_cancel("job-1", NOW)
    assert not await records.request_cancel("missing", NOW)


async def test_only_a_pending_job_that_was_asked_to_is_cancelled_at_once(
    records: JobRecords,
    execution: JobExecution,
) -> None:
    await records.create(new_job("asked"))
    await records.create(new_job("not-asked"))
    await processing(records, execution, "started")
    for job_id in ("asked", "started"):
        await records.request_cancel(job_id, NOW)
    assert await records.cancel_pending("asked", LATER)
    assert not await records.cancel_pending("not-asked", LATER)
    assert not await records.cancel_pending("started", LATER)
    job = await records.get("asked")
    assert job is not None
    assert (job.status, job.phase, job.completed_at) == (Status.CANCELLED, Phase.ENDED, LATER)


@pytest.mark.parametrize("wanted", [Status.FAILED, Status.CANCELLED])
async def test_end_never_changes_an_ended_job(
    records: JobRecords, execution: JobExecution, wanted: Status
) -> None:
    await processing(records, execution, "done")
    await complete(execution, "done")
    await processing(records, execution, "failed")
    assert await execution.end("failed", Status.FAILED, now=NOW, error=FAILURE)
    for job_id, status in (("done", Status.COMPLETED), ("failed", Status.FAILED)):
        assert not await execution.end(job_id, wanted, now=LATER, error=None)
        job = await records.get(job_id)
        assert job is not None
        assert (job.status, job.completed_at) == (status, NOW)
    assert not await complete(execution, "failed")


async def test_failed_job_says_why(records: JobRecords, execution: JobExecution) -> None:
    await processing(records, execution)
    assert await execution.end("job-1", Status.FAILED, now=LATER, error=FAILURE)
    job = await records.get("job-1")
    assert job is not None
    assert (job.status, job.error, job.completed_at) == (Status.FAILED, FAILURE, LATER)


async def test_failure_without_a_reason_can_be_read(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution)
    await execution.end("job-1", Status.FAILED, now=LATER)
    job = await records.get("job-1")
    assert job is not None
    assert (job.status, job.error) == (Status.FAILED, None)


async def test_requested_cancellation_wins_over_a_failure(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution)
    await records.request_cancel("job-1", NOW)
    assert await execution.end("job-1", Status.FAILED, now=LATER, error=FAILURE)
    job = await records.get("job-1")
    assert job is not None
    assert (job.status, job.error) == (Status.CANCELLED, None)


async def test_render_input_is_for_the_owning_run(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution)
    found = await execution.render_input("job-1", RUN)
    assert found is not None
    assert (found.options, found.title, len(found.content_ids)) == (
        RenderOptions(),
        "Two courses",
        2,
    )
    assert await execution.render_input("job-1", OTHER_RUN) is None


async def test_another_run_cannot_show_a_phase(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution)
    await execution.enter_phase("job-1", OTHER_RUN, Phase.ASSEMBLING)
    job = await records.get("job-1")
    assert job is not None
    assert job.phase is Phase.FETCHING


async def test_progress_is_summed_over_chunks_and_never_falls(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution)

    async def note(phase: Phase, chunk: int, items: int) -> tuple[int, int]:
        await execution.note_progress("job-1", phase, chunk, items)
        job = await records.get("job-1")
        assert job is not None
        return job.items_fetched, job.items_rendered

    assert await note(Phase.FETCHING, 0, 10) == (10, 0)
    assert await note(Phase.FETCHING, 1, 5) == (15, 0)
    assert await note(Phase.RENDERING, 0, 3) == (15, 3)
    assert await note(Phase.RENDERING, 1, 4) == (15, 7)
    assert await note(Phase.RENDERING, 0, 1) == (15, 7), "a second attempt starts again"
    assert await note(Phase.RENDERING, 0, 6) == (15, 10)


async def test_progress_belongs_to_one_job(records: JobRecords, execution: JobExecution) -> None:
    await processing(records, execution, "job-1")
    await processing(records, execution, "job-2")
    await execution.note_progress("job-1", Phase.RENDERING, 0, 9)
    jobs, *_ = await records.page(OWNER, status=None, page=1, page_size=20)
    assert {job.job_id: job.items_rendered for job in jobs} == {"job-1": 9, "job-2": 0}


async def test_warnings_come_in_the_order_of_chunks_and_a_retry_replaces_them(
    records: JobRecords,
    execution: JobExecution,
) -> None:
    def warning(item_id: str) -> ExportWarning:
        return ExportWarning("image-unreadable", "1 image left out", item_id)

    await processing(records, execution)
    await execution.note_progress("job-1", Phase.RENDERING, 10, 4)
    for chunk in (10, 2, 1):
        await execution.note_warnings("job-1", Phase.RENDERING, chunk, [warning(f"item-{chunk}")])
    await execution.note_warnings(
        "job-1", Phase.RENDERING, 2, [warning("item-2"), warning("again")]
    )
    found = [each.item_id for each in await warnings_of(execution, "job-1")]
    assert found == ["item-1", "item-2", "again", "item-10"]
    await complete(execution)
    job = await records.get("job-1")
    assert job is not None
    assert [each.item_id for each in job.warnings] == found


async def test_warnings_leave_progress_as_it_is(
    records: JobRecords, execution: JobExecution
) -> None:
    await processing(records, execution)
    await execution.note_progress("job-1", Phase.RENDERING, 0, 4)
    await execution.note_warnings("job-1", Phase.RENDERING, 0, [ExportWarning("code", "detail")])
    job = await records.get("job-1")
    assert job is not None
    assert job.items_rendered == 4


async def test_pages_are_newest_first_and_do_not_overlap(records: JobRecords) -> None:
    for number in range(7):
        # Two at a time share their second, so the order needs the id as well.
        await records.create(
            new_job(f"job-{number}", created_at=NOW + timedelta(seconds=number // 2))
        )
    await records.create(new_job("foreign", owner_id=STRANGER))
    pages = [
        await records.page(OWNER, status=None, page=page, page_size=3) for page in (1, 2, 3, 4)
    ]
    assert [page.total for page in pages] == [7, 7, 7, 7]
    assert [[job.job_id for job in page.entries] for page in pages] == [
        ["job-6", "job-5", "job-4"],
        ["job-3", "job-2", "job-1"],
        ["job-0"],
        [],
    ]


async def test_page_can_be_filtered_by_status(records: JobRecords, execution: JobExecution) -> None:
    await records.create(new_job("waiting"))
    await processing(records, execution, "working")
    await processing(records, execution, "done")
    await complete(execution, "done")
    jobs, total, *_ = await records.page(OWNER, status=Status.COMPLETED, page=1, page_size=20)
    assert ([job.job_id for job in jobs], total) == (["done"], 1)
    assert (await records.page(OWNER, status=Status.FAILED, page=1, page_size=20))[:2] == ([], 0)


async def test_usage_counts_open_and_recent_jobs_of_one_owner(
    records: JobRecords, execution: JobExecution
) -> None:
    hour_ago = NOW - timedelta(hours=1)
    await records.create(new_job("recent"))
    await processing(records, execution, "old", created_at=hour_ago)
    await processing(records, execution, "recent-done")
    await complete(execution, "recent-done")
    await records.create(new_job("foreign", owner_id=STRANGER))
    assert await records.usage(OWNER, hour_ago) == OwnerUsage(2, 2, NOW)


async def test_count_by_status_names_every_status(
    records: JobRecords, execution: JobExecution
) -> None:
    assert await records.count_by_status() == dict.fromkeys(Status, 0)
    await records.create(new_job("a"))
    await records.create(new_job("b", owner_id=STRANGER))
    await processing(records, execution, "c")
    counts = await records.count_by_status()
    assert counts == dict.fromkeys(Status, 0) | {Status.PENDING: 2, Status.PROCESSING: 1}


async def test_files_expire_when_their_time_is_up_and_once(
    records: JobRecords, execution: JobExecution, lifecycle: JobLifecycle
) -> None:
    for job_id, age in (("young", 0), ("old", 2), ("older", 3)):
        await processing(records, execution, job_id)
        await complete(execution, job_id, now=NOW - timedelta(days=age))
    await processing(records, execution, "open")
    due = NOW - timedelta(days=2) + RETENTION
    assert await lifecycle.due_to_expire(due, 10) == ["older", "old"]
    assert await lifecycle.due_to_expire(due, 1) == ["older"]
    expired = await lifecycle.expire(["older", "open", "missing"], due)
    assert expired == [ExpiredFile("older", "Two courses.json")]
    assert await lifecycle.expire(["older", "open"], due) == []
    assert await status_of(records, "older") is Status.EXPIRED
    assert await lifecycle.due_to_expire(due, 10) == ["old"]


async def test_old_records_go_when_they_have_no_file(
    records: JobRecords, execution: JobExecution, lifecycle: JobLifecycle
) -> None:
    long_ago = NOW - timedelta(days=100)
    for job_id in ("expired", "with-file"):
        await processing(records, execution, job_id, created_at=long_ago)
        await complete(execution, job_id, now=long_ago)
    await lifecycle.expire(["expired"], NOW)
    for job_id, when in (("failed", long_ago), ("failed-today", NOW)):
        await processing(records, execution, job_id, created_at=when)
        await execution.note_progress(job_id, Phase.RENDERING, 0, 1)
        await execution.end(job_id, Status.FAILED, now=when, error=FAILURE)
    await processing(records, execution, "open", created_at=long_ago)
    before = NOW - timedelta(days=90)
    assert len(await lifecycle.due_to_be_removed(before, 1)) == 1
    due = await lifecycle.due_to_be_removed(before, 10)
    assert set(due) == {"expired", "failed"}
    assert await lifecycle.remove(due, NOW) == 2
    assert await lifecycle.due_to_be_removed(before, 10) == []
    left, *_ = await records.page(OWNER, status=None, page=1, page_size=20)
    assert {job.job_id for job in left} == {"with-file", "failed-today", "open"}


async def test_progress_of_ended_jobs_is_cleared(
    records: JobRecords, execution: JobExecution, lifecycle: JobLifecycle
) -> None:
    for job_id in ("ended", "open"):
        await processing(records, execution, job_id)
        await execution.note_warnings(job_id, Phase.RENDERING, 0, [ExportWarning("code", job_id)])
    await complete(execution, "ended")
    assert await lifecycle.with_needless_progress(10) == ["ended"]
    assert await lifecycle.clear_progress(["ended"]) == 1
    assert await lifecycle.with_needless_progress(10) == []
    assert await warnings_of(execution, "ended") == []
    assert [each.detail for each in await warnings_of(execution, "open")] == ["open"]
    job = await records.get("ended")
    assert job is not None
    assert [each.detail for each in job.warnings] == ["ended"]


async def test_statuses_of_known_jobs(
    records: JobRecords, execution: JobExecution, lifecycle: JobLifecycle
) -> None:
    await records.create(new_job("waiting"))
    await processing(records, execution, "working")
    assert await lifecycle.statuses(["waiting", "working", "missing"]) == {
        "waiting": Status.PENDING,
        "working": Status.PROCESSING,
    }
    assert await lifecycle.statuses([]) == {}


async def test_open_jobs_are_paged_without_gaps(
    records: JobRecords, execution: JobExecution, lifecycle: JobLifecycle
) -> None:
    for number in range(5):
        await processing(records, execution, f"job-{number}", created_at=NOW)
    await complete(execution, "job-2")
    for number in range(3):
        await records.create(new_job(f"waiting-{number}", created_at=NOW + timedelta(number)))
    await records.create(new_job("job-9", created_at=LATER))
    pages = [page async for page in lifecycle.open_jobs(LATER, 2)]
    assert all(len(page) <= 2 for page in pages)
    assert [job.job_id for page in pages for job in page] == [
        *("waiting-0", "job-0", "job-1", "job-3", "job-4"),
    ]
